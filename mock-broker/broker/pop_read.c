/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop_read.c - what a pop takes, and from where (PopMessageProcessor.popMsgFromTopic, popMsgFromQueue).
 */
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop.h"
#include "mock-broker/broker/pop_order.h"

/* Where is read: one queue of the topic, or of a retry topic of it. */
struct source {
	struct rmqi_str topic;
	enum rmqi_pop_mark mark;
	int32_t queue_id;
	int64_t offset; /* from which is read */
};

/* --- From which offset --------------------------------------------------------------------------- */

/* ConsumeInitMode.java; what no group reads from the start begins at the last message. */
static int64_t first_offset(const struct mb_pop *p, const struct source *s)
{
	struct mb_store *store = p->b->store;
	int64_t max = mb_store_max_offset(store, s->topic, s->queue_id);
	int64_t min = mb_store_min_offset(store, s->topic, s->queue_id);

	if (p->h->initMode == 0 || s->mark != RMQI_POP_NORMAL)
		return min;
	/* Message 0 of a mock is always in memory. */
	if ((p->b->config->pop_init_by_memory && min <= 0) || max == 0)
		return 0;
	return max - 1;
}

static void commit(const struct mb_pop *p, const struct source *s, int64_t offset)
{
	if (mb_offsets_commit(p->b, s->topic, p->h->consumerGroup, s->queue_id, offset) != RMQ_OK)
		RMQI_LOG(p->b->log, RMQ_LOG_ERROR, "broker: an offset of %s is lost: no memory",
			 p->group->name);
}

/* A reset that was asked for goes first, once. */
static int64_t start_offset(const struct mb_pop *p, const struct source *s)
{
	struct mb_broker *b = p->b;
	struct rmqi_str group = p->h->consumerGroup;
	struct mb_queue_offsets *row = mb_offsets_find(&b->offsets, s->topic, group, s->queue_id);
	struct mb_pop_queue *q;
	int64_t offset;

	if (row && row->reset != MB_NO_OFFSET) {
		offset = row->reset;
		row->reset = MB_NO_OFFSET;
		q = mb_pop_queue_find(&b->pops.points, s->topic, group, s->queue_id);
		if (q)
			mb_pop_order_clear(b, q);
	} else if (row && row->committed != MB_NO_OFFSET) {
		return row->committed;
	} else {
		offset = first_offset(p, s);
	}
	commit(p, s, offset);
	return offset;
}

/* --- Reading -------------------------------------------------------------------------------------- */

static void get(const struct mb_pop *p, const struct source *s, struct mb_get_result *got)
{
	const struct mb_message_filter filter = mb_pop_filter(p);
	struct mb_filter filter_room;
	int64_t most = p->b->config->max_transfer_count;
	int64_t room = p->h->maxMsgNums - (int64_t)p->count;
	const struct mb_get_limits limits = {
		.max_messages = (int32_t)(room < most ? room : most),
		.max_bytes = (size_t)p->b->config->max_transfer_bytes,
	};

	mb_store_get(p->b->store, s->topic, s->queue_id, s->offset, &limits,
		     mb_message_filter_of(&filter, &filter_room), got);
	if (got->status == MB_GET_NO_MATCHED_LOGIC_QUEUE)
		got->status = MB_GET_NO_MESSAGE_IN_QUEUE;
}

/* The committed offset may be one that the queue has not. */
static void get_corrected(const struct mb_pop *p, struct source *s, struct mb_get_result *got)
{
	get(p, s, got);
	switch (got->status) {
	case MB_GET_OFFSET_TOO_SMALL:
	case MB_GET_OFFSET_OVERFLOW_BADLY:
	case MB_GET_OFFSET_FOUND_NULL:
		s->offset = got->next_begin_offset;
		commit(p, s, s->offset);
		get(p, s, got);
		break;
	case MB_GET_FOUND:
	case MB_GET_NO_MATCHED_MESSAGE:
	case MB_GET_MESSAGE_WAS_REMOVING:
	case MB_GET_OFFSET_OVERFLOW_ONE:
	case MB_GET_NO_MATCHED_LOGIC_QUEUE:
	case MB_GET_NO_MESSAGE_IN_QUEUE:
		break;
	}
}

static int64_t offset_of(struct rmqi_cursor record)
{
	int64_t offset = 0;

	return rmqi_cursor_skip(&record, RMQI_MESSAGE_AT_QUEUE_OFFSET) &&
			       rmqi_cursor_i64(&record, &offset)
		       ? offset
		       : -1;
}

/* --- Out --------------------------------------------------------------------------------------------- */

