// SPDX-License-Identifier: GPL-2.0
/* What a handshake says, and when it says it again. All under flow->lock. */
#include <net/sock.h>
#include <net/tcp.h>
#include "servers/known.h"
#include "tcp/handshake.h"
#include "tcp/hs_private.h"
#include "tcp/outbox.h"

/* RFC 9293 3.7.1: what a host that says nothing can take. */
#define MSS_DEFAULT_V4	536
#define MSS_DEFAULT_V6	1220

/* Octets of the conversation in front of @seq. */
static u32 out_offset(const struct mprox_hs *hs, u32 seq)
{
	return seq - (hs->syn.isn - hs->attempt.talk.out_len + 1);
}

static u16 default_mss(const struct mprox_flow *flow)
{
	return mprox_flow_hs(flow)->wire.ends.family == AF_INET ?
	       MSS_DEFAULT_V4 : MSS_DEFAULT_V6;
}

static u32 effective_mss(const struct mprox_flow *flow)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	u32 mss = hs->attempt.synack.mss ?: default_mss(flow);

	/* What the program announced comes from the device that it leaves by. */
	if (hs->syn.opt.mss)
		mss = min_t(u32, mss, hs->syn.opt.mss);
	if (hs->syn.opt.has_ts && hs->attempt.synack.has_ts)
		mss -= min_t(u32, mss, 12);
	return max_t(u32, mss, 32);
}

/* One segment of ours from @seq on; returns its length. */
static u32 post_data(struct mprox_outbox *out, u32 seq)
{
	const struct mprox_hs *hs = mprox_flow_hs(out->flow);
	u32 from = out_offset(hs, seq);
	u32 len = min(hs->attempt.talk.out_ready - from, effective_mss(out->flow));
	u32 room = hs->attempt.snd_una + hs->attempt.snd_wnd - seq;

	if ((s32)room <= 0)
		return 0;
	len = min(len, room);
	if (len)
		mprox_outbox_post(out, TCPHDR_ACK | TCPHDR_PSH, seq,
				  hs->attempt.out + from, len);
	return len;
}

void mprox_hs_pump(struct mprox_outbox *out, bool ack_due)
{
	struct mprox_hs *hs = mprox_flow_hs(out->flow);
	u32 len;

	while ((len = post_data(out, hs->attempt.snd_nxt))) {
		if (hs->attempt.snd_nxt == hs->attempt.snd_una)
			hs->attempt.sent_at = jiffies;
		hs->attempt.snd_nxt += len;
		ack_due = false;
	}
	if (ack_due)
		mprox_outbox_post(out, TCPHDR_ACK, hs->attempt.snd_nxt, NULL, 0);
}

void mprox_hs_save_syn(struct mprox_hs *hs, const struct tcphdr *th)
{
	memcpy(hs->syn.hdr, th, th->doff * 4);
	mprox_tcp_parse(th, &hs->syn.opt);
}

/* What the SYN at @th can carry of Fast Open; false: it travels as it is. */
static bool prepare_fastopen(const struct mprox_flow *flow,
			     const struct tcphdr *th, struct mprox_fastopen *fo)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	u32 room, head = th->doff * 4;
	u16 mss;

	if (!hs->policy->fastopen || hs->attempt.syns ||
	    !mprox_known_cookie(flow->share->known, fo, &mss))
		return false;
	head += ALIGN(2 + fo->cookie_len, 4);
	if (head > sizeof(hs->syn.hdr))
		return false;
	if (!fo->cookie_len)
		return true;
	room = min_not_zero(mss ?: default_mss(flow), hs->syn.opt.mss);
	room -= min_t(u32, room, head - sizeof(*th));
	fo->len = min_t(u32, hs->attempt.talk.out_ready, room);
	fo->data = hs->attempt.out;
	return true;
}

bool mprox_hs_send_syn(struct mprox_flow *flow, struct sk_buff *skb,
		       unsigned int thoff)
{
	const struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	struct mprox_hs *hs = mprox_flow_hs(flow);
	struct mprox_fastopen fo = {};
	bool fast = prepare_fastopen(flow, th, &fo);

	hs->attempt.syn_ns = ktime_get_ns();
	if (!mprox_syn_rewrite(skb, hs->wire.ends.family, thoff,
			       hs->attempt.talk.out_len, fast ? &fo : NULL))
		return false;
	hs->attempt.sent_at = jiffies;
	if (fast) {
		hs->attempt.fastopen = true;
		hs->attempt.syn_data = fo.len;
	}
	hs->attempt.syns += hs->attempt.syns < U8_MAX;
	return true;
}

void mprox_hs_retransmit(struct mprox_outbox *out)
{
	struct mprox_hs *hs = mprox_flow_hs(out->flow);

	if (hs->attempt.snd_una == hs->attempt.snd_nxt ||
	    time_before(jiffies, hs->attempt.sent_at + hs->attempt.rto))
		return;
	if (hs->state == MPROX_HS_SYN_SENT) {
		mprox_outbox_post_syn(out);
	} else {
		/* A closed window is probed with one octet (RFC 9293, 3.8.6.1). */
		if (!hs->attempt.snd_wnd)
			hs->attempt.snd_wnd = 1;
		post_data(out, hs->attempt.snd_una);
	}
	hs->attempt.sent_at = jiffies;
	hs->attempt.rto = min_t(unsigned long, hs->attempt.rto * 2, TCP_RTO_MAX);
}
