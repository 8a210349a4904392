/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage.h - where the tests of sends play: a simulation with a name server and two brokers of a
 * script, the configuration that names them, a message, and a detail. Its names are variables, one stage a
 * process; a scene (tests/send/async_scene.h, tests/producer/send_scene.h) or a test adds who sends.
 *
 * Thread: the test's.
 */
#ifndef TESTS_SUPPORT_STAGE_H
#define TESTS_SUPPORT_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/client.h"
#include "client/message.h"
#include "tests/support/fake_peer.h"

extern struct fake_world world;
extern struct fake_peer *ns, *a, *b;
extern struct rmq_config *config;
extern struct rmq_message *message; /* topic T, body "hello"; owned */
extern struct rmq_error_detail *detail;
extern int64_t started_ms;
extern uint64_t seed; /* of the simulation; set before stage_set_up */

void stage_set_up(void);
/* When whoever sends is gone. */
void stage_tear_down(void);

/* A key of the configuration. */
void set(const char *key, const char *value);
/* A route that has so many queues on a, or on a and on b each. Good until the next call. */
const char *stage_route_of_one(int queues);
const char *stage_route_of_two(int queues);
/* The client knows the route of T before the first send, which takes its first queue. The time is
 * counted from here. */
void stage_learn_route(struct rmqi_client *client);

/* Since started_ms. */
int64_t elapsed_ms(void);
/* Requests with a message that came there. */
size_t sent_to(struct fake_peer *p);
/* Of the detail. */
bool says(const char *text);
bool has_flag(enum rmq_error_flag flag);

#endif
