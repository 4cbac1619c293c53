/* SPDX-License-Identifier: GPL-2.0 */
/* From IPv4 to IPv6 and back, after RFC 7915: what a packet needs. */
#ifndef MPROX_TRANSLATE_H
#define MPROX_TRANSLATE_H

#include <linux/netfilter.h>
#include "family/translation.h"
#include "stack/packet.h"

/*
 * All of these under rcu_read_lock().
 */

/*
 * What leaves a socket, or answers in its place: if it belongs to a translation,
 * it goes on in IPv6. False: it does not, or is a SYN, which its flow deals with. Any
 * context.
 */
bool mprox_translate_out(struct sk_buff *skb, const struct nf_hook_state *state,
			 unsigned int *verdict);

/* A segment from the proxy, in LOCAL_IN. Softirq. Returns a netfilter verdict. */
unsigned int mprox_translate_in(struct sk_buff *skb,
				const struct nf_hook_state *state,
				unsigned int thoff);

/* A segment made in the proxy's place, in IPv6. Takes @skb. */
void mprox_translate_deliver(struct mprox_translation *t, struct sk_buff *skb);

/*
 * An ICMP error about what was sent as @key from the sequence number @seq on.
 * @mtu: that of the way to the proxy, 0: it is about something else. Softirq.
 */
void mprox_translate_icmp(const struct mprox_key *key, u32 seq, u32 mtu);

/*
 * Takes off the IP header and puts that of @key's family in its place, addresses
 * and ports as @key has them. The checksum is left to be completed on the way
 * out, and has been checked on the way in. False: no memory. Any context.
 */
bool mprox_translate_headers(struct sk_buff *skb, unsigned int thoff,
			     const struct mprox_key *key, enum mprox_dir dir);

#endif
