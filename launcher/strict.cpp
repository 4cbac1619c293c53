// SPDX-License-Identifier: GPL-2.0-or-later
#include "strict.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <seccomp.h>
#include <string>
#include <sys/socket.h>
#include <vector>

using mprox::Error;
using mprox::Status;

namespace {

// Of linux/net.h and linux/in.h; the headers of this machine may be older.
constexpr unsigned kTypeMask = 0xf;
constexpr int kProtocolSmc = 256;
constexpr int kFamilySmc = 43;

/// What is answered instead of being done.
struct Refusal {
    const char *call;
    int error;
};

constexpr std::array kRefusals = {
    // The filter cannot see what is asked through the ring, and sockets can be.
    Refusal{"io_uring_setup", ENOSYS}, Refusal{"io_uring_enter", ENOSYS}, Refusal{"io_uring_register", ENOSYS},
    // The one call of 32-bit programs whose arguments are in memory; they have the others.
    Refusal{"socketcall", ENOSYS},
    // A helper that the kernel starts asks for the key.
    Refusal{"request_key", EPERM},
    // Another process, out of the scope, made to do it; or its socket.
    Refusal{"ptrace", EPERM}, Refusal{"process_vm_writev", EPERM}, Refusal{"pidfd_getfd", EPERM},
    // The kernel speaks to the server of what is mounted: NFS from a thread of its own.
    Refusal{"mount", EPERM}, Refusal{"fsopen", EPERM}, Refusal{"fsmount", EPERM}};

class Filter {
  public:
    Filter() : ctx_(seccomp_init(SCMP_ACT_ALLOW), seccomp_release) {}

    /// A second entry into the kernel that programs of this machine have.
    void add_entry(std::uint32_t arch) { note(arch ? seccomp_arch_add(ctx_.get(), arch) : 0); }

    void refuse(const char *call, int error, const std::vector<scmp_arg_cmp> &when = {}) {
        const int number = seccomp_syscall_resolve_name(call);
        // No machine of this kind has it, or none did when the library was made.
        if (number != __NR_SCMP_ERROR)
            note(seccomp_rule_add_array(ctx_.get(), SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), number,
                                        static_cast<unsigned>(when.size()), when.data()));
    }

    void set(scmp_filter_attr attribute, std::uint32_t value) {
        note(seccomp_attr_set(ctx_.get(), attribute, value));
    }

    /// The kernel wants CAP_SYS_ADMIN or no_new_privs. The first, if we have it: sudo
    /// and the like go on working then.
    int load() {
        set(SCMP_FLTATR_CTL_NNP, 0);
        if (error_ == 0 && seccomp_load(ctx_.get()) == 0)
            return 0;
        set(SCMP_FLTATR_CTL_NNP, 1);
        return error_ ? error_ : seccomp_load(ctx_.get());
    }

  private:
    void note(int result) { error_ = error_ ? error_ : result; }

    std::unique_ptr<void, decltype(&seccomp_release)> ctx_;
    int error_ = 0;
};

std::uint32_t second_entry() {
    switch (seccomp_arch_native()) {
    case SCMP_ARCH_X86_64:
        return SCMP_ARCH_X86;
    case SCMP_ARCH_AARCH64:
        return SCMP_ARCH_ARM;
    default:
        return 0;
    }
}

/// The library compares one argument once in a rule, so what is not allowed is named:
/// the gaps, and all above. Above are numbers with anything in their upper half, too.
void refuse_families(Filter &filter, const std::set<int> &families) {
    const auto last = static_cast<unsigned>(*families.rbegin());
    for (const char *call : {"socket", "socketpair"}) {
        filter.refuse(call, EAFNOSUPPORT, {SCMP_A0_64(SCMP_CMP_GT, last)});
        for (unsigned family = 0; family < last; family++)
            if (!families.count(static_cast<int>(family)))
                filter.refuse(call, EAFNOSUPPORT, {SCMP_A0_64(SCMP_CMP_EQ, family)});
    }
    // Other doors to AF_PACKET (Linux 2.0's) and AF_SMC (Linux 6.11's).
    if (!families.count(AF_PACKET))
        filter.refuse("socket", EAFNOSUPPORT,
                      {SCMP_A0_64(SCMP_CMP_EQ, AF_INET), SCMP_A1_64(SCMP_CMP_MASKED_EQ, kTypeMask, SOCK_PACKET)});
    if (!families.count(kFamilySmc))
        filter.refuse("socket", EPROTONOSUPPORT, {SCMP_A2_32(SCMP_CMP_EQ, kProtocolSmc)});
}

} // namespace

Status become_strict(const std::vector<int> &allowed) {
    std::set<int> families = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
    families.insert(allowed.begin(), allowed.end());
    Filter filter;
    filter.add_entry(second_entry());
    if (seccomp_arch_native() == SCMP_ARCH_X86_64)
        filter.add_entry(SCMP_ARCH_X32);
    // An entry that we do not know of has nothing to offer.
    filter.set(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    refuse_families(filter, families);
    for (const auto &refusal : kRefusals)
        filter.refuse(refusal.call, refusal.error);
    if (const int error = filter.load())
        return Error{std::string("--strict: the filter of system calls cannot be installed: ") +
                         std::strerror(-error),
                     "the kernel needs CONFIG_SECCOMP_FILTER; without it, do without --strict"};
    return mprox::ok();
}
