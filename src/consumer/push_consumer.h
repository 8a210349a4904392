/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_consumer.h - the handle of a push consumer: a member whose queues are
 * pulled, whose messages go to a concurrent or an orderly listener.
 * What src/api/push_consumer.c calls. Arguments are not NULL and names are legal; `detail` may be NULL.
 *
 * Thread: any, but not the client's loop.
 */
#ifndef RMQI_CONSUMER_PUSH_CONSUMER_H
#define RMQI_CONSUMER_PUSH_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/push_consumer.h>

#include "base/macros.h"
#include "consumer/consume_orderly.h"
#include "consumer/consume_service.h"
#include "consumer/member.h"
#include "consumer/rate.h"

struct rmq_push_consumer {
	struct rmqi_member member;
	struct rmqi_consume_service service; /* the sink, until an orderly listener is set */
	struct rmqi_consume_orderly orderly;
	struct rmqi_rate rate; /* loop */
};

enum rmq_error rmqi_push_consumer_new(const rmq_config *config, const char *group,
				      rmq_push_consumer **out,
				      rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_push_consumer_subscribe(rmq_push_consumer *c, const char *topic,
					    const char *expression,
					    rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_push_consumer_subscribe_sql(rmq_push_consumer *c, const char *topic,
						const char *expression,
						rmq_error_detail *detail) RMQI_MUST_USE;
/* RMQ_ERR_NOT_FOUND: there is no such subscription. */
enum rmq_error rmqi_push_consumer_unsubscribe(rmq_push_consumer *c, const char *topic,
					      rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_push_consumer_set_listener(rmq_push_consumer *c, rmq_consume_fn listener,
					       void *arg, rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_push_consumer_set_queues_fn(rmq_push_consumer *c, rmq_queues_fn fn, void *arg,
						rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_push_consumer_set_orderly_listener(rmq_push_consumer *c,
						       rmq_consume_orderly_fn listener, void *arg,
						       rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_push_consumer_set_allocate_fn(rmq_push_consumer *c, rmq_allocate_fn fn,
						  void *arg,
						  rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_push_consumer_start(rmq_push_consumer *c,
					rmq_error_detail *detail) RMQI_MUST_USE;
/* RMQ_ERR_STATE once it is closing. Before start: it starts suspended. */
enum rmq_error rmqi_push_consumer_set_suspended(rmq_push_consumer *c, bool is_suspended,
						rmq_error_detail *detail) RMQI_MUST_USE;
/* rate.h; per_second is 0..RMQI_RATE_MAX. RMQ_ERR_STATE once it is closed. */
enum rmq_error rmqi_push_consumer_set_rate_limit(rmq_push_consumer *c, int64_t per_second,
						 rmq_error_detail *detail) RMQI_MUST_USE;
/* ready.h */
enum rmq_error rmqi_push_consumer_wait_ready(rmq_push_consumer *c, int64_t timeout_ms,
					     rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_push_consumer_close(rmq_push_consumer *c, int64_t timeout_ms,
					rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_push_consumer_free(rmq_push_consumer *c);
size_t rmqi_push_consumer_queue_count(const rmq_push_consumer *c);
const char *rmqi_push_consumer_client_id(const rmq_push_consumer *c);

#endif
