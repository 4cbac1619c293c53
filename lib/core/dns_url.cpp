// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns_url.hpp"

#include <algorithm>
#include <cctype>
#include <sys/socket.h>

#include "address.hpp"
#include "secret.hpp"

namespace mprox {
namespace {

constexpr std::string_view kTls = "tls://";
constexpr std::string_view kHttps = "https://";
constexpr std::uint16_t kTlsPort = 853; // RFC 7858, 3.1
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kMaxName = 253; // RFC 1035, 2.3.4, as text
/// Where nearly every server of DNS over HTTPS has it; RFC 8484 names none.
constexpr std::string_view kPath = "/dns-query";
/// The variable of an RFC 6570 template, which is empty in a POST (RFC 8484, 4.1).
constexpr std::string_view kVariable = "{?dns}";
constexpr const char *kForm = "write it as tls://9.9.9.9, tls://dns.example:853 or https://dns.example/dns-query";

Status take_host(std::string_view &rest, DnsUrl &url) {
    if (rest.starts_with('[')) {
        const auto end = rest.find(']');
        if (end == rest.npos)
            return Error{"the bracket of the IPv6 address is not closed", kForm};
        url.host = rest.substr(1, end - 1);
        const auto address = parse_address(url.host);
        if (!address || address->family != AF_INET6 || address->scope_id)
            return Error{"'" + url.host + "' is not an IPv6 address", kForm};
        rest.remove_prefix(end + 1);
        return ok();
    }
    const auto is_host = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
    url.host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(url.host.size());
    if (rest.find(':', 1) != rest.npos)
        return Error{"an IPv6 address needs brackets", "write it as tls://[2001:db8::1]:853"};
    if (url.host.empty() || url.host.size() > kMaxName || !std::all_of(url.host.begin(), url.host.end(), is_host))
        return Error{"'" + url.host + "' is neither an address nor a name", kForm};
    std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (url.host.ends_with('.')) // certificates name none
        url.host.pop_back();
    return ok();
}

Status take_port(std::string_view rest, DnsUrl &url) {
    std::uint64_t port = 0;
    if (rest.empty())
        return ok();
    if (!rest.starts_with(':') || !parse_number(rest.substr(1), 1, UINT16_MAX, port))
        return Error{"'" + std::string(rest) + "' is no port from 1 to 65535", kForm};
    url.port = static_cast<std::uint16_t>(port);
    return ok();
}

Status take_path(std::string_view rest, DnsUrl &url) {
    const auto is_visible = [](unsigned char c) { return c > ' ' && c < 0x7f && c != '#' && c != '{' && c != '}'; };
    if (rest.ends_with(kVariable))
        rest.remove_suffix(kVariable.size());
    if (!url.https && !rest.empty() && rest != "/")
        return Error{"DNS over TLS has no path", kForm};
    if (!std::all_of(rest.begin(), rest.end(), is_visible))
        return Error{"the path holds what no path holds", kForm};
    if (url.https)
        url.path = rest.empty() ? kPath : rest;
    return ok();
}

} // namespace

bool DnsUrl::has_address() const { return static_cast<bool>(parse_address(host)); }

std::string DnsUrl::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return std::string(https ? kHttps : kTls) + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + path;
}

bool is_dns_url(std::string_view text) { return text.find("://") != text.npos; }

Result<DnsUrl> parse_dns_url(std::string_view text) {
    DnsUrl url;
    const auto where = "the resolver " + masked(text);
    url.https = text.starts_with(kHttps);
    if (!url.https && !text.starts_with(kTls))
        return Error{where + " is not asked by TLS or HTTPS", kForm};
    auto rest = text.substr(url.https ? kHttps.size() : kTls.size());
    url.port = url.https ? kHttpsPort : kTlsPort;
    const auto path = std::min(rest.find_first_of("/?{"), rest.size());
    auto authority = rest.substr(0, path);
    if (authority.find('@') != authority.npos)
        return Error{where + ": nobody logs in at a resolver", kForm};
    if (auto status = take_host(authority, url); !status)
        return status.error().in(where);
    if (auto status = take_port(authority, url); !status)
        return status.error().in(where);
    if (auto status = take_path(rest.substr(path), url); !status)
        return status.error().in(where);
    return url;
}

} // namespace mprox
