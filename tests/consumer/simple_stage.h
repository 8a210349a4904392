/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simple_stage.h - a simple consumer of topic T at one broker (rig.h), which has started, and what it has received.
 */
#ifndef TESTS_CONSUMER_SIMPLE_STAGE_H
#define TESTS_CONSUMER_SIMPLE_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "consumer/simple_consumer.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { STAGE_MAX = 64, INVISIBLE_MS = 30000 };

extern struct simple_stage {
	struct rig *rig;
	rmq_simple_consumer *consumer; /* NULL: the test has freed it */
	rmq_messages *messages;        /* the last that it received */
	struct rmq_error_detail *detail;
	const rmq_message *some[STAGE_MAX]; /* the same, one by one; the test may change them */
} stage;

/* Fixtures: starts at the first message. */
void stage_set_up(void);
void stage_tear_down(void);
/* The same with other settings. */
void stage_set_up_with(const char *settings);
/* Puts so many messages on queue 0, and receives exactly these, for INVISIBLE_MS. */
void stage_receive(size_t count);
/* Frees them. */
void stage_let_go(void);
void stage_advance(int64_t ms);
enum rmq_error stage_close(int64_t timeout_ms);
/* Requests of this code so far. */
unsigned stage_asked(int code);
/* Popped messages that are neither acknowledged nor over. */
void stage_expect_out(size_t count);
/* The threads are there. */
void stage_need_callbacks(void);
/* The loop runs, and has no memory for its allocation number `n` from now on: the fake broker allocates, too. */
void stage_run_without_memory(uint64_t n);

#endif
