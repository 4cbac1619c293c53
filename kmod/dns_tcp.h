/* SPDX-License-Identifier: GPL-2.0 */
/* Queries over TCP: each namespace has a server for them on its loopback. */
#ifndef MPROX_DNS_TCP_H
#define MPROX_DNS_TCP_H

#include <linux/netfilter.h>
#include <linux/spinlock.h>
#include "flow.h"

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

/* Process context. Stopping one that is not started is fine. */
int mprox_dns_server_start(struct mprox_dns_server *server, struct net *net);
void mprox_dns_server_stop(struct mprox_dns_server *server);

/*
 * The SYN of a program's connection to port 53. Process context, under
 * rcu_read_lock(). Returns a netfilter verdict.
 */
unsigned int mprox_dns_stream(struct mprox_ctx *ctx,
			      const struct mprox_policy *policy,
			      const struct mprox_key *key,
			      const struct sk_buff *skb,
			      const struct nf_hook_state *state);

/*
 * For the NAT hook: where such a connection goes, and its entry. False: there
 * is no server. Any context up to softirq.
 */
bool mprox_dns_divert(struct mprox_flow *flow, struct nf_conn *ct,
		      struct mprox_addr *server);

#endif
