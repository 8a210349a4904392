/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/revive.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/planted.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop_wait.h"
#include "mock-broker/broker/revive_log.h"

enum {
	ROUND = 64,          /* check points that are revived before others have their turn */
	AGAIN_MS = 10 * 1000 /* PopReviveService.ckRewriteIntervalsInSeconds: the first of them */
};

/* --- The timer ---------------------------------------------------------------------------------------- */

static void arm(struct mb_broker *b)
{
	const struct rmqi_heap_node *first = rmqi_heap_min(&b->pops.points.due);
	int64_t now_ms = mb_broker_wall_ms(b);

	if (first)
		rmqi_timer_start_ms(&b->pops.revive, first->key > now_ms ? first->key - now_ms : 0);
}

static void arm_for(struct mb_broker *b, const struct mb_check_point *p)
{
	if (rmqi_heap_min(&b->pops.points.due) == &p->due)
		arm(b);
}

/* --- What is out ---------------------------------------------------------------------------------------- */

/* It is over, so or so. */
void mb_revive_forget(struct mb_broker *b, struct mb_check_point *p)
{
	mb_revive_log_done(b, p);
	mb_check_point_free(&b->pops.points, p);
}

enum rmq_error mb_revive_watch(struct mb_broker *b, struct mb_check_point *p)
{
	enum rmq_error err = mb_check_point_add(&b->pops.points, p);

	if (err != RMQ_OK)
		return err;
	if (!mb_revive_log_point(b, p))
		return RMQ_ERR_IO;
	arm_for(b, p);
	return RMQ_OK;
}

void mb_revive_ack(struct mb_broker *b, struct mb_check_point *p, uint32_t bits)
{
	bits &= mb_check_point_all(p) & ~p->done;
	if (bits == 0)
		return;
	if (!mb_revive_log_ack(b, p, bits))
		RMQI_LOG(b->log, RMQ_LOG_ERROR,
			 "broker: an acknowledgement cannot be noted; after a restart its "
			 "messages are delivered again");
	p->done |= bits;
	if (mb_check_point_is_done(p))
		mb_revive_forget(b, p);
}

/* --- Over ------------------------------------------------------------------------------------------------- */

struct rmqi_str mb_pop_normal_topic(struct rmqi_str topic, struct rmqi_str group)
{
	size_t front = strlen(RMQI_RETRY_PREFIX) + group.len + 1;

	if (!rmqi_topic_is_retry(topic) || topic.len < front)
		return topic;
	return rmqi_str_n(topic.ptr + front, topic.len - front);
}

/* The topic that its messages go to; NULL: there is none, and no memory for it. */
static const struct mb_topic *retry_topic(struct mb_broker *b, const struct mb_pop_line *line)
{
	char name[RMQI_RETRY_TOPIC_MAX + 1];
	struct rmqi_str topic = rmqi_str(line->topic), group = rmqi_str(line->group);
	const struct mb_topic *t;

	if (!rmqi_topic_is_retry(topic))
		topic = rmqi_str(mb_pop_retry_topic(group, topic, b->config->retry_topic_v2, name));
	t = mb_topic_find(b, topic);
	if (t)
		return t;
	t = mb_topic_ensure(b, topic, 1, RMQI_PERM_READ | RMQI_PERM_WRITE, 0, false);
	if (t && !mb_offsets_find(&b->offsets, topic, group, 0) &&
	    mb_offsets_commit(b, topic, group, 0, 0) != RMQ_OK)
		return NULL;
	return t;
}

static void write_properties(struct mb_broker *b, const struct mb_check_point *p,
			     const struct rmqi_stored_message *m)
{
	static const char *const first_pop[] = {"1ST_POP_TIME", NULL};
	static const char *const nothing[] = {NULL};
	struct rmqi_buf *out = &b->pops.properties;
	struct rmqi_str had;
	char text[24];
	bool is_first =
		m->reconsume_times == 0 || !rmqi_properties_get(m->properties, first_pop[0], &had);

	rmqi_buf_reset(out);
	rmqi_properties_copy_without(out, m->properties, is_first ? first_pop : nothing);
	snprintf(text, sizeof(text), "%" PRId64, p->pop_ms);
	if (is_first)
		rmqi_properties_add(out, rmqi_str(first_pop[0]), rmqi_str(text));
	if (b->config->release >= MB_RELEASE_5_4 &&
	    !rmqi_properties_get(m->properties, "ORIGIN_GROUP", &had))
		rmqi_properties_add(out, RMQI_STR("ORIGIN_GROUP"), rmqi_str(p->queue->line->group));
}

