// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "socks5.h"
#include "socks5_udp.h"

/* RFC 1928, 7: RSV (two octets), FRAG, ATYP; then the address, and the port. */
#define FRAG_AT		2
#define ATYP_AT		3
#define HEAD_LEN	4
#define PORT_LEN	2

size_t mprox_socks5_udp_header_len(const struct mprox_target *dst)
{
	size_t n = dst->name_len ? 1 + dst->name_len : dst->is_ipv6 ? 16 : 4;

	return HEAD_LEN + n + PORT_LEN;
}

size_t mprox_socks5_udp_header(u8 *to, size_t size,
			       const struct mprox_target *dst)
{
	/* FRAG 0: it stands alone. */
	static const u8 head[ATYP_AT] = { 0, 0, 0 };
	struct mprox_writer w = { to, size, 0 };

	if (mprox_socks5_udp_header_len(dst) > size)
		return 0;
	mprox_put(&w, head, sizeof(head));
	mprox_socks5_put_address(&w, dst);
	return w.len;
}

/* Octets of an address that begins with @first; 0: there is no such kind. */
static size_t addr_len(u8 atyp, u8 first)
{
	switch (atyp) {
	case MPROX_SOCKS5_ATYP_IPV4:
		return 4;
	case MPROX_SOCKS5_ATYP_IPV6:
		return 16;
	case MPROX_SOCKS5_ATYP_NAME:
		/* An empty name names nobody. */
		return first ? 1 + first : 0;
	default:
		return 0;
	}
}

int mprox_socks5_udp_parse(const u8 *data, size_t len,
			   struct mprox_udp_from *from)
{
	const u8 *addr;
	size_t n;

	memset(from, 0, sizeof(*from));
	/* With an octet of the address, as that may be a name's length. */
	if (len <= HEAD_LEN)
		return -EINVAL;
	if (data[FRAG_AT])
		return -EMSGSIZE;
	addr = data + HEAD_LEN;
	n = addr_len(data[ATYP_AT], *addr);
	if (!n || len < HEAD_LEN + n + PORT_LEN)
		return -EINVAL;
	if (data[ATYP_AT] == MPROX_SOCKS5_ATYP_NAME) {
		from->name = addr + 1;
		from->name_len = n - 1;
	} else {
		from->at.version = n == 16 ? 6 : 4;
		memcpy(from->at.addr, addr, n);
	}
	from->at.port = addr[n] << 8 | addr[n + 1];
	return HEAD_LEN + n + PORT_LEN;
}
