/* SPDX-License-Identifier: GPL-2.0 */
/* Queries over TCP: each namespace has a server for them on its loopback. */
#ifndef MPROX_DNS_TCP_H
#define MPROX_DNS_TCP_H

#include <linux/spinlock.h>
#include "tcp/flow.h"

struct socket;

/**
 * struct mprox_dns_server - the server of one namespace
 * @net:	where; the contexts that need it pin it
 * @listeners:	IPv4 and IPv6; NULL: this family cannot be had
 * @at:		their addresses; family 0: likewise
 * @data_ready, @state_change: TCP's own callbacks, to be given back
 * @accept_work: takes what has connected
 * @forwards:	queries that wait for a resolver of the program's own
 * @lock:	BH safe; protects @conns and @nr_conns
 * @conns:	struct mprox_dns_conn
 */
struct mprox_dns_server {
	struct net *net;
	struct socket *listeners[2];
	struct mprox_addr at[2];
	void (*data_ready)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	struct work_struct accept_work;
	atomic_t forwards;
	spinlock_t lock;
	struct list_head conns;
	u32 nr_conns;
};

/* What its sockets call; any context. */
void mprox_dns_set_callbacks(struct socket *sock, void *user_data,
			     void (*data_ready)(struct sock *sk),
			     void (*state_change)(struct sock *sk));
/* Nobody hears of the socket any more. */
void mprox_dns_restore_callbacks(const struct mprox_dns_server *server,
				 struct socket *sock);

int mprox_dns_server_init(void);
void mprox_dns_server_exit(void);

/* That of @net; process context. Stopping one that is not started is fine. */
int mprox_dns_server_start(struct net *net);
void mprox_dns_server_stop(struct net *net);

/* Is there a name in @policy whose query over TCP must not simply leave? */
bool mprox_dns_stream_is_ours(const struct mprox_policy *policy);

/**
 * mprox_dns_stream - a program connects to a resolver
 * @ctx:	whose queries; the caller keeps it alive
 * @sk:		the program's socket, locked
 * @asked:	the resolver
 * @listener:	where it is to be led: result
 * @out:	its flow, in the table and referenced: result
 *
 * -ECONNREFUSED: it cannot be. Process context.
 */
int mprox_dns_stream(struct mprox_ctx *ctx, const struct sock *sk,
		     const struct mprox_addr *asked, struct mprox_addr *listener,
		     struct mprox_flow **out);

#endif
