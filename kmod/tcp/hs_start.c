// SPDX-License-Identifier: GPL-2.0
/* From the decision in connect() to the first SYN of a handshake. */
#include "tcp/handshake.h"

#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "family/translation.h"
#include "names/names.h"
#include "scope/net.h"
#include "servers/choose.h"
#include "servers/known.h"
#include "stack/packet.h"
#include "stack/route.h"
#include "tcp/outbox.h"

int mprox_hs_find_name(struct mprox_flow *flow, const struct mprox_dns *dns)
{
	if (!mprox_name_is_fake(dns, &flow->asked))
		return 0;
	flow->name = mprox_names_hold(flow->ctx->names, dns, &flow->asked);
	return flow->name ? 0 : -EHOSTUNREACH;
}

/*
 * TCP-MD5 (RFC 2385) and TCP-AO (RFC 5925) sign the addresses, and the program has
 * keys for its peer's alone: nobody can carry such a connection.
 */
static bool is_signed(const struct sock *sk)
{
#ifdef CONFIG_TCP_MD5SIG
	if (rcu_access_pointer(tcp_sk(sk)->md5sig_info))
		return true;
#endif
#ifdef CONFIG_TCP_AO
	if (rcu_access_pointer(tcp_sk(sk)->ao_info))
		return true;
#endif
	return false;
}

/* The servers of the program's own IP version, unless those of the other are better. */
static u8 first_family(struct mprox_policy *policy, u8 own)
{
	const struct mprox_group group = mprox_policy_group(policy);
	u16 other = mprox_other_family(own);

	return mprox_has_family(other) && mprox_choose_prefers_other(&group, own) ?
	       other : own;
}

static void hs_fill(struct mprox_hs *hs, struct mprox_policy *policy, struct sock *sk,
		    u8 family, struct mprox_errand *errand)
{
	hs->state = MPROX_HS_SYN_SENT;
	hs->campaign.via = first_family(policy, family);
	hs->policy = policy;
	mprox_policy_get(policy);
	hs->errand = errand;
	if (errand)
		errand->ops->get(errand);
	hs->sk = sk;
	sock_hold(sk);
	hs->net = sock_net(sk);
	hs->bound_if = sk->sk_bound_dev_if;
	hs->campaign.deadline = jiffies + msecs_to_jiffies(policy->handshake_ms);
}

/* Of what can be known before there is a server. */
static int check(struct mprox_flow *flow, const struct sock *sk)
{
	if (sock_net(sk) != flow->ctx->net)
		return -ENETUNREACH;
	if (is_signed(sk))
		return -EOPNOTSUPP;
	return mprox_hs_find_name(flow, &mprox_flow_hs(flow)->policy->dns);
}

int mprox_hs_make(struct mprox_ctx *ctx, struct mprox_policy *policy,
		  struct sock *sk, const struct mprox_addr *asked,
		  struct mprox_errand *errand, struct mprox_flow **out)
{
	struct mprox_flow *flow;
	struct mprox_hs *hs;
	int err;

	flow = mprox_flow_alloc(ctx, sk, asked, GFP_KERNEL);
	if (!flow)
		return -ECONNREFUSED;
	hs = mprox_flow_hs(flow);
	hs_fill(hs, policy, sk, asked->family, errand);
	err = check(flow, sk);
	if (!err) {
		*out = flow;
		return 0;
	}
	mprox_hs_discard(flow);
	return err;
}

void mprox_hs_discard(struct mprox_flow *flow)
{
	struct mprox_hs *hs;

	spin_lock_bh(&flow->lock);
	hs = mprox_flow_take_hs(flow);
	spin_unlock_bh(&flow->lock);
	mprox_hs_put(hs);
	mprox_flow_remove(flow);
	mprox_flow_put(flow);
}

