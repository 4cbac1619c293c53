// SPDX-License-Identifier: GPL-2.0-or-later
// A list of proxies and a mode: which chains there are, and for how long.
#include <algorithm>
#include <bit>
#include <linux/mutex_proxy.h>
#include <numeric>
#include <random>

#include "proxychains_file.hpp"

namespace mprox::proxychains {
namespace {

constexpr std::uint64_t kConnectMs = 10000; // proxychains' own defaults
constexpr std::uint64_t kReadMs = 4000;

/// The proxies of a chain, by their place in the list.
using Chain = std::vector<std::size_t>;

/// A chain that leaves out what is dead: the whole one first, then all with one
/// left out, and so on, as far as there is room for servers.
std::vector<Chain> dynamic_chains(std::size_t nr) {
    std::vector<unsigned> subsets((1U << nr) - 1);
    std::iota(subsets.begin(), subsets.end(), 1U);
    std::stable_sort(subsets.begin(), subsets.end(),
                     [](unsigned a, unsigned b) { return std::popcount(a) > std::popcount(b); });
    std::vector<Chain> chains;
    for (const unsigned set : subsets) {
        if (chains.size() == MUTEX_PROXY_MAX_SERVERS)
            break;
        chains.emplace_back();
        for (std::size_t i = 0; i < nr; i++)
            if (set & 1U << i)
                chains.back().push_back(i);
    }
    return chains;
}

/// Each chain begins behind the last proxy of the one before, and the list is a ring.
std::vector<Chain> ring_chains(std::size_t nr, std::size_t len) {
    std::vector<Chain> chains(nr / std::gcd(nr, len));
    std::size_t next = 0;
    for (auto &chain : chains)
        for (std::size_t i = 0; i < len; i++)
            chain.push_back(next++ % nr);
    return chains;
}

/// How many chains of @p len different proxies there are; at most one more than there
/// is room for.
std::size_t count_chains(std::size_t nr, std::size_t len) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < len; i++)
        count = std::min<std::size_t>(count * (nr - i), MUTEX_PROXY_MAX_SERVERS + 1);
    return count;
}

/// Every chain of @p len of the @p nr proxies, each proxy once at most.
std::vector<Chain> all_chains(std::size_t nr, std::size_t len) {
    std::vector<Chain> chains = {{}};
    for (std::size_t i = 0; i < len; i++) {
        std::vector<Chain> longer;
        for (const auto &chain : chains)
            for (std::size_t next = 0; next < nr; next++)
                if (std::find(chain.begin(), chain.end(), next) == chain.end()) {
                    longer.push_back(chain);
                    longer.back().push_back(next);
                }
        chains = std::move(longer);
    }
    return chains;
}

/// As many different ones as there is room for.
std::vector<Chain> some_chains(std::size_t nr, std::size_t len) {
    std::mt19937 random(std::random_device{}());
    std::vector<Chain> chains;
    Chain all(nr);
    std::iota(all.begin(), all.end(), std::size_t{0});
    while (chains.size() < MUTEX_PROXY_MAX_SERVERS) {
        std::shuffle(all.begin(), all.end(), random);
        const Chain chain(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(len));
        if (std::find(chains.begin(), chains.end(), chain) == chains.end())
            chains.push_back(chain);
    }
    return chains;
}

std::vector<Chain> random_chains(File &file, std::size_t nr, std::size_t len) {
    if (count_chains(nr, len) <= MUTEX_PROXY_MAX_SERVERS)
        return all_chains(nr, len);
    note(file, "random_chain: there are more chains than the " + std::to_string(MUTEX_PROXY_MAX_SERVERS) +
                   " that the kernel takes; so many have been drawn, and each connection takes one of them");
    return some_chains(nr, len);
}

std::vector<ProxyUrl> lay_out(const std::vector<ProxyUrl> &list, const std::vector<Chain> &chains) {
    std::vector<ProxyUrl> result;
    for (const auto &chain : chains)
        for (const auto i : chain) {
            result.push_back(list[i]);
            result.back().hop = i != chain.front();
        }
    return result;
}

/// proxychains waits so long to connect, and so long for each proxy's answer.
/// Here one time-out is for a whole chain, and one for all servers together.
void set_timeouts(File &file) {
    auto &profile = file.profile;
    if (!file.connect_ms && !file.read_ms)
        return;
    std::uint64_t servers = 0;
    std::uint64_t hops = 0;
    std::uint64_t longest = 1;
    for (const auto &url : profile.proxies) {
        hops = url.hop || (profile.chain && hops) ? hops + 1 : 1;
        servers += hops == 1;
        longest = std::max(longest, hops);
    }
    const auto one = (file.connect_ms ? file.connect_ms : kConnectMs) +
                     longest * (file.read_ms ? file.read_ms : kReadMs);
    profile.attempt_ms = static_cast<std::uint32_t>(std::clamp(one, kMinMs, kMaxMs));
    profile.handshake_ms = static_cast<std::uint32_t>(std::clamp(one * servers, kMinMs, kMaxMs));
}

/// @p len: of the longest chain.
Status check_length(File &file, std::size_t len) {
    const bool is_whole = file.mode == Mode::strict || file.mode == Mode::dynamic;
    if (len > MUTEX_PROXY_MAX_HOPS) {
        file.line = is_whole ? file.mode_line : file.chain_len_line;
        return Error{"a chain of " + std::to_string(len) + " proxies; " + std::to_string(MUTEX_PROXY_MAX_HOPS) +
                         " is the most",
                     is_whole ? "list fewer; or, if one of them is to do, write random_chain" : "take a smaller one"};
    }
    if (len > file.profile.proxies.size()) {
        file.line = file.chain_len_line;
        return Error{"chain_len is " + std::to_string(len) + ", and [ProxyList] has " +
                         std::to_string(file.profile.proxies.size()),
                     "take a smaller one, or list more"};
    }
    return ok();
}

} // namespace

void note(File &file, const std::string &text) {
    file.profile.notes.push_back((file.line ? "line " + std::to_string(file.line) + ": " : "") + text);
}

Status arrange(File &file) {
    auto &profile = file.profile;
    const auto nr = profile.proxies.size();
    if (!nr)
        return Error{"no proxy is listed below [ProxyList]", "list one: socks5 127.0.0.1 1080"};
    const bool is_whole = file.mode == Mode::strict || file.mode == Mode::dynamic;
    const auto len = is_whole ? nr : file.chain_len;
    if (auto status = check_length(file, len); !status)
        return status;
    switch (file.mode) {
    case Mode::strict:
        profile.chain = true;
        break;
    case Mode::dynamic:
        profile.proxies = lay_out(profile.proxies, dynamic_chains(nr));
        break;
    case Mode::random:
        profile.strategy = Strategy::random;
        profile.proxies = lay_out(profile.proxies, random_chains(file, nr, len));
        break;
    case Mode::round_robin:
        profile.strategy = Strategy::round_robin;
        profile.proxies = lay_out(profile.proxies, ring_chains(nr, len));
        break;
    }
    set_timeouts(file);
    return ok();
}

} // namespace mprox::proxychains
