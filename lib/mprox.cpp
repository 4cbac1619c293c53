// SPDX-License-Identifier: GPL-2.0-or-later
#include "mprox.h"

#include <cerrno>
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

} // namespace

int mprox_create(unsigned int flags) {
    const int dev = open("/dev/mprox", O_RDWR | O_CLOEXEC);
    if (dev < 0) {
        errno = errno_of_open(errno);
        return -1;
    }
    const int fd = ioctl(dev, MUTEX_PROXY_IOC_CREATE, static_cast<unsigned long>(flags));
    const int error = errno;
    close(dev);
    errno = error;
    return fd;
}

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

int mprox_bind(int fd, mutex_proxy_bind *bind) { return ioctl(fd, MUTEX_PROXY_IOC_BIND, bind); }
