/* SPDX-License-Identifier: Apache-2.0 */
/* Groups as operators see and make them: SubscriptionGroupConfig, and who is connected. */
#include "base/mem.h"
#include "codec/body_admin.h"
#include "codec/body_read.h"
#include "codec/body_write.h"

/* --- Configuration -------------------------------------------------------------------------- */

static const struct rmqi_group_config defaults = {
	.consume_enable = true,
	.consume_from_min_enable = true,
	.consume_broadcast_enable = true,
	.notify_ids_changed = true,
	.retry_queue_nums = 1,
	.retry_max_times = 16,
	.consume_timeout_minute = 15,
	.slow_broker_id = 1,
};

enum rmq_error rmqi_group_config_init(struct rmqi_group_config *g, const char *name)
{
	struct rmqi_group_config made = defaults;

	made.group_name = rmqi_strdup(name);
	if (!made.group_name)
		return RMQ_ERR_NO_MEMORY;
	*g = made;
	return RMQ_OK;
}

void rmqi_group_config_deinit(struct rmqi_group_config *g)
{
	rmqi_free(g->group_name);
	rmqi_free(g->retry_policy_json);
	rmqi_free(g->attributes_json);
	*g = (struct rmqi_group_config){0};
}

static void write_changes(struct rmqi_jw *w, const struct rmqi_group_config *g)
{
	rmqi_jw_name(w, "attributes");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < g->change_count; i++)
		rmqi_jw_member_str(w, g->changes[i].name, g->changes[i].value);
	rmqi_jw_close(w, '}');
}

enum rmq_error rmqi_group_config_encode(const struct rmqi_group_config *g, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;
	enum rmq_error err = RMQ_OK;

	rmqi_jw_open(&w, '{');
	write_changes(&w, g);
	rmqi_jw_member_i64(&w, "brokerId", g->broker_id);
	rmqi_jw_member_bool(&w, "consumeBroadcastEnable", g->consume_broadcast_enable);
	rmqi_jw_member_bool(&w, "consumeEnable", g->consume_enable);
	rmqi_jw_member_bool(&w, "consumeFromMinEnable", g->consume_from_min_enable);
	rmqi_jw_member_bool(&w, "consumeMessageOrderly", g->consume_message_orderly);
	rmqi_jw_member_i64(&w, "consumeTimeoutMinute", g->consume_timeout_minute);
	rmqi_jw_member_str(&w, "groupName", g->group_name);
	if (g->retry_policy_json) {
		rmqi_jw_name(&w, "groupRetryPolicy");
		err = rmqi_jw_parsed(&w, rmqi_str(g->retry_policy_json));
	}
	rmqi_jw_member_i64(&w, "groupSysFlag", g->group_sys_flag);
	rmqi_jw_member_bool(&w, "notifyConsumerIdsChangedEnable", g->notify_ids_changed);
	rmqi_jw_member_i64(&w, "retryMaxTimes", g->retry_max_times);
	rmqi_jw_member_i64(&w, "retryQueueNums", g->retry_queue_nums);
	rmqi_jw_member_i64(&w, "whichBrokerWhenConsumeSlowly", g->slow_broker_id);
	rmqi_jw_close(&w, '}');
	if (err == RMQ_OK)
		return rmqi_body_settle(out, start);
	rmqi_buf_cut(out, start);
	return err;
}

/* The compact text of an object; NULL when it is absent or empty. */
static char *object_text(const struct rmqi_json *group, const char *name, enum rmq_error *err)
{
	const struct rmqi_json *object = rmqi_member_of_kind(group, name, RMQI_JSON_OBJECT, err);
	char *copy = NULL;

	if (*err == RMQ_OK && rmqi_json_count(object) > 0)
		*err = rmqi_json_dup_text(object, &copy);
	return copy;
}

static void read_group(const struct rmqi_json *value, struct rmqi_group_config *g,
		       enum rmq_error *err)
{
	const struct rmqi_group_config *d = &defaults;

