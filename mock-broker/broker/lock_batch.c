/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock_batch.c - LOCK_BATCH_MQ and UNLOCK_BATCH_MQ (AdminBrokerProcessor.lockBatchMQ,
 * unlockBatchMQ).
 */
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

static bool read_body(struct mb_request *r, struct rmqi_lock_body *out)
{
	enum rmq_error err = rmqi_lock_request_decode(r->command->body, out);

	if (err == RMQ_OK && out->client_id && out->consumer_group)
		return true;
	rmqi_lock_body_deinit(out);
	mb_answer_failure(&r->ticket, err == RMQ_OK ? RMQ_ERR_PROTOCOL : err);
	return false;
}

static void lock_batch(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_lock_body body = {0};
	bool is_first = true;

	if (!read_body(r, &body))
		return;
	rmqi_buf_reset(&b->body);
	rmqi_buf_add_text(&b->body, "{\"lockOKMQSet\":[");
	for (size_t i = 0; i < body.queue_count; i++) {
		const struct rmqi_queue *q = &body.queues[i];

		if (!mb_lock_try(&b->locks, rmqi_str(body.consumer_group), q,
				 rmqi_str(body.client_id), mb_broker_now_ms(b)))
			continue;
		mb_json_next(&b->body, &is_first);
		mb_json_queue(&b->body, rmqi_str(q->topic), rmqi_str(q->broker_name), q->queue_id);
	}
	rmqi_buf_add_text(&b->body, "]}");
	mb_answer_body(&r->ticket, &b->body);
	rmqi_lock_body_deinit(&body);
}

static void unlock_batch(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_lock_body body = {0};

	if (!read_body(r, &body))
		return;
	for (size_t i = 0; i < body.queue_count; i++)
		mb_lock_release(&b->locks, rmqi_str(body.consumer_group), &body.queues[i],
				rmqi_str(body.client_id));
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	rmqi_lock_body_deinit(&body);
}

const struct mb_handler mb_lock_handlers[] = {
	{MB_LENIENT | RMQI_REQ_LOCK_BATCH_MQ, lock_batch},
	{MB_LENIENT | RMQI_REQ_UNLOCK_BATCH_MQ, unlock_batch},
	{0, NULL},
};
