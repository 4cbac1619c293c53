// SPDX-License-Identifier: GPL-2.0-or-later
// The far end: speaks the server's side of SOCKS5 (with a password, if one is
// offered; again for itself, as a chain) or of HTTP CONNECT (with a Digest
// challenge, if nothing is offered) and then is itself the source or the sink, so
// that no relay hides what the way to it costs. On the ports of enum Role it does
// the same without SOCKS.
#include <csignal>
#include <cstdio>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include "mirror.h"

namespace bench {
namespace {

constexpr size_t kBuffer = 256 * 1024;
constexpr int kTurns = 8;	// reads or writes before others get their turn

struct Options {
	std::vector<std::string> addresses{"0.0.0.0"};
	uint16_t socks_port = 1080;
	uint16_t datagram_port = kSink;
	std::string user, password;
};

// The server's side of the handshake: all that was said stays in text, and
// each message is taken off its front.
class Handshake {
public:
	enum Result { kMore, kOpen, kBroken };

	explicit Handshake(const Options &options) : options_(options) {}

	Result feed(int fd, const char *data, size_t len)
	{
		text_.append(data, len);
		if (at(0) == 'C')
			return http(fd);
		for (;;) {
			size_t need = state_ == kMethods ? methods()
				      : state_ == kPassword ? password()
							    : request();
			if (!need || text_.size() < need)
				return text_.size() > 600 ? kBroken : kMore;
			if (!answer(fd))
				return kBroken;
			text_.erase(0, need);
			if (state_ == kRequest && role_)
				return kOpen;
			state_ = next();
		}
	}

	uint16_t role() const { return role_; }
	size_t rest() const { return text_.size(); }

private:
	enum State { kMethods, kPassword, kRequest };

	uint8_t at(size_t i) const { return text_[i]; }
	// Who offers a password and nothing else is asked for it.
	bool guarded() const
	{
		return text_.substr(2, at(1)).find('\0') == std::string::npos;
	}
	State next() const
	{
		return state_ == kRequest		 ? kMethods
		       : state_ == kMethods && guarded_ ? kPassword
							 : kRequest;
	}

	Result http(int fd)
	{
		size_t end = text_.find("\r\n\r\n");

		if (end == text_.npos)
			return text_.size() > 4096 ? kBroken : kMore;
		if (text_.find("\r\nProxy-Authorization: ") > end) {
			say(fd, "HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n"
				"Proxy-Authenticate: Digest realm=\"bench\", "
				"nonce=\"n\", qop=\"auth\"\r\n\r\n");
			return kBroken;
		}
		role_ = atoi(text_.c_str() + text_.find(':') + 1);
		text_.erase(0, end + 4);
		return say(fd, std::string("HTTP/1.1 200 OK\r\n\r\n") +
				       (role_ == kGreet ? "!" : ""))
			       ? kOpen
			       : kBroken;
	}

	// How long the message is; 0 while that is not known.
	size_t methods() const { return text_.size() < 2 ? 0 : 2 + at(1); }
	size_t password() const
	{
		if (text_.size() < 2)
			return 0;
		size_t user = at(1);
		return text_.size() < 3 + user ? 0 : 3 + user + at(2 + user);
	}
	size_t request() const
	{
		if (text_.size() < 5)
			return 0;
		return 6 + (at(3) == 1 ? 4 : at(3) == 4 ? 16 : 1 + at(4));
	}

	bool answer(int fd)
	{
		switch (state_) {
		case kMethods:
			guarded_ = guarded();
			return at(0) == 5 &&
			       say(fd, guarded_ ? "\5\2" : std::string("\5\0", 2));
		case kPassword:
			return at(0) == 1 && right() &&
			       say(fd, std::string("\1\0", 2));
		default:
			return at(0) == 5 &&
			       (at(1) == 3 ? relay(fd)
					   : at(1) == 1 && open(fd));
		}
	}