void mprox_hs_begin_numbers(struct mprox_hs *hs)
{
	hs->attempt.snd_una = hs->syn.isn - hs->attempt.talk.out_len;
	hs->attempt.snd_nxt = hs->attempt.snd_una + 1;
	hs->attempt.sent_at = jiffies;
	hs->attempt.syn_ns = ktime_get_ns();
}

void mprox_hs_forget_ends(struct mprox_hs *hs)
{
	if (hs->wire.slot)
		atomic_dec(hs->wire.slot);
	hs->wire.slot = NULL;
}

static void set_ends(struct mprox_hs *hs, const struct mprox_key *ends)
{
	mprox_hs_forget_ends(hs);
	hs->wire.ends = *ends;
	hs->wire.slot = mprox_net_slot(mprox_net(hs->net), ends->lport);
	atomic_inc(hs->wire.slot);
}

static void set_dst(struct mprox_hs *hs, struct dst_entry *dst)
{
	dst_release(hs->wire.dst);
	hs->wire.dst = dst;
	hs->wire.dst_cookie = dst ? mprox_route_cookie(dst) : 0;
}

static void set_translated_ends(struct mprox_hs *hs, struct mprox_translation *t)
{
	set_ends(hs, &t->wire);
	set_dst(hs, mprox_translation_way_out(t));
}

/* The route between @hs's ends, as it is now; or NULL. */
static struct dst_entry *find_dst(const struct mprox_hs *hs)
{
	const struct mprox_addr to = {
		.family = hs->wire.ends.family,
		.addr = hs->wire.ends.remote,
		.port = hs->wire.ends.rport,
	};
	struct mprox_way way = mprox_way_of(hs->sk, &to, hs->attempt.scope_id);
	struct in6_addr source;

	way.from = hs->wire.ends.local;
	way.from_port = hs->wire.ends.lport;
	return mprox_route(&way, &source);
}

void mprox_hs_refresh_route(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	struct dst_entry *dst;

	lockdep_assert_held(&flow->lock);
	if (!hs->begun || !hs->wire.dst ||
	    mprox_route_holds(hs->wire.dst, hs->wire.dst_cookie))
		return;
	dst = flow->translation ? mprox_translation_way_out(flow->translation) :
				  find_dst(hs);
	if (dst)
		set_dst(hs, dst);
}

bool mprox_hs_take_ends(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	struct mprox_key ends;
	bool done = true;

	mprox_key_of_socket(&ends, hs->net,
			    hs->attempt.to.family == AF_INET || flow->translation ?
			    NFPROTO_IPV4 : NFPROTO_IPV6, hs->sk);
	spin_lock_bh(&flow->lock);
	if (flow->translation) {
		done = mprox_translation_enter(flow->translation, &ends);
		if (done)
			set_translated_ends(hs, flow->translation);
	} else {
		set_ends(hs, &ends);
		set_dst(hs, sk_dst_get(hs->sk));
	}
	spin_unlock_bh(&flow->lock);
	return done && hs->wire.dst;
}

static void save_ip_header(struct mprox_hs *hs, const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4) {
		hs->syn.tos = ip_hdr(skb)->tos;
		hs->syn.ttl = ip_hdr(skb)->ttl;
	} else {
		hs->syn.tos = ipv6_get_dsfield(ipv6_hdr(skb));
		hs->syn.ttl = ipv6_hdr(skb)->hop_limit;
	}
}

/* TCP_FASTOPEN_CONNECT: connect() has returned long before. The time begins now. */
static void begin_time(struct mprox_hs *hs)
{
	unsigned long late = jiffies - hs->attempt.sent_at;

	hs->campaign.deadline += late;
	hs->attempt.deadline += late;
}

