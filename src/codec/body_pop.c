/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body_pop.h"

#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/base64.h"
#include "codec/body_read.h"
#include "codec/body_write.h"
#include "codec/json.h"

static const char *const modes[] = {"PULL", "POP"}; /* MessageRequestMode.java */

/* The names of enums are read in any case; what is none is null to fastjson, which both users of it take as
 * PULL. */
static bool read_mode(const struct rmqi_json *object)
{
	struct rmqi_str mode = rmqi_json_text(rmqi_member(object, "mode"));

	return mode.len == 3 && strncasecmp(mode.ptr, modes[1], 3) == 0;
}

/* --- Assignments ------------------------------------------------------------------------------- */

enum rmq_error rmqi_assignment_query_encode(const struct rmqi_assignment_query *q,
					    struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_member_str(&w, "clientId", q->client_id);
	rmqi_jw_member_str(&w, "consumerGroup", q->consumer_group);
	rmqi_jw_member_str(&w, "messageModel", q->message_model);
	rmqi_jw_member_str(&w, "strategyName", q->strategy_name);
	rmqi_jw_member_str(&w, "topic", q->topic);
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

enum rmq_error rmqi_assignment_query_decode(struct rmqi_cursor body,
					    struct rmqi_assignment_query *out)
{
	struct rmqi_assignment_query q = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	q.client_id = rmqi_member_text_required(root, "clientId", &err);
	q.consumer_group = rmqi_member_text_required(root, "consumerGroup", &err);
	q.topic = rmqi_member_text_required(root, "topic", &err);
	q.strategy_name = rmqi_member_text(root, "strategyName", &err);
	q.message_model = rmqi_member_text_or(root, "messageModel", "CLUSTERING", &err);
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_assignment_query_deinit(&q);
	else
		*out = q;
	return err;
}

void rmqi_assignment_query_deinit(struct rmqi_assignment_query *q)
{
	rmqi_free(q->topic);
	rmqi_free(q->consumer_group);
	rmqi_free(q->client_id);
	rmqi_free(q->strategy_name);
	rmqi_free(q->message_model);
	*q = (struct rmqi_assignment_query){0};
}

static void write_assignment(struct rmqi_jw *w, const struct rmqi_assignment *a)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_name(w, "messageQueue");
	rmqi_body_write_queue(w, &a->queue);
	rmqi_jw_member_str(w, "mode", modes[a->is_pop ? 1 : 0]);
	rmqi_jw_close(w, '}');
}

enum rmq_error rmqi_assignments_encode(const struct rmqi_assignments *a, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	if (a->is_told) {
		rmqi_jw_name(&w, "messageQueueAssignments");
		rmqi_jw_open(&w, '[');
		for (size_t i = 0; i < a->count; i++)
			write_assignment(&w, &a->items[i]);
		rmqi_jw_close(&w, ']');
	}
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

static void read_assignments(const struct rmqi_json *array, struct rmqi_assignments *a,
			     enum rmq_error *err)
{
	a->is_told = array != NULL;
	a->items = rmqi_body_array(rmqi_json_count(array), sizeof(*a->items), err);
	RMQI_JSON_EACH(value, array) {
		const struct rmqi_json *queue = rmqi_member(value, "messageQueue");

		/* One without a queue is passed over (RebalanceImpl.updateMessageQueueAssignment). */
		if (*err != RMQ_OK || !rmqi_json_is(queue, RMQI_JSON_OBJECT))
			continue;
		a->items[a->count].is_pop = read_mode(value);
		rmqi_body_read_queue(queue, &a->items[a->count++].queue, err);
	}
}

enum rmq_error rmqi_assignments_decode(struct rmqi_cursor body, struct rmqi_assignments *out)
{
	struct rmqi_assignments a = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	read_assignments(
		rmqi_member_of_kind(root, "messageQueueAssignments", RMQI_JSON_ARRAY, &err), &a,
		&err);
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_assignments_deinit(&a);
	else
		*out = a;
	return err;
}

void rmqi_assignments_deinit(struct rmqi_assignments *a)
{
	for (size_t i = 0; i < a->count; i++)
		rmqi_queue_deinit(&a->items[i].queue);
	rmqi_free(a->items);
	*a = (struct rmqi_assignments){0};
}

/* --- Request mode ------------------------------------------------------------------------------- */

enum rmq_error rmqi_request_mode_encode(const struct rmqi_request_mode *m, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_member_str(&w, "consumerGroup", m->consumer_group);
	rmqi_jw_member_str(&w, "mode", modes[m->is_pop ? 1 : 0]);
	rmqi_jw_member_i64(&w, "popShareQueueNum", m->share_queues);
	rmqi_jw_member_str(&w, "topic", m->topic);
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

enum rmq_error rmqi_request_mode_decode(struct rmqi_cursor body, struct rmqi_request_mode *out)
{
	struct rmqi_request_mode m = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	m.consumer_group = rmqi_member_text_required(root, "consumerGroup", &err);
	m.topic = rmqi_member_text_required(root, "topic", &err);
	m.is_pop = read_mode(root);
	m.share_queues = rmqi_member_i32(root, "popShareQueueNum", 0, &err);
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_request_mode_deinit(&m);
	else
		*out = m;
	return err;
}

void rmqi_request_mode_deinit(struct rmqi_request_mode *m)
{
	rmqi_free(m->topic);
	rmqi_free(m->consumer_group);
	*m = (struct rmqi_request_mode){0};
}

/* --- Batch ack ---------------------------------------------------------------------------------- */

static enum rmq_error write_bits(struct rmqi_jw *w, const struct rmqi_batch_ack *a)
{
	char mem[256]; /* those of a pop of 32 messages have their place here */
	struct rmqi_buf text;
	enum rmq_error err;

	rmqi_buf_init(&text, w->out->max);
	rmqi_buf_lend(&text, mem, sizeof(mem));
	rmqi_base64_encode(&text, rmqi_cursor(a->bits, a->bits_len), RMQI_BASE64_BASIC);
	err = rmqi_buf_status(&text);
	rmqi_jw_name(w, "b");
	rmqi_jw_str(w, rmqi_cursor_str(rmqi_buf_cursor(&text)));
	rmqi_buf_deinit(&text);
	return err;
}

static enum rmq_error write_ack(struct rmqi_jw *w, const struct rmqi_batch_ack *a)
{
	char mark[2] = {(char)('0' + a->mark), '\0'};
	enum rmq_error err;

	rmqi_jw_open(w, '{');
	err = write_bits(w, a);
	rmqi_jw_member_str(w, "c", a->consumer_group);
	rmqi_jw_member_i64(w, "it", a->invisible_ms);
	rmqi_jw_member_i64(w, "pt", a->pop_ms);
	rmqi_jw_member_i64(w, "q", a->queue_id);
	rmqi_jw_member_str(w, "r", mark);
	rmqi_jw_member_i64(w, "rq", a->revive_queue);
	rmqi_jw_member_i64(w, "so", a->start);
	rmqi_jw_member_str(w, "t", a->topic);
	rmqi_jw_close(w, '}');
	return err;
}

enum rmq_error rmqi_batch_acks_encode(const struct rmqi_batch_acks *b, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;
	enum rmq_error err = RMQ_OK, written;

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "acks");
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < b->count && err == RMQ_OK; i++)
		err = write_ack(&w, &b->acks[i]);
	rmqi_jw_close(&w, ']');
	rmqi_jw_member_str(&w, "brokerName", b->broker_name);
	rmqi_jw_close(&w, '}');
	written = rmqi_body_settle(out, start);
	if (written == RMQ_OK && err != RMQ_OK)
		rmqi_buf_cut(out, start);
	return err != RMQ_OK ? err : written;
}

