/* SPDX-License-Identifier: GPL-2.0 */
/* What a handshake asks a proxy for, if that is not a connection for a program. */
#ifndef MPROX_ERRAND_H
#define MPROX_ERRAND_H

#include <linux/types.h>
#include "mprox.h"
#include "proto/proto.h"
#include "report/events.h"

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
 * @asker:	who wants it, where a work connects; all zero: nobody read of it
 *		then, see mprox_tell_errand()
 * @port:	BIND: of the peer that is expected; 0: nobody knows
 */
struct mprox_errand {
	const struct mprox_errand_ops *ops;
	struct mprox_actor asker;
	__be16 port;
};

#endif
