// SPDX-License-Identifier: GPL-2.0
/*
 * The handshake with the proxy, in front of the program's initial sequence
 * number. The program's SYN (x) leaves as x - N, N being all that we shall say.
 * We answer the proxy's SYN-ACK (y) ourselves, say our N octets, read M octets
 * of replies, and then let the program have the SYN-ACK as y + M, acknowledging
 * x + 1. Both ends agree from there on, and nothing is ever translated.
 *
 * Locking: flow->lock protects the handshake. Segments are made under it and
 * sent after it; the socket is only touched from work, without it. The path
 * down from a socket (hook_out.c) takes flow->lock with the socket locked, so
 * the other order must never happen.
 */
#include "handshake.h"

#include <linux/netfilter.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "outbox.h"

/* RFC 9293 3.7.1: what a host that says nothing can take. */
#define MSS_DEFAULT_V4	536
#define MSS_DEFAULT_V6	1220

/* Octets of socks.out in front of @seq. */
static u32 out_offset(const struct mprox_hs *hs, u32 seq)
{
	return seq - (hs->isn - hs->socks.out_len + 1);
}

static u32 effective_mss(const struct mprox_flow *flow)
{
	const struct mprox_hs *hs = flow->hs;
	u32 mss = hs->synack.mss;

	if (!mss)
		mss = flow->key.family == AF_INET ? MSS_DEFAULT_V4 :
						    MSS_DEFAULT_V6;
	/* What the program announced comes from the device that it leaves by. */
	if (hs->syn.mss)
		mss = min_t(u32, mss, hs->syn.mss);
	if (hs->syn.has_ts && hs->synack.has_ts)
		mss -= min_t(u32, mss, 12);
	return max_t(u32, mss, 32);
}

/* One segment of ours from @seq on; returns its length. */
static u32 post_data(struct mprox_outbox *out, u32 seq)
{
	const struct mprox_hs *hs = out->flow->hs;
	u32 from = out_offset(hs, seq);
	u32 len = min(hs->socks.out_ready - from, effective_mss(out->flow));
	u32 room = hs->snd_una + hs->snd_wnd - seq;

	if ((s32)room <= 0)
		return 0;
	len = min(len, room);
	if (len)
		mprox_outbox_post(out, TCPHDR_ACK | TCPHDR_PSH, seq,
				  hs->socks.out + from, len);
	return len;
}

/* Sends what may be sent; at least an acknowledgement, if one is due. */
static void pump(struct mprox_outbox *out, bool ack_due)
{
	struct mprox_hs *hs = out->flow->hs;
	u32 len;

	while ((len = post_data(out, hs->snd_nxt))) {
		if (hs->snd_nxt == hs->snd_una)
			hs->sent_at = jiffies;
		hs->snd_nxt += len;
		ack_due = false;
	}
	if (ack_due)
		mprox_outbox_post(out, TCPHDR_ACK, hs->snd_nxt, NULL, 0);
}

/*
 * The end, but not a good one. The table keeps the flow until the socket has
 * been told, so that its SYN, sent again, does not get past us.
 */
static void set_failed(struct mprox_outbox *out, int error, bool reset_proxy)
{
	struct mprox_hs *hs = out->flow->hs;

	if (hs->state == MPROX_HS_FAILED)
		return;
	if (reset_proxy)
		mprox_outbox_post(out, hs->state == MPROX_HS_OPEN ?
				  TCPHDR_RST | TCPHDR_ACK : TCPHDR_RST,
				  hs->snd_nxt, NULL, 0);
	hs->state = MPROX_HS_FAILED;
	out->flow->error = error;
	out->failed = true;
}

void mprox_hs_fail(struct mprox_flow *flow, int error, bool reset_proxy)
{
	struct mprox_outbox out;

	spin_lock_bh(&flow->lock);
	if (!flow->hs) {
		spin_unlock_bh(&flow->lock);
		return;
	}
	mprox_outbox_open(&out, flow);
	set_failed(&out, error, reset_proxy);
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
}

