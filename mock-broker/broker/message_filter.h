/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_filter.h - which messages of a queue somebody wants (ExpressionMessageFilter.java): tags by the queue
 * entry, SQL92 by the properties of the record.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_MESSAGE_FILTER_H
#define MB_BROKER_MESSAGE_FILTER_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "codec/subscription.h"
#include "mock-broker/filter/expression.h"
#include "mock-broker/store/arrival.h"
#include "mock-broker/store/store.h"

struct mb_broker;

/* Both NULL: everything. A subscription by SQL92 without an expression lets everything through, too: Java
 * does so with one that came with a request and cannot be compiled. */
struct mb_message_filter {
	const struct rmqi_subscription *subscription;
	struct mb_expression *expression;
};

/* Is it SQL92, or something else that is no tag? */
bool mb_subscription_is_by_properties(const struct rmqi_subscription *s);
/* An expression that is no list of tags; a reference. RMQ_ERR_INVALID_ARGUMENT: it cannot be compiled; `why`
 * as mb_expression_new. */
enum rmq_error mb_filter_compile(const char *type, const char *text, struct mb_expression **out,
				 struct rmqi_buf *why) RMQI_MUST_USE;
/* For mb_store_get, as long as `f` lives; NULL: everything. `room` is the caller's. */
const struct mb_filter *mb_message_filter_of(const struct mb_message_filter *f,
					     struct mb_filter *room);
/* Does it want a message that has come? */
bool mb_message_filter_wants(const struct mb_message_filter *f, const struct mb_arrival *a);

#endif
