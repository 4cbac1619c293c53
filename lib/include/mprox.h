/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libmprox: proxy contexts of the MUTEX kernel module. A call that fails returns -1
 * and sets errno like a system call; what each errno means stands in
 * linux/mutex_proxy.h. Any thread may call anything at any time: the only state is
 * the descriptor's, which the kernel guards, and each thread's mprox_error().
 */
#ifndef MPROX_H
#define MPROX_H

#include <linux/mutex_proxy.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/*
 * A new context, disabled and empty, or -1. flags: MUTEX_PROXY_CLOEXEC,
 * _NONBLOCK, _GLOBAL. ENODEV: the module is not loaded; EPERM: no
 * CAP_NET_ADMIN, or no right to open /dev/mprox; EINVAL: unknown flag.
 */
int mprox_create(unsigned int flags);

int mprox_enable(int fd);
int mprox_disable(int fd);

/*
 * What mprox-run does with -x URL and with -f FILE: a proxy, or a profile in TOML or a
 * proxychains.conf; names are resolved by the proxy unless the profile says otherwise.
 * It stands instead of all that was set before. The proxy's own name is resolved here,
 * by the system's resolver, and where no default route is a last-resort one is made.
 * EINVAL: what URL or FILE says cannot be had, or not of a context alone (a global
 * scope, strict, lock); else what mprox_set_policy(),
 * mprox_set_scope() or mprox_route() may say. mprox_error() has the words.
 */
int mprox_set_url(int fd, const char *url);
int mprox_load_profile(int fd, const char *file);

/*
 * Why this thread's last call of the two above has failed, for people, in one line or
 * several; "" if it has not. Never holds a password. Valid until the next one.
 */
const char *mprox_error(void);

int mprox_set_config(int fd, const struct mutex_proxy_config *config);
int mprox_get_config(int fd, struct mutex_proxy_config *config);
int mprox_get_stats(int fd, struct mutex_proxy_stats *stats);

/* policy->size is the caller's sizeof; see struct mutex_proxy_policy. */
int mprox_set_policy(int fd, const struct mutex_proxy_policy *policy);

/*
 * And back, without its passwords: MUTEX_PROXY_IOC_GET_POLICY. policy->size, and that of
 * what policy->dns points to, is the caller's sizeof.
 */
int mprox_get_policy(int fd, struct mutex_proxy_policy *policy);

/* MUTEX_PROXY_SCOPE_TREE or _PROCESS, before the context is enabled. */
int mprox_set_scope(int fd, unsigned int scope);

/* The calling process enters the scope of fd. */
int mprox_join(int fd);

/*
 * A port on the proxy: what MUTEX_PROXY_IOC_BIND says of bind->fd and the peer.
 * bind->size is the caller's sizeof. EALREADY fills in the result, too.
 */
int mprox_bind(int fd, struct mutex_proxy_bind *bind);

/* The network namespace has mprox0 from now on: MUTEX_PROXY_IOC_ROUTE. */
int mprox_route(int fd);

/*
 * A new descriptor from which a line of text is read for each query of the scope:
 * MUTEX_PROXY_IOC_DNS_LOG. Of those that nobody has read, @records are kept.
 */
int mprox_dns_log(int fd, unsigned int records);

/* No member can change or end the context from now on: MUTEX_PROXY_IOC_LOCK. */
int mprox_lock(int fd);

/* What the context is called: 1 to 31 printable characters without a blank. */
int mprox_set_name(int fd, const char *name);
int mprox_info(int fd, struct mutex_proxy_context *info);

/*
 * Contexts that the caller may know of: how many there are, of which the first @room
 * are told. @flags: MUTEX_PROXY_LIST_MINE or 0.
 */
int mprox_list(unsigned int flags, struct mutex_proxy_context *contexts, unsigned int room);

/* A further descriptor of the context with that number, close-on-exec. */
int mprox_open_id(unsigned int id);

/* The scope of the context with that number is over: MUTEX_PROXY_IOC_END. */
int mprox_end(unsigned int id);

/* @socket, which listens, stays open as long as the scope: MUTEX_PROXY_IOC_KEEP. */
int mprox_keep(int fd, int socket);

/*
 * A new descriptor from which records of what happens in the scope are read:
 * MUTEX_PROXY_IOC_EVENTS. wanted->size is the caller's sizeof.
 */
int mprox_events(int fd, const struct mutex_proxy_events *wanted);

/*
 * Records of the connections and associations that there are: MUTEX_PROXY_IOC_FLOWS.
 * flows->size is the caller's sizeof.
 */
int mprox_flows(int fd, struct mutex_proxy_flows *flows);

/*
 * All that is counted: MUTEX_PROXY_IOC_STATISTICS, and _NET_STATISTICS of the caller's
 * network namespace. statistics->size and ->server_size are the caller's sizeof.
 */
int mprox_statistics(int fd, struct mutex_proxy_statistics *statistics);
int mprox_net_statistics(struct mutex_proxy_statistics *statistics);

/*
 * The same as one JSON object, or as lines for people; of the servers the first
 * statistics->nr_servers of statistics->servers are told. As snprintf().
 */
int mprox_statistics_json(const struct mutex_proxy_statistics *statistics, char *buf, size_t size);
int mprox_statistics_text(const struct mutex_proxy_statistics *statistics, char *buf, size_t size);

/* What read() gives: MUTEX_PROXY_READ_STATS or _STATISTICS. */
int mprox_read_format(int fd, unsigned int format);

/* When an alert is told: MUTEX_PROXY_IOC_ALERTS. alerts->size is the caller's sizeof. */
int mprox_alerts(int fd, const struct mutex_proxy_alerts *alerts);

/*
 * The record at @at of the @len octets that read() or mprox_flows() has given, whole with
 * its strings, and @at is then behind it; NULL: there is none, or it is broken. @buf is
 * aligned as malloc() does it. Of a record's fields those within event->head are there.
 */
const struct mutex_proxy_event *mprox_event_next(const void *buf, size_t len, size_t *at);

/*
 * What a record of mprox_event_next() says, in one line without a newline: for people, or
 * as one JSON object (docs/EVENTS.md has its keys). No octet of a name breaks the line.
 * As snprintf() they return how long the line is, and write at most @size octets of it,
 * with a NUL behind them. EINVAL: the record is broken.
 */
int mprox_event_text(const struct mutex_proxy_event *event, char *buf, size_t size);
int mprox_event_json(const struct mutex_proxy_event *event, char *buf, size_t size);

/* Such a line and its NUL always fit. */
#define MPROX_EVENT_LINE 16384

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
