// SPDX-License-Identifier: GPL-2.0
/* The descriptor: read, write, ioctl, poll, fdinfo. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <linux/mutex_proxy.h>
#include "door/device.h"
#include "door/flows.h"
#include "door/life.h"
#include "door/stats.h"
#include "listen/bind.h"
#include "names/dns_log.h"
#include "policy/policy.h"
#include "report/events.h"
#include "scope/scope.h"
#include "servers/known.h"
#include "servers/resolver.h"

/* The first version's sizes, below which no caller can be. */
#define POLICY_SIZE_V1	56
#define SCOPE_SIZE_V1	16
#define JOIN_SIZE_V1	8
#define BIND_SIZE_V1	56
#define NAME_SIZE_V1	40
#define EVENTS_SIZE_V1	16
#define FLOWS_SIZE_V1	32
static_assert(offsetof(struct mutex_proxy_policy, strategy) == POLICY_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_scope) == SCOPE_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_join) == JOIN_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_bind) == BIND_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_name) == NAME_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_events) == EVENTS_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_flows) == FLOWS_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_context) == 64);
static_assert(sizeof(struct mutex_proxy_config) == 64);
static_assert(sizeof(struct mutex_proxy_stats) == 48);

/**
 * struct mprox_handle - what one descriptor stands for
 * @ctx:	a user of it is owned
 * @by_id:	it was opened by the context's number, and so by somebody who may
 *		control it, and not inherited with the scope
 */
struct mprox_handle {
	struct mprox_ctx *ctx;
	bool by_id;
};

/*
 * A locked context is out of reach of its members, and of whoever got the descriptor
 * that it was made with.
 */
static int handle_may_control(const struct mprox_handle *handle)
{
	const struct mprox_ctx *ctx = handle->ctx;
	bool privileged;

	if (!mprox_may_control(ctx->net, &privileged) ||
	    (ctx->privileged && !privileged))
		return -EPERM;
	if (!READ_ONCE(ctx->locked))
		return 0;
	return handle->by_id && !mprox_scope_holds_current(ctx) ? 0 : -EPERM;
}

/* A struct that begins with its own size. */
static int copy_sized(void *to, size_t ksize, size_t min,
		      const void __user *from)
{
	u32 usize;

	if (get_user(usize, (const u32 __user *)from))
		return -EFAULT;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	if (usize < min)
		return -EINVAL;
	return copy_struct_from_user(to, ksize, from, usize);
}

static long context_set_config(struct mprox_ctx *ctx, unsigned long arg)
{
	struct mutex_proxy_config uc;

	if (copy_from_user(&uc, (const void __user *)arg, sizeof(uc)))
		return -EFAULT;
	return mprox_ctx_set_config(ctx, &uc);
}

static long context_get_config(struct mprox_ctx *ctx, unsigned long arg)
{
	struct mutex_proxy_config uc;
	int err = mprox_ctx_get_config(ctx, &uc);

	if (err)
		return err;
	return copy_to_user((void __user *)arg, &uc, sizeof(uc)) ? -EFAULT : 0;
}

static long context_get_stats(struct mprox_ctx *ctx, unsigned long arg)
{
	struct mutex_proxy_stats stats;

	mprox_stats_read(ctx, &stats);
	return copy_to_user((void __user *)arg, &stats, sizeof(stats)) ?
		-EFAULT : 0;
}

static long context_set_policy(struct mprox_ctx *ctx, unsigned long arg)
{
	struct mutex_proxy_policy up;
	struct mprox_policy *policy;
	int err;

	err = copy_sized(&up, sizeof(up), POLICY_SIZE_V1,
			 (const void __user *)arg);
	if (err)
		return err;
	policy = mprox_policy_from_user(ctx, &up);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	err = mprox_ctx_set_policy(ctx, policy);
	if (err)
		mprox_policy_free(policy);
	return err;
}

