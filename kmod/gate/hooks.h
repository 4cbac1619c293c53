/* SPDX-License-Identifier: GPL-2.0 */
/* Private to gate/: the entry points that netfilter calls; see arm.c. */
#ifndef MPROX_HOOKS_H
#define MPROX_HOOKS_H

#include <linux/netfilter.h>

unsigned int mprox_hook_out(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state);
unsigned int mprox_hook_stray(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);
unsigned int mprox_hook_in(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state);

#endif
