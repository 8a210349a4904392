/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simple_consumer.h - the handle of a simple consumer: a member without queues, whose users receive and
 * acknowledge. What src/api/simple_consumer.c calls. Arguments are not NULL and legal; `detail` may be NULL.
 *
 * Thread: any, but not the client's loop.
 */
#ifndef RMQI_CONSUMER_SIMPLE_CONSUMER_H
#define RMQI_CONSUMER_SIMPLE_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/simple_consumer.h>

#include "base/macros.h"
#include "consumer/async_acks.h"
#include "consumer/lite_topics.h"
#include "consumer/member.h"
#include "consumer/receiver.h"

struct rmq_simple_consumer {
	struct rmqi_member member;
	struct rmqi_receiver receiver;
	struct rmqi_async_acks acks;
	struct rmqi_lite_topics lite;
	/* What the receiver's sink closed with before the acks came in front of it. */
	const char *(*close_receiver)(struct rmqi_sink *sink, int64_t until_us, int64_t rest_us);
	struct rmqi_offset_store offsets; /* keeps none: brokers do */
	bool is_orderly;
};

enum rmq_error rmqi_simple_consumer_new(const rmq_config *config, const char *group,
					rmq_simple_consumer **out,
					rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_simple_consumer_set_orderly(rmq_simple_consumer *c, bool is_orderly,
						rmq_error_detail *detail) RMQI_MUST_USE;
/* RMQ_ERR_CONFIG: messageModel is BROADCASTING. */
enum rmq_error rmqi_simple_consumer_start(rmq_simple_consumer *c,
					  rmq_error_detail *detail) RMQI_MUST_USE;
/* invisible_ms, timeout_ms: -1 is what the configuration says. */
enum rmq_error rmqi_simple_consumer_receive(rmq_simple_consumer *c, int max, int64_t invisible_ms,
					    int64_t timeout_ms, rmq_messages **messages,
					    rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_simple_consumer_receive_async(rmq_simple_consumer *c, int max,
						  int64_t invisible_ms, int64_t timeout_ms,
						  rmq_receive_fn fn, void *arg,
						  rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_simple_consumer_ack(rmq_simple_consumer *c, const rmq_message *message,
					rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_simple_consumer_ack_batch(rmq_simple_consumer *c,
					      const rmq_message *const *messages, size_t count,
					      enum rmq_error *results,
					      rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_simple_consumer_change_invisible(rmq_simple_consumer *c,
						     const rmq_message *message,
						     int64_t invisible_ms,
						     rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_simple_consumer_ack_async(rmq_simple_consumer *c, const rmq_message *message,
					      rmq_ack_fn fn, void *arg,
					      rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_simple_consumer_ack_batch_async(rmq_simple_consumer *c,
						    const rmq_message *const *messages,
						    size_t count, rmq_ack_batch_fn fn, void *arg,
						    rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_simple_consumer_change_invisible_async(rmq_simple_consumer *c,
							   const rmq_message *message,
							   int64_t invisible_ms, rmq_ack_fn fn,
							   void *arg,
							   rmq_error_detail *detail) RMQI_MUST_USE;

#endif
