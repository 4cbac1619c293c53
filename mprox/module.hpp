// SPDX-License-Identifier: GPL-2.0-or-later
// What can be seen of the kernel module.
#pragma once

#include <string>

/// Where it is looked for.
struct Places {
    std::string sys = "/sys/module/mutex_proxy";
    std::string device = "/dev/mprox";
};

struct Module {
    bool is_loaded = false;
    std::string version;  ///< of the loaded one; empty: not loaded, or it has none
    int answer = 0;       ///< errno of a call that changes nothing; 0: it answers
};

Module look_at_module(const Places &places = {});
