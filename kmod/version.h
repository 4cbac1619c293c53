/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The version of the module and of all that comes with it. It stands here because
 * the module is built without CMake, which reads it here, as scripts/package does.
 */
#ifndef MPROX_VERSION_H
#define MPROX_VERSION_H

#define MPROX_VERSION "0.1.0"

#endif
