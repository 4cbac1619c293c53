// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <linux/mutex_proxy.h>

#include "address.hpp"
#include "secret.hpp"

namespace mprox {
namespace {

constexpr const char *kForm = "write it as socks5://[user:password@]host[:port], or with http, socks4 or socks4a";

constexpr std::array kSchemes = {"socks4", "socks4a", "socks5", "socks5h", "http"};

constexpr std::size_t kMaxCredential = 255; // RFC 1929: one octet counts them

constexpr std::string_view kAuthorization = "Proxy-Authorization";

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// Is there such a line among @p url's headers?
bool has_header(const ProxyUrl &url, std::string_view name) {
    std::string_view rest = url.headers;
    while (!rest.empty()) {
        if (same_name(rest.substr(0, rest.find(':')), name))
            return true;
        rest.remove_prefix(rest.find("\r\n") + 2); // add_header() ended every line
    }
    return false;
}

/// Where "://" stands behind a word, or npos: a password may hold it, too.
std::size_t end_of_scheme(std::string_view text) {
    const auto end = text.find("://");
    const auto scheme = text.substr(0, end);
    return std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) { return std::isalnum(c); })
               ? end
               : std::string_view::npos;
}

bool percent_decode(std::string_view text, std::string &out) {
    out.clear();
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size() || !std::isxdigit(static_cast<unsigned char>(text[i + 1])) ||
            !std::isxdigit(static_cast<unsigned char>(text[i + 2])))
            return false;
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
    }
    return true;
}

Status take_scheme(std::string_view &rest, ProxyUrl &url) {
    const auto end = end_of_scheme(rest);
    if (end == std::string_view::npos)
        return Error{"the proxy " + masked(rest) + " names no scheme", kForm};
    url.scheme = rest.substr(0, end);
    std::transform(url.scheme.begin(), url.scheme.end(), url.scheme.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    rest.remove_prefix(end + 3);
    if (std::find(kSchemes.begin(), kSchemes.end(), url.scheme) != kSchemes.end())
        return ok();
    if (url.scheme == "https")
        return Error{"TLS to the proxy itself (https://) is not spoken",
                     "let stunnel carry it (client = yes, accept = 127.0.0.1:3128, connect = HOST:PORT), "
                     "and name http://127.0.0.1:3128"};
    if (url.scheme == "socks")
        return Error{"the scheme socks says no version", "write socks5:// or socks4://"};
    return Error{"unknown proxy scheme '" + url.scheme + "'", kForm};
}

Status take_credentials(std::string_view &rest, ProxyUrl &url) {
    const auto at = rest.rfind('@');
    if (at == std::string_view::npos)
        return ok();
    const auto both = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    const auto colon = both.find(':');
    if (!percent_decode(both.substr(0, colon), url.user) ||
        (colon != std::string_view::npos && !percent_decode(both.substr(colon + 1), url.password)))
        return Error{"a '%' in the user or password is not followed by two hexadecimal digits",
                     "write a percent sign as %25"};
    return ok();
}

Status take_host(std::string_view &rest, ProxyUrl &url) {
    std::size_t end = 0;
    if (rest.starts_with('[')) {
        end = rest.find(']');
        if (end == std::string_view::npos)
            return Error{"the bracket of the IPv6 address is not closed", kForm};
        // RFC 6874: the zone's percent sign is written %25; bare ones are seen.
        if (!percent_decode(rest.substr(1, end - 1), url.host))
            url.host = rest.substr(1, end - 1);
        if (!parse_address(url.host) || url.host.find(':') == std::string::npos)
            return Error{"what stands in brackets is not an IPv6 address", kForm};
        rest.remove_prefix(end + 1);
        return ok();
    }
    end = rest.find(':');
    url.host = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), url.host.size()));
    if (rest.find(':', 1) != std::string_view::npos)
        return Error{"an IPv6 address needs brackets", "write it as socks5://[2001:db8::1]:1080"};
    if (url.host.empty())
        return Error{"the proxy URL names no host", kForm};
    return ok();
}

Status take_port(std::string_view rest, ProxyUrl &url) {
    std::uint64_t port = 0;
    if (rest.empty())
        return ok();
    if (!rest.starts_with(':') || !parse_number(rest.substr(1), 1, UINT16_MAX, port))
        return Error{"the proxy's port is not a number from 1 to 65535", kForm};
    url.port = static_cast<std::uint16_t>(port);
    return ok();
}

} // namespace

ProxyUrl::~ProxyUrl() {
    wipe(password);
    wipe(headers);
}

bool ProxyUrl::has_login() const {
    return !user.empty() || !password.empty() || has_header(*this, kAuthorization);
}

std::string ProxyUrl::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    const std::string login = user.empty() ? "" : user + (password.empty() ? "@" : ":***@");
    return scheme + "://" + login + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

