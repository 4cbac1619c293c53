// SPDX-License-Identifier: GPL-2.0-or-later
// Challenges from text.
#pragma once

#include "talk_driver.h"

extern "C" {
#include "digest.h"
}

namespace digest {

using namespace talk;

inline mprox_challenge scan(const std::vector<std::string> &fields)
{
	mprox_challenge c{};

	for (const auto &field : fields)
		mprox_challenge_scan(&c, reinterpret_cast<const u8 *>(
			field.data()), field.size());
	return c;
}

inline std::string realm(const mprox_challenge &c)
{
	return std::string(c.realm, c.realm + c.realm_len);
}

inline std::string nonce(const mprox_challenge &c)
{
	return std::string(c.nonce, c.nonce + c.nonce_len);
}

inline std::string opaque(const mprox_challenge &c)
{
	return std::string(c.opaque, c.opaque + c.opaque_len);
}

} // namespace digest
