/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A whole conversation: one proxy, or a chain of them, each asked to connect to
 * the next and the last one to the destination. All that we shall say is
 * written down before the first packet leaves; what we hear decides how much of
 * it may be said by now.
 *
 * A conversation is a row of exchanges: a message, and the answer to it. SOCKS5
 * has two or three of them, SOCKS4 and HTTP CONNECT one. A chain is longer and
 * nothing else. The last proxy may be asked for a port instead (BIND), which is
 * answered twice: when the port is open, and when somebody has connected. Or for
 * a relay of datagrams (ASSOCIATE), which lives as long as the connection.
 */
#ifndef MPROX_TALK_H
#define MPROX_TALK_H

#include "http.h"
#include "proto.h"
#include "socks4.h"
#include "socks5.h"

#define MPROX_TALK_HOPS		4
#define MPROX_TALK_EXCHANGES	(3 * MPROX_TALK_HOPS + 1)
/* Beyond this a conversation is refused; in_len and sequence numbers fit. */
#define MPROX_TALK_OUT_MAX	16384

enum mprox_protocol {
	MPROX_PROTO_SOCKS5,	/* RFC 1928, 1929 */
	MPROX_PROTO_SOCKS4,	/* SOCKS4; 4a where the target is a name */
	MPROX_PROTO_HTTP,	/* RFC 9110, 9.3.6: CONNECT */
};

/* How a hop is told who we are. */
enum mprox_login {
	MPROX_LOGIN_NONE,	/* SOCKS4: an empty user id */
	MPROX_LOGIN_PASSWORD,	/* RFC 1929; HTTP: Basic; SOCKS4: the user id */
	MPROX_LOGIN_DIGEST,	/* HTTP only: @digest is the value to send */
};

/**
 * struct mprox_hop - one proxy of the conversation, as the caller wants it
 * @protocol:	MPROX_PROTO_*
 * @login:	MPROX_LOGIN_*
 * @command:	enum mprox_command; other than CONNECT for the last hop only.
 *		BIND: SOCKS. ASSOCIATE: SOCKS5
 * @to:		where it is to connect to: the next hop, or the destination.
 *		BIND: who may connect to us. ASSOCIATE: where our datagrams will
 *		come from; address and port 0 if that is not known yet
 * @cred:	for MPROX_LOGIN_PASSWORD
 * @headers:	HTTP: whole header lines, each with its CRLF, or nothing
 * @headers_len: octets of @headers
 * @digest:	MPROX_LOGIN_DIGEST: the field value of Proxy-Authorization
 * @digest_len:	octets of @digest
 *
 * What it points to is read by mprox_talk_init() only.
 */
struct mprox_hop {
	u8 protocol;
	u8 login;
	u8 command;
	u16 headers_len;
	u16 digest_len;
	struct mprox_target to;
	struct mprox_cred cred;
	const u8 *headers;
	const u8 *digest;
};

/* One message and the answer to it. */
struct mprox_exchange {
	u16 end;		/* of the message in @out */
	u8 answer;		/* which reader: private to talk.c */
	u8 hop;
	u8 login;		/* enum mprox_login that was offered */
};

/**
 * struct mprox_talk - one conversation, resumable at every octet
 * @out:	all that we shall ever say; the caller's memory
 * @out_len:	its length: the N by which the program's initial sequence
 *		number is moved
 * @out_ready:	how much of @out may be sent by now
 * @in_len:	octets of answers used so far
 * @nr:		exchanges
 * @at:		the exchange whose answer is being read
 * @pipelined:	all of @out was ready from the beginning
 * @is_bound:	BIND has been answered once: @bound is where. Never set for
 *		ASSOCIATE: there DONE says it
 * @bound:	BIND, ASSOCIATE: where the proxy listens, as it said it: the
 *		address may be 0, for the proxy's own; the port, too, is not
 *		checked; version 0 for a name, which is not kept
 * @hop:	after REFUSED, LOGIN and MALFORMED: the hop that said it
 * @wants:	after LOGIN: MPROX_LOGIN_*, what this hop would take.
 *		SOCKS5: NONE or PASSWORD, the one that was not offered. HTTP:
 *		PASSWORD or DIGEST; then http.challenge holds the challenge
 * @blame:	after REFUSED: enum mprox_blame. What a hop but the last one
 *		refuses is never the destination's fault, and ASSOCIATE has none
 * @refusal:	enum mprox_refusal behind REFUSED, LOGIN and MALFORMED, as @hop
 *		means it: the destination of any but the last one is the next hop
 * @status:	likewise: HTTP's status, SOCKS' reply code; 0: none
 * @err:	errno (positive) behind REFUSED, MALFORMED and LOGIN
 */
struct mprox_talk {
	const u8 *out;
	u16 out_len;
	u16 out_ready;
	u32 in_len;
	u8 nr;
	u8 at;
	u8 pipelined;
	bool is_bound;
	u8 hop;
	u8 wants;
	u8 blame;
	u8 refusal;
	u8 fresh;		/* nothing of the present answer is read */
	u8 settled;		/* the last step, once it is final */
	u8 command;		/* of the last hop */
	u16 status;
	int err;
	struct mprox_bound bound;
	struct mprox_exchange exchange[MPROX_TALK_EXCHANGES];
	union {
		struct mprox_socks5 socks5;
		struct mprox_socks4 socks4;
		struct mprox_http http;
	};
};

/**
 * mprox_talk_init - write down a conversation
 * @t:		what to fill; earlier contents do not matter
 * @hops:	in the order in which they are passed
 * @nr:		how many, 1 to MPROX_TALK_HOPS
 * @pipelined:	say everything at once, instead of message by message
 * @out:	where to write it; must live as long as @t is fed and sent from
 * @size:	octets at @out
 *
 * Returns the conversation's length. If that is more than @size (0 to measure),
 * nothing in @t is usable. 0: it cannot be had at all: more than
 * MPROX_TALK_OUT_MAX, or a hop cannot express what it is to do (SOCKS4 and
 * IPv6; HTTP, or any but the last, and BIND; SOCKS4, HTTP, or any but the last,
 * and ASSOCIATE).
 * Any context.
 */
size_t mprox_talk_init(struct mprox_talk *t, const struct mprox_hop *hops,
		       size_t nr, bool pipelined, u8 *out, size_t size);

/**
 * mprox_talk_feed - take what the proxy sent
 * @t:		the conversation
 * @data:	octets in order, none twice
 * @len:	how many; 0 is allowed
 * @used:	how many of them belong to the conversation; after
 *		MPROX_STEP_DONE the rest is the destination's first data
 *
 * Returns at the first step that is not MORE, so call again with the rest after
 * MPROX_STEP_SEND. A conversation that has ended stays as it ended. The outcome
 * depends on the octets alone, never on how they were cut. Any context; the
 * caller serialises.
 */
enum mprox_step mprox_talk_feed(struct mprox_talk *t, const u8 *data,
				size_t len, size_t *used);

#endif
