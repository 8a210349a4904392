/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topic_attributes.h - "+key=value,-key": how a request changes the attributes
 * of a topic (AttributeParser.java, AttributeUtil.java, TopicAttributes.java).
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

/* *out: the compact JSON object, owned, NULL when empty. `old_json` may be NULL. RMQ_ERR_INVALID_ARGUMENT:
 * a change is not legal; why stands in `problem`, in Java's words. */
enum rmq_error mb_topic_attributes_alter(const char *old_json, bool is_new, struct rmqi_str changes,
					 char **out, char *problem, size_t size) RMQI_MUST_USE;

#endif
