/* SPDX-License-Identifier: GPL-2.0 */
/* As whom we speak to a server. */
#ifndef MPROX_SOURCE_H
#define MPROX_SOURCE_H

#include "flow.h"

/*
 * Sets hs->source: what NAT shall make of the source address on the way to
 * hs->to, family 0 for nothing. @scope_id: the interface of a link-local
 * server. Returns 0 or -EHOSTUNREACH: there is no route. Any context; the
 * caller owns the attempt.
 */
int mprox_source_find(struct mprox_flow *flow, u32 scope_id);

#endif
