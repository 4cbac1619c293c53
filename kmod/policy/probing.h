/* SPDX-License-Identifier: GPL-2.0 */
/* Which servers are probed, and when. */
#ifndef MPROX_PROBING_H
#define MPROX_PROBING_H

#include "scope/context.h"

/* The policy or the state of @ctx has changed; @ctx->lock held. Process context. */
void mprox_probing_arm(struct mprox_ctx *ctx);

/* Handler of ctx->probe_work. */
void mprox_probing_work(struct work_struct *work);

#endif
