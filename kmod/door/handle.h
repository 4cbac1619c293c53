/* SPDX-License-Identifier: GPL-2.0 */
/* Private to door/: what one open descriptor of a context is, and who may do what by it. */
#ifndef MPROX_HANDLE_H
#define MPROX_HANDLE_H

#include <linux/types.h>

struct mprox_ctx;
struct net;

/**
 * struct mprox_handle - what one descriptor stands for
 * @ctx:	a user of it is owned
 * @by_id:	it was opened by the context's number, and so by somebody who may
 *		control it, and not inherited with the scope
 * @format:	MUTEX_PROXY_READ_*; this and what follows without a lock
 * @news:	mprox_statistics_news() when they were read last
 * @alerts:	mprox_alerts_news(), likewise
 */
struct mprox_handle {
	struct mprox_ctx *ctx;
	bool by_id;
	u32 format;
	u64 news;
	u32 alerts;
};

/*
 * Is current one who may change the context by this descriptor? 0 or -EPERM. All of
 * these: process context.
 */
int mprox_handle_may_control(const struct mprox_handle *handle);

long mprox_handle_ioctl(struct mprox_handle *handle, unsigned int cmd,
			unsigned long arg);
/* SET_CONFIG, of the struct mutex_proxy_config at user address @arg. */
long mprox_handle_set_config(struct mprox_handle *handle, unsigned long arg);

/* What has come of connections and alerts before now is no news any more. */
void mprox_handle_has_read(struct mprox_handle *handle);

/* STATISTICS, of the struct at user address @arg: of @ctx, or, if that is NULL, of @net. */
long mprox_statistics_call(struct mprox_ctx *ctx, const struct net *net,
			   unsigned long arg);

#endif
