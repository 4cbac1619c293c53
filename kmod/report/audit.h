/* SPDX-License-Identifier: GPL-2.0 */
/* What is done to contexts, for the audit system. Never a name, nor a credential. */
#ifndef MPROX_AUDIT_H
#define MPROX_AUDIT_H

#include <linux/types.h>

/*
 * current has asked for @what of context @context (0: there is none), which came to
 * @result: a negative errno is a refusal. Rate limited, since users can cause it. Process
 * context, no lock.
 */
void mprox_audit(const char *what, u32 context, long result);

#endif
