/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull.h - PULL_MESSAGE and LITE_PULL_MESSAGE (PullMessageProcessor.java).
 *
 *     check (pull_check.c) --> a reset that waits --> get --> answer
 *                                                       `---> parked until something comes (hold.h)
 *
 * A pull that was parked goes the whole way again and is answered with whatever there is.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_PULL_H
#define MB_BROKER_PULL_H

#include <stdbool.h>

#include "codec/command.h"
#include "codec/lite.h"
#include "codec/schema.h"
#include "codec/subscription.h"
#include "mock-broker/broker/message_filter.h"
#include "mock-broker/node.h"

struct mb_broker;
struct mb_group;
struct mb_topic;

/* A pull on its way. */
struct mb_pull {
	struct mb_broker *b;
	struct mb_ticket ticket;
	const struct rmqi_command *command;  /* borrowed; NULL: it was parked, its queue is ours */
	const struct rmqi_h_pull_message *h; /* borrowed, or `of_ours` */
	struct rmqi_h_pull_message of_ours;  /* of a static topic: with our queue */
	bool is_static;
	bool is_light;                       /* a lite topic is read, not the topic itself */
	char light[RMQI_LITE_QUEUE_MAX + 1]; /* its queue; "" (too long a name): none has this name */
	/* What the check finds. */
	struct mb_group *group;
	struct mb_topic *topic;
	struct mb_message_filter filter;        /* in force */
	struct rmqi_subscription *given;        /* the request's own; owned, as the next */
	struct mb_expression *given_expression; /* NULL: none */
};

extern const struct mb_handler mb_pull_handlers[];

/* May it be served, and with which filter? False: it was answered. */
bool mb_pull_check(struct mb_pull *p);
/* What the check has made. */
void mb_pull_deinit(struct mb_pull *p);

#endif
