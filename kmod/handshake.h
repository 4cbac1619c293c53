/* SPDX-License-Identifier: GPL-2.0 */
/* The small TCP endpoint that talks to the proxy before the program may. */
#ifndef MPROX_HANDSHAKE_H
#define MPROX_HANDSHAKE_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include "flow.h"
#include "policy.h"
#include "proto/socks5.h"
#include "segment.h"

/* RFC 6298 2.1 and, for the floor, TCP_RTO_MIN of the kernel's own TCP. */
#define MPROX_RTO_INIT	HZ
#define MPROX_RTO_MIN	(HZ / 5)
/* How often we look whether the program still wants the connection. */
#define MPROX_POLL	(HZ / 2)

enum mprox_hs_state {
	MPROX_HS_SYN_SENT,	/* the program's SYN is on its way */
	MPROX_HS_OPEN,		/* the proxy has answered, we talk */
	MPROX_HS_FAILED,	/* flow->error is to be told to the socket */
};

/**
 * struct mprox_hs - a handshake in progress
 * @state:	MPROX_HS_*
 * @sk:		the program's socket, referenced
 * @dst:	the route of its SYN, referenced; NAT routes anew
 * @server:	where the SYN goes
 * @source:	what NAT makes of the source address; family 0: leaves it
 * @net:	the namespace; @sk pins it
 * @mark:	of the SYN (SO_MARK), for the route to the server
 * @deadline:	jiffies
 * @sent_at:	jiffies of the last SYN or data, for the RTO
 * @rto:	jiffies
 * @isn:	the program's initial sequence number: x
 * @snd_una:	oldest unacknowledged, in wire numbers; starts at x - N
 * @snd_nxt:	next to send, likewise
 * @snd_wnd:	octets that the proxy can take from @snd_una on
 * @rcv_nxt:	next expected from the proxy
 * @syn:	what the program's SYN said
 * @synack:	what the proxy's SYN-ACK said
 * @synack_hdr:	its TCP header, delivered when the tunnel is open
 * @tsecr:	the proxy's latest timestamp
 * @socks:	the protocol; holds credentials, wiped when freed
 *
 * Protected by flow->lock; sk, dst, server, source, net, mark, isn and syn do
 * not change once the flow is in the table.
 */
struct mprox_hs {
	u8 state;
	u8 retransmits;
	u8 synack_len;
	struct sock *sk;
	struct dst_entry *dst;
	struct mprox_addr server;
	struct mprox_addr source;
	struct net *net;
	u32 mark;
	unsigned long deadline;
	unsigned long sent_at;
	unsigned long rto;
	u32 isn;
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_wnd;
	u32 rcv_nxt;
	u32 tsecr;
	struct mprox_tcp_options syn;
	struct mprox_tcp_options synack;
	u8 synack_hdr[60];
	struct mprox_socks5 socks;
};

/*
 * The program's first SYN: begins a handshake and changes the SYN in place.
 * Returns a netfilter verdict. Process context, the socket locked by its owner.
 */
unsigned int mprox_hs_start(struct mprox_ctx *ctx,
			    const struct mprox_policy *policy,
			    const struct mprox_key *key, struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    unsigned int thoff);

/*
 * A SYN with the addresses and ports of @flow: if it is the one that began the
 * handshake, deals with it and returns a verdict; if not, MPROX_SYN_IS_NEW.
 * Any context.
 */
#define MPROX_SYN_IS_NEW	(NF_MAX_VERDICT + 1)
unsigned int mprox_hs_syn_again(struct mprox_flow *flow, struct sk_buff *skb,
				unsigned int thoff);

/* A segment from the proxy. Softirq. Returns a netfilter verdict. */
unsigned int mprox_hs_receive(struct mprox_flow *flow, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      unsigned int thoff);

/* An ICMP error about what is at @seq. Softirq. */
void mprox_hs_icmp_error(struct mprox_flow *flow, u32 seq);

/*
 * Ends the handshake: the socket gets @error (positive), and the proxy a reset
 * if anything was sent. Nothing happens if it is over. Any context.
 */
void mprox_hs_fail(struct mprox_flow *flow, int error, bool reset_proxy);

/*
 * For the NAT hooks. set_ct: the SYN travels in @ct, and *server is where to;
 * false: there is no SYN on its way. source: the address to map to, if any.
 */
bool mprox_hs_set_ct(struct mprox_flow *flow, struct nf_conn *ct,
		     struct mprox_addr *server);
bool mprox_hs_source(struct mprox_flow *flow, struct mprox_addr *source);

/* Jiffies until the timer should look again; flow->lock held. */
unsigned long mprox_hs_next_look(const struct mprox_hs *hs);

/* Handlers of flow->timer and flow->work. */
void mprox_hs_timer(struct timer_list *timer);
void mprox_hs_work(struct work_struct *work);

#endif
