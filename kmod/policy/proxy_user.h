/* SPDX-License-Identifier: GPL-2.0 */
/* One proxy, from userspace's words and back. Process context. */
#ifndef MPROX_PROXY_USER_H
#define MPROX_PROXY_USER_H

#include "policy/policy.h"

/* The first versions' sizes, below which no caller's struct can be. */
#define MPROX_SERVER_SIZE_MIN	552
#define MPROX_RULE_SIZE_MIN	40

/*
 * Both fill @p, which is all zero before, and say in the log what is wrong, the
 * first one that it is with element @i. -EINVAL: it breaks what the struct
 * promises; -EOPNOTSUPP: it is of a kind that is not spoken.
 */
int mprox_proxy_import(struct mprox_proxy *p,
		       const struct mutex_proxy_server *us, u32 i);
int mprox_proxy_from_config(struct mprox_proxy *p,
			    const struct mutex_proxy_config *uc);

/*
 * A server whose secrets are to be those of element @us->secrets_of of @old, the policy in
 * force, or NULL: takes them. -EINVAL: there is no such element, it is not the same proxy,
 * or @us has secrets of its own.
 */
int mprox_proxy_inherit(struct mutex_proxy_server *us, u32 i,
			const struct mprox_policy *old);

/* Hop @hop of @server, element @i of its policy, without secrets. @us: in any state. */
void mprox_proxy_export(const struct mprox_server *server, u32 hop, u32 i,
			struct mutex_proxy_server *us);

/* Could a connect() reach it? IPv4 in the first four octets, the rest 0. */
bool mprox_is_host_address(u16 family, const struct in6_addr *addr);

/* The MUTEX_PROXY_TYPE_* of @p. */
u32 mprox_proxy_type(const struct mprox_proxy *p);

#endif
