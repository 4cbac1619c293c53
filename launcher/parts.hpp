// SPDX-License-Identifier: GPL-2.0-or-later
// The other things that we are made of.
#pragma once

#include <string>

/// Where a part is installed; or in the build tree that we are run from, if it is not
/// @p installed there. @p built: within that tree. @p mode: of access().
std::string find_part(const std::string &installed, const std::string &built, int mode);
