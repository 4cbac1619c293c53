// SPDX-License-Identifier: GPL-2.0-or-later
// From a plan to an enabled context of the calling process.
#pragma once

#include "fd.hpp"
#include "plan.hpp"
#include "result.hpp"

namespace mprox {

/// The context @p fd does what the plan says of servers, rules, names and times from now on.
/// errno, if a call has failed.
Status set_policy(int fd, Plan &plan);

/// Gives the disabled context @p fd what the plan says. errno, if a call has failed.
Status configure(int fd, Plan &plan);

/// The descriptor is inherited over exec, and its number is a high one, out of
/// the way of programs that expect the low ones.
Result<Fd> apply(Plan &plan);

/// Locks the context of @p fd if @p plan says so, or says nothing and the context is
/// unprivileged. Last: what follows needs the right to change the context.
Status lock(int fd, const Plan &plan);

/// What other contexts that hold this process make of the one of @p fd: a sentence each
/// where it can have no effect, or not all that @p plan says.
std::vector<std::string> outer_contexts(int fd, const Plan &plan);

/// Why a call on /dev/mprox, or one that an older module does not know, has failed with
/// the errno @p error, and what to do.
Error explain_device(const std::string &what, int error);

/// The contexts that the caller may know of, or those alone that hold him.
Result<std::vector<mutex_proxy_context>> list_contexts(bool mine);

/// Does @p fd stand for a proxy context? errno is left alone.
bool is_context(int fd);

} // namespace mprox
