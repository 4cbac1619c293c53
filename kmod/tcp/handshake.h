/* SPDX-License-Identifier: GPL-2.0 */
/* The small TCP endpoint that talks to the proxy before the program may. */
#ifndef MPROX_HANDSHAKE_H
#define MPROX_HANDSHAKE_H

#include <linux/bitmap.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include "policy/policy.h"
#include "proto/talk.h"
#include "report/events.h"
#include "stack/key.h"
#include "stack/tcp_header.h"
#include "tcp/attempt.h"
#include "tcp/errand.h"
#include "tcp/flow.h"

/* RFC 6298 2.1 and, for the floor, TCP_RTO_MIN of the kernel's own TCP. */
#define MPROX_RTO_INIT	HZ
#define MPROX_RTO_MIN	(HZ / 5)
/* How often we look whether the program still wants the connection. */
#define MPROX_POLL	(HZ / 2)

enum mprox_hs_state {
	MPROX_HS_SYN_SENT,	/* the SYN is on its way */
	MPROX_HS_OPEN,		/* the proxy has answered, we talk */
	MPROX_HS_ENDED,		/* this attempt is over: work is on its way */
	MPROX_HS_WAITING,	/* a pause; then the work is called again */
};

/* An octet holds the index of a server. */
static_assert(MUTEX_PROXY_MAX_SERVERS - 1 <= U8_MAX);

/**
 * struct mprox_hs_syn - the program's SYN, whichever server it goes to
 * @isn:	its initial sequence number: x
 * @opt:	what it said when TCP made it last
 * @hdr:	its TCP header, to send it again
 * @tos:	IPv4's or IPv6's octet of traffic class, for the rest of the handshake
 * @ttl:	likewise
 *
 * Under flow->lock, from @begun on; @isn does not change any more.
 */
struct mprox_hs_syn {
	u32 isn;
	struct mprox_tcp_options opt;
	u8 hdr[60];
	u8 tos;
	u8 ttl;
};

/**
 * struct mprox_hs_wire - the way that the socket is aimed, until it is aimed anew
 * @ends:	what segments have: the socket's own addresses and ports, or those of
 *		its translation
 * @slot:	the count of handshakes with @ends.lport, in which it is; or NULL
 * @dst:	the route between @ends, referenced
 * @dst_cookie:	whether @dst still holds
 *
 * Under flow->lock in every state, as segments are looked for by it.
 */
struct mprox_hs_wire {
	struct mprox_key ends;
	atomic_t *slot;
	struct dst_entry *dst;
	u32 dst_cookie;
};

/**
 * struct mprox_hs_attempt - what begins anew with each attempt
 * @to:		where the SYN goes: the server's address
 * @scope_id:	of @to, if that is link-local
 * @alone:	its server is the only one of its family, and once that has taken
 *		the connection it may have all the time
 * @fastopen:	the first SYN had the option
 * @is_open:	BIND: the proxy has answered once, and waits for the peer
 * @syns:	how often the SYN was sent
 * @synack_len:	octets of @synack_hdr; 0: no SYN-ACK has come
 * @syn_data:	octets of @out that rode on the first SYN
 * @deadline:	jiffies
 * @sent_at:	jiffies of the last SYN or data, for the RTO
 * @heard_at:	jiffies of the SYN-ACK or the last octet used
 * @asked_at:	jiffies when the last message was sent first
 * @rto:	jiffies
 * @syn_ns:	nanoseconds (monotonic) of the last SYN
 * @rtt_us:	microseconds from the last SYN to its SYN-ACK
 * @snd_una:	oldest unacknowledged, in wire numbers; starts at x - N
 * @snd_nxt:	next to send, likewise
 * @snd_wnd:	octets that the proxy can take from @snd_una on
 * @rcv_nxt:	next expected from the proxy
 * @tsecr:	the proxy's latest timestamp
 * @synack:	what the proxy's SYN-ACK said
 * @synack_hdr:	its TCP header, delivered when the tunnel is open
 * @out:	what @talk says: N octets, with credentials; wiped when freed
 * @talk:	the conversation
 *
 * Under flow->lock; the work's alone, without the lock, in MPROX_HS_ENDED.
 */
