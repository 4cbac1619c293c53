/* SPDX-License-Identifier: GPL-2.0 */
/* Servers are asked for a connection now and then, before a program does it. */
#ifndef MPROX_PROBE_H
#define MPROX_PROBE_H

#include "scope/context.h"

/*
 * Waits for the probes that are on their way; no context is enabled any more, so
 * each ends within a tick, whoever is silent.
 */
void mprox_probe_exit(void);

/* The policy or the state of @ctx has changed. Process context. */
void mprox_probe_arm(struct mprox_ctx *ctx);

/* Handler of ctx->probe_work. */
void mprox_probe_all(struct work_struct *work);

#endif
