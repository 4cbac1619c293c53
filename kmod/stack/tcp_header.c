// SPDX-License-Identifier: GPL-2.0
#include "stack/tcp_header.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>
#include "compat/unaligned.h"

/* RFC 8684: MPTCP. RFC 5925: TCP-AO. Neither name is in every header. */
#define OPT_MPTCP	30
#define OPT_AO		29

/* The option at @opt of at most @left octets: its length, 0 at the end. */
static unsigned int option_len(const u8 *opt, unsigned int left)
{
	if (!left || opt[0] == TCPOPT_EOL)
		return 0;
	if (opt[0] == TCPOPT_NOP)
		return 1;
	if (left < 2 || opt[1] < 2 || opt[1] > left)
		return 0;
	return opt[1];
}

static void parse_option(const u8 *p, struct mprox_tcp_options *opt)
{
	switch (p[0]) {
	case TCPOPT_MSS:
		if (p[1] == TCPOLEN_MSS)
			opt->mss = get_unaligned_be16(p + 2);
		break;
	case TCPOPT_WINDOW:
		if (p[1] == TCPOLEN_WINDOW) {
			opt->has_wscale = true;
			opt->wscale = min_t(u8, p[2], TCP_MAX_WSCALE);
		}
		break;
	case TCPOPT_TIMESTAMP:
		if (p[1] == TCPOLEN_TIMESTAMP) {
			opt->has_ts = true;
			opt->tsval = get_unaligned_be32(p + 2);
		}
		break;
	case TCPOPT_FASTOPEN:
		if (p[1] >= 2 + MPROX_COOKIE_MIN &&
		    p[1] <= 2 + MPROX_COOKIE_MAX && !(p[1] & 1)) {
			opt->cookie_len = p[1] - 2;
			memcpy(opt->cookie, p + 2, opt->cookie_len);
		}
		break;
	case TCPOPT_MD5SIG:
	case OPT_AO:
		opt->signed_ = true;
		break;
	}
}

void mprox_tcp_parse(const struct tcphdr *th, struct mprox_tcp_options *opt)
{
	unsigned int left = th->doff * 4 - sizeof(*th), len;
	const u8 *p = (const u8 *)(th + 1);

	memset(opt, 0, sizeof(*opt));
	opt->window = ntohs(th->window);
	for (; (len = option_len(p, left)); p += len, left -= len)
		if (len > 1)
			parse_option(p, opt);
}

bool mprox_tcp_tsval(const struct tcphdr *th, u32 *tsval)
{
	struct mprox_tcp_options opt;

	mprox_tcp_parse(th, &opt);
	if (opt.has_ts)
		*tsval = opt.tsval;
	return opt.has_ts;
}

void mprox_tcp_clamp(struct sk_buff *skb, u16 mss)
{
	struct tcphdr *th = tcp_hdr(skb);
	unsigned int left, len;
	u8 *p;

	if (!th->syn || th->doff * 4 < sizeof(*th) ||
	    skb_ensure_writable(skb, skb_transport_offset(skb) + th->doff * 4))
		return;
	th = tcp_hdr(skb);
	p = (u8 *)(th + 1);
	left = th->doff * 4 - sizeof(*th);
	for (; (len = option_len(p, left)); p += len, left -= len)
		if (p[0] == TCPOPT_MSS && len == TCPOLEN_MSS &&
		    get_unaligned_be16(p + 2) > mss)
			put_unaligned_be16(mss, p + 2);
}

/* RFC 7413 and its experimental predecessor (RFC 6994 with ExID 0xF989). */
static bool is_fastopen(const u8 *p)
{
	return p[0] == TCPOPT_FASTOPEN ||
	       (p[0] == TCPOPT_EXP && p[1] >= TCPOLEN_EXP_FASTOPEN_BASE &&
		get_unaligned_be16(p + 2) == TCPOPT_FASTOPEN_MAGIC);
}

void mprox_tcp_strip(struct tcphdr *th)
{
	unsigned int left = th->doff * 4 - sizeof(*th), len;
	u8 *p = (u8 *)(th + 1);

	for (; (len = option_len(p, left)); p += len, left -= len)
		if (len > 1 && (p[0] == OPT_MPTCP || is_fastopen(p)))
			memset(p, TCPOPT_NOP, len);
}

void mprox_tcp_checksum(struct sk_buff *skb, u16 family, unsigned int thoff)
{
	struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	unsigned int len = skb->len - thoff;

	if (family == AF_INET)
		th->check = ~tcp_v4_check(len, ip_hdr(skb)->saddr,
					  ip_hdr(skb)->daddr, 0);
	else
		th->check = ~tcp_v6_check(len, &ipv6_hdr(skb)->saddr,
					  &ipv6_hdr(skb)->daddr, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + thoff;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

void mprox_ip_set_lengths(struct sk_buff *skb, u16 family)
{
	if (family == AF_INET) {
		ip_hdr(skb)->tot_len = htons(skb->len);
		ip_send_check(ip_hdr(skb));
	} else {
		ipv6_hdr(skb)->payload_len =
			htons(skb->len - sizeof(struct ipv6hdr));
	}
}

/* Behind the other options; the SYN has no data of its own any more. */
static bool add_fastopen(struct sk_buff *skb, u16 family, unsigned int thoff,
			 const struct mprox_fastopen *fo)
{
	unsigned int len = ALIGN(2 + fo->cookie_len, 4);
	int missing = len + fo->len - skb_tailroom(skb);
	struct tcphdr *th;
	u8 *opt;

	/* TCP keeps a clone: its header is ours to write, what follows is not. */
	if ((missing > 0 || skb_cloned(skb)) &&
	    pskb_expand_head(skb, 0, max(missing, 0), GFP_ATOMIC))
		return false;
	opt = skb_put(skb, len);
	memset(opt, TCPOPT_NOP, len);
	opt[0] = TCPOPT_FASTOPEN;
	opt[1] = 2 + fo->cookie_len;
	memcpy(opt + 2, fo->cookie, fo->cookie_len);
	skb_put_data(skb, fo->data, fo->len);
	th = (struct tcphdr *)(skb->data + thoff);
	th->doff += len / 4;
	mprox_ip_set_lengths(skb, family);
	return true;
}

bool mprox_syn_rewrite(struct sk_buff *skb, u16 family, unsigned int thoff,
		       u32 n, const struct mprox_fastopen *fo)
{
	struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	unsigned int end = thoff + th->doff * 4;

	if (skb_ensure_writable(skb, end))
		return false;
	if (skb->len > end) {
		/* Fast Open data; TCP sends it again, as it was not acked. */
		if (pskb_trim(skb, end))
			return false;
		skb_shinfo(skb)->gso_size = 0;
		skb_shinfo(skb)->gso_type = 0;
		skb_shinfo(skb)->gso_segs = 0;
		mprox_ip_set_lengths(skb, family);
	}
	mprox_tcp_strip((struct tcphdr *)(skb->data + thoff));
	if (fo && !add_fastopen(skb, family, thoff, fo))
		return false;
	th = (struct tcphdr *)(skb->data + thoff);
	th->seq = htonl(ntohl(th->seq) - n);
	mprox_tcp_checksum(skb, family, thoff);
	return true;
}
