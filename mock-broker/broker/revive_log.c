/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/revive_log.h"

#include "base/mem.h"
#include "codec/json.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/store/record.h"

enum { INTERVAL_MS = 1000 }; /* PopAckConstants.ackTimeInterval */

/* --- Records of the log ----------------------------------------------------------------------------- */

struct entry {
	const char *tag;
	int32_t queue_id;
	int64_t deliver_ms;
};

static void add_part(struct rmqi_buf *out, int64_t number)
{
	rmqi_buf_add_u8(out, '@');
	rmqi_buf_add_dec(out, number);
}

/* genCkUniqueId, genAckUniqueId: the parts, and the tag. */
static void add_properties(struct rmqi_buf *out, const struct mb_check_point *p,
			   const struct entry *e, int64_t offset, const char *broker_name)
{
	const struct mb_pop_line *line = p->queue->line;

	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "TAGS\001");
	rmqi_buf_add_text(out, e->tag);
	rmqi_buf_add_text(out, "\002UNIQ_KEY\001");
	rmqi_buf_add_text(out, line->topic);
	add_part(out, p->queue->queue_id);
	add_part(out, offset);
	rmqi_buf_add_u8(out, '@');
	rmqi_buf_add_text(out, line->group);
	add_part(out, p->pop_ms);
	rmqi_buf_add_u8(out, '@');
	rmqi_buf_add_text(out, broker_name);
	rmqi_buf_add_u8(out, '@');
	rmqi_buf_add_text(out, e->tag);
	rmqi_buf_add_text(out, "\002TIMER_DELIVER_MS\001");
	rmqi_buf_add_dec(out, e->deliver_ms);
	rmqi_buf_add_u8(out, '\002');
}

/* Body and properties are in the buffers. */
static bool write_record(struct mb_broker *b, const struct entry *e, int64_t *offset)
{
	struct mb_pops *pops = &b->pops;
	struct rmqi_stored_message m = {.topic = rmqi_str(pops->revive_topic),
					.queue_id = e->queue_id,
					.born_timestamp = mb_broker_wall_ms(b),
					.born_host = b->store_host,
					.store_host = b->store_host};
	struct mb_put_result put;

	if (rmqi_buf_status(&pops->text) != RMQ_OK || rmqi_buf_status(&pops->properties) != RMQ_OK)
		return false;
	m.body = rmqi_buf_cursor(&pops->text);
	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&pops->properties));
	mb_store_put_tagged(b->store, &m, rmqi_str(e->tag), &put);
	if (!mb_put_is_stored(put.status))
		return false;
	*offset = put.queue_offset;
	return true;
}

/* The members that all records have, behind what stands first. */
static void add_place(struct rmqi_buf *out, const struct mb_check_point *p)
{
	rmqi_buf_add_text(out, ",\"pt\":");
	rmqi_buf_add_dec(out, p->pop_ms);
	rmqi_buf_add_text(out, ",\"q\":");
	rmqi_buf_add_dec(out, p->queue->queue_id);
}

static void add_topic(struct rmqi_buf *out, const struct mb_check_point *p)
{
	rmqi_buf_add_text(out, ",\"t\":");
	rmqi_json_add_string(out, rmqi_str(p->queue->line->topic));
	rmqi_buf_add_u8(out, '}');
}

static void add_end(struct rmqi_buf *out, const struct mb_check_point *p)
{
	rmqi_buf_add_text(out, ",\"so\":");
	rmqi_buf_add_dec(out, p->start);
	add_topic(out, p);
}

