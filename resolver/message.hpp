// SPDX-License-Identifier: GPL-2.0-or-later
// DNS messages, as far as one who passes them on looks into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dns {

using Octets = std::vector<std::uint8_t>;

inline constexpr std::size_t kHeader = 12; // RFC 1035, 4.1.1

/// A whole header, that of a query or of a response.
bool is_query(const Octets &message);
bool is_response(const Octets &message);

/// Of a message that has a header.
std::uint16_t id_of(const Octets &message);
void set_id(Octets &message, std::uint16_t id);

/// What @p query is told when there is no answer: SERVFAIL, with its question,
/// and with an OPT record if it has one (RFC 6891, 6.1.1).
Octets failure_of(const Octets &query);

/// Pads @p query to a multiple of 128 octets (RFC 7830; RFC 8467, 4.1). It does
/// nothing to one whose last record is not OPT: adding that record would change
/// what may be answered, and one that is signed may not be touched.
void pad(Octets &query);

} // namespace dns
