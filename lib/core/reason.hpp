// SPDX-License-Identifier: GPL-2.0-or-later
// The words for the numbers of struct mutex_proxy_event.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mprox {

/// Who could mend it.
enum class Blame { nobody, proxy, destination, here };

/// MUTEX_PROXY_REASON_*
struct Reason {
    std::uint16_t number;
    std::string_view token; ///< for programs: never changes
    Blame blame;
    /// For people. Of what a server does it is to be read behind its name; what begins
    /// with NO_ROUTE stands alone, and may speak of "the proxy".
    const char *text;
};

std::span<const Reason> reasons();

/// A newer kernel may know more of them: those have a token and a text that hold the number.
std::string reason_token(unsigned number);
std::string reason_text(unsigned number);
Blame blame_of(unsigned number);

/// Is it something that a server does, to be read behind its name?
bool is_of_server(unsigned number);

/// MUTEX_PROXY_EVENT_*, _CHANGE_* and _QUERY_*: the same for programs and people.
std::string event_word(unsigned kind);
std::string change_word(unsigned change);
std::string query_word(unsigned verb);

/// MUTEX_PROXY_ALERT_*
struct Alert {
    const char *word; ///< for programs
    const char *what; ///< for people, before the figure
    const char *unit;
};

/// Of a number that is not known a word for that.
const Alert &alert_of(unsigned kind);

/// As the log of queries has them: "AAAA", "TYPE65" (RFC 3597, 5); "NXDOMAIN", "RCODE11".
std::string dns_type_word(unsigned type);
std::string dns_rcode_word(unsigned rcode);

} // namespace mprox
