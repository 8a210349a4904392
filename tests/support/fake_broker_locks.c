/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "codec/body.h"
#include "codec/codes.h"
#include "tests/support/fake_broker_impl.h"

enum { LIVE_US = 60 * 1000 * 1000 };

static int64_t now_of(const struct fake_broker *b)
{
	return rmqi_clock_us(rmqi_loop_clock(b->loop));
}

static bool is_locked(const struct queue *q)
{
	return q->locked_by[0] && now_of(q->broker) - q->locked_us <= LIVE_US;
}

static bool try_lock(struct queue *q, const char *client_id)
{
	if (is_locked(q) && strcmp(q->locked_by, client_id) != 0)
		return false;
	snprintf(q->locked_by, sizeof(q->locked_by), "%s", client_id);
	q->locked_us = now_of(q->broker);
	return true;
}

static void on_lock(void *arg, struct mb_request *r)
{
	struct rmqi_lock_body body = {0}, granted = {0};
	struct rmqi_buf text;
	enum rmq_error err = rmqi_lock_request_decode(r->command->body, &body);

	assert(err == RMQ_OK);
	granted.queues = rmqi_calloc(body.queue_count + 1, sizeof(*granted.queues));
	assert(granted.queues);
	for (size_t i = 0; i < body.queue_count; i++) {
		const struct rmqi_queue *key = &body.queues[i];
		struct queue *q = fake_queue_need(arg, rmqi_str(key->topic), (int)key->queue_id);

		if (try_lock(q, body.client_id))
			granted.queues[granted.queue_count++] = *key; /* borrowed */
	}
	rmqi_buf_init(&text, BODY_MAX);
	err = rmqi_lock_response_encode(&granted, &text);
	assert(err == RMQ_OK);
	mb_answer_body(&r->ticket, &text);
	rmqi_buf_deinit(&text);
	rmqi_free(granted.queues);
	rmqi_lock_body_deinit(&body);
}

static void on_unlock(void *arg, struct mb_request *r)
{
	struct rmqi_lock_body body = {0};
	enum rmq_error err = rmqi_lock_request_decode(r->command->body, &body);

	assert(err == RMQ_OK);
	for (size_t i = 0; i < body.queue_count; i++) {
		const struct rmqi_queue *key = &body.queues[i];
		struct queue *q = fake_queue_need(arg, rmqi_str(key->topic), (int)key->queue_id);

		if (strcmp(q->locked_by, body.client_id) == 0)
			q->locked_by[0] = '\0';
	}
	fake_say_yes(r);
	rmqi_lock_body_deinit(&body);
}

void fake_broker_lock(struct fake_broker *b, const char *topic, int queue, const char *client_id)
{
	struct queue *q = fake_queue_need(b, rmqi_str(topic), queue);

	snprintf(q->locked_by, sizeof(q->locked_by), "%s", client_id);
	q->locked_us = now_of(b);
}

const char *fake_broker_locked_by(struct fake_broker *b, const char *topic, int queue)
{
	const struct queue *q = fake_queue_need(b, rmqi_str(topic), queue);

	return is_locked(q) ? q->locked_by : "";
}

const struct mb_handler fake_lock_handlers[] = {
	{RMQI_REQ_LOCK_BATCH_MQ, on_lock},
	{RMQI_REQ_UNLOCK_BATCH_MQ, on_unlock},
	{0, NULL},
};