void mprox_hs_icmp_error(struct mprox_flow *flow, u32 seq)
{
	struct mprox_outbox out;

	spin_lock_bh(&flow->lock);
	/* Only the answer to a SYN ends anything (RFC 5461, 4). */
	if (!flow->hs || flow->hs->state != MPROX_HS_SYN_SENT ||
	    seq != flow->hs->snd_una) {
		spin_unlock_bh(&flow->lock);
		return;
	}
	mprox_outbox_open(&out, flow);
	set_failed(&out, EHOSTUNREACH, false);
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
}

/* Is the socket still in the connect() that this handshake was begun for? */
static bool still_wanted(const struct sock *sk, u32 isn)
{
	return READ_ONCE(sk->sk_state) == TCP_SYN_SENT &&
	       READ_ONCE(tcp_sk(sk)->snd_una) == isn;
}

unsigned long mprox_hs_next_look(const struct mprox_hs *hs)
{
	long left = hs->deadline - jiffies;

	return clamp_t(long, min_t(long, hs->rto, MPROX_POLL), 1, max(left, 1L));
}

unsigned int mprox_hs_syn_again(struct mprox_flow *flow, struct sk_buff *skb,
				unsigned int thoff)
{
	const struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	unsigned int verdict = MPROX_SYN_IS_NEW;
	struct mprox_hs *hs;

	spin_lock_bh(&flow->lock);
	hs = flow->hs;
	if (hs && ntohl(th->seq) == hs->isn) {
		verdict = NF_DROP;
		if (hs->state == MPROX_HS_SYN_SENT &&
		    mprox_syn_rewrite(skb, flow->key.family, thoff,
				      hs->socks.out_len)) {
			/* Its timestamp is newer, and so must ours be (PAWS). */
			mprox_tcp_tsval((struct tcphdr *)(skb->data + thoff),
					&hs->syn.tsval);
			hs->sent_at = jiffies;
			hs->retransmits++;
			verdict = NF_ACCEPT;
		}
	}
	spin_unlock_bh(&flow->lock);
	if (verdict == NF_DROP) {
		/* No error: the program's TCP is to believe that it was sent. */
		consume_skb(skb);
		verdict = NF_STOLEN;
	}
	return verdict;
}

static void on_synack(struct mprox_outbox *out, const struct tcphdr *th)
{
	struct mprox_flow *flow = out->flow;
	struct mprox_hs *hs = flow->hs;
	unsigned long rtt = jiffies - hs->sent_at;

	/* RFC 9293 3.10.7.3: what does not acknowledge our SYN is not for it. */
	if (!th->ack || ntohl(th->ack_seq) != hs->snd_una + 1)
		return;
	if (th->rst) {
		set_failed(out, EHOSTUNREACH, false);
		return;
	}
	if (!th->syn)
		return;
	/* SYN sent, SYN-ACK received: the NAT hook must have been in between. */
	if (!flow->ct) {
		set_failed(out, EHOSTUNREACH, true);
		return;
	}
	mprox_tcp_parse(th, &hs->synack);
	hs->synack_len = th->doff * 4;
	memcpy(hs->synack_hdr, th, hs->synack_len);
	hs->tsecr = hs->synack.tsval;
	hs->rcv_nxt = ntohl(th->seq) + 1;
	hs->snd_una++;
	hs->snd_nxt = hs->snd_una;
	hs->snd_wnd = hs->synack.window;
	/* RFC 6298 2.2 and, for SYNs sent twice, Karn's rule in 3. */
	if (!hs->retransmits)
		hs->rto = max_t(unsigned long, 3 * rtt, MPROX_RTO_MIN);
	hs->state = MPROX_HS_OPEN;
	pump(out, true);
	mprox_flow_arm(flow, mprox_hs_next_look(hs));
}

