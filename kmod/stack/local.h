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
 * Is a connection of @sk to @to one of those? @scope_id: of @to, if it is link-local.
 * Process context, the socket locked.
 */
bool mprox_is_local_peer(struct sock *sk, const struct mprox_addr *to, u32 scope_id);

/* Is what @sk has bound an address of this machine? Process context. */
bool mprox_is_bound_here(const struct sock *sk);

/*
 * Does a connection of the kind above leave the machine, because its address is no
 * longer ours or somebody has routed it anew? In LOCAL_OUT, behind the NAT of others'
 * rules.
 */
bool mprox_is_astray(const struct sk_buff *skb, const struct nf_hook_state *state);

#endif
