// SPDX-License-Identifier: GPL-2.0-or-later
#include "mprox.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

// What open() says of a device that is not there, or not for us, in the words
// of the contract.
int errno_of_open(int error) {
    switch (error) {
    case ENOENT:
    case ENXIO:
        return ENODEV;
    case EACCES:
        return EPERM;
    default:
        return error;
    }
}

int on_device(unsigned long request, unsigned long argument) {
    const int dev = open("/dev/mprox", O_RDWR | O_CLOEXEC);
    if (dev < 0) {
        errno = errno_of_open(errno);
        return -1;
    }
    const int result = ioctl(dev, request, argument);
    const int error = errno;
    close(dev);
    errno = error;
    return result;
}

} // namespace

int mprox_create(unsigned int flags) { return on_device(MUTEX_PROXY_IOC_CREATE, flags); }

int mprox_enable(int fd) { return ioctl(fd, MUTEX_PROXY_IOC_ENABLE, 0UL); }

int mprox_disable(int fd) { return ioctl(fd, MUTEX_PROXY_IOC_DISABLE, 0UL); }

int mprox_set_config(int fd, const mutex_proxy_config *config) {
    return ioctl(fd, MUTEX_PROXY_IOC_SET_CONFIG, config);
}

int mprox_get_config(int fd, mutex_proxy_config *config) {
    return ioctl(fd, MUTEX_PROXY_IOC_GET_CONFIG, config);
}

int mprox_get_stats(int fd, mutex_proxy_stats *stats) {
    return ioctl(fd, MUTEX_PROXY_IOC_GET_STATS, stats);
}

int mprox_set_policy(int fd, const mutex_proxy_policy *policy) {
    return ioctl(fd, MUTEX_PROXY_IOC_SET_POLICY, policy);
}

int mprox_set_scope(int fd, unsigned int scope) {
    const mutex_proxy_scope arg = {sizeof(arg), 0, scope, 0};
    return ioctl(fd, MUTEX_PROXY_IOC_SET_SCOPE, &arg);
}

int mprox_join(int fd) {
    const mutex_proxy_join arg = {sizeof(arg), 0};
    return ioctl(fd, MUTEX_PROXY_IOC_JOIN, &arg);
}

int mprox_route(int fd) { return ioctl(fd, MUTEX_PROXY_IOC_ROUTE, 0UL); }

int mprox_dns_log(int fd, unsigned int records) {
    return ioctl(fd, MUTEX_PROXY_IOC_DNS_LOG, static_cast<unsigned long>(records));
}

int mprox_lock(int fd) { return ioctl(fd, MUTEX_PROXY_IOC_LOCK, 0UL); }

int mprox_set_name(int fd, const char *name) {
    mutex_proxy_name arg = {sizeof(arg), 0, {}};
    const std::size_t len = std::strlen(name);
    if (len > MUTEX_PROXY_MAX_CONTEXT_NAME) {
        errno = EINVAL;
        return -1;
    }
    std::memcpy(arg.name, name, len);
    return ioctl(fd, MUTEX_PROXY_IOC_SET_NAME, &arg);
}

int mprox_info(int fd, mutex_proxy_context *info) { return ioctl(fd, MUTEX_PROXY_IOC_INFO, info); }

int mprox_list(unsigned int flags, mutex_proxy_context *contexts, unsigned int room) {
    mutex_proxy_list arg = {};
    arg.flags = flags;
    arg.room = room;
    arg.contexts = reinterpret_cast<std::uintptr_t>(contexts);
    arg.context_size = sizeof(*contexts);
    const int result = on_device(MUTEX_PROXY_IOC_LIST, reinterpret_cast<unsigned long>(&arg));
    return result < 0 ? -1 : static_cast<int>(arg.nr);
}

int mprox_open_id(unsigned int id) { return on_device(MUTEX_PROXY_IOC_OPEN_ID, id); }

int mprox_end(unsigned int id) { return on_device(MUTEX_PROXY_IOC_END, id); }

int mprox_keep(int fd, int socket) {
    return ioctl(fd, MUTEX_PROXY_IOC_KEEP, static_cast<unsigned long>(socket));
}

int mprox_bind(int fd, mutex_proxy_bind *bind) { return ioctl(fd, MUTEX_PROXY_IOC_BIND, bind); }

int mprox_events(int fd, const mutex_proxy_events *wanted) { return ioctl(fd, MUTEX_PROXY_IOC_EVENTS, wanted); }

int mprox_flows(int fd, mutex_proxy_flows *flows) { return ioctl(fd, MUTEX_PROXY_IOC_FLOWS, flows); }

int mprox_get_policy(int fd, mutex_proxy_policy *policy) { return ioctl(fd, MUTEX_PROXY_IOC_GET_POLICY, policy); }

int mprox_statistics(int fd, mutex_proxy_statistics *statistics) {
    return ioctl(fd, MUTEX_PROXY_IOC_STATISTICS, statistics);
}

int mprox_net_statistics(mutex_proxy_statistics *statistics) {
    return on_device(MUTEX_PROXY_IOC_NET_STATISTICS, reinterpret_cast<unsigned long>(statistics));
}

int mprox_read_format(int fd, unsigned int format) {
    return ioctl(fd, MUTEX_PROXY_IOC_READ_FORMAT, static_cast<unsigned long>(format));
}

int mprox_alerts(int fd, const mutex_proxy_alerts *alerts) { return ioctl(fd, MUTEX_PROXY_IOC_ALERTS, alerts); }