/* PopCheckPoint.java */
static void add_point(struct rmqi_buf *out, const struct mb_check_point *p, const char *broker_name,
		      enum mb_release release)
{
	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "{\"bm\":0,\"bn\":");
	rmqi_json_add_string(out, rmqi_str(broker_name));
	rmqi_buf_add_text(out, ",\"c\":");
	rmqi_json_add_string(out, rmqi_str(p->queue->line->group));
	rmqi_buf_add_text(out, ",\"d\":[");
	for (uint32_t i = 0; i < p->count; i++) {
		if (i > 0)
			rmqi_buf_add_u8(out, ',');
		rmqi_buf_add_dec(out, p->steps[i]);
	}
	rmqi_buf_add_text(out, "],\"it\":");
	rmqi_buf_add_dec(out, p->invisible_ms);
	rmqi_buf_add_text(out, ",\"n\":");
	rmqi_buf_add_dec(out, p->count);
	add_place(out, p);
	rmqi_buf_add_text(out, ",\"ro\":0,\"so\":");
	rmqi_buf_add_dec(out, p->start);
	if (release >= MB_RELEASE_5_5)
		rmqi_buf_add_text(out, p->is_suspended ? ",\"sp\":true" : ",\"sp\":false");
	add_topic(out, p);
}

/* AckMsg.java, BatchAckMsg.java: "ao" is -1 and "aol" lists them all. */
static void add_ack(struct rmqi_buf *out, const struct mb_check_point *p, uint32_t bits,
		    const char *broker_name)
{
	bool is_batch = (bits & (bits - 1)) != 0;

	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "{\"ao\":");
	rmqi_buf_add_dec(out, is_batch ? -1 : mb_check_point_first(p, bits));
	if (is_batch)
		rmqi_buf_add_text(out, ",\"aol\":[");
	for (uint32_t left = bits; is_batch && left != 0; left &= left - 1) {
		if (left != bits)
			rmqi_buf_add_u8(out, ',');
		rmqi_buf_add_dec(out, mb_check_point_first(p, left));
	}
	rmqi_buf_add_text(out, is_batch ? "],\"bn\":" : ",\"bn\":");
	rmqi_json_add_string(out, rmqi_str(broker_name));
	rmqi_buf_add_text(out, ",\"c\":");
	rmqi_json_add_string(out, rmqi_str(p->queue->line->group));
	add_place(out, p);
	add_end(out, p);
}

/* --- Written --------------------------------------------------------------------------------------- */

static struct mb_revive_log *log_of(struct mb_broker *b, int32_t queue_id)
{
	return &b->pops.logs[(size_t)queue_id % b->pops.log_count];
}

static void note(struct mb_broker *b, struct mb_revive_log *log, int64_t offset)
{
	log->last = offset > log->last ? offset : log->last;
	log->is_dirty = true;
	if (!rmqi_timer_is_armed(&b->pops.save))
		rmqi_timer_start_ms(&b->pops.save, INTERVAL_MS);
}

bool mb_revive_log_point(struct mb_broker *b, struct mb_check_point *p)
{
	struct mb_pops *pops = &b->pops;
	const char *broker_name = b->config->broker_name;
	struct mb_revive_log *log = log_of(b, p->log_queue);
	const struct entry e = {.tag = "ck",
				.queue_id = (int32_t)(log - pops->logs),
				.deliver_ms = p->due.key - INTERVAL_MS};

	p->log_queue = e.queue_id;
	add_point(&pops->text, p, broker_name, (enum mb_release)b->config->release);
	add_properties(&pops->properties, p, &e, p->start, broker_name);
	if (!write_record(b, &e, &p->log_offset))
		return false;
	rmqi_list_push(&log->live, &p->of_log);
	note(b, log, p->log_offset);
	return true;
}

bool mb_revive_log_ack(struct mb_broker *b, const struct mb_check_point *p, uint32_t bits)
{
	struct mb_pops *pops = &b->pops;
	const char *broker_name = b->config->broker_name;
	const struct entry e = {.tag = (bits & (bits - 1)) != 0 ? "bAck" : "ack",
				.queue_id = p->log_queue,
				.deliver_ms = p->due.key};
	int64_t offset;

	add_ack(&pops->text, p, bits, broker_name);
	add_properties(&pops->properties, p, &e, mb_check_point_first(p, bits), broker_name);
	if (!write_record(b, &e, &offset))
		return false;
	note(b, log_of(b, p->log_queue), offset);
	return true;
}

