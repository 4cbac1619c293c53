/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What perf and bpftrace can see of the module: mprox:*. The socket's address (skaddr)
 * is the kernel's own, as in sock:inet_sock_set_state, and joins the events of one
 * connection.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mprox

#if !defined(MPROX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MPROX_TRACE_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tracepoint.h>
#include "stack/connect.h"

/* A server and a connection; @number: of the attempts for it; @err: negative errno. */
DECLARE_EVENT_CLASS(mprox_connection,
	TP_PROTO(u32 ctx, const void *sk, const struct mprox_addr *asked,
		 const struct mprox_addr *server, unsigned int number, int err),
	TP_ARGS(ctx, sk, asked, server, number, err),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__field(u32, ctx)
		__field(u32, number)
		__field(int, err)
		__array(__u8, asked, sizeof(struct sockaddr_in6))
		__array(__u8, server, sizeof(struct sockaddr_in6))
	),
	TP_fast_assign(
		__entry->skaddr = sk;
		__entry->ctx = ctx;
		__entry->number = number;
		__entry->err = err;
		mprox_sockaddr(__entry->asked, asked->family, asked, 0);
		mprox_sockaddr(__entry->server, server->family, server, 0);
	),
	TP_printk("skaddr=%p ctx=%u asked=%pISpc server=%pISpc number=%u err=%d",
		  __entry->skaddr, __entry->ctx, __entry->asked,
		  __entry->server, __entry->number, __entry->err)
);

/* The server is chosen; @err: of the attempt before, or 0. */
DEFINE_EVENT(mprox_connection, mprox_attempt,
	TP_PROTO(u32 ctx, const void *sk, const struct mprox_addr *asked,
		 const struct mprox_addr *server, unsigned int number, int err),
	TP_ARGS(ctx, sk, asked, server, number, err)
);

/* The handshake is over; @err: 0, the way is up, or what connect() fails with. */
DEFINE_EVENT(mprox_connection, mprox_end,
	TP_PROTO(u32 ctx, const void *sk, const struct mprox_addr *asked,
		 const struct mprox_addr *server, unsigned int number, int err),
	TP_ARGS(ctx, sk, asked, server, number, err)
);

/* The socket has the server's address; @err: or why it has not (negative errno). */
TRACE_EVENT(mprox_aimed,
	TP_PROTO(u32 ctx, const void *sk, const struct mprox_addr *server, int err),
	TP_ARGS(ctx, sk, server, err),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__field(u32, ctx)
		__field(int, err)
		__array(__u8, server, sizeof(struct sockaddr_in6))
	),
	TP_fast_assign(
		__entry->skaddr = sk;
		__entry->ctx = ctx;
		__entry->err = err;
		mprox_sockaddr(__entry->server, server->family, server, 0);
	),
	TP_printk("skaddr=%p ctx=%u server=%pISpc err=%d", __entry->skaddr,
		  __entry->ctx, __entry->server, __entry->err)
);

/* Something of the scope is not let out; @kind: enum mprox_refused. */
TRACE_EVENT(mprox_refused,
	TP_PROTO(u32 ctx, unsigned int kind),
	TP_ARGS(ctx, kind),
	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, kind)
	),
	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->kind = kind;
	),
	TP_printk("ctx=%u kind=%s", __entry->ctx,
		  __print_symbolic(__entry->kind, { 0, "tcp" }, { 1, "udp" },
				   { 2, "icmp" }, { 3, "raw" }, { 4, "other" }))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH report
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
