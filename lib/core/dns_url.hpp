// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "result.hpp"

namespace mprox {

/// A resolver that is asked under encryption, as a user writes it:
/// tls://HOST[:PORT] (RFC 7858), https://HOST[:PORT][/PATH] (RFC 8484)
struct DnsUrl {
    bool https = false;
    std::string host; ///< name or address, without brackets
    std::uint16_t port = 0;
    std::string path; ///< https: with its slash, and the query if there is one

    /// Is the host an address? A name has to be resolved by somebody else.
    [[nodiscard]] bool has_address() const;

    /// In full, as libcurl takes it if the scheme is https.
    [[nodiscard]] std::string text() const;
};

/// Is it for parse_dns_url() to say what is wrong with it?
bool is_dns_url(std::string_view text);

Result<DnsUrl> parse_dns_url(std::string_view text);

} // namespace mprox
