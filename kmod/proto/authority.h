/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A target as HTTP writes it: RFC 9110, 4.2 and 9.3.6. */
#ifndef MPROX_AUTHORITY_H
#define MPROX_AUTHORITY_H

#include "proto.h"

/* NAME:PORT, a.b.c.d:PORT or [IPv6]:PORT (RFC 5952). Any context. */
void mprox_put_authority(struct mprox_writer *w, const struct mprox_target *to);

/* The same without a name: what follows it, or all of it if there is none. */
#define MPROX_AUTHORITY_REST_MAX	(1 + 39 + 1 + 1 + 5)
void mprox_put_authority_rest(struct mprox_writer *w,
			      const struct mprox_target *to);

#endif
