/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A descriptor with an inode of its own, so that security modules know what it is: Linux
 * 6.8 renamed anon_inode_getfd_secure(), and exports the half that makes a file.
 */
#ifndef MPROX_COMPAT_ANON_INODE_H
#define MPROX_COMPAT_ANON_INODE_H

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>

/* @flags as open() has them. It is the caller's process's at once. Negative errno. */
static inline int mprox_compat_anon_fd(const char *name, const struct file_operations *fops,
				       void *priv, int flags)
{
#ifdef MPROX_HAS_ANON_CREATE
	struct file *file;
	int fd;

	fd = get_unused_fd_flags(flags);
	if (fd < 0)
		return fd;
	file = anon_inode_create_getfile(name, fops, priv, flags, NULL);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
#else
	return anon_inode_getfd_secure(name, fops, priv, flags, NULL);
#endif
}

#endif
