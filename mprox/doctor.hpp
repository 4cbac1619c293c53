// SPDX-License-Identifier: GPL-2.0-or-later
// mprox doctor: what is in the way of mprox-run here. What is seen and what is made of
// it are apart, so that each conclusion can be tested.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "check.hpp"
#include "diagnose.hpp"
#include "module.hpp"
#include "output.hpp"

/// A yes, a no, or what cannot be seen from here.
using Seen = std::optional<bool>;

struct Facts {
    std::string program;         ///< version of the programs
    std::string release;         ///< of the running kernel
    Module module = {};
    mprox::Circumstances around = {};

    Seen has_list = {};           ///< the kernel's modules.dep can be read
    std::string module_file = {}; ///< for the running kernel; empty: there is none
    Seen is_signed = {};          ///< that file
    bool has_headers = false;     ///< of the running kernel
    bool has_dkms = false;
    bool has_source = false; ///< the module's, where dkms looks for it

    Seen secure_boot = {};
    bool enforces_signatures = false; ///< module.sig_enforce, or lockdown
    std::string dkms_key = {};        ///< the certificate that dkms signs with; empty: there is none

    bool has_device = false;
    bool has_rule = false; ///< udev's, for the device's group
    bool can_admin = false; ///< CAP_NET_ADMIN
    /// "CONFIG_NETFILTER" and "y" of what is set; empty: cannot be seen
    std::map<std::string, std::string> config = {};

    std::string name_daemon = {};            ///< whom glibc asks for names over a socket; empty: nobody
    std::vector<std::string> browsers = {};  ///< what is said of each that runs
};

/// What is seen of this machine.
Facts look_at_machine();

enum class State { ok, warn, fail };

struct Finding {
    std::string id; ///< stays the same: "module-loaded"
    State state = State::ok;
    std::string what;
    std::string why = {};
    std::string repair = {}; ///< a command, or what else is to be done
};

std::string_view name_of(State state);

/// All that the facts say, in the order in which it is to be repaired.
std::vector<Finding> examine(const Facts &facts);

/// What was seen of each server. @p wants_udp: the settings lead datagrams through one.
std::vector<Finding> examine(const std::vector<Examined> &servers, bool wants_udp);

bool has_failed(const std::vector<Finding> &findings);
Json json_of(const std::vector<Finding> &findings);
std::string text_of(const std::vector<Finding> &findings);
