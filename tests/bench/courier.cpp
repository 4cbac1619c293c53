// SPDX-License-Identifier: GPL-2.0-or-later
#include "courier.h"

#include <sys/time.h>
#include <sys/uio.h>

namespace bench {

Courier::Courier(const Goal &goal)
{
	timeval moment{0, 200000};
	Endpoint to = goal.to;

	if (goal.socks) {
		mprox_target target = goal.to.target();

		control_ = associate(goal, &to);
		if (!control_)
			die("no relay");
		header_len_ = mprox_socks5_udp_header(header_, sizeof(header_),
						      &target);
	}
	fd_ = Fd(socket(to.addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	if (!fd_ || connect(fd_.get(), to.sa(), to.len))
		die("connect");
	setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof(moment));
}

bool Courier::send()
{
	iovec parts[] = {{header_, header_len_},
			 {payload_.data(), payload_.size()}};
	msghdr message{};

	if (!header_len_)
		return ::send(fd_.get(), payload_.data(), payload_.size(), 0) >= 0;
	message.msg_iov = parts;
	message.msg_iovlen = 2;
	return sendmsg(fd_.get(), &message, 0) >= 0;
}

ssize_t Courier::receive()
{
	ssize_t got = recv(fd_.get(), buffer_, sizeof(buffer_), 0);
	mprox_udp_from from;
	int header = 0;

	if (got >= 0 && header_len_)
		header = mprox_socks5_udp_parse(
			reinterpret_cast<uint8_t *>(buffer_), got, &from);
	if (got < 0 || header < 0)
		return -1;
	data_ = buffer_ + header;
	return got - header;
}

} // namespace bench
