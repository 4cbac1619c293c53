// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "result.hpp"

namespace mprox {

/// RFC 1928 has no default port; 1080 is IANA's, and curl's.
inline constexpr std::uint16_t kSocksPort = 1080;

/// A proxy as a user writes it: SCHEME://[USER:PASSWORD@]HOST[:PORT]
struct ProxyUrl {
    std::string scheme; ///< "socks5" or "socks5h"
    std::string user;
    std::string password;
    std::string host; ///< name or address, without brackets
    std::uint16_t port = kSocksPort;

    /// For messages: never holds the password.
    [[nodiscard]] std::string text() const;
};

Result<ProxyUrl> parse_proxy_url(std::string_view text);

/// "user:password", as curl's --proxy-user takes it: not percent-encoded.
Status set_credentials(ProxyUrl &url, std::string_view user_password);

/// SOCKS5 passwords (RFC 1929): both 1 to 255 octets, or none at all.
Status check_credentials(const ProxyUrl &url);

} // namespace mprox
