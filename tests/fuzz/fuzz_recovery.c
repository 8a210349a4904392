/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_recovery.c - arbitrary bytes as the files of a store that is opened.
 *
 *     flags u8 | commit log, 3 files of 1024 bytes | queue T/0, 2 files of 200 bytes |
 *     queue T/1, 1 file | checkpoint, 24 bytes | index, 2 files of 172 bytes      what is missing is zero
 *
 * Whatever they hold: the store opens or says why not; what it hands out is
 * a message of that queue; what is put afterwards is there. Opening it once more
 * gives the same offsets, when there is one file: damage in files before the
 * checkpoint may come to light later.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sim.h"
#include "mock-broker/store/store.h"
#include "tests/support/mem_fs.h"

enum {
	LOG_FILE = 1024,
	QUEUE_FILE = 200,
	QUEUES = 3,
	FLAG_ABORT = 1,
	FLAG_CRC = 2,
	FLAG_TWO_LOGS = 4,
	FLAG_THREE_LOGS = 8,
	FLAG_LATE_LOG = 16, /* the first file is not that of offset 0 */
	FLAG_NO_QUEUES = 32,
	FLAG_CRASH = 64,
	FLAG_INDEX = 128,
	INDEX_SLOTS = 3,
	INDEX_ITEMS = 6,
	INDEX_FILE = 40 + INDEX_SLOTS * 4 + INDEX_ITEMS * 20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rmqi_sim *sim;
static struct rmqi_lane *loop;
static struct rmqi_lane *flusher;
static struct rmqi_timers timers;
static struct mb_get_result got;

static void must(bool claim)
{
	if (!claim)
		abort();
}

static void start(void)
{
	must(rmqi_sim_new(1, 1700000000000, &sim) == RMQ_OK);
	must(rmqi_lane_new(sim, 1, NULL, &loop) == RMQ_OK);
	must(rmqi_lane_new(sim, 1, NULL, &flusher) == RMQ_OK);
	rmqi_timers_init(&timers, rmqi_sim_clock(sim), NULL);
}

/* The next `len` bytes of the input, filled up with zeroes, become a file. */
static void make_file(struct mem_fs *fs, const char *path, size_t size_on_disk, size_t len,
		      const uint8_t **data, size_t *size)
{
	uint8_t bytes[4096] = {0};
	size_t n = len < *size ? len : *size;

	if (n)
		memcpy(bytes, *data, n);
	*data += n;
	*size -= n;
	mem_fs_put(fs, path, bytes, size_on_disk);
}

static struct mem_fs *make_files(uint8_t flags, const uint8_t *data, size_t size)
{
	struct mem_fs *fs = mem_fs_new();

	if (!(flags & FLAG_LATE_LOG))
		make_file(fs, "/commitlog/00000000000000000000", LOG_FILE, LOG_FILE, &data, &size);
	if (flags & FLAG_TWO_LOGS || flags & FLAG_LATE_LOG)
		make_file(fs, "/commitlog/00000000000000001024", LOG_FILE, LOG_FILE, &data, &size);
	if (flags & FLAG_THREE_LOGS)
		make_file(fs, "/commitlog/00000000000000002048", LOG_FILE, LOG_FILE, &data, &size);
	if (!(flags & FLAG_NO_QUEUES)) {
		make_file(fs, "/consumequeue/T/0/00000000000000000000", QUEUE_FILE, QUEUE_FILE,
			  &data, &size);
		make_file(fs, "/consumequeue/T/0/00000000000000000200", QUEUE_FILE, QUEUE_FILE,
			  &data, &size);
		make_file(fs, "/consumequeue/T/1/00000000000000000000", QUEUE_FILE, QUEUE_FILE,
			  &data, &size);
	}
	make_file(fs, "/checkpoint", 4096, 24, &data, &size);
	if (flags & FLAG_INDEX) {
		make_file(fs, "/index/20231114000000000", INDEX_FILE, INDEX_FILE, &data, &size);
		make_file(fs, "/index/20231114000000001", INDEX_FILE, INDEX_FILE, &data, &size);
	}
	if (flags & FLAG_ABORT)
		mem_fs_put(fs, "/abort", "1", 1);
	return fs;
}

static struct mb_store *open_store(const struct mem_fs *fs, uint8_t flags)
{
	struct mb_store_config config;
	struct mb_store *s = NULL;
	enum rmq_error err;

