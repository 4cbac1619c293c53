/* SPDX-License-Identifier: GPL-2.0 */
/* connect() is led: what becomes of a connection is decided before it has anything. */
#ifndef MPROX_LEAD_H
#define MPROX_LEAD_H

#include <linux/types.h>

struct sock;

int mprox_lead_init(void);
/* No connect() is led, or is inside, when it returns. */
void mprox_lead_exit(void);

/*
 * Is the socket in a connect() that was let through? Then what it sends was judged. Any
 * context.
 */
bool mprox_lead_lets(const struct sock *sk);

#endif
