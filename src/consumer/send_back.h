/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_back.h - a message that failed: back to the broker, which delivers it again
 * after a delay (ConsumeMessageConcurrentlyService.processConsumeResult,
 * DefaultMQPushConsumerImpl.sendMessageBack).
 *
 *     FAILED -> 36 to the broker that stores it -> done
 *                    | refused, not reached
 *                    v
 *               normal send to %RETRY%<group> -> done
 *                    | refused, not reached
 *                    v
 *               after 5 s to the listener again, here, counted as a delivery more; or
 *               from the beginning, when a broker shows that it can be reached again
 *
 * Until then the message is not done: its offset is not committed, so that nothing
 * is lost whatever fails. But one that is refused for what it is (its properties and
 * what a retry adds to them are too long) would come again for ever, and stop its queue
 * at consumeConcurrentlyMaxSpan, as in Java: after maxReconsumeTimes it is given up,
 * with an ERROR line and RMQ_EVENT_GIVEN_UP.
 *
 * A broadcasting group has no retry topic: what failed is dropped, with a WARN line and
 * RMQ_EVENT_GIVEN_UP.
 *
 * What was popped comes again the way it came (`again` of fetch.h), and goes to the dead-letter queue from here.
 *
 * LATE goes the same ways, but is not delivered here: its listener still has it. It is
 * sent back again and again instead.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_SEND_BACK_H
#define RMQI_CONSUMER_SEND_BACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "consumer/consumer.h"
#include "consumer/delivery.h"
#include "send/sender.h"

struct rmqi_send_backs {
	struct rmqi_consumer *consumer;
	/* Hands item `at` out once more, here; `r` is a heap block (moved). Set by the owner. */
	void (*redeliver)(struct rmqi_send_backs *s, struct rmqi_runner *r, struct rmqi_delivery *d,
			  size_t at);
	/* Item of `d` is done: it was sent back, or given up. NULL: nobody waits for that. */
	void (*finished)(struct rmqi_send_backs *s, struct rmqi_delivery *d);
	struct rmqi_sender sender; /* to the retry topic */
	struct rmqi_timer timer;
	struct rmqi_list waiting; /* for their local delivery, by time */
	int64_t again_us;         /* when they are tried again before that; 0: they are not */
	bool is_starved;          /* memory was out for some failed item: look for them */
	size_t under_way;         /* calls */
	bool is_awaited;
	struct rmqi_event quiet; /* any: set when awaited and no call is under way */
};

/* Thread: any. */
void rmqi_send_backs_init(struct rmqi_send_backs *s, const struct rmqi_env *env);
enum rmq_error rmqi_send_backs_set_up(struct rmqi_send_backs *s,
				      struct rmqi_consumer *c) RMQI_MUST_USE;
/* Forgets what waits for its local delivery; calls have ended or will end by themselves. */
void rmqi_send_backs_stop(struct rmqi_send_backs *s);
void rmqi_send_backs_deinit(struct rmqi_send_backs *s); /* thread: any */
/* `quiet` is set as soon as no call is under way. */
void rmqi_send_backs_await(struct rmqi_send_backs *s);

/* A broker can be reached again: what failed and waits for its delivery here is sent back once more, as
 * soon as its last attempt is a second ago. */
void rmqi_send_backs_awake(struct rmqi_send_backs *s);
/* Sends back every item of the delivery that is FAILED or LATE. */
void rmqi_send_backs_look(struct rmqi_send_backs *s, struct rmqi_delivery *d);

#endif
