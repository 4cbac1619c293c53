// SPDX-License-Identifier: GPL-2.0
#include "tcp/count.h"

#include <net/tcp.h>

/* A reader may come while the connection is closing: never below zero. */
static u64 less(u64 sum, u64 part)
{
	return sum > part ? sum - part : 0;
}

/* What is sent again is counted once, and the octet of the peer's FIN is none. */
void mprox_counters_of(struct mprox_counters *of, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	bool fin = READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN &&
		   sock_flag(sk, SOCK_DONE);

	of->bytes_sent = less(READ_ONCE(tp->bytes_sent),
			      READ_ONCE(tp->bytes_retrans));
	of->bytes_received = less(READ_ONCE(tp->bytes_received), fin);
	of->packets_sent = READ_ONCE(tp->segs_out);
	of->packets_received = READ_ONCE(tp->segs_in);
}
