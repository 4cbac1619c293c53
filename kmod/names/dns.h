/* SPDX-License-Identifier: GPL-2.0 */
/* What becomes of a query of somebody in scope. */
#ifndef MPROX_DNS_KMOD_H
#define MPROX_DNS_KMOD_H

#include <linux/netfilter.h>
#include "policy/policy.h"
#include "proto/dns.h"
#include "scope/context.h"
#include "servers/resolver.h"

/**
 * struct mprox_dns_asked - what somebody wants to know
 * @q:		what is asked
 * @resolver:	of whom, if mprox_dns_resolve() says so; good under the RCU lock
 */
struct mprox_dns_asked {
	struct mprox_dns_query q;
	struct mprox_resolver *resolver;
};

/**
 * mprox_dns_resolve - decides about a query, and answers it
 * @ctx:	whose
 * @policy:	its policy; RCU
 * @asked:	what is asked, and of whom: result
 * @msg:	the query, without TCP's length
 * @len:	octets of @msg
 * @to:		where the answer goes
 * @size:	octets at @to, MPROX_DNS_ANSWER_MAX at least; and with @tcp the
 *		most that the answer may have
 * @tcp:	it was asked over TCP
 *
 * Returns the answer's length; 0: it is none that deserves an answer;
 * -EAGAIN: it is to leave as it is; -EINPROGRESS: a resolver is to be asked. Any context
 * up to softirq, under rcu_read_lock().
 */
int mprox_dns_resolve(struct mprox_ctx *ctx, const struct mprox_policy *policy,
		      struct mprox_dns_asked *asked, const u8 *msg, size_t len,
		      u8 *to, size_t size, bool tcp);

/* What a datagram's answer needs room for. */
static inline size_t mprox_dns_room(const struct mprox_dns *dns)
{
	return dns->nr_resolvers ? MPROX_RESOLVER_ANSWER_MAX : MPROX_DNS_ANSWER_MAX;
}

/*
 * A datagram with a query leaves a program's socket. Process context, under
 * rcu_read_lock(). Returns a netfilter verdict.
 */
unsigned int mprox_dns_datagram(struct mprox_ctx *ctx,
				const struct mprox_policy *policy,
				struct sk_buff *skb,
				const struct nf_hook_state *state,
				unsigned int thoff);

#endif
