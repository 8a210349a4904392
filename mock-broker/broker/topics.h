/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topics.h - the broker's topics and topics.json (TopicConfigManager.java;
 * doc/reference/store.md). Every change bumps the data version, is written at once and
 * told to the name servers.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_TOPICS_H
#define MB_BROKER_TOPICS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/map.h"
#include "codec/body.h"

struct mb_broker;
struct mb_figure;

enum { MB_QUEUES_MAX = 65536 }; /* queues of one topic */

struct mb_topic {
	struct rmqi_topic_config config;
	size_t name_len;        /* of config.topic_name */
	struct mb_figure *put_figure; /* borrowed; NULL until something is stored (figures.h) */
	bool is_system;         /* made at boot, or a reserved name */
	bool is_send_forbidden; /* TopicValidator.isNotAllowedSendTopic */
	bool is_retry;
	bool is_multi_tag;
	bool is_compaction; /* cleanup.policy=COMPACTION */
	bool is_lite;       /* message.type=LITE, as the next */
	bool is_priority;
	int64_t lite_expiration_min; /* lite.topic.expiration; -1: never */
};

struct mb_topics {
	struct rmqi_map by_name; /* -> struct mb_topic */
	struct mb_topic *last;   /* of mb_topic_find_again; NULL: none */
	struct rmqi_data_version version;
	/* A topic is new or has changed: the name servers want to know. Set by the broker before anything
	 * else. */
	void (*announce)(struct mb_broker *b, const struct mb_topic *t);
};

/* Boot topics, then topics.json over them. */
enum rmq_error mb_topics_load(struct mb_broker *b) RMQI_MUST_USE;
void mb_topics_deinit(struct mb_topics *t);
/* Writes topics.json. */
void mb_topics_save(struct mb_broker *b);

/* NULL: unknown. Borrowed until the topic is deleted. */
struct mb_topic *mb_topic_find(const struct mb_broker *b, struct rmqi_str name);
/* The same for a send: most go where the last one went, so that one is remembered. */
struct mb_topic *mb_topic_find_again(struct mb_broker *b, struct rmqi_str name);
/* Creates it unless it exists. NULL: memory is out. */
struct mb_topic *mb_topic_ensure(struct mb_broker *b, struct rmqi_str name, int32_t queues,
				 int32_t perm, int32_t sys_flag, bool is_order);
/* What a send to an unknown topic asks for. NULL: not created. */
struct mb_topic *mb_topic_auto_create(struct mb_broker *b, struct rmqi_str name,
				      struct rmqi_str default_topic, int32_t queues, bool is_unit);
/* Creates or alters; `config` is copied. An unchanged topic is not written again. */
enum rmq_error mb_topic_update(struct mb_broker *b,
			       const struct rmqi_topic_config *config) RMQI_MUST_USE;
/* The same, but an unchanged one is written and told again. */
enum rmq_error mb_topic_replace(struct mb_broker *b,
				const struct rmqi_topic_config *config) RMQI_MUST_USE;
/* Its mapping, offsets and queue files, too. Unknown is fine. */
void mb_topic_delete(struct mb_broker *b, struct rmqi_str name);
/* Of a slave: the answer to GET_ALL_TOPIC_CONFIG takes the place of the table; name servers are told. */
enum rmq_error mb_topics_take(struct mb_broker *b, struct rmqi_cursor text) RMQI_MUST_USE;
/* In the set of system topics, or with the prefix rmq_sys_. */
bool mb_topic_is_system(const struct mb_broker *b, struct rmqi_str name);

/* A view of the table, sorted by name: its array is owned (rmqi_free), the texts are borrowed. */
enum rmq_error mb_topics_view(const struct mb_topics *t,
			      struct rmqi_topic_table *out) RMQI_MUST_USE;
/* TopicConfig.toString, for remarks. */
const char *mb_topic_text(const struct mb_topic *t, char *buf, size_t size);

#endif
