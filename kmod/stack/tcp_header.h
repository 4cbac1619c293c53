/* SPDX-License-Identifier: GPL-2.0 */
/* TCP's header: reading its options, changing them. */
#ifndef MPROX_TCP_HEADER_H
#define MPROX_TCP_HEADER_H

#include <linux/skbuff.h>
#include <net/tcp.h>

/* RFC 7413, 4.1.1: even, from 4 to 16 octets. */
#define MPROX_COOKIE_MIN	4
#define MPROX_COOKIE_MAX	16
/* What the option takes in a SYN at most, with its padding. */
#define MPROX_FASTOPEN_MAX	(2 + MPROX_COOKIE_MAX + 2)

/**
 * struct mprox_tcp_options - what a SYN or SYN-ACK offers
 * @mss:	0: not said
 * @wscale:	RFC 7323; valid if @has_wscale
 * @tsval:	RFC 7323; valid if @has_ts
 * @window:	the header's field, never scaled in a SYN
 * @cookie:	RFC 7413; @cookie_len 0: there is none
 * @signed_:	TCP-MD5 (RFC 2385) or TCP-AO (RFC 5925): the signature covers
 *		the addresses, so nobody can carry this connection
 */
struct mprox_tcp_options {
	u16 mss;
	u16 window;
	u8 wscale;
	bool has_wscale;
	bool has_ts;
	bool signed_;
	u8 cookie_len;
	u8 cookie[MPROX_COOKIE_MAX];
	u32 tsval;
};

/**
 * struct mprox_fastopen - what a SYN carries besides itself (RFC 7413)
 * @cookie:	@cookie_len 0: ask for one
 * @data:	@len octets
 */
struct mprox_fastopen {
	u8 cookie_len;
	u8 cookie[MPROX_COOKIE_MAX];
	u16 len;
	const u8 *data;
};

void mprox_tcp_parse(const struct tcphdr *th, struct mprox_tcp_options *opt);

/* The timestamp of any segment; false: it has none. */
bool mprox_tcp_tsval(const struct tcphdr *th, u32 *tsval);

/*
 * Takes off the SYN what cannot be carried (data, Fast Open, MPTCP), moves its
 * sequence number down by @n, adds @fo (NULL: nothing), for which there must be
 * room, and leaves the checksum to be completed. False: no memory. Any context.
 */
bool mprox_syn_rewrite(struct sk_buff *skb, u16 family, unsigned int thoff,
		       u32 n, const struct mprox_fastopen *fo);

/* Over the pseudo header; device or stack complete it. */
void mprox_tcp_checksum(struct sk_buff *skb, u16 family, unsigned int thoff);

/*
 * A SYN's MSS becomes @mss, if it is larger; the checksum is not yet complete, or
 * nobody looks at it any more. skb's transport header is set. Any context.
 */
void mprox_tcp_clamp(struct sk_buff *skb, u16 mss);

/* The options that are not for the program's eyes: Fast Open and MPTCP. */
void mprox_tcp_strip(struct tcphdr *th);

/* The IP header at skb's beginning has the length of what is there. */
void mprox_ip_set_lengths(struct sk_buff *skb, u16 family);

#endif
