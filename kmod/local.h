/* SPDX-License-Identifier: GPL-2.0 */
/* The machine's own addresses: what is sent there is heard here. */
#ifndef MPROX_LOCAL_H
#define MPROX_LOCAL_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include "mprox.h"

/*
 * Is @skb sent from an address of this machine to the same one, by a route that
 * ends here? In LOCAL_OUT.
 */
bool mprox_is_local(const struct sk_buff *skb, const struct nf_hook_state *state);

/* Would a socket that connects to @to be one of those? Process context. */
bool mprox_is_local_address(struct net *net, const struct mprox_addr *to);

/*
 * Does a connection of the kind above leave the machine, because its address is no
 * longer ours or somebody has routed it anew? In LOCAL_OUT, behind NAT.
 */
bool mprox_is_astray(const struct sk_buff *skb, const struct nf_hook_state *state);

#endif
