/* SPDX-License-Identifier: GPL-2.0 */
/* What a program is told of its own connections: what it asked for, and what it bound. */
#ifndef MPROX_GETNAME_H
#define MPROX_GETNAME_H

struct sockaddr;
struct socket;

typedef int (*mprox_getname_fn)(struct socket *sock, struct sockaddr *name, int peer);

/* In place of the kernel's inet_getname() and inet6_getname(), which are these two. */
int mprox_getname4(struct socket *sock, struct sockaddr *name, int peer);
int mprox_getname6(struct socket *sock, struct sockaddr *name, int peer);
extern mprox_getname_fn mprox_getname4_own, mprox_getname6_own;

#endif
