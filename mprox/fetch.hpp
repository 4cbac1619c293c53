// SPDX-License-Identifier: GPL-2.0-or-later
// A URL over a connection that is there already. All of HTTP and TLS is libcurl's.
#pragma once

#include <string>
#include <string_view>

#include "conversation.hpp"

struct Url {
    std::string text; ///< whole, as libcurl has it
    Peer peer;        ///< a name is left to the proxy
};

/// http:// or https://; without a scheme it is https://.
mprox::Result<Url> parse_url(std::string_view text);

/// The status of the response (RFC 9110, 15), whatever it is; @p connection leads to the
/// URL's host. All of the response is read, and thrown away. Any thread.
mprox::Result<long> fetch(const Url &url, mprox::Fd connection, const Deadline &deadline);
