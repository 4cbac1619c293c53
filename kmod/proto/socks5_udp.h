/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The datagrams between us and the relay of a SOCKS5 association: RFC 1928, 7.
 * Each has a header before the program's data: who it is for, on the way to the
 * relay, and who sent it, on the way back. No datagram knows of another one.
 */
#ifndef MPROX_SOCKS5_UDP_H
#define MPROX_SOCKS5_UDP_H

#include "proto.h"

/* RSV, FRAG, ATYP, DST.ADDR (a name's length, and a name), DST.PORT. */
#define MPROX_SOCKS5_UDP_HEADER_MAX	(2 + 1 + 1 + 1 + 255 + 2)

/**
 * struct mprox_udp_from - who sent what the relay passes on
 * @at:		the address; version 0: none, but @name. The port is there in
 *		either case
 * @name_len:	octets of @name, 1 to 255; 0: it is an address
 * @name:	points into the datagram and lives as long; not NUL-terminated.
 *		It is what the relay wrote: any octets, in any case
 */
struct mprox_udp_from {
	struct mprox_bound at;
	u8 name_len;
	const u8 *name;
};

/**
 * mprox_socks5_udp_header_len - how much longer a datagram becomes
 * @dst:	who it is for
 *
 * Returns octets, at most MPROX_SOCKS5_UDP_HEADER_MAX. Any context.
 */
size_t mprox_socks5_udp_header_len(const struct mprox_target *dst);

/**
 * mprox_socks5_udp_header - write the header of a datagram, which is whole
 * @to:		where to
 * @size:	octets at @to
 * @dst:	who the datagram is for
 *
 * Returns the header's length, or 0: no room, and nothing is written. Any
 * context.
 */
size_t mprox_socks5_udp_header(u8 *to, size_t size,
			       const struct mprox_target *dst);

/**
 * mprox_socks5_udp_parse - read the header of a datagram
 * @data:	the datagram, as the relay sent it. Its beginning will do:
 *		MPROX_SOCKS5_UDP_HEADER_MAX octets, or all if there are fewer
 * @len:	octets of @data
 * @from:	who sent it; holds nothing unless the result is positive
 *
 * Returns the header's length, 8 to MPROX_SOCKS5_UDP_HEADER_MAX but never more
 * than @len: the program's data, which may be empty, begins there. -EMSGSIZE: a
 * fragment; whoever does not put them together must drop them. -EINVAL: not such
 * a header, or not all of it. RSV may be anything. Any context.
 */
int mprox_socks5_udp_parse(const u8 *data, size_t len,
			   struct mprox_udp_from *from);

#endif
