// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxychains.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <bit>
#include <fstream>
#include <functional>
#include <linux/mutex_proxy.h>
#include <map>
#include <netinet/in.h>
#include <sstream>
#include <utility>

namespace mprox {
namespace {

enum class Mode { strict, dynamic, random, round_robin };

constexpr std::uint64_t kMinMs = 100; // the kernel's bounds
constexpr std::uint64_t kMaxMs = 600000;
constexpr std::uint64_t kConnectMs = 10000; // proxychains' own defaults
constexpr std::uint64_t kReadMs = 4000;

/// What the whole file says, before it is a profile.
struct File {
    Profile profile;
    Mode mode = Mode::dynamic; // proxychains' own default
    std::size_t mode_line = 0;
    std::uint64_t chain_len = 1;
    std::size_t chain_len_line = 0;
    std::uint64_t connect_ms = 0; // 0: not said
    std::uint64_t read_ms = 0;
    bool in_list = false;
    std::size_t line = 0;
};

using Words = std::vector<std::string>;

Words words_of(const std::string &line) {
    std::istringstream stream(line);
    Words words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

Status wrong(const std::string &what, const std::string &advice = "") { return Error{what, advice}; }

/// A word with something behind it is another word to proxychains.
Status check_alone(const Words &words) {
    return words.size() == 1 ? ok() : wrong("'" + words[0] + "' takes nothing behind it", "take the rest out");
}

Status set_mode(File &file, const Words &words, Mode mode) {
    if (auto status = check_alone(words); !status)
        return status;
    if (file.mode_line)
        return wrong("a second mode; line " + std::to_string(file.mode_line) + " has the first", "keep one of them");
    file.mode = mode;
    file.mode_line = file.line;
    return ok();
}

Status take_number(const Words &words, std::uint64_t low, std::uint64_t high, std::uint64_t &value) {
    // "chain_len = 2" and "tcp_read_time_out 15000" are both written.
    if (words.size() < 2 || !parse_number(words.back(), low, high, value))
        return wrong("'" + words[0] + "' needs a number from " + std::to_string(low) + " to " + std::to_string(high));
    return ok();
}

/// "255.255.0.0" or "16"; IPv6 has only the latter.
bool take_mask(const std::string &text, int family, std::uint8_t &prefix) {
    std::uint64_t number = 0;
    if (parse_number(text, 0, family == AF_INET ? 32 : 128, number)) {
        prefix = static_cast<std::uint8_t>(number);
        return true;
    }
    in_addr mask = {};
    if (family != AF_INET || inet_pton(AF_INET, text.c_str(), &mask) != 1)
        return false;
    const std::uint32_t bits = ntohl(mask.s_addr);
    prefix = static_cast<std::uint8_t>(std::countl_one(bits));
    return std::popcount(bits) == prefix;
}

/// ADDRESS[:PORT]/MASK; an IPv6 address with a port stands in brackets.
Status take_localnet(File &file, const std::string &text) {
    static const char *const form = "write it as localnet 10.0.0.0[:PORT]/255.0.0.0";
    const auto slash = text.rfind('/');
    if (slash == std::string::npos)
        return wrong("localnet needs a mask", form);
    std::string host = text.substr(0, slash);
    std::uint64_t port = 0;
    const bool bracketed = host.starts_with('[');
    const auto colon = host.rfind(':');
    const bool has_port = colon != std::string::npos &&
                          (bracketed ? host[colon - 1] == ']' : std::count(host.begin(), host.end(), ':') == 1);
    if (has_port && !parse_number(host.substr(colon + 1), 1, UINT16_MAX, port))
        return wrong("localnet has a port that is none", form);
    if (has_port)
        host.resize(colon);
    if (bracketed && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    const auto address = parse_address(host);
    Rule rule{Verdict::direct, Cidr{}, 0, 0, 0};
    if (!address || !take_mask(text.substr(slash + 1), address->family, rule.to->prefix))
        return wrong("'" + text + "' is not a network", form);
    const auto cidr = parse_cidr(host + "/" + std::to_string(rule.to->prefix));
    if (!cidr)
        return cidr.error();
    rule.to = *cidr;
    if (port) {
        rule.proto = IPPROTO_TCP;
        rule.port_first = rule.port_last = static_cast<std::uint16_t>(port);
    }
    file.profile.rules.push_back(rule);
    return ok();
}

void note(File &file, const std::string &text) {
    file.profile.notes.push_back("line " + std::to_string(file.line) + ": " + text);
}

/// Its default, 224, is a network that programs take for multicast.
Status note_subnet(File &file) {
    note(file, "remote_dns_subnet: addresses that stand for names are of 198.18.0.0/15 (dns_range in a profile)");
    return ok();
}

using Handler = std::function<Status(File &, const Words &)>;

const std::map<std::string, Handler, std::less<>> &handlers() {
    static const std::map<std::string, Handler, std::less<>> map = {
        {"strict_chain", [](File &f, const Words &w) { return set_mode(f, w, Mode::strict); }},
        {"dynamic_chain", [](File &f, const Words &w) { return set_mode(f, w, Mode::dynamic); }},
        {"random_chain", [](File &f, const Words &w) { return set_mode(f, w, Mode::random); }},
        {"round_robin_chain", [](File &f, const Words &w) { return set_mode(f, w, Mode::round_robin); }},
        {"chain_len",
         [](File &f, const Words &w) {
             f.chain_len_line = f.line;
             return take_number(w, 1, 64, f.chain_len);
         }},
        {"quiet_mode", [](File &, const Words &w) { return check_alone(w); }},
        {"remote_dns_subnet", [](File &f, const Words &) { return note_subnet(f); }},
        {"proxy_dns", [](File &, const Words &) { return ok(); }},
        {"proxy_dns_old", [](File &, const Words &) { return ok(); }},
        {"proxy_dns_daemon", [](File &, const Words &) { return ok(); }},
        {"tcp_read_time_out", [](File &f, const Words &w) { return take_number(w, 1, kMaxMs, f.read_ms); }},
        {"tcp_connect_time_out", [](File &f, const Words &w) { return take_number(w, 1, kMaxMs, f.connect_ms); }},
        {"localnet",
         [](File &f, const Words &w) {
             return w.size() == 2 ? take_localnet(f, w[1]) : wrong("localnet needs one network");
         }},
        {"dnat",
         [](File &, const Words &) {
             return wrong("dnat cannot be honoured: destinations are not changed here", "take the line out");
         }},
    };
    return map;
}

/// proxychains reads a '#' here as any other character, and nothing past the
/// password. What it would read as a part of the login must be meant to be one.
Status check_comment(const Words &words) {
    static const char *const advice = "write the comment on a line of its own";
    if (words.size() > 3 && words[3].starts_with('#'))
        return wrong("'#' begins no comment here: proxychains takes what follows for user and password", advice);
    if (words.size() > 5 && !words[5].starts_with('#'))
        return wrong("a proxy is written as TYPE HOST PORT [USER PASSWORD]; there is more", advice);
    return ok();
}

/// TYPE HOST PORT [USER PASSWORD]
Status take_proxy(File &file, const Words &words) {
    const auto &type = words[0];
    if (type == "raw")
        return wrong("a 'raw' proxy cannot be honoured: it sends nothing that names the destination",
                     "take the line out");
    if (type != "socks5" && type != "socks4" && type != "http")
        return wrong("unknown proxy type '" + type + "'", "use socks5, socks4 or http");
    if (words.size() < 3)
        return wrong("a proxy is written as TYPE HOST PORT [USER PASSWORD]");
    if (auto status = check_comment(words); !status)
        return status;
    ProxyUrl url;
    std::uint64_t port = 0;
    url.scheme = type;
    url.host = words[1];
    if (!parse_number(words[2], 1, UINT16_MAX, port))
        return wrong("the port '" + words[2] + "' is not a number from 1 to 65535");
    url.port = static_cast<std::uint16_t>(port);
    if (words.size() > 3)
        url.user = words[3];
    // SOCKS4 has no password; proxychains does not send it either.
    if (words.size() > 4 && !url.is_socks4())
        url.password = words[4];
    if (auto status = check_credentials(url); !status)
        return status;
    file.profile.proxies.push_back(url);
    return ok();
}

Status take_line(File &file, const std::string &text) {
    auto words = words_of(text);
    if (words.empty() || words[0].starts_with('#'))
        return ok();
    if (words[0] == "[ProxyList]") {
        file.in_list = true;
        return ok();
    }
    if (file.in_list)
        return take_proxy(file, words);
    words.erase(std::find_if(words.begin(), words.end(), [](const auto &word) { return word.starts_with('#'); }),
                words.end());
    if (const auto equals = words[0].find('='); equals != std::string::npos) {
        words.insert(words.begin() + 1, words[0].substr(equals + 1)); // "chain_len=2"
        words[0].resize(equals);
    }
    const auto handler = handlers().find(words[0]);
    if (handler == handlers().end())
        return wrong("unknown word '" + words[0] + "'",
                     "correct it, or take the line out; proxies stand below [ProxyList]");
    return handler->second(file, words);
}

/// A chain that leaves out what is dead: the whole one first, then all with one
/// left out, and so on, as far as there is room for servers.
std::vector<ProxyUrl> dynamic(const std::vector<ProxyUrl> &all) {
    std::vector<unsigned> subsets;
    for (unsigned set = 1; set < 1U << all.size(); set++)
        subsets.push_back(set);
    std::stable_sort(subsets.begin(), subsets.end(),
                     [](unsigned a, unsigned b) { return std::popcount(a) > std::popcount(b); });
    std::vector<ProxyUrl> result;
    std::size_t servers = 0;
    for (const unsigned set : subsets) {
        if (servers++ == MUTEX_PROXY_MAX_SERVERS)
            break;
        bool hop = false;
        for (std::size_t i = 0; i < all.size(); i++)
            if (set & 1U << i) {
                result.push_back(all[i]);
                result.back().hop = std::exchange(hop, true);
            }
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

Status arrange(File &file) {
    auto &profile = file.profile;
    const bool is_chain = file.mode == Mode::strict || file.mode == Mode::dynamic;
    if (profile.proxies.empty())
        return wrong("no proxy is listed below [ProxyList]");
    if (!is_chain && file.chain_len > 1) {
        file.line = file.chain_len_line;
        return wrong("chain_len above 1 cannot be honoured with a random or round-robin chain: chains are made up "
                     "beforehand here",
                     "use chain_len = 1, strict_chain or dynamic_chain");
    }
    if (is_chain && profile.proxies.size() > MUTEX_PROXY_MAX_HOPS) {
        file.line = file.mode_line;
        return wrong("a chain of " + std::to_string(profile.proxies.size()) + " proxies; " +
                         std::to_string(MUTEX_PROXY_MAX_HOPS) + " is the most",
                     "list fewer");
    }
    if (file.mode == Mode::strict)
        profile.chain = true;
    else if (file.mode == Mode::dynamic)
        profile.proxies = dynamic(profile.proxies);
    else
        profile.strategy = file.mode == Mode::random ? Strategy::random : Strategy::round_robin;
    set_timeouts(file);
    return ok();
}

} // namespace

bool is_proxychains(const std::string &path) {
    const auto name = path.substr(path.rfind('/') + 1);
    if (name.starts_with("proxychains") && name.ends_with(".conf"))
        return true;
    std::ifstream stream(path);
    for (std::string line; std::getline(stream, line);)
        if (line.starts_with("[ProxyList]"))
            return true;
    return false;
}

Result<Profile> load_proxychains(const std::string &path) {
    std::ifstream stream(path);
    if (!stream)
        return Error{"cannot read " + path, "check that it exists and may be read"};
    File file;
    const auto at = [&](const Error &error) {
        return error.in(file.line ? path + ":" + std::to_string(file.line) : path);
    };
    for (std::string line; std::getline(stream, line);) {
        file.line++;
        if (auto status = take_line(file, line); !status)
            return at(status.error());
    }
    file.line = 0;
    if (auto status = arrange(file); !status)
        return at(status.error());
    for (auto &text : file.profile.notes)
        text.insert(0, path + ": ");
    return file.profile;
}

} // namespace mprox
