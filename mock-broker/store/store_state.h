/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_state.h - what an open store is made of; for store.c, put.c, get.c, query.c, follow.c and recovery.c.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_STORE_STATE_H
#define MB_STORE_STORE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "mock-broker/store/checkpoint.h"
#include "mock-broker/store/commit_log.h"
#include "mock-broker/store/durable.h"
#include "mock-broker/store/expiry.h"
#include "mock-broker/store/flush.h"
#include "mock-broker/store/index.h"
#include "mock-broker/store/pages.h"
#include "mock-broker/store/queues.h"
#include "mock-broker/store/roll.h"
#include "mock-broker/store/store.h"
#include "mock-broker/store/tags_code.h"

/* The light queues of a message. */
struct mb_put_lights {
	struct mb_light_names names;
	struct mb_queue *queues[MB_LIGHTS_PER_MESSAGE];
};

/* Of replica.h. */
struct mb_replica {
	bool is_one;     /* nothing is put */
	bool has_parted; /* from its master: nothing is taken */
	int64_t told;    /* the records below have their queue entries, and listeners know them */
};

struct mb_store {
	struct mb_store_config config; /* `root` is owned; zeroes are replaced by defaults */
	const struct mb_fs *fs;
	const struct rmqi_log *log;
	char *root; /* owned */
	int lock;   /* -1: not held */
	bool was_abnormal;
	bool is_full; /* the last put found no room: told once */
	struct mb_delays delays;
	int64_t *delay_ms; /* owned; NULL: the default table */

	struct mb_commit_log commit_log;
	struct mb_roll roll;
	struct mb_pages pages;
	struct mb_queues queues;
	struct mb_index index; /* is_on: messageIndexEnable */
	struct mb_checkpoint checkpoint;
	struct mb_flush flush;
	struct mb_durable durable;
	struct mb_expiry expiry;
	struct rmqi_list listeners; /* struct mb_arrival_listener.link, in the order of telling */
	bool is_telling;            /* no put may come from a listener */
	struct mb_put_lights put_lights; /* of the put under way */
	int64_t last_store_ms;      /* store time of the newest record */
	struct mb_replica replica;
};

/* mb_store_is_writable */
static inline bool mb_store_takes(const struct mb_store *s)
{
	return !s->durable.is_failed && !s->expiry.is_full;
}
/* put.c: tells the listeners of a record that can be read. */
void mb_store_tell(struct mb_store *s, const struct mb_arrival *a);

/* Its wall clock. */
static inline int64_t mb_store_wall_ms(const struct mb_store *s)
{
	return rmqi_clock_wall_ms(s->config.inner_timers->clock) +
	       (s->config.skew_ms ? *s->config.skew_ms : 0);
}

#endif
