// SPDX-License-Identifier: GPL-2.0
/* From the program's SYN to a handshake, and its part in the NAT hooks. */
#include "handshake.h"

#include <net/dst.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "assoc.h"
#include "known.h"
#include "names.h"
#include "translation.h"

int mprox_hs_find_name(struct mprox_flow *flow, const struct mprox_dns *dns)
{
	const struct mprox_key *asked = mprox_flow_asked(flow);
	const struct mprox_addr to = {
		.family = asked->family,
		.addr = asked->remote,
	};

	if (!mprox_name_is_fake(dns, &to))
		return 0;
	flow->name = mprox_names_hold(flow->ctx->names, dns, &to);
	return flow->name ? 0 : -EHOSTUNREACH;
}

/* Fills the handshake. Negative errno: it cannot be, and why. */
static int prepare(struct mprox_flow *flow, struct mprox_policy *policy,
		   const struct sk_buff *skb, const struct nf_hook_state *state,
		   const struct tcphdr *th)
{
	struct mprox_hs *hs = flow->hs;
	int err;

	flow->translation = mprox_translation_attach(&flow->key);
	hs->state = MPROX_HS_SYN_SENT;
	hs->policy = policy;
	mprox_policy_get(policy);
	hs->assoc = mprox_assoc_of(state->sk);
	if (hs->assoc)
		refcount_inc(&hs->assoc->refs);
	hs->bind = mprox_bind_of(state->sk);
	if (hs->bind)
		refcount_inc(&hs->bind->refs);
	hs->sk = state->sk;
	sock_hold(hs->sk);
	if (dst_hold_safe(skb_dst(skb)))
		hs->dst = skb_dst(skb);
	hs->net = state->net;
	hs->mark = skb->mark;
	hs->deadline = jiffies + msecs_to_jiffies(policy->handshake_ms);
	hs->rto = MPROX_RTO_INIT;
	hs->isn = ntohl(th->seq);
	flow->bound_if = READ_ONCE(hs->sk->sk_bound_dev_if);
	mprox_hs_save_syn(hs, th);

	if (!hs->dst)
		return -EHOSTUNREACH;
	if (flow->key.net != flow->ctx->net)
		return -ENETUNREACH;
	if (hs->syn.signed_)
		return -EOPNOTSUPP;
	err = mprox_hs_find_name(flow, &policy->dns);
	if (!err)
		err = mprox_attempt_first(flow);
	if (err)
		return err;
	hs->syn_ns = ktime_get_ns();
	return 0;
}

unsigned int mprox_hs_start(struct mprox_ctx *ctx,
			    struct mprox_policy *policy,
			    const struct mprox_key *key, struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    unsigned int thoff)
{
	const struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	enum mprox_end end;
	struct mprox_flow *flow;
	bool sent = false;
	int err;

	/*
	 * tcp_connect() gives up at once for ECONNREFUSED and for nothing else;
	 * any other refusal has to be told to the socket from work.
	 */
	flow = mprox_flow_alloc(ctx, key);
	if (!flow)
		return NF_DROP_ERR(-ECONNREFUSED);
	err = prepare(flow, policy, skb, state, th);
	/* No server of its family could be asked: those of the other one may. */
	end = err != -ENOMEM &&
	      !bitmap_empty(flow->hs->tried, MUTEX_PROXY_MAX_SERVERS) ?
		      MPROX_END_NONE : MPROX_END_FINAL;
	if (!mprox_flow_publish(flow)) {
		mprox_flow_put(flow);
		return NF_DROP_ERR(-ECONNREFUSED);
	}
	if (err) {
		mprox_hs_end(flow, end, -err, false);
		mprox_flow_put(flow);
		consume_skb(skb);
		return NF_STOLEN;
	}
	spin_lock_bh(&flow->lock);
	if (flow->hs) {
		mprox_flow_arm(flow, mprox_hs_next_look(flow->hs));
		sent = mprox_hs_send_syn(flow, skb, thoff);
	}
	spin_unlock_bh(&flow->lock);
	mprox_flow_put(flow);
	/* Without memory it is a lost SYN: TCP sends it again. */
	return sent ? NF_ACCEPT : NF_DROP;
}

/*
 * Can another entry take the place of @ct? That of an earlier attempt, which is
 * dying, or of a SYN that was lost below us and took its unconfirmed entry along
 * can be replaced. If not, its SYN is on its way on another CPU: the program's
 * timer and ours have fired at once, and only one of them must go on.
 */
static bool is_replaceable(const struct nf_conn *ct)
{
	return !ct || nf_ct_is_dying(ct) ||
	       (nf_ct_is_confirmed(ct) ? nf_ct_is_expired(ct) :
				mprox_hs_ct_is_lost(ct));
}

bool mprox_hs_set_ct(struct mprox_flow *flow, struct nf_conn *ct,
		     struct mprox_addr *server)
{
	struct nf_conn *old = NULL;
	bool ours;

	spin_lock_bh(&flow->lock);
	ours = flow->hs && flow->hs->state == MPROX_HS_SYN_SENT &&
	       is_replaceable(flow->ct);
	if (ours) {
		*server = flow->hs->to;
		old = mprox_flow_take_ct(flow, ct);
	}
	spin_unlock_bh(&flow->lock);
	if (old)
		nf_ct_put(old);
	return ours;
}

bool mprox_hs_source(struct mprox_flow *flow, struct mprox_addr *source,
		     bool *new_port)
{
	const struct mprox_hs *hs;
	bool mapped = false;

	spin_lock_bh(&flow->lock);
	hs = flow->hs;
	if (hs && hs->state == MPROX_HS_SYN_SENT &&
	    (hs->source.family || hs->attempts > 1)) {
		*source = hs->source;
		*new_port = hs->attempts > 1;
		if (!source->family) {
			source->family = flow->key.family;
			source->addr = flow->key.local;
		}
		mapped = true;
	}
	spin_unlock_bh(&flow->lock);
	return mapped;
}
