/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topic_attributes.h - "+key=value,-key": how a request changes the attributes
 * of a topic, and of a group (AttributeParser.java, AttributeUtil.java, TopicAttributes.java,
 * SubscriptionGroupAttributes.java). Which there are depends on the release.
 *
 * Thread: any.
 */
#ifndef MB_BROKER_TOPIC_ATTRIBUTES_H
#define MB_BROKER_TOPIC_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "codec/json.h"
#include "mock-broker/broker/release.h"

/* What there is before a change. */
struct mb_attributes {
	const char *json; /* NULL: none */
	bool is_new;      /* the object is made */
	enum mb_release release;
};

/* *out: the compact JSON object, owned, NULL when empty. RMQ_ERR_INVALID_ARGUMENT: a change is not legal;
 * why stands in `problem`, in Java's words. */
enum rmq_error mb_topic_attributes_alter(const struct mb_attributes *old, struct rmqi_str changes,
					 char **out, char *problem, size_t size) RMQI_MUST_USE;
/* The same of a group; `changes` is a JSON object, or nothing. */
enum rmq_error mb_group_attributes_alter(const struct mb_attributes *old,
					 const struct rmqi_json *changes, char **out, char *problem,
					 size_t size) RMQI_MUST_USE;

#endif
