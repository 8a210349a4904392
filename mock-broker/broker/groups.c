/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/names.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"

static void group_free(void *group)
{
	struct mb_group *g = group;

	if (!g)
		return;
	rmqi_free(g->name);
	json_decref(g->attributes);
	json_decref(g->retry_policy);
	json_decref(g->subscriptions);
	rmqi_free(g);
}

void mb_groups_deinit(struct mb_groups *g)
{
	rmqi_map_deinit(&g->by_name, group_free);
	json_decref(g->forbidden);
	g->forbidden = NULL;
}

static struct mb_group *group_new(struct rmqi_str name)
{
	struct mb_group *g = rmqi_calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->name = rmqi_str_dup(name);
	g->consume_enable = true;
	g->consume_from_min_enable = true;
	g->consume_broadcast_enable = true;
	g->notify_ids_changed = true;
	g->retry_queue_nums = 1;
	g->retry_max_times = 16;
	g->consume_timeout_minute = 15;
	g->slow_broker_id = 1;
	if (g->name)
		return g;
	group_free(g);
	return NULL;
}

/* Takes over `g`. NULL: memory is out, `g` is freed. */
static struct mb_group *put(struct mb_groups *groups, struct mb_group *g)
{
	void *old = NULL;

	if (!g)
		return NULL;
	if (rmqi_map_set(&groups->by_name, rmqi_str(g->name), g, &old) != RMQ_OK) {
		group_free(g);
		return NULL;
	}
	group_free(old);
	return g;
}

static json_t *member(const json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	return json_is_null(value) ? NULL : json_incref(value);
}

/* Members that are absent keep the defaults of the class. */
static struct mb_group *group_read(struct rmqi_str name, const json_t *o)
{
	struct mb_group *g = group_new(name);

	if (!g)
		return NULL;
	g->consume_enable = rmqi_json_bool(o, "consumeEnable", true);
	g->consume_from_min_enable = rmqi_json_bool(o, "consumeFromMinEnable", true);
	g->consume_broadcast_enable = rmqi_json_bool(o, "consumeBroadcastEnable", true);
	g->consume_message_orderly = rmqi_json_bool(o, "consumeMessageOrderly", false);
	g->notify_ids_changed = rmqi_json_bool(o, "notifyConsumerIdsChangedEnable", true);
	g->retry_queue_nums = (int32_t)rmqi_json_i64(o, "retryQueueNums", 1);
	g->retry_max_times = (int32_t)rmqi_json_i64(o, "retryMaxTimes", 16);
	g->group_sys_flag = (int32_t)rmqi_json_i64(o, "groupSysFlag", 0);
	g->consume_timeout_minute = (int32_t)rmqi_json_i64(o, "consumeTimeoutMinute", 15);
	g->broker_id = rmqi_json_i64(o, "brokerId", 0);
	g->slow_broker_id = rmqi_json_i64(o, "whichBrokerWhenConsumeSlowly", 1);
	g->attributes = member(o, "attributes");
	g->retry_policy = member(o, "groupRetryPolicy");
	g->subscriptions = member(o, "subscriptionDataSet");
	return g;
}

json_t *mb_group_json(const struct mb_group *g)
{
	json_t *o = json_pack("{s:o}", "attributes",
			      g->attributes ? json_incref(g->attributes) : json_object());
	json_t *policy = g->retry_policy ? json_incref(g->retry_policy)
					 : json_pack("{s:s}", "type", "CUSTOMIZED");

	json_object_set_new(o, "brokerId", json_integer(g->broker_id));
	json_object_set_new(o, "consumeBroadcastEnable", json_boolean(g->consume_broadcast_enable));
	json_object_set_new(o, "consumeEnable", json_boolean(g->consume_enable));
	json_object_set_new(o, "consumeFromMinEnable", json_boolean(g->consume_from_min_enable));
	json_object_set_new(o, "consumeMessageOrderly", json_boolean(g->consume_message_orderly));
	json_object_set_new(o, "consumeTimeoutMinute", json_integer(g->consume_timeout_minute));
	json_object_set_new(o, "groupName", json_string(g->name));
	json_object_set_new(o, "groupRetryPolicy", policy);
	json_object_set_new(o, "groupSysFlag", json_integer(g->group_sys_flag));
	json_object_set_new(o, "notifyConsumerIdsChangedEnable",
			    json_boolean(g->notify_ids_changed));
	json_object_set_new(o, "retryMaxTimes", json_integer(g->retry_max_times));
	json_object_set_new(o, "retryQueueNums", json_integer(g->retry_queue_nums));
	if (g->subscriptions)
		json_object_set(o, "subscriptionDataSet", g->subscriptions);
	json_object_set_new(o, "whichBrokerWhenConsumeSlowly", json_integer(g->slow_broker_id));
	return o;
}

