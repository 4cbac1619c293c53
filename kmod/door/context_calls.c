// SPDX-License-Identifier: GPL-2.0
/* What can be asked of the descriptor by ioctl(). */
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <linux/mutex_proxy.h>
#include "door/alerts.h"
#include "door/device.h"
#include "door/flows.h"
#include "door/handle.h"
#include "door/life.h"
#include "door/stats.h"
#include "listen/bind.h"
#include "names/dns_log.h"
#include "policy/policy.h"
#include "report/audit.h"
#include "report/events.h"
#include "scope/scope.h"

/* The first version's sizes, below which no caller can be. */
#define POLICY_SIZE_V1	56
#define GET_POLICY_SIZE_V1 112
#define STATISTICS_SIZE_V1 1576
#define ALERTS_SIZE_V1	48
#define SCOPE_SIZE_V1	16
#define JOIN_SIZE_V1	8
#define BIND_SIZE_V1	56
#define NAME_SIZE_V1	40
#define EVENTS_SIZE_V1	16
#define FLOWS_SIZE_V1	32
static_assert(offsetof(struct mutex_proxy_policy, strategy) == POLICY_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_policy) == GET_POLICY_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_statistics) == STATISTICS_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_alerts) == ALERTS_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_scope) == SCOPE_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_join) == JOIN_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_bind) == BIND_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_name) == NAME_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_events) == EVENTS_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_flows) == FLOWS_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_context) == 64);
static_assert(sizeof(struct mutex_proxy_config) == 64);
static_assert(sizeof(struct mutex_proxy_stats) == 48);

/*
 * A locked context is out of reach of its members, and of whoever got the descriptor
 * that it was made with.
 */
int mprox_handle_may_control(const struct mprox_handle *handle)
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

long mprox_handle_set_config(struct mprox_handle *handle, unsigned long arg)
{
	struct mutex_proxy_config uc;

	if (copy_from_user(&uc, (const void __user *)arg, sizeof(uc)))
		return -EFAULT;
	return mprox_ctx_set_config(handle->ctx, &uc);
}

static long context_get_config(struct mprox_handle *handle, unsigned long arg)
{
	struct mutex_proxy_config uc;
	int err = mprox_ctx_get_config(handle->ctx, &uc);

	if (err)
		return err;
	return copy_to_user((void __user *)arg, &uc, sizeof(uc)) ? -EFAULT : 0;
}

static long context_get_stats(struct mprox_handle *handle, unsigned long arg)
{
	struct mutex_proxy_stats stats;

	mprox_stats_read(handle->ctx, &stats);
	return copy_to_user((void __user *)arg, &stats, sizeof(stats)) ?
		-EFAULT : 0;
}

static long context_set_policy(struct mprox_handle *handle, unsigned long arg)
{
	struct mprox_ctx *ctx = handle->ctx;
	struct mprox_policy *policy, *old;
	struct mutex_proxy_policy up;
	int err;

	err = copy_sized(&up, sizeof(up), POLICY_SIZE_V1,
			 (const void __user *)arg);
	if (err)
		return err;
	old = mprox_policy_of(ctx);
	policy = mprox_policy_from_user(ctx, old, &up);
	mprox_policy_put(old);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	err = mprox_ctx_set_policy(ctx, policy);
	if (err)
		mprox_policy_free(policy);
	return err;
}

static long context_get_policy(struct mprox_handle *handle, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	struct mutex_proxy_policy up;
	struct mprox_policy *policy;
	int err;

	err = copy_sized(&up, sizeof(up), GET_POLICY_SIZE_V1, argp);
	if (err)
		return err;
	policy = mprox_policy_of(handle->ctx);
	if (!policy)
		return -ENODATA;
	err = mprox_policy_to_user(policy, &up);
	mprox_policy_put(policy);
	if (err)
		return err;
	/* What a longer struct has besides is zero already, see copy_sized(). */
	return copy_to_user(argp, &up, sizeof(up)) ? -EFAULT : 0;
}

static long context_set_scope(struct mprox_handle *handle, unsigned long arg)
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
	return mprox_ctx_set_scope(handle->ctx, us.scope);
}

static long context_join(struct mprox_handle *handle, unsigned long arg)
{
	struct mprox_ctx *ctx = handle->ctx;
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

static long context_bind(struct mprox_handle *handle, unsigned long arg)
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
	err = mprox_bind_user(handle->ctx, &ub);
	if ((!err || err == -EALREADY) &&
	    copy_to_user(argp, &ub, BIND_SIZE_V1))
		return -EFAULT;
	return err;
}

static long context_enable(struct mprox_handle *handle, unsigned long arg)
{
	return mprox_ctx_enable(handle->ctx);
}

static long context_disable(struct mprox_handle *handle, unsigned long arg)
{
	mprox_ctx_disable(handle->ctx);
	return 0;
}

static long context_lock(struct mprox_handle *handle, unsigned long arg)
{
	return mprox_ctx_lock(handle->ctx);
}

