// SPDX-License-Identifier: GPL-2.0-or-later
// Every way to start a program, with our part of the environment kept. No
// allocation: these run between vfork() and exec.
#include <alloca.h>
#include <cerrno>
#include <cstdarg>
#include <spawn.h>
#include <unistd.h>

#include "environment.hpp"
#include "real.hpp"

using namespace mprox_auto;

namespace {

Real<int(const char *, char *const[], char *const[])> real_execve{"execve"};
Real<int(const char *, char *const[], char *const[])> real_execvpe{"execvpe"};
Real<int(int, char *const[], char *const[])> real_fexecve{"fexecve"};
Real<int(int, const char *, char *const[], char *const[], int)> real_execveat{"execveat"};

using Spawn = int(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                  char *const[], char *const[]);
Real<Spawn> real_posix_spawn{"posix_spawn"};
Real<Spawn> real_posix_spawnp{"posix_spawnp"};

} // namespace

// alloca() belongs to the caller's frame, so this cannot be a function.
#define COMPLETED(envp)                                                                                       \
    ({                                                                                                        \
        auto **completed = static_cast<char **>(alloca(completed_size(envp) * sizeof(char *)));               \
        complete_environment(envp, completed);                                                                \
        completed;                                                                                            \
    })

// The arguments of execl() and its kin, up to the NULL, as an array.
#define COLLECT(list, first, argv)                                                                            \
    std::size_t count = 1;                                                                                    \
    {                                                                                                         \
        va_list counter;                                                                                      \
        va_copy(counter, list);                                                                               \
        while (va_arg(counter, char *))                                                                       \
            count++;                                                                                          \
        va_end(counter);                                                                                      \
    }                                                                                                         \
    auto **argv = static_cast<char **>(alloca((count + 1) * sizeof(char *)));                                 \
    argv[0] = const_cast<char *>(first);                                                                      \
    for (std::size_t i = 1; i <= count; i++)                                                                  \
        argv[i] = va_arg(list, char *)

#pragma GCC diagnostic ignored "-Wpedantic" // statement expressions, for alloca()

MPROX_EXPORT int execve(const char *path, char *const argv[], char *const envp[]) {
    return real_execve.get()(path, argv, COMPLETED(envp));
}

MPROX_EXPORT int execv(const char *path, char *const argv[]) {
    return real_execve.get()(path, argv, COMPLETED(environ));
}

MPROX_EXPORT int execvpe(const char *file, char *const argv[], char *const envp[]) {
    return real_execvpe.get()(file, argv, COMPLETED(envp));
}

MPROX_EXPORT int execvp(const char *file, char *const argv[]) {
    return real_execvpe.get()(file, argv, COMPLETED(environ));
}

MPROX_EXPORT int fexecve(int fd, char *const argv[], char *const envp[]) {
    return real_fexecve.get()(fd, argv, COMPLETED(envp));
}

MPROX_EXPORT int execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags) {
    return real_execveat.get()(dir, path, argv, COMPLETED(envp), flags);
}

MPROX_EXPORT int execl(const char *path, const char *arg, ...) {
    va_list list;
    va_start(list, arg);
    COLLECT(list, arg, argv);
    va_end(list);
    return real_execve.get()(path, argv, COMPLETED(environ));
}

MPROX_EXPORT int execlp(const char *file, const char *arg, ...) {
    va_list list;
    va_start(list, arg);
    COLLECT(list, arg, argv);
    va_end(list);
    return real_execvpe.get()(file, argv, COMPLETED(environ));
}

MPROX_EXPORT int execle(const char *path, const char *arg, ...) {
    va_list list;
    va_start(list, arg);
    COLLECT(list, arg, argv);
    auto *const *envp = va_arg(list, char *const *);
    va_end(list);
    return real_execve.get()(path, argv, COMPLETED(envp));
}

MPROX_EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                             const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
    return real_posix_spawn.get()(pid, path, actions, attributes, argv, COMPLETED(envp));
}

MPROX_EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                              const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
    return real_posix_spawnp.get()(pid, file, actions, attributes, argv, COMPLETED(envp));
}
