// SPDX-License-Identifier: GPL-2.0-or-later
// A process that is nobody's child.
#pragma once

#include <functional>

/// @p run is called in a process with a session of its own, which COMMAND does not find
/// among its children and no key on the terminal ends. False: there is none, see errno.
bool start_orphan(const std::function<void()> &run);