/* The message at this offset; false: it is gone. */
static bool read_message(struct mb_broker *b, const struct mb_pop_queue *q, int64_t offset,
			 struct rmqi_stored_message *m)
{
	const struct mb_get_limits limits = {.max_messages = 1, .max_bytes = 1};
	struct rmqi_cursor record;

	mb_store_get(b->store, rmqi_str(q->line->topic), q->queue_id, offset, &limits, NULL,
		     &b->got);
	if (b->got.status != MB_GET_FOUND)
		return false;
	record = b->got.records[0];
	return rmqi_message_decode(&record, m) == RMQ_OK && m->queue_offset == offset;
}

/* False: it has to be tried again. */
static bool revive_message(struct mb_broker *b, const struct mb_check_point *p, int64_t offset)
{
	const struct mb_topic *t = retry_topic(b, p->queue->line);
	struct rmqi_stored_message m;
	struct mb_put_result put;

	if (!t)
		return false;
	if (RMQI_PLANTED(REVIVE_LOSES_ONE) && offset % 3 == 0)
		return true;
	if (!read_message(b, p->queue, offset, &m))
		return true; /* with its file */
	write_properties(b, p, &m);
	m.topic = rmqi_str_n(t->config.topic_name, t->name_len);
	m.queue_id = 0;
	m.born_host = b->store_host;
	m.store_host = b->store_host;
	m.reconsume_times += p->is_suspended ? 0 : 1;
	m.prepared_transaction_offset = 0;
	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&b->pops.properties));
	mb_store_put(b->store, &m, &put);
	return mb_put_is_stored(put.status);
}

static bool is_wanted(struct mb_broker *b, const struct mb_pop_line *line)
{
	struct rmqi_str group = rmqi_str(line->group);

	return mb_topic_find(b, mb_pop_normal_topic(rmqi_str(line->topic), group)) &&
	       mb_group_find(b, group);
}

static void try_again(struct mb_broker *b, struct mb_check_point *p)
{
	p->revivals++;
	p->due.key = mb_broker_wall_ms(b) + (int64_t)AGAIN_MS * p->revivals;
	rmqi_heap_update(&b->pops.points.due, &p->due);
}

static void revive_point(struct mb_broker *b, struct mb_check_point *p)
{
	struct mb_pop_line *line = p->queue->line;
	struct rmqi_str group = rmqi_str(line->group);
	uint32_t left = mb_check_point_all(p) & ~p->done;

	for (; left != 0 && is_wanted(b, line); left &= left - 1) {
		if (revive_message(b, p, mb_check_point_first(p, left)))
			p->done |= left & -left;
	}
	if (mb_check_point_is_done(p) || !is_wanted(b, line))
		mb_revive_forget(b, p);
	else
		try_again(b, p);
	mb_pop_wake(b, mb_pop_normal_topic(rmqi_str(line->topic), group), group, MB_POP_ALL_QUEUES);
}

static void on_revive(struct rmqi_timer *t)
{
	struct mb_broker *b = RMQI_CONTAINER(t, struct mb_broker, pops.revive);
	int64_t now_ms = mb_broker_wall_ms(b);

	for (int i = 0; i < ROUND && !b->is_stopping; i++) {
		struct rmqi_heap_node *first = rmqi_heap_min(&b->pops.points.due);

		if (!first || first->key > now_ms)
			break;
		revive_point(b, RMQI_CONTAINER(first, struct mb_check_point, due));
	}
	if (!b->is_stopping)
		arm(b);
}

/* --- Start ------------------------------------------------------------------------------------------ */

enum rmq_error mb_revive_load(struct mb_broker *b)
{
	enum rmq_error err = rmqi_timer_init(&b->pops.revive, rmqi_loop_inner_timers(b->loop), on_revive);

	return err != RMQ_OK ? err : mb_revive_log_load(b);
}

void mb_revive_start(struct mb_broker *b)
{
	arm(b);
}
