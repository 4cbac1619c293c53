// SPDX-License-Identifier: GPL-2.0
#include "stack/detour.h"

#include <linux/ip.h>
#include <linux/netfilter.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

/* The header is linear: we are behind who wrote it. */
static bool has_route_option(const struct iphdr *iph)
{
	const u8 *option = (const u8 *)(iph + 1);
	const u8 *end = (const u8 *)iph + iph->ihl * 4;

	while (option < end && *option != IPOPT_END) {
		if (*option == IPOPT_NOOP) {
			option++;
			continue;
		}
		if (*option == IPOPT_LSRR || *option == IPOPT_SSRR)
			return true;
		if (end - option < 2 || option[1] < 2)
			return false;
		option += option[1];
	}
	return false;
}

bool mprox_is_source_routed(const struct sk_buff *skb, u8 pf)
{
	unsigned int off = 0;

	if (pf == NFPROTO_IPV4)
		return ip_hdr(skb)->ihl > 5 && has_route_option(ip_hdr(skb));
	return ipv6_find_hdr(skb, &off, NEXTHDR_ROUTING, NULL, NULL) >= 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static bool has_route_header(const struct sock *sk)
{
	const struct ipv6_txoptions *opt;

	if (sk->sk_family != AF_INET6)
		return false;
	opt = rcu_dereference_protected(inet6_sk(sk)->opt, lockdep_sock_is_held(sk));
	return opt && opt->srcrt;
}
#else
static bool has_route_header(const struct sock *sk)
{
	return false;
}
#endif

bool mprox_is_detoured(const struct sock *sk)
{
	const struct ip_options_rcu *opt;

	opt = rcu_dereference_protected(inet_sk(sk)->inet_opt,
					lockdep_sock_is_held(sk));
	return (opt && opt->opt.srr) || has_route_header(sk);
}
