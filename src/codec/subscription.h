/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscription.h - a topic with its expression (FilterAPI.java, SubscriptionData.java).
 *
 * TAG: "*", "" and NULL mean everything. Else the text is cut at "||", trimmed,
 * empty parts dropped. The broker filters by hash (codes), the client compares
 * the text again.
 *
 * SQL92: the text is the broker's matter (mock-broker/filter/); the client hands out what comes.
 */
#ifndef RMQI_CODEC_SUBSCRIPTION_H
#define RMQI_CODEC_SUBSCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"

/* ExpressionType.java: what an expression is written in. */
enum rmqi_expression { RMQI_EXPRESSION_TAG, RMQI_EXPRESSION_SQL92 };

/* "TAG", "SQL92". */
const char *rmqi_expression_name(enum rmqi_expression kind);

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
/* Why a user's expression cannot mean what it looks like, as a part of a sentence; NULL: it can. A peer's
 * expression is taken as it is, as in Java. */
const char *rmqi_expression_problem(enum rmqi_expression kind, struct rmqi_str expression);
enum rmq_error rmqi_subscription_dup(const struct rmqi_subscription *s,
				     struct rmqi_subscription **out) RMQI_MUST_USE;
void rmqi_subscription_free(struct rmqi_subscription *s);
/* Broker side: does a queue entry with this tags code match (ExpressionMessageFilter)? */
bool rmqi_subscription_matches_code(const struct rmqi_subscription *s, int64_t tags_code);
/* Do both let the same messages through, as far as their texts tell? */
bool rmqi_subscription_is_same(const struct rmqi_subscription *a,
			       const struct rmqi_subscription *b);
/* Client side: exact compare; a message without tag has an empty text. */
bool rmqi_subscription_matches_tag(const struct rmqi_subscription *s, struct rmqi_str tag);

#endif
