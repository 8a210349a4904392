/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_subscribe.h - lite topics of a simple consumer (lite_topics.h). It has those of one parent, and no topic beside
 * them: a broker binds the group to that parent, and hands out to a client what it knows of it, whatever is asked.
 *
 * Arguments are not NULL and legal; `detail` may be NULL. Thread: any, but not the client's loop.
 */
#ifndef RMQI_CONSUMER_LITE_SUBSCRIBE_H
#define RMQI_CONSUMER_LITE_SUBSCRIBE_H

#include <rocketmq/simple_consumer.h>

#include "base/macros.h"
#include "codec/subscription.h"

enum rmq_error rmqi_simple_consumer_subscribe_lite(rmq_simple_consumer *c, const char *parent,
						   const char *lite_topic,
						   rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_simple_consumer_unsubscribe_lite(rmq_simple_consumer *c, const char *parent,
						     const char *lite_topic,
						     rmq_error_detail *detail) RMQI_MUST_USE;
/* rmqi_handle_subscribe, unless it has lite topics. */
enum rmq_error rmqi_simple_consumer_subscribe(rmq_simple_consumer *c, const char *topic,
					      enum rmqi_expression kind, const char *expression,
					      rmq_error_detail *detail) RMQI_MUST_USE;

#endif
