// SPDX-License-Identifier: GPL-2.0
#include "report/export.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>

int mprox_export_element(u64 array, u32 i, u32 usize, const void *element, u32 ksize)
{
	u8 __user *to = u64_to_user_ptr(array) + (size_t)i * usize;
	u32 both = min(usize, ksize);

	if (memchr_inv(element + both, 0, ksize - both))
		return -E2BIG;
	if (copy_to_user(to, element, both) || clear_user(to + both, usize - both))
		return -EFAULT;
	return 0;
}