	mb_store_config_init(&config);
	config.root = "";
	config.fs = mem_fs_table(fs);
	config.timers = &timers;
	config.loop = rmqi_lane_executor(loop);
	config.flusher = rmqi_lane_executor(flusher);
	config.commit_log_file_size = LOG_FILE;
	config.consume_queue_file_size = QUEUE_FILE;
	config.check_crc_on_recover = flags & FLAG_CRC;
	config.message_index = flags & FLAG_INDEX;
	config.index = (struct mb_index_shape){INDEX_SLOTS, INDEX_ITEMS};
	err = mb_store_open(&config, &s, NULL);
	must((err == RMQ_OK) == (s != NULL));
	must(err == RMQ_OK || err == RMQ_ERR_CORRUPT);
	return s;
}

static void check_record(struct rmqi_cursor record, int32_t queue)
{
	struct rmqi_stored_message m;

	must(rmqi_message_decode(&record, &m) == RMQ_OK);
	must(record.len == 0 && m.queue_id == queue && rmqi_str_is(m.topic, "T"));
}

static void read_queue(struct mb_store *s, int32_t queue)
{
	const struct mb_get_limits limits = {.max_messages = 32, .max_bytes = 1 << 20};
	int64_t max = mb_store_max_offset(s, RMQI_STR("T"), queue);
	int64_t at = mb_store_min_offset(s, RMQI_STR("T"), queue);

	must(at <= max);
	while (at < max) {
		mb_store_get(s, RMQI_STR("T"), queue, at, &limits, NULL, &got);
		for (size_t i = 0; i < got.count; i++)
			check_record(got.records[i], queue);
		must(got.next_begin_offset > at && got.next_begin_offset <= max);
		mb_store_time_at(s, RMQI_STR("T"), queue, at);
		at = got.next_begin_offset;
	}
	mb_store_offset_by_time(s, RMQI_STR("T"), queue, 1700000000000, true);
}

/* The newest message with the key is this one. */
static void find_newest(struct mb_store *s, int64_t physical_offset)
{
	const struct mb_query q = {RMQI_STR("T"), RMQI_STR("k"), MB_INDEX_KEY, 64, 0, INT64_MAX, 0};
	struct rmqi_stored_message m;
	struct rmqi_cursor record;

	must(mb_store_query(s, &q, &got) == RMQ_OK && got.count > 0);
	record = got.records[got.count - 1];
	must(rmqi_message_decode(&record, &m) == RMQ_OK);
	must(m.physical_offset == physical_offset);
}

static int64_t put_one(struct mb_store *s, int32_t queue, uint8_t flags)
{
	struct rmqi_stored_message m = {.queue_id = queue,
					.topic = RMQI_STR("T"),
					.body = rmqi_cursor("new", 3),
					.properties = RMQI_STR("KEYS\001k\002")};
	int64_t next = mb_store_max_offset(s, RMQI_STR("T"), queue);
	struct rmqi_cursor record;
	struct mb_put_result r;

	mb_store_put(s, &m, &r);
	must(r.status == MB_PUT_OK && r.queue_offset == next);
	must(mb_store_record_at(s, r.physical_offset, &record));
	if (flags & FLAG_INDEX)
		find_newest(s, r.physical_offset);
	return next + 1;
}

static void end_store(struct mb_store *s, bool is_crash)
{
	if (is_crash)
		mb_store_crash(s);
	else
		mb_store_close(s);
	rmqi_sim_settle(sim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t flags = size ? data[0] : 0;
	bool has_many_files = flags & (FLAG_TWO_LOGS | FLAG_THREE_LOGS);
	int64_t next[QUEUES];
	struct mem_fs *fs;
	struct mb_store *s;

	if (!sim)
		start();
	fs = make_files(flags, size ? data + 1 : data, size ? size - 1 : 0);
	s = open_store(fs, flags);
	if (s) {
		for (int32_t q = 0; q < QUEUES; q++) {
			read_queue(s, q);
			next[q] = put_one(s, q, flags);
		}
		end_store(s, flags & FLAG_CRASH);
		s = open_store(fs, flags);
		must(s != NULL);
		for (int32_t q = 0; q < QUEUES; q++) {
			int64_t max = mb_store_max_offset(s, RMQI_STR("T"), q);

			must(max == next[q] || has_many_files);
			read_queue(s, q);
		}
		end_store(s, false);
	}
	mem_fs_free(fs);
	return 0;
}
