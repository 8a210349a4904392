/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transactions.c - half messages that nobody has decided.
 *
 * Those behind what rounds have passed, but for those that have ended: their offsets stand in the notes that rounds
 * still read, in what waits to be noted, or, of copies made in the immunity time, among the immune
 * (broker/transactions.h).
 */
#include <rocketmq/mock_group.h>

#include "base/mem.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/shown/shown.h"

enum { GET_MESSAGES = 32, GET_BYTES = 1024 * 1024, QUEUE = 0 };

struct half_view {
	struct mb_shown *list;
	struct mb_broker *b;
	const char *node;
	struct rmqi_imap ended; /* offsets of half messages */
	struct mb_get_result *got;
};

static void set_ended(struct half_view *v, struct rmqi_str note)
{
	struct rmqi_str rest = note, one;
	bool more = true;
	int64_t offset;

	while (more) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		if (rmqi_str_to_i64(one, &offset) && offset >= 0 &&
		    rmqi_imap_set(&v->ended, (uint64_t)offset, v) != RMQ_OK)
			v->list->error = RMQ_ERR_NO_MEMORY;
	}
}

static void read_note(struct half_view *v, const struct rmqi_stored_message *m)
{
	set_ended(v, rmqi_cursor_str(m->body));
}

static bool has_ended(const struct half_view *v, const struct rmqi_stored_message *half)
{
	struct rmqi_str text;
	int64_t first;

	if (rmqi_imap_get(&v->ended, (uint64_t)half->queue_offset))
		return true;
	return rmqi_properties_get(half->properties, MB_PROP_PREPARED_OFFSET, &text) &&
	       rmqi_str_to_i64(text, &first) && first >= 0 &&
	       (rmqi_imap_get(&v->ended, (uint64_t)first) ||
		rmqi_imap_get(&v->b->transactions.immune, (uint64_t)first));
}

static const char *property(struct half_view *v, const struct rmqi_stored_message *m,
			    const char *name)
{
	struct rmqi_str value;

	return rmqi_properties_get(m->properties, name, &value) ? mb_shown_text(v->list, value) : "";
}

static void show_half(struct half_view *v, const struct rmqi_stored_message *m)
{
	struct rmq_mock_transaction to = {.half_offset = m->queue_offset,
					  .log_offset = m->physical_offset,
					  .born_ms = m->born_timestamp};
	struct rmqi_str topic = RMQI_STR(""), times;
	int32_t queue_id = -1, checks = 0;

	if (has_ended(v, m))
		return;
	(void)mb_half_destination(m, &topic, &queue_id);
	if (rmqi_properties_get(m->properties, MB_PROP_CHECK_TIMES, &times) &&
	    !rmqi_str_to_i32(times, &checks))
		checks = 0;
	to.broker = mb_shown_text(v->list, rmqi_str(v->node));
	to.producer_group = property(v, m, RMQI_PROP_PGROUP);
	to.id = property(v, m, RMQI_PROP_UNIQ_KEY);
	to.topic = mb_shown_text(v->list, topic);
	to.queue_id = queue_id;
	to.checks = checks;
	mb_shown_add(v->list, &to);
}

static void read_queue(struct half_view *v, struct rmqi_str topic, int64_t from,
		       void (*fn)(struct half_view *v, const struct rmqi_stored_message *m))
{
	const struct mb_get_limits limits = {.max_messages = GET_MESSAGES, .max_bytes = GET_BYTES};
	struct mb_store *store = v->b->store;
	int64_t end = mb_store_max_offset(store, topic, QUEUE);
	int64_t offset = mb_store_min_offset(store, topic, QUEUE);

	if (offset < from)
		offset = from;
	while (offset < end && v->list->error == RMQ_OK) {
		mb_store_get(store, topic, QUEUE, offset, &limits, NULL, v->got);
		for (size_t i = 0; i < v->got->count; i++) {
			struct rmqi_cursor record = v->got->records[i];
			struct rmqi_stored_message m;

			if (rmqi_message_decode(&record, &m) == RMQ_OK)
				fn(v, &m);
		}
		if (v->got->next_begin_offset <= offset)
			break;
		offset = v->got->next_begin_offset;
	}
}

static int64_t passed(const struct mb_broker *b, struct rmqi_str topic)
{
	const struct mb_queue_offsets *row =
		mb_offsets_find(&b->offsets, topic, RMQI_STR(MB_GROUP_TRANSACTIONS), QUEUE);

	return row && row->committed > 0 ? row->committed : 0;
}

static void show_transactions(struct mb_shown *l, struct mb_broker *b, const char *node)
{
	const struct mb_check_round *round = &b->transactions.round;
	const struct rmqi_str half = RMQI_STR(RMQI_TOPIC_HALF), op = RMQI_STR(RMQI_TOPIC_OP_HALF);
	struct half_view v = {.list = l, .b = b, .node = node};
	int64_t from = passed(b, half);

	v.got = rmqi_calloc(1, sizeof(*v.got));
	if (!v.got) {
		l->error = RMQ_ERR_NO_MEMORY;
		return;
	}
	rmqi_imap_init(&v.ended);
	if (round->is_running && round->half_at > from)
		from = round->half_at;
	read_queue(&v, op, passed(b, op), read_note);
	set_ended(&v, rmqi_cursor_str(rmqi_buf_cursor(&b->transactions.ops)));
	read_queue(&v, half, from, show_half);
	rmqi_imap_deinit(&v.ended);
	rmqi_free(v.got);
}

const struct mb_show mb_show_transactions = {sizeof(struct rmq_mock_transaction),
					     show_transactions};