namespace {

/// The kernel's rules for an HTTP proxy.
Status check_http_login(const ProxyUrl &url) {
    if (url.user.find(':') != std::string::npos)
        return Error{"the user of an HTTP proxy must not hold a colon (RFC 7617)", ""};
    if (std::any_of(url.user.begin(), url.user.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }))
        return Error{"the user of an HTTP proxy must not hold control characters (RFC 7617)", ""};
    if ((!url.user.empty() || !url.password.empty()) && has_header(url, kAuthorization))
        return Error{"an HTTP proxy is told who we are twice: by user and password, and by a token or header",
                     "keep one of them"};
    if (url.auth == ProxyAuth::optional)
        return Error{"auth = \"optional\" is for SOCKS5", "an HTTP proxy asks for what it wants"};
    return ok();
}

} // namespace

Status check_credentials(const ProxyUrl &url) {
    if (url.user.size() > kMaxCredential || url.password.size() > kMaxCredential)
        return Error{"user and password may have 255 octets each", ""};
    if (url.auth != ProxyAuth::automatic && url.user.empty() && url.password.empty())
        return Error{"this kind of login needs a user and a password", "write them into the URL"};
    if (url.is_socks4()) {
        if (!url.password.empty() || url.user.find('\0') != std::string::npos)
            return Error{"SOCKS4 has a user id and no password", "leave the password out: socks4://user@host"};
        return url.auth == ProxyAuth::automatic ? ok() : Status(Error{"SOCKS4 has one kind of login only", ""});
    }
    if (url.is_http())
        return check_http_login(url);
    if (url.user.empty() != url.password.empty())
        return Error{"SOCKS5 needs both a user and a password, or neither (RFC 1929)",
                     "write user:password, or leave both out"};
    if (url.auth == ProxyAuth::digest)
        return Error{"Digest is for HTTP proxies", ""};
    return ok();
}

Status add_header(ProxyUrl &url, std::string_view name, std::string_view value) {
    // RFC 9110, 5.6.2 and 5.5.
    const auto is_token = [](unsigned char c) {
        return std::isalnum(c) || (c && std::strchr("!#$%&'*+-.^_`|~", c));
    };
    const auto is_value = [](unsigned char c) { return (c >= ' ' && c != 0x7f) || c == '\t'; };
    if (!url.is_http())
        return Error{"headers are for HTTP proxies, not for " + url.scheme, ""};
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token)) // it may hold what is secret
        return Error{"what stands there is not a header's name", "write it as 'Name: value'"};
    // CONNECT names the destination, has no content, and says who we are once.
    for (const char *ours : {"Host", "Content-Length", "Transfer-Encoding"})
        if (same_name(name, ours))
            return Error{"the header " + std::string(name) + " is not yours to set in a CONNECT request",
                         "leave it out"};
    if (same_name(name, kAuthorization) && url.has_login())
        return Error{"an HTTP proxy is told who we are twice", "keep one of: user and password, a token, the header " +
                                                                   std::string(kAuthorization)};
    if (!std::all_of(value.begin(), value.end(), is_value))
        return Error{"the header " + std::string(name) + " holds a control character", ""};
    url.headers += std::string(name) + ": " + std::string(value) + "\r\n";
    if (url.headers.size() > MUTEX_PROXY_MAX_HEADERS)
        return Error{"the headers for a proxy have more than " + std::to_string(MUTEX_PROXY_MAX_HEADERS) + " octets",
                     "send fewer, or shorter ones"};
    return ok();
}

Status set_bearer(ProxyUrl &url, std::string_view token) {
    // RFC 6750, 2.1: b64token.
    const auto is_token = [](unsigned char c) { return std::isalnum(c) || (c && std::strchr("-._~+/=", c)); };
    if (token.empty() || !std::all_of(token.begin(), token.end(), is_token))
        return Error{"the bearer's token is empty, or holds what no token holds (RFC 6750)",
                     "letters, digits and -._~+/= are allowed; no blanks, no line ends"};
    return add_header(url, kAuthorization, "Bearer " + std::string(token));
}

Status set_credentials(ProxyUrl &url, std::string_view user_password) {
    const auto colon = user_password.find(':');
    url.user = user_password.substr(0, colon);
    url.password = colon == std::string_view::npos ? "" : user_password.substr(colon + 1);
    return check_credentials(url);
}

Result<ProxyUrl> parse_proxy_url(std::string_view text) {
    ProxyUrl url;
    std::string_view rest = text;
    if (auto status = take_scheme(rest, url); !status)
        return status.error();
    while (rest.ends_with('/'))
        rest.remove_suffix(1);
    for (auto take : {take_credentials, take_host})
        if (auto status = take(rest, url); !status)
            return status.error().in("proxy " + masked(text));
    if (auto status = take_port(rest, url); !status)
        return status.error().in("proxy " + masked(text));
    if (auto status = check_credentials(url); !status)
        return status.error().in("proxy " + masked(text));
    return url;
}

} // namespace mprox
