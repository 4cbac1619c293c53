// SPDX-License-Identifier: GPL-2.0
#include "policy/proxy_user.h"

#include <linux/ctype.h>
#include <linux/inetdevice.h>
#include <linux/string.h>
#include "proto/talk.h"
#include "report/warn.h"
#include "stack/hash.h"

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

/* What is wrong with a struct; @field NULL: nothing that has been looked at. */
struct flaw {
	const char *field;
	u64 value;
};

#define FLAW(_us, _field)	((struct flaw){ #_field, (_us)->_field })
#define FLAW_UNTOLD(_field)	((struct flaw){ #_field, MPROX_UNTOLD })
#define NO_FLAW			((struct flaw){})

static struct flaw flaw_of_login(const struct mutex_proxy_server *us)
{
	if (us->auth && !us->user_len && !us->pass_len)
		return FLAW(us, auth);
	switch (us->type) {
	case MUTEX_PROXY_TYPE_SOCKS4:
		if (us->auth)
			return FLAW(us, auth);
		if (us->pass_len)
			return FLAW(us, pass_len);
		if (memchr(us->user, 0, us->user_len))
			return FLAW_UNTOLD(user);
		break;
	case MUTEX_PROXY_TYPE_HTTP:
		if (us->auth != MUTEX_PROXY_AUTH_AUTO &&
		    us->auth != MUTEX_PROXY_AUTH_DIGEST)
			return FLAW(us, auth);
		if (memchr(us->user, ':', us->user_len) ||
		    has_control(us->user, us->user_len))
			return FLAW_UNTOLD(user);
		break;
	default:
		if (us->auth > MUTEX_PROXY_AUTH_OPTIONAL)
			return FLAW(us, auth);
		if (!us->user_len != !us->pass_len)
			return FLAW_UNTOLD(pass_len);
	}
	return NO_FLAW;
}

/* Is there something behind the octets that are said to be there? */
static struct flaw flaw_of_tails(const struct mutex_proxy_server *us)
{
	if (memchr_inv(us->user + us->user_len, 0,
		       sizeof(us->user) - us->user_len))
		return FLAW_UNTOLD(user);
	if (memchr_inv(us->pass + us->pass_len, 0,
		       sizeof(us->pass) - us->pass_len))
		return FLAW_UNTOLD(pass);
	if (memchr_inv(us->name + us->name_len, 0,
		       sizeof(us->name) - us->name_len))
		return FLAW_UNTOLD(name);
	if (memchr_inv(us->headers + us->headers_len, 0,
		       sizeof(us->headers) - us->headers_len))
		return FLAW_UNTOLD(headers);
	return NO_FLAW;
}

/* Whatever holds for a server's first proxy and for the hops behind it. */
static struct flaw flaw_of_proxy(const struct mutex_proxy_server *us)
{
	struct flaw flaw;

	if (memchr_inv(us->reserved, 0, sizeof(us->reserved)))
		return FLAW_UNTOLD(reserved);
	if (!us->port)
		return FLAW(us, port);
	flaw = flaw_of_login(us);
	if (flaw.field)
		return flaw;
	if (us->headers_len > (us->type == MUTEX_PROXY_TYPE_HTTP ?
			       sizeof(us->headers) : 0))
		return FLAW(us, headers_len);
	if (!valid_headers(us->headers, us->headers_len))
		return FLAW_UNTOLD(headers);
	return flaw_of_tails(us);
}

static struct flaw flaw_of_hop(const struct mutex_proxy_server *us)
{
	if (us->flags != MUTEX_PROXY_SERVER_HOP)
		return FLAW(us, flags);
	if (us->weight)
		return FLAW(us, weight);
	if (us->tries)
		return FLAW(us, tries);
	if (us->attempt_ms)
		return FLAW(us, attempt_ms);
	if (us->scope_id)
		return FLAW(us, scope_id);
	if (!us->name_len)
		return mprox_is_host_address(us->family, (void *)us->addr) ?
		       NO_FLAW : FLAW_UNTOLD(addr);
	if (us->family)
		return FLAW(us, family);
	if (memchr_inv(us->addr, 0, sizeof(us->addr)))
		return FLAW_UNTOLD(addr);
	return valid_name(us->name, us->name_len) ? NO_FLAW : FLAW_UNTOLD(name);
}

static struct flaw flaw_of_place(const struct mutex_proxy_server *us)
{
	const struct in6_addr *addr = (const struct in6_addr *)us->addr;
	bool linklocal = us->family == AF_INET6 &&
			 ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL;

	if (us->flags & MUTEX_PROXY_SERVER_HOP)
		return flaw_of_hop(us);
	if (us->flags)
		return FLAW(us, flags);
	if (us->name_len)
		return FLAW(us, name_len);
	if (us->weight > WEIGHT_MAX)
		return FLAW(us, weight);
	if (us->tries > TRIES_MAX)
		return FLAW(us, tries);
	if (us->attempt_ms && (us->attempt_ms < MPROX_MS_MIN ||
			       us->attempt_ms > MPROX_MS_MAX))
		return FLAW(us, attempt_ms);
	if (us->family != AF_INET && us->family != AF_INET6)
		return FLAW(us, family);
	if (!mprox_is_host_address(us->family, addr))
		return FLAW_UNTOLD(addr);
	return linklocal == !!us->scope_id ? NO_FLAW : FLAW(us, scope_id);
}

