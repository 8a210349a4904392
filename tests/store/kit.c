/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/store/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-broker/store/record.h"
#include "mock-broker/store/store_state.h"

static void note(enum rmq_log_level level, const char *text, void *arg)
{
	struct kit *k = arg;
	size_t used = strlen(k->logged);

	if (level <= RMQ_LOG_WARN)
		snprintf(k->logged + used, sizeof(k->logged) - used, "%s\n", text);
}

void kit_init(struct kit *k, uint64_t seed)
{
	*k = (struct kit){0};
	ck_assert_int_eq(rmqi_sim_new(seed, KIT_START_MS, &k->sim), RMQ_OK);
	k->env = (struct rmqi_env){.clock = rmqi_sim_clock(k->sim), .sim = k->sim};
	ck_assert_int_eq(rmqi_lane_new(k->sim, 1, k, &k->loop), RMQ_OK);
	ck_assert_int_eq(rmqi_pool_new(&k->env, "flusher", 1, &k->flusher), RMQ_OK);
	rmqi_timers_init(&k->timers, k->env.clock, k);
	k->mem = mem_fs_new();
	fault_fs_init(&k->fault, mem_fs_table(k->mem));
	k->log = (struct rmqi_log){note, k, RMQ_LOG_DEBUG};

	mb_store_config_init(&k->config);
	k->config.root = KIT_ROOT;
	k->config.fs = &k->fault.table;
	k->config.timers = &k->timers;
	k->config.loop = rmqi_lane_executor(k->loop);
	k->config.flusher = rmqi_pool_executor(k->flusher);
	k->config.log = &k->log;
	k->config.commit_log_file_size = 4096;
	k->config.consume_queue_file_size = 400;
}

void kit_deinit(struct kit *k)
{
	kit_close(k);
	kit_settle(k);
	rmqi_pool_close(k->flusher, RMQI_FOREVER, NULL);
	rmqi_lane_free(k->loop);
	rmqi_timers_deinit(&k->timers);
	mem_fs_free(k->mem);
	rmqi_sim_free(k->sim);
}

enum rmq_error kit_try_open(struct kit *k, struct rmq_error_detail *detail)
{
	k->logged[0] = '\0';
	return mb_store_open(&k->config, &k->store, detail);
}

void kit_open(struct kit *k)
{
	enum rmq_error err = kit_try_open(k, NULL);

	ck_assert_msg(err == RMQ_OK, "open: %s; %s", rmq_error_text(err), k->logged);
}

void kit_close(struct kit *k)
{
	mb_store_close(k->store);
	k->store = NULL;
}

void kit_crash(struct kit *k)
{
	mb_store_crash(k->store);
	k->store = NULL;
}

void kit_power_cut(struct kit *k, struct rmqi_rand *rand)
{
	kit_crash(k);
	mem_fs_power_cut(k->mem, rand);
}

void kit_reopen(struct kit *k)
{
	kit_close(k);
	kit_open(k);
}

void kit_settle(struct kit *k)
{
	rmqi_sim_settle(k->sim);
}

void kit_advance_ms(struct kit *k, int64_t ms)
{
	rmqi_sim_advance(k->sim, ms * 1000);
}

struct rmqi_stored_message kit_message(const char *topic, int32_t queue, const char *body,
				       const char *properties)
{
	return (struct rmqi_stored_message){
		.queue_id = queue,
		.born_timestamp = KIT_START_MS - 1,
		.born_host = {.ip = {10, 0, 0, 1}, .port = 1000},
		.store_host = {.ip = {10, 0, 0, 2}, .port = 10911},
		.topic = rmqi_str(topic),
		.body = rmqi_cursor(body, strlen(body)),
		.properties = rmqi_str(properties),
	};
}

struct mb_put_result kit_try_put(struct kit *k, const char *topic, int32_t queue, const char *body)
{
	struct rmqi_stored_message m = kit_message(topic, queue, body, "");
	struct mb_put_result result;

	mb_store_put(k->store, &m, &result);
	return result;
}

struct mb_put_result kit_put(struct kit *k, const char *topic, int32_t queue, const char *body)
{
	struct mb_put_result result = kit_try_put(k, topic, queue, body);

