// SPDX-License-Identifier: GPL-2.0-or-later
// Answers per second of whoever answers DNS queries: a socket for each query
// that is outstanding, as every program's own resolver has one.
#include <cstdio>
#include <thread>
#include <vector>

#include <sys/time.h>

#include "client.h"

namespace bench {
namespace {

constexpr size_t kHeader = 12;
constexpr size_t kRecord = 16;	  // RFC 1035, 3.2.1: an A, its name a pointer
constexpr unsigned kNames = 1000; // below bench.test, all of the same length

std::string label(const std::string &text)
{
	return static_cast<char>(text.size()) + text;
}

std::string make_query(unsigned number)
{
	std::string query("\0\0\1\0\0\1\0\0\0\0\0\0", kHeader);

	query += label("n" + std::to_string(kNames + number)) + label("bench") +
		 label("test");
	return query + std::string("\0\0\1\0\1", 5);
}

class Asker {
public:
	explicit Asker(const Endpoint &to)
		: fd_(socket(to.addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0))
	{
		timeval patience{2, 0};

		if (!fd_ || connect(fd_.get(), to.sa(), to.len))
			die("connect");
		setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience,
			   sizeof(patience));
	}

	void ask(const std::string &query, uint16_t id)
	{
		len_ = query.size();
		memcpy(message_, query.data(), len_);
		memcpy(message_, &id, sizeof(id));
		if (send(fd_.get(), message_, len_, 0) < 0)
			die("send");
	}

	// Does the answer come, and with one address?
	bool hear()
	{
		uint8_t answer[512];
		ssize_t got = recv(fd_.get(), answer, sizeof(answer), 0);

		if (got < 0)
			return false;
		errno = EBADMSG;
		return static_cast<size_t>(got) == len_ + kRecord &&
		       !memcmp(answer, message_, 2) && (answer[2] & 0x80) &&
		       !(answer[3] & 0x0f) && answer[7] == 1;
	}

private:
	Fd fd_;
	size_t len_ = 0;
	uint8_t message_[64];
};

// One thread's share, for as long as the time lasts.
class Crowd {
public:
	Crowd(const Options &options, const std::vector<std::string> &texts,
	      unsigned askers)
		: options_(options), texts_(texts)
	{
		for (unsigned i = 0; i < askers; i++)
			askers_.emplace_back(options.goal.to);
	}

	void run(Clock::time_point start)
	{
		for (Asker &asker : askers_)
			ask(asker);
		// In turn: who was asked first answers first.
		while (seconds_since(start) < options_.seconds) {
			for (Asker &asker : askers_) {
				if (asker.hear())
					answered_++;
				else
					errors_[strerror(errno)]++;
				ask(asker);
			}
		}
	}

	uint64_t answered() const { return answered_; }
	const Errors &errors() const { return errors_; }

private:
	void ask(Asker &asker)
	{
		asker.ask(texts_[asked_ % texts_.size()], asked_);
		asked_++;
	}

	const Options &options_;
	const std::vector<std::string> &texts_;
	std::vector<Asker> askers_;
	uint64_t asked_ = 0, answered_ = 0;
	Errors errors_;
};

} // namespace

int queries(const Options &options)
{
	std::vector<std::string> texts;
	std::vector<Crowd> crowds;
	std::vector<std::thread> threads;
	unsigned share = options.concurrent / options.threads;
	uint64_t answered = 0;
	Errors errors;

	for (unsigned i = 0; i < kNames; i++)
		texts.push_back(make_query(i));
	for (unsigned i = 0; i < options.threads; i++)
		crowds.emplace_back(options, texts, share ? share : 1);
	auto start = Clock::now();
	for (Crowd &crowd : crowds)
		threads.emplace_back([&crowd, start] { crowd.run(start); });
	for (auto &thread : threads)
		thread.join();
	double took = seconds_since(start);
	for (const Crowd &crowd : crowds) {
		answered += crowd.answered();
		for (const auto &[what, count] : crowd.errors())
			errors[what] += count;
	}
	printf("{\"mode\": \"queries\", \"concurrent\": %u, \"threads\": %u, "
	       "\"seconds\": %.3f, \"answers\": %ju, \"rate\": %.3f, "
	       "\"unit\": \"1/s\", \"errors\": %s}\n",
	       options.concurrent, options.threads, took, uintmax_t{answered},
	       answered / took, json_errors(errors).c_str());
	return 0;
}

} // namespace bench
