/* SPDX-License-Identifier: GPL-2.0 */
/* What becomes of a query of somebody in scope. */
#ifndef MPROX_DNS_KMOD_H
#define MPROX_DNS_KMOD_H

#include <linux/netfilter.h>
#include "context.h"

/**
 * mprox_dns_resolve - decides about a query, and answers it
 * @ctx:	whose
 * @policy:	its policy; RCU
 * @msg:	the query, without TCP's length
 * @len:	octets of @msg
 * @to:		where the answer goes: MPROX_DNS_ANSWER_MAX octets
 *
 * Returns the answer's length; 0: it is none that deserves an answer;
 * -EAGAIN: it is to leave as it is. Any context up to softirq, under
 * rcu_read_lock().
 */
int mprox_dns_resolve(struct mprox_ctx *ctx, const struct mprox_policy *policy,
		      const u8 *msg, size_t len, u8 *to);

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
