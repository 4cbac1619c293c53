// SPDX-License-Identifier: GPL-2.0
#include "stack/identity.h"

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <net/cls_cgroup.h>
#include <net/netprio_cgroup.h>

#ifdef CONFIG_SOCK_CGROUP_DATA
/* A cgroup of a process that lives may be on its way out: then it is in another. */
static struct cgroup *cgroup_of_current(void)
{
	struct cgroup *cgroup;

	rcu_read_lock();
	do {
		cgroup = task_dfl_cgroup(current);
	} while (!cgroup_tryget(cgroup));
	rcu_read_unlock();
	return cgroup;
}

/* A socket holds its cgroup as long as it has memory. */
static struct cgroup *cgroup_of_socket(struct sock *sk)
{
	struct cgroup *cgroup = sock_cgroup_ptr(&sk->sk_cgrp_data);

	cgroup_get(cgroup);
	return cgroup;
}

/*
 * From the work's cgroup to @id's, as cgroup_sk_alloc() and cgroup_sk_free() would
 * have it. Nobody else knows the socket yet.
 */
static void socket_move(struct sock *sk, const struct mprox_identity *id)
{
	struct cgroup *from = sock_cgroup_ptr(&sk->sk_cgrp_data);

	cgroup_get(id->cgroup);
	cgroup_bpf_get(id->cgroup);
	sk->sk_cgrp_data.cgroup = id->cgroup;
	cgroup_bpf_put(from);
	cgroup_put(from);
	sock_cgroup_set_classid(&sk->sk_cgrp_data, id->classid);
	sock_cgroup_set_prioidx(&sk->sk_cgrp_data, id->prioidx);
}

static u32 classid_of_socket(const struct sock *sk)
{
	return sock_cgroup_classid(&sk->sk_cgrp_data);
}

static u16 prioidx_of_socket(const struct sock *sk)
{
	return sock_cgroup_prioidx(&sk->sk_cgrp_data);
}
#else
static struct cgroup *cgroup_of_current(void)
{
	return NULL;
}

static struct cgroup *cgroup_of_socket(struct sock *sk)
{
	return NULL;
}

static void socket_move(struct sock *sk, const struct mprox_identity *id)
{
}

static u32 classid_of_socket(const struct sock *sk)
{
	return 0;
}

static u16 prioidx_of_socket(const struct sock *sk)
{
	return 0;
}
#endif

#ifdef CONFIG_CGROUP_NET_CLASSID
static u32 classid_of_current(void)
{
	return task_cls_classid(current);
}
#else
static u32 classid_of_current(void)
{
	return 0;
}
#endif

void mprox_identity_take(struct mprox_identity *id)
{
	id->cred = get_current_cred();
	id->cgroup = cgroup_of_current();
	id->memcg = get_mem_cgroup_from_mm(current->mm);
	id->classid = classid_of_current();
	id->prioidx = task_netprioidx(current);
}

void mprox_identity_drop(struct mprox_identity *id)
{
	put_cred(id->cred);
	if (id->cgroup)
		cgroup_put(id->cgroup);
	mem_cgroup_put(id->memcg);
	memset(id, 0, sizeof(*id));
}

/* A program that has closed its socket has left no file: then it is @other. */
static const struct cred *cred_of_socket(struct sock *sk,
					 const struct mprox_identity *other)
{
	const struct cred *cred = other->cred;

	read_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_socket && sk->sk_socket->file)
		cred = sk->sk_socket->file->f_cred;
	get_cred(cred);
	read_unlock_bh(&sk->sk_callback_lock);
	return cred;
}

/* All but who pays, which is @other still. */
static void take_socket(struct mprox_identity *id, struct sock *sk,
			const struct mprox_identity *other)
{
	id->cred = cred_of_socket(sk, other);
	id->cgroup = cgroup_of_socket(sk);
	id->memcg = other->memcg;
	id->classid = classid_of_socket(sk);
	id->prioidx = prioidx_of_socket(sk);
}

static struct socket *socket_open(const struct mprox_identity *id,
				  struct net *net, u16 family, int type)
{
	const struct cred *cred = override_creds(id->cred);
	struct mem_cgroup *memcg = set_active_memcg(id->memcg);
	struct socket *sock;
	struct file *file;
	int err;

	/* As a user's, so that it pins the namespace. */
	err = __sock_create(net, family, type, 0, &sock, 0);
	if (!err) {
		socket_move(sock->sk, id);
		/* Takes the socket along if it fails. */
		file = sock_alloc_file(sock, 0, NULL);
		err = PTR_ERR_OR_ZERO(file);
	}
	set_active_memcg(memcg);
	revert_creds(cred);
	return err ? ERR_PTR(err) : sock;
}

struct socket *mprox_identity_socket(const struct mprox_identity *id,
				     struct sock *like, struct net *net,
				     u16 family, int type)
{
	struct mprox_identity program;
	struct socket *sock;

	if (!like)
		return socket_open(id, net, family, type);
	take_socket(&program, like, id);
	sock = socket_open(&program, net, family, type);
	program.memcg = NULL;
	mprox_identity_drop(&program);
	if (!IS_ERR(sock)) {
		sock->sk->sk_uid = like->sk_uid;
		sock->sk->sk_mark = like->sk_mark;
	}
	return sock;
}

void mprox_identity_close(struct socket *sock)
{
	__fput_sync(sock->file);
}
