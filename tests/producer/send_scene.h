/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_scene.h - a producer on the stage (tests/support/stage.h): the scene of the tests of sends. Its
 * names are variables, one scene a process.
 */
#ifndef TESTS_PRODUCER_SEND_SCENE_H
#define TESTS_PRODUCER_SEND_SCENE_H

#include <stdint.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, ROUTE = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC };
#define NOBODY "127.0.0.1:9"

enum { BUSY = RMQI_RESP_SYSTEM_BUSY, DEFAULT_TIMEOUT_MS = 3000 };

extern struct rmq_producer *producer;
extern struct rmq_send_result *result;

void set_up(void);
void tear_down(void);
void start(void);
/* The route is known before the first send, and the first send takes its first queue. */
void start_with_route(const char *text);
/* Broker a alone, four queues. */
void start_with_one(void);
/* Brokers a and b, two queues each; a gets the first attempt. */
void start_with_two(void);
enum rmq_error send_within(int64_t timeout_ms);
enum rmq_error send_it(void);
void expect_attempt(size_t i, struct fake_peer *p, enum rmq_phase phase, int broker_code);

#endif
