/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_bench.c - what a put and a get of the mock broker's store cost.
 *
 *     bench/store_bench [--long] [FOLDER [MESSAGES]]     default: /tmp, 500000
 *
 * One JSON line a figure on stdout, as all benches do; --long repeats it and prints medians.
 *
 * Each put is compared with the least that any store must do: copy the record
 * and compute the CRC of its body. "warm": the pages of the file are there
 * already; "fresh": as in production, blocks are reserved and pages faulted in as
 * they are written; "sparse": blocks are not reserved (what Apache does). Nothing is
 * flushed meanwhile.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/executor.h"
#include "bench/support/measure.h"
#include "codec/crc32.h"
#include "mock-broker/store/store.h"

enum { PAGE = 4096, GET_MESSAGES = 32, WARM_MAX = 640 << 20 };

#define TOPIC "BenchTopic"

static struct rmqi_timers timers;
static struct mb_get_result got;
static char root[4096];

static void die(const char *what)
{
	fprintf(stderr, "store_bench: %s\n", what);
	exit(1);
}

/* Processor time, kernel included: a loaded machine does not change it. */
static double now_ns(void)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nothing is posted in here: the timers do not run. */
static void ignore(struct rmqi_executor *e, struct rmqi_task *task)
{
	(void)e;
	(void)task;
}

static struct rmqi_executor nowhere = {ignore};

/* --- Kinds of pages ---------------------------------------------------------------------- */

static enum rmq_error map_warm(const struct mb_fs *fs, const char *path, size_t size,
			       struct mb_map *out)
{
	enum rmq_error err = mb_fs_posix()->map(fs, path, size, out);

	if (err == RMQ_OK)
		err = mb_fs_posix()->reserve(fs, out, 0, out->size);
	for (size_t i = 0; err == RMQ_OK && i < out->size && i < WARM_MAX; i += PAGE)
		*(volatile uint8_t *)(out->bytes + i) = 0;
	return err;
}

static enum rmq_error reserve_nothing(const struct mb_fs *fs, struct mb_map *m, size_t from,
				      size_t len)
{
	(void)fs;
	(void)m;
	(void)from;
	(void)len;
	return RMQ_OK;
}

static struct mb_fs table_of(const char *kind)
{
	struct mb_fs fs = *mb_fs_posix();

	if (strcmp(kind, "warm") == 0)
		fs.map = map_warm;
	if (strcmp(kind, "sparse") == 0)
		fs.reserve = reserve_nothing;
	return fs;
}

/* --- Measuring ------------------------------------------------------------------------------ */

static struct rmqi_stored_message message_of(const uint8_t *body, size_t len)
{
	return (struct rmqi_stored_message){
		.born_timestamp = 1,
		.born_host = {.ip = {127, 0, 0, 1}, .port = 1},
		.store_host = {.ip = {127, 0, 0, 1}, .port = 2},
		.topic = rmqi_str(TOPIC),
		.body = rmqi_cursor(body, len),
		.properties =
			RMQI_STR("TAGS\001TagA\002UNIQ_KEY\0017F0000010B9F18B4AAC2295C1B2A0000"
				 "\002WAIT\001true\002"),
	};
}

static double raw_ns(const struct rmqi_stored_message *m, size_t messages)
{
	const size_t region = 64u << 20;
	size_t size = rmqi_message_size(m), at = 0;
	uint8_t *to = calloc(1, region), *from = calloc(1, size);
	uint32_t sum = 0;
	double start;

	if (!to || !from)
		die("memory");
	memset(to, 1, region);
	start = now_ns();
	for (size_t i = 0; i < messages; i++) {
		sum ^= rmqi_crc32_31(m->body.ptr, m->body.len);
		memcpy(to + at, from, size);
		to[at] = (uint8_t)sum;
		at = at + 2 * size < region ? at + size : 0;
	}
	start = now_ns() - start;
	free(to);
	free(from);
	return start / (double)messages;
}

static struct mb_store *open_store(const struct mb_fs *fs)
{
	struct mb_store_config config;
	struct mb_store *s;

	mb_store_config_init(&config);
	config.root = root;
	config.fs = fs;
	config.timers = &timers;
	config.loop = &nowhere;
	config.flusher = &nowhere;
	config.commit_log_file_size = 1u << 30;
	if (mb_store_open(&config, &s, NULL) != RMQ_OK)
		die("open");
	return s;
}

static double put_ns(struct mb_store *s, const struct rmqi_stored_message *m, size_t messages)
{
	struct mb_put_result r;
	double start;

	/* Files and queue are made outside of the measure. */
	mb_store_put(s, m, &r);
	start = now_ns();
	for (size_t i = 0; i < messages; i++) {
		mb_store_put(s, m, &r);
		if (r.status != MB_PUT_OK)
			die("put");
	}
	return (now_ns() - start) / (double)messages;
}

static double get_ns(struct mb_store *s)
{
	const struct mb_get_limits limits = {GET_MESSAGES, 256 * 1024};
	int64_t at = 0, max = mb_store_max_offset(s, rmqi_str(TOPIC), 0);
	double start = now_ns();

	while (at < max) {
		mb_store_get(s, rmqi_str(TOPIC), 0, at, &limits, NULL, &got);
		if (got.status != MB_GET_FOUND)
			die("get");
		at = got.next_begin_offset;
	}
	return (now_ns() - start) / (double)max;
}

static void remove_store(void)
{
	char command[8192];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	if (system(command) != 0)
		die("rm");
}

/* "put_fresh_128": its raw value is a copy and a CRC. */
static void figure(const char *kind, size_t body_size, const char *what, const char *unit,
		   double value, double raw)
{
	char metric[64];

	snprintf(metric, sizeof(metric), "%s_%s_%zu", what, kind, body_size);
	bench_figure(metric, unit, value, raw);
}

static void measure(const char *folder, size_t body_size, size_t messages)
{
	const char *const kinds[] = {"warm", "fresh", "sparse"};
	uint8_t *body = calloc(1, body_size);
	struct rmqi_stored_message m = message_of(body, body_size);
	double raw = raw_ns(&m, messages);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct mb_fs fs = table_of(kinds[i]);
		struct mb_store *s;
		double put, get, start;

		snprintf(root, sizeof(root), "%s/rmq-store-bench-%ld", folder, (long)getpid());
		s = open_store(&fs);
		put = put_ns(s, &m, messages);
		get = get_ns(s);
		mb_store_crash(s);
		start = now_ns();
		s = open_store(mb_fs_posix());
		start = now_ns() - start;
		figure(kinds[i], body_size, "put", "ns", put, raw);
		figure(kinds[i], body_size, "get", "ns", get, NAN);
		figure(kinds[i], body_size, "recovery", "s/GiB",
		       start / 1e9 / (double)mb_store_max_physical_offset(s) * (1u << 30), NAN);
		mb_store_crash(s);
		remove_store();
	}
	free(body);
}

int main(int argc, char **argv)
{
	bool is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
	char *no_options[] = {argv[0], NULL};
	struct bench_options options;
	const char *folder;
	size_t messages;

	argc -= is_long;
	argv += is_long;
	folder = argc > 1 ? argv[1] : "/tmp";
	messages = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 500000;
	bench_init("store_bench", 1, no_options, 1, 1, &options);
	rmqi_timers_init(&timers, rmqi_clock_real(), NULL);
	for (int round = 0; round < (is_long ? 5 : 1); round++) {
		measure(folder, 128, messages);
		measure(folder, 1024, messages);
	}
	bench_print();
	return 0;
}
