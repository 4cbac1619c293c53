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

/* Nobody is left in @net: its server's clients end. Process context. */
void mprox_arm_end_clients(struct net *net);

#endif
