/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_pull_consumer.h - the handle of a lite pull consumer: a member whose queues are pulled into a buffer
 * that is polled. What src/api/lite_pull_consumer.c calls, beside handle.h and place.h. Arguments are not
 * NULL and names are legal; `detail` may be NULL.
 *
 * Thread: any, but not the client's loop.
 */
#ifndef RMQI_CONSUMER_LITE_PULL_CONSUMER_H
#define RMQI_CONSUMER_LITE_PULL_CONSUMER_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/lite_pull_consumer.h>

#include "base/macros.h"
#include "consumer/committer.h"
#include "consumer/member.h"
#include "consumer/poll_buffer.h"

enum { RMQI_POLL_MS = 5000 }; /* pollTimeoutMillis */

struct rmq_lite_pull_consumer {
	struct rmqi_member member;
	struct rmqi_poll_buffer buffer;
	struct rmqi_committer committer;
};

enum rmqi_seek { RMQI_SEEK_OFFSET, RMQI_SEEK_BEGIN, RMQI_SEEK_END, RMQI_SEEK_TIME };

enum rmq_error rmqi_lite_pull_new(const rmq_config *config, const char *group,
				  rmq_lite_pull_consumer **out,
				  rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_lite_pull_subscribe(rmq_lite_pull_consumer *c, const char *topic,
					enum rmqi_expression kind, const char *expression,
					rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_lite_pull_assign(rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
				     size_t count, const char *expression,
				     rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_lite_pull_poll(rmq_lite_pull_consumer *c, int64_t timeout_ms,
				   rmq_messages **out, rmq_error_detail *detail) RMQI_MUST_USE;
/* `at` is an offset, or a time in ms. */
enum rmq_error rmqi_lite_pull_seek(rmq_lite_pull_consumer *c, const struct rmq_queue *queue,
				   enum rmqi_seek to, int64_t at,
				   rmq_error_detail *detail) RMQI_MUST_USE;
/* All of them, or on an error none. */
enum rmq_error rmqi_lite_pull_hold(rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
				   size_t count, bool is_held_back,
				   rmq_error_detail *detail) RMQI_MUST_USE;
/* queues NULL: everything that was handed out (autoCommit: that is done). */
enum rmq_error rmqi_lite_pull_commit(rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
				     const int64_t *offsets, size_t count, int64_t timeout_ms,
				     rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_lite_pull_commit_async(rmq_lite_pull_consumer *c,
					   const struct rmq_queue *queues, const int64_t *offsets,
					   size_t count, rmq_commit_fn fn, void *arg,
					   rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_lite_pull_committed(rmq_lite_pull_consumer *c, const struct rmq_queue *queue,
					int64_t *offset, rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_lite_pull_queues(rmq_lite_pull_consumer *c, const char *topic, rmq_queues **out,
				     rmq_error_detail *detail) RMQI_MUST_USE;

#endif
