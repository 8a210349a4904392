/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit.h - a store in a simulation, over a file system in memory that can fail.
 *
 * Files are small, so that a few messages make them roll: a commit log file of
 * 4096 bytes, queue files of 20 entries. Helpers abort the test when what they
 * are to do does not succeed.
 */
#ifndef TESTS_STORE_KIT_H
#define TESTS_STORE_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/executor.h"
#include "base/sim.h"
#include "mock-broker/store/store.h"
#include "tests/support/fault_fs.h"
#include "tests/support/mem_fs.h"
#include "tests/support/suite.h"

#define KIT_ROOT "/store"
#define KIT_LOG KIT_ROOT "/commitlog/00000000000000000000"
#define KIT_START_MS INT64_C(1700000000000)

struct kit {
	struct rmqi_sim *sim;
	struct rmqi_env env;
	struct rmqi_lane *loop;
	struct rmqi_pool *flusher;
	struct rmqi_timers timers;
	struct mem_fs *mem;
	struct fault_fs fault; /* over mem */
	struct mb_store_config config;
	struct mb_store *store;
	struct rmqi_log log;
	char logged[8192]; /* lines of level WARN and ERROR */
	struct mb_get_result got;
};

void kit_init(struct kit *k, uint64_t seed);
void kit_deinit(struct kit *k);

void kit_open(struct kit *k);
enum rmq_error kit_try_open(struct kit *k, struct rmq_error_detail *detail);
void kit_close(struct kit *k);
/* The process dies. */
void kit_crash(struct kit *k);
/* The process dies and what was not synced is lost; with `rand` not all of it. */
void kit_power_cut(struct kit *k, struct rmqi_rand *rand);
void kit_reopen(struct kit *k);
/* Everything that is posted runs. */
void kit_settle(struct kit *k);
void kit_advance_ms(struct kit *k, int64_t ms);

/* A message from 10.0.0.1:1000, stored at 10.0.0.2:10911. */
struct rmqi_stored_message kit_message(const char *topic, int32_t queue, const char *body,
				       const char *properties);
struct mb_put_result kit_try_put(struct kit *k, const char *topic, int32_t queue, const char *body);
/* Must succeed. */
struct mb_put_result kit_put(struct kit *k, const char *topic, int32_t queue, const char *body);
/* `count` messages "<from>", "<from+1>" ... */
void kit_put_many(struct kit *k, const char *topic, int32_t queue, int from, int count);
/* The same texts stand in the queue from offset `from` on, and nothing behind them. */
void kit_expect_many(struct kit *k, const char *topic, int32_t queue, int from, int count);
/* Result in k->got. */
enum mb_get_status kit_get(struct kit *k, const char *topic, int32_t queue, int64_t offset);
/* The body of record i of k->got as text. */
const char *kit_body(const struct kit *k, size_t i);

/*
 * The full cross-check of a store: every record of the log is valid and has one entry
 * in its queue, at its queue offset; every entry points at such a record. Returns the
 * number of records.
 */
size_t kit_check(struct kit *k);

#endif
