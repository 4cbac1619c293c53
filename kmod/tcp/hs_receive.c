// SPDX-License-Identifier: GPL-2.0
/* What the proxy says, and what that makes of the handshake. */
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/xfrm.h>
#include "family/translate.h"
#include "report/trace.h"
#include "servers/known.h"
#include "stack/socket_error.h"
#include "tcp/handshake.h"
#include "tcp/hs_private.h"
#include "tcp/outbox.h"
#include "tcp/segment.h"
#include "tcp/tell.h"

/*
 * An acknowledgment of something else: the proxy still has a connection with these
 * addresses and ports, whose end it has never heard of, or has just closed one
 * (RFC 5961 4.2, RFC 9293 3.5.1). A reset with the number that it expects rids it
 * of that. Once the SYN goes behind it at once, as tcp_rcv_synsent_state_process()
 * has it; who answers like that again must wait for the SYN's own timer.
 */
static void on_half_open(struct mprox_outbox *out, const struct tcphdr *th)
{
	struct mprox_hs *hs = mprox_flow_hs(out->flow);

	if (!th->ack || th->rst)
		return;
	/* The SYN has arrived: nobody on the way drops its option. */
	hs->attempt.fastopen = false;
	mprox_outbox_post(out, TCPHDR_RST, ntohl(th->ack_seq), NULL, 0);
	if (hs->attempt.syns == 1)
		mprox_outbox_post_syn(out);
}

static void on_synack(struct mprox_outbox *out, const struct tcphdr *th)
{
	struct mprox_flow *flow = out->flow;
	struct mprox_hs *hs = mprox_flow_hs(flow);
	u64 rtt_us = div_u64(ktime_get_ns() - hs->attempt.syn_ns, NSEC_PER_USEC);
	u32 acked = ntohl(th->ack_seq) - (hs->attempt.snd_una + 1);

	/* RFC 9293 3.10.7.3: what does not acknowledge our SYN is not for it. */
	if (!th->ack || acked > hs->attempt.syn_data) {
		on_half_open(out, th);
		return;
	}
	if (th->rst) {
		mprox_hs_end_attempt(out, MPROX_END_SERVER,
				     MUTEX_PROXY_REASON_SERVER_REFUSED, -EHOSTUNREACH,
				     false);
		return;
	}
	if (!th->syn)
		return;
	mprox_tcp_parse(th, &hs->attempt.synack);
	hs->attempt.synack_len = th->doff * 4;
	memcpy(hs->attempt.synack_hdr, th, hs->attempt.synack_len);
	mprox_tcp_strip((struct tcphdr *)hs->attempt.synack_hdr);
	if (hs->attempt.fastopen)
		mprox_known_fastopen(flow->share->known, hs->attempt.syns == 1);
	if (hs->attempt.fastopen && hs->attempt.synack.cookie_len)
		mprox_known_set_cookie(flow->share->known, &hs->attempt.synack);
	hs->attempt.tsecr = hs->attempt.synack.tsval;
	hs->attempt.rcv_nxt = ntohl(th->seq) + 1;
	hs->attempt.snd_una += 1 + acked;
	hs->attempt.snd_nxt = hs->attempt.snd_una;
	hs->attempt.snd_wnd = hs->attempt.synack.window;
	/* RFC 6298 2.2 and, for SYNs sent twice, Karn's rule in 3. */
	hs->attempt.rto = MPROX_RTO_INIT;
	hs->attempt.rtt_us = min_t(u64, rtt_us, U32_MAX);
	if (hs->attempt.syns == 1) {
		hs->attempt.rto = max_t(unsigned long, MPROX_RTO_MIN,
					3 * usecs_to_jiffies(hs->attempt.rtt_us));
		mprox_share_rtt(flow->share, hs->attempt.rtt_us);
	}
	hs->attempt.heard_at = jiffies;
	hs->attempt.asked_at = jiffies;
	if (hs->attempt.alone)
		hs->attempt.deadline = hs->campaign.deadline;
	hs->state = MPROX_HS_OPEN;
	mprox_hs_pump(out, true);
	mprox_flow_arm(flow, mprox_hs_next_look(hs));
}

/*
 * RFC 9293 3.10.7.4: what is not said with an acknowledgment of something that we
 * have said in this connection is a guess, or of an old one. Nothing that it says
 * is taken. We have said nothing before @out.
 */