static long context_set_scope(struct mprox_ctx *ctx, unsigned long arg)
{
	struct mutex_proxy_scope us;
	int err;

	err = copy_sized(&us, sizeof(us), SCOPE_SIZE_V1,
			 (const void __user *)arg);
	if (err)
		return err;
	if (us.flags || us.reserved || (us.scope != MUTEX_PROXY_SCOPE_TREE &&
					us.scope != MUTEX_PROXY_SCOPE_PROCESS))
		return -EINVAL;
	return mprox_ctx_set_scope(ctx, us.scope);
}

static long context_join(struct mprox_ctx *ctx, unsigned long arg)
{
	struct mutex_proxy_join uj;
	int err;

	err = copy_sized(&uj, sizeof(uj), JOIN_SIZE_V1,
			 (const void __user *)arg);
	if (err)
		return err;
	if (uj.flags)
		return -EINVAL;
	if (ctx->scope == MUTEX_PROXY_SCOPE_GLOBAL)
		return -EBUSY;
	if (current->nsproxy->net_ns != ctx->net)
		return -EXDEV;
	if (!ctx->privileged && !mprox_no_new_privs())
		return -EPERM;
	err = mprox_scope_join(ctx);
	if (!err)
		mprox_ctx_tell_change(ctx, MUTEX_PROXY_CHANGE_JOINED);
	return err;
}

static long context_bind(struct mprox_ctx *ctx, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	struct mutex_proxy_bind ub;
	int err;

	err = copy_sized(&ub, sizeof(ub), BIND_SIZE_V1, argp);
	if (err)
		return err;
	/* A port that cannot be told must not be opened. */
	if (copy_to_user(argp, &ub, BIND_SIZE_V1))
		return -EFAULT;
	err = mprox_bind_user(ctx, &ub);
	if ((!err || err == -EALREADY) &&
	    copy_to_user(argp, &ub, BIND_SIZE_V1))
		return -EFAULT;
	return err;
}

static long context_enable(struct mprox_ctx *ctx, unsigned long arg)
{
	return mprox_ctx_enable(ctx);
}

static long context_disable(struct mprox_ctx *ctx, unsigned long arg)
{
	mprox_ctx_disable(ctx);
	return 0;
}

static long context_lock(struct mprox_ctx *ctx, unsigned long arg)
{
	return mprox_ctx_lock(ctx);
}

/* What a helper of the scope listens on, and nobody is to get after it. */
static long context_keep(struct mprox_ctx *ctx, unsigned long fd)
{
	struct socket *sock;
	int err = -EBADF;

	sock = fd > INT_MAX ? NULL : sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	if (sock->sk->sk_protocol != IPPROTO_TCP ||
	    READ_ONCE(sock->sk->sk_state) != TCP_LISTEN)
		err = -EINVAL;
	else if (!net_eq(sock_net(sock->sk), ctx->net))
		err = -EXDEV;
	else
		err = mprox_ctx_keep(ctx, sock->file);
	sockfd_put(sock);
	return err;
}

/* A device is seen by everybody in the namespace. */
static long context_route(struct mprox_ctx *ctx, unsigned long arg)
{
	return ctx->privileged ? mprox_ctx_need_netdev(ctx) : -EPERM;
}

static long context_dns_log(struct mprox_ctx *ctx, unsigned long arg)
{
	return mprox_dns_log_open(ctx, arg);
}

static long context_events(struct mprox_ctx *ctx, unsigned long arg)
{
	struct mutex_proxy_events wanted;
	int err;

	err = copy_sized(&wanted, sizeof(wanted), EVENTS_SIZE_V1,
			 (const void __user *)arg);
	return err ?: mprox_events_open(ctx->events, &wanted);
}

static long context_flows(struct mprox_ctx *ctx, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	struct mutex_proxy_flows uf;
	int err;

	err = copy_sized(&uf, sizeof(uf), FLOWS_SIZE_V1, argp);
	err = err ?: mprox_flows_list(ctx, &uf);
	if (err)
		return err;
	return copy_to_user(argp, &uf, FLOWS_SIZE_V1) ? -EFAULT : 0;
}

