// SPDX-License-Identifier: GPL-2.0-or-later
#include "orphan.hpp"

#include <cerrno>
#include <sys/wait.h>
#include <unistd.h>

bool start_orphan(const std::function<void()> &run) {
    int status = 0;
    const pid_t child = fork();
    if (child < 0)
        return false;
    if (child > 0) {
        waitpid(child, &status, 0);
        errno = WEXITSTATUS(status);
        return status == 0;
    }
    setsid();
    const pid_t grandchild = fork();
    if (grandchild != 0)
        _exit(grandchild < 0 ? errno : 0);
    run();
    _exit(0);
}