static bool is_acceptable(const struct mprox_hs *hs, const struct tcphdr *th)
{
	u32 ack = ntohl(th->ack_seq);

	return th->ack && !after(ack, hs->attempt.snd_nxt) &&
	       after(ack, hs->syn.isn - hs->attempt.talk.out_len);
}

static void take_ack(struct mprox_hs *hs, const struct tcphdr *th)
{
	bool scaled = hs->syn.opt.has_wscale && hs->attempt.synack.has_wscale;
	u32 ack = ntohl(th->ack_seq);

	if (before(ack, hs->attempt.snd_una))
		return;
	if (ack != hs->attempt.snd_una) {
		hs->attempt.snd_una = ack;
		hs->attempt.sent_at = jiffies;
	}
	hs->attempt.snd_wnd = (u32)ntohs(th->window) <<
			      (scaled ? hs->attempt.synack.wscale : 0);
}

/*
 * Feeds the protocol with the payload from @off on, @len octets. Returns the
 * last step; *@used is what it took.
 */
static enum mprox_step feed(struct mprox_hs *hs, const struct sk_buff *skb,
			    u32 off, u32 len, u32 *used)
{
	enum mprox_step step = MPROX_STEP_MORE;
	u8 buf[64];

	*used = 0;
	while (*used < len &&
	       (step == MPROX_STEP_MORE || step == MPROX_STEP_SEND)) {
		u32 part = min_t(u32, len - *used, sizeof(buf));
		size_t taken = 0;

		/* Cannot fail: the caller computed len from the packet. */
		if (skb_copy_bits(skb, off + *used, buf, part))
			return MPROX_STEP_MALFORMED;
		step = mprox_talk_feed(&hs->attempt.talk, buf, part, &taken);
		*used += taken;
	}
	return step;
}

enum rx_result {
	RX_TAKEN,	/* the segment was for us */
	RX_DONE,	/* the tunnel is open, the segment is used up */
	RX_DONE_MORE,	/* the same, and it holds the destination's data, too */
};

/* The proxy has said no, in one way or another. */
static void on_refusal(struct mprox_outbox *out, enum mprox_step step)
{
	struct mprox_hs *hs = mprox_flow_hs(out->flow);
	enum mprox_end end = MPROX_END_SERVER;

	if (step == MPROX_STEP_LOGIN && mprox_attempt_relogin(out->flow))
		end = MPROX_END_LOGIN;
	else if (step == MPROX_STEP_REFUSED &&
		 hs->attempt.talk.blame == MPROX_BLAME_DESTINATION)
		end = MPROX_END_FINAL;
	if (end == MPROX_END_SERVER)
		net_dbg_ratelimited("mutex_proxy: %pI6c port %u, proxy %u of its chain: %s\n",
				    &hs->attempt.to.addr, ntohs(hs->attempt.to.port),
				    hs->attempt.talk.hop + 1,
				    mprox_refusal_text(hs->attempt.talk.refusal));
	if (step == MPROX_STEP_MALFORMED) {
		mprox_hs_blame_server(out, hs->attempt.talk.refusal, true);
		return;
	}
	mprox_hs_end_attempt(out, end, hs->attempt.talk.refusal, -hs->attempt.talk.err,
			     true);
}

/*
 * Where the proxy says that it listens for us. 0.0.0.0 means its own address.
 * Family 0: nothing that could be used.
 */
static void find_bound(const struct mprox_hs *hs, struct mprox_addr *at)
{
	const struct mprox_server *server = &hs->policy->servers[hs->visit.server];
	const struct mprox_addr *proxy = &server->hops[server->nr_hops - 1].addr;
	const struct mprox_bound *bound = &hs->attempt.talk.bound;

	memset(at, 0, sizeof(*at));
	if (!bound->version)
		return;
	at->family = bound->version == 6 ? AF_INET6 : AF_INET;
	at->port = htons(bound->port);
	memcpy(&at->addr, bound->addr, sizeof(at->addr));
	if (ipv6_addr_any(&at->addr)) {
		at->family = proxy->family;
		at->addr = proxy->addr;
	}
}

static void on_relay(struct mprox_hs *hs)
{
	struct mprox_addr at;

	find_bound(hs, &at);
	hs->errand->ops->opened(hs->errand, hs->policy, &hs->attempt.to, &at);
}

