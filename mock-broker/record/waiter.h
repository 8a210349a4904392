/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waiter.h - who waits for requests that a filter takes. It listens to the record and counts.
 *
 * Owner: the thread that waits; in virtual time that runs the simulation. Thread: as each says.
 */
#ifndef MB_RECORD_WAITER_H
#define MB_RECORD_WAITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/executor.h"
#include "mock-broker/record/record.h"
#include "mock-broker/rules/select.h"

struct mb_waiter {
	struct mb_record_listener listener;
	struct mb_record *record;
	const struct mb_select *filter; /* borrowed */
	struct rmqi_event enough;
	size_t count;    /* loop */
	size_t at_least; /* loop */
	int64_t last_us; /* loop; when the last one came, or it joined */
};

/* Thread: any. */
void mb_waiter_init(struct mb_waiter *w, struct mb_record *r, const struct rmqi_env *env,
		    const struct mb_select *filter);
void mb_waiter_deinit(struct mb_waiter *w);
/* From now on it counts; those that are there, too. Thread: loop, as the next two. */
void mb_waiter_join(struct mb_waiter *w);
void mb_waiter_leave(struct mb_waiter *w);
/* `enough` is set as soon as there are so many. */
void mb_waiter_expect(struct mb_waiter *w, size_t at_least);

#endif