/* False: they must not go out. */
static bool note_point(struct mb_pop *p, const struct source *s, struct mb_pop_queue *q,
		       const int64_t *offsets, size_t count)
{
	struct mb_check_points *points = &p->b->pops.points;
	struct mb_check_point *point = mb_check_point_new(points);

	if (!point)
		return false;
	point->queue = q;
	point->start = s->offset;
	point->pop_ms = p->pop_ms;
	point->invisible_ms = p->h->invisibleTime;
	point->log_queue = p->revive_queue;
	point->count = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		point->steps[i] = (int32_t)(offsets[i] - s->offset);
	if (mb_revive_watch(p->b, point) == RMQ_OK)
		return true;
	mb_check_point_free(points, point);
	return false;
}

static bool note_order(struct mb_pop *p, const struct source *s, struct mb_pop_queue *q,
		       const int64_t *offsets, size_t count)
{
	const struct mb_popped popped = {
		.attempt_id = p->h->attemptId,
		.pop_ms = p->pop_ms,
		.invisible_ms = p->h->invisibleTime,
		.offsets = offsets,
		.count = count,
		.mark = s->mark,
	};

	return mb_pop_order_update(p->b, q, &popped, &p->b->pops.orders) == RMQ_OK;
}

/* A message of a retry topic goes out under the name of the topic itself, with its receipt. */
static bool recode(struct mb_pop *p, const struct source *s, struct rmqi_cursor record, size_t *len)
{
	struct mb_pops *pops = &p->b->pops;
	struct rmqi_receipt r = {.start = s->offset,
				 .pop_ms = p->pop_ms,
				 .invisible_ms = p->h->invisibleTime,
				 .revive_queue = p->revive_queue,
				 .mark = s->mark,
				 .broker_name = rmqi_str(p->b->config->broker_name),
				 .queue_id = s->queue_id};
	char text[RMQI_RECEIPT_MAX];
	struct rmqi_stored_message m;
	struct rmqi_str had;
	size_t before = pops->recoded.len;

	if (rmqi_message_decode(&record, &m) != RMQ_OK)
		return false;
	r.offset = m.queue_offset;
	if (!rmqi_properties_get(m.properties, RMQI_PROP_POP_CK, &had)) {
		rmqi_buf_reset(&pops->properties);
		rmqi_properties_copy_without(&pops->properties, m.properties,
					     (const char *const[]){NULL});
		rmqi_properties_add(&pops->properties, RMQI_STR(RMQI_PROP_POP_CK),
				    rmqi_str_n(text, rmqi_receipt_write(&r, text, sizeof(text))));
		m.properties = rmqi_cursor_str(rmqi_buf_cursor(&pops->properties));
	}
	m.topic = p->h->topic;
	if (rmqi_message_encode(&pops->recoded, &m) != RMQ_OK)
		return false;
	*len = pops->recoded.len - before;
	return true;
}

static void add_record(struct mb_pop *p, const struct source *s, struct rmqi_cursor record)
{
	bool is_recoded = s->mark != RMQI_POP_NORMAL;

	if (is_recoded && !recode(p, s, record, &record.len)) {
		RMQI_LOG(p->b->log, RMQ_LOG_ERROR, "broker: a message of %.*s cannot be popped",
			 RMQI_STR_ARG(s->topic));
		return;
	}
	p->is_recoded[p->count] = is_recoded;
	p->records[p->count++] = record;
}

static bool hand_out(struct mb_pop *p, const struct source *s, struct mb_pop_queue *q,
		     const struct mb_get_result *got)
{
	struct mb_pops *pops = &p->b->pops;
	int64_t offsets[MB_POP_MAX];

	for (size_t i = 0; i < got->count; i++)
		offsets[i] = offset_of(got->records[i]);
	if (p->h->order ? !note_order(p, s, q, offsets, got->count)
			: !note_point(p, s, q, offsets, got->count))
		return false;
	commit(p, s, p->h->order ? s->offset : got->next_begin_offset);
	rmqi_pop_add_start(&pops->starts, s->mark, s->queue_id, s->offset);
	rmqi_pop_add_offsets(&pops->offsets, s->mark, s->queue_id, offsets, got->count);
	for (size_t i = 0; i < got->count; i++)
		add_record(p, s, got->records[i]);
	mb_figures_got(p->b, s->topic, p->h->consumerGroup, got->count);
	return true;
}

/* --- Queues and topics ---------------------------------------------------------------------------------- */

