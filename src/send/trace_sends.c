/* SPDX-License-Identifier: Apache-2.0 */
/* How chunks get to brokers, and what is told when they do not. */
#include <inttypes.h>

#include "base/detail.h"
#include "client/message.h"
#include "codec/properties.h"
#include "send/trace_impl.h"

static void tell_failed(struct rmqi_trace *t, enum rmq_error error,
			const struct rmq_error_detail *detail)
{
	struct rmqi_telling telling;
	uint64_t failed;
	bool is_due;

	rmqi_mutex_lock(&t->mu);
	is_due = rmqi_reminder_note(&t->failed_reminder, rmqi_trace_now_us(t),
				    (int64_t)error * 100000 + rmq_error_detail_broker_code(detail),
				    &telling);
	failed = t->counts.failed;
	rmqi_mutex_unlock(&t->mu);
	if (is_due)
		RMQI_LOG(rmqi_client_log(t->client), RMQ_LOG_WARN,
			 "message trace: %" PRIu64
			 " records are lost so far: topic %s: %s (brokers "
			 "have %s with traceTopicEnable=true; traceTopic names another one)",
			 failed, t->topic,
			 detail ? rmq_error_detail_message(detail) : rmq_error_text(error),
			 RMQI_TRACE_TOPIC);
}

static void tell_over(struct rmqi_trace *t)
{
	bool is_due;

	rmqi_mutex_lock(&t->mu);
	is_due = rmqi_reminder_end(&t->failed_reminder, rmqi_trace_now_us(t));
	rmqi_mutex_unlock(&t->mu);
	if (is_due)
		RMQI_LOG(rmqi_client_log(t->client), RMQ_LOG_INFO,
			 "message trace: brokers take records of topic %s again", t->topic);
}

static void end_chunk(struct rmqi_trace *t, struct rmqi_trace_chunk *c, enum rmq_error error,
		      const struct rmq_error_detail *detail)
{
	bool is_emptied;

	rmqi_mutex_lock(&t->mu);
	if (error == RMQ_OK)
		t->counts.stored += c->records;
	else
		t->counts.failed += c->records;
	t->counts.waiting -= c->records;
	t->sending--;
	rmqi_trace_recycle(t, c);
	is_emptied = t->is_closing && rmqi_trace_is_empty(t);
	rmqi_mutex_unlock(&t->mu);
	if (error == RMQ_OK)
		tell_over(t);
	else
		tell_failed(t, error, detail);
	if (is_emptied)
		rmqi_event_set(&t->emptied);
}

static void on_sent(struct rmqi_async_send *a)
{
	struct rmqi_trace_chunk *c = RMQI_CONTAINER(a, struct rmqi_trace_chunk, send);
	struct rmqi_trace *t = c->trace;
	struct rmq_error_detail *detail = a->detail;

	rmqi_send_request_deinit(&a->request);
	a->detail = NULL;
	end_chunk(t, c, a->error, detail);
	rmq_error_detail_free(detail);
	rmqi_trace_pump(t, false);
}

static enum rmq_error fill_request(struct rmqi_trace *t, struct rmqi_trace_chunk *c,
				   struct rmq_error_detail *detail)
{
	struct rmq_message *m = rmq_message_new(t->topic, rmqi_buf_data(&c->body), c->body.len);
	enum rmq_error err = m ? RMQ_OK : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK)
		err = rmqi_message_put(m, RMQI_PROP_KEYS, rmqi_buf_text(&c->keys));
	if (err == RMQ_OK)
		err = rmqi_send_request_init(&c->send.request, t->client, t->group, m, NULL,
					     detail);
	if (err == RMQ_OK)
		err = rmqi_send_request_own(&c->send.request, &c->send.topic, detail);
	rmq_message_free(m);
	return err;
}

static void send_chunk(struct rmqi_trace *t, struct rmqi_trace_chunk *c)
{
	struct rmq_error_detail *detail = rmqi_detail_new();
	enum rmq_error err;

	c->send = (struct rmqi_async_send){.fn = on_sent};
	err = fill_request(t, c, detail);
	if (err == RMQ_OK)
		err = rmqi_async_send_start(&c->send, &t->sender, NULL, detail);
	if (err != RMQ_OK) {
		rmqi_send_request_deinit(&c->send.request);
		end_chunk(t, c, err, detail);
	}
	rmq_error_detail_free(detail);
}

void rmqi_trace_pump(struct rmqi_trace *t, bool is_late)
{
	struct rmqi_trace_chunk *c;

	do {
		rmqi_mutex_lock(&t->mu);
		c = rmqi_trace_take_chunk(t, is_late);
		rmqi_mutex_unlock(&t->mu);
		if (c)
			send_chunk(t, c);
	} while (c);
}

void rmqi_trace_run_pump(struct rmqi_task *task)
{
	struct rmqi_trace *t = RMQI_CONTAINER(task, struct rmqi_trace, task);

	rmqi_mutex_lock(&t->mu);
	t->is_posted = false;
	rmqi_mutex_unlock(&t->mu);
	rmqi_trace_pump(t, false);
}

void rmqi_trace_on_timer(struct rmqi_timer *timer)
{
	struct rmqi_trace *t = RMQI_CONTAINER(timer, struct rmqi_trace, timer);

	rmqi_timer_start_ms(timer, RMQI_TRACE_PERIOD_MS);
	rmqi_trace_pump(t, true);
}