static void take_ack(struct mprox_hs *hs, const struct tcphdr *th)
{
	bool scaled = hs->syn.has_wscale && hs->synack.has_wscale;
	u32 ack = ntohl(th->ack_seq);

	if (!th->ack || before(ack, hs->snd_una) || after(ack, hs->snd_nxt))
		return;
	if (ack != hs->snd_una) {
		hs->snd_una = ack;
		hs->sent_at = jiffies;
	}
	hs->snd_wnd = (u32)ntohs(th->window) <<
		      (scaled ? hs->synack.wscale : 0);
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
		step = mprox_socks5_feed(&hs->socks, buf, part, &taken);
		*used += taken;
	}
	return step;
}

enum rx_result {
	RX_TAKEN,	/* the segment was for us */
	RX_DONE,	/* the tunnel is open, the segment is used up */
	RX_DONE_MORE,	/* the same, and it holds the destination's data, too */
};

static enum rx_result on_payload(struct mprox_outbox *out,
				 const struct sk_buff *skb,
				 const struct tcphdr *th, unsigned int thoff)
{
	struct mprox_hs *hs = out->flow->hs;
	u32 off = thoff + th->doff * 4, len = skb->len - off, used;
	u32 seq = ntohl(th->seq), skip = hs->rcv_nxt - seq;

	/* Old, or not next: say again what we wait for (RFC 5681, 4.2). */
	if (th->syn || before(hs->rcv_nxt, seq) || skip > len) {
		mprox_outbox_post(out, TCPHDR_ACK, hs->snd_nxt, NULL, 0);
		return RX_TAKEN;
	}
	off += skip;
	len -= skip;
	switch (feed(hs, skb, off, len, &used)) {
	case MPROX_STEP_DONE:
		return used < len || th->fin ? RX_DONE_MORE : RX_DONE;
	case MPROX_STEP_REFUSED:
		set_failed(out, hs->socks.err, true);
		return RX_TAKEN;
	case MPROX_STEP_MALFORMED:
		net_dbg_ratelimited("mutex_proxy: %pISpc does not speak SOCKS5\n",
				    &hs->server);
		set_failed(out, EHOSTUNREACH, true);
		return RX_TAKEN;
	default:
		break;
	}
	hs->rcv_nxt += used;
	if (th->fin) {
		set_failed(out, EHOSTUNREACH, true);
		return RX_TAKEN;
	}
	pump(out, len || skip);
	return RX_TAKEN;
}

static enum rx_result on_segment(struct mprox_outbox *out,
				 const struct sk_buff *skb,
				 const struct tcphdr *th, unsigned int thoff)
{
	struct mprox_hs *hs = out->flow->hs;

	if (th->rst) {
		/* RFC 5961 3.2: exactly the next octet, or it is a guess. */
		if (ntohl(th->seq) == hs->rcv_nxt)
			set_failed(out, EHOSTUNREACH, false);
		return RX_TAKEN;
	}
	if (hs->synack.has_ts)
		mprox_tcp_tsval(th, &hs->tsecr);
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

unsigned int mprox_hs_receive(struct mprox_flow *flow, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      unsigned int thoff)
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
	hs = flow->hs;
	if (!hs) {
		spin_unlock_bh(&flow->lock);
		return NF_ACCEPT;
	}
	mprox_outbox_open(&out, flow);
	if (hs->state == MPROX_HS_SYN_SENT)
		on_synack(&out, th);
	else if (hs->state == MPROX_HS_OPEN)
		result = on_segment(&out, skb, th, thoff);
	if (result != RX_TAKEN) {
		u32 irs = ntohl(((struct tcphdr *)hs->synack_hdr)->seq);

		synack = mprox_synack(flow, skb, irs + hs->socks.in_len,
				      hs->isn + 1);
		if (synack)
			over = mprox_flow_take_hs(flow);
		else
			set_failed(&out, ENOMEM, true);
	}
	spin_unlock_bh(&flow->lock);

	mprox_outbox_send(&out);
	mprox_hs_free(over);
	/* From here on the flow is the kernel's; a netfilter hook holds RCU. */
	if (synack)
		state->okfn(state->net, NULL, synack);
	if (synack && result == RX_DONE_MORE)
		return NF_ACCEPT;
	consume_skb(skb);
	return NF_STOLEN;
}