	bool right() const
	{
		return options_.user.empty() ||
		       (text_.substr(2, at(1)) == options_.user &&
			text_.substr(3 + at(1), at(2 + at(1))) ==
				options_.password);
	}

	bool open(int fd)
	{
		size_t end = request();
		std::string reply("\5\0\0\1\0\0\0\0\0\0", 10);

		role_ = at(end - 2) << 8 | at(end - 1);
		if (role_ == options_.socks_port)
			role_ = 0;
		if (role_ == kGreet)
			reply += '!';
		return say(fd, reply);
	}

	// The relay is there; the connection only has to stay.
	bool relay(int fd)
	{
		sockaddr_storage self{};
		socklen_t len = sizeof(self);
		std::string reply("\5\0\0\1", 4);

		if (getsockname(fd, reinterpret_cast<sockaddr *>(&self), &len) ||
		    self.ss_family != AF_INET)
			return false;
		auto *v4 = reinterpret_cast<sockaddr_in *>(&self);
		reply.append(reinterpret_cast<char *>(&v4->sin_addr), 4);
		reply.append(reinterpret_cast<char *>(&v4->sin_port), 2);
		role_ = kEcho;
		return say(fd, reply);
	}

	static bool say(int fd, const std::string &what)
	{
		return send(fd, what.data(), what.size(), MSG_NOSIGNAL) ==
		       static_cast<ssize_t>(what.size());
	}

	const Options &options_;
	std::string text_;
	State state_ = kMethods;
	bool guarded_ = false;
	uint16_t role_ = 0;
};

struct Listener {
	Fd fd;
	uint16_t role;		// 0: SOCKS tells
};

class Connection {
public:
	Connection(Fd fd, uint16_t role, const Options &options)
		: fd_(std::move(fd)), role_(role)
	{
		if (role_ == kGreet)
			(void)!send(fd_.get(), "!", 1, MSG_NOSIGNAL);
		if (!role_)
			handshake_ = std::make_unique<Handshake>(options);
	}

	int fd() const { return fd_.get(); }

	// False: the connection is over. Level-triggered, so that nobody has
	// to be remembered whose turn was cut short.
	bool serve(char *buffer)
	{
		if (handshake_)
			return shake(buffer);
		if (pours())
			return pour(buffer);
		return drain(buffer);
	}

	uint32_t wants() const { return pours() ? EPOLLOUT : EPOLLIN; }

private:
	// A source that poured at once would fill the buffers of a client whose
	// clock is not running yet.
	bool pours() const { return role_ == kSource && total_; }

	bool shake(char *buffer)
	{
		ssize_t n = read(fd(), buffer, 1024);

		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		switch (handshake_->feed(fd(), buffer, n)) {
		case Handshake::kMore:
			return true;
		case Handshake::kBroken:
			return false;
		default:
			role_ = handshake_->role();
			total_ = handshake_->rest();
			handshake_.reset();
			return true;
		}
	}

	bool pour(const char *buffer)
	{
		for (int i = 0; i < kTurns; i++) {
			ssize_t n = send(fd(), buffer, kBuffer, MSG_NOSIGNAL);
			if (n < 0)
				return errno == EAGAIN;
		}
		return true;
	}

	bool drain(char *buffer)
	{
		for (int i = 0; i < kTurns; i++) {
			ssize_t n = read(fd(), buffer, kBuffer);
			if (n < 0)
				return errno == EAGAIN;
			if (n == 0)
				return false;
			if (role_ == kEcho &&
			    send(fd(), buffer, n, MSG_NOSIGNAL) != n)
				return false;
			total_ += n;
			if (role_ == kSink && buffer[n - 1] == kEnd)
				(void)!send(fd(), &total_, sizeof(total_),
					    MSG_NOSIGNAL);
			if (pours())
				return true;
		}
		return true;
	}