/* Printable ASCII, so that it can stand in any list; and not empty. */
static int check_name(const struct mutex_proxy_name *un, size_t *len)
{
	size_t i;

	*len = strnlen(un->name, sizeof(un->name));
	if (un->flags || !*len || *len > MUTEX_PROXY_MAX_CONTEXT_NAME)
		return -EINVAL;
	for (i = 0; i < *len; i++)
		if (un->name[i] <= ' ' || un->name[i] > '~')
			return -EINVAL;
	return memchr_inv(un->name + *len, 0, sizeof(un->name) - *len) ?
		-EINVAL : 0;
}

static long context_set_name(struct mprox_ctx *ctx, unsigned long arg)
{
	struct mutex_proxy_name un;
	size_t len;
	int err;

	err = copy_sized(&un, sizeof(un), NAME_SIZE_V1,
			 (const void __user *)arg);
	if (!err)
		err = check_name(&un, &len);
	if (!err)
		mprox_ctx_set_name(ctx, un.name, len);
	return err;
}

static long context_info(struct mprox_ctx *ctx, unsigned long arg)
{
	struct mutex_proxy_context info;

	mprox_ctx_info(ctx, &info);
	return copy_to_user((void __user *)arg, &info, sizeof(info)) ?
		-EFAULT : 0;
}

/* For everybody who has the descriptor. */
#define CALL_OPEN	0x1
/* Its argument begins with its own size, whatever size the number holds. */
#define CALL_SIZED	0x2
/* It has no argument. */
#define CALL_NO_ARG	0x4

static const struct context_call {
	unsigned int cmd;
	unsigned int flags;
	long (*call)(struct mprox_ctx *ctx, unsigned long arg);
} context_calls[] = {
	{ MUTEX_PROXY_IOC_ENABLE, CALL_NO_ARG, context_enable },
	{ MUTEX_PROXY_IOC_DISABLE, CALL_NO_ARG, context_disable },
	{ MUTEX_PROXY_IOC_SET_CONFIG, 0, context_set_config },
	{ MUTEX_PROXY_IOC_GET_CONFIG, 0, context_get_config },
	{ MUTEX_PROXY_IOC_GET_STATS, CALL_OPEN, context_get_stats },
	{ MUTEX_PROXY_IOC_SET_POLICY, CALL_SIZED, context_set_policy },
	{ MUTEX_PROXY_IOC_SET_SCOPE, CALL_SIZED, context_set_scope },
	{ MUTEX_PROXY_IOC_JOIN, CALL_OPEN | CALL_SIZED, context_join },
	{ MUTEX_PROXY_IOC_BIND, CALL_OPEN | CALL_SIZED, context_bind },
	{ MUTEX_PROXY_IOC_ROUTE, CALL_NO_ARG, context_route },
	{ MUTEX_PROXY_IOC_DNS_LOG, 0, context_dns_log },
	{ MUTEX_PROXY_IOC_EVENTS, CALL_SIZED, context_events },
	{ MUTEX_PROXY_IOC_FLOWS, CALL_SIZED, context_flows },
	{ MUTEX_PROXY_IOC_KEEP, 0, context_keep },
	{ MUTEX_PROXY_IOC_LOCK, CALL_NO_ARG, context_lock },
	{ MUTEX_PROXY_IOC_SET_NAME, CALL_SIZED, context_set_name },
	{ MUTEX_PROXY_IOC_INFO, CALL_OPEN, context_info },
};

static const struct context_call *context_find_call(unsigned int cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(context_calls); i++) {
		const struct context_call *call = &context_calls[i];
		unsigned int differs = cmd ^ call->cmd;

		if (call->flags & CALL_SIZED)
			differs &= ~IOCSIZE_MASK;
		if (!differs)
			return call;
	}
	return NULL;
}

static long context_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	const struct mprox_handle *handle = file->private_data;
	const struct context_call *call = context_find_call(cmd);
	int err;

	if (!call)
		return -ENOTTY;
	err = call->flags & CALL_OPEN ? 0 : handle_may_control(handle);
	if (err)
		return err;
	if (call->flags & CALL_NO_ARG && arg)
		return -EINVAL;
	return call->call(handle->ctx, arg);
}

