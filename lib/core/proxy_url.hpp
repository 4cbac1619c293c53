// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "result.hpp"

namespace mprox {

/// RFC 1928 has no default port; 1080 is IANA's, and curl's for every scheme.
inline constexpr std::uint16_t kSocksPort = 1080;

/// How a proxy is told who we are: MUTEX_PROXY_AUTH_*.
enum class ProxyAuth { automatic, optional, digest };

/// A proxy as a user writes it: SCHEME://[USER:PASSWORD@]HOST[:PORT]
struct ProxyUrl {
    std::string scheme; ///< socks4, socks4a, socks5, socks5h or http
    std::string user;
    std::string password;
    std::string host; ///< name or address, without brackets
    std::uint16_t port = kSocksPort;

    ProxyAuth auth = ProxyAuth::automatic;
    std::uint16_t weight = 0;  ///< 0: not said
    std::uint8_t tries = 0;    ///< in a row; 0: not said
    std::uint32_t attempt_ms = 0; ///< for each of them; 0: not said
    std::string headers;       ///< http: whole lines, each with its CRLF
    bool hop = false;          ///< the next one of the chain that the one before is in

    ProxyUrl() = default;
    ProxyUrl(ProxyUrl &&) = default;
    ProxyUrl &operator=(ProxyUrl &&) = default;
    ProxyUrl(const ProxyUrl &) = default;
    ProxyUrl &operator=(const ProxyUrl &) = default;
    ~ProxyUrl(); ///< wipes what is secret

    [[nodiscard]] bool is_http() const { return scheme == "http"; }
    [[nodiscard]] bool is_socks4() const { return scheme.starts_with("socks4"); }

    /// Credentials, or a Proxy-Authorization of its own among the headers.
    [[nodiscard]] bool has_login() const;

    /// For messages: never holds the password.
    [[nodiscard]] std::string text() const;
};

Result<ProxyUrl> parse_proxy_url(std::string_view text);

/// "user:password", as curl's --proxy-user takes it: not percent-encoded.
Status set_credentials(ProxyUrl &url, std::string_view user_password);

/// What the scheme and @p url.auth ask of user and password.
Status check_credentials(const ProxyUrl &url);

/// Adds "Name: value" to the headers for an HTTP proxy.
Status add_header(ProxyUrl &url, std::string_view name, std::string_view value);

/// Adds a bearer's token (RFC 6750) to the headers for an HTTP proxy.
Status set_bearer(ProxyUrl &url, std::string_view token);

} // namespace mprox
