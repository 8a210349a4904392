/* SPDX-License-Identifier: Apache-2.0 */
/*
 * groups.h - consumer groups and subscriptionGroup.json
 * (SubscriptionGroupManager.java).
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_GROUPS_H
#define MB_BROKER_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/map.h"
#include "codec/body.h"
#include "codec/json.h"

struct mb_broker;

/* SubscriptionGroupConfig.java */
struct mb_group {
	char *name;
	bool consume_enable;
	bool consume_from_min_enable;
	bool consume_broadcast_enable;
	bool consume_message_orderly;
	bool notify_ids_changed;
	int32_t retry_queue_nums;
	int32_t retry_max_times;
	int32_t group_sys_flag;
	int32_t consume_timeout_minute;
	int64_t broker_id;
	int64_t slow_broker_id;
	char *attributes;    /* JSON text, owned; NULL: {} */
	char *retry_policy;  /* the same; NULL: {"type":"CUSTOMIZED"} */
	char *subscriptions; /* the same; NULL: absent */
	/* What its attributes say (SubscriptionGroupAttributes.java). */
	int64_t priority_percent; /* of the pops take a topic of priorities by rank */
	struct {
		char *bind_topic; /* owned; NULL: it is no group of lite topics */
		bool is_exclusive;
		bool resets_exclusive;   /* who takes a lite topic over begins at its beginning */
		bool resets_unsubscribe; /* and so does whoever comes after it was given up */
		bool is_wildcard;        /* it has all of them */
		int64_t max_events;      /* 0: the broker's */
	} lite;
};

struct mb_groups {
	struct rmqi_map by_name; /* -> struct mb_group */
	struct rmqi_data_version version;
	char *forbidden; /* JSON text, kept as it was found; NULL: {} */
};

/* Boot groups, then subscriptionGroup.json over them. */
enum rmq_error mb_groups_load(struct mb_broker *b) RMQI_MUST_USE;
void mb_groups_deinit(struct mb_groups *g);
/* Writes subscriptionGroup.json. */
void mb_groups_save(struct mb_broker *b);

/* NULL: not in the table. */
struct mb_group *mb_group_find(const struct mb_broker *b, struct rmqi_str name);
/* Creates it if that is allowed and the name is legal. NULL: unknown. */
struct mb_group *mb_group_get(struct mb_broker *b, struct rmqi_str name);
/* From the body of UPDATE_AND_CREATE_SUBSCRIPTIONGROUP. RMQ_ERR_INVALID_ARGUMENT: illegal name,
 * RMQ_ERR_BROKER: illegal attributes; the reason is in problem. */
enum rmq_error mb_group_update(struct mb_broker *b, const struct rmqi_json *config, char *problem,
			       size_t size) RMQI_MUST_USE;
void mb_group_delete(struct mb_broker *b, struct rmqi_str name);
/* Appends SubscriptionGroupConfig as JSON; half of it may stand there on failure. */
enum rmq_error mb_group_write(const struct mb_group *g, struct rmqi_buf *out) RMQI_MUST_USE;
/* {"dataVersion":..,"forbiddenTable":..,"subscriptionGroupTable":..}, by name. */
enum rmq_error mb_groups_write(const struct mb_groups *g, bool is_pretty,
			       struct rmqi_buf *out) RMQI_MUST_USE;
/* The same of `count` groups from number `first` on. */
enum rmq_error mb_groups_write_page(const struct mb_groups *g, bool is_pretty, size_t first,
				    size_t count, struct rmqi_buf *out) RMQI_MUST_USE;
/* Of a slave: the answer to GET_ALL_SUBSCRIPTIONGROUP_CONFIG takes the place of the table. */
enum rmq_error mb_groups_take(struct mb_broker *b, struct rmqi_cursor text) RMQI_MUST_USE;

#endif
