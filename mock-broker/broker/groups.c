/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/names.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/topic_attributes.h"

static void group_free(void *group)
{
	struct mb_group *g = group;

	if (!g)
		return;
	rmqi_free(g->name);
	rmqi_free(g->attributes);
	rmqi_free(g->retry_policy);
	rmqi_free(g->subscriptions);
	rmqi_free(g->lite.bind_topic);
	rmqi_free(g);
}

void mb_groups_deinit(struct mb_groups *g)
{
	rmqi_map_deinit(&g->by_name, group_free);
	rmqi_free(g->forbidden);
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
	g->priority_percent = 100;
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

/* The text of a member; NULL: absent, null, or *err. */
static char *member(const struct rmqi_json *object, const char *name, enum rmq_error *err)
{
	const struct rmqi_json *value = rmqi_json_get(object, name);
	char *copy = NULL;

	if (!value || value->kind == RMQI_JSON_NULL || *err != RMQ_OK)
		return NULL;
	*err = rmqi_json_dup_text(value, &copy);
	return copy;
}

static int64_t number_of(const struct rmqi_json *o, const char *name, int64_t otherwise)
{
	int64_t number;

	return rmqi_str_to_i64(rmqi_json_text(rmqi_json_get(o, name)), &number) ? number
										 : otherwise;
}

/* What its attributes mean. */
static enum rmq_error classify(struct mb_group *g)
{
	struct rmqi_json *o;
	struct rmqi_str topic;
	enum rmq_error err;

	if (!g->attributes)
		return RMQ_OK;
	err = rmqi_json_parse(rmqi_cursor(g->attributes, strlen(g->attributes)), &o);
	if (err != RMQ_OK)
		return err;
	g->priority_percent = number_of(o, "priority.factor", 100);
	g->lite.is_exclusive =
		rmqi_str_is(rmqi_json_text(rmqi_json_get(o, "lite.sub.model")), "Exclusive");
	g->lite.resets_exclusive = rmqi_str_is(
		rmqi_json_text(rmqi_json_get(o, "lite.sub.reset.offset.exclusive")), "true");
	g->lite.resets_unsubscribe = rmqi_str_is(
		rmqi_json_text(rmqi_json_get(o, "lite.sub.reset.offset.unsubscribe")), "true");
	g->lite.is_wildcard = rmqi_json_get(o, "lite.sub.wildcard") != NULL;
	g->lite.max_events = number_of(o, "lite.sub.client.max.event.cnt", 0);
	topic = rmqi_json_text(rmqi_json_get(o, "lite.bind.topic"));
	if (topic.len > 0) {
		rmqi_free(g->lite.bind_topic);
		g->lite.bind_topic = rmqi_str_dup(topic);
		err = g->lite.bind_topic ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	}
	rmqi_json_free(o);
	return err;
}

/* Members that are absent keep the defaults of the class. Takes over `attributes`. */
static struct mb_group *group_read(struct rmqi_str name, const struct rmqi_json *o,
				   char *attributes)
{
	struct mb_group *g = group_new(name);
	enum rmq_error err = RMQ_OK;

	if (!g) {
		rmqi_free(attributes);
		return NULL;
	}
	g->attributes = attributes;
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
	g->retry_policy = member(o, "groupRetryPolicy", &err);
	g->subscriptions = member(o, "subscriptionDataSet", &err);
	if (err == RMQ_OK)
		err = classify(g);
	if (err == RMQ_OK)
		return g;
	group_free(g);
	return NULL;
}

static enum rmq_error write_kept(struct rmqi_jw *w, const char *name, const char *text,
				 const char *otherwise)
{
	rmqi_jw_name(w, name);
	return rmqi_jw_parsed(w, rmqi_str(text ? text : otherwise));
}

static enum rmq_error write_group(struct rmqi_jw *w, const struct mb_group *g)
{
	enum rmq_error err;

	rmqi_jw_open(w, '{');
	err = write_kept(w, "attributes", g->attributes, "{}");
	rmqi_jw_member_i64(w, "brokerId", g->broker_id);
	rmqi_jw_member_bool(w, "consumeBroadcastEnable", g->consume_broadcast_enable);
	rmqi_jw_member_bool(w, "consumeEnable", g->consume_enable);
	rmqi_jw_member_bool(w, "consumeFromMinEnable", g->consume_from_min_enable);
	rmqi_jw_member_bool(w, "consumeMessageOrderly", g->consume_message_orderly);
	rmqi_jw_member_i64(w, "consumeTimeoutMinute", g->consume_timeout_minute);
	rmqi_jw_member_str(w, "groupName", g->name);
	if (err == RMQ_OK)
		err = write_kept(w, "groupRetryPolicy", g->retry_policy,
				 "{\"type\":\"CUSTOMIZED\"}");
	rmqi_jw_member_i64(w, "groupSysFlag", g->group_sys_flag);
	rmqi_jw_member_bool(w, "notifyConsumerIdsChangedEnable", g->notify_ids_changed);
	rmqi_jw_member_i64(w, "retryMaxTimes", g->retry_max_times);
	rmqi_jw_member_i64(w, "retryQueueNums", g->retry_queue_nums);
	if (err == RMQ_OK && g->subscriptions)
		err = write_kept(w, "subscriptionDataSet", g->subscriptions, "[]");
	rmqi_jw_member_i64(w, "whichBrokerWhenConsumeSlowly", g->slow_broker_id);
	rmqi_jw_close(w, '}');
	return err;
}

enum rmq_error mb_group_write(const struct mb_group *g, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	enum rmq_error err = write_group(&w, g);

	return err == RMQ_OK ? rmqi_buf_status(out) : err;
}

static int by_name(const void *a, const void *b)
{
	const struct mb_group *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static enum rmq_error write_table(struct rmqi_jw *w, const struct mb_groups *groups, size_t first,
				  size_t count)
{
	const struct mb_group **all = rmqi_calloc(groups->by_name.count, sizeof(*all));
	enum rmq_error err = RMQ_OK;

	if (!all)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < groups->by_name.count; i++)
		all[i] = rmqi_map_at(&groups->by_name, i, NULL);
	qsort(all, groups->by_name.count, sizeof(*all), by_name);
	rmqi_jw_name(w, "subscriptionGroupTable");
	rmqi_jw_open(w, '{');
	for (size_t i = first; err == RMQ_OK && i < groups->by_name.count && i - first < count; i++) {
		rmqi_jw_name(w, all[i]->name);
		err = write_group(w, all[i]);
	}
	rmqi_jw_close(w, '}');
	rmqi_free(all);
	return err;
}

enum rmq_error mb_groups_write_page(const struct mb_groups *groups, bool is_pretty, size_t first,
				    size_t count, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out, .is_pretty = is_pretty};
	enum rmq_error err;

	rmqi_jw_open(&w, '{');
	mb_version_write(&w, &groups->version);
	err = write_kept(&w, "forbiddenTable", groups->forbidden, "{}");
	if (err == RMQ_OK)
		err = write_table(&w, groups, first, count);
	rmqi_jw_close(&w, '}');
	return err == RMQ_OK ? rmqi_buf_status(out) : err;
}

