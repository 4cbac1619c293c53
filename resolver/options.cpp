// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <unistd.h>

#ifndef MPROX_VERSION
#define MPROX_VERSION "unknown"
#endif

using mprox::Error;
using mprox::Result;

namespace {

void declare(CLI::App &app, Options &options, std::string &url) {
    app.add_option("URL", url, "tls://HOST[:PORT] or https://HOST[:PORT][/PATH]")->required();
    auto *port = app.add_option("-l,--port", options.port, "where to listen on 127.0.0.1 (default: any)")
                     ->type_name("PORT");
    app.add_option("--listen-fd", options.listen_fd, "a TCP socket that listens already")
        ->type_name("FD")
        ->check(CLI::NonNegativeNumber)
        ->excludes(port);
    app.add_option("--ca", options.ca, "whose certificates are trusted, instead of the system's")
        ->type_name("FILE")
        ->check([](const std::string &file) { return std::string(file.empty() ? "is empty" : ""); });
    app.add_option("--context-fd", options.context_fd,
                   "a proxy context: end when nobody else is left in its scope")
        ->type_name("FD")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--exit-on-close", options.exit_on_close, "end when the other end of this pipe or socket is closed")
        ->type_name("FD")
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--syslog", options.syslog, "say it to syslog, and not to standard error");
    app.add_flag("-q,--quiet", options.quiet, "errors only");
    app.add_flag("-v,--verbose", options.verbose, "say what is done");
    app.set_version_flag("--version", "mprox-resolver " MPROX_VERSION);
}

} // namespace

Result<Options> parse_options(int argc, char **argv) {
    Options options;
    std::string url;
    CLI::App app("Takes DNS questions over TCP on 127.0.0.1 and asks them of a resolver over TLS or HTTPS.",
                 "mprox-resolver");
    app.footer("The port is written to standard output. Nothing is ever asked without encryption.\n"
               "See mprox-resolver(1).");
    declare(app, options, url);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &success) {
        options.exit_code = app.exit(success);
        return options;
    } catch (const CLI::ParseError &error) {
        return Error{error.what(), "see mprox-resolver --help"};
    }
    auto parsed = mprox::parse_dns_url(url);
    if (!parsed)
        return parsed.error();
    options.url = *parsed;
    if (!options.ca.empty() && access(options.ca.c_str(), R_OK) != 0)
        return Error{"--ca: cannot read " + options.ca + ": " + std::strerror(errno), ""};
    return options;
}
