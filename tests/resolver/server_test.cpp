// SPDX-License-Identifier: GPL-2.0-or-later
// The server over real sockets, with an upstream that answers when it is told to.
#include "server.hpp"

#include <algorithm>
#include <deque>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "framing.hpp"
#include "listener.hpp"
#include "loopback.hpp"
#include "messages.hpp"

using dns::Octets;
using mprox::Fd;

namespace {

class Slow : public Upstream {
  public:
    Slow() : Upstream({}, "") {}
    std::size_t questions() const override { return asked.size(); }
    CURLM *multi() const override { return nullptr; }
    void watch(std::vector<curl_waitfd> &) const override {}
    void run() override {}

    /// The last one first, each under an id that is not the asker's.
    void answer_all() {
        for (; !asked.empty(); asked.pop_back()) {
            auto answer = asked.back().query;
            dns::set_id(answer, 0x5555);
            answer[2] |= 0x80;
            asked.back().answer(std::move(answer));
        }
    }
    std::deque<Question> asked;

  protected:
    void take(Question question) override { asked.push_back(std::move(question)); }
    std::optional<Clock::time_point> oldest() const override { return {}; }
};

class ServerTest : public testing::Test {
  protected:
    void SetUp() override {
        auto listener = listen_on(0);
        ASSERT_TRUE(listener);
        port_ = mprox::port_of(listener->get());
        server_ = std::make_unique<Server>(std::move(*listener), upstream_);
    }

    Fd connect_to_it() const {
        Fd fd(socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in sin = {};
        sin.sin_family = AF_INET;
        sin.sin_port = htons(port_);
        sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr *>(&sin), sizeof(sin)), 0);
        return fd;
    }

    /// As main() does it, without libcurl, until nothing happens any more.
    void turn() {
        while (true) {
            server_->run();
            std::vector<curl_waitfd> fds;
            server_->watch(fds);
            watched_ = fds.size();
            std::vector<pollfd> polled;
            for (const auto &it : fds)
                polled.push_back({it.fd, static_cast<short>(it.events & CURL_WAIT_POLLIN ? POLLIN : POLLOUT), 0});
            if (poll(polled.data(), polled.size(), 20) <= 0)
                return;
            for (std::size_t i = 0; i < fds.size(); i++)
                fds[i].revents = polled[i].revents & POLLIN ? CURL_WAIT_POLLIN : 0;
            server_->serve(fds);
        }
    }

    static void send_all(const Fd &fd, const Octets &data) {
        EXPECT_EQ(send(fd.get(), data.data(), data.size(), MSG_NOSIGNAL), static_cast<ssize_t>(data.size()));
    }
    static void ask(const Fd &fd, std::uint16_t id) {
        Octets frame;
        dns::append_frame(frame, query(id, "name"));
        send_all(fd, frame);
    }

    /// The ids of the answers that have come, and whether that was all.
    struct Got {
        std::vector<int> ids;
        bool closed = false;
    };
    static Got receive(const Fd &fd) {
        Got got;
        dns::Inbox inbox(0xffff);
        std::uint8_t buffer[4096];
        ssize_t size = 0;
        while ((size = recv(fd.get(), buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
            inbox.append(buffer, static_cast<std::size_t>(size));
        got.closed = size == 0 || errno == ECONNRESET;
        while (const auto message = inbox.next())
            got.ids.push_back(dns::id_of(*message));
        return got;
    }

    Slow upstream_;
    std::unique_ptr<Server> server_;
    std::uint16_t port_ = 0;
    std::size_t watched_ = 0;
};

} // namespace

TEST_F(ServerTest, GivesEachItsAnswersUnderItsIds) {
    const auto one = connect_to_it();
    const auto other = connect_to_it();
    ask(one, 1);
    ask(other, 1);
    ask(one, 2);
    turn();
    EXPECT_EQ(upstream_.asked.size(), 3U);
    EXPECT_TRUE(receive(one).ids.empty());
    upstream_.answer_all();
    turn();
    auto got = receive(one).ids;
    std::sort(got.begin(), got.end());
    EXPECT_EQ(got, (std::vector{1, 2}));
    EXPECT_EQ(receive(other).ids, std::vector{1});
}

TEST_F(ServerTest, AnswersOneThatAsksNoMore) {
    const auto client = connect_to_it();
    ask(client, 7);
    shutdown(client.get(), SHUT_WR);
    turn();
    upstream_.answer_all();
    turn();
    const auto got = receive(client);
    EXPECT_EQ(got.ids, std::vector{7});
    EXPECT_TRUE(got.closed);
}

TEST_F(ServerTest, ForgetsOneThatIsGone) {
    {
        const auto client = connect_to_it();
        ask(client, 7);
        turn();
    }
    turn();
    ASSERT_EQ(upstream_.asked.size(), 1U);
    upstream_.answer_all();
    turn();
    EXPECT_EQ(watched_, 1U) << "the listener alone";
}

TEST_F(ServerTest, ClosesWhoSaysWhatIsNoQuestion) {
    Octets response;
    dns::append_frame(response, header(1, 0x8180, 0, 0, 0));
    for (const auto &bad : {Octets{0, 3, 1, 2, 3}, Octets{0xff, 0xff}, response}) {
        const auto client = connect_to_it();
        const auto other = connect_to_it();
        send_all(client, bad);
        turn();
        EXPECT_TRUE(receive(client).closed);
        EXPECT_FALSE(receive(other).closed);
    }
    EXPECT_TRUE(upstream_.asked.empty());
}

TEST_F(ServerTest, BoundsWhatIsUnderWay) {
    std::vector<Fd> clients;
    for (int i = 0; i < 4; i++) {
        clients.push_back(connect_to_it());
        for (std::uint16_t id = 0; id < 400; id++)
            ask(clients.back(), id);
    }
    turn();
    EXPECT_EQ(upstream_.asked.size(), kMaxQuestions);
    std::size_t answers = 0;
    while (!upstream_.asked.empty()) {
        upstream_.answer_all();
        turn();
    }
    for (const auto &client : clients)
        answers += receive(client).ids.size();
    EXPECT_EQ(answers, 1600U) << "and nothing is lost by it";
}

TEST_F(ServerTest, HasTheOneThatIsSilentLongestGo) {
    const auto busy = connect_to_it();
    ask(busy, 1);
    turn();
    const auto silent = connect_to_it();
    turn();
    std::vector<Fd> rest;
    for (int i = 0; i < 62; i++)
        rest.push_back(connect_to_it());
    turn();
    EXPECT_FALSE(receive(silent).closed);
    const auto newest = connect_to_it();
    turn();
    EXPECT_TRUE(receive(silent).closed);
    EXPECT_FALSE(receive(busy).closed);
    ask(newest, 2);
    turn();
    EXPECT_EQ(upstream_.asked.size(), 2U);
}

TEST(Listener, IsTakenOverIfItListens) {
    auto there = listen_on(0);
    ASSERT_TRUE(there);
    EXPECT_TRUE(take_listener(dup(there->get())));
    const Fd other(socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_FALSE(take_listener(other.get()));
    EXPECT_FALSE(take_listener(9999));
    EXPECT_FALSE(listen_on(mprox::port_of(there->get()))) << "it is taken";
}
