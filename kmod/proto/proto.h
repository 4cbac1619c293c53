/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What every wire protocol here has in common. The protocol files are
 * freestanding: no allocation, lock, clock, I/O or log. The same sources are
 * compiled into the module, the unit tests and the fuzzers.
 */
#ifndef MPROX_PROTO_H
#define MPROX_PROTO_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
#endif

/* What the bytes fed so far amount to. */
enum mprox_step {
	MPROX_STEP_MORE,	/* everything was used; more is needed */
	MPROX_STEP_SEND,	/* out_ready has grown: send up to there */
	MPROX_STEP_DONE,	/* the tunnel is open; what was not used is data */
	MPROX_STEP_REFUSED,	/* the proxy said no; err tells why */
	MPROX_STEP_MALFORMED,	/* not this protocol */
};

/* Where the program wants to go. */
struct mprox_target {
	u8 is_ipv6;
	u16 port;		/* host byte order */
	u8 addr[16];		/* network byte order; IPv4 in the first four */
};

/* User and password, not NUL-terminated; both lengths 0: no authentication. */
struct mprox_cred {
	u8 user_len;
	u8 pass_len;
	const u8 *user;
	const u8 *pass;
};

#endif
