/* SPDX-License-Identifier: Apache-2.0 */
/*
 * autobatch_scene.h - a producer with auto-batch, on the stage (tests/support/stage.h) with one broker, and
 * what its callbacks were told.
 *
 * Thread: the test's.
 */
#ifndef TESTS_PRODUCER_AUTOBATCH_SCENE_H
#define TESTS_PRODUCER_AUTOBATCH_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "codec/codes.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "tests/support/stage.h"

enum { BATCH = RMQI_REQ_SEND_BATCH_MESSAGE, SEND = RMQI_REQ_SEND_MESSAGE_V2, MOST = 512 };

/* What each callback was told. */
struct told {
	int calls;
	enum rmq_error error;
	unsigned flags;
	int64_t offset, at_ms;
	char id[64], offset_id[64];
};

extern struct rmq_producer *producer;
extern struct told told[MOST];
extern int calls;
extern void (*in_callback)(int arg);

void set_up(void);
void tear_down(void);
/* Topics T and U, each with one queue on broker a; both routes are known. */
void start(void);
struct rmq_message *message_of(const char *topic, int i);
/* Sends `m` (moved); its callback writes told[i]. */
enum rmq_error give(struct rmq_message *m, int i, const struct rmq_send_options *options);
void send_nth(const char *topic, int i);
void send_some(const char *topic, int from, int count);
/* So many callbacks came, none twice. */
void wait_for(int count);
/* Requests that came. */
size_t batches(void);
size_t singles(void);
/* Messages in one. */
int items_of(size_t batch);
/* UNIQ_KEY of one message of a batch. */
void id_at(size_t batch, int index, char out[64]);

#endif
