/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What every wire protocol here has in common. The same sources are compiled into the
 * module, the unit tests and the fuzzers.
 */
#ifndef MPROX_PROTO_H
#define MPROX_PROTO_H

#include "../freestanding.h"

/* What the octets fed so far amount to. */
enum mprox_step {
	MPROX_STEP_MORE,	/* everything was used; more is needed */
	MPROX_STEP_SEND,	/* out_ready has grown: send up to there */
	MPROX_STEP_DONE,	/* the tunnel is open; what was not used is data */
	MPROX_STEP_LOGIN,	/* another login is wanted; wants tells which */
	MPROX_STEP_REFUSED,	/* the proxy said no; err and blame tell why */
	MPROX_STEP_MALFORMED,	/* not this protocol */
};

/* Whose fault a refusal is: only another server's can be mended elsewhere. */
enum mprox_blame {
	MPROX_BLAME_SERVER,
	MPROX_BLAME_DESTINATION,
};

/* What a proxy is asked for. */
enum mprox_command {
	MPROX_COMMAND_CONNECT,
	MPROX_COMMAND_BIND,
	MPROX_COMMAND_ASSOCIATE,
};

/*
 * Where a proxy is to connect to: a name if @name_len is not 0, else an
 * address. Names are ASCII (A-labels), without a dot at the end, and not
 * NUL-terminated.
 */
struct mprox_target {
	u8 is_ipv6;
	u8 name_len;
	u16 port;		/* host byte order */
	u8 addr[16];		/* network byte order; IPv4 in the first four */
	const u8 *name;
};

/*
 * What a proxy says of an address: where it listens for us, or whose datagram it
 * passes on. @version: 4, 6, or 0: a name.
 */
struct mprox_bound {
	u8 version;
	u16 port;		/* host byte order */
	u8 addr[16];		/* network byte order; IPv4 in the first four */
};

/* User and password, not NUL-terminated; both lengths 0: none. */
struct mprox_cred {
	u8 user_len;
	u8 pass_len;
	const u8 *user;
	const u8 *pass;
};

/*
 * Where a conversation is written to. It counts on beyond its end, so that a
 * writer of size 0 measures.
 */
struct mprox_writer {
	u8 *buf;
	size_t size;
	size_t len;
};

static inline void mprox_put(struct mprox_writer *w, const void *from, size_t len)
{
	if (len && w->len + len <= w->size)
		memcpy(w->buf + w->len, from, len);
	w->len += len;
}

/* What a password can be guessed from does not stay on the stack. */
static inline void mprox_wipe(void *secret, size_t len)
{
#ifdef __KERNEL__
	memzero_explicit(secret, len);
#else
	memset(secret, 0, len);
	__asm__ __volatile__("" : : "r"(secret) : "memory");
#endif
}

static inline void mprox_put_u8(struct mprox_writer *w, u8 octet)
{
	mprox_put(w, &octet, 1);
}

#endif