	ck_assert_msg(result.status == MB_PUT_OK, "put: %d; %s", (int)result.status, k->logged);
	return result;
}

void kit_put_many(struct kit *k, const char *topic, int32_t queue, int from, int count)
{
	char body[32];

	for (int i = from; i < from + count; i++) {
		snprintf(body, sizeof(body), "%d", i);
		ck_assert_int_eq(kit_put(k, topic, queue, body).queue_offset, i);
	}
}

enum mb_get_status kit_get(struct kit *k, const char *topic, int32_t queue, int64_t offset)
{
	const struct mb_get_limits limits = {.max_messages = 32, .max_bytes = 256 * 1024};

	mb_store_get(k->store, rmqi_str(topic), queue, offset, &limits, NULL, &k->got);
	return k->got.status;
}

const char *kit_body(const struct kit *k, size_t i)
{
	static char text[4096];
	struct rmqi_stored_message m;
	struct rmqi_cursor c = k->got.records[i];

	ck_assert_uint_lt(i, k->got.count);
	ck_assert_int_eq(rmqi_message_decode(&c, &m), RMQ_OK);
	ck_assert_int_eq(rmqi_message_check_crc(&m), RMQ_OK);
	ck_assert_uint_lt(m.body.len, sizeof(text));
	memcpy(text, m.body.ptr, m.body.len);
	text[m.body.len] = '\0';
	return text;
}

void kit_expect_many(struct kit *k, const char *topic, int32_t queue, int from, int count)
{
	int64_t at = from;

	while (at < from + count) {
		ck_assert_int_eq(kit_get(k, topic, queue, at), MB_GET_FOUND);
		for (size_t i = 0; i < k->got.count; i++)
			ck_assert_int_eq(atoi(kit_body(k, i)), at + (int64_t)i);
		at = k->got.next_begin_offset;
	}
	ck_assert_int_eq(mb_store_max_offset(k->store, rmqi_str(topic), queue), from + count);
}

/* Every entry of the queue points at a record that says so. */
static enum rmq_error check_queue(void *arg, struct mb_queue *q)
{
	struct kit *k = arg;

	for (int64_t n = q->min; n < q->max; n++) {
		struct rmqi_stored_message m;
		struct rmqi_cursor record;
		struct mb_entry e;

		ck_assert(mb_queue_entry(q, n, &e));
		ck_assert(mb_store_record_at(k->store, e.offset, &record));
		ck_assert_uint_eq(record.len, (size_t)e.size);
		ck_assert_int_eq(rmqi_message_decode(&record, &m), RMQ_OK);
		ck_assert_int_eq(m.queue_offset, n);
		ck_assert_int_eq(m.queue_id, q->id);
		ck_assert_ptr_nonnull(strstr(q->files.dir, "/consumequeue/"));
	}
	return RMQ_OK;
}

static void check_record(struct kit *k, const struct mb_record *m)
{
	const struct mb_queue *q = mb_queues_find(&k->store->queues, m->topic, m->queue_id);
	struct mb_entry e;

	ck_assert_ptr_nonnull(q);
	ck_assert(mb_queue_entry(q, m->queue_offset, &e));
	ck_assert_int_eq(e.offset, m->physical_offset);
}

size_t kit_check(struct kit *k)
{
	const struct mb_files *files = &k->store->commit_log.files;
	int64_t at = mb_files_min(files);
	size_t count = 0;

	while (at < files->end) {
		struct mb_record r;
		struct rmqi_cursor rest;
		enum mb_record_kind kind;
		size_t left;

		ck_assert(mb_files_read(files, at, &rest));
		left = files->file_size - (size_t)at % files->file_size;
		kind = mb_record_check(rest, left, at, MB_CHECK_BODY, &r);
		ck_assert(kind == MB_RECORD_MESSAGE || kind == MB_RECORD_BLANK);
		if (kind == MB_RECORD_MESSAGE) {
			check_record(k, &r);
			count++;
		}
		at += (int64_t)(kind == MB_RECORD_MESSAGE ? r.size : left);
	}
	ck_assert_int_eq(mb_queues_each(&k->store->queues, check_queue, k), RMQ_OK);
	return count;
}