	Fd fd_;
	uint16_t role_;
	uint64_t total_ = 0;
	std::unique_ptr<Handshake> handshake_;
};

class Peer {
public:
	explicit Peer(const Options &options)
		: options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)),
		  buffer_(kBuffer)
	{
		for (const auto &address : options.addresses) {
			listen_at(address, options.socks_port, 0);
			for (uint16_t role : {kEcho, kSink, kSource, kGreet})
				listen_at(address, role, role);
			swallow_datagrams(address);
			mirror_datagrams(address, options.socks_port);
		}
	}

	[[noreturn]] void run()
	{
		epoll_event events[256];

		for (;;) {
			int n = epoll_wait(epoll_.get(), events, 256, -1);
			for (int i = 0; i < n; i++)
				dispatch(events[i]);
		}
	}

private:
	void listen_at(const std::string &address, uint16_t port, uint16_t role)
	{
		Endpoint at = Endpoint::at(address, port);
		Fd fd(stream_socket(at));
		int on = 1;

		setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		// Of what it accepts, too: two answers in a row must not wait.
		setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (bind(fd.get(), at.sa(), at.len) || listen(fd.get(), 4096))
			die(address + " port " + std::to_string(port));
		watch(EPOLL_CTL_ADD, fd.get(), EPOLLIN);
		if (listeners_.size() <= static_cast<size_t>(fd.get()))
			listeners_.resize(fd.get() + 1);
		auto i = fd.get();
		listeners_[i] = {std::move(fd), role};
	}

	// Bound and never read: what arrives costs the same every time.
	void swallow_datagrams(const std::string &address)
	{
		Endpoint at = Endpoint::at(address, options_.datagram_port);
		Fd fd(socket(at.addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
		int small = 4096;

		setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &small,
			   sizeof(small));
		if (bind(fd.get(), at.sa(), at.len))
			die(address + " datagrams");
		datagrams_.push_back(std::move(fd));
	}

	void watch(int op, int fd, uint32_t events)
	{
		epoll_event event{};

		event.events = events;
		event.data.fd = fd;
		if (epoll_ctl(epoll_.get(), op, fd, &event))
			die("epoll_ctl");
	}

	void dispatch(const epoll_event &event)
	{
		size_t fd = event.data.fd;

		if (fd < listeners_.size() && listeners_[fd].fd)
			accept_all(listeners_[fd]);
		else
			serve(*connections_[fd]);
	}

	void accept_all(const Listener &from)
	{
		for (;;) {
			Fd fd(accept4(from.fd.get(), nullptr, nullptr,
				      SOCK_NONBLOCK | SOCK_CLOEXEC));
			size_t i = fd.get();
			if (!fd)
				return;
			if (connections_.size() <= i)
				connections_.resize(i + 1);
			connections_[i] = std::make_unique<Connection>(
				std::move(fd), from.role, options_);
			watch(EPOLL_CTL_ADD, i, connections_[i]->wants());
		}
	}

	void serve(Connection &c)
	{
		uint32_t wanted = c.wants();
		size_t i = c.fd();

		if (!c.serve(buffer_.data()))
			connections_[i].reset();
		else if (c.wants() != wanted)
			watch(EPOLL_CTL_MOD, i, c.wants());
	}

	const Options &options_;
	Fd epoll_;
	std::vector<char> buffer_;
	std::vector<Listener> listeners_;	// by descriptor
	std::vector<std::unique_ptr<Connection>> connections_;
	std::vector<Fd> datagrams_;
};

} // namespace
} // namespace bench

int main(int argc, char **argv)
{
	bench::Options options;
	CLI::App app("source and sink of the benchmarks, behind SOCKS5 or not");

	app.add_option("--listen", options.addresses, "addresses");
	app.add_option("--socks-port", options.socks_port);
	app.add_option("--user", options.user);
	app.add_option("--password", options.password);
	CLI11_PARSE(app, argc, argv);

	signal(SIGPIPE, SIG_IGN);
	bench::raise_file_limit();
	bench::Peer peer(options);
	puts("ready");
	fflush(stdout);
	peer.run();
}