/*
 * BIND's first answer. A proxy that has no address to tell has not given us a
 * port.
 */
static void on_open_port(struct mprox_outbox *out)
{
	struct mprox_hs *hs = mprox_flow_hs(out->flow);
	struct mprox_addr at;

	hs->attempt.is_open = true;
	hs->campaign.deadline = jiffies + msecs_to_jiffies(hs->policy->bind_ms);
	hs->attempt.deadline = hs->campaign.deadline;
	find_bound(hs, &at);
	if (!at.family)
		mprox_hs_end_attempt(out, MPROX_END_FINAL, MUTEX_PROXY_REASON_COMMAND,
				     -EADDRNOTAVAIL, true);
	else
		hs->errand->ops->opened(hs->errand, hs->policy, &hs->attempt.to, &at);
}

static enum rx_result on_payload(struct mprox_outbox *out,
				 const struct sk_buff *skb,
				 const struct tcphdr *th, unsigned int thoff)
{
	struct mprox_hs *hs = mprox_flow_hs(out->flow);
	u32 off = thoff + th->doff * 4, len = skb->len - off, used;
	u32 seq = ntohl(th->seq), skip = hs->attempt.rcv_nxt - seq;
	u32 ready = hs->attempt.talk.out_ready;
	enum mprox_step step;

	/* Old, or not next: say again what we wait for (RFC 5681, 4.2). */
	if (th->syn || before(hs->attempt.rcv_nxt, seq) || skip > len) {
		mprox_outbox_post(out, TCPHDR_ACK, hs->attempt.snd_nxt, NULL, 0);
		return RX_TAKEN;
	}
	off += skip;
	len -= skip;
	step = feed(hs, skb, off, len, &used);
	if (used)
		hs->attempt.heard_at = jiffies;
	if (hs->attempt.talk.is_bound && !hs->attempt.is_open)
		on_open_port(out);
	if (hs->state == MPROX_HS_ENDED)
		return RX_TAKEN;
	switch (step) {
	case MPROX_STEP_DONE:
		return used < len || th->fin ? RX_DONE_MORE : RX_DONE;
	case MPROX_STEP_LOGIN:
	case MPROX_STEP_REFUSED:
	case MPROX_STEP_MALFORMED:
		on_refusal(out, step);
		return RX_TAKEN;
	default:
		break;
	}
	hs->attempt.rcv_nxt += used;
	if (th->fin) {
		mprox_hs_blame_server(out, MUTEX_PROXY_REASON_SERVER_CLOSED, true);
		return RX_TAKEN;
	}
	if (hs->attempt.talk.out_ready > ready)
		hs->attempt.asked_at = jiffies;
	mprox_hs_pump(out, len || skip);
	return RX_TAKEN;
}

static enum rx_result on_segment(struct mprox_outbox *out,
				 const struct sk_buff *skb,
				 const struct tcphdr *th, unsigned int thoff)
{
	struct mprox_hs *hs = mprox_flow_hs(out->flow);

	if (th->rst) {
		/* RFC 5961 3.2: exactly the next octet, or it is a guess. */
		if (ntohl(th->seq) == hs->attempt.rcv_nxt)
			mprox_hs_blame_server(out, MUTEX_PROXY_REASON_SERVER_CLOSED,
					      false);
		return RX_TAKEN;
	}
	if (!is_acceptable(hs, th)) {
		mprox_outbox_post(out, TCPHDR_ACK, hs->attempt.snd_nxt, NULL, 0);
		return RX_TAKEN;
	}
	if (hs->attempt.synack.has_ts)
		mprox_tcp_tsval(th, &hs->attempt.tsecr);
	take_ack(hs, th);
	return on_payload(out, skb, th, thoff);
}

/* Copies the header, which may lie in fragments; NULL: not a TCP segment. */
static const struct tcphdr *copy_header(const struct sk_buff *skb,
					unsigned int thoff, u8 *buf)
{
	const struct tcphdr *th = (const struct tcphdr *)buf;

	if (skb_copy_bits(skb, thoff, buf, sizeof(*th)) ||
	    th->doff * 4 < sizeof(*th) ||
	    skb_copy_bits(skb, thoff, buf, th->doff * 4))
		return NULL;
	return th;
}

/*
 * TCP takes nothing that a policy of IPsec wants to have been encrypted and was not, and
 * neither do we. A policy of the socket's own is of its own IP version. flow->lock held.
 */