enum rmq_error mb_groups_write(const struct mb_groups *groups, bool is_pretty, struct rmqi_buf *out)
{
	return mb_groups_write_page(groups, is_pretty, 0, SIZE_MAX, out);
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct mb_broker *b = arg;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	RMQI_JSON_EACH(value, rmqi_json_get(root, "subscriptionGroupTable")) {
		char *attributes = err == RMQ_OK ? member(value, "attributes", &err) : NULL;

		if (err == RMQ_OK &&
		    !put(&b->groups, group_read(rmqi_json_name(value), value, attributes)))
			err = RMQ_ERR_NO_MEMORY;
	}
	if (err == RMQ_OK) {
		mb_version_read(rmqi_json_get(root, "dataVersion"), &b->groups.version);
		rmqi_free(b->groups.forbidden);
		b->groups.forbidden = member(root, "forbiddenTable", &err);
	}
	rmqi_json_free(root);
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
	struct rmqi_buf text;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (mb_groups_write(&b->groups, true, &text) == RMQ_OK)
		mb_config_file_save(b->store, "subscriptionGroup.json", b->log, &text);
	rmqi_buf_deinit(&text);
}

/* Groups that the master does not have any more. */
static void drop_unknown(struct mb_groups *groups, const struct rmqi_json *table)
{
	struct rmqi_str name;

	for (size_t i = 0; i < groups->by_name.count;) {
		struct mb_group *g = rmqi_map_at(&groups->by_name, i, &name);

		if (rmqi_json_get(table, g->name))
			i++;
		else
			group_free(rmqi_map_remove(&groups->by_name, name));
	}
}

enum rmq_error mb_groups_take(struct mb_broker *b, struct rmqi_cursor text)
{
	struct rmqi_data_version version = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	mb_version_read(rmqi_json_get(root, "dataVersion"), &version);
	if (!mb_version_is(&version, &b->groups.version)) {
		drop_unknown(&b->groups, rmqi_json_get(root, "subscriptionGroupTable"));
		err = decode(b, text);
		mb_groups_save(b);
	}
	rmqi_json_free(root);
	return err;
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

enum rmq_error mb_group_update(struct mb_broker *b, const struct rmqi_json *config, char *problem,
			       size_t size)
{
	struct rmqi_str name = rmqi_str(rmqi_json_str(config, "groupName", ""));

	struct mb_group *old = mb_group_find(b, name);
	const struct mb_attributes before = {.json = old ? old->attributes : NULL,
					     .is_new = !old,
					     .release = (enum mb_release)b->config->release};
	char *attributes = NULL;
	struct mb_group *g;
	enum rmq_error err;

	if (rmqi_group_problem(name, problem, size))
		return RMQ_ERR_INVALID_ARGUMENT;
	err = mb_group_attributes_alter(&before, rmqi_json_get(config, "attributes"), &attributes,
					problem, size);
	if (err != RMQ_OK)
		return err == RMQ_ERR_INVALID_ARGUMENT ? RMQ_ERR_BROKER : err;
	g = group_read(name, config, attributes);
	if (!put(&b->groups, g))
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
