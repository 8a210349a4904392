/* SPDX-License-Identifier: Apache-2.0 */
/*
 * correction.h - a broker's answer to a pull that brought no messages: where do we stand now?
 *
 *     what the answer says                 what it means                      where we go
 *     next is what was asked               nothing new                        nowhere
 *     20, next lies behind, max or not     what was in between is filtered    there
 *     19, next lies behind                 a file of the queue is gone        there; told
 *     asked < min                          deleted by now                     min; told
 *     21, min <= asked <= max              reset by an operator               next; told
 *     asked > max, of a slave              it lags behind its master          nowhere; told
 *     asked > max, of the master           it has lost messages, or an older  offsetBeyondEnd; told
 *                                          store, or the topic is a new one
 *     ... and the next answer holds it     the same messages again, or those  as above, if its first message
 *                                          that came since                    since the newest lies before
 *     anything else                        nonsense                           nowhere; told
 *
 * Java believes `next` whatever it is (DefaultMQPushConsumerImpl, OFFSET_ILLEGAL); brokers up to 4.9 say 0
 * for the last but one. "Told" is a WARN line and RMQ_EVENT_OFFSET_MOVED, or a complaint of the pull where we
 * stay. doc/reference/offsets.md says why.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_CORRECTION_H
#define RMQI_CONSUMER_CORRECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/schema.h"

struct rmqi_mq;

enum rmqi_correction {
	RMQI_CORRECTION_NONE,     /* go on where we are */
	RMQI_CORRECTION_FILTERED, /* go on at next */
	RMQI_CORRECTION_GONE,
	RMQI_CORRECTION_RESET,
	RMQI_CORRECTION_BEHIND, /* a slave's queue does not hold what we ask for */
	RMQI_CORRECTION_BEYOND, /* the master's ends before */
	RMQI_CORRECTION_ODD
};

struct rmqi_position {
	int32_t code; /* RMQI_RESP_PULL_... */
	int64_t asked;
	int64_t next;
	int64_t min;
	int64_t max;
	bool is_slave;
};

/* The table above. *to is where to go on, for FILTERED, GONE and RESET. Pure; thread: any. */
enum rmqi_correction rmqi_correction_judge(const struct rmqi_position *p, int64_t *to);

enum rmqi_corrected {
	RMQI_CORRECTED_IDLE,  /* next_offset is what it was: pull again */
	RMQI_CORRECTED_MOVED, /* it is another one: pull there */
	RMQI_CORRECTED_WAITS  /* what comes next is under way */
};

/* The answer (19, 20, 21) to the last pull of `mq`. */
enum rmqi_corrected rmqi_correct(struct rmqi_mq *mq, int32_t code,
				 const struct rmqi_h_pull_message_response *h);

/* Does an answer have to wait, since the master's queue ended before the offset that was asked for a moment ago? Then
 * what comes next is under way, and the answer is to be thrown away. */
bool rmqi_correction_doubts(struct rmqi_mq *mq, int32_t code,
			    const struct rmqi_h_pull_message_response *h);
/* What was held against a broker is over, or of another offset. */
void rmqi_correction_forget(struct rmqi_mq *mq);

#endif
