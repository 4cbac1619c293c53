// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "socks4.h"

#define SOCKS4_VERSION		4
#define SOCKS4_CMD_CONNECT	1
#define SOCKS4_CMD_BIND		2
#define SOCKS4_REPLY_LEN	8	/* VN, CD, DSTPORT, DSTIP */

/* The CD octet of a reply. */
enum {
	SOCKS4_GRANTED		= 90,
	SOCKS4_FAILED		= 91,	/* rejected, or failed */
	SOCKS4_NO_IDENTD	= 92,	/* our identd cannot be asked */
	SOCKS4_OTHER_IDENT	= 93,	/* and says another user */
};

static bool means_name(const u8 *addr)
{
	return !addr[0] && !addr[1] && !addr[2] && addr[3];
}

bool mprox_socks4_request(struct mprox_writer *w, const struct mprox_target *to,
			  const struct mprox_cred *cred, bool bind)
{
	/* 4A: an address that no host has says that a name follows. */
	static const u8 is_named[4] = { 0, 0, 0, 1 };
	const u8 head[] = { SOCKS4_VERSION,
			    bind ? SOCKS4_CMD_BIND : SOCKS4_CMD_CONNECT,
			    to->port >> 8, to->port & 0xff };

	if (!to->name_len && (to->is_ipv6 || means_name(to->addr)))
		return false;
	if (cred && cred->user_len && memchr(cred->user, 0, cred->user_len))
		return false;
	mprox_put(w, head, sizeof(head));
	mprox_put(w, to->name_len ? is_named : to->addr, 4);
	if (cred)
		mprox_put(w, cred->user, cred->user_len);
	mprox_put_u8(w, 0);
	if (to->name_len) {
		mprox_put(w, to->name, to->name_len);
		mprox_put_u8(w, 0);
	}
	return true;
}

/*
 * 91 may be a rule or a closed port; SOCKS4 does not say. Most of the time it is
 * the port, and asking all servers for one that is closed would help nobody.
 */
static enum mprox_step socks4_judge(struct mprox_socks4 *s)
{
	switch (s->in[1]) {
	case SOCKS4_GRANTED:
		return MPROX_STEP_DONE;
	case SOCKS4_FAILED:
		s->refusal = MPROX_REFUSAL_FAILED;
		s->err = ECONNREFUSED;
		s->blame = MPROX_BLAME_DESTINATION;
		return MPROX_STEP_REFUSED;
	default:
		s->refusal = MPROX_REFUSAL_IDENT;
		s->err = EHOSTUNREACH;
		s->blame = MPROX_BLAME_SERVER;
		return MPROX_STEP_REFUSED;
	}
}

/* VN is 0; some servers repeat the 4 of the request. */
enum mprox_step mprox_socks4_on_reply(struct mprox_socks4 *s, u8 octet)
{
	s->in[s->have++] = octet;
	switch (s->have) {
	case 1:
		return !octet || octet == SOCKS4_VERSION ? MPROX_STEP_MORE :
							   MPROX_STEP_MALFORMED;
	case 2:
		if (octet < SOCKS4_GRANTED || octet > SOCKS4_OTHER_IDENT)
			return MPROX_STEP_MALFORMED;
		return octet == SOCKS4_GRANTED ? MPROX_STEP_MORE : socks4_judge(s);
	case SOCKS4_REPLY_LEN:
		return socks4_judge(s);
	default:
		return MPROX_STEP_MORE;
	}
}

void mprox_socks4_bound(const struct mprox_socks4 *s, struct mprox_bound *bound)
{
	memset(bound, 0, sizeof(*bound));
	bound->version = 4;
	bound->port = s->in[2] << 8 | s->in[3];
	memcpy(bound->addr, s->in + 4, 4);
}
