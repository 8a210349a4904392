/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_posix.c - the store on real files: locks, permissions, kill -9, threads.
 */
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/rand.h"
#include "tests/store/kit.h"

static struct kit k;
static char root[PATH_MAX];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_root(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The kit, but on a folder of its own. */
static void setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(root, sizeof(root), "%s/rmq-store-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(root));
	kit_init(&k, 1);
	k.config.fs = NULL;
	k.config.root = root;
}

static void teardown(void)
{
	kit_deinit(&k);
	remove_root();
}

static const char *in_root(const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static off_t size_of(const char *name)
{
	struct stat st;

	return stat(in_root(name), &st) == 0 ? st.st_size : -1;
}

START_TEST(posix__keeps_everything_over_restarts)
{
	setup();
	kit_open(&k);
	kit_put_many(&k, "T", 0, 0, 100);
	kit_put_many(&k, "%RETRY%G", 3, 0, 2);
	kit_reopen(&k);
	kit_expect_many(&k, "T", 0, 0, 100);
	kit_put_many(&k, "T", 0, 100, 100);
	kit_crash(&k);

	kit_open(&k);

	kit_expect_many(&k, "T", 0, 0, 200);
	ck_assert_uint_eq(kit_check(&k), 202);
	ck_assert_int_eq(size_of("commitlog/00000000000000004096"), 4096);
	ck_assert_int_eq(size_of("consumequeue/T/0/00000000000000000400"), 400);
	ck_assert_int_eq(size_of("consumequeue/%RETRY%G/3/00000000000000000000"), 400);
	ck_assert_int_eq(size_of("checkpoint"), 4096);
	ck_assert_int_gt(size_of("abort"), 0);
	kit_close(&k);
	ck_assert_int_eq(size_of("abort"), -1);
	teardown();
}
END_TEST

START_TEST(posix__default_files_are_sparse)
{
	struct stat st;

	setup();
	k.config.commit_log_file_size = 0;
	k.config.consume_queue_file_size = 0;
	kit_open(&k);
	kit_put_many(&k, "T", 0, 0, 1);

	ck_assert_int_eq(stat(in_root("commitlog/00000000000000000000"), &st), 0);
	ck_assert_int_eq(st.st_size, 1 << 30);
	ck_assert_int_lt(st.st_blocks, 64 << 11); /* 64 MiB */
	ck_assert_int_gt(st.st_blocks, 0);
	ck_assert_int_eq(size_of("consumequeue/T/0/00000000000000000000"), 6000000);
	teardown();
}
END_TEST

static enum rmq_error open_second(struct mb_store **out)
{
	return mb_store_open(&k.config, out, NULL);
}

START_TEST(posix__locks_within_a_process)
{
	struct mb_store *second = NULL;

	setup();
	kit_open(&k);

	ck_assert_int_eq(open_second(&second), RMQ_ERR_LOCKED);

	kit_close(&k);
	ck_assert_int_eq(open_second(&second), RMQ_OK);
	mb_store_close(second);
	teardown();
}
END_TEST

/* As Java does it: a process lock of the first byte. */
static bool child_can_lock(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
		int fd = open(in_root("lock"), O_RDWR);

		_exit(fd >= 0 && fcntl(fd, F_SETLK, &range) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

START_TEST(posix__locks_other_processes_out)
{
	setup();
	kit_open(&k);
	ck_assert(!child_can_lock());
	kit_close(&k);
	ck_assert(child_can_lock());
	teardown();
}
END_TEST

START_TEST(posix__is_locked_out_by_a_process_lock)
{
	int up[2], down[2];
	char byte;
	pid_t pid;

	setup();
	kit_open(&k);
	kit_close(&k);
	ck_assert_int_eq(pipe(up) | pipe(down), 0);
	pid = fork();
	if (pid == 0) {
		struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
		int fd = open(in_root("lock"), O_RDWR);

		if (fd < 0 || fcntl(fd, F_SETLK, &range) != 0 || write(up[1], "x", 1) != 1)
			_exit(1);
		_exit(read(down[0], &byte, 1) == 1 ? 0 : 1);
	}
	ck_assert_int_eq(read(up[0], &byte, 1), 1);

	ck_assert_int_eq(kit_try_open(&k, NULL), RMQ_ERR_LOCKED);

	ck_assert_int_eq(write(down[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	kit_open(&k);
	teardown();
}
END_TEST

static void expect_refusal(const char *folder)
{
	struct rmq_error_detail *detail = rmqi_detail_new();

	k.config.root = folder;
	ck_assert_int_ne(kit_try_open(&k, detail), RMQ_OK);
	ck_assert_msg(strstr(rmq_error_detail_message(detail), folder), "%s",
		      rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
}

START_TEST(posix__says_that_a_folder_cannot_be_used)
{
	setup();
	expect_refusal("/dev/null/store");
	expect_refusal("/proc/store");
	teardown();
}
END_TEST

START_TEST(posix__says_that_a_folder_is_not_writable)
{
	int status;
	pid_t pid;

	setup();
	kit_open(&k);
	kit_put_many(&k, "T", 0, 0, 3);
	kit_close(&k);
	ck_assert_int_eq(chmod(root, 0555), 0);
	ck_assert_int_eq(chmod(in_root("lock"), 0444), 0);
	pid = fork();
	if (pid == 0) { /* root may write anywhere */
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(geteuid() == 0 ? 2 : 0);
		_exit(kit_try_open(&k, NULL) == RMQ_ERR_IO ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(chmod(root, 0755), 0);
	ck_assert_int_eq(chmod(in_root("lock"), 0644), 0);
	teardown();
}
END_TEST

/* --- kill -9 --------------------------------------------------------------------------------- */

/* Puts numbered messages until it is killed; tells each that was acknowledged. */
static void put_for_ever(int out)
{
	char body[300];

	if (kit_try_open(&k, NULL) != RMQ_OK)
		_exit(1);
	for (int i = (int)mb_store_max_offset(k.store, RMQI_STR("T"), 0);; i++) {
		struct mb_put_result r;

		memset(body, ' ', sizeof(body) - 1);
		body[(unsigned)i * 37 % 280 + 16] = '\0';
		body[snprintf(body, 16, "%d", i)] = ' ';
		r = kit_try_put(&k, "T", 0, body);
		if (r.status != MB_PUT_OK || r.queue_offset != i)
			_exit(2);
		if (write(out, &i, sizeof(i)) != sizeof(i))
			_exit(3);
		if (i % 64 == 0)
			rmqi_sim_advance(k.sim, 300 * 1000);
	}
}

/* Kills a writer after `us` microseconds; returns the highest number that it acknowledged. */
static int kill_a_writer(useconds_t us, int acked)
{
	int fds[2], n, status;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(fds[0]);
		put_for_ever(fds[1]);
	}
	close(fds[1]);
	usleep(us);
	kill(pid, SIGKILL);
	while (read(fds[0], &n, sizeof(n)) == sizeof(n))
		acked = n;
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status), "the writer ended with %d", WEXITSTATUS(status));
	return acked;
}

START_TEST(kill__loses_nothing_that_was_acknowledged)
{
	struct rmqi_rand rand;
	int acked = -1;

	rmqi_rand_init(&rand, 20240101);
	setup();
	k.config.commit_log_file_size = 16 * 1024;
	/* Sixty, and on a slow machine as many more as give it something to lose. */
	for (int round = 0; round < 60 || acked <= 100; round++) {
		int64_t max;

		ck_assert_int_lt(round, 6000);
		acked = kill_a_writer((useconds_t)rmqi_rand_below(&rand, 25000), acked);
		if (round % 3 != 0)
			continue; /* the next writer recovers, and may be killed while it does */
		kit_open(&k);
		max = mb_store_max_offset(k.store, RMQI_STR("T"), 0);
		ck_assert_int_ge(max, acked + 1);
		kit_expect_many(&k, "T", 0, 0, (int)max);
		ck_assert_uint_eq(kit_check(&k), (size_t)max);
		if (round % 2)
			kit_crash(&k);
		else
			kit_close(&k);
	}
	teardown();
}
END_TEST

/* --- Threads --------------------------------------------------------------------------------- */

enum { THREAD_PUTS = 300 };

struct threads {
	const struct rmqi_env *env;
	struct rmqi_pool *loop;
	struct rmqi_pool *flusher;
	struct rmqi_timers timers;
	struct mb_store_config config;
	struct mb_store *store;
	struct rmqi_task task;
	struct rmqi_event done;
	struct mb_put_wait waits[THREAD_PUTS];
	int put;
	int completed;
	bool closes_early;
};

static struct threads t;

static void one_flushed(struct mb_put_wait *w, enum mb_put_status status)
{
	(void)w;
	ck_assert_int_eq(status, MB_PUT_OK);
	if (++t.completed == THREAD_PUTS)
		rmqi_event_set(&t.done);
}

/* On the loop: some puts, then again. */
static void put_some(struct rmqi_task *task)
{
	struct rmqi_stored_message m = kit_message("T", 0, "body", "");

	for (int i = 0; i < 10 && t.put < THREAD_PUTS; i++) {
		struct mb_put_wait *w = &t.waits[t.put++];
		struct mb_put_result r;

		mb_store_put(t.store, &m, &r);
		ck_assert_int_eq(r.status, MB_PUT_OK);
		w->done = one_flushed;
		mb_store_wait(t.store, MB_WAIT_FLUSHED, r.physical_offset + (int64_t)r.size, w);
	}
	if (t.put < THREAD_PUTS) {
		rmqi_post(rmqi_pool_executor(t.loop), task);
	} else if (t.closes_early) {
		/* The job is somewhere between the loop and the flusher. */
		mb_store_close(t.store);
		t.store = NULL;
	}
}

static void run_threads(bool closes_early)
{
	setup();
	t = (struct threads){.env = rmqi_env_real(), .closes_early = closes_early};
	ck_assert_int_eq(rmqi_pool_new(t.env, "loop", 1, &t.loop), RMQ_OK);
	ck_assert_int_eq(rmqi_pool_new(t.env, "flusher", 1, &t.flusher), RMQ_OK);
	rmqi_timers_init(&t.timers, t.env->clock, NULL);
	rmqi_event_init(&t.done, t.env);
	t.config = k.config;
	t.config.timers = &t.timers;
	t.config.loop = rmqi_pool_executor(t.loop);
	t.config.flusher = rmqi_pool_executor(t.flusher);
	t.config.log = NULL;
	ck_assert_int_eq(mb_store_open(&t.config, &t.store, NULL), RMQ_OK);
	t.task.run = put_some;

	rmqi_post(rmqi_pool_executor(t.loop), &t.task);

	ck_assert(rmqi_event_wait(&t.done, rmqi_clock_deadline(t.env->clock, 20000)));
	ck_assert(rmqi_pool_close(t.loop, RMQI_FOREVER, NULL));
	mb_store_close(t.store);
	ck_assert(rmqi_pool_close(t.flusher, RMQI_FOREVER, NULL));
	rmqi_event_deinit(&t.done);
	rmqi_timers_deinit(&t.timers);
	teardown();
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(in_root(name), &st), 0);
	return st.st_mode & 07777;
}

static void expect_text(const char *name, const char *text)
{
	struct rmqi_buf bytes;

	rmqi_buf_init(&bytes, 64);
	ck_assert_int_eq(mb_fs_posix()->read_file(mb_fs_posix(), in_root(name), &bytes), RMQ_OK);
	ck_assert_uint_eq(bytes.len, strlen(text));
	ck_assert_mem_eq(rmqi_buf_data(&bytes), text, bytes.len);
	rmqi_buf_deinit(&bytes);
}

START_TEST(posix__replaces_secrets_for_their_owner_only)
{
	const struct mb_fs *fs = mb_fs_posix();

	setup();
	umask(022);
	ck_assert_int_eq(fs->replace_file(fs, in_root("f"), "one", 3), RMQ_OK);
	ck_assert_int_eq(mode_of("f"), 0644);
	ck_assert_int_eq(fs->replace_secret(fs, in_root("f"), "two", 3), RMQ_OK);
	ck_assert_int_eq(mode_of("f"), 0600);
	ck_assert_int_eq(mode_of("f.bak"), 0600);
	expect_text("f", "two");
	expect_text("f.bak", "one");
	ck_assert_int_eq(fs->replace_secret(fs, in_root("new"), "", 0), RMQ_OK);
	ck_assert_int_eq(mode_of("new"), 0600);
	ck_assert_int_eq(fs->replace_secret(fs, in_root("nowhere/f"), "x", 1), RMQ_ERR_NOT_FOUND);
	teardown();
}
END_TEST

START_TEST(posix__knows_the_disk)
{
	struct mb_space_figures disk;

	setup();
	kit_open(&k);
	ck_assert(mb_store_disk(k.store, &disk));
	ck_assert_uint_gt(disk.total, 0);
	ck_assert_uint_le(disk.usable, disk.free);
	ck_assert_uint_le(disk.free, disk.total);
	teardown();
}
END_TEST

/* A hint changes no byte, wherever it begins and ends. */
START_TEST(posix__makes_pages_ready_and_changes_nothing)
{
	enum { SIZE = 64 * 1024 };
	const struct mb_fs *fs = mb_fs_posix();
	struct mb_map m;

	setup();
	ck_assert_int_eq(fs->map(fs, in_root("f"), SIZE, &m), RMQ_OK);
	ck_assert_int_eq(fs->reserve(fs, &m, 0, SIZE), RMQ_OK);
	memset(m.bytes, 'x', 5000);
	fs->make_ready(fs, &m, 5000, SIZE - 5000);
	fs->make_ready(fs, &m, 1, 1);
	fs->make_ready(fs, &m, SIZE - 1, 1);
	for (size_t i = 0; i < SIZE; i++)
		ck_assert_int_eq(m.bytes[i], i < 5000 ? 'x' : 0);
	fs->unmap(fs, &m);
	teardown();
}
END_TEST

/* What maps of files whose name has `part` hold in memory, in kB; -1: the system does not say. */
static long resident_of(const char *part)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	bool is_one = false;
	char line[PATH_MAX + 128];
	long sum = 0, kb;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (!(line[0] >= 'A' && line[0] <= 'Z')) /* a map begins with its addresses, "7f12..." */
			is_one = strstr(line, part);
		else if (is_one && sscanf(line, "Rss: %ld kB", &kb) == 1)
			sum += kb;
	}
	fclose(f);
	return sum;
}

static void put_light(int i)
{
	char properties[64];
	struct rmqi_stored_message m;
	struct mb_put_result r;

	snprintf(properties, sizeof(properties), "INNER_MULTI_DISPATCH\1%%LMQ%%l%d\2", i);
	m = kit_message("T", 0, "body", properties);
	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_OK);
}

/* The flusher has not come yet: nobody may sleep. A page of each would be 4000 kB. */
START_TEST(posix__light_queues_that_wait_for_the_disk_hold_no_pages)
{
	enum { COUNT = 1000, PAGE_KB = 4 };
	char name[32];

	setup();
	k.config.light_queues = true;
	kit_open(&k);
	for (int i = 0; i < COUNT; i++)
		put_light(i);
	ck_assert_int_le(resident_of("%LMQ%"), 300 * PAGE_KB);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < COUNT; i++) {
			snprintf(name, sizeof(name), "%%LMQ%%l%d", i);
			ck_assert_int_eq(kit_get(&k, name, 0, 0), MB_GET_FOUND);
			ck_assert_int_eq(mb_store_light_max(k.store, rmqi_str(name)), 1);
		}
		kit_reopen(&k);
	}
	teardown();
}
END_TEST

START_TEST(threads__flush_while_the_loop_puts)
{
	run_threads(false);
}
END_TEST

START_TEST(threads__close_while_the_flusher_works)
{
	for (int i = 0; i < 5; i++)
		run_threads(true);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		posix__keeps_everything_over_restarts,
		posix__default_files_are_sparse,
		posix__locks_within_a_process,
		posix__locks_other_processes_out,
		posix__is_locked_out_by_a_process_lock,
		posix__says_that_a_folder_cannot_be_used,
		posix__says_that_a_folder_is_not_writable,
		posix__replaces_secrets_for_their_owner_only,
		posix__knows_the_disk,
		posix__makes_pages_ready_and_changes_nothing,
		posix__light_queues_that_wait_for_the_disk_hold_no_pages,
		kill__loses_nothing_that_was_acknowledged,
		threads__flush_while_the_loop_puts,
		threads__close_while_the_flusher_works,
	};

	return run_suite("posix", tests, RMQI_COUNT(tests));
}
