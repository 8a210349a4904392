/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_scene.h - a broker of 5.5 with the topic "P" of lite topics, the group "G", and what a client of it asks.
 *
 * One scene at a time, from lite_begin to lite_end. Thread: the test's.
 */
#ifndef TESTS_BROKER_LITE_SCENE_H
#define TESTS_BROKER_LITE_SCENE_H

#include "codec/lite.h"
#include "tests/broker/rig.h"

#define LITE_SETTINGS                                             \
	"emulate=5.5\nenableLmq=true\nenableMultiDispatch=true\n" \
	"mappedFileSizeCommitLog=16777216\nmappedFileSizeConsumeQueue=20000\n"

enum { LITE_TAKEN = 128 };

extern struct rig *lite_rig;
extern struct peer *lite_peer;
extern char lite_taken[LITE_TAKEN]; /* of the last NOTIFY_UNSUBSCRIBE_LITE: "client lite" */

void lite_begin(void);
void lite_begin_with(const char *settings); /* in place of LITE_SETTINGS */
void lite_end(void);
void lite_restart(bool is_clean);

/* Codes of answers, here and below. */
int32_t lite_make_topic(const char *name, const char *attributes);
/* `more`: further attributes, each with a comma before it. */
int32_t lite_make_group(const char *name, const char *more);

/* One order at a time: static memory. */
struct rmqi_lite_subscription lite_order(enum rmqi_lite_action action, const char *client,
					 const char *group, const char *const *lites, size_t count);
int32_t lite_ctl(struct rmqi_lite_subscription s);
/* Of one lite topic, for "G". */
int32_t lite_tell(enum rmqi_lite_action action, const char *client, const char *lite);
void lite_send(const char *lite, const char *body);

struct rmqi_h_pop_lite_message lite_pop_header(const char *client);
int32_t lite_pop(const char *client);
/* Bodies of the last answer, with blanks between; "" for none. */
const char *lite_popped(void);
void lite_expect_pop(const char *client, const char *bodies);

struct rmqi_h_ack_message lite_ack_header(int64_t offset, int64_t pop_ms);
int32_t lite_ack(const char *lite, int64_t offset, int64_t pop_ms);

#endif
