// SPDX-License-Identifier: GPL-2.0-or-later
#include "check_socket.hpp"

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/time.h>

#include "endpoint.hpp"

using mprox::Fd;

namespace {

constexpr std::chrono::seconds kConnectPatience(5);
constexpr std::chrono::seconds kIdentifyPatience(2);

/// RFC 1928, 3: with both methods that there are.
constexpr std::string_view kSocks5Greeting("\5\2\0\2", 4);

/// Of the server itself (RFC 9110, 9.3.7), and so of no destination.
constexpr std::string_view kHttpRequest("OPTIONS * HTTP/1.1\r\nHost: mprox-check.invalid\r\n"
                                        "Connection: close\r\n\r\n");

/// A ClientHello (RFC 5246, 7.4.1.2) with one cipher suite; who speaks TLS takes it, or
/// answers with an alert.
constexpr std::string_view kClientHello("\x16\3\1\0\x2d"         // a handshake's record
                                        "\1\0\0\x29\3\3"         // ClientHello, TLS 1.2
                                        "mprox-check mprox-check mprox-ch" // random
                                        "\0"                     // no session
                                        "\0\2\xc0\x2f"           // ECDHE-RSA-AES128-GCM-SHA256
                                        "\1\0",                  // no compression
                                        5 + 0x2d);

struct Question {
    __u32 type; ///< that need not be asked it; 0: none
    std::string_view text;
    mprox_refusal answer;
};

constexpr std::array kQuestions = {
    Question{MUTEX_PROXY_TYPE_SOCKS5, kSocks5Greeting, MPROX_REFUSAL_IS_SOCKS5},
    Question{0, kClientHello, MPROX_REFUSAL_IS_TLS},
    Question{MUTEX_PROXY_TYPE_HTTP, kHttpRequest, MPROX_REFUSAL_IS_HTTP},
};

bool answers(const mutex_proxy_server &server, const Question &question, const Deadline &deadline) {
    const Fd fd = connect_to(server, deadline.within(kConnectPatience));
    if (!fd)
        return false;
    set_patience(fd.get(), deadline.within(kIdentifyPatience));
    u8 octet = 0;
    return send(fd.get(), question.text.data(), question.text.size(), MSG_NOSIGNAL) > 0 &&
           recv(fd.get(), &octet, 1, 0) == 1 && mprox_refusal_of_octet(octet) == question.answer;
}

} // namespace

std::string text_of(const mutex_proxy_server &server) {
    const auto port = " port " + std::to_string(server.port);
    if (server.name_len)
        return "proxy " + std::string(reinterpret_cast<const char *>(server.name), server.name_len) + port;
    return "proxy " + mprox::endpoint_of(server).address.text() + port;
}

std::chrono::milliseconds Deadline::within(std::chrono::milliseconds patience) const {
    if (!end_)
        return patience;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*end_ - Clock::now());
    return std::clamp(left, std::chrono::milliseconds(1), patience);
}

std::string seconds_text(std::chrono::milliseconds time) {
    std::ostringstream text;
    text << static_cast<double>(time.count()) / 1000 << " seconds";
    return text.str();
}

void set_patience(int fd, std::chrono::milliseconds patience) {
    const timeval time = {patience.count() / 1000, patience.count() % 1000 * 1000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
}

Fd connect_to(const mutex_proxy_server &server, std::chrono::milliseconds patience) {
    Fd fd(socket(server.family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd)
        return fd;
    set_patience(fd.get(), patience);
    const auto to = mprox::to_sockaddr(mprox::endpoint_of(server));
    const socklen_t len = server.family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    return connect(fd.get(), reinterpret_cast<const sockaddr *>(&to), len) == 0 ? std::move(fd) : Fd();
}

mprox_refusal identify(const mutex_proxy_server &server, const Deadline &deadline) {
    for (const auto &question : kQuestions)
        if (question.type != server.type && !deadline.is_over() && answers(server, question, deadline))
            return question.answer;
    return MPROX_REFUSAL_NONE;
}
