/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll_buffer.h - the sink of a consumer that polls: what came waits until somebody takes it
 * (DefaultLitePullConsumerImpl.java, consumeRequestCache).
 *
 *     fetch --take--> waiting --poll--> a list of the user's --free--> done
 *
 * A delivery is handed out as one list. Its messages are done when the list is freed, whoever does that
 * and whenever; so what is committed by itself never passes a message that somebody still works on, with
 * as many polling threads as one likes. (Java counts as done what a poll has returned.) Without
 * autoCommit only what the user commits is committed: rmqi_mq.user_offset.
 *
 * A list holds its delivery, and through a gate it reaches the loop while there is one: it may outlive
 * the consumer. In the child of a fork it is left as it is.
 *
 * A queue that was lost hands out nothing any more, and its lists change nothing; comes it back, it is
 * another mq.
 *
 * Each queue has a list of its own, and those that have something take turns. A queue that is held back
 * (paused by the user) keeps what it has, in no turn, and that fills the buffer for nobody else: its own
 * limits bound it.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_POLL_BUFFER_H
#define RMQI_CONSUMER_POLL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/messages.h>

#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/thread.h"
#include "consumer/consumer.h"
#include "consumer/delivery.h"
#include "send/gate.h"

struct rmqi_poll_buffer {
	struct rmqi_sink sink;
	struct rmqi_consumer *consumer;
	bool is_auto;              /* immutable: autoCommit */
	size_t most;               /* immutable: pullThresholdForAll */
	struct rmqi_gate *gate;    /* immutable; a reference */
	struct rmqi_event stirred; /* any: something came, or it is the end */
	struct rmqi_task look; /* posted while is_looking: continues queues that wait for room */
	atomic_bool is_looking;
	struct rmqi_mutex mu;
	struct rmqi_list turns; /* mu: queues that have something and are not held back */
	size_t count;           /* mu: messages that wait in them */
	bool is_full;           /* mu: some queue waits for room */
	bool is_stopped;        /* mu */
};

/* RMQ_ERR_NO_MEMORY; deinit follows all the same. Thread: any. */
enum rmq_error rmqi_poll_buffer_init(struct rmqi_poll_buffer *b, const struct rmq_config *config,
				     struct rmqi_consumer *c) RMQI_MUST_USE;
/* The queues are dropped: no list reaches the loop any more. */
void rmqi_poll_buffer_tear_down(struct rmqi_poll_buffer *b);
void rmqi_poll_buffer_deinit(struct rmqi_poll_buffer *b); /* thread: any */

/* Waits for a list until the deadline. RMQ_OK: *out is one, or NULL when nothing came. RMQ_ERR_STATE: it
 * is stopped. RMQ_ERR_NO_MEMORY: nothing was taken. Thread: any, several at once; not the loop. */
enum rmq_error rmqi_poll_buffer_poll(struct rmqi_poll_buffer *b, int64_t deadline_us,
				     struct rmq_messages **out) RMQI_MUST_USE;
/* The user holds a queue back, or lets it go on. */
void rmqi_poll_buffer_hold(struct rmqi_poll_buffer *b, struct rmqi_mq *mq, bool is_held_back);
/* Where the queue would be handed out next; -1: not known yet. */
int64_t rmqi_poll_buffer_position(struct rmqi_poll_buffer *b, const struct rmqi_mq *mq);

#endif