struct mprox_hs_attempt {
	struct mprox_addr to;
	u32 scope_id;
	bool alone;
	bool fastopen;
	bool is_open;
	u8 syns;
	u8 synack_len;
	u16 syn_data;
	unsigned long deadline;
	unsigned long sent_at;
	unsigned long heard_at;
	unsigned long asked_at;
	unsigned long rto;
	u64 syn_ns;
	u32 rtt_us;
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_wnd;
	u32 rcv_nxt;
	u32 tsecr;
	struct mprox_tcp_options synack;
	u8 synack_hdr[60];
	u8 *out;
	struct mprox_talk talk;
};

/**
 * struct mprox_hs_visit - at one server, for one attempt or several in a row
 * @server:	index of the policy's server
 * @tries:	that it has failed
 * @relogins:	how often another login was tried
 * @login:	per hop: enum mprox_login
 * @stepwise:	it is spoken to message by message, because it did not take all at once
 * @broke:	it broke when it was told all at once
 * @trial:	this connection tries whether it takes all at once
 *
 * Like the attempt.
 */
struct mprox_hs_visit {
	u8 server;
	u8 tries;
	u8 relogins;
	u8 login[MPROX_TALK_HOPS];
	bool stepwise;
	bool broke;
	bool trial;
};

/**
 * struct mprox_hs_failure - the last attempt that has failed
 * @to:		its server's address; family 0: there has been none
 * @scope_id:	of @to, if that is link-local
 * @server:	index of the policy's server
 * @hop:	which proxy of the chain has said no
 * @status:	in numbers, or 0; see struct mprox_talk
 */
struct mprox_hs_failure {
	struct mprox_addr to;
	u32 scope_id;
	u8 server;
	u8 hop;
	u16 status;
};

/**
 * struct mprox_hs_campaign - from server to server, until one has taken it
 * @via:	AF_INET or AF_INET6: of the servers that are asked
 * @round:	through the list of servers, from 0
 * @attempts:	begun
 * @waited:	the pause before the next attempt is over
 * @again:	the next attempt is at the same server
 * @route_lost:	no route leads there since the attempt before, and one may come back
 * @tried:	bitmap of the servers that were tried in this round
 * @failure:	why it goes on
 * @deadline:	jiffies: of all attempts together
 * @wait_until:	jiffies: in MPROX_HS_WAITING
 *
 * The work's alone, and connect()'s before @begun; but the two times are under
 * flow->lock otherwise than in MPROX_HS_ENDED.
 */
struct mprox_hs_campaign {
	u8 via;
	u8 round;
	u8 attempts;
	bool waited;
	bool again;
	bool route_lost;
	DECLARE_BITMAP(tried, MUTEX_PROXY_MAX_SERVERS);
	struct mprox_hs_failure failure;
	unsigned long deadline;
	unsigned long wait_until;
};

/**
 * struct mprox_hs - a handshake in progress
 * @state:	MPROX_HS_*
 * @end:	in MPROX_HS_ENDED: enum mprox_end
 * @begun:	the program's SYN has come: @syn is known
 * @refs:	one while it is its flow's, one per armed timer and queued work
 * @flow:	whose, referenced
 * @timer:	looks after it
 * @work:	what comes after an attempt that has ended
 * @user:	whose share of the machine's handshakes it is of, referenced
 * @policy:	referenced: the one that the connection began with
 * @errand:	asks for something else than a connection, referenced; or NULL
 * @sk:		the program's socket, referenced
 * @net:	the namespace; @sk pins it
 * @bound_if:	the program's own SO_BINDTODEVICE
 * @actor:	who connects, if somebody wants to know; owned
 *
 * @state, @end and @begun are under flow->lock; @refs to @actor do not change once the
 * flow is in the table. Before @begun the call of connect() that has made the handshake
 * owns all of it, with the socket locked.
 */
struct mprox_hs {
	u8 state;
	u8 end;
	bool begun;
	refcount_t refs;
	struct mprox_flow *flow;
	struct timer_list timer;
	struct work_struct work;
	struct mprox_user *user;
	struct mprox_policy *policy;
	struct mprox_errand *errand;
	struct sock *sk;
	struct net *net;
	int bound_if;
	struct mprox_actor actor;
	struct mprox_hs_syn syn;
	struct mprox_hs_wire wire;
	struct mprox_hs_attempt attempt;
	struct mprox_hs_visit visit;
	struct mprox_hs_campaign campaign;
	struct rcu_head rcu;
};

