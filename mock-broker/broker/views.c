/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/views.h"

#include "codec/names.h"
#include "codec/version.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

static void open_object(struct rmqi_buf *out)
{
	mb_json_comma(out);
	rmqi_buf_add_u8(out, '{');
}

static void open_list(struct rmqi_buf *out, const char *name)
{
	mb_json_name(out, name);
	rmqi_buf_add_u8(out, '[');
}

static bool is_asked_for(struct rmqi_str name, struct rmqi_str wanted)
{
	return wanted.len == 0 || rmqi_str_eq(name, wanted);
}

/* --- Topics ------------------------------------------------------------------------------------- */

static int32_t queues_of(const struct mb_topic *t)
{
	int32_t read = t->config.read_queue_nums, write = t->config.write_queue_nums;

	return read > write ? read : write;
}

static void write_topic(struct mb_broker *b, const char *node, const struct mb_topic *t,
			struct rmqi_buf *out)
{
	struct rmqi_str name = rmqi_str_n(t->config.topic_name, t->name_len);
	int64_t messages = 0;

	open_object(out);
	mb_json_str(out, "topic", name);
	mb_json_text(out, "node", node);
	mb_json_i64(out, "perm", t->config.perm);
	open_list(out, "queues");
	for (int32_t i = 0; i < queues_of(t); i++) {
		int64_t min = mb_store_min_offset(b->store, name, i);
		int64_t max = mb_store_max_offset(b->store, name, i);

		messages += max - min;
		open_object(out);
		mb_json_i64(out, "queueId", i);
		mb_json_i64(out, "minOffset", min);
		mb_json_i64(out, "maxOffset", max);
		rmqi_buf_add_u8(out, '}');
	}
	rmqi_buf_add_u8(out, ']');
	mb_json_i64(out, "messages", messages);
	rmqi_buf_add_u8(out, '}');
}

void mb_view_topics(struct mb_broker *b, const char *node, struct rmqi_str topic, bool with_system,
		    struct rmqi_buf *out)
{
	for (size_t i = 0; i < b->topics.by_name.count; i++) {
		struct rmqi_str name;
		const struct mb_topic *t = rmqi_map_at(&b->topics.by_name, i, &name);
		bool is_shown = with_system || topic.len > 0 || !t->is_system;

		if (is_shown && is_asked_for(name, topic))
			write_topic(b, node, t, out);
	}
}

/* --- Groups ------------------------------------------------------------------------------------- */

static void write_members(const struct mb_client_group *g, struct rmqi_buf *out)
{
	open_list(out, "members");
	if (g) {
		RMQI_LIST_EACH(at, &g->channels)
		{
			const struct mb_channel *ch =
				RMQI_LIST_ITEM(at, struct mb_channel, of_group);

			open_object(out);
			mb_json_text(out, "clientId", ch->client_id);
			rmqi_buf_add_u8(out, '}');
		}
	}
	rmqi_buf_add_u8(out, ']');
}

/* How far it is behind in that topic. */
static int64_t write_offsets(struct mb_broker *b, const struct mb_group_offsets *g,
			     struct rmqi_buf *out)
{
	int64_t sum = 0;

	open_object(out);
	mb_json_str(out, "topic", g->topic);
	open_list(out, "queues");
	for (size_t i = 0; i < g->count; i++) {
		const struct mb_queue_offsets *row = &g->rows[i];
		int64_t max = mb_store_max_offset(b->store, g->topic, row->queue_id);
		int64_t lag = max > row->committed ? max - row->committed : 0;

		if (row->committed == MB_NO_OFFSET)
			continue;
		sum += lag;
		open_object(out);
		mb_json_i64(out, "queueId", row->queue_id);
		mb_json_i64(out, "offset", row->committed);
		mb_json_i64(out, "maxOffset", max);
		mb_json_i64(out, "lag", lag);
		rmqi_buf_add_u8(out, '}');
	}
	rmqi_buf_add_u8(out, ']');
	mb_json_i64(out, "lag", sum);
	rmqi_buf_add_u8(out, '}');
	return sum;
}

static void write_group(struct mb_broker *b, const char *node, struct rmqi_str name,
			struct rmqi_buf *out)
{
	const struct mb_client_group *g = mb_consumers_find(b, name);
	int64_t lag = 0;

	open_object(out);
	mb_json_str(out, "group", name);
	mb_json_text(out, "node", node);
	if (g) {
		mb_json_text(out, "consumeType", g->consume_type);
		mb_json_text(out, "messageModel", g->message_model);
	}
	write_members(g, out);
	open_list(out, "topics");
	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *o = rmqi_map_at(&b->offsets.table, i, NULL);

		if (rmqi_str_eq(o->group, name) && mb_group_offsets_committed(o))
			lag += write_offsets(b, o, out);
	}
	rmqi_buf_add_u8(out, ']');
	mb_json_i64(out, "lag", lag);
	rmqi_buf_add_u8(out, '}');
}

/* Does it stand before entry `end` of the offsets, or has it members? */
static bool was_written(struct mb_broker *b, struct rmqi_str group, size_t end)
{
	if (mb_consumers_find(b, group))
		return true;
	for (size_t i = 0; i < end; i++) {
		const struct mb_group_offsets *o = rmqi_map_at(&b->offsets.table, i, NULL);

		if (rmqi_str_eq(o->group, group) && mb_group_offsets_committed(o))
			return true;
	}
	return false;
}

void mb_view_groups(struct mb_broker *b, const char *node, struct rmqi_str group,
		    struct rmqi_buf *out)
{
	struct rmqi_str name;

	for (size_t i = 0; i < b->clients.consumers.count; i++) {
		rmqi_map_at(&b->clients.consumers, i, &name);
		if (is_asked_for(name, group))
			write_group(b, node, name, out);
	}
	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *o = rmqi_map_at(&b->offsets.table, i, NULL);

		if (mb_group_offsets_committed(o) && is_asked_for(o->group, group) &&
		    !was_written(b, o->group, i))
			write_group(b, node, o->group, out);
	}
}

/* --- Clients ------------------------------------------------------------------------------------ */

static void write_channel(const struct mb_channel *ch, const char *node, struct rmqi_buf *out)
{
	char version[RMQI_VERSION_SIZE];

	open_object(out);
	mb_json_text(out, "clientId", ch->client_id);
	mb_json_text(out, "node", node);
	mb_json_text(out, "role", ch->group->is_consumer ? "consumer" : "producer");
	mb_json_text(out, "group", ch->group->name);
	mb_json_text(out, "address", rmqi_conn_peer_text(ch->peer->conn));
	mb_json_text(out, "language", mb_language_name(ch->language));
	mb_json_text(out, "version", rmqi_version_text(ch->version, version));
	rmqi_buf_add_u8(out, '}');
}

static void write_clients(const struct rmqi_map *groups, const char *node, struct rmqi_buf *out)
{
	for (size_t i = 0; i < groups->count; i++) {
		const struct mb_client_group *g = rmqi_map_at(groups, i, NULL);

		RMQI_LIST_EACH(at, &g->channels)
		write_channel(RMQI_LIST_ITEM(at, struct mb_channel, of_group), node, out);
	}
}

void mb_view_connections(struct mb_broker *b, const char *node, struct rmqi_buf *out)
{
	write_clients(&b->clients.producers, node, out);
	write_clients(&b->clients.consumers, node, out);
}
