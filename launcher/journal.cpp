// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal.hpp"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>

namespace {

/// "KEY=value\n", or, if the value is more than a line, "KEY\n", its length as 64 bits of
/// little endian, the value and "\n".
void add_field(std::string &entry, const std::string &key, const std::string &value) {
    entry += key;
    if (value.find('\n') == std::string::npos) {
        entry += "=" + value + "\n";
        return;
    }
    entry += '\n';
    for (unsigned shift = 0; shift < 64; shift += 8)
        entry += static_cast<char>(std::uint64_t{value.size()} >> shift & 0xff);
    entry += value + "\n";
}

std::string field_of(const std::string &key) {
    std::string field = "MUTEX_PROXY_";
    for (const char c : key)
        field += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return field;
}

sockaddr_un name_of(const std::string &path) {
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.c_str(), std::min(path.size(), sizeof(name.sun_path) - 1));
    return name;
}

} // namespace

std::string journal_entry(const mprox::Event &event) {
    std::string entry;
    add_field(entry, "MESSAGE", mprox::sentence_of(event));
    add_field(entry, "PRIORITY", std::to_string(mprox::priority_of(event.head.kind)));
    add_field(entry, "SYSLOG_IDENTIFIER", "mprox-run");
    const auto object = nlohmann::ordered_json::parse(mprox::json_of(event));
    for (const auto &[key, value] : object.items())
        if (key != "text")
            add_field(entry, field_of(key), value.is_string() ? value.get<std::string>() : value.dump());
    return entry;
}

mprox::Result<Journal> Journal::open(const std::string &path) {
    mprox::Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // Only to learn whether somebody is there: each entry names him anew, as he may be
    // started again.
    const mprox::Fd test(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto name = name_of(path);
    if (!fd || !test || connect(test.get(), reinterpret_cast<const sockaddr *>(&name), sizeof(name)) != 0)
        return mprox::Error{"--log journal: nobody listens at " + path + ": " + std::strerror(errno),
                            "there is a journal where systemd runs; else name a file"};
    return Journal(std::move(fd));
}

void send_to_journal(int socket, const mprox::Event &event, const std::string &path) {
    const auto entry = journal_entry(event);
    const auto name = name_of(path);
    while (sendto(socket, entry.data(), entry.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr *>(&name),
                  sizeof(name)) < 0 &&
           errno == EINTR)
        ;
}
