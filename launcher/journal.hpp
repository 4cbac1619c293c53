// SPDX-License-Identifier: GPL-2.0-or-later
// systemd's journal, in its own protocol: a datagram for each entry.
#pragma once

#include <string>

#include "event.hpp"
#include "fd.hpp"
#include "result.hpp"

inline constexpr const char *kJournalSocket = "/run/systemd/journal/socket";

/// The entry for an event: MESSAGE is its sentence, and each key of docs/EVENTS.md a field,
/// MUTEX_PROXY_REASON and so on.
std::string journal_entry(const mprox::Event &event);

class Journal {
  public:
    static mprox::Result<Journal> open(const std::string &path = kJournalSocket);

    [[nodiscard]] int fd() const { return socket_.get(); }

  private:
    explicit Journal(mprox::Fd socket) : socket_(std::move(socket)) {}

    mprox::Fd socket_;
};

/// Of a socket as Journal::fd(); an entry that cannot be taken is lost.
void send_to_journal(int socket, const mprox::Event &event, const std::string &path = kJournalSocket);
