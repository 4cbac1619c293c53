/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The client's side of SOCKS4 CONNECT, and of its extension 4A for names. */
#ifndef MPROX_SOCKS4_H
#define MPROX_SOCKS4_H

#include "proto.h"

/* The reader of the one answer: VN, CD, DSTPORT, DSTIP. */
struct mprox_socks4 {
	u8 have;
	u8 code;
};

#endif