void mb_revive_log_done(struct mb_broker *b, const struct mb_check_point *p)
{
	note(b, log_of(b, p->log_queue), -1);
}

/* --- Offsets of the log ---------------------------------------------------------------------------------- */

/* That of the last record that is not needed any more, as Java commits it. */
static int64_t done_upto(const struct mb_revive_log *log)
{
	if (rmqi_list_is_empty(&log->live))
		return log->last;
	return RMQI_LIST_ITEM(log->live.next, struct mb_check_point, of_log)->log_offset - 1;
}

void mb_revive_log_commit(struct mb_broker *b)
{
	struct mb_pops *pops = &b->pops;

	for (size_t i = 0; i < pops->log_count; i++) {
		struct mb_revive_log *log = &pops->logs[i];

		if (!log->is_dirty || done_upto(log) < 0)
			continue;
		log->is_dirty = mb_offsets_commit(b, rmqi_str(pops->revive_topic),
						  RMQI_STR(MB_REVIVE_GROUP), (int32_t)i,
						  done_upto(log)) != RMQ_OK;
	}
}

/* --- Start -------------------------------------------------------------------------------------------------- */

static void read_steps(const struct rmqi_json *root, struct mb_check_point *p)
{
	const struct rmqi_json *steps = rmqi_json_get(root, "d");
	int64_t count = rmqi_json_i64(root, "n", 0);

	/* Without steps it is an old one: all messages from the start on. */
	for (int32_t i = 0; !steps && i < count && i < MB_POP_MAX; i++)
		p->steps[p->count++] = i;
	RMQI_JSON_EACH(step, steps) {
		if (step->kind == RMQI_JSON_INTEGER && step->integer >= 0 &&
		    step->integer <= INT32_MAX && p->count < MB_POP_MAX)
			p->steps[p->count++] = (int32_t)step->integer;
	}
}

static struct mb_pop_queue *queue_of(struct mb_broker *b, const struct rmqi_json *root)
{
	struct rmqi_str topic = rmqi_str(rmqi_json_str(root, "t", ""));
	struct rmqi_str group = rmqi_str(rmqi_json_str(root, "c", ""));
	int64_t queue_id = rmqi_json_i64(root, "q", -1);

	if (topic.len == 0 || group.len == 0 || queue_id < 0 || queue_id >= MB_QUEUES_MAX)
		return NULL;
	return mb_pop_queue_get(&b->pops.points, topic, group, (int32_t)queue_id);
}

/* A crash before consumerOffset.json was written: what is out is not to be handed out once more. */
static void move_offset(struct mb_broker *b, const struct mb_check_point *p)
{
	struct rmqi_str topic = rmqi_str(p->queue->line->topic);
	struct rmqi_str group = rmqi_str(p->queue->line->group);
	int32_t queue_id = p->queue->queue_id;
	const struct mb_queue_offsets *row = mb_offsets_find(&b->offsets, topic, group, queue_id);
	int64_t next = p->start + p->steps[p->count - 1] + 1;

	if ((row && row->committed >= next) ||
	    next > mb_store_max_offset(b->store, topic, queue_id))
		return;
	if (mb_offsets_commit(b, topic, group, queue_id, next) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: an offset of %s is lost: no memory",
			 p->queue->line->group);
}

