/* SPDX-License-Identifier: GPL-2.0 */
/* What a handshake asks a proxy for, if that is not a connection for a program. */
#ifndef MPROX_ERRAND_H
#define MPROX_ERRAND_H

#include <linux/types.h>
#include "mprox.h"
#include "proto/proto.h"

struct mprox_errand;
struct mprox_policy;
struct mprox_server;

/**
 * struct mprox_errand_ops - whose it is
 * @command:	MPROX_COMMAND_*, for the last hop
 * @get:	one more reference; any context
 * @put:	one less; any context
 * @suits:	can @server do it? NULL: any can
 * @is_wanted:	does anybody still wait for it? NULL: yes, as long as there is the
 *		socket
 * @opened:	the proxy at @proxy has answered: it is open at @at, family 0: the proxy
 *		has not said where. Once; the flow's lock held
 */
struct mprox_errand_ops {
	u8 command;
	void (*get)(struct mprox_errand *errand);
	void (*put)(struct mprox_errand *errand);
	bool (*suits)(const struct mprox_server *server);
	bool (*is_wanted)(const struct mprox_errand *errand);
	void (*opened)(struct mprox_errand *errand,
		       const struct mprox_policy *policy,
		       const struct mprox_addr *proxy,
		       const struct mprox_addr *at);
};

/**
 * struct mprox_errand - part of what sends the handshake
 * @ops:	of its kind
 * @port:	BIND: of the peer that is expected; 0: nobody knows
 */
struct mprox_errand {
	const struct mprox_errand_ops *ops;
	__be16 port;
};

#endif
