/* SPDX-License-Identifier: GPL-2.0 */
/* The small TCP endpoint that talks to the proxy before the program may. */
#ifndef MPROX_HANDSHAKE_H
#define MPROX_HANDSHAKE_H

#include <linux/bitmap.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include "attempt.h"
#include "bind.h"
#include "flow.h"
#include "policy.h"
#include "proto/talk.h"
#include "segment.h"

/* RFC 6298 2.1 and, for the floor, TCP_RTO_MIN of the kernel's own TCP. */
#define MPROX_RTO_INIT	HZ
#define MPROX_RTO_MIN	(HZ / 5)
/* How often we look whether the program still wants the connection. */
#define MPROX_POLL	(HZ / 2)

enum mprox_hs_state {
	MPROX_HS_SYN_SENT,	/* the SYN is on its way */
	MPROX_HS_OPEN,		/* the proxy has answered, we talk */
	MPROX_HS_ENDED,		/* this attempt is over: work is on its way */
	MPROX_HS_WAITING,	/* for @wait_until, then the work is called again */
};

/* An octet holds the index of a server. */
static_assert(MUTEX_PROXY_MAX_SERVERS - 1 <= U8_MAX);

/**
 * struct mprox_hs - a handshake in progress
 * @state:	MPROX_HS_*
 * @end:	in MPROX_HS_ENDED: enum mprox_end
 * @synack_len:	octets of @synack_hdr
 * @syns:	how often the SYN of this attempt was sent
 * @syn_data:	octets of @out that rode on the first one
 * @server:	index of the policy's server
 * @round:	through the list of servers, from 0
 * @attempts:	begun, this one included
 * @tries:	in a row that this server has failed
 * @relogins:	at this server
 * @login:	per hop: enum mprox_login
 * @stepwise:	this server is spoken to message by message, because ...
 * @broke:	... it broke when it was told all at once
 * @fastopen:	the first SYN of this attempt had the option
 * @trial:	this connection tries whether the server takes all at once
 * @alone:	its server is the only one of its family, and once that has taken
 *		the connection it may have all the time
 * @waited:	the pause before the next attempt is over
 * @again:	which is at the same server
 * @is_open:	BIND: the proxy has answered once, and waits for the peer
 * @tried:	bitmap of the servers that were tried in this round
 * @user:	whose share of the machine's handshakes it is of, referenced
 * @policy:	referenced: the one that the connection began with
 * @bind:	asks for a port instead of a connection, referenced; or NULL
 * @assoc:	asks for a UDP relay, referenced; or NULL
 * @sk:		the program's socket, referenced
 * @dst:	the route of its SYN, referenced; NAT routes anew. Another one if
 *		the handshake moves
 * @to:		where the SYN goes: the server's address
 * @source:	what NAT makes of the source address; family 0: leaves it
 * @net:	the namespace; @sk pins it
 * @mark:	of the SYN (SO_MARK), for the route to the server
 * @deadline:	jiffies: of all attempts together
 * @attempt_deadline: jiffies: of this one
 * @wait_until:	jiffies: in MPROX_HS_WAITING
 * @sent_at:	jiffies of the last SYN or data, for the RTO
 * @heard_at:	jiffies of the SYN-ACK or the last octet used
 * @asked_at:	jiffies when the last message was sent first
 * @syn_ns:	nanoseconds (monotonic) of the first SYN of this attempt
 * @rto:	jiffies
 * @isn:	the program's initial sequence number: x
 * @snd_una:	oldest unacknowledged, in wire numbers; starts at x - N
 * @snd_nxt:	next to send, likewise
 * @snd_wnd:	octets that the proxy can take from @snd_una on
 * @rcv_nxt:	next expected from the proxy
 * @syn:	what the program's SYN said
 * @synack:	what the proxy's SYN-ACK said
 * @syn_hdr:	the TCP header of the program's last SYN, to send it again
 * @synack_hdr:	that of the SYN-ACK, delivered when the tunnel is open
 * @tsecr:	the proxy's latest timestamp
 * @out:	what @talk says; holds credentials, wiped when freed
 * @talk:	the conversation
 *
 * Protected by flow->lock; sk, dst, net, mark, isn and policy do not change
 * once the flow is in the table. In MPROX_HS_ENDED nobody but the work touches
 * what belongs to an attempt, and it does so without the lock.
 */
