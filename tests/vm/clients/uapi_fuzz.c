// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uapi_fuzz MODE SEED SECONDS CALLS PROCESSES: calls in random order from several
 * processes that fork, exec, die, and pass each other their descriptors. Each
 * call's errno must be one that the header knows for it.
 *
 * MODE tame: nothing that it configures leads anything past the proxies. All of
 * it happens below a context that stays enabled, so whatever the others are, not
 * a packet may leave for anywhere else. MODE wild: anything goes.
 *
 * The seed says what each process wants to do, not how they meet.
 */
#include "uapi_fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN_MAX	3
#define DEPTH_MAX	2
#define CHILD_CALLS	60
#define PROCESSES_MAX	16

struct shared *shared;

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* xorshift64*: good enough, and a state of one word. */
uint64_t rnd(struct fuzz *f)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return (f->random * 0x2545f4914f6cdd1dULL) >> 16;
}

static void seed(struct fuzz *f, uint64_t from)
{
	f->random = (from + 1) * 0x9e3779b97f4a7c15ULL;
}

void fuzz_bad(const char *format, ...)
{
	char line[256];
	va_list args;
	int len;

	shared->bad++;
	len = snprintf(line, sizeof(line), "BAD %d: ", getpid());
	va_start(args, format);
	vsnprintf(line + len, sizeof(line) - len, format, args);
	va_end(args);
	puts(line);
	fflush(stdout);
}

void drop(struct held *held)
{
	close(held->fd);
	held->kind = HELD_NONE;
}

void hold(struct fuzz *f, enum held_kind kind, int fd)
{
	struct held *held = &f->held[below(f, HELD_MAX)];

	if (f->in_thread) {
		close(fd);
		return;
	}
	if (held->kind)
		drop(held);
	held->kind = kind;
	held->fd = fd;
}

struct held *pick(struct fuzz *f, enum held_kind kind)
{
	unsigned int first = below(f, HELD_MAX);

	for (unsigned int i = 0; i < HELD_MAX; i++) {
		struct held *held = &f->held[(first + i) % HELD_MAX];

		if (held->kind == kind)
			return held;
	}
	return NULL;
}

static void do_close(struct fuzz *f)
{
	struct held *held = &f->held[below(f, HELD_MAX)];

	if (held->kind)
		drop(held);
}

static void do_dup(struct fuzz *f)
{
	struct held *held = &f->held[below(f, HELD_MAX)];
	int fd;

	if (!held->kind)
		return;
	fd = fcntl(held->fd, one_in(f, 2) ? F_DUPFD_CLOEXEC : F_DUPFD, 3);
	if (fd >= 0)
		hold(f, held->kind, fd);
}

/* Into a queue that any of us takes from. */
static void do_pass(struct fuzz *f)
{
	struct held *held = &f->held[below(f, HELD_MAX)];
	char room[CMSG_SPACE(sizeof(int))] = "", kind = held->kind;
	struct iovec part = { &kind, 1 };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1,
			      .msg_control = room, .msg_controllen = sizeof(room) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	if (!held->kind)
		return;
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &held->fd, sizeof(int));
	if (sendmsg(FD_PASS_IN, &msg, MSG_DONTWAIT) > 0 && one_in(f, 2))
		drop(held);
}

static void do_receive(struct fuzz *f)
{
	char room[CMSG_SPACE(sizeof(int))], kind = 0;
	struct iovec part = { &kind, 1 };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1,
			      .msg_control = room, .msg_controllen = sizeof(room) };
	struct cmsghdr *head;
	int fd;

	if (recvmsg(FD_PASS_OUT, &msg, MSG_DONTWAIT |
		    (one_in(f, 2) ? MSG_CMSG_CLOEXEC : 0)) <= 0)
		return;
	head = CMSG_FIRSTHDR(&msg);
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return;
	memcpy(&fd, CMSG_DATA(head), sizeof(int));
	shared->passed++;
	hold(f, kind, fd);
}

static void run(struct fuzz *f, unsigned long calls);

