// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uapi_race SECONDS: calls that meet. One thread turns the words of a struct
 * over while the kernel reads it: what it takes must be one that it has checked.
 * Then several threads and processes call a descriptor that others close, replace
 * and inherit, and enable and disable the context below them.
 */
#include "uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLERS		3
#define SLOTS		4
#define PROXY		"10.77.1.1"
#define PORT		1080
#define NO_ARG		SIZE_MAX

static double part;	/* seconds that one race may take */
static atomic_bool over;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* What a call may come to; 0 ends the list, and success is always among them. */
static bool is_one_of(long got, const int *errnos)
{
	if (got >= 0)
		return true;
	while (*errnos)
		if (-*errnos++ == got)
			return true;
	return false;
}

static atomic_ulong calls_made;

static void expect_one_of(long got, const int *errnos, const char *what)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	calls_made++;
	if (is_one_of(got, errnos))
		return;
	pthread_mutex_lock(&lock);
	expect(got, 0, "%s", what);
	pthread_mutex_unlock(&lock);
}

/* Words that are turned over, each between what is good and what is not. */
struct flip {
	const char *what;
	unsigned long cmd;
	size_t arg;
	size_t at;
	size_t size;
	uint64_t values[4];
	int errnos[6];
};

#define FLIP(CMD, ARG, FIELD, VALUES, ...)				\
	{ #CMD ": " #FIELD, MUTEX_PROXY_IOC_##CMD,			\
	  offsetof(struct request, ARG), offsetof(struct request, FIELD), \
	  sizeof(((struct request *)0)->FIELD), VALUES, { __VA_ARGS__ } }
#define V(...)	{ __VA_ARGS__ }

static const struct flip flips[] = {
	FLIP(SET_CONFIG, config, config.proxy_port, V(1080, 0, 65536, 1080),
	     EINVAL),
	FLIP(SET_CONFIG, config, config.proxy_type, V(1, 9, 3, 2), EINVAL,
	     EOPNOTSUPP),
	FLIP(SET_CONFIG, config, config.version, V(1, 2, 1, 0), EINVAL),
	FLIP(SET_POLICY, policy, policy.size, V(112, 8, 100000, 56), EINVAL,
	     E2BIG),
	FLIP(SET_POLICY, policy, policy.nr_servers, V(2, 0, 33, -1), EINVAL),
	FLIP(SET_POLICY, policy, policy.server_size, V(2868, 551, 4096, 552),
	     EINVAL, EFAULT, E2BIG),
	/* A pointer that is half written may lead to something else. */
	FLIP(SET_POLICY, policy, policy.servers, V(0, 8, -8, -1), EFAULT,
	     EINVAL),
	FLIP(SET_POLICY, policy, policy.dns, V(0, 8, -8, 0), EFAULT, EINVAL,
	     E2BIG),
	FLIP(SET_POLICY, policy, policy.nr_rules, V(2, 257, 0, -1), EINVAL),
	FLIP(SET_POLICY, policy, servers[0].port, V(1080, 0, 1081, 0), EINVAL),
	FLIP(SET_POLICY, policy, servers[0].type, V(1, 9, 3, 2), EINVAL,
	     EOPNOTSUPP),
	FLIP(SET_POLICY, policy, servers[1].flags, V(0, 1, 2, 1), EINVAL),
	FLIP(SET_POLICY, policy, servers[0].user_len, V(0, 255, 1, 0), EINVAL),
	FLIP(SET_POLICY, policy, servers[0].headers_len, V(0, 0xffff, 1024, 1),
	     EINVAL),
	FLIP(SET_POLICY, policy, rules[0].family, V(0, 2, 10, 3), EINVAL),
	FLIP(SET_POLICY, policy, exempt[0].kind, V(2, 1, 2, 0), EINVAL, ESRCH),
	FLIP(SET_POLICY, policy, dns.size, V(80, 8, 5000, 56), EINVAL, E2BIG),
	FLIP(SET_POLICY, policy, dns.nr_rules, V(2, 65, 0, -1), EINVAL),
	FLIP(SET_POLICY, policy, dns.rule_size, V(288, 263, 4096, 264), EINVAL,
	     EFAULT, E2BIG),
	FLIP(SET_POLICY, policy, names[0].name_len, V(1, 0, 255, 254), EINVAL),
	FLIP(SET_SCOPE, scope, scope.size, V(16, 0, 5000, 20), EINVAL, E2BIG),
	FLIP(SET_SCOPE, scope, scope.scope, V(0, 2, 1, -1), EINVAL),
	FLIP(JOIN, join, join.size, V(8, 0, 5000, 12), EINVAL, E2BIG, EALREADY),
	FLIP(BIND, bind, bind.size, V(56, 0, 5000, 60), EINVAL, E2BIG, ENODATA),
	FLIP(BIND, bind, bind.peer_family, V(2, 10, 0, 3), EINVAL, ENODATA),
};