/* MPROX_COMMAND_*: what the last hop is asked for. */
static inline u8 mprox_hs_command(const struct mprox_hs *hs)
{
	return hs->errand ? hs->errand->ops->command : MPROX_COMMAND_CONNECT;
}

/**
 * mprox_hs_make - a flow for a connect() that is to go through a proxy
 * @ctx:	whose; the caller keeps it alive
 * @policy:	of @ctx, likewise
 * @sk:		the program's socket, locked and not connected
 * @asked:	what the program asks for
 * @errand:	what the proxy is asked for instead of a connection; or NULL
 * @out:	the flow, referenced; its handshake has a server and what to say to it
 *
 * Nobody else knows the flow yet. Returns 0, or why the connection cannot be
 * (negative errno). Process context.
 */
int mprox_hs_make(struct mprox_ctx *ctx, struct mprox_policy *policy,
		  struct sock *sk, const struct mprox_addr *asked,
		  struct mprox_errand *errand, struct mprox_flow **out);

/* The flow of mprox_hs_make() comes to nothing: the caller's reference goes, too. */
void mprox_hs_discard(struct mprox_flow *flow);

/*
 * A SYN of a socket that has a flow, by its hook. Returns a netfilter verdict. Any
 * context.
 */
unsigned int mprox_hs_syn(struct mprox_flow *flow, struct sk_buff *skb,
			  const struct nf_hook_state *state, unsigned int thoff);

/*
 * The socket has just been aimed: the addresses and the route that it has are those
 * of the attempt that comes next. False: no memory, or the route has gone. The socket
 * locked, flow->lock not held.
 */
bool mprox_hs_take_ends(struct mprox_flow *flow);
/*
 * A route that does not hold any more in mid-handshake gives way to the one that is
 * there instead, if there is one. flow->lock held.
 */
void mprox_hs_refresh_route(struct mprox_flow *flow);
/* No segment is expected there any more; flow->lock held. */
void mprox_hs_forget_ends(struct mprox_hs *hs);

/*
 * The kernel's connect() has returned, for the attempt that mprox_hs_make() has begun.
 * The socket locked, flow->lock not held.
 */
void mprox_hs_called(struct mprox_flow *flow, struct sock *sk);

/*
 * TCP's own timer would repeat the SYN and give up by the program's own patience with
 * an answer, and there is an answer: the handshake has both. The socket locked.
 */
void mprox_hs_hold_syn_timer(struct sock *sk);

/* A segment between @ends, from the proxy. Softirq. Returns a netfilter verdict. */
unsigned int mprox_hs_receive(struct mprox_flow *flow, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      unsigned int thoff, const struct mprox_key *ends);

/*
 * An ICMP error about what went between @ends and is at @seq. True: there is a
 * handshake, and so it is about something that the program knows nothing of. Softirq.
 */
bool mprox_hs_icmp_error(struct mprox_flow *flow, const struct mprox_key *ends,
			 u32 seq);

/* Does the attempt go between these ends? flow->lock held. */
bool mprox_hs_is_of_attempt(const struct mprox_hs *hs, const struct mprox_key *ends);

/*
 * Ends the handshake with ECONNABORTED; the proxy gets a reset if anything was sent.
 * Nothing happens if it is over. Any context.
 */
void mprox_hs_abort(struct mprox_flow *flow);

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

/* What the SYN at @th says, and itself; flow->lock held. */
void mprox_hs_save_syn(struct mprox_hs *hs, const struct tcphdr *th);
/* The numbers of an attempt, from @isn and what there is to say; flow->lock held. */
void mprox_hs_begin_numbers(struct mprox_hs *hs);

/* Jiffies until the timer should look again; flow->lock held. */
unsigned long mprox_hs_next_look(const struct mprox_hs *hs);

/* Handlers of hs->timer and hs->work. */
void mprox_hs_timer(struct timer_list *timer);
void mprox_hs_work(struct work_struct *work);

#endif
