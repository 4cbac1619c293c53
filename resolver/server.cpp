// SPDX-License-Identifier: GPL-2.0-or-later
#include "server.hpp"

#include <sys/socket.h>

#include "client.hpp"

namespace {

constexpr std::size_t kMaxClients = 64;

} // namespace

bool Server::has_room(const Client &client) const {
    return upstream_.questions() < kMaxQuestions && client.has_room();
}

bool Server::may_accept() { return clients_.size() < kMaxClients || to_go() != clients_.end(); }

void Server::hand_on(const std::shared_ptr<Client> &client) {
    while (has_room(*client)) {
        auto message = client->next();
        if (!message)
            return;
        // The client may be gone when its answer comes.
        upstream_.ask(std::move(*message), [to = std::weak_ptr(client)](const dns::Octets &answer) {
            if (const auto there = to.lock())
                there->answer(answer);
        });
    }
}

void Server::run() {
    for (const auto &client : clients_) {
        hand_on(client);
        client->flush();
    }
    std::erase_if(clients_, [](const auto &client) { return client->over(); });
}

void Server::watch(std::vector<curl_waitfd> &fds) {
    first_ = fds.size();
    watched_.clear();
    for (const auto &client : clients_) {
        const bool reads = has_room(*client) && client->may_read();
        const auto events = (reads ? CURL_WAIT_POLLIN : 0) | (client->has_output() ? CURL_WAIT_POLLOUT : 0);
        // One without a wish is not watched: that it has hung up would be told
        // again and again.
        if (!events)
            continue;
        fds.push_back({client->fd(), static_cast<short>(events), 0});
        watched_.push_back(client);
    }
    accepting_ = may_accept();
    if (accepting_)
        fds.push_back({listener_.get(), CURL_WAIT_POLLIN, 0});
}

void Server::serve(const std::vector<curl_waitfd> &fds) {
    for (std::size_t i = 0; i < watched_.size(); i++)
        if (fds[first_ + i].revents & CURL_WAIT_POLLIN)
            watched_[i]->receive();
    if (accepting_ && fds[first_ + watched_.size()].revents)
        accept_all();
}

/// If they are many, whoever has been silent longest and waits for nothing has to
/// go for the next one.
Server::Clients::iterator Server::to_go() {
    auto found = clients_.end();
    for (auto it = clients_.begin(); it != clients_.end(); ++it)
        if ((*it)->may_go() && (found == clients_.end() || (*it)->used_at() < (*found)->used_at()))
            found = it;
    return found;
}

void Server::accept_all() {
    while (may_accept()) {
        mprox::Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd)
            return;
        if (clients_.size() >= kMaxClients)
            clients_.erase(to_go());
        clients_.push_back(std::make_shared<Client>(std::move(fd)));
    }
}