struct turning {
	const struct flip *flip;
	struct request *request;
};

static void *turn(void *arg)
{
	const struct turning *t = arg;
	unsigned char *at = (unsigned char *)t->request + t->flip->at;
	unsigned char good[8];
	unsigned int i = 0;

	memcpy(good, at, t->flip->size);
	while (!over) {
		uint64_t value = t->flip->values[i++ % 4];

		/* Of a pointer the good value is not known before. */
		if (i % 4 == 1 && !value)
			memcpy(at, good, t->flip->size);
		else
			memcpy(at, &value, t->flip->size);
		__asm__ volatile("" ::: "memory");
	}
	return NULL;
}

/* What was taken can only be one that nobody would have refused. */
static void check_taken(int ctx, const char *what)
{
	struct mutex_proxy_config taken;
	long got = ctx_give(ctx, MUTEX_PROXY_IOC_GET_CONFIG, &taken);

	if (expect(got, 0, "%s: GET_CONFIG", what))
		/* Half of one word and half of the next is a port, too. */
		expect(taken.version == 1 && taken.proxy_port &&
		       taken.proxy_port < 65536 && taken.proxy_type >= 1 &&
		       taken.proxy_type <= 2 && !taken.flags ? 0 : -EUCLEAN, 0,
		       "%s: type %u, port %u were taken", what,
		       taken.proxy_type, taken.proxy_port);
}

static void race_flip(int ctx, const struct flip *flip, double seconds)
{
	double until = now() + seconds;
	struct request r;
	struct turning t = { flip, &r };
	pthread_t thread;

	request_init(&r, PROXY, PORT);
	over = false;
	if (pthread_create(&thread, NULL, turn, &t))
		die("pthread_create");
	while (now() < until) {
		expect_one_of(ctx_give(ctx, flip->cmd, (char *)&r + flip->arg),
			      flip->errnos, flip->what);
		check_taken(ctx, flip->what);
	}
	over = true;
	pthread_join(thread, NULL);
}

static void race_flips(void)
{
	int ctx = ctx_new(MUTEX_PROXY_CLOEXEC);
	struct request r;

	request_init(&r, PROXY, PORT);
	if (ctx_give(ctx, MUTEX_PROXY_IOC_SET_POLICY, &r.policy))
		die("SET_POLICY");
	for (size_t i = 0; i < ARRAY_SIZE(flips); i++)
		race_flip(ctx, &flips[i], part / ARRAY_SIZE(flips));
	close(ctx);
	printf("%lu calls met a struct that changes\n", calls_made);
	section("structs that change while they are read");
}

/* Descriptors that come and go below those who call them. */
static int slots[SLOTS];