static void retransmit(struct mprox_outbox *out)
{
	struct mprox_hs *hs = out->flow->hs;

	if (hs->snd_una == hs->snd_nxt ||
	    time_before(jiffies, hs->sent_at + hs->rto))
		return;
	/* A closed window is probed with one octet (RFC 9293, 3.8.6.1). */
	if (!hs->snd_wnd)
		hs->snd_wnd = 1;
	post_data(out, hs->snd_una);
	hs->sent_at = jiffies;
	hs->rto = min_t(unsigned long, hs->rto * 2, TCP_RTO_MAX);
}

void mprox_hs_timer(struct timer_list *timer)
{
	struct mprox_flow *flow = from_timer(flow, timer, timer);
	struct mprox_hs *hs;
	struct mprox_outbox out;

	spin_lock_bh(&flow->lock);
	hs = flow->hs;
	if (!hs || hs->state == MPROX_HS_FAILED) {
		spin_unlock_bh(&flow->lock);
		mprox_flow_put(flow);
		return;
	}
	mprox_outbox_open(&out, flow);
	if (!still_wanted(hs->sk, hs->isn))
		set_failed(&out, ECONNABORTED, true);
	else if (time_after_eq(jiffies, hs->deadline))
		set_failed(&out, ETIMEDOUT, true);
	else if (hs->state == MPROX_HS_OPEN)
		retransmit(&out);
	if (hs->state != MPROX_HS_FAILED)
		mprox_flow_arm(flow, mprox_hs_next_look(hs));
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
	mprox_flow_put(flow);
}

/*
 * The connect() of this handshake fails with @error. As tcp_abort() does it,
 * but only if it is still the same connect(): by its state and its ISN, under
 * the socket's lock.
 */
static void tell_socket(struct sock *sk, u32 isn, int error)
{
	lock_sock(sk);
	if (still_wanted(sk, isn)) {
		local_bh_disable();
		bh_lock_sock(sk);
		WRITE_ONCE(sk->sk_err, error);
		/* Pairs with the barrier in tcp_poll(). */
		smp_wmb();
		tcp_done(sk);
		if (!sock_flag(sk, SOCK_DEAD))
			sk_error_report(sk);
		bh_unlock_sock(sk);
		local_bh_enable();
	}
	release_sock(sk);
}

/* A handshake has failed. Process context; the work owns a reference. */
void mprox_hs_work(struct work_struct *work)
{
	struct mprox_flow *flow = container_of(work, struct mprox_flow, work);
	struct mprox_hs *hs;
	struct sock *sk;
	u32 isn;

	spin_lock_bh(&flow->lock);
	hs = flow->hs;
	if (!hs) {
		spin_unlock_bh(&flow->lock);
		goto out_put;
	}
	sk = hs->sk;
	isn = hs->isn;
	sock_hold(sk);
	spin_unlock_bh(&flow->lock);

	tell_socket(sk, isn, flow->error);
	sock_put(sk);

	spin_lock_bh(&flow->lock);
	hs = mprox_flow_take_hs(flow);
	spin_unlock_bh(&flow->lock);
	mprox_hs_free(hs);
	/*
	 * The record stays for the collector. A late answer of the proxy may be
	 * on its way up, mapped by the entry; the kernel's reset to it comes
	 * back down without one and would leave for the destination.
	 */
	if (flow->ct)
		nf_ct_kill(flow->ct);
out_put:
	mprox_flow_put(flow);
}
