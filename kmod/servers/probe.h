/* SPDX-License-Identifier: GPL-2.0 */
/* A server is asked for a connection, before a program does it. */
#ifndef MPROX_PROBE_H
#define MPROX_PROBE_H

#include "scope/context.h"
#include "servers/server.h"

/**
 * struct mprox_probe_terms - as a policy has them; milliseconds
 * @probe_ms:	between two probes of a server
 * @attempt_ms:	it may take for the answer, where the server says nothing else
 * @fail_ms:	the pause of one that does not answer
 */
struct mprox_probe_terms {
	u32 probe_ms;
	u32 attempt_ms;
	u32 fail_ms;
};

/* Unless it has just been asked. The caller has a user of @ctx. Process context. */
void mprox_probe_start(struct mprox_ctx *ctx, const struct mprox_server *server,
		       const struct mprox_probe_terms *terms);

/*
 * Waits for the probes that are on their way; no context is enabled any more, so
 * each ends within a tick, whoever is silent.
 */
void mprox_probe_exit(void);

#endif
