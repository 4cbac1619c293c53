// SPDX-License-Identifier: GPL-2.0
#include "proxy_user.h"

#include <linux/ctype.h>
#include <linux/inetdevice.h>
#include <linux/string.h>
#include "hash.h"
#include "proto/talk.h"

#define WEIGHT_MAX		1000
#define TRIES_MAX		10

bool mprox_is_host_address(u16 family, const struct in6_addr *addr)
{
	if (family == AF_INET6)
		return !ipv6_addr_any(addr) && !ipv6_addr_is_multicast(addr) &&
		       !ipv6_addr_v4mapped(addr);
	return family == AF_INET &&
	       !ipv4_is_zeronet(addr->s6_addr32[0]) &&
	       !ipv4_is_multicast(addr->s6_addr32[0]) &&
	       !ipv4_is_lbcast(addr->s6_addr32[0]) &&
	       !memchr_inv(&addr->s6_addr32[1], 0, 12);
}

/* The enum mprox_protocol of a MUTEX_PROXY_TYPE_*, or a negative errno. */
static int protocol_of(u32 type)
{
	switch (type) {
	case MUTEX_PROXY_TYPE_SOCKS5:
		return MPROX_PROTO_SOCKS5;
	case MUTEX_PROXY_TYPE_HTTP:
		return MPROX_PROTO_HTTP;
	case MUTEX_PROXY_TYPE_SOCKS4:
		return MPROX_PROTO_SOCKS4;
	case MUTEX_PROXY_TYPE_HTTPS:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

static bool valid_name(const u8 *name, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (!isalnum(name[i]) && !strchr("-_.", name[i]))
			return false;
	return true;
}

/* Lines that cannot end the head: no control octets but each one's CRLF. */
static bool valid_headers(const u8 *headers, u32 len)
{
	bool in_line = false;
	u32 i;

	for (i = 0; i < len; i++) {
		bool is_end = headers[i] == '\r';

		if (is_end && (!in_line || ++i == len || headers[i] != '\n'))
			return false;
		if (!is_end && headers[i] < ' ' && headers[i] != '\t')
			return false;
		in_line = !is_end;
	}
	return !in_line;
}

static bool has_control(const u8 *text, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] == 0x7f)
			return true;
	return false;
}

static bool valid_login(const struct mutex_proxy_server *us)
{
	bool cred = us->user_len || us->pass_len;

	if (us->auth && !cred)
		return false;
	switch (us->type) {
	case MUTEX_PROXY_TYPE_SOCKS4:
		return !us->auth && !us->pass_len &&
		       !memchr(us->user, 0, us->user_len);
	case MUTEX_PROXY_TYPE_HTTP:
		return (us->auth == MUTEX_PROXY_AUTH_AUTO ||
			us->auth == MUTEX_PROXY_AUTH_DIGEST) &&
		       !memchr(us->user, ':', us->user_len) &&
		       !has_control(us->user, us->user_len);
	default:
		return us->auth <= MUTEX_PROXY_AUTH_OPTIONAL &&
		       !us->user_len == !us->pass_len;
	}
}

/* Whatever holds for a server's first proxy and for the hops behind it. */
static bool valid_proxy(const struct mutex_proxy_server *us)
{
	return !memchr_inv(us->reserved, 0, sizeof(us->reserved)) &&
	       !memchr_inv(us->reserved2, 0, sizeof(us->reserved2)) &&
	       us->port && valid_login(us) &&
	       us->headers_len <= (us->type == MUTEX_PROXY_TYPE_HTTP ?
				   sizeof(us->headers) : 0) &&
	       valid_headers(us->headers, us->headers_len) &&
	       !memchr_inv(us->user + us->user_len, 0,
			   sizeof(us->user) - us->user_len) &&
	       !memchr_inv(us->pass + us->pass_len, 0,
			   sizeof(us->pass) - us->pass_len) &&
	       !memchr_inv(us->name + us->name_len, 0,
			   sizeof(us->name) - us->name_len) &&
	       !memchr_inv(us->headers + us->headers_len, 0,
			   sizeof(us->headers) - us->headers_len);
}

