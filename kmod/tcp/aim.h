/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket gets a server's address: by the kernel's own connect() for the first one, and
 * for the next ones while it goes on connecting. What TCP knows of where it is connected
 * to changes here and nowhere else.
 */
#ifndef MPROX_AIM_H
#define MPROX_AIM_H

#include "tcp/flow.h"

struct sockaddr;

/* The kernel's tcp_v4_connect() or tcp_v6_connect(), past our own interception. */
typedef int (*mprox_connect_fn)(struct sock *sk, struct sockaddr *to, int len);

int mprox_aim_init(void);

/* No route, in whatever words of connect()'s (negative errno): none to this server. */
bool mprox_aim_is_unreachable(int err);
/* MUTEX_PROXY_REASON_*: why a socket could not be aimed. */
u16 mprox_aim_reason(int err);

/**
 * mprox_aim_connect - the kernel's connect() with @to instead of what was asked for
 * @flow:	in the table. What the program has bound and is no use on the way to @to
 *		is set aside, see flow->bound
 * @scope_id:	of @to, if that is link-local
 *
 * Negative errno: the socket is as it was. Process context, the socket locked, in
 * TCP_CLOSE.
 */
int mprox_aim_connect(struct mprox_flow *flow, struct sock *sk,
		      mprox_connect_fn connect, const struct mprox_addr *to,
		      u32 scope_id);

/**
 * mprox_aim_anew - the connecting socket goes to the server of hs->to
 * @flow:	whose handshake is MPROX_HS_ENDED
 *
 * The socket stays in TCP_SYN_SENT all the time; nothing is sent. Negative errno: no
 * route, or no port, and the socket is of no use but for another try. Process context,
 * the socket locked.
 */
int mprox_aim_anew(struct mprox_flow *flow, struct sock *sk);

/*
 * A connect() has failed, and the socket is in TCP_CLOSE: what was set aside of what the
 * program had bound is the socket's again. Process context, the socket locked.
 */
void mprox_aim_give_back(struct mprox_flow *flow, struct sock *sk);

/* Can a socket go to servers of both IP versions? */
bool mprox_aim_can_cross(const struct sock *sk);

/*
 * A socket that spoke IPv4 for the connection before speaks IPv6 again, which the kernel
 * leaves out. The socket locked, in TCP_CLOSE.
 */
void mprox_aim_forget(struct sock *sk);

#endif