/* Calls from another thread, of the descriptors that this one closes meanwhile. */
static void *thread_main(void *arg)
{
	struct fuzz *f = arg;

	for (unsigned int i = 0; i < 20; i++)
		call_context(f);
	return NULL;
}

static void do_thread(struct fuzz *f)
{
	struct fuzz other = *f;
	pthread_t thread;

	seed(&other, rnd(f));
	other.in_thread = true;
	if (pthread_create(&thread, NULL, thread_main, &other))
		return;
	for (unsigned int i = 0; i < 10; i++)
		one_in(f, 3) ? do_close(f) : call_context(f);
	pthread_join(thread, NULL);
}

static void exec_self(struct fuzz *f)
{
	char seed_text[32], depth[8];

	snprintf(seed_text, sizeof(seed_text), "%lu", rnd(f));
	snprintf(depth, sizeof(depth), "%u", f->depth);
	execl("/proc/self/exe", "uapi_fuzz", "-", seed_text, depth, NULL);
}

static void *exec_main(void *arg)
{
	exec_self(arg);
	return NULL;
}

static void arm_alarm(struct fuzz *f)
{
	const struct itimerval often = { { 0, 300000 + below(f, 200000) },
					 { 0, 300000 } };

	setitimer(ITIMER_REAL, &often, NULL);
}

/* A process ends in one of these ways. */
static _Noreturn void end(struct fuzz *f)
{
	pthread_t thread;

	switch (below(f, 6)) {
	case 0:
		kill(getpid(), SIGKILL);
		break;
	case 1:
		execl("/bin/true", "true", NULL);
		break;
	case 2:
		exec_self(f);
		break;
	case 3:	/* Not from the thread that leads the process. */
		if (!pthread_create(&thread, NULL, exec_main, f))
			pthread_join(thread, NULL);
		break;
	case 4:	/* Its children are nobody's. */
		if (!fork()) {
			arm_alarm(f);
			run(f, CHILD_CALLS / 4);
		}
		break;
	}
	_exit(0);
}

static void do_fork(struct fuzz *f)
{
	uint64_t of_child = rnd(f);
	pid_t pid;

	while (f->children && waitpid(-1, NULL, WNOHANG) > 0)
		f->children--;
	if (f->depth >= DEPTH_MAX || f->children >= CHILDREN_MAX)
		return;
	pid = fork();
	if (pid > 0) {
		f->children++;
		shared->forks++;
		if (one_in(f, 8)) {
			usleep(below(f, 50000));
			kill(pid, SIGKILL);
		}
	}
	if (pid)
		return;
	f->depth++;
	f->children = 0;
	seed(f, of_child);
	arm_alarm(f);
	/* A namespace of its own, which goes with it. */
	if (one_in(f, 16))
		unshare(CLONE_NEWNET);
	run(f, below(f, CHILD_CALLS));
	end(f);
}

static const struct {
	void (*run)(struct fuzz *f);
	unsigned int weight;
} calls[] = {
	{ call_create, 10 }, { call_context, 40 }, { call_log, 6 }, { call_events, 6 },
	{ call_nonsense, 3 }, { do_close, 10 }, { do_dup, 3 }, { do_pass, 6 },
	{ do_receive, 6 }, { do_fork, 6 }, { do_thread, 1 }, { net_connect, 20 },
	{ net_talk, 8 }, { net_query, 6 }, { net_datagram, 5 },
};

static void one_call(struct fuzz *f)
{
	unsigned int sum = 0, at, i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		sum += calls[i].weight;
	at = below(f, sum);
	for (i = 0; at >= calls[i].weight; i++)
		at -= calls[i].weight;
	calls[i].run(f);
}

static bool is_over(void)
{
	return now() >= shared->until || shared->calls >= shared->limit;
}

static void run(struct fuzz *f, unsigned long count)
{
	while (count-- && !is_over()) {
		shared->calls++;
		one_call(f);
	}
}

