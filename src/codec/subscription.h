/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscription.h - a topic with its tag expression (FilterAPI.buildSubscriptionData,
 * SubscriptionData.java).
 *
 * "*", "" and NULL mean everything. Else the text is cut at "||", trimmed,
 * empty parts dropped. The broker filters by hash (codes), the client compares
 * the text again.
 */
#ifndef RMQI_CODEC_SUBSCRIPTION_H
#define RMQI_CODEC_SUBSCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"

struct rmqi_subscription {
	char *topic;           /* owned, as all below */
	char *sub_string;      /* "*" or the expression */
	char *expression_type; /* "TAG" or "SQL92" */
	char **tags;
	size_t tag_count;
	int32_t *codes; /* one per distinct hash; as sent by the client on the broker's side */
	size_t code_count;
	int64_t sub_version; /* ms */
};

/* RMQ_ERR_INVALID_ARGUMENT: the expression is only "||" or blanks make it unparsable (FilterAPI). */
enum rmq_error rmqi_subscription_new(struct rmqi_str topic, struct rmqi_str expression,
				     struct rmqi_str type, int64_t sub_version,
				     struct rmqi_subscription **out) RMQI_MUST_USE;
enum rmq_error rmqi_subscription_dup(const struct rmqi_subscription *s,
				     struct rmqi_subscription **out) RMQI_MUST_USE;
void rmqi_subscription_free(struct rmqi_subscription *s);
/* Broker side: does a queue entry with this tags code match (ExpressionMessageFilter)? */
bool rmqi_subscription_matches_code(const struct rmqi_subscription *s, int64_t tags_code);
/* Client side: exact compare; a message without tag has an empty text. */
bool rmqi_subscription_matches_tag(const struct rmqi_subscription *s, struct rmqi_str tag);

#endif
