// SPDX-License-Identifier: GPL-2.0-or-later
// Why no proxy context can be made: each cause has a sentence of its own, and a cure.
#pragma once

#include <string>

#include "result.hpp"

namespace mprox {

/// What can be seen from here after mprox_create() has failed.
struct Circumstances {
    int error = 0;              ///< errno of mprox_create()
    bool global = false;        ///< a global scope was asked for
    int open_error = 0;         ///< errno of opening /dev/mprox; 0: it can be opened
    bool has_module = false;    ///< the module is loaded
    bool is_built = true;       ///< it is there for the running kernel
    bool has_tracer = true;     ///< the kernel has FUNCTION_TRACER
    bool traces = true;         ///< kernel.ftrace_enabled is not 0
    std::string group = {};     ///< of /dev/mprox
    bool in_group = false;      ///< are we in it?
    bool unprivileged = false;  ///< the module's parameter
    bool foreign_net = false;   ///< the network namespace belongs to another user namespace than ours
};

Circumstances look_around(int error, bool global);

Error explain_create(const Circumstances &seen);

} // namespace mprox
