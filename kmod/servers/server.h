/* SPDX-License-Identifier: GPL-2.0 */
/* A proxy, and a chain of them. */
#ifndef MPROX_SERVER_H
#define MPROX_SERVER_H

#include <linux/types.h>
#include <linux/mutex_proxy.h>
#include "mprox.h"

struct mprox_known;
struct mprox_share;

/**
 * struct mprox_proxy - one proxy, as it was configured
 * @protocol:	enum mprox_protocol
 * @auth:	MUTEX_PROXY_AUTH_*
 * @addr:	family 0: it has a name
 *
 * Flat, and all zero where nothing is said, so that it can be hashed whole.
 */
struct mprox_proxy {
	u8 protocol;
	u8 auth;
	u8 user_len;
	u8 pass_len;
	u8 name_len;
	u16 headers_len;
	u32 scope_id;
	struct mprox_addr addr;
	u8 user[MUTEX_PROXY_MAX_CRED];
	u8 pass[MUTEX_PROXY_MAX_CRED];
	u8 name[MUTEX_PROXY_MAX_CRED];
	u8 headers[MUTEX_PROXY_MAX_HEADERS];
};

/**
 * struct mprox_server - what a connection may be given to: a proxy, or a chain
 * @at:		the first hop's address once more, close to its neighbours': each
 *		packet of the scope is compared with all of them
 * @hops:	part of policy->proxies; the first one is reached by us
 * @tries:	in a row
 * @attempt_ms:	for each of them; 0: what the policy says
 * @share:	what this context has had of it; referenced
 * @known:	what its earlier connections have taught us: @share's
 */
struct mprox_server {
	struct mprox_addr at;
	const struct mprox_proxy *hops;
	u32 nr_hops;
	u32 weight;
	u32 tries;
	u32 attempt_ms;
	struct mprox_share *share;
	struct mprox_known *known;
};

#endif
