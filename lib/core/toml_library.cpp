// SPDX-License-Identifier: GPL-2.0-or-later
// toml++ itself, compiled once. Not Debian's shared library: the preload library
// brings nothing into a program but itself.
#define TOML_IMPLEMENTATION
#include <toml++/toml.h>
