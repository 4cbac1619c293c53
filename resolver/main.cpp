// SPDX-License-Identifier: GPL-2.0-or-later
// Takes questions and has them answered, until it is over.
#include <cstdlib>
#include <iostream>
#include <nss.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

#include "end.hpp"
#include "listener.hpp"
#include "loopback.hpp"
#include "options.hpp"
#include "server.hpp"
#include "upstream.hpp"

namespace {

/// How often it is asked whether anybody is left in the scope.
constexpr int kTickMs = 1000;

void set_up_log(const Options &options) {
    if (options.syslog)
        spdlog::set_default_logger(spdlog::syslog_logger_st("mprox-resolver", "mprox-resolver", LOG_PID, LOG_DAEMON));
    else
        spdlog::set_default_logger(spdlog::stderr_color_st("mprox-resolver"));
    spdlog::set_pattern(options.syslog ? "%v" : "%n: %v");
    spdlog::set_level(options.quiet     ? spdlog::level::err
                      : options.verbose ? spdlog::level::info
                                        : spdlog::level::warn);
}

/// The one place that prints errors.
int die(const mprox::Error &error) {
    spdlog::error("{}{}{}", error.what, error.advice.empty() ? "" : "\n  ", error.advice);
    return EXIT_FAILURE;
}

int loop(Server &server, Upstream &upstream, End &end) {
    std::vector<curl_waitfd> fds;
    do {
        // What is answered at once is sent at once.
        server.run();
        upstream.run();
        server.run();
        fds.clear();
        end.watch(fds);
        server.watch(fds);
        upstream.watch(fds);
        const auto code = curl_multi_poll(upstream.multi(), fds.data(), static_cast<unsigned>(fds.size()),
                                          upstream.wait_ms(kTickMs), nullptr);
        if (code != CURLM_OK)
            return die({std::string("cannot wait: ") + curl_multi_strerror(code), ""});
        server.serve(fds);
    } while (!end.reached(fds));
    return EXIT_SUCCESS;
}

int run(const Options &options) {
    auto end = End::make(options);
    if (!end)
        return die(end.error());
    auto listener = options.listen_fd >= 0 ? take_listener(options.listen_fd) : listen_on(options.port);
    if (!listener)
        return die(listener.error());
    if (options.listen_fd < 0)
        std::cout << mprox::port_of(listener->get()) << std::endl;
    // The resolver's name is asked for by packets of our own, which a scope's proxy
    // answers, and not by a daemon that is in no scope.
    if (__nss_configure_lookup("hosts", "files dns") != 0)
        return die({"cannot choose how names are resolved", ""});
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return die({"libcurl does not start", ""});
    const auto upstream = make_upstream(options.url, options.ca);
    Server server(std::move(*listener), *upstream);
    return loop(server, *upstream, *end);
}

} // namespace

int main(int argc, char **argv) {
    set_up_log({});
    auto options = parse_options(argc, argv);
    if (!options)
        return die(options.error());
    if (options->exit_code >= 0)
        return options->exit_code;
    spdlog::drop_all();
    set_up_log(*options);
    return run(*options);
}
