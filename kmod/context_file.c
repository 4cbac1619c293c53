// SPDX-License-Identifier: GPL-2.0
/* The descriptor: read, write, ioctl, poll, fdinfo. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>
#include <linux/mutex_proxy.h>
#include "account.h"
#include "bind.h"
#include "device.h"
#include "dns_log.h"
#include "known.h"
#include "resolver.h"
#include "scope.h"

/* The first version's sizes, below which no caller can be. */
#define POLICY_SIZE_V1	56
#define SCOPE_SIZE_V1	16
#define JOIN_SIZE_V1	8
#define BIND_SIZE_V1	56
static_assert(offsetof(struct mutex_proxy_policy, strategy) == POLICY_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_scope) == SCOPE_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_join) == JOIN_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_bind) == BIND_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_config) == 64);
static_assert(sizeof(struct mutex_proxy_stats) == 48);

static int check_control(const struct mprox_ctx *ctx)
{
	bool privileged;

	if (!mprox_may_control(ctx->net, &privileged) ||
	    (ctx->privileged && !privileged))
		return -EPERM;
	return 0;
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

static long set_config(struct mprox_ctx *ctx, const void __user *from)
{
	struct mutex_proxy_config uc;

	if (copy_from_user(&uc, from, sizeof(uc)))
		return -EFAULT;
	return mprox_ctx_set_config(ctx, &uc);
}

static long get_config(struct mprox_ctx *ctx, void __user *to)
{
	struct mutex_proxy_config uc;
	int err = mprox_ctx_get_config(ctx, &uc);

	if (err)
		return err;
	return copy_to_user(to, &uc, sizeof(uc)) ? -EFAULT : 0;
}

static long get_stats(struct mprox_ctx *ctx, void __user *to)
{
	struct mutex_proxy_stats stats;

	mprox_account_read(ctx, &stats);
	return copy_to_user(to, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static long set_policy(struct mprox_ctx *ctx, const void __user *from)
{
	struct mutex_proxy_policy up;
	struct mprox_policy *policy;
	int err;

	err = copy_sized(&up, sizeof(up), POLICY_SIZE_V1, from);
	if (err)
		return err;
	policy = mprox_policy_from_user(ctx->net, &up);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	err = mprox_ctx_set_policy(ctx, policy);
	if (err)
		mprox_policy_free(policy);
	return err;
}

static long set_scope(struct mprox_ctx *ctx, const void __user *from)
{
	struct mutex_proxy_scope us;
	int err;

	err = copy_sized(&us, sizeof(us), SCOPE_SIZE_V1, from);
	if (err)
		return err;
	if (us.flags || us.reserved || (us.scope != MUTEX_PROXY_SCOPE_TREE &&
					us.scope != MUTEX_PROXY_SCOPE_PROCESS))
		return -EINVAL;
	return mprox_ctx_set_scope(ctx, us.scope);
}

static long join(struct mprox_ctx *ctx, const void __user *from)
{
	struct mutex_proxy_join uj;
	int err;

	err = copy_sized(&uj, sizeof(uj), JOIN_SIZE_V1, from);
	if (err)
		return err;
	if (uj.flags)
		return -EINVAL;
	if (ctx->scope == MUTEX_PROXY_SCOPE_GLOBAL)
		return -EBUSY;
	if (current->nsproxy->net_ns != ctx->net)
		return -EXDEV;
	if (!ctx->privileged && !task_no_new_privs(current))
		return -EPERM;
	return mprox_scope_join(ctx);
}

static long bind_port(struct mprox_ctx *ctx, void __user *arg)
{
	struct mutex_proxy_bind ub;
	int err;

	err = copy_sized(&ub, sizeof(ub), BIND_SIZE_V1, arg);
	if (err)
		return err;
	/* A port that cannot be told must not be opened. */
	if (copy_to_user(arg, &ub, BIND_SIZE_V1))
		return -EFAULT;
	err = mprox_bind_user(ctx, &ub);
	if ((!err || err == -EALREADY) &&
	    copy_to_user(arg, &ub, BIND_SIZE_V1))
		return -EFAULT;
	return err;
}

/* A device is seen by everybody in the namespace. */
static long route(struct mprox_ctx *ctx)
{
	return ctx->privileged ? mprox_ctx_need_netdev(ctx) : -EPERM;
}

/*
 * The number of a call holds the size of its struct as the caller knows it. An
 * extensible struct tells that itself, so any size stands for the same call.
 */
static unsigned int canonical(unsigned int cmd)
{
	static const unsigned int extensible[] = {
		MUTEX_PROXY_IOC_SET_POLICY,
		MUTEX_PROXY_IOC_SET_SCOPE,
		MUTEX_PROXY_IOC_JOIN,
		MUTEX_PROXY_IOC_BIND,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(extensible); i++)
		if (!((cmd ^ extensible[i]) & ~IOCSIZE_MASK))
			return extensible[i];
	return cmd;
}

static long context_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	struct mprox_ctx *ctx = file->private_data;
	void __user *argp = (void __user *)arg;
	int err;

	cmd = canonical(cmd);
	switch (cmd) {
	case MUTEX_PROXY_IOC_GET_STATS:
		return get_stats(ctx, argp);
	case MUTEX_PROXY_IOC_JOIN:
		return join(ctx, argp);
	case MUTEX_PROXY_IOC_BIND:
		return bind_port(ctx, argp);
	case MUTEX_PROXY_IOC_ENABLE:
	case MUTEX_PROXY_IOC_DISABLE:
	case MUTEX_PROXY_IOC_ROUTE:
	case MUTEX_PROXY_IOC_SET_CONFIG:
	case MUTEX_PROXY_IOC_GET_CONFIG:
	case MUTEX_PROXY_IOC_SET_POLICY:
	case MUTEX_PROXY_IOC_SET_SCOPE:
	case MUTEX_PROXY_IOC_DNS_LOG:
		break;
	default:
		return -ENOTTY;
	}
	err = check_control(ctx);
	if (err)
		return err;
	switch (cmd) {
	case MUTEX_PROXY_IOC_ENABLE:
		return arg ? -EINVAL : mprox_ctx_enable(ctx);
	case MUTEX_PROXY_IOC_DISABLE:
		if (arg)
			return -EINVAL;
		mprox_ctx_disable(ctx);
		return 0;
	case MUTEX_PROXY_IOC_ROUTE:
		return arg ? -EINVAL : route(ctx);
	case MUTEX_PROXY_IOC_DNS_LOG:
		return mprox_dns_log_open(ctx, arg);
	case MUTEX_PROXY_IOC_SET_CONFIG:
		return set_config(ctx, argp);
	case MUTEX_PROXY_IOC_GET_CONFIG:
		return get_config(ctx, argp);
	case MUTEX_PROXY_IOC_SET_POLICY:
		return set_policy(ctx, argp);
	default:
		return set_scope(ctx, argp);
	}
}

static ssize_t context_write(struct file *file, const char __user *from,
			     size_t len, loff_t *pos)
{
	struct mprox_ctx *ctx = file->private_data;
	long err = check_control(ctx);

	if (err)
		return err;
	if (len != sizeof(struct mutex_proxy_config))
		return -EINVAL;
	err = set_config(ctx, from);
	return err ?: len;
}

static ssize_t context_read(struct file *file, char __user *to, size_t len,
			    loff_t *pos)
{
	long err;

	if (len < sizeof(struct mutex_proxy_stats))
		return -EINVAL;
	err = get_stats(file->private_data, to);
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
	const struct mprox_known *known = server->known;
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
		   atomic_read(&known->conns), READ_ONCE(known->failures),
		   READ_ONCE(known->latency));
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
	struct mprox_ctx *ctx = file->private_data;
	const struct mprox_policy *policy;
	u32 i;

	seq_printf(m, "context:\t%u\n", ctx->id);
	seq_printf(m, "scope:\t%s\n", scopes[READ_ONCE(ctx->scope)]);
	seq_printf(m, "enabled:\t%d\n", READ_ONCE(ctx->enabled));
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

/* The last descriptor is gone. */
static int context_release(struct inode *inode, struct file *file)
{
	struct mprox_ctx *ctx = file->private_data;

	if (ctx->cloexec)
		mprox_scope_evict(ctx);
	mprox_ctx_put_user(ctx);
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
	file = anon_inode_getfile("[mutex_proxy]", &context_fops, ctx,
				  O_RDWR | (flags & MUTEX_PROXY_NONBLOCK ?
					    O_NONBLOCK : 0));
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
