/* SPDX-License-Identifier: GPL-2.0 */
/* How a connect() is told what has become of it. */
#ifndef MPROX_SOCKET_ERROR_H
#define MPROX_SOCKET_ERROR_H

#include <net/tcp.h>

/* Is the socket still in the connect() whose initial sequence number is @isn? */
static inline bool mprox_is_connecting(const struct sock *sk, u32 isn)
{
	return READ_ONCE(sk->sk_state) == TCP_SYN_SENT &&
	       READ_ONCE(tcp_sk(sk)->snd_una) == isn;
}

/*
 * The connect() fails with @error (negative), as tcp_abort() does it. Process context,
 * the socket locked.
 */
void mprox_socket_fail(struct sock *sk, int error);

/*
 * The same from a work, if it is still the connect() of @isn by then. False: no memory.
 * Any context.
 */
bool mprox_socket_error_later(struct sock *sk, u32 isn, int error);

#endif
