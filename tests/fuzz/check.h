// SPDX-License-Identifier: GPL-2.0-or-later
// What the fuzz targets share: how to fail, and memory that notices.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#define CHECK(truth) \
	do { \
		if (!(truth)) \
			abort(); \
	} while (0)

// A copy of its own for each piece, so that ASan sees one octet too far.
struct Piece {
	Piece(const uint8_t *from, size_t len) : data(new uint8_t[len])
	{
		if (len)
			memcpy(data.get(), from, len);
	}
	std::unique_ptr<uint8_t[]> data;
};
