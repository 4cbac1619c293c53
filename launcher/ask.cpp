// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "fd.hpp"

namespace {

constexpr std::array kEnding = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP};

/// A terminal that does not echo. A signal interrupts read(), so that the echo comes back.
class Silence {
  public:
    explicit Silence(int tty) : tty_(tty) {
        struct sigaction interrupt = {};
        interrupt.sa_handler = [](int) {};
        for (std::size_t i = 0; i < kEnding.size(); i++)
            sigaction(kEnding[i], &interrupt, &before_[i]);
        tcgetattr(tty_, &modes_);
        termios silent = modes_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ECHONL;
        tcsetattr(tty_, TCSAFLUSH, &silent);
    }
    ~Silence() {
        tcsetattr(tty_, TCSAFLUSH, &modes_);
        for (std::size_t i = 0; i < kEnding.size(); i++)
            sigaction(kEnding[i], &before_[i], nullptr);
    }
    Silence(const Silence &) = delete;
    Silence &operator=(const Silence &) = delete;

  private:
    int tty_;
    termios modes_ = {};
    std::array<struct sigaction, kEnding.size()> before_ = {};
};

} // namespace

mprox::Result<std::string> ask_password(const std::string &question) {
    const mprox::Fd tty(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!tty)
        return mprox::Error{"no password is given, and there is no terminal to ask for it",
                            "write USER:PASSWORD, or password_file into a profile"};
    const Silence silence(tty.get());
    std::string password;
    if (write(tty.get(), question.data(), question.size()) < 0)
        return mprox::Error{"cannot ask for the password", ""};
    for (char c = 0;;) {
        const auto got = read(tty.get(), &c, 1);
        if (got < 0)
            return mprox::Error{"no password is given", ""};
        if (got == 0 || c == '\n')
            return password;
        password += c;
    }
}