static const struct {
	const char *name;
	unsigned long cmd;
	size_t arg;
	int errnos[5];
} meeting[] = {
	{ "ENABLE", MUTEX_PROXY_IOC_ENABLE, NO_ARG, { EBADF, ENODATA } },
	{ "DISABLE", MUTEX_PROXY_IOC_DISABLE, NO_ARG, { EBADF } },
	{ "SET_POLICY", MUTEX_PROXY_IOC_SET_POLICY,
	  offsetof(struct request, policy), { EBADF } },
	{ "SET_CONFIG", MUTEX_PROXY_IOC_SET_CONFIG,
	  offsetof(struct request, config), { EBADF } },
	{ "GET_CONFIG", MUTEX_PROXY_IOC_GET_CONFIG,
	  offsetof(struct request, config), { EBADF, ENODATA } },
	{ "SET_SCOPE", MUTEX_PROXY_IOC_SET_SCOPE,
	  offsetof(struct request, scope), { EBADF, EBUSY } },
	{ "JOIN", MUTEX_PROXY_IOC_JOIN, offsetof(struct request, join),
	  { EBADF, EALREADY, ENOSPC } },
	{ "BIND", MUTEX_PROXY_IOC_BIND, offsetof(struct request, bind),
	  { EBADF, ENODATA, EPERM, EOPNOTSUPP } },
	{ "DNS_LOG", MUTEX_PROXY_IOC_DNS_LOG, NO_ARG, { EBADF } },
};

static void *call_slots(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	char state[STATE_MAX];
	struct request r;

	request_init(&r, PROXY, PORT);
	while (!over) {
		size_t i = rand_r(&seed) % ARRAY_SIZE(meeting);
		int fd = slots[rand_r(&seed) % SLOTS];

		expect_one_of(ctx_call(fd, meeting[i].cmd,
				       meeting[i].arg == NO_ARG ? 0 :
				       (uintptr_t)&r + meeting[i].arg),
			      meeting[i].errnos, meeting[i].name);
		if (rand_r(&seed) % 16 == 0 && read(fd, state, 48) < 0 &&
		    errno != EBADF)
			expect_one_of(-errno, (const int []){ EBADF, 0 }, "read");
	}
	return NULL;
}

/*
 * The number stays, what it stands for does not. A child holds what it has inherited
 * for a moment, so that the process may be in as many contexts as one may be.
 */
static void *replace_slots(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	int dev = open(DEVICE, O_RDWR | O_CLOEXEC);

	while (!over) {
		int fd = ioctl(dev, MUTEX_PROXY_IOC_CREATE, MUTEX_PROXY_CLOEXEC);
		int slot = rand_r(&seed) % SLOTS;

		if (fd < 0 && errno != ENOSPC)
			die("CREATE");
		if (fd < 0)
			continue;
		if (rand_r(&seed) % 4 == 0)
			close(slots[slot]);
		if (dup3(fd, slots[slot], O_CLOEXEC) < 0 && errno != EBUSY)
			die("dup3");
		close(fd);
	}
	close(dev);
	return NULL;
}

/* Children that are members at once, and gone at once. */
static void *fork_over_slots(void *arg)
{
	unsigned int seed = (uintptr_t)arg;

	while (!over) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			for (int i = 0; i < SLOTS; i++)
				ctx_call(slots[i], i % 2 ? MUTEX_PROXY_IOC_ENABLE :
					 MUTEX_PROXY_IOC_DISABLE, 0);
			if (rand_r(&seed) % 2)
				execl("/bin/true", "true", NULL);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return NULL;
}

static void race_slots(void)
{
	void *(*const doing[])(void *) = { replace_slots, fork_over_slots };
	pthread_t threads[CALLERS + ARRAY_SIZE(doing)];
	double until = now() + part;
	size_t i;

	calls_made = 0;
	over = false;
	for (i = 0; i < SLOTS; i++)
		slots[i] = ctx_new(MUTEX_PROXY_CLOEXEC);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		if (pthread_create(&threads[i], NULL, i < CALLERS ? call_slots :
				   doing[i - CALLERS], (void *)(i + 1)))
			die("pthread_create");
	while (now() < until)
		usleep(10000);
	over = true;
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < SLOTS; i++)
		close(slots[i]);
	printf("%lu calls met a close, a fork and each other\n", calls_made);
	section("descriptors that are closed, replaced and inherited");
}

int main(int argc, char **argv)
{
	part = (argc > 1 ? atof(argv[1]) : 10) / 2;
	race_flips();
	race_slots();
	return verdict();
}
