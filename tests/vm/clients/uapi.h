/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the C clients share that try the kernel's interface itself. */
#ifndef MUTEX_TESTS_UAPI_H
#define MUTEX_TESTS_UAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/mutex_proxy.h>

#define DEVICE		"/dev/mprox"
#define KERNEL_PAGE	4096
#define STATE_MAX	8192
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* All that a policy points at, so that each part can be spoilt by itself. */
struct request {
	struct mutex_proxy_config config;
	struct mutex_proxy_scope scope;
	struct mutex_proxy_join join;
	struct mutex_proxy_alerts alerts;
	struct mutex_proxy_bind bind;
	struct mutex_proxy_policy policy;
	struct mutex_proxy_server servers[2];
	struct mutex_proxy_rule rules[2];
	struct mutex_proxy_exempt exempt[2];
	struct mutex_proxy_dns dns;
	struct mutex_proxy_dns_rule names[2];
};

_Noreturn void die(const char *what);

/* The result of the call, or the negative errno. */
long ctx_call(int fd, unsigned long cmd, unsigned long arg);
long ctx_give(int fd, unsigned long cmd, const void *arg);
/* A new context; what cannot be made ends the program. */
int ctx_new(unsigned int flags);
/* All that is to be seen of the context, as text. */
void ctx_state(int fd, char state[STATE_MAX]);

void put_address(uint8_t to[16], uint16_t *family, const char *text);
/* A request with nothing wrong; its policy points into it. */
void request_init(struct request *r, const char *proxy, unsigned int port);
/* Behind a copy: the policy points at what was copied with it. */
void request_link(struct request *r);

/* The end of @pages that can be written; the next octet cannot be touched. */
char *edge_new(size_t pages);

/* 0, or the errno's name. */
const char *said(long result);
/* Counts; prints what is not as it should be. */
bool expect(long got, long want, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* How many were tried since it was last asked, under this heading. */
void section(const char *what);
/* uapi_bits.c: each bit of a good request, one at a time. */
void uapi_bits(void (*check)(unsigned long cmd, const void *arg, long want,
			     const char *what, const char *detail,
			     unsigned long number));
/* The exit status: whether all were as they should be. */
int verdict(void);

#endif