struct mprox_hs {
	u8 state;
	u8 end;
	u8 synack_len;
	u8 syns;
	u8 server;
	u8 round;
	u8 attempts;
	u16 syn_data;
	u8 tries;
	u8 relogins;
	u8 login[MPROX_TALK_HOPS];
	bool stepwise;
	bool broke;
	bool trial;
	bool fastopen;
	bool alone;
	bool waited;
	bool again;
	bool is_open;
	DECLARE_BITMAP(tried, MUTEX_PROXY_MAX_SERVERS);
	struct mprox_user *user;
	struct mprox_policy *policy;
	struct mprox_bind *bind;
	struct mprox_assoc *assoc;
	struct sock *sk;
	struct dst_entry *dst;
	struct mprox_addr to;
	struct mprox_addr source;
	struct net *net;
	u32 mark;
	unsigned long deadline;
	unsigned long attempt_deadline;
	unsigned long wait_until;
	unsigned long sent_at;
	unsigned long heard_at;
	unsigned long asked_at;
	u64 syn_ns;
	unsigned long rto;
	u32 isn;
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_wnd;
	u32 rcv_nxt;
	u32 tsecr;
	struct mprox_tcp_options syn;
	struct mprox_tcp_options synack;
	u8 syn_hdr[60];
	u8 synack_hdr[60];
	u8 *out;
	struct mprox_talk talk;
};

/*
 * The program's first SYN: begins a handshake and changes the SYN in place.
 * Returns a netfilter verdict. Process context, the socket locked by its owner.
 */
unsigned int mprox_hs_start(struct mprox_ctx *ctx,
			    struct mprox_policy *policy,
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

/*
 * An ICMP error about what is at @seq. True: there is a handshake, and so it is
 * about something that the program knows nothing of. Softirq.
 */
bool mprox_hs_icmp_error(struct mprox_flow *flow, u32 seq);

/*
 * Ends the attempt, with @error (positive); the proxy gets a reset if anything was
 * sent. Nothing happens if the handshake is over. Any context.
 */
void mprox_hs_end(struct mprox_flow *flow, enum mprox_end end, int error,
		  bool reset_proxy);

/* Ends the handshake: the socket gets @error. */
static inline void mprox_hs_fail(struct mprox_flow *flow, int error,
				 bool reset_proxy)
{
	mprox_hs_end(flow, MPROX_END_FINAL, error, reset_proxy);
}

/*
 * The handshake of @flow goes on in a flow of the other IP version, whose work
 * chooses among the servers of that. False: it cannot, and nothing has changed.
 * By the work of @flow, which is MPROX_HS_ENDED, with its entry forgotten.
 */
bool mprox_hs_cross(struct mprox_flow *flow);

/*
 * An unconfirmed entry that only the flow still holds: the packet that it was
 * made for was dropped, and it will never be in conntrack's table.
 */
static inline bool mprox_hs_ct_is_lost(const struct nf_conn *ct)
{
	return !nf_ct_is_confirmed(ct) &&
	       refcount_read(&ct->ct_general.use) == 1;
}

/*
 * For the NAT hooks. set_ct: the SYN travels in @ct, and *server is where to;
 * false: there is no SYN on its way, or another one. source: the address to map to, if any;
 * *new_port: and another port, so that nothing of an earlier attempt at the
 * same server can be taken for this one's.
 */
bool mprox_hs_set_ct(struct mprox_flow *flow, struct nf_conn *ct,
		     struct mprox_addr *server);
bool mprox_hs_source(struct mprox_flow *flow, struct mprox_addr *source,
		     bool *new_port);

/*
 * The program's SYN, or ours in its place, becomes the attempt's and is about to
 * leave; flow->lock held. False: no memory, it is lost.
 */
bool mprox_hs_send_syn(struct mprox_flow *flow, struct sk_buff *skb,
		       unsigned int thoff);

/*
 * A destination that stands for a name is that name, until the flow's end. Nobody
 * else knows the flow yet. -EHOSTUNREACH: it stands for none any more.
 */
int mprox_hs_find_name(struct mprox_flow *flow, const struct mprox_dns *dns);

/* What the SYN at @th says, and itself; flow->lock held, or nobody else knows. */
void mprox_hs_save_syn(struct mprox_hs *hs, const struct tcphdr *th);

/* Jiffies until the timer should look again; flow->lock held. */
unsigned long mprox_hs_next_look(const struct mprox_hs *hs);

/* Handlers of flow->timer and flow->work. */
void mprox_hs_timer(struct timer_list *timer);
void mprox_hs_work(struct work_struct *work);

#endif
