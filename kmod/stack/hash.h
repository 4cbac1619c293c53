/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's MD5 and SHA-256, as HTTP Digest wants them. */
#ifndef MPROX_HASH_H
#define MPROX_HASH_H

#include "proto/digest.h"

int mprox_hash_init(void);
void mprox_hash_exit(void);

/* Is it there? A kernel in FIPS mode has no MD5. */
bool mprox_hash_has(enum mprox_algorithm algorithm);

/* An mprox_hash_fn. Any context up to softirq. */
int mprox_hash(void *arg, enum mprox_algorithm algorithm,
	       const struct mprox_part *parts, size_t nr, u8 *out);

#endif
