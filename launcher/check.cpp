// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.hpp"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <vector>

#include "fd.hpp"

extern "C" {
#include "talk.h"
}

using mprox::Error;
using mprox::Fd;
using mprox::Status;

namespace {

constexpr timeval kPatience = {5, 0};

std::string text_of(const mutex_proxy_server &server) {
    mprox::Address address;
    address.family = server.family;
    address.scope_id = server.scope_id;
    std::memcpy(address.bytes.data(), server.addr, sizeof(server.addr));
    return address.text() + " port " + std::to_string(server.port);
}

std::string reason(int error) {
    return error == EAGAIN || error == EINPROGRESS ? "no answer within 5 seconds" : std::strerror(error);
}

Fd connect_to(const mutex_proxy_server &server) {
    Fd fd(socket(server.family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd)
        return fd;
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    int result = 0;
    if (server.family == AF_INET) {
        sockaddr_in sin = {};
        sin.sin_family = AF_INET;
        sin.sin_port = htons(server.port);
        std::memcpy(&sin.sin_addr, server.addr, 4);
        result = connect(fd.get(), reinterpret_cast<const sockaddr *>(&sin), sizeof(sin));
    } else {
        sockaddr_in6 sin6 = {};
        sin6.sin6_family = AF_INET6;
        sin6.sin6_port = htons(server.port);
        sin6.sin6_scope_id = server.scope_id;
        std::memcpy(&sin6.sin6_addr, server.addr, 16);
        result = connect(fd.get(), reinterpret_cast<const sockaddr *>(&sin6), sizeof(sin6));
    }
    return result == 0 ? std::move(fd) : Fd();
}

/// The module's own protocol core, stopped in front of the request. SOCKS4 and
/// HTTP have nothing to say before that. @login is what the server would take,
/// if it is another one.
Status greet(int fd, const mutex_proxy_server &server, const std::string &who, u8 &login) {
    mprox_hop hop = {};
    hop.protocol = MPROX_PROTO_SOCKS5;
    hop.login = login;
    hop.cred = {server.user_len, server.pass_len, server.user, server.pass};
    mprox_talk talk;
    std::vector<u8> out(mprox_talk_init(&talk, &hop, 1, false, nullptr, 0));
    mprox_talk_init(&talk, &hop, 1, false, out.data(), out.size());
    int sent = 0;
    while (talk.at + 1 < talk.nr) {
        const int due = talk.out_ready - sent;
        if (due > 0 && send(fd, out.data() + sent, static_cast<std::size_t>(due), MSG_NOSIGNAL) != due)
            return Error{who + ": " + reason(errno), "is it a SOCKS5 proxy?"};
        sent += due;
        u8 octet = 0;
        const ssize_t len = recv(fd, &octet, 1, 0);
        if (len <= 0)
            return Error{who + ": " + (len ? reason(errno) : "it hangs up"), "is it a SOCKS5 proxy?"};
        size_t used = 0;
        switch (mprox_talk_feed(&talk, &octet, 1, &used)) {
        case MPROX_STEP_LOGIN:
            login = talk.wants;
            [[fallthrough]];
        case MPROX_STEP_REFUSED:
            return Error{who + " refuses us", server.user_len ? "check user and password" : "it may want a password"};
        case MPROX_STEP_MALFORMED:
            return Error{who + " does not speak SOCKS5", "check host and port"};
        case MPROX_STEP_MORE:
        case MPROX_STEP_SEND:
        case MPROX_STEP_DONE:
            break;
        }
    }
    return mprox::ok();
}

Status check_server(const mutex_proxy_server &server, u8 login) {
    const auto who = "proxy " + text_of(server);
    const u8 offered = login;
    const Fd fd = connect_to(server);
    if (!fd)
        return Error{who + " cannot be reached: " + reason(errno), "check the address, and that it is running"};
    if (server.type != MUTEX_PROXY_TYPE_SOCKS5)
        return mprox::ok();
    auto status = greet(fd.get(), server, who, login);
    // As the module does it: with the credentials, then on a new connection without.
    const bool again = !status && server.auth == MUTEX_PROXY_AUTH_OPTIONAL && offered == MPROX_LOGIN_PASSWORD &&
                       login == MPROX_LOGIN_NONE;
    return again ? check_server(server, login) : status;
}

} // namespace

Status check_proxies(const mprox::Plan &plan) {
    for (const auto &server : plan.servers) {
        if (server.flags & MUTEX_PROXY_SERVER_HOP)
            continue; // only the proxy before it can reach it
        const u8 login = server.user_len ? MPROX_LOGIN_PASSWORD : MPROX_LOGIN_NONE;
        if (auto status = check_server(server, login); !status)
            return status;
    }
    return mprox::ok();
}