/* What a helper of the scope listens on, and nobody is to get after it. */
static long context_keep(struct mprox_handle *handle, unsigned long fd)
{
	struct mprox_ctx *ctx = handle->ctx;
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
static long context_route(struct mprox_handle *handle, unsigned long arg)
{
	struct mprox_ctx *ctx = handle->ctx;

	return ctx->privileged ? mprox_ctx_need_netdev(ctx) : -EPERM;
}

static long context_dns_log(struct mprox_handle *handle, unsigned long arg)
{
	return mprox_dns_log_open(handle->ctx, arg);
}

static long context_events(struct mprox_handle *handle, unsigned long arg)
{
	struct mutex_proxy_events wanted;
	int err;

	err = copy_sized(&wanted, sizeof(wanted), EVENTS_SIZE_V1,
			 (const void __user *)arg);
	return err ?: mprox_events_open(handle->ctx->events, &wanted);
}

static long context_flows(struct mprox_handle *handle, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	struct mutex_proxy_flows uf;
	int err;

	err = copy_sized(&uf, sizeof(uf), FLOWS_SIZE_V1, argp);
	err = err ?: mprox_flows_list(handle->ctx, &uf);
	if (err)
		return err;
	return copy_to_user(argp, &uf, FLOWS_SIZE_V1) ? -EFAULT : 0;
}

static long context_alerts(struct mprox_handle *handle, unsigned long arg)
{
	struct mutex_proxy_alerts ua;
	int err;

	err = copy_sized(&ua, sizeof(ua), ALERTS_SIZE_V1, (const void __user *)arg);
	return err ?: mprox_alerts_set(handle->ctx, &ua);
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

static long context_set_name(struct mprox_handle *handle, unsigned long arg)
{
	struct mutex_proxy_name un;
	size_t len;
	int err;

	err = copy_sized(&un, sizeof(un), NAME_SIZE_V1,
			 (const void __user *)arg);
	if (!err)
		err = check_name(&un, &len);
	if (!err)
		mprox_ctx_set_name(handle->ctx, un.name, len);
	return err;
}

static long context_info(struct mprox_handle *handle, unsigned long arg)
{
	struct mutex_proxy_context info;

	mprox_ctx_info(handle->ctx, &info);
	return copy_to_user((void __user *)arg, &info, sizeof(info)) ?
		-EFAULT : 0;
}

void mprox_handle_has_read(struct mprox_handle *handle)
{
	WRITE_ONCE(handle->news, mprox_statistics_news(handle->ctx));
	WRITE_ONCE(handle->alerts, mprox_alerts_news(handle->ctx));
}

long mprox_statistics_call(struct mprox_ctx *ctx, const struct net *net, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	struct mutex_proxy_statistics *us;
	int err;

	us = kzalloc(sizeof(*us), GFP_KERNEL);
	if (!us)
		return -ENOMEM;
	err = copy_sized(us, sizeof(*us), STATISTICS_SIZE_V1, argp);
	if (!err)
		err = ctx ? mprox_statistics_tell(ctx, us) :
			    mprox_statistics_tell_net(net, us);
	if (!err && copy_to_user(argp, us, sizeof(*us)))
		err = -EFAULT;
	kfree(us);
	return err;
}

static long context_statistics(struct mprox_handle *handle, unsigned long arg)
{
	mprox_handle_has_read(handle);
	return mprox_statistics_call(handle->ctx, NULL, arg);
}

static long context_set_format(struct mprox_handle *handle, unsigned long arg)
{
	if (arg > MUTEX_PROXY_READ_STATISTICS)
		return -EINVAL;
	WRITE_ONCE(handle->format, arg);
	return 0;
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
	long (*call)(struct mprox_handle *handle, unsigned long arg);
	const char *audited;	/* its name in the audit log, or NULL */
} context_calls[] = {
	{ MUTEX_PROXY_IOC_ENABLE, CALL_NO_ARG, context_enable, "enable" },
	{ MUTEX_PROXY_IOC_DISABLE, CALL_NO_ARG, context_disable, "disable" },
	{ MUTEX_PROXY_IOC_SET_CONFIG, 0, mprox_handle_set_config, "set-policy" },
	{ MUTEX_PROXY_IOC_GET_CONFIG, 0, context_get_config },
	{ MUTEX_PROXY_IOC_GET_STATS, CALL_OPEN, context_get_stats },
	{ MUTEX_PROXY_IOC_STATISTICS, CALL_OPEN | CALL_SIZED, context_statistics },
	{ MUTEX_PROXY_IOC_READ_FORMAT, 0, context_set_format },
	{ MUTEX_PROXY_IOC_SET_POLICY, CALL_SIZED, context_set_policy, "set-policy" },
	{ MUTEX_PROXY_IOC_GET_POLICY, CALL_SIZED, context_get_policy },
	{ MUTEX_PROXY_IOC_SET_SCOPE, CALL_SIZED, context_set_scope, "set-scope" },
	{ MUTEX_PROXY_IOC_JOIN, CALL_OPEN | CALL_SIZED, context_join, "join" },
	{ MUTEX_PROXY_IOC_BIND, CALL_OPEN | CALL_SIZED, context_bind },
	{ MUTEX_PROXY_IOC_ROUTE, CALL_NO_ARG, context_route },
	{ MUTEX_PROXY_IOC_DNS_LOG, 0, context_dns_log },
	{ MUTEX_PROXY_IOC_EVENTS, CALL_SIZED, context_events },
	{ MUTEX_PROXY_IOC_FLOWS, CALL_SIZED, context_flows },
	{ MUTEX_PROXY_IOC_ALERTS, CALL_SIZED, context_alerts },
	{ MUTEX_PROXY_IOC_KEEP, 0, context_keep },
	{ MUTEX_PROXY_IOC_LOCK, CALL_NO_ARG, context_lock, "lock" },
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

static long context_call(struct mprox_handle *handle, const struct context_call *call,
			 unsigned long arg)
{
	long err = call->flags & CALL_OPEN ? 0 : mprox_handle_may_control(handle);

	if (err)
		return err;
	if (call->flags & CALL_NO_ARG && arg)
		return -EINVAL;
	return call->call(handle, arg);
}

long mprox_handle_ioctl(struct mprox_handle *handle, unsigned int cmd,
			unsigned long arg)
{
	const struct context_call *call = context_find_call(cmd);
	long result;

	if (!call)
		return -ENOTTY;
	result = context_call(handle, call, arg);
	if (call->audited)
		mprox_audit(call->audited, handle->ctx->id, result);
	return result;
}
