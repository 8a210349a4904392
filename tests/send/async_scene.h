/* SPDX-License-Identifier: Apache-2.0 */
/*
 * async_scene.h - a sender on a client of its own, on the stage (tests/support/stage.h): the scene of the
 * tests of sends that nobody waits for. Its names are variables, one scene a process.
 */
#ifndef TESTS_SEND_ASYNC_SCENE_H
#define TESTS_SEND_ASYNC_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "client/callbacks.h"
#include "codec/codes.h"
#include "send/async.h"
#include "send/sync.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, ROUTE = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC };
enum { CALLS_MAX = 2000 };

/* What the callbacks were told: counts, and what the last one had. */
struct told {
	int calls, failed;
	int by_arg[CALLS_MAX];
	enum rmq_error error;
	unsigned flags;
	size_t attempts;
	int64_t at_ms;
	bool was_inside;
	char broker[16];
	int64_t offset;
};

extern struct rmqi_client *client;
extern struct rmqi_sender sender;
extern struct told told;
/* args[i] is i: what a callback is given. */
extern int args[CALLS_MAX];
/* Run at the end of each callback, with its number; set_up clears it. */
extern void (*in_callback)(int arg);

void set_up(void);
/* The same, with a budget of messages and of bytes. */
void set_up_with_budget(const char *messages, const char *bytes);
void tear_down(void);
void start(void);
/* The route is known before the first send, and the first send takes its first queue. */
void start_with_route(const char *text);
/* Broker a alone, four queues. */
void start_with_one(void);
/* Brokers a and b, two queues each; a gets the first attempt. */
void start_with_two(void);
/* Whether all ended in time. */
bool close_all(int64_t timeout_ms);

void on_sent(enum rmq_error error, const struct rmq_send_result *result,
	     const struct rmq_error_detail *d, void *arg);
enum rmq_error try_send(void);
void send_nth(int i);
/* All with number 0. */
void send_many(int count);
void send_and_wait(void);
void wait_for(int calls);
/* The callbacks 0 to count - 1 came, and no other. */
void expect_each_once(int count);

#endif