/* After exec: what was not closed by it is still there. */
static void find_held(struct fuzz *f)
{
	char path[32], link[64];
	ssize_t len;

	for (int fd = 3; fd < FD_SHARED; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, link, sizeof(link) - 1);
		if (len < 0)
			continue;
		link[len] = 0;
		if (!strcmp(link, "anon_inode:[mutex_proxy]"))
			hold(f, HELD_CONTEXT, fd);
		else
			close(fd);
	}
}

static void nothing(int signal)
{
	(void)signal;
}

static void prepare(void)
{
	const struct rlimit files = { 128, 128 };
	/* Without SA_RESTART: what waits is interrupted. */
	const struct sigaction act = { .sa_handler = nothing };

	setrlimit(RLIMIT_NOFILE, &files);
	sigaction(SIGALRM, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		      FD_SHARED, 0);
	if (shared == MAP_FAILED)
		die("mmap");
}

static _Noreturn void worker(uint64_t from, int outer)
{
	struct fuzz f = {};

	close(outer);
	seed(&f, from);
	arm_alarm(&f);
	while (!is_over())
		run(&f, 1000);
	_exit(0);
}

static void set_up(void)
{
	int memory = memfd_create("fuzz", 0), pair[2];

	if (memory < 0 || ftruncate(memory, sizeof(*shared)) ||
	    dup2(memory, FD_SHARED) < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) ||
	    dup2(pair[0], FD_PASS_IN) < 0 || dup2(pair[1], FD_PASS_OUT) < 0)
		die("set up");
	close(memory);
	close(pair[0]);
	close(pair[1]);
	/* Whoever is left alone is ours to wait for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prepare();
}

static int outer_context(struct fuzz *f)
{
	int fd = ctx_new(MUTEX_PROXY_CLOEXEC);

	tame_policy(f, fd);
	if (ctx_call(fd, MUTEX_PROXY_IOC_ENABLE, 0))
		die("ENABLE");
	return fd;
}

static pid_t start_worker(uint64_t from, pid_t group, int outer)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	setpgid(pid, group);
	if (!pid)
		worker(from, outer);
	return pid;
}

/* Nobody is left when this returns. */
static void supervise(uint64_t from, unsigned int processes, int outer)
{
	unsigned int started = 0;
	pid_t pids[PROCESSES_MAX], group = 0;

	for (; started < processes; started++) {
		pids[started] = start_worker(from + started, group, outer);
		if (!group)
			group = pids[0];
	}
	while (!is_over()) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (!pid)
			usleep(20000);
		for (unsigned int i = 0; pid > 0 && i < processes; i++)
			if (pids[i] == pid)
				pids[i] = start_worker(from + started++, 0, outer);
	}
	/* Each worker that was started anew leads a group of its own. */
	for (unsigned int i = 0; i < processes; i++)
		kill(-pids[i], SIGKILL);
	if (group)
		kill(-group, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

int main(int argc, char **argv)
{
	struct fuzz f = {};
	unsigned int processes;
	int outer;

	if (argc == 4) {	/* exec_self() */
		prepare();
		seed(&f, strtoull(argv[2], NULL, 0));
		f.depth = atoi(argv[3]);
		find_held(&f);
		run(&f, CHILD_CALLS / 2);
		end(&f);
	}
	if (argc != 6)
		return 2;
	processes = atoi(argv[5]);
	if (!processes || processes > PROCESSES_MAX)
		return 2;
	set_up();
	shared->wild = !strcmp(argv[1], "wild");
	shared->until = now() + atof(argv[3]);
	shared->limit = strtoul(argv[4], NULL, 0);
	seed(&f, strtoull(argv[2], NULL, 0));
	outer = outer_context(&f);
	supervise(strtoull(argv[2], NULL, 0), processes, outer);
	close(outer);
	printf("%s, seed %s: %lu calls, %lu forks, %lu descriptors passed, "
	       "%lu connected, %lu not, %lu queries answered, %lu datagrams, %lu bad\n",
	       argv[1], argv[2], shared->calls, shared->forks, shared->passed,
	       shared->connected, shared->not_connected, shared->answered,
	       shared->datagrams, shared->bad);
	return shared->bad != 0;
}
