// SPDX-License-Identifier: GPL-2.0-or-later
// Connections per second, many at a time in each thread. A connection counts when
// the destination is known to be there: connect() is done, SOCKS has said yes, and
// on port kGreet the destination's first octet has come.
#include <cstdio>
#include <thread>
#include <vector>

#include <sys/epoll.h>

#include "client.h"

namespace bench {
namespace {

class Slot {
public:
	enum Result { kWait, kUp, kFailed };

	// Starts a connection; kUp or kFailed are possible at once.
	Result open(const Goal &goal, int epoll, uint32_t index)
	{
		const Endpoint &hop = goal.first_hop();
		epoll_event event{};

		greeted_ = goal.to.port() == kGreet;
		state_ = kConnecting;
		fd_ = Fd(stream_socket(hop));
		if (!fd_)
			return kFailed;
		int rc = connect(fd_.get(), hop.sa(), hop.len);
		if (rc && errno != EINPROGRESS)
			return kFailed;
		if (!rc && connected(goal) != kWait)
			return last_;
		event.events = EPOLLIN | EPOLLOUT | EPOLLET;
		event.data.u32 = index;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd_.get(), &event))
			die("epoll_ctl");
		return kWait;
	}

	Result ready(const Goal &goal, uint32_t events)
	{
		if (state_ == kConnecting) {
			int err = 0;
			socklen_t len = sizeof(err);

			if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
				return kWait;
			getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &err, &len);
			errno = err;
			if (err)
				return kFailed;
			if (connected(goal) != kWait)
				return last_;
		}
		return events & (EPOLLIN | EPOLLERR | EPOLLHUP) ? heard()
								: kWait;
	}

	void close() { reset_close(fd_); }

private:
	enum State { kConnecting, kHandshake, kAwaitsGreeting };

	Result connected(const Goal &goal)
	{
		if (goal.socks) {
			state_ = kHandshake;
			goal.start(&socks_);
			sent_ = 0;
			return last_ = say();
		}
		state_ = kAwaitsGreeting;
		return last_ = greeted_ ? kWait : kUp;
	}

	Result say()
	{
		ssize_t n = socks_.talk.out_ready - sent_;

		if (send(fd_.get(), socks_.out + sent_, n, MSG_NOSIGNAL) != n)
			return kFailed;
		sent_ = socks_.talk.out_ready;
		return kWait;
	}

	Result heard()
	{
		uint8_t in[512];
		ssize_t n = recv(fd_.get(), in, sizeof(in), 0);

		if (n < 0 && errno == EAGAIN)
			return kWait;
		if (n == 0)
			errno = ECONNRESET;
		if (n <= 0)
			return kFailed;
		return state_ == kHandshake ? handshake(in, n) : kUp;
	}

	Result handshake(const uint8_t *in, size_t len)
	{
		size_t used;

		switch (mprox_talk_feed(&socks_.talk, in, len, &used)) {
		case MPROX_STEP_SEND:
			return say();
		case MPROX_STEP_MORE:
			return kWait;
		case MPROX_STEP_DONE:
			state_ = kAwaitsGreeting;
			return !greeted_ || used < len ? kUp : kWait;
		default:
			errno = socks_.talk.err;
			return kFailed;
		}
	}

	Fd fd_;
	State state_ = kConnecting;
	Result last_ = kWait;
	bool greeted_ = false;
	size_t sent_ = 0;
	Conversation socks_;
};

// One thread's share: its slots, kept busy until the time is over.
class Worker {
public:
	Worker(const Options &options, unsigned slots)
		: options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)),
		  slots_(slots)
	{
	}

	void run(Clock::time_point start)
	{
		epoll_event events[256];

		start_ = start;
		for (size_t i = 0; i < slots_.size(); i++)
			fill(i);
		while (!over()) {
			int n = epoll_wait(epoll_.get(), events, 256, 100);
			for (int j = 0; j < n && !over(); j++)
				turn(events[j]);
		}
		for (Slot &slot : slots_)
			slot.close();
	}

	uint64_t up() const { return up_; }
	const Errors &errors() const { return errors_; }

private:
	bool over() const { return seconds_since(start_) >= options_.seconds; }

	void fill(size_t i)
	{
		while (!over()) {
			auto r = slots_[i].open(options_.goal, epoll_.get(), i);
			if (r == Slot::kWait)
				return;
			finish(i, r);
		}
	}

	void turn(const epoll_event &event)
	{
		size_t i = event.data.u32;
		auto r = slots_[i].ready(options_.goal, event.events);

		if (r == Slot::kWait)
			return;
		finish(i, r);
		fill(i);
	}

	void finish(size_t i, Slot::Result r)
	{
		// What ends after the time belongs to no rate.
		if (r != Slot::kUp)
			errors_[strerror(errno)]++;
		else if (!over())
			up_++;
		slots_[i].close();
	}

	const Options &options_;
	Fd epoll_;
	std::vector<Slot> slots_;
	Clock::time_point start_;
	uint64_t up_ = 0;
	Errors errors_;
};

} // namespace

int connect_rate(const Options &options)
{
	std::vector<Worker> workers;
	std::vector<std::thread> threads;
	unsigned share = options.concurrent / options.threads;
	uint64_t up = 0;
	Errors errors;

	for (unsigned i = 0; i < options.threads; i++)
		workers.emplace_back(options, share ? share : 1);
	double busy = busy_seconds();
	auto start = Clock::now();
	for (Worker &worker : workers)
		threads.emplace_back([&worker, start] { worker.run(start); });
	for (auto &thread : threads)
		thread.join();
	double took = seconds_since(start);
	busy = busy_seconds() - busy;
	for (const Worker &worker : workers) {
		up += worker.up();
		for (const auto &[what, count] : worker.errors())
			errors[what] += count;
	}
	printf("{\"mode\": \"rate\", \"concurrent\": %u, \"threads\": %u, "
	       "\"seconds\": %.3f, \"connections\": %ju, \"rate\": %.3f, "
	       "\"unit\": \"1/s\", \"busy\": %.3f, \"errors\": %s}\n",
	       options.concurrent, options.threads, took, uintmax_t{up},
	       up / options.seconds, busy, json_errors(errors).c_str());
	return 0;
}

} // namespace bench