/* The first SYN: from here on there is a number in front of which we speak. */
static bool hs_begin(struct mprox_flow *flow, const struct sk_buff *skb,
		     const struct nf_hook_state *state, const struct tcphdr *th)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	struct mprox_key ends;

	mprox_key_from(&ends, hs->net, state->pf, MPROX_OUT,
		       skb_network_header(skb), th->source, th->dest);
	if (flow->translation) {
		if (!mprox_translation_enter(flow->translation, &ends))
			return false;
		set_translated_ends(hs, flow->translation);
		/* The route has gone meanwhile: lost, like any SYN that finds none. */
		if (!hs->wire.dst) {
			mprox_hs_forget_ends(hs);
			return false;
		}
	} else {
		if (!dst_hold_safe(skb_dst(skb)))
			return false;
		set_dst(hs, skb_dst(skb));
		set_ends(hs, &ends);
	}
	save_ip_header(hs, skb, state->pf);
	hs->syn.isn = ntohl(th->seq);
	hs->begun = true;
	begin_time(hs);
	mprox_hs_begin_numbers(hs);
	mprox_flow_arm(flow, mprox_hs_next_look(hs));
	return true;
}

/* The program's own SYN; flow->lock held. False: it must not leave. */
static bool on_own_syn(struct mprox_flow *flow, struct sk_buff *skb,
		       unsigned int thoff)
{
	const struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	struct mprox_hs *hs = mprox_flow_hs(flow);

	/* Its timestamp is newer than before, and so must ours be (PAWS). */
	mprox_hs_save_syn(hs, th);
	return !hs->syn.opt.signed_ && hs->state == MPROX_HS_SYN_SENT &&
	       (flow->translation || mprox_hs_send_syn(flow, skb, thoff));
}

/* In place of what has come by: it goes to nobody. flow->lock held, and released. */
static unsigned int send_translated(struct mprox_flow *flow, struct sk_buff *skb)
{
	struct mprox_outbox out;

	mprox_outbox_open(&out, flow);
	mprox_outbox_post_syn(&out);
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
	consume_skb(skb);
	return NF_STOLEN;
}

unsigned int mprox_hs_syn(struct mprox_flow *flow, struct sk_buff *skb,
			  const struct nf_hook_state *state, unsigned int thoff)
{
	const struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	u32 seq = ntohl(th->seq);
	struct mprox_hs *hs;
	bool leaves = false;

	spin_lock_bh(&flow->lock);
	hs = mprox_flow_hs(flow);
	if (!hs) {
		leaves = flow->is_query;
	} else if (hs->begun && seq == hs->syn.isn - hs->attempt.talk.out_len) {
		/* Ours, or the same packet once more: a VRF's comes by twice. */
		leaves = hs->state == MPROX_HS_SYN_SENT;
	} else if (hs->begun ? seq == hs->syn.isn : hs_begin(flow, skb, state, th)) {
		leaves = on_own_syn(flow, skb, thoff);
		if (leaves && flow->translation)
			return send_translated(flow, skb);
	}
	spin_unlock_bh(&flow->lock);
	if (leaves)
		return NF_ACCEPT;
	/* No error: the program's TCP is to believe that it was sent. */
	consume_skb(skb);
	return NF_STOLEN;
}

void mprox_hs_hold_syn_timer(struct sock *sk)
{
	if (sk->sk_state == TCP_SYN_SENT)
		inet_csk_clear_xmit_timer(sk, ICSK_TIME_RETRANS);
}

void mprox_hs_called(struct mprox_flow *flow, struct sock *sk)
{
	struct mprox_hs *hs = NULL;
	bool begun;

	spin_lock_bh(&flow->lock);
	begun = mprox_flow_hs(flow) && mprox_flow_hs(flow)->begun;
	/*
	 * TCP_REPAIR: a connection that is there already, and has a way through; but
	 * for one whose SYN is to leave later (TCP_FASTOPEN_CONNECT).
	 */
	if (tcp_sk(sk)->repair && sk->sk_state != TCP_SYN_SENT)
		hs = mprox_flow_take_hs(flow);
	spin_unlock_bh(&flow->lock);
	mprox_hs_put(hs);
	if (begun)
		mprox_hs_hold_syn_timer(sk);
}
