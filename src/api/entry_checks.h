/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry_checks.h - what several public functions check before they call down: to be joined with && to
 * the checks of base/entry.h. False: the call is refused, with its sentence.
 *
 * Thread: the caller's.
 */
#ifndef RMQI_API_ENTRY_CHECKS_H
#define RMQI_API_ENTRY_CHECKS_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/config.h>
#include <rocketmq/queue.h>

#include "base/entry.h"
#include "codec/subscription.h"

struct rmq_admin;
struct rmqi_attributes;
struct rmq_producer;
struct rmqi_member;

/* Not NULL, and made in this process. */
bool rmqi_entry_has_admin(struct rmqi_entry *e, const struct rmq_admin *a);
bool rmqi_entry_has_producer(struct rmqi_entry *e, const struct rmq_producer *p);
/* Likewise of the member of a consumer; `m` is NULL when the consumer is. */
bool rmqi_entry_has_member(struct rmqi_entry *e, const struct rmqi_member *m);
/* A new consumer: config, group and out are not NULL, and the group has a legal name. */
bool rmqi_entry_has_group(struct rmqi_entry *e, const struct rmq_config *config, const char *group,
			  const void *out);
/* Of topic; NULL: all. */
bool rmqi_entry_has_expression(struct rmqi_entry *e, enum rmqi_expression kind,
			       const char *expression, const char *topic);
/* Not NULL, and one that can be. */
bool rmqi_entry_has_queue(struct rmqi_entry *e, const char *name, const struct rmq_queue *q);
/* So many of them; NULL if there is none. */
bool rmqi_entry_has_queues(struct rmqi_entry *e, const struct rmq_queue *queues, size_t count);
/* Not NULL, and a name that a topic may have. */
bool rmqi_entry_has_topic(struct rmqi_entry *e, const char *topic);
/* An attribute of a topic or group, and its value (NULL: none), as AttributeParser.java can read it. */
bool rmqi_entry_has_attribute(struct rmqi_entry *e, const char *name, const char *value);
/* rmqi_attributes_set with its sentence. */
enum rmq_error rmqi_entry_set_attribute(struct rmqi_entry *e, struct rmqi_attributes *attributes,
					const char *name, const char *value) RMQI_MUST_USE;
/* Not NULL, and not empty. */
bool rmqi_entry_has_text(struct rmqi_entry *e, const char *name, const char *text);
/* -1, or `least` and more. */
bool rmqi_entry_has_timeout(struct rmqi_entry *e, int64_t timeout_ms, int least);

#endif