static int by_name(const void *a, const void *b)
{
	const struct mb_group *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

json_t *mb_groups_json(const struct mb_groups *groups)
{
	const struct mb_group **all = rmqi_calloc(groups->by_name.count, sizeof(*all));
	json_t *table = json_object();
	json_t *o = json_object();

	for (size_t i = 0; all && i < groups->by_name.count; i++)
		all[i] = rmqi_map_at(&groups->by_name, i, NULL);
	if (all)
		qsort(all, groups->by_name.count, sizeof(*all), by_name);
	for (size_t i = 0; all && i < groups->by_name.count; i++)
		json_object_set_new(table, all[i]->name, mb_group_json(all[i]));
	rmqi_free(all);
	json_object_set_new(o, "dataVersion", mb_version_json(&groups->version));
	json_object_set_new(o, "forbiddenTable",
			    groups->forbidden ? json_incref(groups->forbidden) : json_object());
	json_object_set_new(o, "subscriptionGroupTable", table);
	return o;
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct mb_broker *b = arg;
	json_t *root = NULL;
	const char *name;
	json_t *value;
	enum rmq_error err = rmqi_json_parse(text, &root);

	json_object_foreach(json_object_get(root, "subscriptionGroupTable"), name, value) {
		if (err == RMQ_OK && !put(&b->groups, group_read(rmqi_str(name), value)))
			err = RMQ_ERR_NO_MEMORY;
	}
	if (err == RMQ_OK) {
		mb_version_read(json_object_get(root, "dataVersion"), &b->groups.version);
		b->groups.forbidden = member(root, "forbiddenTable");
	}
	json_decref(root);
	return err;
}

enum rmq_error mb_groups_load(struct mb_broker *b)
{
	static const char *const boot[] = {
		"TOOLS_CONSUMER",     "FILTERSRV_CONSUMER", "SELF_TEST_C_GROUP",
		"CID_ONS-HTTP-PROXY", "CID_ONSAPI_PULL",    "CID_ONSAPI_PERMISSION",
		"CID_ONSAPI_OWNER",   "CID_RMQ_SYS_TRANS",
	};

	rmqi_map_init(&b->groups.by_name);
	b->groups.version = (struct rmqi_data_version){.timestamp = mb_broker_wall_ms(b)};
	for (size_t i = 0; i < RMQI_COUNT(boot); i++) {
		if (!put(&b->groups, group_new(rmqi_str(boot[i]))))
			return RMQ_ERR_NO_MEMORY;
	}
	return mb_config_file_load(b->store, "subscriptionGroup.json", b->log, decode, b);
}

void mb_groups_save(struct mb_broker *b)
{
	json_t *o = mb_groups_json(&b->groups);
	struct rmqi_buf text;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (rmqi_json_write_pretty(o, false, &text) == RMQ_OK)
		mb_config_file_save(b->store, "subscriptionGroup.json", b->log, &text);
	rmqi_buf_deinit(&text);
	json_decref(o);
}

static void changed(struct mb_broker *b)
{
	mb_version_next(&b->groups.version, mb_broker_wall_ms(b));
	mb_groups_save(b);
}

struct mb_group *mb_group_find(const struct mb_broker *b, struct rmqi_str name)
{
	return rmqi_map_get(&b->groups.by_name, name);
}

struct mb_group *mb_group_get(struct mb_broker *b, struct rmqi_str name)
{
	struct mb_group *g = mb_group_find(b, name);
	char problem[256];

	if (g)
		return g;
	if (!b->config->auto_create_group &&
	    !(b->config->create_sys_group && rmqi_str_has_prefix(name, "CID_RMQ_SYS_")))
		return NULL;
	if (rmqi_group_problem(name, problem, sizeof(problem)))
		return NULL;
	g = put(&b->groups, group_new(name));
	if (g)
		changed(b);
	return g;
}

enum rmq_error mb_group_update(struct mb_broker *b, const json_t *config, char *problem,
			       size_t size)
{
	struct rmqi_str name = rmqi_str(rmqi_json_str(config, "groupName", ""));

	if (rmqi_group_problem(name, problem, size))
		return RMQ_ERR_INVALID_ARGUMENT;
	if (!put(&b->groups, group_read(name, config)))
		return RMQ_ERR_NO_MEMORY;
	changed(b);
	return RMQ_OK;
}

void mb_group_delete(struct mb_broker *b, struct rmqi_str name)
{
	struct mb_group *g = rmqi_map_remove(&b->groups.by_name, name);

	if (!g)
		return;
	group_free(g);
	changed(b);
}
