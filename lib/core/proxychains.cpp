// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxychains.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bit>
#include <cctype>
#include <fstream>
#include <functional>
#include <map>
#include <netinet/in.h>
#include <sstream>
#include <strings.h>

#include "proxychains_file.hpp"

#include "secret.hpp"
#include "settings.hpp"

namespace mprox {

using proxychains::File;
using proxychains::Mode;
using proxychains::note;

namespace {

constexpr std::array kModes = {"strict_chain", "dynamic_chain", "random_chain", "round_robin_chain"};
constexpr const char *kByteOrderMark = "\xef\xbb\xbf";
constexpr const char *kProxyForm = "a proxy is written as TYPE HOST PORT [USER PASSWORD]";

using Words = std::vector<std::string>;

Words words_of(const std::string &line) {
    std::istringstream stream(line.starts_with(kByteOrderMark) ? line.substr(3) : line);
    Words words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

Status wrong(const std::string &what, const std::string &advice = "") { return Error{what, advice}; }

/// It has no counterpart here.
Status unfit(File &file, const std::string &what, const std::string &advice) {
    if (!file.import)
        return wrong(what, advice);
    note(file, what + ": left out");
    return ok();
}

/// For an import, where a reader compares both files.
void mention(File &file, const std::string &text) {
    if (file.import)
        note(file, text);
}

/// A word with something behind it is another word to proxychains.
Status check_alone(const Words &words) {
    return words.size() == 1 ? ok() : wrong("'" + words[0] + "' takes nothing behind it", "take the rest out");
}

/// As proxychains has it, the last one counts.
Status set_mode(File &file, const Words &words, Mode mode) {
    if (auto status = check_alone(words); !status)
        return status;
    if (file.mode_line && file.mode != mode)
        note(file, words[0] + " counts, as the last mode; " + kModes.at(static_cast<std::size_t>(file.mode)) +
                       " in line " + std::to_string(file.mode_line) + " does not");
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

/// What stands in front of the slash of a localnet.
struct Net {
    std::string host;
    std::string port; // empty: all
};

Net split_net(const std::string &text) {
    const bool bracketed = text.starts_with('[');
    const auto end = bracketed ? text.find(']') : text.size();
    const auto colon = bracketed ? text.find(':', std::min(end, text.size())) : text.find(':');
    // More colons than one are an IPv6 address.
    const bool has_port = colon != std::string::npos && text.find(':', colon + 1) == std::string::npos;
    Net net;
    net.host = text.substr(0, has_port ? colon : text.size());
    if (has_port)
        net.port = text.substr(colon + 1);
    if (bracketed && net.host.ends_with(']'))
        net.host = net.host.substr(1, net.host.size() - 2);
    return net;
}

/// A host's name or a pattern: no IPv4 address has letters, and any IPv6 address colons.
bool is_name(const std::string &host) {
    const auto is_letter = [](unsigned char c) { return c == '*' || std::isalpha(c); };
    return host.find(':') == std::string::npos && std::any_of(host.begin(), host.end(), is_letter);
}

/// proxychains has no names there either: it refuses them, whoever asks for them.
Status refuse_name(File &file, const std::string &host) {
    if (host == "localhost")
        return unfit(file, "localnet takes networks; localhost is always reached directly", "take the line out");
    return unfit(file, "localnet takes networks, and '" + host + "' is a name; rules by name are not honoured yet",
                 "write its address as a network: localnet 192.0.2.1/255.255.255.255");
}

/// ADDRESS[:PORT]/MASK; an IPv6 address with a port stands in brackets.
Status take_localnet(File &file, const std::string &text) {
    static const char *const form = "write it as localnet 10.0.0.0[:PORT]/255.0.0.0";
    const auto slash = text.rfind('/');
    const auto net = split_net(text.substr(0, slash));
    if (is_name(net.host))
        return refuse_name(file, net.host);
    if (slash == std::string::npos)
        return wrong("localnet needs a mask", form);
    std::uint64_t port = 0;
    if (!net.port.empty() && !parse_number(net.port, 1, UINT16_MAX, port))
        return wrong("localnet has a port that is none", form);
    const auto address = parse_address(net.host);
    std::uint8_t prefix = 0;
    if (!address || address->scope_id || !take_mask(text.substr(slash + 1), address->family, prefix))
        return wrong("'" + text + "' is not a network", form);
    Rule rule{Verdict::direct, network_of(*address, prefix), 0, 0, 0};
    if (rule.to->network.bytes != address->bytes)
        note(file, "localnet " + text + ": the network is " + rule.to->text());
    if (port) {
        rule.proto = IPPROTO_TCP;
        rule.port_first = rule.port_last = static_cast<std::uint16_t>(port);
    }
    file.profile.rules.push_back(rule);
    return ok();
}

/// Its default, 224, is a network that programs take for multicast.
Status note_subnet(File &file) {
    note(file, "remote_dns_subnet: addresses that stand for names are of 198.18.0.0/15 (dns_range in a profile)");
    return ok();
}

Status take_proxy_dns(File &file, const Words &words) {
    file.proxies_dns = true;
    if (words[0] != "proxy_dns")
        mention(file, words[0] + " is proxy_dns here: the kernel answers, and no daemon is needed");
    return ok();
}

Status take_quiet(File &file, const Words &words) {
    mention(file, "quiet_mode is no key: mprox-run is quiet with -q");
    return check_alone(words);
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
        {"quiet_mode", take_quiet},
        {"remote_dns_subnet", [](File &f, const Words &) { return note_subnet(f); }},
        {"proxy_dns", take_proxy_dns},
        {"proxy_dns_old", take_proxy_dns},
        {"proxy_dns_daemon", take_proxy_dns},
        {"tcp_read_time_out", [](File &f, const Words &w) { return take_number(w, 1, proxychains::kMaxMs, f.read_ms); }},
        {"tcp_connect_time_out", [](File &f, const Words &w) { return take_number(w, 1, proxychains::kMaxMs, f.connect_ms); }},
        {"localnet",
         [](File &f, const Words &w) {
             return w.size() == 2 ? take_localnet(f, w[1])
                                  : wrong("localnet needs one network", "write it as localnet 10.0.0.0/255.0.0.0");
         }},
        {"dnat",
         [](File &f, const Words &) {
             return unfit(f, "dnat cannot be honoured: destinations are not changed here", "take the line out");
         }},
    };
    return map;
}

/// proxychains reads a '#' here as any other character, and nothing past the
/// password. What it would read as a part of the login must be meant to be one.
Status check_comment(File &file, Words &words) {
    if (words.size() > 3 && words[3] == "#") {
        note(file, "what follows '#' is taken for a comment; proxychains takes it for user and password");
        words.resize(3);
    }
    if (words.size() > 3 && words[3].starts_with('#'))
        return wrong("'#' begins no comment here: proxychains takes what follows for user and password",
                     "write the comment on a line of its own");
    if (words.size() > 5 && !words[5].starts_with('#'))
        return wrong(std::string(kProxyForm) + "; there is more", "write a comment on a line of its own");
    return ok();
}

Status check_type(const std::string &type) {
    if (type == "raw")
        return wrong("a 'raw' proxy cannot be honoured: it sends nothing that names the destination",
                     "take the line out");
    if (type == "https")
        return wrong("TLS to the proxy itself (https) is not spoken",
                     "write http if it is an HTTP proxy that leads to https:// destinations; else let stunnel carry it");
    for (const auto *known : {"socks5", "socks5h", "socks4", "socks4a", "http"})
        if (type == known)
            return ok();
    return wrong("unknown proxy type '" + type + "'", "use socks5, socks4 or http");
}

/// A proxy of a kind that is known and not spoken; it is left out of an import.
bool is_left_out(File &file, const std::string &type) {
    if (!file.import || (type != "raw" && type != "https"))
        return false;
    note(file, check_type(type).error().what + ": left out, and the others stand without it");
    return true;
}

/// proxychains takes a URL, too, and decodes no percent signs in it.
Status take_url(File &file, const std::string &text) {
    if (is_left_out(file, text.substr(0, text.find("://"))))
        return ok();
    if (auto status = check_type(text.substr(0, text.find("://"))); !status)
        return status;
    std::string escaped;
    const auto at = text.rfind('@');
    for (std::size_t i = 0; i < text.size(); i++)
        escaped += text[i] == '%' && at != std::string::npos && i < at ? "%25" : std::string(1, text[i]);
    auto url = parse_proxy_url(escaped);
    if (!url)
        return url.error();
    file.profile.proxies.push_back(*url);
    return ok();
}

bool is_url(const std::string &word) { return word.find("://") != std::string::npos; }

/// TYPE HOST PORT [USER PASSWORD]
Status take_proxy(File &file, Words words) {
    if (is_url(words[0]) && (words.size() == 1 || words[1].starts_with('#')))
        return take_url(file, words[0]);
    if (is_left_out(file, words[0]))
        return ok();
    if (auto status = check_type(words[0]); !status)
        return status;
    if (words.size() < 3)
        return wrong(kProxyForm);
    if (auto status = check_comment(file, words); !status)
        return status;
    ProxyUrl url;
    std::uint64_t port = 0;
    url.scheme = words[0];
    url.host = words[1];
    if (url.host.starts_with('[') && url.host.ends_with(']'))
        url.host = url.host.substr(1, url.host.size() - 2);
    if (!parse_number(words[2], 1, UINT16_MAX, port))
        return wrong("the port '" + words[2] + "' is not a number from 1 to 65535", kProxyForm);
    url.port = static_cast<std::uint16_t>(port);
    if (words.size() > 3)
        url.user = words[3];
    // SOCKS4 has no password; proxychains does not send it either.
    if (words.size() > 4 && !url.is_socks4())
        url.password = words[4];
    else if (words.size() > 4)
        mention(file, "SOCKS4 has no password: left out");
    if (auto status = check_credentials(url); !status)
        return status;
    file.profile.proxies.push_back(url);
    return ok();
}

/// A line that is no proxy; @p words are its own.
Status take_setting(File &file, Words words) {
    words.erase(std::find_if(words.begin(), words.end(), [](const auto &word) { return word.starts_with('#'); }),
                words.end());
    const auto handler = handlers().find(words[0]);
    if (handler == handlers().end())
        return wrong("unknown word '" + words[0] + "'",
                     is_url(words[0]) || check_type(words[0])
                         ? "proxies stand below a line [ProxyList]"
                         : "correct it, or take the line out; proxies stand below [ProxyList]");
    if (file.in_list)
        note(file, words[0] + " below [ProxyList] is taken; proxychains wants it above");
    return handler->second(file, words);
}

bool is_list_head(const std::string &word) { return strcasecmp(word.c_str(), "[ProxyList]") == 0; }

Status take_line(File &file, const std::string &text) {
    const auto words = words_of(text);
    if (words.empty() || words[0].starts_with('#'))
        return ok();
    if (is_list_head(words[0])) {
        file.in_list = true;
        return ok();
    }
    auto setting = words;
    if (const auto equals = words[0].find('='); equals != std::string::npos && !is_url(words[0])) {
        setting.insert(setting.begin() + 1, words[0].substr(equals + 1)); // "chain_len=2"
        setting[0].resize(equals);
    }
    if (!file.in_list || handlers().contains(setting[0]))
        return take_setting(file, setting);
    return take_proxy(file, words);
}

} // namespace

bool is_proxychains(const std::string &path) {
    const auto name = path.substr(path.rfind('/') + 1);
    if (name.starts_with("proxychains") && name.ends_with(".conf"))
        return true;
    std::ifstream stream(path);
    for (std::string line; std::getline(stream, line);)
        if (const auto words = words_of(line); !words.empty() && is_list_head(words[0]))
            return true;
    return false;
}

namespace {

/// What an import has to say of the file as a whole.
void mention_rest(File &file) {
    if (file.proxies_dns)
        file.profile.dns = Dns::fake;
    else
        note(file, "no proxy_dns: names are resolved by the proxy all the same; dns = \"direct\" leaves that to the "
                      "program");
    if (file.connect_ms || file.read_ms)
        note(file, "tcp_connect_time_out and tcp_read_time_out: one time-out is for a whole attempt "
                      "(attempt_timeout), and one for all of them (handshake_timeout)");
    if (file.chain_len_line && file.mode != Mode::random && file.mode != Mode::round_robin)
        note(file, "chain_len says nothing in this mode, as in proxychains: left out");
}

} // namespace

Result<Profile> load_proxychains(const std::string &path, Unfit unfit) {
    std::ifstream stream(path);
    if (!stream)
        return Error{"cannot read " + path, "check that it exists and may be read"};
    File file;
    file.import = unfit == Unfit::noted;
    const auto at = [&](const Error &error) {
        return error.in(file.line ? path + ":" + std::to_string(file.line) : path);
    };
    for (std::string line; std::getline(stream, line);) {
        file.line++;
        if (auto status = take_line(file, line); !status)
            return at(status.error());
    }
    file.line = 0;
    if (auto status = proxychains::arrange(file); !status)
        return at(status.error());
    if (file.import)
        mention_rest(file);
    for (auto &text : file.profile.notes)
        text.insert(0, path + ": ");
    const auto has_password = [](const ProxyUrl &url) { return !url.password.empty(); };
    if (std::any_of(file.profile.proxies.begin(), file.profile.proxies.end(), has_password) && is_readable_by_others(path))
        file.profile.notes.push_back(path + ": everybody on this machine can read the password in it; chmod o-r would "
                                            "end that");
    note_source(file.profile, path);
    return file.profile;
}

} // namespace mprox