static bool is_let_in(const struct mprox_flow *flow, struct sk_buff *skb, u8 pf)
{
	struct sock *sk = flow->translation ? NULL : mprox_flow_hs(flow)->sk;

	return xfrm_policy_check(sk, XFRM_POLICY_IN, skb,
				 pf == NFPROTO_IPV4 ? AF_INET : AF_INET6);
}

/*
 * TCP takes the age of its SYN for the round trip: the SYN becomes as old as the way to
 * the server is long, however long the server has taken over the rest.
 */
static void set_syn_age(struct sock *sk, u64 age_ns)
{
	struct sk_buff *syn = tcp_rtx_queue_head(sk);

	if (syn)
		syn->skb_mstamp_ns = tcp_clock_ns() - age_ns;
}

/*
 * The SYN-ACK goes up to the program's socket. Should something there not let it in (a
 * filter of the program's), TCP's own timer is to find that out.
 */
static void hs_deliver(struct mprox_flow *flow, const struct mprox_hs *hs,
		       struct sk_buff *synack, const struct nf_hook_state *state)
{
	struct sock *sk = hs->sk;

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk) && mprox_is_connecting(sk, hs->syn.isn))
		set_syn_age(sk, (u64)hs->attempt.rtt_us * NSEC_PER_USEC);
	bh_unlock_sock(sk);
	if (flow->translation)
		mprox_translate_deliver(flow->translation, synack);
	else
		state->okfn(state->net, NULL, synack);
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk) && mprox_is_connecting(sk, hs->syn.isn))
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, TCP_TIMEOUT_INIT,
					  TCP_RTO_MAX);
	bh_unlock_sock(sk);
}

unsigned int mprox_hs_receive(struct mprox_flow *flow, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      unsigned int thoff, const struct mprox_key *ends)
{
	enum rx_result result = RX_TAKEN;
	struct sk_buff *synack = NULL;
	struct mprox_hs *hs, *over = NULL;
	const struct tcphdr *th;
	struct mprox_outbox out;
	u8 buf[60];

	th = copy_header(skb, thoff, buf);
	if (!th || nf_checksum(skb, state->hook, thoff, IPPROTO_TCP, state->pf))
		return NF_DROP;

	spin_lock_bh(&flow->lock);
	hs = mprox_flow_hs(flow);
	/* None, or of an earlier attempt, whose port the socket has had till now. */
	if (!hs || !mprox_hs_is_of_attempt(hs, ends)) {
		spin_unlock_bh(&flow->lock);
		return hs ? NF_DROP : NF_ACCEPT;
	}
	if (!is_let_in(flow, skb, state->pf)) {
		spin_unlock_bh(&flow->lock);
		return NF_DROP;
	}
	mprox_outbox_open(&out, flow);
	if (hs->state == MPROX_HS_SYN_SENT)
		on_synack(&out, th);
	else if (hs->state == MPROX_HS_OPEN)
		result = on_segment(&out, skb, th, thoff);
	if (result != RX_TAKEN) {
		u32 irs = ntohl(((struct tcphdr *)hs->attempt.synack_hdr)->seq);

		synack = mprox_synack(flow, skb, irs + hs->attempt.talk.in_len,
				      hs->syn.isn + 1);
		if (synack) {
			if (mprox_hs_command(hs) == MPROX_COMMAND_ASSOCIATE)
				on_relay(hs);
			mprox_attempt_worked(flow);
			mprox_tell_proxied(flow);
			trace_mprox_end(flow->ctx->id, flow->sk, &flow->asked,
					&hs->attempt.to, hs->campaign.attempts, 0);
			over = mprox_flow_take_hs(flow);
		} else {
			mprox_hs_end_attempt(&out, MPROX_END_FINAL,
					     MUTEX_PROXY_REASON_NO_MEMORY, -ENOMEM, true);
		}
	}
	spin_unlock_bh(&flow->lock);

	mprox_outbox_send(&out);
	/* From here on the flow is the kernel's; a netfilter hook holds RCU. */
	if (synack)
		hs_deliver(flow, over, synack, state);
	mprox_hs_put(over);
	if (synack && result == RX_DONE_MORE)
		return NF_ACCEPT;
	consume_skb(skb);
	return NF_STOLEN;
}
