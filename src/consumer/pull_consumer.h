/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull_consumer.h - the handle of a pull consumer: a member that fetches nothing, hands out nothing and keeps
 * no offsets, but is told its share of queues; and pulls that the user asks for. What src/api/pull_consumer.c
 * calls, beside handle.h and place.h. Arguments are not NULL and names are legal; `detail` may be NULL.
 *
 * Thread: any, but not the client's loop.
 */
#ifndef RMQI_CONSUMER_PULL_CONSUMER_H
#define RMQI_CONSUMER_PULL_CONSUMER_H

#include <stdint.h>

#include <rocketmq/pull_consumer.h>

#include "base/histogram.h"
#include "base/macros.h"
#include "consumer/member.h"
#include "consumer/pull_progress.h"
#include "send/gate.h"

/* Of pulls of the user. Thread: any. */
struct rmqi_pull_counts {
	_Atomic uint64_t found;
	_Atomic uint64_t empty;   /* nothing new, or nothing that the expression lets pass */
	_Atomic uint64_t illegal; /* the offset was beyond the queue */
	_Atomic uint64_t failed;
	_Atomic uint64_t messages;
	struct rmqi_histogram took_us; /* those that were answered */
};

struct rmq_pull_consumer {
	struct rmqi_pull_counts counts;
	struct rmqi_member member;
	struct rmqi_sink sink;
	struct rmqi_offset_store store;
	struct rmqi_gate *gate; /* pulls begin while it is open */
	struct rmqi_pull_progress progress;
};

enum rmqi_offset_question {
	RMQI_ASK_MIN,
	RMQI_ASK_MAX,
	RMQI_ASK_TIME,
	RMQI_ASK_COMMITTED,
	RMQI_ASK_COMMIT
};

enum rmq_error rmqi_pull_consumer_new(const rmq_config *config, const char *group,
				      rmq_pull_consumer **out,
				      rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_pull_consumer_pull(rmq_pull_consumer *c, const struct rmq_queue *queue,
				       int64_t offset, const rmq_pull_options *options,
				       rmq_pull_result **out,
				       rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_pull_consumer_pull_async(rmq_pull_consumer *c, const struct rmq_queue *queue,
					     int64_t offset, const rmq_pull_options *options,
					     rmq_pull_fn fn, void *arg,
					     rmq_error_detail *detail) RMQI_MUST_USE;
/* `value` is a time of RMQI_ASK_TIME, and the offset of RMQI_ASK_COMMIT; *out is not set by that. */
enum rmq_error rmqi_pull_consumer_ask(rmq_pull_consumer *c, const struct rmq_queue *queue,
				      enum rmqi_offset_question what, int64_t value, int64_t *out,
				      rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_pull_consumer_queues(rmq_pull_consumer *c, const char *topic, rmq_queues **out,
					 rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_pull_consumer_send_back(rmq_pull_consumer *c, const rmq_message *message,
					    int delay_level,
					    rmq_error_detail *detail) RMQI_MUST_USE;

#endif
