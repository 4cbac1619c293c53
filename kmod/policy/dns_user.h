/* SPDX-License-Identifier: GPL-2.0 */
/* Private to policy/: how names are resolved, from userspace's words and back. */
#ifndef MPROX_DNS_USER_H
#define MPROX_DNS_USER_H

#include "policy/policy.h"

/*
 * Fills policy->dns from the struct mutex_proxy_dns at @from, NULL: none. The
 * servers are known by now. Process context.
 */
int mprox_dns_import(struct mprox_policy *policy, const void __user *from);
/*
 * Fills the struct mutex_proxy_dns at @to, and the array that it names; NULL: nothing is
 * told. -EINVAL: its sizes; -E2BIG: it has no field for what there is. Process context.
 */
int mprox_dns_export(const struct mprox_dns *dns, void __user *to);

/* Every name is the proxy's to resolve. The policy has its servers. */
void mprox_dns_default(struct mprox_policy *policy);
/* What policy->dns holds. Any context. */
void mprox_dns_release(struct mprox_dns *dns);
/* The same again, for another policy of the same context. The servers may be others. */
int mprox_dns_copy(struct mprox_policy *policy, const struct mprox_dns *old);

#endif
