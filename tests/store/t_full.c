/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_full.c - a file system that really is full, at whatever the store does next: an append, a new file of the log, of a
 * queue or of the index. A byte written where no block is would end the process (SIGBUS).
 *
 * A small tmpfs in a name space of its own; where that is not allowed, the program is skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

enum { MIB = 1024 * 1024, QUEUES = 3, REFUSALS = 30 };

static struct kit k;
static char folder[256], root[512], ballast[512];

static bool mount_on(const char *path)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", path, "tmpfs", 0, "size=3m") == 0;
}

/* 0, or the errno. In a process of its own: the name space ends with it. */
static int find_obstacle(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(mount_on("/tmp") ? 0 : errno);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static void make_disk(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/rmq-full-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_msg(mount_on(folder), "%s", strerror(errno));
	snprintf(root, sizeof(root), "%s/store", folder);
	snprintf(ballast, sizeof(ballast), "%s/ballast", folder);
}

/* The name space goes with the process; the folder was made outside of it. */
static void remove_disk(void)
{
	ck_assert_int_eq(umount(folder), 0);
	rmdir(folder);
}

/* Leaves `bytes` free. */
static void fill_disk(off_t bytes)
{
	int fd = open(ballast, O_CREAT | O_RDWR, 0600);
	struct statvfs v;
	off_t free_bytes;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstatvfs(fd, &v), 0);
	free_bytes = (off_t)(v.f_bavail * v.f_frsize);
	if (free_bytes > bytes)
		ck_assert_int_eq(posix_fallocate(fd, 0, free_bytes - bytes), 0);
	close(fd);
}

static enum mb_put_status put(int number)
{
	char body[701], properties[64];
	struct rmqi_stored_message m;
	struct mb_put_result r;

	memset(body, 'x', 700);
	body[700] = '\0';
	snprintf(properties, sizeof(properties), "KEYS\001k%d\002", number);
	m = kit_message("T", number % QUEUES, body, properties);
	mb_store_put(k.store, &m, &r);
	return r.status;
}

/* Until nothing more is taken. The number of the next message. */
static int put_until_full(int number)
{
	for (int refused = 0; refused < REFUSALS; kit_advance_ms(&k, 50)) {
		enum mb_put_status status = put(number);

		ck_assert(status == MB_PUT_OK || status == MB_PUT_SERVICE_NOT_AVAILABLE ||
			  status == MB_PUT_CREATE_MAPPED_FILE_FAILED);
		refused += status != MB_PUT_OK;
		number += status == MB_PUT_OK;
		ck_assert_int_lt(number, 100000);
	}
	return number;
}

static void expect_all(int count)
{
	ck_assert_uint_eq(kit_check(&k), (size_t)count);
	for (int i = 0; i < count; i++) {
		char key[16];
		struct mb_query q = {RMQI_STR("T"), {0}, MB_INDEX_KEY, 64, 0, INT64_MAX, 0};

		snprintf(key, sizeof(key), "k%d", i);
		q.key = rmqi_str(key);
		ck_assert_int_eq(mb_store_query(k.store, &q, &k.got), RMQ_OK);
		ck_assert_msg(k.got.count == 1, "%s of %d: %zu", key, count, k.got.count);
	}
}

static void begin_store(void)
{
	kit_init(&k, 1);
	k.config.fs = NULL;
	k.config.root = root;
	k.config.commit_log_file_size = 256 * 1024;
	k.config.consume_queue_file_size = 2000;
	k.config.message_index = true;
	k.config.index = (struct mb_index_shape){997, 300};
	kit_open(&k);
}

static void remove_store(void)
{
	char command[2048];

	snprintf(command, sizeof(command), "rm -rf '%s' '%s'", root, ballast);
	ck_assert_int_eq(system(command), 0);
}

/* The disk ends here: refused, nothing that was taken is lost, and it goes on when there is room. */
static void run_into(off_t left)
{
	int count, more;

	begin_store();
	put(0);
	fill_disk(left);
	count = put_until_full(1);
	ck_assert_uint_eq(kit_check(&k), (size_t)count);
	/* On the full disk, too: an orderly end, a kill, a start. */
	if (left % (128 * 1024) == 0)
		kit_crash(&k);
	else
		kit_close(&k);
	if (kit_try_open(&k, NULL) != RMQ_OK) {
		ck_assert_ptr_null(k.store);
		ck_assert_int_eq(unlink(ballast), 0);
		kit_open(&k);
	} else {
		ck_assert_uint_eq(kit_check(&k), (size_t)count);
		ck_assert_int_eq(unlink(ballast), 0);
	}
	for (more = count; more < count + 300; more++)
		ck_assert_int_eq(put(more), MB_PUT_OK);
	expect_all(more);
	kit_reopen(&k);
	expect_all(more);
	kit_deinit(&k);
	remove_store();
}

START_TEST(full__disk_ends_anywhere)
{
	make_disk();
	for (off_t left = 2 * MIB; left >= 0; left -= 64 * 1024)
		run_into(left);
	remove_disk();
}
END_TEST

START_TEST(full__disk_that_is_full_at_the_start)
{
	make_disk();
	for (int pages = 0; pages < 12; pages++) {
		enum rmq_error err;

		fill_disk((off_t)pages * 4096);
		kit_init(&k, 1);
		k.config.fs = NULL;
		k.config.root = root;
		err = kit_try_open(&k, NULL);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_IO);
		if (err == RMQ_OK)
			put_until_full(0);
		kit_deinit(&k);
		remove_store();
	}
	remove_disk();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		full__disk_ends_anywhere,
		full__disk_that_is_full_at_the_start,
	};
	int obstacle = find_obstacle();

	if (obstacle) {
		printf("1..0 # SKIP no tmpfs can be mounted here: %s\n", strerror(obstacle));
		return 0;
	}
	return run_suite("full", tests, RMQI_COUNT(tests));
}
