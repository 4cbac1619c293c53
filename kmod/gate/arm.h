/* SPDX-License-Identifier: GPL-2.0 */
/* The hooks: where they are, and when. */
#ifndef MPROX_ARM_H
#define MPROX_ARM_H

struct net;

int mprox_arm_init(void);
void mprox_arm_exit(void);

/* The namespace's inbound hooks and its server for queries; process context. */
int mprox_arm(struct net *net);
void mprox_disarm(struct net *net);

/*
 * A connection is direct because it stays in @net: from now on one that would leave
 * loses its packets (mprox_is_astray()). Good until nobody needs @net's hooks. Process
 * context, the socket may be locked. 0 or -ENOMEM.
 */
int mprox_arm_strays(struct net *net);

/* Nobody is left in @net: its server's clients end. Process context. */
void mprox_arm_end_clients(struct net *net);

#endif
