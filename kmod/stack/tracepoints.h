/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's tracepoints that we hang on to. Not all are exported: they are found by name. */
#ifndef MPROX_TRACEPOINTS_H
#define MPROX_TRACEPOINTS_H

#include <linux/tracepoint.h>

/**
 * struct mprox_tracepoint - a probe of ours
 * @name:	the tracepoint's
 * @fn:		the probe; its type is for the caller to check
 *		(check_trace_callback_type_*())
 * @tp:		found by mprox_tracepoints_register()
 */
struct mprox_tracepoint {
	const char *name;
	void *fn;
	struct tracepoint *tp;
};

/* All of them or none. Negative errno; it is in the log which one. Process context. */
int mprox_tracepoints_register(struct mprox_tracepoint *points, size_t nr);
/* No probe runs when it returns. Process context. */
void mprox_tracepoints_unregister(struct mprox_tracepoint *points, size_t nr);

#endif