static bool valid_place(const struct mutex_proxy_server *us)
{
	const struct in6_addr *addr = (const struct in6_addr *)us->addr;
	bool linklocal = us->family == AF_INET6 &&
			 ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL;

	if (!(us->flags & MUTEX_PROXY_SERVER_HOP))
		return !us->flags && !us->name_len &&
		       us->weight <= WEIGHT_MAX && us->tries <= TRIES_MAX &&
		       (!us->attempt_ms || (us->attempt_ms >= MPROX_MS_MIN &&
					    us->attempt_ms <= MPROX_MS_MAX)) &&
		       mprox_is_host_address(us->family, addr) &&
		       linklocal == !!us->scope_id;
	if (us->flags != MUTEX_PROXY_SERVER_HOP || us->weight || us->tries ||
	    us->attempt_ms || us->scope_id)
		return false;
	if (us->name_len)
		return !us->family && !memchr_inv(us->addr, 0, 16) &&
		       valid_name(us->name, us->name_len);
	return mprox_is_host_address(us->family, addr);
}

int mprox_proxy_import(struct mprox_proxy *p,
		       const struct mutex_proxy_server *us)
{
	int protocol = protocol_of(us->type);

	if (protocol == -EINVAL || !valid_proxy(us) || !valid_place(us))
		return -EINVAL;
	if (protocol < 0)
		return protocol;
	if (us->auth == MUTEX_PROXY_AUTH_DIGEST && !mprox_hash_has(MPROX_MD5))
		return -EOPNOTSUPP;
	p->protocol = protocol;
	p->auth = us->auth;
	p->addr.family = us->family;
	p->addr.port = htons(us->port);
	memcpy(&p->addr.addr, us->addr, sizeof(p->addr.addr));
	p->scope_id = us->scope_id;
	p->user_len = us->user_len;
	p->pass_len = us->pass_len;
	p->name_len = us->name_len;
	p->headers_len = us->headers_len;
	memcpy(p->user, us->user, us->user_len);
	memcpy(p->pass, us->pass, us->pass_len);
	memcpy(p->name, us->name, us->name_len);
	memcpy(p->headers, us->headers, us->headers_len);
	return 0;
}

int mprox_proxy_from_config(struct mprox_proxy *s,
			    const struct mutex_proxy_config *uc)
{
	const struct in6_addr *addr = (const struct in6_addr *)uc->proxy_addr;
	int protocol;

	if (uc->version != MUTEX_PROXY_CONFIG_VERSION || uc->flags ||
	    memchr_inv(uc->reserved, 0, sizeof(uc->reserved)) ||
	    !uc->proxy_port || uc->proxy_port > U16_MAX)
		return -EINVAL;
	s->addr.port = htons(uc->proxy_port);
	if (ipv6_addr_v4mapped(addr)) {
		s->addr.family = AF_INET;
		s->addr.addr.s6_addr32[0] = addr->s6_addr32[3];
	} else {
		s->addr.family = AF_INET6;
		s->addr.addr = *addr;
		/* Has no room for an interface: take the policy for that. */
		if (ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL)
			return -EINVAL;
	}
	if (!mprox_is_host_address(s->addr.family, &s->addr.addr))
		return -EINVAL;
	protocol = protocol_of(uc->proxy_type);
	if (protocol < 0)
		return protocol;
	s->protocol = protocol;
	return 0;
}

u32 mprox_proxy_type(const struct mprox_proxy *p)
{
	switch (p->protocol) {
	case MPROX_PROTO_HTTP:
		return MUTEX_PROXY_TYPE_HTTP;
	case MPROX_PROTO_SOCKS4:
		return MUTEX_PROXY_TYPE_SOCKS4;
	default:
		return MUTEX_PROXY_TYPE_SOCKS5;
	}
}
