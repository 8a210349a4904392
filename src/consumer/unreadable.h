/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unreadable.h - what becomes of messages that came and cannot be read (corruptMessagePolicy): one rule for
 * all who get messages. Table: doc/reference/offsets.md. No Java twin: MessageDecoder.decodes drops such a one and
 * all behind it in its answer, and the offset moves past them.
 *
 *     SKIP   it is told, and nobody gets it; what stands behind it is delivered
 *     STOP   the queue does not go past it; what stands before it is delivered
 *
 * A broken answer, in which no next message can be found, is stepped over by neither. What is popped cannot
 * hold up a queue: it is never acknowledged, so it comes again, whatever the policy is.
 *
 * Told is a WARN line and RMQ_EVENT_UNREADABLE for each message, RMQI_UNREADABLE_LINES of them a minute at most;
 * how many more there were, and the last one, is told at the end of that minute.
 *
 * Thread: loop, but for what says otherwise.
 */
#ifndef RMQI_CONSUMER_UNREADABLE_H
#define RMQI_CONSUMER_UNREADABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"
#include "client/message.h"

struct rmqi_client;

enum { RMQI_UNREADABLE_LINES = 16, RMQI_UNREADABLE_WHY = 512 };

/* Part of a consumer: its policy, and how often it has told. */
struct rmqi_unreadable {
	struct rmqi_client *client;
	const char *group; /* borrowed */
	bool is_stopping;  /* the policy; immutable */
	bool is_over;
	struct rmqi_timer timer; /* armed: a minute has begun */
	unsigned told;           /* in this minute */
	uint64_t untold;
	char last[RMQI_UNREADABLE_WHY]; /* of those that were not told */
	char last_topic[256];
};

/* An answer with messages. Borrowed. */
struct rmqi_answer_of {
	const char *topic;
	const char *broker_name;
	const char *address; /* NULL: not known */
	int32_t queue_id;    /* -1: of several, what was popped */
	int64_t asked;       /* the offset that was pulled from */
	int64_t next;        /* where the broker says to go on */
};

/* RMQ_ERR_NO_MEMORY; a deinit follows in any case. */
enum rmq_error rmqi_unreadable_init(struct rmqi_unreadable *u, struct rmqi_client *client,
				    const char *group, bool is_stopping) RMQI_MUST_USE;
/* What was not told is told now; what still comes is told in the log. */
void rmqi_unreadable_deinit(struct rmqi_unreadable *u);

/*
 * Applies the policy to a block of a pull as `read` says (rmqi_message_block_new); with STOP the block may become
 * shorter. *next is then where to go on behind what is left of it, in any case.
 *   RMQ_OK              go on there
 *   RMQ_ERR_CORRUPT     what stands there cannot be read: `why` says it, a whole sentence
 *   RMQ_ERR_NO_MEMORY   the rest was lost for that
 * Thread: any.
 */
enum rmq_error rmqi_unreadable_settle(struct rmqi_unreadable *u, const struct rmqi_answer_of *from,
				      struct rmqi_message_block *b, enum rmq_error read,
				      int64_t *next, char why[RMQI_UNREADABLE_WHY]) RMQI_MUST_USE;
/* Tells of those of a block that was popped, invisible for so long. */
void rmqi_unreadable_popped(struct rmqi_unreadable *u, const struct rmqi_answer_of *from,
			    const struct rmqi_message_block *b, int64_t invisible_ms);

#endif
