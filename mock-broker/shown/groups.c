/* SPDX-License-Identifier: Apache-2.0 */
/* groups.c - groups of consumers, their members and offsets, and who holds locks. */
#include <rocketmq/mock_group.h>

#include "mock-broker/broker/internal.h"
#include "mock-broker/shown/shown.h"

/* --- Groups ------------------------------------------------------------------------------------- */

static void show_members(struct mb_shown *l, const struct mb_client_group *g,
			 struct rmq_mock_group *to)
{
	const char **members = mb_shown_block(l, (g->channel_count + 1) * sizeof(*members));

	if (!members)
		return;
	RMQI_LIST_EACH(at, &g->channels)
	members[to->member_count++] = mb_shown_text(
		l, rmqi_str(RMQI_LIST_ITEM(at, struct mb_channel, of_group)->client_id));
	to->members = members;
	to->consume_type = mb_shown_text(l, rmqi_str(g->consume_type));
	to->message_model = mb_shown_text(l, rmqi_str(g->message_model));
}

/* Those of one topic. */
static void show_queues(struct mb_shown *l, struct mb_broker *b, const struct mb_group_offsets *o,
			struct rmq_mock_group *to, struct rmq_mock_group_queue *queues)
{
	const char *topic = mb_shown_text(l, o->topic);

	for (size_t i = 0; i < o->count; i++) {
		struct rmq_mock_group_queue *q = &queues[to->queue_count];
		const struct mb_queue_offsets *row = &o->rows[i];

		if (row->committed == MB_NO_OFFSET)
			continue;
		q->topic = topic;
		q->queue_id = row->queue_id;
		q->committed = row->committed;
		q->max_offset = mb_store_max_offset(b->store, o->topic, row->queue_id);
		q->lag = q->max_offset > q->committed ? q->max_offset - q->committed : 0;
		to->lag += q->lag;
		to->queue_count++;
	}
}

static size_t count_rows(const struct mb_broker *b, struct rmqi_str group)
{
	size_t rows = 0;

	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *o = rmqi_map_at(&b->offsets.table, i, NULL);

		if (rmqi_str_eq(o->group, group))
			rows += o->count;
	}
	return rows;
}

static void show_offsets(struct mb_shown *l, struct mb_broker *b, struct rmqi_str group,
			 struct rmq_mock_group *to)
{
	struct rmq_mock_group_queue *queues =
		mb_shown_block(l, (count_rows(b, group) + 1) * sizeof(*queues));

	for (size_t i = 0; queues && i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *o = rmqi_map_at(&b->offsets.table, i, NULL);

		if (rmqi_str_eq(o->group, group))
			show_queues(l, b, o, to, queues);
	}
	to->queues = queues;
}

static void show_group(struct mb_shown *l, struct mb_broker *b, const char *node,
		       struct rmqi_str name)
{
	const struct mb_client_group *g = mb_consumers_find(b, name);
	static const char *const nobody[1];
	struct rmq_mock_group to = {.name = mb_shown_text(l, name),
				    .broker = mb_shown_text(l, rmqi_str(node)),
				    .consume_type = "",
				    .message_model = "",
				    .members = nobody};

	if (g)
		show_members(l, g, &to);
	show_offsets(l, b, name, &to);
	mb_shown_add(l, &to);
}

/* Is there an earlier line of offsets of this group, or has it members? */
static bool was_shown(const struct mb_broker *b, struct rmqi_str group, size_t end)
{
	bool found = mb_consumers_find(b, group) != NULL;

	for (size_t i = 0; i < end && !found; i++) {
		const struct mb_group_offsets *o = rmqi_map_at(&b->offsets.table, i, NULL);

		found = rmqi_str_eq(o->group, group) && mb_group_offsets_committed(o);
	}
	return found;
}

static void show_groups(struct mb_shown *l, struct mb_broker *b, const char *node)
{
	struct rmqi_str name;

	for (size_t i = 0; i < b->clients.consumers.count; i++) {
		rmqi_map_at(&b->clients.consumers, i, &name);
		show_group(l, b, node, name);
	}
	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *o = rmqi_map_at(&b->offsets.table, i, NULL);

		if (mb_group_offsets_committed(o) && !was_shown(b, o->group, i))
			show_group(l, b, node, o->group);
	}
}

const struct mb_show mb_show_groups = {sizeof(struct rmq_mock_group), show_groups};

/* --- Locks -------------------------------------------------------------------------------------- */

struct lock_view {
	struct mb_shown *list;
	const char *node;
	int64_t now_ms;
};

static void show_lock(void *arg, const struct mb_lock_view *lock)
{
	struct lock_view *v = arg;
	struct rmq_mock_lock to = {.broker = mb_shown_text(v->list, rmqi_str(v->node)),
				   .group = mb_shown_text(v->list, lock->group),
				   .topic = mb_shown_text(v->list, lock->topic),
				   .queue_id = lock->queue_id,
				   .client_id = mb_shown_text(v->list, rmqi_str(lock->client_id)),
				   .left_ms = lock->renewed_ms + MB_LOCK_LIVE_MS - v->now_ms};

	mb_shown_add(v->list, &to);
}

static void show_locks(struct mb_shown *l, struct mb_broker *b, const char *node)
{
	struct lock_view v = {.list = l, .node = node, .now_ms = mb_broker_now_ms(b)};

	mb_locks_each(&b->locks, v.now_ms, show_lock, &v);
}

const struct mb_show mb_show_locks = {sizeof(struct rmq_mock_lock), show_locks};
