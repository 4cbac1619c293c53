/* SPDX-License-Identifier: GPL-2.0 */
/* Arrays of structs that a caller has made room for. */
#ifndef MPROX_EXPORT_H
#define MPROX_EXPORT_H

#include <linux/types.h>

/*
 * Element @i of an array of the caller's, whose elements have @usize octets: the rest of
 * a longer one is zero. -E2BIG: what does not fit into a shorter one is not zero, so
 * that its owner would not know what he leaves out. Process context.
 */
int mprox_export_element(u64 array, u32 i, u32 usize, const void *element, u32 ksize);

#endif
