/* SPDX-License-Identifier: Apache-2.0 */
/* MessageQueue, and the bodies that are lists of queues or texts. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/body.h"
#include "codec/body_read.h"
#include "codec/body_write.h"
#include "codec/json.h"

enum rmq_error rmqi_queue_init(struct rmqi_queue *q, const char *topic, const char *broker_name,
			       int32_t queue_id)
{
	struct rmqi_queue made = {rmqi_strdup(topic), rmqi_strdup(broker_name), queue_id};

	if (!made.topic || !made.broker_name) {
		rmqi_queue_deinit(&made);
		return RMQ_ERR_NO_MEMORY;
	}
	*q = made;
	return RMQ_OK;
}

void rmqi_queue_deinit(struct rmqi_queue *q)
{
	rmqi_free(q->topic);
	rmqi_free(q->broker_name);
	*q = (struct rmqi_queue){0};
}

int rmqi_queue_cmp(const struct rmqi_queue *a, const struct rmqi_queue *b)
{
	int order = strcmp(a->topic, b->topic);

	if (order == 0)
		order = strcmp(a->broker_name, b->broker_name);
	if (order == 0)
		order = (a->queue_id > b->queue_id) - (a->queue_id < b->queue_id);
	return order;
}

void rmqi_body_write_queue(struct rmqi_jw *w, const struct rmqi_queue *q)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "brokerName", q->broker_name);
	rmqi_jw_member_i64(w, "queueId", q->queue_id);
	rmqi_jw_member_str(w, "topic", q->topic);
	rmqi_jw_close(w, '}');
}

static void write_queues(struct rmqi_jw *w, const struct rmqi_lock_body *l)
{
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < l->queue_count; i++)
		rmqi_body_write_queue(w, &l->queues[i]);
	rmqi_jw_close(w, ']');
}

void rmqi_body_read_queue(const struct rmqi_json *value, struct rmqi_queue *q, enum rmq_error *err)
{
	q->topic = rmqi_member_text_required(value, "topic", err);
	q->broker_name = rmqi_member_text_required(value, "brokerName", err);
	q->queue_id = rmqi_member_i32(value, "queueId", 0, err);
}

void rmqi_body_read_queue_name(const struct rmqi_json *member, struct rmqi_queue *q,
			       enum rmq_error *err)
{
	struct rmqi_str name = rmqi_json_name(member);
	struct rmqi_json *key = NULL;
	enum rmq_error parsed = rmqi_json_parse(rmqi_cursor(name.ptr, name.len), &key);

	if (parsed == RMQ_OK)
		rmqi_body_read_queue(key, q, err);
	else if (*err == RMQ_OK)
		*err = parsed == RMQ_ERR_NO_MEMORY ? parsed : RMQ_ERR_PROTOCOL;
	rmqi_json_free(key);
}

static void read_queues(const struct rmqi_json *array, struct rmqi_lock_body *l,
			enum rmq_error *err)
{
	l->queues = rmqi_body_array(rmqi_json_count(array), sizeof(*l->queues), err);
	RMQI_JSON_EACH(value, array) {
		if (*err == RMQ_OK)
			rmqi_body_read_queue(value, &l->queues[l->queue_count++], err);
	}
}

enum rmq_error rmqi_lock_request_encode(const struct rmqi_lock_body *l, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_member_str(&w, "clientId", l->client_id);
	rmqi_jw_member_str(&w, "consumerGroup", l->consumer_group);
	rmqi_jw_name(&w, "mqSet");
	write_queues(&w, l);
	rmqi_jw_member_bool(&w, "onlyThisBroker", l->only_this_broker);
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

enum rmq_error rmqi_lock_response_encode(const struct rmqi_lock_body *l, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "lockOKMQSet");
	write_queues(&w, l);
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

static enum rmq_error finish_lock(enum rmq_error err, struct rmqi_lock_body *made,
				  struct rmqi_json *root, struct rmqi_lock_body *out)
{
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_lock_body_deinit(made);
	else
		*out = *made;
	return err;
}

enum rmq_error rmqi_lock_request_decode(struct rmqi_cursor body, struct rmqi_lock_body *out)
{
	struct rmqi_lock_body l = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	l.client_id = rmqi_member_text(root, "clientId", &err);
	l.consumer_group = rmqi_member_text(root, "consumerGroup", &err);
	l.only_this_broker = rmqi_member_bool(root, "onlyThisBroker", false);
	read_queues(rmqi_member_of_kind(root, "mqSet", RMQI_JSON_ARRAY, &err), &l, &err);
	return finish_lock(err, &l, root, out);
}

enum rmq_error rmqi_lock_response_decode(struct rmqi_cursor body, struct rmqi_lock_body *out)
{
	struct rmqi_lock_body l = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	read_queues(rmqi_member_of_kind(root, "lockOKMQSet", RMQI_JSON_ARRAY, &err), &l, &err);
	return finish_lock(err, &l, root, out);
}

void rmqi_lock_body_deinit(struct rmqi_lock_body *l)
{
	for (size_t i = 0; i < l->queue_count; i++)
		rmqi_queue_deinit(&l->queues[i]);
	rmqi_free(l->queues);
	rmqi_free(l->consumer_group);
	rmqi_free(l->client_id);
	*l = (struct rmqi_lock_body){0};
}

enum rmq_error rmqi_consumer_list_encode(char *const *ids, size_t count, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "consumerIdList");
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < count; i++)
		rmqi_jw_str(&w, rmqi_str(ids[i]));
	rmqi_jw_close(&w, ']');
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

enum rmq_error rmqi_consumer_list_decode(struct rmqi_cursor body, char ***ids, size_t *count)
{
	const struct rmqi_json *array;
	struct rmqi_json *root;
	char **made;
	size_t n, done = 0;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	array = rmqi_member_of_kind(root, "consumerIdList", RMQI_JSON_ARRAY, &err);
	n = rmqi_json_count(array);
	made = rmqi_body_array(n, sizeof(*made), &err);
	RMQI_JSON_EACH(value, array) {
		if (err == RMQ_OK)
			made[done++] = rmqi_text_of(value, &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK) {
		rmqi_strings_free(made, done);
		return err;
	}
	*ids = made;
	*count = n;
	return RMQ_OK;
}

void rmqi_strings_free(char **strings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rmqi_free(strings[i]);
	rmqi_free(strings);
}
