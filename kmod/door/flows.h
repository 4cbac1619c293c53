/* SPDX-License-Identifier: GPL-2.0 */
/* Private to door/: the connections of a context, as a list of records. */
#ifndef MPROX_FLOWS_H
#define MPROX_FLOWS_H

struct mprox_ctx;
struct mutex_proxy_flows;

/*
 * Writes records to where @uf says, and how many octets of them and how many
 * connections there are to @uf. 0, -EINVAL, -ENOMEM or -EFAULT. Process context.
 */
int mprox_flows_list(struct mprox_ctx *ctx, struct mutex_proxy_flows *uf);

#endif
