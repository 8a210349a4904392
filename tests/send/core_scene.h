/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core_scene.h - one send of the core (send/core.h) over brokers a, b and c, each with two queues: plain data,
 * no network, no clock. Its names are variables, one scene a process.
 */
#ifndef TESTS_SEND_CORE_SCENE_H
#define TESTS_SEND_CORE_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "send/core.h"
#include "send/verdict.h"
#include "tests/support/suite.h"

enum { MS = 1000, BUDGET_MS = 3000, START_MS = 50000 };

extern struct rmqi_topic_route route;
extern struct rmqi_faults faults;
extern struct rmqi_send_rules rules;
extern struct rmqi_send s;
extern struct rmqi_send_step step; /* the last one */
extern int64_t now_ms;

/* A route with so many of the brokers, three tries. */
void set_up(size_t brokers);
void tear_down(void);
/* The send has BUDGET_MS. */
void begin(void);
void next(void);
/* The next step is an attempt there, which has until then, since the start. */
void expect_try(const char *broker, int64_t until_ms);
void expect_done(enum rmq_error error, unsigned flags);
/* How the attempt ended, after so long. */
void ended(enum rmq_error error, enum rmq_phase phase, int32_t code, int64_t took_ms);
void answered(int32_t code);
void timed_out(void);

#endif
