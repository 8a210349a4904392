/* SPDX-License-Identifier: Apache-2.0 */
/*
 * desk.h - a fake broker with topic T and a configuration for it, in a simulation: what the tests of
 * consumers that are asked for messages stand on.
 *
 * Thread: the simulation's.
 */
#ifndef TESTS_CONSUMER_DESK_H
#define TESTS_CONSUMER_DESK_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/messages.h>

#include "base/executor.h"
#include "base/sim.h"
#include "client/config.h"
#include "tests/support/fake_broker.h"

#define DESK_ID "10.0.0.1@me"

extern struct desk {
	struct rmqi_sim *sim;
	struct rmqi_inproc *net;
	struct rmqi_env env;
	struct fake_broker *broker;
	struct rmq_config *config;
	struct rmq_error_detail *detail;
	char log[16384]; /* lines of WARN and above */
	size_t log_len;
} desk;

/* T with so many queues; consumers start at the first message. */
void desk_open(int queues);
void desk_close(void);
void desk_set(const char *key, const char *value);
void desk_advance(int64_t ms);
/* m<from>, m<from + 1>, ... with four digits, on a queue of T. */
void desk_put(int queue, int from, int count);
/* Queue of T at the only broker. */
struct rmq_queue desk_queue(int id);
/* The call failed with `error`, and its sentence holds `text`; the detail is freed. */
void desk_refused(enum rmq_error is, enum rmq_error should, const char *text);
/* The list has the messages m<from> .. m<from + count - 1>. */
void desk_must_have(const rmq_messages *l, int from, int count);

#endif