static void copy_proxy(struct mprox_proxy *p, const struct mutex_proxy_server *us)
{
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
}

int mprox_proxy_import(struct mprox_proxy *p,
		       const struct mutex_proxy_server *us, u32 i)
{
	int protocol = protocol_of(us->type);
	struct flaw flaw;

	if (protocol == -EINVAL)
		return mprox_refuse_in("servers", i, "type", us->type);
	flaw = flaw_of_proxy(us);
	if (!flaw.field)
		flaw = flaw_of_place(us);
	if (flaw.field)
		return mprox_refuse_in("servers", i, flaw.field, flaw.value);
	if (protocol < 0)
		return mprox_refuse(protocol, "servers[%u].type is TLS, which is not spoken",
				    i);
	if (us->auth == MUTEX_PROXY_AUTH_DIGEST && !mprox_hash_has(MPROX_MD5))
		return mprox_refuse(-EOPNOTSUPP,
				    "servers[%u].auth is Digest, and there is no MD5",
				    i);
	p->protocol = protocol;
	copy_proxy(p, us);
	return 0;
}

int mprox_proxy_from_config(struct mprox_proxy *s,
			    const struct mutex_proxy_config *uc)
{
	const struct in6_addr *addr = (const struct in6_addr *)uc->proxy_addr;
	int protocol;

	if (uc->version != MUTEX_PROXY_CONFIG_VERSION)
		return mprox_refuse_field("version", uc->version);
	if (uc->flags)
		return mprox_refuse_field("flags", uc->flags);
	if (memchr_inv(uc->reserved, 0, sizeof(uc->reserved)))
		return mprox_refuse_field("reserved", MPROX_UNTOLD);
	if (!uc->proxy_port || uc->proxy_port > U16_MAX)
		return mprox_refuse_field("proxy_port", uc->proxy_port);
	s->addr.port = htons(uc->proxy_port);
	if (ipv6_addr_v4mapped(addr)) {
		s->addr.family = AF_INET;
		s->addr.addr.s6_addr32[0] = addr->s6_addr32[3];
	} else {
		s->addr.family = AF_INET6;
		s->addr.addr = *addr;
		/* Has no room for an interface: take the policy for that. */
		if (ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL)
			return mprox_refuse_field("proxy_addr", MPROX_UNTOLD);
	}
	if (!mprox_is_host_address(s->addr.family, &s->addr.addr))
		return mprox_refuse_field("proxy_addr", MPROX_UNTOLD);
	protocol = protocol_of(uc->proxy_type);
	if (protocol < 0)
		return mprox_refuse(protocol, "proxy_type %u is not spoken",
				    uc->proxy_type);
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

/* The element of @old that @us names, or NULL. */
static const struct mprox_proxy *find_heir(const struct mutex_proxy_server *us,
					   const struct mprox_policy *old)
{
	const struct mprox_proxy *p;

	if (!old || us->secrets_of > old->nr_proxies)
		return NULL;
	p = &old->proxies[us->secrets_of - 1];
	/* No password goes to another proxy than the one that it was given for. */
	return mprox_proxy_type(p) == us->type && p->addr.family == us->family &&
	       ntohs(p->addr.port) == us->port && p->scope_id == us->scope_id &&
	       !memcmp(&p->addr.addr, us->addr, sizeof(us->addr)) &&
	       p->name_len == us->name_len && !memcmp(p->name, us->name, p->name_len) ?
		p : NULL;
}

int mprox_proxy_inherit(struct mutex_proxy_server *us, u32 i,
			const struct mprox_policy *old)
{
	const struct mprox_proxy *p = find_heir(us, old);

	if (!p || us->user_len || us->pass_len || us->headers_len)
		return mprox_refuse_in("servers", i, "secrets_of", us->secrets_of);
	us->user_len = p->user_len;
	us->pass_len = p->pass_len;
	us->headers_len = p->headers_len;
	memcpy(us->user, p->user, p->user_len);
	memcpy(us->pass, p->pass, p->pass_len);
	memcpy(us->headers, p->headers, p->headers_len);
	return 0;
}

void mprox_proxy_export(const struct mprox_server *server, u32 hop, u32 i,
			struct mutex_proxy_server *us)
{
	const struct mprox_proxy *p = &server->hops[hop];

	memset(us, 0, sizeof(*us));
	us->type = mprox_proxy_type(p);
	us->family = p->addr.family;
	us->port = ntohs(p->addr.port);
	us->scope_id = p->scope_id;
	memcpy(us->addr, &p->addr.addr, sizeof(us->addr));
	us->auth = p->auth;
	us->name_len = p->name_len;
	memcpy(us->name, p->name, p->name_len);
	if (p->user_len || p->pass_len || p->headers_len)
		us->secrets_of = i + 1;
	if (hop) {
		us->flags = MUTEX_PROXY_SERVER_HOP;
		return;
	}
	us->weight = server->weight;
	us->tries = server->tries;
	us->attempt_ms = server->attempt_ms;
}
