// SPDX-License-Identifier: GPL-2.0
/* The descriptor: read, write, poll, fdinfo; and what makes one. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>
#include <linux/mutex_proxy.h>
#include "compat/anon_inode.h"
#include "door/alerts.h"
#include "door/device.h"
#include "door/handle.h"
#include "door/life.h"
#include "door/stats.h"
#include "names/dns_log.h"
#include "policy/policy.h"
#include "report/audit.h"
#include "scope/scope.h"
#include "servers/known.h"
#include "servers/resolver.h"

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

static long context_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return mprox_handle_ioctl(file->private_data, cmd, arg);
}

static long write_config(struct file *file, const char __user *from, size_t len)
{
	struct mprox_handle *handle = file->private_data;
	long err = mprox_handle_may_control(handle);

	if (!err && !opener_may_control(file))
		err = -EPERM;
	if (err)
		return err;
	if (len != sizeof(struct mutex_proxy_config))
		return -EINVAL;
	return mprox_handle_set_config(handle, (unsigned long)from);
}

static ssize_t context_write(struct file *file, const char __user *from,
			     size_t len, loff_t *pos)
{
	const struct mprox_handle *handle = file->private_data;
	long err = write_config(file, from, len);

	mprox_audit("set-policy", handle->ctx->id, err);
	return err ?: len;
}

static ssize_t read_stats(struct mprox_ctx *ctx, char __user *to, size_t len)
{
	struct mutex_proxy_stats stats;

	if (len < sizeof(stats))
		return -EINVAL;
	mprox_stats_read(ctx, &stats);
	return copy_to_user(to, &stats, sizeof(stats)) ? -EFAULT : sizeof(stats);
}

static ssize_t read_statistics(struct mprox_ctx *ctx, char __user *to, size_t len)
{
	struct mutex_proxy_statistics *us;
	ssize_t err = -EINVAL;

	if (len < sizeof(*us))
		return -EINVAL;
	us = kzalloc(sizeof(*us), GFP_KERNEL);
	if (!us)
		return -ENOMEM;
	us->size = sizeof(*us);
	err = mprox_statistics_read(ctx, us);
	if (!err && copy_to_user(to, us, sizeof(*us)))
		err = -EFAULT;
	kfree(us);
	return err ?: sizeof(*us);
}

static ssize_t context_read(struct file *file, char __user *to, size_t len,
			    loff_t *pos)
{
	struct mprox_handle *handle = file->private_data;

	mprox_handle_has_read(handle);
	return READ_ONCE(handle->format) == MUTEX_PROXY_READ_STATISTICS ?
	       read_statistics(handle->ctx, to, len) :
	       read_stats(handle->ctx, to, len);
}

static __poll_t context_poll(struct file *file, poll_table *wait)
{
	const struct mprox_handle *handle = file->private_data;
	struct mprox_ctx *ctx = handle->ctx;
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	/* Before the look, so that what comes after that wakes. */
	poll_wait(file, &ctx->news, wait);
	if (READ_ONCE(handle->format) == MUTEX_PROXY_READ_STATS ||
	    mprox_statistics_news(ctx) != READ_ONCE(handle->news))
		events |= EPOLLIN | EPOLLRDNORM;
	if (mprox_alerts_news(ctx) != READ_ONCE(handle->alerts))
		events |= EPOLLPRI;
	return events;
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
		seq_printf(m, "%s%s %llu", i ? " " : "",
			   mprox_dns_count_name(i),
			   mprox_tally_read(&ctx->tally, MPROX_COUNT_DNS + i));
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
		seq_printf(m, "%s%s %llu", i ? " " : "", names[i],
			   mprox_tally_read(&ctx->tally, MPROX_COUNT_REFUSED + i));
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
static int context_open(struct mprox_ctx *ctx, bool by_id, u32 flags)
{
	struct mprox_handle *handle;
	int fd;

	handle = kzalloc(sizeof(*handle), GFP_KERNEL_ACCOUNT);
	if (!handle)
		return -ENOMEM;
	handle->ctx = ctx;
	handle->by_id = by_id;
	fd = mprox_compat_anon_fd("[mutex_proxy]", &context_fops, handle,
				  O_RDWR |
				  (flags & MUTEX_PROXY_NONBLOCK ? O_NONBLOCK : 0) |
				  (flags & MUTEX_PROXY_CLOEXEC ? O_CLOEXEC : 0));
	if (fd < 0)
		kfree(handle);
	return fd;
}

int mprox_context_fd(struct mprox_ctx *ctx, u32 flags)
{
	int fd, err;

	if (ctx->scope != MUTEX_PROXY_SCOPE_GLOBAL) {
		err = mprox_scope_join(ctx);
		if (err)
			return err;
	}
	fd = context_open(ctx, false, flags);
	if (fd < 0)
		mprox_scope_evict(ctx);
	return fd;
}

int mprox_context_fd_by_id(struct mprox_ctx *ctx)
{
	int fd, err;

	err = mprox_ctx_open(ctx);
	if (err)
		return err;
	fd = context_open(ctx, true, MUTEX_PROXY_CLOEXEC);
	if (fd < 0)
		mprox_ctx_close(ctx);
	return fd;
}
