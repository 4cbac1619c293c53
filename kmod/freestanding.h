/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What pure code (kmod/proto, kmod/rules) needs of its surroundings: the same files are
 * compiled into the module and for userspace. No allocation, lock, clock, I/O or log.
 */
#ifndef MPROX_FREESTANDING_H
#define MPROX_FREESTANDING_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#endif

#endif