/* A member has a short name, and a long one that is read only. */
static const char *name_of(const struct rmqi_json *object, const char *name, const char *long_name)
{
	return rmqi_member(object, name) ? name : long_name;
}

static void read_bits(const struct rmqi_json *value, struct rmqi_batch_ack *a, enum rmq_error *err)
{
	struct rmqi_str text = rmqi_json_text(rmqi_member(value, name_of(value, "b", "bitSet")));
	size_t size = text.len / 4 * 3 + 3;

	if (*err != RMQ_OK || text.len == 0)
		return;
	a->bits = rmqi_alloc(size);
	if (!a->bits) {
		*err = RMQ_ERR_NO_MEMORY;
		return;
	}
	a->bits_len = rmqi_base64_decode(text, RMQI_BASE64_BASIC, a->bits, size);
	if (a->bits_len == 0)
		*err = RMQ_ERR_PROTOCOL;
}

static void read_ack(const struct rmqi_json *value, struct rmqi_batch_ack *a, enum rmq_error *err)
{
	int32_t mark;

	a->consumer_group = rmqi_member_text(value, name_of(value, "c", "consumerGroup"), err);
	a->topic = rmqi_member_text(value, name_of(value, "t", "topic"), err);
	mark = rmqi_member_i32(value, name_of(value, "r", "retry"), 0, err);
	a->start = rmqi_member_i64(value, name_of(value, "so", "startOffset"), 0, err);
	a->queue_id = rmqi_member_i32(value, name_of(value, "q", "queueId"), 0, err);
	a->revive_queue = rmqi_member_i32(value, name_of(value, "rq", "reviveQueueId"), 0, err);
	a->pop_ms = rmqi_member_i64(value, name_of(value, "pt", "popTime"), 0, err);
	a->invisible_ms = rmqi_member_i64(value, name_of(value, "it", "invisibleTime"), 0, err);
	read_bits(value, a, err);
	if (*err == RMQ_OK && (mark < RMQI_POP_NORMAL || mark > RMQI_POP_RETRY_V2))
		*err = RMQ_ERR_PROTOCOL;
	a->mark = (enum rmqi_pop_mark)mark;
}

enum rmq_error rmqi_batch_acks_decode(struct rmqi_cursor body, struct rmqi_batch_acks *out)
{
	struct rmqi_batch_acks b = {0};
	const struct rmqi_json *array;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	b.broker_name = rmqi_member_text(root, "brokerName", &err);
	array = rmqi_member_of_kind(root, "acks", RMQI_JSON_ARRAY, &err);
	b.acks = rmqi_body_array(rmqi_json_count(array), sizeof(*b.acks), &err);
	RMQI_JSON_EACH(value, array) {
		if (err == RMQ_OK)
			read_ack(value, &b.acks[b.count++], &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_batch_acks_deinit(&b);
	else
		*out = b;
	return err;
}

void rmqi_batch_acks_deinit(struct rmqi_batch_acks *b)
{
	for (size_t i = 0; i < b->count; i++) {
		rmqi_free(b->acks[i].consumer_group);
		rmqi_free(b->acks[i].topic);
		rmqi_free(b->acks[i].bits);
	}
	rmqi_free(b->acks);
	rmqi_free(b->broker_name);
	*b = (struct rmqi_batch_acks){0};
}
