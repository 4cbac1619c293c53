// SPDX-License-Identifier: GPL-2.0-or-later
// Chains against any servers. Input: an octet for how many and whether all at
// once, one for the cut, two for each hop (protocol, choice), then the answers.
#include "conversation.h"

using namespace conversation;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t nr = size ? 1 + data[0] % MPROX_TALK_HOPS : 1;
	const size_t head = 2 + 2 * nr;
	Hops hops;

	if (size < head)
		return 0;
	for (size_t i = 0; i < nr; i++)
		hops.push_back(hop(data[2 + 2 * i] % 3, data[3 + 2 * i]));
	hops.back().command = command(data[0]);
	judge(hops, data[0] & PIPELINED, data[1], data + head, size - head);
	return 0;
}
