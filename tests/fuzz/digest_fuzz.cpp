// SPDX-License-Identifier: GPL-2.0-or-later
// Any challenges, and the answer to them. Input: an octet for the user's
// length, the user, then field values, each up to a line feed.
#include "digest_check.h"

namespace {

const mprox_target kTo{0, 9, 443, {},
		       reinterpret_cast<const u8 *>("a.example")};

// As the HTTP reader hands them over: no control octet but tabs is in them.
using Fields = std::vector<std::vector<uint8_t>>;

Fields fields_of(const uint8_t *data, size_t size)
{
	Fields fields(1);

	for (size_t i = 0; i < size; i++)
		if (data[i] == '\n')
			fields.emplace_back();
		else
			fields.back().push_back(
				digest::is_control(data[i]) ? ' ' : data[i]);
	return fields;
}

void scan(mprox_challenge &c, const Fields &fields)
{
	for (const auto &field : fields) {
		Piece piece(field.data(), field.size());

		mprox_challenge_scan(&c, piece.data.get(), field.size());
		digest::check_bounds(c);
	}
}

void check_nextnonce(const mprox_challenge &c, const Fields &fields)
{
	mprox_challenge next = c;

	for (const auto &field : fields) {
		Piece piece(field.data(), field.size());

		if (mprox_nextnonce_scan(&next, piece.data.get(), field.size()))
			CHECK(next.nonce_len);
		digest::check_bounds(next);
	}
	CHECK(next.realm_len == c.realm_len && next.digest == c.digest);
}

void check_user(const mprox_challenge &c, const mprox_cred &cred)
{
	static const u8 cnonce[16] = {};
	mprox_writer w{nullptr, 0, 0};
	u32 seed = 0;

	if (!std::any_of(cred.user, cred.user + cred.user_len, [](u8 octet) {
		    return octet < ' ' || octet == 0x7f; }))
		digest::check_answer(c, cred, kTo);
	else
		CHECK(mprox_digest_answer(&w, &c, &cred, &kTo, 1, cnonce,
					  digest::mix, &seed) == -EINVAL);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size < 1u + data[0])
		return 0;
	Piece user(data + 1, data[0]);
	const mprox_cred cred{data[0], data[0], user.data.get(),
			      user.data.get()};
	Fields fields = fields_of(data + 1 + data[0], size - 1 - data[0]);
	mprox_challenge c{}, again;

	scan(c, fields);
	again = c;
	// Hearing the same twice changes nothing.
	scan(again, fields);
	CHECK(!memcmp(&again, &c, sizeof(c)));
	check_nextnonce(c, fields);
	if (c.digest)
		check_user(c, cred);
	return 0;
}
