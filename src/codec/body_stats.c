/* SPDX-License-Identifier: Apache-2.0 */
/* What operators are told of topics and of how far groups are: lists of names, offsets by queue. */
#include <string.h>

#include "base/mem.h"
#include "codec/body_admin.h"
#include "codec/body_read.h"
#include "codec/body_write.h"

/* --- Names ---------------------------------------------------------------------------------- */

static enum rmq_error decode_names(struct rmqi_cursor body, const char *member, char ***names,
				   size_t *count)
{
	const struct rmqi_json *list;
	struct rmqi_json *root;
	char **made;
	size_t n = 0;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	list = rmqi_member_of_kind(root, member, RMQI_JSON_ARRAY, &err);
	made = rmqi_body_array(rmqi_json_count(list), sizeof(*made), &err);
	RMQI_JSON_EACH(value, list) {
		if (err == RMQ_OK)
			made[n++] = rmqi_text_of(value, &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK) {
		rmqi_strings_free(made, n);
		return err;
	}
	*names = made;
	*count = n;
	return RMQ_OK;
}

enum rmq_error rmqi_topic_list_decode(struct rmqi_cursor body, char ***names, size_t *count)
{
	return decode_names(body, "topicList", names, count);
}

enum rmq_error rmqi_group_list_decode(struct rmqi_cursor body, char ***names, size_t *count)
{
	return decode_names(body, "groupList", names, count);
}

/* --- Offsets of a topic ------------------------------------------------------------------------ */

static void read_topic_stat(const struct rmqi_json *value, struct rmqi_topic_stat *s,
			    enum rmq_error *err)
{
	rmqi_body_read_queue_name(value, &s->queue, err);
	s->min = rmqi_member_i64(value, "minOffset", 0, err);
	s->max = rmqi_member_i64(value, "maxOffset", 0, err);
	s->last_update_ms = rmqi_member_i64(value, "lastUpdateTimestamp", 0, err);
}

enum rmq_error rmqi_topic_stats_decode(struct rmqi_cursor body, struct rmqi_topic_stats *out)
{
	struct rmqi_topic_stats made = {0};
	const struct rmqi_json *table;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	table = rmqi_member_of_kind(root, "offsetTable", RMQI_JSON_OBJECT, &err);
	made.rows = rmqi_body_array(rmqi_json_count(table), sizeof(*made.rows), &err);
	RMQI_JSON_EACH(value, table) {
		if (err == RMQ_OK)
			read_topic_stat(value, &made.rows[made.count++], &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_topic_stats_deinit(&made);
	else
		*out = made;
	return err;
}

void rmqi_topic_stats_deinit(struct rmqi_topic_stats *s)
{
	for (size_t i = 0; i < s->count; i++)
		rmqi_queue_deinit(&s->rows[i].queue);
	rmqi_free(s->rows);
	*s = (struct rmqi_topic_stats){0};
}

/* --- Offsets of a group ------------------------------------------------------------------------ */

static void read_consume_stat(const struct rmqi_json *value, struct rmqi_consume_stat *s,
			      enum rmq_error *err)
{
	rmqi_body_read_queue_name(value, &s->queue, err);
	s->broker_offset = rmqi_member_i64(value, "brokerOffset", 0, err);
	s->consumer_offset = rmqi_member_i64(value, "consumerOffset", 0, err);
	s->pull_offset = rmqi_member_i64(value, "pullOffset", -1, err);
	s->last_ms = rmqi_member_i64(value, "lastTimestamp", 0, err);
}

static double real_of(const struct rmqi_json *value)
{
	if (rmqi_json_is(value, RMQI_JSON_REAL))
		return value->real;
	return rmqi_json_is(value, RMQI_JSON_INTEGER) ? (double)value->integer : 0;
}

enum rmq_error rmqi_consume_stats_decode(struct rmqi_cursor body, struct rmqi_consume_stats *out)
{
	struct rmqi_consume_stats made = {0};
	const struct rmqi_json *table;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	made.tps = real_of(rmqi_member(root, "consumeTps"));
	table = rmqi_member_of_kind(root, "offsetTable", RMQI_JSON_OBJECT, &err);
	made.rows = rmqi_body_array(rmqi_json_count(table), sizeof(*made.rows), &err);
	RMQI_JSON_EACH(value, table) {
		if (err == RMQ_OK)
			read_consume_stat(value, &made.rows[made.count++], &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_consume_stats_deinit(&made);
	else
		*out = made;
	return err;
}

void rmqi_consume_stats_deinit(struct rmqi_consume_stats *s)
{
	for (size_t i = 0; i < s->count; i++)
		rmqi_queue_deinit(&s->rows[i].queue);
	rmqi_free(s->rows);
	*s = (struct rmqi_consume_stats){0};
}

/* --- Who holds which queue ---------------------------------------------------------------------- */

static size_t count_owned(const struct rmqi_json *table)
{
	size_t count = 0;

	RMQI_JSON_EACH(client, table) {
		count += rmqi_json_count(client);
	}
	return count;
}

static void read_client(const struct rmqi_json *client, struct rmqi_queue_owners *o,
			enum rmq_error *err)
{
	if (!rmqi_json_is(client, RMQI_JSON_OBJECT)) {
		*err = RMQ_ERR_PROTOCOL;
		return;
	}
	RMQI_JSON_EACH(value, client) {
		struct rmqi_queue_owner *row = &o->rows[o->count++];

		row->client_id = rmqi_strdup(client->name);
		if (!row->client_id)
			*err = RMQ_ERR_NO_MEMORY;
		rmqi_body_read_queue_name(value, &row->queue, err);
		if (*err != RMQ_OK)
			return;
	}
}

enum rmq_error rmqi_queue_owners_decode(struct rmqi_cursor body, struct rmqi_queue_owners *out)
{
	struct rmqi_queue_owners made = {0};
	const struct rmqi_json *table;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	table = rmqi_member_of_kind(root, "consumerTable", RMQI_JSON_OBJECT, &err);
	made.rows = rmqi_body_array(count_owned(table), sizeof(*made.rows), &err);
	RMQI_JSON_EACH(client, table) {
		if (err == RMQ_OK)
			read_client(client, &made, &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_queue_owners_deinit(&made);
	else
		*out = made;
	return err;
}

void rmqi_queue_owners_deinit(struct rmqi_queue_owners *o)
{
	for (size_t i = 0; i < o->count; i++) {
		rmqi_free(o->rows[i].client_id);
		rmqi_queue_deinit(&o->rows[i].queue);
	}
	rmqi_free(o->rows);
	*o = (struct rmqi_queue_owners){0};
}