	g->group_name = rmqi_member_text_or(value, "groupName", value->name, err);
	g->consume_enable = rmqi_member_bool(value, "consumeEnable", true);
	g->consume_from_min_enable = rmqi_member_bool(value, "consumeFromMinEnable", true);
	g->consume_broadcast_enable = rmqi_member_bool(value, "consumeBroadcastEnable", true);
	g->consume_message_orderly = rmqi_member_bool(value, "consumeMessageOrderly", false);
	g->notify_ids_changed = rmqi_member_bool(value, "notifyConsumerIdsChangedEnable", true);
	g->retry_queue_nums =
		rmqi_member_i32(value, "retryQueueNums", d->retry_queue_nums, err);
	g->retry_max_times = rmqi_member_i32(value, "retryMaxTimes", d->retry_max_times, err);
	g->group_sys_flag = rmqi_member_i32(value, "groupSysFlag", 0, err);
	g->consume_timeout_minute =
		rmqi_member_i32(value, "consumeTimeoutMinute", d->consume_timeout_minute, err);
	g->broker_id = rmqi_member_i64(value, "brokerId", 0, err);
	g->slow_broker_id = rmqi_member_i64(value, "whichBrokerWhenConsumeSlowly",
					    d->slow_broker_id, err);
	g->retry_policy_json = object_text(value, "groupRetryPolicy", err);
	g->attributes_json = object_text(value, "attributes", err);
}

enum rmq_error rmqi_group_table_decode(struct rmqi_cursor body, struct rmqi_group_table *out)
{
	struct rmqi_group_table made = {0};
	const struct rmqi_json *table;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	table = rmqi_member_of_kind(root, "subscriptionGroupTable", RMQI_JSON_OBJECT, &err);
	made.groups = rmqi_body_array(rmqi_json_count(table), sizeof(*made.groups), &err);
	RMQI_JSON_EACH(value, table) {
		if (err == RMQ_OK && !rmqi_json_is(value, RMQI_JSON_OBJECT))
			err = RMQ_ERR_PROTOCOL;
		else if (err == RMQ_OK)
			read_group(value, &made.groups[made.count++], &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_group_table_deinit(&made);
	else
		*out = made;
	return err;
}

void rmqi_group_table_deinit(struct rmqi_group_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		rmqi_group_config_deinit(&t->groups[i]);
	rmqi_free(t->groups);
	*t = (struct rmqi_group_table){0};
}

/* --- Connections ------------------------------------------------------------------------------- */

static void read_connection(const struct rmqi_json *value, struct rmqi_connection *c,
			    enum rmq_error *err)
{
	c->client_id = rmqi_member_text_required(value, "clientId", err);
	c->address = rmqi_member_text_or(value, "clientAddr", "", err);
	c->language = rmqi_member_text_or(value, "language", "", err);
	c->version = rmqi_member_i32(value, "version", 0, err);
}

enum rmq_error rmqi_connections_decode(struct rmqi_cursor body, struct rmqi_connections *out)
{
	struct rmqi_connections made = {0};
	const struct rmqi_json *list;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	list = rmqi_member_of_kind(root, "connectionSet", RMQI_JSON_ARRAY, &err);
	made.consume_type = rmqi_member_text(root, "consumeType", &err);
	made.message_model = rmqi_member_text(root, "messageModel", &err);
	made.consume_from_where = rmqi_member_text(root, "consumeFromWhere", &err);
	made.rows = rmqi_body_array(rmqi_json_count(list), sizeof(*made.rows), &err);
	RMQI_JSON_EACH(value, list) {
		if (err == RMQ_OK)
			read_connection(value, &made.rows[made.count++], &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_connections_deinit(&made);
	else
		*out = made;
	return err;
}

void rmqi_connections_deinit(struct rmqi_connections *c)
{
	for (size_t i = 0; i < c->count; i++) {
		rmqi_free(c->rows[i].client_id);
		rmqi_free(c->rows[i].address);
		rmqi_free(c->rows[i].language);
	}
	rmqi_free(c->rows);
	rmqi_free(c->consume_type);
	rmqi_free(c->message_model);
	rmqi_free(c->consume_from_where);
	*c = (struct rmqi_connections){0};
}
