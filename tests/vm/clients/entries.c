// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * entries: what a program can ask of the kernel beside its packets, through each
 * entry that it has. A line for each: what, and "OK" or the errno's name.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SOCKET32	359	/* of asm/unistd_32.h */
#define SOCKETCALL32	102
#define IO_URING_SETUP	425

static void say(const char *what, long result)
{
	printf("%s %s\n", what, result < 0 ? strerrorname_np(errno) : "OK");
}

/* int $0x80 is the entry of 32-bit programs, and open to all. */
static long call32(long number, long first, long second, long third)
{
	long result;

	asm volatile("int $0x80" : "=a"(result)
		     : "a"(number), "b"(first), "c"(second), "d"(third)
		     : "memory", "r8", "r9", "r10", "r11");
	if ((int)result >= 0)
		return result;
	errno = -(int)result;
	return -1;
}

/* Its arguments are in memory, below 4 GiB. */
static long socketcall(int family, int type)
{
	int *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	args[0] = family;
	args[1] = type;
	args[2] = 0;
	return call32(SOCKETCALL32, 1, (long)args, 0);
}

int main(void)
{
	char params[256] = { 0 };

	say("inet", socket(AF_INET, SOCK_STREAM, 0));
	say("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
	say("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
	say("tipc", socket(AF_TIPC, SOCK_STREAM, 0));
	say("packet", socket(AF_PACKET, SOCK_RAW, 0));
	say("sock_packet", socket(AF_INET, SOCK_PACKET, 0));
	say("inet32", call32(SOCKET32, AF_INET, SOCK_STREAM, 0));
	say("vsock32", call32(SOCKET32, AF_VSOCK, SOCK_STREAM, 0));
	say("socketcall", socketcall(AF_VSOCK, SOCK_STREAM));
	say("uring", syscall(SYS_io_uring_setup, 4, params));
	memset(params, 0, sizeof(params));
	say("mount", mount("none", "/mnt", "tmpfs", 0, NULL));
	say("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
	say("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	say("request_key", syscall(SYS_request_key, "user", "of:nobody", NULL, 0));
	say("writev", process_vm_writev(getpid(), NULL, 0, NULL, 0, 0));
	return 0;
}