/*
 * Somebody with more rights may be made to write into a descriptor that he did not
 * open, as its standard output for one: so whoever opened it must have had them, too.
 */
static bool opener_may_control(const struct file *file)
{
	const struct mprox_handle *handle = file->private_data;

	return handle->ctx->privileged ?
	       file_ns_capable(file, handle->ctx->net->user_ns, CAP_NET_ADMIN) :
	       uid_eq(file->f_cred->euid, current_euid());
}

static ssize_t context_write(struct file *file, const char __user *from,
			     size_t len, loff_t *pos)
{
	const struct mprox_handle *handle = file->private_data;
	long err = handle_may_control(handle);

	if (!err && !opener_may_control(file))
		err = -EPERM;
	if (err)
		return err;
	if (len != sizeof(struct mutex_proxy_config))
		return -EINVAL;
	err = context_set_config(handle->ctx, (unsigned long)from);
	return err ?: len;
}

static ssize_t context_read(struct file *file, char __user *to, size_t len,
			    loff_t *pos)
{
	const struct mprox_handle *handle = file->private_data;
	long err;

	if (len < sizeof(struct mutex_proxy_stats))
		return -EINVAL;
	err = context_get_stats(handle->ctx, (unsigned long)to);
	return err ?: sizeof(struct mutex_proxy_stats);
}

static __poll_t context_poll(struct file *file, poll_table *wait)
{
	return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
}

/* The chain's proxies in a row, with what is known of it, without secrets. */
static void show_server(struct seq_file *m, const struct mprox_server *server)
{
	static const char * const protocols[] = {
		[MPROX_PROTO_SOCKS5] = "socks5",
		[MPROX_PROTO_SOCKS4] = "socks4",
		[MPROX_PROTO_HTTP] = "http",
	};
	const struct mprox_share *share = server->share;
	u32 i;

	seq_puts(m, "server:\t");
	for (i = 0; i < server->nr_hops; i++) {
		const struct mprox_proxy *hop = &server->hops[i];
		u16 port = ntohs(hop->addr.port);

		seq_printf(m, "%s%s ", i ? " > " : "", protocols[hop->protocol]);
		if (hop->name_len)
			seq_printf(m, "%.*s:%u", hop->name_len, hop->name, port);
		else if (hop->addr.family == AF_INET)
			seq_printf(m, "%pI4:%u", &hop->addr.addr, port);
		else
			seq_printf(m, "[%pI6c]:%u", &hop->addr.addr, port);
	}
	seq_printf(m, " connections %d failures %u latency_us %u\n",
		   atomic_read(&share->conns), READ_ONCE(share->failures),
		   READ_ONCE(share->latency));
}

static void show_dns(struct seq_file *m, const struct mprox_ctx *ctx)
{
	u32 i;

	seq_puts(m, "dns:\t");
	for (i = 0; i < MPROX_DNS_COUNTS; i++)
		seq_printf(m, "%s%s %lld", i ? " " : "",
			   mprox_dns_count_name(i),
			   atomic64_read(&ctx->dns_counts[i]));
	seq_putc(m, '\n');
}

static void show_refused(struct seq_file *m, const struct mprox_ctx *ctx)
{
	static const char * const names[] = {
		[MPROX_REFUSED_TCP] = "tcp",
		[MPROX_REFUSED_UDP] = "udp",
		[MPROX_REFUSED_ICMP] = "icmp",
		[MPROX_REFUSED_RAW] = "raw",
		[MPROX_REFUSED_OTHER] = "other",
	};
	u32 i;

	seq_puts(m, "refused:\t");
	for (i = 0; i < MPROX_REFUSED_KINDS; i++)
		seq_printf(m, "%s%s %lld", i ? " " : "", names[i],
			   atomic64_read(&ctx->refused[i]));
	seq_putc(m, '\n');
}

