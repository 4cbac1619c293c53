/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A target as HTTP writes it: RFC 9110, 4.2 and 9.3.6. */
#ifndef MPROX_AUTHORITY_H
#define MPROX_AUTHORITY_H

#include "proto.h"

/* A name of 255 octets, the colon and the port; [IPv6] is shorter. */
#define MPROX_AUTHORITY_MAX	(255 + 1 + 5)

/* NAME:PORT, a.b.c.d:PORT or [IPv6]:PORT (RFC 5952). Any context. */
void mprox_put_authority(struct mprox_writer *w, const struct mprox_target *to);

#endif
