// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.hpp"

#include <future>

#include "conversation.hpp"

using mprox::Error;
using mprox::Status;

namespace {

Status check_server(Chain chain, Asking &asking, Wish wish = Wish::login) {
    asking.wish = wish;
    const auto connection = converse(chain, asking);
    return connection ? mprox::ok() : Status(connection.error());
}

Status check_server(Chain chain) {
    Asking asking;
    return check_server(chain, asking);
}

Status run_errand(Chain chain, Asking &asking, const Examination &how, std::size_t number) {
    asking.wish = Wish::connection;
    asking.peer = how.peer;
    auto connection = converse(chain, asking);
    return connection ? how.use(number, std::move(*connection), asking.deadline) : Status(connection.error());
}

Examined examine_server(Chain chain, const Examination &how, std::size_t number) {
    Asking asking;
    if (how.timeout)
        asking.deadline = Deadline(*how.timeout);
    const auto begin = Deadline::Clock::now();
    Examined one{text_of_chain(chain), how.use ? run_errand(chain, asking, how, number) : check_server(chain, asking)};
    one.connected = asking.connected;
    one.total = std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - begin);
    // A relay is reached by the machine itself, and so has no proxy before it.
    if (one.login && !asking.deadline.is_over() && chain.size() == 1 && chain[0].type == MUTEX_PROXY_TYPE_SOCKS5)
        one.udp = check_server(chain, asking, Wish::relay);
    if (one.login && !asking.deadline.is_over() && chain.back().type != MUTEX_PROXY_TYPE_SOCKS4)
        one.ipv6 = check_server(chain, asking, Wish::ipv6);
    return one;
}

} // namespace

Status check_proxies(const mprox::Plan &plan, const SayChecked &say) {
    const auto chains = chains_of(plan);
    std::vector<Status> results;
    std::size_t good = 0;
    for (const auto &chain : chains) {
        results.push_back(check_server(chain));
        good += results.back() ? 1 : 0;
    }
    if (!good && chains.size() == 1)
        return results.front();
    for (std::size_t i = 0; i < chains.size(); i++)
        say(text_of_chain(chains[i]), results[i]);
    if (good)
        return mprox::ok();
    return Error{"none of the " + std::to_string(chains.size()) + " servers can be used", "what is wrong with each stands above"};
}

std::vector<Examined> examine_proxies(const mprox::Plan &plan, const Examination &how) {
    std::vector<std::future<Examined>> asked;
    for (const auto &chain : chains_of(plan))
        asked.push_back(std::async(std::launch::async, examine_server, chain, std::cref(how), asked.size()));
    std::vector<Examined> all;
    for (auto &one : asked)
        all.push_back(one.get());
    return all;
}