static void context_show_fdinfo(struct seq_file *m, struct file *file)
{
	static const char * const scopes[] = {
		[MUTEX_PROXY_SCOPE_TREE] = "tree",
		[MUTEX_PROXY_SCOPE_PROCESS] = "process",
		[MUTEX_PROXY_SCOPE_GLOBAL] = "global",
	};
	const struct mprox_handle *handle = file->private_data;
	struct mprox_ctx *ctx = handle->ctx;
	const struct mprox_policy *policy;
	u32 i;

	seq_printf(m, "context:\t%u\n", ctx->id);
	mutex_lock(&ctx->lock);
	seq_printf(m, "name:\t%s\n", ctx->name);
	mutex_unlock(&ctx->lock);
	seq_printf(m, "scope:\t%s\n", scopes[READ_ONCE(ctx->scope)]);
	seq_printf(m, "enabled:\t%d\n", READ_ONCE(ctx->enabled));
	seq_printf(m, "locked:\t%d\n", READ_ONCE(ctx->locked));
	seq_printf(m, "members:\t%u\n", READ_ONCE(ctx->nr_members));
	show_dns(m, ctx);
	show_refused(m, ctx);
	rcu_read_lock();
	policy = rcu_dereference(ctx->policy);
	for (i = 0; policy && i < policy->nr_servers; i++)
		show_server(m, &policy->servers[i]);
	for (i = 0; policy && i < policy->dns.nr_resolvers; i++)
		mprox_resolver_show(m, policy->dns.resolvers[i]);
	rcu_read_unlock();
}

static int context_release(struct inode *inode, struct file *file)
{
	struct mprox_handle *handle = file->private_data;

	mprox_ctx_close(handle->ctx);
	kfree(handle);
	return 0;
}

static const struct file_operations context_fops = {
	.owner = THIS_MODULE,	/* what pins the module for an anonymous inode */
	.read = context_read,
	.write = context_write,
	.unlocked_ioctl = context_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = context_poll,
	.show_fdinfo = context_show_fdinfo,
	.release = context_release,
	.llseek = noop_llseek,
};

/* Takes over the caller's user and descriptor of @ctx, if it succeeds. */
static struct file *context_file(struct mprox_ctx *ctx, bool by_id, u32 flags)
{
	struct mprox_handle *handle;
	struct file *file;

	handle = kzalloc(sizeof(*handle), GFP_KERNEL_ACCOUNT);
	if (!handle)
		return ERR_PTR(-ENOMEM);
	handle->ctx = ctx;
	handle->by_id = by_id;
	file = anon_inode_getfile("[mutex_proxy]", &context_fops, handle,
				  O_RDWR | (flags & MUTEX_PROXY_NONBLOCK ?
					    O_NONBLOCK : 0));
	if (IS_ERR(file))
		kfree(handle);
	return file;
}

int mprox_context_fd(struct mprox_ctx *ctx, u32 flags)
{
	struct file *file;
	int fd, err;

	fd = get_unused_fd_flags(flags & MUTEX_PROXY_CLOEXEC ? O_CLOEXEC : 0);
	if (fd < 0)
		return fd;
	if (ctx->scope != MUTEX_PROXY_SCOPE_GLOBAL) {
		err = mprox_scope_join(ctx);
		if (err)
			goto err_fd;
	}
	file = context_file(ctx, false, flags);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_evict;
	}
	fd_install(fd, file);
	return fd;

err_evict:
	mprox_scope_evict(ctx);
err_fd:
	put_unused_fd(fd);
	return err;
}

int mprox_context_fd_by_id(struct mprox_ctx *ctx)
{
	struct file *file;
	int fd, err;

	err = mprox_ctx_open(ctx);
	if (err)
		return err;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		err = fd;
		goto err_close;
	}
	file = context_file(ctx, true, 0);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_fd;
	}
	fd_install(fd, file);
	return fd;

err_fd:
	put_unused_fd(fd);
err_close:
	mprox_ctx_close(ctx);
	return err;
}
