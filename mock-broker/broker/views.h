/* SPDX-License-Identifier: Apache-2.0 */
/*
 * views.h - what a broker knows, as JSON for who looks on: objects, with a comma before each but the first of a
 * list.
 *
 * `node` is what callers name the broker. A name that is empty stands for all of them.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_VIEWS_H
#define MB_BROKER_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct mb_broker;

/* {"topic":..,"node":..,"perm":6,"messages":..,"queues":[{"queueId":..,"minOffset":..,"maxOffset":..}]} */
void mb_view_topics(struct mb_broker *b, const char *node, struct rmqi_str topic, bool with_system,
		    struct rmqi_buf *out);
/*
 * Groups that have members or have committed something:
 * {"group":..,"node":..,"lag":..,"consumeType":..,"messageModel":..,"members":[{"clientId":..}],
 *  "topics":[{"topic":..,"lag":..,"queues":[{"queueId":..,"offset":..,"maxOffset":..,"lag":..}]}]}
 */
void mb_view_groups(struct mb_broker *b, const char *node, struct rmqi_str group,
		    struct rmqi_buf *out);
/* {"clientId":..,"node":..,"role":"producer","group":..,"address":..,"language":..,"version":..} */
void mb_view_connections(struct mb_broker *b, const char *node, struct rmqi_buf *out);

struct mb_message_query {
	struct rmqi_str topic;
	int32_t queue_id; /* -1: all */
	int64_t offset;   /* from this one on */
	size_t max;
};

/*
 * {"topic":..,"node":..,"queueId":..,"queueOffset":..,"messageId":..,"keys":..,"tags":..,"bornTimestamp":..,
 *  "storeTimestamp":..,"reconsumeTimes":..,"bodyLength":..,"body":..,"properties":{..}}
 * A body that is no UTF-8 is a "bodyBase64".
 */
void mb_view_messages(struct mb_broker *b, const char *node, const struct mb_message_query *q,
		      struct rmqi_buf *out);

#endif
