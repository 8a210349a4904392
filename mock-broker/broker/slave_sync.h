/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slave_sync.h - a slave takes the tables of its master (SlaveSynchronize.java): topics, consumer
 * offsets, delay offsets, groups, request modes, and how far timed messages are.
 *
 *     address known --> 21 --> 43 --> 45 --> 201 --> 402 --> 60 --> idle --> (3 s) --> 21 ...
 *
 * Java asks for the timers each 3 s, and for all else once a minute, a minute after the start first. Here
 * all is asked for each time, the first time at once: what has the same version is not read. The
 * tables are small, and the offsets of a group are as old as the last round when its master dies.
 *
 * A round that fails ends; the next one begins anew.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_SLAVE_SYNC_H
#define MB_BROKER_SLAVE_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/macros.h"
#include "net/address.h"
#include "net/rpc.h"

struct mb_broker;

enum { MB_SLAVE_SYNC_MS = 3000, MB_TIMER_CHECK_POINT_SIZE = 56 };

struct mb_slave_sync {
	char master[RMQI_ADDRESS_MAX]; /* "": not known yet */
	struct rmqi_timer timer;
	struct rmqi_call call;
	struct rmqi_list link; /* in the calls of the registrar, which are waited for */
	bool is_busy;
	bool fails;      /* this round */
	bool has_failed; /* the last round: told once, and when one ends well again */
	size_t step;
};

enum rmq_error mb_slave_sync_init(struct mb_broker *b) RMQI_MUST_USE;
void mb_slave_sync_deinit(struct mb_slave_sync *s);
/* Where the master answers requests; a round begins. */
void mb_slave_sync_follow(struct mb_broker *b, const char *master);

#endif