static void take_point(struct mb_broker *b, struct mb_revive_log *log, int64_t offset,
		       const struct rmqi_json *root)
{
	struct mb_pop_queue *q = queue_of(b, root);
	struct mb_check_point *p = q ? mb_check_point_new(&b->pops.points) : NULL;

	if (!p)
		return;
	p->queue = q;
	p->start = rmqi_json_i64(root, "so", 0);
	p->pop_ms = rmqi_json_i64(root, "pt", 0);
	p->invisible_ms = rmqi_json_i64(root, "it", 0);
	p->is_suspended = rmqi_json_bool(root, "sp", false);
	p->log_queue = (int32_t)(log - b->pops.logs);
	p->log_offset = offset;
	read_steps(root, p);
	if (p->count == 0 || p->start < 0 || p->start >= MB_QUEUE_OFFSET_MAX ||
	    mb_check_point_find(q, p->start, p->pop_ms) ||
	    mb_check_point_add(&b->pops.points, p) != RMQ_OK) {
		mb_check_point_free(&b->pops.points, p);
		return;
	}
	rmqi_list_push(&log->live, &p->of_log);
	if (mb_offsets_is_behind(&b->offsets, (size_t)p->log_queue, offset))
		move_offset(b, p);
}

static void take_ack(struct mb_broker *b, const struct rmqi_json *root)
{
	struct mb_pop_queue *q = queue_of(b, root);
	struct mb_check_point *p = q ? mb_check_point_find(q, rmqi_json_i64(root, "so", 0),
							   rmqi_json_i64(root, "pt", 0))
				     : NULL;

	if (!p)
		return;
	p->done |= mb_check_point_bit(p, rmqi_json_i64(root, "ao", -1));
	RMQI_JSON_EACH(offset, rmqi_json_get(root, "aol")) {
		if (offset->kind == RMQI_JSON_INTEGER)
			p->done |= mb_check_point_bit(p, offset->integer);
	}
	if (mb_check_point_is_done(p))
		mb_check_point_free(&b->pops.points, p);
}

static void take_record(struct mb_broker *b, struct mb_revive_log *log, struct rmqi_cursor record)
{
	struct rmqi_stored_message m;
	struct rmqi_json *root;
	struct rmqi_str tag;

	if (rmqi_message_decode(&record, &m) != RMQ_OK ||
	    !rmqi_properties_get(m.properties, RMQI_PROP_TAGS, &tag) ||
	    rmqi_json_parse(m.body, &root) != RMQ_OK)
		return;
	if (rmqi_str_is(tag, "ck"))
		take_point(b, log, m.queue_offset, root);
	else
		take_ack(b, root);
	rmqi_json_free(root);
}

static void read_log(struct mb_broker *b, int32_t queue_id)
{
	const struct mb_get_limits limits = {.max_messages = 32, .max_bytes = 1024 * 1024};
	struct rmqi_str topic = rmqi_str(b->pops.revive_topic);
	struct mb_revive_log *log = &b->pops.logs[queue_id];
	const struct mb_queue_offsets *row =
		mb_offsets_find(&b->offsets, topic, RMQI_STR(MB_REVIVE_GROUP), queue_id);
	int64_t max = mb_store_max_offset(b->store, topic, queue_id);
	int64_t at = row ? row->committed + 1 : 0;

	for (log->last = at - 1; at < max; at = b->got.next_begin_offset) {
		mb_store_get(b->store, topic, queue_id, at, &limits, NULL, &b->got);
		for (size_t i = 0; i < b->got.count; i++)
			take_record(b, log, b->got.records[i]);
		if (b->got.next_begin_offset <= at)
			break;
		log->last = b->got.next_begin_offset - 1;
	}
	log->is_dirty = true;
}

enum rmq_error mb_revive_log_load(struct mb_broker *b)
{
	struct mb_pops *pops = &b->pops;
	size_t count = (size_t)b->config->revive_queue_num;

	pops->logs = rmqi_calloc(count, sizeof(*pops->logs));
	if (!pops->logs)
		return RMQ_ERR_NO_MEMORY;
	pops->log_count = count;
	for (size_t i = 0; i < count; i++) {
		pops->logs[i].last = -1;
		rmqi_list_init(&pops->logs[i].live);
		read_log(b, (int32_t)i);
	}
	return RMQ_OK;
}
