// SPDX-License-Identifier: GPL-2.0-or-later
// Why a server has not done what it was asked for, and what to do about it.
#pragma once

#include "conversation.hpp"

/// The conversation has ended without what was wished for: what its refusal means to who
/// has named the proxies. One that speaks strangely is asked what it is.
mprox::Error explain_refusal(Chain chain, const mprox_talk &talk, mprox_step step, const Deadline &deadline);

/// The connection has ended, or nothing came: the words for it, or for what is there.
mprox::Error explain_silence(Chain chain, const mprox_talk &talk, const mprox::Error &error,
                             const Deadline &deadline);
