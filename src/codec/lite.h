/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite.h - lite topics (5.5.0): how their queues are called, what the answer to POP_LITE_MESSAGE tells of its
 * messages, and the body of LITE_SUBSCRIPTION_CTL (LiteUtil.java, LiteSubscriptionDTO.java).
 *
 * The queue of a lite topic is %LMQ%$<parent>$<lite topic>, queue id 0. A message lies in its parent topic; the
 * property INNER_MULTI_DISPATCH names that queue, INNER_MULTI_QUEUE_OFFSET is its offset there, which receipts and
 * acks are about.
 *
 * As body.h: what is decoded is owned by the caller, and encoding only reads. Thread: any.
 */
#ifndef RMQI_CODEC_LITE_H
#define RMQI_CODEC_LITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"
#include "codec/names.h"

/* What its name is made of: GrpcValidator.java of Apache's proxy, which alone checks it. */
#define RMQI_LITE_TOPIC_LETTERS      \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789-_"

enum {
	RMQI_LITE_TOPIC_MAX = 64, /* of the name of a lite topic: a limit of the broker's clients */
	RMQI_LITE_QUEUE_MAX = 7 + RMQI_TOPIC_MAX + RMQI_LITE_TOPIC_MAX
};

/* Written with a NUL; "" when it does not fit. */
const char *rmqi_lite_queue_name(struct rmqi_str parent, struct rmqi_str lite_topic,
				 char out[RMQI_LITE_QUEUE_MAX + 1]);
/* False: it is no queue of a lite topic. A '$' more makes it none. */
bool rmqi_lite_queue_parse(struct rmqi_str name, struct rmqi_str *parent,
			   struct rmqi_str *lite_topic);

/*
 * orderCountInfo of POP_LITE_MESSAGE, for one message after the other, in the order of the answer: how often it was
 * delivered before. Of a lite topic whose messages are all new there is a "0" each; of another one there are those only
 * that were delivered before, as "0 qo0%<offset> <times>".
 */
struct rmqi_lite_counts {
	struct rmqi_str rest; /* of the list; at first all of it */
	unsigned unplaced;    /* items that may be in front of the next message's; at first 0 */
};
int32_t rmqi_lite_times(struct rmqi_lite_counts *c, int64_t offset);
/* The next message does not say its offset: an item that waits may be its own, and then hides no other one. */
void rmqi_lite_times_skip(struct rmqi_lite_counts *c);
/* For brokers: appends the items of `count` messages of one lite topic. */
void rmqi_lite_add_times(struct rmqi_buf *list, const int64_t *offsets, const int32_t *times,
			 size_t count);

/* LiteSubscriptionAction.java */
enum rmqi_lite_action {
	RMQI_LITE_ADD,          /* PARTIAL_ADD: these, too */
	RMQI_LITE_REMOVE,       /* PARTIAL_REMOVE: not these any more */
	RMQI_LITE_SET,          /* COMPLETE_ADD: these and no others */
	RMQI_LITE_FORGET,       /* COMPLETE_REMOVE: none */
	RMQI_LITE_UNKNOWN = -1, /* none of these: a broker answers 1 */
};

/* OffsetOption.java: where a lite topic that is added begins. */
enum rmqi_lite_start {
	RMQI_LITE_FROM_HERE, /* absent, POLICY 0: at what the group has committed */
	RMQI_LITE_FROM_FIRST,
	RMQI_LITE_FROM_END,
	RMQI_LITE_FROM_OFFSET,
	RMQI_LITE_FROM_TAIL /* so many before what is committed */
};

struct rmqi_lite_subscription {
	enum rmqi_lite_action action;
	char *client_id;
	char *group;
	char *topic; /* the parent */
	char **lite_topics;
	size_t count;
	enum rmqi_lite_start start; /* of RMQI_LITE_ADD */
	int64_t start_value;
	int64_t version;
};

/* LiteSubscriptionCtlRequestBody.java */
struct rmqi_lite_subscriptions {
	struct rmqi_lite_subscription *items;
	size_t count;
};

enum rmq_error rmqi_lite_subscriptions_encode(const struct rmqi_lite_subscriptions *l,
					      struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_lite_subscriptions_decode(struct rmqi_cursor body,
					      struct rmqi_lite_subscriptions *out) RMQI_MUST_USE;
void rmqi_lite_subscriptions_deinit(struct rmqi_lite_subscriptions *l);

#endif
