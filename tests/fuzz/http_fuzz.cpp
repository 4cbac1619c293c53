// SPDX-License-Identifier: GPL-2.0-or-later
// The HTTP CONNECT client against any server. Input: two octets that choose the
// conversation and the cut, then what the server says.
#include "conversation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return conversation::one_server(MPROX_PROTO_HTTP, data, size);
}
