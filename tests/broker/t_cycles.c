/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_cycles.c - clusters come and go without a trace: what a process holds of memory, threads and descriptors is the
 * same after many as after some. RMQ_CYCLES says how many (2,000).
 */
#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <check.h>

#include <rocketmq/mock.h>

#include "base/macros.h"
#include "tests/support/child.h"
#include "tests/support/suite.h"

enum {
	CYCLES = 2000,
	CYCLES_ON_DISK = 200,
	FIRST = 20,       /* cycles in which what is made once is made */
	AT_ONCE = 100,
	PATIENCE_MS = 20 * 1000,
	SLACK = 512 /* bytes: much less than a block of malloc for each cycle */
};

#define TUNABLES "GLIBC_TUNABLES"

struct held {
	size_t bytes;
	size_t threads;
	size_t descriptors;
};

static size_t entries_of(const char *folder)
{
	DIR *dir = opendir(folder);
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static size_t bytes_in_use(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	return mallinfo2().uordblks;
#else
	return 0; /* the leak checkers alone look */
#endif
}

static struct held held_now(void)
{
	return (struct held){
		.bytes = bytes_in_use(),
		.threads = entries_of("/proc/self/task"),
		.descriptors = entries_of("/proc/self/fd"),
	};
}

/* A thread that was joined may still be listed for a moment. */
static int are_threads(void *arg)
{
	const size_t *wanted = arg;

	return entries_of("/proc/self/task") == *wanted;
}

static void expect_same(struct held before)
{
	struct held after;

	ck_assert(wait_real(are_threads, &before.threads, PATIENCE_MS));
	after = held_now();
	ck_assert_uint_eq(after.descriptors, before.descriptors);
	ck_assert_msg(after.bytes <= before.bytes + SLACK, "%zu bytes are held, %zu were",
		      after.bytes, before.bytes);
}

static rmq_mock_options *options_of(const char *const *pairs)
{
	rmq_mock_options *o = rmq_mock_options_new();

	ck_assert_ptr_nonnull(o);
	for (; *pairs; pairs += 2)
		ck_assert_int_eq(rmq_mock_options_set(o, pairs[0], pairs[1], NULL), RMQ_OK);
	return o;
}

static rmq_mock_cluster *cluster_of(const rmq_mock_options *o)
{
	rmq_mock_cluster *c = NULL;

	ck_assert_int_eq(rmq_mock_cluster_new(o, &c, NULL), RMQ_OK);
	return c;
}

/* One that has done something. */
static void use(rmq_mock_cluster *c)
{
	ck_assert_int_eq(rmq_mock_cluster_create_topic(c, "T", 2, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, "broker-a", "T", 0), 0);
}

static void cycle(const rmq_mock_options *o, size_t times)
{
	for (size_t i = 0; i < times; i++) {
		rmq_mock_cluster *c = cluster_of(o);

		use(c);
		rmq_mock_cluster_free(c);
	}
}

static size_t cycles(void)
{
	const char *given = getenv("RMQ_CYCLES");

	if (given && *given)
		return strtoul(given, NULL, 10);
	/* A disk takes up to 60 ms to make and remove the folders of one. */
	return access("/dev/shm", W_OK) == 0 ? CYCLES : CYCLES_ON_DISK;
}

static void come_and_go(const char *const *pairs, size_t times)
{
	rmq_mock_options *o = options_of(pairs);
	struct held before;

	cycle(o, FIRST);
	before = held_now();
	cycle(o, times);
	expect_same(before);
	rmq_mock_options_free(o);
}

START_TEST(cycles__of_three_brokers_leave_nothing)
{
	const char *const pairs[] = {"brokers", "3", NULL};

	come_and_go(pairs, cycles() / 10);
}
END_TEST

START_TEST(cycles__under_virtual_time_leave_nothing)
{
	const char *const pairs[] = {"virtualTime", "true", NULL};

	come_and_go(pairs, cycles());
}
END_TEST

/* Each has some ten descriptors. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void hundred_at_once(const rmq_mock_options *o)
{
	rmq_mock_cluster *all[AT_ONCE];

	for (size_t i = 0; i < AT_ONCE; i++)
		all[i] = cluster_of(o);
	for (size_t i = 0; i < AT_ONCE; i++)
		use(all[i]);
	for (size_t i = 1; i < AT_ONCE; i++)
		ck_assert_str_ne(rmq_mock_cluster_namesrv(all[i]),
				 rmq_mock_cluster_namesrv(all[i - 1]));
	for (size_t i = 0; i < AT_ONCE; i++)
		rmq_mock_cluster_free(all[i]);
}

/* The libc keeps stacks of threads for the next ones: so many are there after the first hundred. */
START_TEST(cycles__a_hundred_at_once_are_apart)
{
	const char *const pairs[] = {NULL};
	rmq_mock_options *o = options_of(pairs);
	struct held before;

	allow_descriptors();
	hundred_at_once(o);
	before = held_now();
	hundred_at_once(o);
	expect_same(before);
	rmq_mock_options_free(o);
}
END_TEST

/* What malloc keeps for each thread counts as in use. A process can only be born without. */
static void be_born_again(char **argv)
{
	if (getenv(TUNABLES))
		return;
	setenv(TUNABLES, "glibc.malloc.tcache_count=0", 1);
	execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
	const TTest *const tests[] = {
		cycles__of_three_brokers_leave_nothing,
		cycles__under_virtual_time_leave_nothing,
		cycles__a_hundred_at_once_are_apart,
	};

	(void)argc;
	be_born_again(argv);
	unsetenv("TMPDIR"); /* which may be on a disk */
	return run_suite("cycles", tests, RMQI_COUNT(tests));
}
