/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In whose name the kernel connects. A work runs as root in the root cgroup; what
 * it opens for a context must look to rules for owners (nft's skuid and cgroupv2,
 * IPAddressDeny= of a unit) like a socket of whom it is opened for, or an
 * unprivileged user could have reached what he may not reach himself.
 */
#ifndef MPROX_IDENTITY_H
#define MPROX_IDENTITY_H

#include <linux/net.h>
#include <net/sock.h>

struct cgroup;
struct mem_cgroup;

/**
 * struct mprox_identity - who somebody was when it was taken
 * @cred:	referenced
 * @cgroup:	of version 2, referenced
 * @memcg:	pays for the socket, referenced; NULL: nobody
 * @classid:	of version 1's net_cls
 * @prioidx:	of version 1's net_prio
 *
 * It has no mark: SO_MARK needs CAP_NET_ADMIN and belongs to one socket.
 */
struct mprox_identity {
	const struct cred *cred;
	struct cgroup *cgroup;
	struct mem_cgroup *memcg;
	u32 classid;
	u16 prioidx;
};

/* The caller's. Process context. */
void mprox_identity_take(struct mprox_identity *id);
/* Once per take. Any context. */
void mprox_identity_drop(struct mprox_identity *id);

/**
 * mprox_identity_socket - a socket as @id's own would be
 * @id:		whose
 * @like:	a program's socket that it acts for: in its name, with its mark;
 *		NULL: in @id's alone
 * @net:	the namespace, pinned by the socket
 * @type:	SOCK_STREAM or SOCK_DGRAM, of the protocol that goes with it
 *
 * It has a file, since that is where rules look for its user. Process context.
 * ERR_PTR.
 */
struct socket *mprox_identity_socket(const struct mprox_identity *id,
				     struct sock *like, struct net *net,
				     u16 family, int type);
/*
 * Closes it; by a work alone, as it does so at once. Nobody finds the owner by its
 * callbacks any more.
 */
void mprox_identity_close(struct socket *sock);

#endif
