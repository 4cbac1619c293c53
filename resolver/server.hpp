// SPDX-License-Identifier: GPL-2.0-or-later
// Those who ask, over TCP as RFC 7766 has it.
#pragma once

#include <curl/curl.h>
#include <memory>
#include <vector>

#include "fd.hpp"
#include "upstream.hpp"

class Client;

class Server {
  public:
    /// @p listener: does not block.
    Server(mprox::Fd listener, Upstream &upstream) : listener_(std::move(listener)), upstream_(upstream) {}

    /// Hands on what has come, as far as there is room, and answers what it can.
    void run();
    /// Adds what has to be watched, ...
    void watch(std::vector<curl_waitfd> &fds);
    /// ... and takes what came of it; @p fds as watch() left it, at least.
    void serve(const std::vector<curl_waitfd> &fds);

  private:
    using Clients = std::vector<std::shared_ptr<Client>>;

    [[nodiscard]] bool has_room(const Client &client) const;
    void accept_all();
    [[nodiscard]] bool may_accept();
    Clients::iterator to_go();
    void hand_on(const std::shared_ptr<Client> &client);

    mprox::Fd listener_;
    Upstream &upstream_;
    Clients clients_;
    // Who is behind which of the descriptors watched.
    std::size_t first_ = 0;
    bool accepting_ = false;
    Clients watched_;
};
