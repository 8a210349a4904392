/* SPDX-License-Identifier: Apache-2.0 */
/*
 * static_topics.h - the static topics (logical queues) this broker has a part in, and
 * topicQueueMapping.json (TopicQueueMappingManager.java). Every change bumps the data version and
 * is written at once.
 *
 * A request for a queue of such a topic goes where its mapping says:
 *
 *     no mapping here, or another broker leads  --> 501 NOT_LEADER_FOR_QUEUE
 *     mapped once, here, from offset 0, open    --> served: the offsets are those of our queue
 *     anything else (it was moved here)         --> 3, which Apache's broker would serve
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_STATIC_TOPICS_H
#define MB_BROKER_STATIC_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/map.h"
#include "base/str.h"
#include "codec/body.h"
#include "codec/command.h"
#include "mock-broker/broker/static_mapping.h"
#include "mock-broker/ticket.h"

struct mb_broker;

struct mb_static_topics {
	struct rmqi_map by_name; /* -> struct mb_mapping */
	struct rmqi_data_version version;
};

enum rmq_error mb_static_topics_load(struct mb_broker *b) RMQI_MUST_USE;
void mb_static_topics_deinit(struct mb_static_topics *t);

/* NULL: an ordinary topic, or none. Borrowed until the next change. */
const struct mb_mapping *mb_static_topic_find(const struct mb_broker *b, struct rmqi_str name);
/* Takes over `m`. RMQ_ERR_STATE: refused, and `problem` says why. */
enum rmq_error mb_static_topic_update(struct mb_broker *b, struct mb_mapping *m, bool force,
				      char *problem, size_t size) RMQI_MUST_USE;
/* Unknown is fine. */
void mb_static_topic_delete(struct mb_broker *b, struct rmqi_str name);

/* Fills the mappings of a table: of one topic, or of all when `only` is empty. The caller frees them with
 * mb_static_topics_release; names are borrowed. */
enum rmq_error mb_static_topics_view(const struct mb_static_topics *t, struct rmqi_str only,
				     struct rmqi_topic_table *out) RMQI_MUST_USE;
void mb_static_topics_release(struct rmqi_topic_table *table);

/* Where a request for a queue is served. */
struct mb_place {
	bool is_static;
	int32_t asked_id; /* as the client names it; chosen when a send left it open */
	int32_t queue_id; /* ours */
};

/* For the request that `t` and `c` are of. False: it was answered. */
bool mb_place_find(struct mb_broker *b, const struct mb_ticket *t, const struct rmqi_command *c,
		   struct rmqi_str topic, int32_t queue_id, struct mb_place *out);

#endif