static void read_queue(struct mb_pop *p, struct source s)
{
	struct mb_broker *b = p->b;
	struct mb_get_result *got = &b->got;
	struct mb_pop_queue *q =
		mb_pop_queue_get(&b->pops.points, s.topic, p->h->consumerGroup, s.queue_id);

	if (!q)
		return;
	s.offset = start_offset(p, &s);
	if (p->h->order && mb_pop_order_blocks(b, q, p->h->attemptId, p->h->invisibleTime))
		return;
	if ((int64_t)p->count >= p->h->maxMsgNums) {
		p->rest += mb_store_max_offset(b->store, s.topic, s.queue_id) - s.offset;
		return;
	}
	get_corrected(p, &s, got);
	if (got->count > 0) {
		if (!hand_out(p, &s, q, got))
			return; /* nobody can be told of them now; they are where they were */
	} else if (got->status == MB_GET_NO_MATCHED_MESSAGE ||
		   got->status == MB_GET_MESSAGE_WAS_REMOVING ||
		   got->status == MB_GET_OFFSET_FOUND_NULL) {
		commit(p, &s, got->next_begin_offset);
	}
	p->rest += got->max_offset - got->next_begin_offset;
}

/* Up to 5.3 upwards, since 5.4 downwards, unless it is configured otherwise. */
static int32_t queue_at(const struct mb_broker *b, int32_t start, int32_t i, int32_t count)
{
	int32_t at = (int32_t)(((int64_t)start + i) % count);
	bool is_down = b->config->release >= MB_RELEASE_5_4 && b->config->priority_asc;

	return is_down ? count - 1 - at : at;
}

static void read_topic(struct mb_pop *p, const struct mb_topic *t, enum rmqi_pop_mark mark,
		       int32_t chance)
{
	struct source s = {.mark = mark};
	int32_t count;

	if (!t)
		return;
	s.topic = rmqi_str_n(t->config.topic_name, t->name_len);
	count = t->config.read_queue_nums;
	for (int32_t i = 0; i < count; i++) {
		s.queue_id = queue_at(p->b, chance, i, count);
		read_queue(p, s);
	}
}

/* One of the retry topics: a receipt has one mark for both. */
static void read_retry(struct mb_pop *p, int32_t chance)
{
	const struct mb_broker_config *c = p->b->config;
	bool is_v2 = c->retry_topic_v2 && !(c->pop_retry_v1_too && chance % 2 == 0);
	char name[RMQI_RETRY_TOPIC_MAX + 1];

	mb_pop_retry_topic(p->h->consumerGroup, p->h->topic, is_v2, name);
	read_topic(p, mb_topic_find(p->b, rmqi_str(name)),
		   is_v2 ? RMQI_POP_RETRY_V2 : RMQI_POP_RETRY, chance);
}

static void read_itself(struct mb_pop *p, int32_t chance)
{
	if (p->h->queueId < 0)
		read_topic(p, p->topic, RMQI_POP_NORMAL, chance);
	else
		read_queue(p, (struct source){.topic = p->h->topic,
					      .mark = RMQI_POP_NORMAL,
					      .queue_id = p->h->queueId});
}

static void begin(struct mb_pop *p)
{
	struct mb_pops *pops = &p->b->pops;

	rmqi_buf_reset(&pops->starts);
	rmqi_buf_reset(&pops->offsets);
	rmqi_buf_reset(&pops->orders);
	rmqi_buf_reset(&pops->recoded);
	p->count = 0;
	p->rest = 0;
	p->pop_ms = mb_broker_wall_ms(p->b);
	p->revive_queue = p->h->order ? RMQI_POP_ORDERLY_QUEUE
				      : (int32_t)(pops->turn++ % (uint32_t)pops->log_count);
}

/* By rank: each pop begins with the queue of the highest one (PopMessageProcessor, since 5.4). */
static bool is_by_rank(const struct mb_pop *p, int32_t chance)
{
	return p->b->config->release >= MB_RELEASE_5_4 && p->topic->is_priority && !p->h->order &&
	       chance < p->group->priority_percent;
}

void mb_pop_read(struct mb_pop *p)
{
	const struct mb_broker_config *c = p->b->config;
	int32_t chance = (int32_t)rmqi_rand_below(&p->b->rand, 100);
	bool by_rank = is_by_rank(p, chance);
	int64_t percent = by_rank ? c->pop_retry_percent_of_priorities : c->pop_retry_percent;
	bool is_retry_first = !p->h->order && chance < percent;

	begin(p);
	if (is_retry_first)
		read_retry(p, chance);
	read_itself(p, by_rank ? 0 : chance);
	if (!is_retry_first && !p->h->order && (int64_t)p->count < p->h->maxMsgNums)
		read_retry(p, chance);
}
