/* SPDX-License-Identifier: GPL-2.0 */
/* The immutable snapshot of what a context does. */
#ifndef MPROX_POLICY_H
#define MPROX_POLICY_H

#include <linux/rcupdate.h>
#include <linux/mutex_proxy.h>
#include "mprox.h"

struct mprox_server {
	struct mprox_addr addr;
	u32 scope_id;
	u8 user_len;
	u8 pass_len;
	u8 user[MUTEX_PROXY_MAX_CRED];
	u8 pass[MUTEX_PROXY_MAX_CRED];
};

struct mprox_exempt {
	u32 kind;
	struct pid *pid;	/* referenced */
	kuid_t uid;
};

/**
 * struct mprox_policy - never changed once it is published
 *
 * Readers are in an RCU read-side section. Holds credentials, so it is wiped
 * when freed.
 */
struct mprox_policy {
	struct rcu_head rcu;
	u32 handshake_ms;
	u32 nr_servers;
	u32 nr_rules;
	u32 nr_exempt;
	struct mprox_exempt exempt[MUTEX_PROXY_MAX_EXEMPT];
	struct mprox_server *servers;
	struct mutex_proxy_rule *rules;
};

/* Made from userspace's structs; process context; ERR_PTR on bad input. */
struct mprox_policy *mprox_policy_from_user(const struct mutex_proxy_policy *up);
struct mprox_policy *mprox_policy_from_config(const struct mutex_proxy_config *uc,
					      const struct mprox_policy *old);
int mprox_policy_to_config(const struct mprox_policy *policy,
			   struct mutex_proxy_config *uc);

void mprox_policy_free(struct mprox_policy *policy);	/* NULL is fine */
void mprox_policy_free_rcu(struct mprox_policy *policy);

/* What follows is for the hooks: any context, under rcu_read_lock(). */
u32 mprox_policy_verdict(const struct mprox_policy *policy, u8 proto,
			 const struct mprox_addr *to);
const struct mprox_server *
mprox_policy_server(const struct mprox_policy *policy, u16 family);
bool mprox_policy_exempts(const struct mprox_policy *policy,
			  struct task_struct *task);

#endif
