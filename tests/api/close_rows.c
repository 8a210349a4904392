/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/api/close_rows.h"

#include <stdlib.h>

#include <rocketmq/mock_broker.h>

enum { CALLS = 3, WAIT_MS = 10 * 1000 };

/* --- Scenes ------------------------------------------------------------------------------------------ */

static void must(enum rmq_error error)
{
	if (error != RMQ_OK)
		ck_abort_msg("%s", rmq_error_text(error));
}

static void pass(struct close_scene *s, int64_t ms)
{
	must(rmq_mock_cluster_advance(s->cluster, ms, NULL));
}

void close_scene_open(struct close_scene *s, void (*begin_fault)(struct close_scene *s))
{
	*s = (struct close_scene){
		.cluster = api_cluster(api_options("virtualTime", "true", NULL)),
		.begin_fault = begin_fault};
	s->config = api_config(rmq_mock_cluster_namesrv(s->cluster));
	rmq_config_set_environment(s->config, rmq_mock_cluster_environment(s->cluster));
}

static void count_listed(struct close_scene *s)
{
	rmq_undelivered *list = NULL;

	must(rmq_producer_undelivered(s->producer, &list, NULL));
	s->listed = (int)rmq_undelivered_count(list);
	rmq_undelivered_free(list);
}

static enum rmq_error close_producer(struct close_scene *s)
{
	return rmq_producer_close(s->producer, CLOSE_MS, NULL);
}

/* A call that has to end once. */
struct call {
	struct close_scene *s;
	struct call *before;
	bool is_over, closes;
};

static void free_calls(struct close_scene *s)
{
	while (s->calls) {
		struct call *c = s->calls;

		s->calls = c->before;
		free(c);
	}
}

void close_scene_end(struct close_scene *s)
{
	if (s->producer && s->close == close_producer)
		count_listed(s);
	rmq_messages_free(s->messages);
	rmq_queues_free(s->queues);
	rmq_push_consumer_free(s->push);
	rmq_lite_pull_consumer_free(s->lite);
	rmq_simple_consumer_free(s->simple);
	rmq_pull_consumer_free(s->pull);
	rmq_producer_free(s->producer);
	rmq_config_free(s->config);
	rmq_mock_cluster_free(s->cluster);
	free_calls(s);
}

enum rmq_error close_handle(struct close_scene *s)
{
	return s->close(s);
}

void close_now(struct close_scene *s)
{
	int64_t before = rmq_mock_cluster_now_ms(s->cluster);

	if (s->is_closing)
		return;
	s->is_closing = true;
	s->begin_fault(s);
	s->error = close_handle(s);
	s->ms = rmq_mock_cluster_now_ms(s->cluster) - before;
	s->is_closed = true;
}

static struct call *call_new(struct close_scene *s, bool closes)
{
	struct call *c = calloc(1, sizeof(*c));

	ck_assert_ptr_nonnull(c);
	*c = (struct call){.s = s, .before = s->calls, .closes = closes};
	s->calls = c;
	s->accepted++;
	return c;
}

/* Calls are few and stay until the scene ends: a second end is seen. */
static void call_over(struct call *c)
{
	struct close_scene *s = c->s;

	s->completed += !c->is_over;
	s->doubles += c->is_over;
	c->is_over = true;
	if (c->closes)
		close_now(s);
}

/* --- Producers ------------------------------------------------------------------------------------------ */

static rmq_message *message_new(void)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);

	ck_assert_ptr_nonnull(m);
	return m;
}

static enum rmq_transaction_state check_and_close(const rmq_message *m, void *arg)
{
	(void)m;
	close_now(arg);
	return RMQ_TRANSACTION_UNKNOWN;
}

static void new_producer(struct close_scene *s)
{
	s->close = close_producer;
	must(rmq_producer_new(s->config, "P", &s->producer, NULL));
	must(rmq_producer_set_check_fn(s->producer, check_and_close, s, NULL));
}

static void start_producer(struct close_scene *s)
{
	new_producer(s);
	must(rmq_producer_start(s->producer, NULL));
}

static void send_some(struct close_scene *s, int count)
{
	rmq_message *m = message_new();

	for (int i = 0; i < count; i++)
		must(rmq_producer_send(s->producer, m, NULL, NULL, NULL));
	rmq_message_free(m);
}

static void run_producer(struct close_scene *s)
{
	start_producer(s);
	send_some(s, 1);
	pass(s, WAIT_MS);
}

static void on_sent(enum rmq_error error, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	struct call *c = arg;

	(void)result;
	(void)detail;
	c->s->lost += error != RMQ_OK;
	call_over(c);
}

static void send_async(struct close_scene *s, bool closes)
{
	rmq_message *m = message_new();

	for (int i = 0; i < CALLS; i++)
		must(rmq_producer_send_async(s->producer, m, NULL, on_sent,
					     call_new(s, closes && i == 0), NULL));
	rmq_message_free(m);
}

static void send_and_close(struct close_scene *s)
{
	send_async(s, false);
	close_now(s);
}

static void close_when_sent(struct close_scene *s)
{
	send_async(s, true);
}

static void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *detail,
		     void *arg)
{
	(void)error;
	(void)reply;
	(void)detail;
	call_over(arg);
}

static void request(struct close_scene *s, bool closes)
{
	rmq_message *m = message_new();

	must(rmq_producer_request_async(s->producer, m, NULL, on_reply, call_new(s, closes), NULL));
	rmq_message_free(m);
}

/* Nobody answers: they wait. */
static void request_and_close(struct close_scene *s)
{
	request(s, false);
	pass(s, 1000);
	close_now(s);
}

static void close_when_replied(struct close_scene *s)
{
	request(s, true);
}

static void on_ended(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	(void)error;
	(void)detail;
	call_over(arg);
}

static void on_begun(enum rmq_error error, rmq_transaction *t, const rmq_error_detail *detail,
		     void *arg)
{
	(void)error;
	(void)detail;
	call_over(arg);
	rmq_transaction_free(t);
}

static void on_begun_commit(enum rmq_error error, rmq_transaction *t,
			    const rmq_error_detail *detail, void *arg)
{
	struct call *c = arg;

	(void)detail;
	must(error);
	must(rmq_transaction_commit_async(t, on_ended, call_new(c->s, true), NULL));
	rmq_transaction_free(t);
	call_over(c);
}

static void begin(struct close_scene *s, rmq_begin_fn fn, bool closes)
{
	rmq_message *m = message_new();

	must(rmq_producer_begin_async(s->producer, m, NULL, fn, call_new(s, closes), NULL));
	rmq_message_free(m);
}

static void close_when_begun(struct close_scene *s)
{
	begin(s, on_begun, true);
}

static void close_when_committed(struct close_scene *s)
{
	begin(s, on_begun_commit, false);
}

/* The broker asks about it. */
static void close_when_asked(struct close_scene *s)
{
	begin(s, on_begun, false);
	pass(s, 1000);
	must(rmq_mock_check_transactions(s->cluster, NULL, NULL));
}

static void close_with_transaction(struct close_scene *s)
{
	rmq_message *m = message_new();
	rmq_transaction *t = NULL;

	must(rmq_producer_begin(s->producer, m, NULL, &t, NULL));
	rmq_message_free(m);
	close_now(s);
	rmq_transaction_free(t);
}

/* --- Push consumers ---------------------------------------------------------------------------------------- */

static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	(void)topic;
	(void)held;
	(void)revoked;
	if (rmq_queues_count(assigned) > 0)
		close_now(arg);
}

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)n;
	(void)context;
	close_now(arg);
	return RMQ_CONSUME_SUCCESS;
}

/* They are sent back: that is under way, and waits for its time. */
static enum rmq_consume_status refuse(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)n;
	(void)context;
	(void)arg;
	return RMQ_RECONSUME_LATER;
}

static enum rmq_orderly_status take_in_order(rmq_push_consumer *c,
					     const rmq_message *const *messages, size_t n,
					     rmq_orderly_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)n;
	(void)context;
	close_now(arg);
	return RMQ_ORDERLY_SUCCESS;
}

static enum rmq_orderly_status refuse_in_order(rmq_push_consumer *c,
					       const rmq_message *const *messages, size_t n,
					       rmq_orderly_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)n;
	(void)context;
	(void)arg;
	return RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
}

static enum rmq_error close_push(struct close_scene *s)
{
	return rmq_push_consumer_close(s->push, CLOSE_MS, NULL);
}

/* Somebody else sends what they get. */
static void send_from_outside(struct close_scene *s)
{
	start_producer(s);
	send_some(s, CALLS);
}

static void new_push(struct close_scene *s)
{
	must(rmq_push_consumer_new(s->config, "G", &s->push, NULL));
	must(rmq_push_consumer_subscribe(s->push, "Topic", "*", NULL));
	must(rmq_push_consumer_set_listener(s->push, take, s, NULL));
	s->close = close_push;
}

static void start_push(struct close_scene *s)
{
	new_push(s);
	must(rmq_push_consumer_start(s->push, NULL));
}

static void run_push(struct close_scene *s)
{
	start_push(s);
	pass(s, WAIT_MS);
}

static void run_push_that_refuses(struct close_scene *s)
{
	send_from_outside(s);
	new_push(s);
	must(rmq_push_consumer_set_listener(s->push, refuse, s, NULL));
	must(rmq_push_consumer_start(s->push, NULL));
	pass(s, WAIT_MS);
}

static void run_push_to_close(struct close_scene *s)
{
	send_from_outside(s);
	start_push(s);
}

static void run_push_with_queues(struct close_scene *s)
{
	send_from_outside(s);
	new_push(s);
	must(rmq_push_consumer_set_listener(s->push, refuse, s, NULL));
	must(rmq_push_consumer_set_queues_fn(s->push, on_queues, s, NULL));
	must(rmq_push_consumer_start(s->push, NULL));
}

static void run_orderly(struct close_scene *s)
{
	new_push(s);
	must(rmq_push_consumer_set_orderly_listener(s->push, take_in_order, s, NULL));
	must(rmq_push_consumer_start(s->push, NULL));
	pass(s, WAIT_MS);
}

static void run_orderly_that_refuses(struct close_scene *s)
{
	send_from_outside(s);
	new_push(s);
	must(rmq_push_consumer_set_orderly_listener(s->push, refuse_in_order, s, NULL));
	must(rmq_push_consumer_start(s->push, NULL));
	pass(s, WAIT_MS);
}

static void run_orderly_to_close(struct close_scene *s)
{
	send_from_outside(s);
	new_push(s);
	must(rmq_push_consumer_set_orderly_listener(s->push, take_in_order, s, NULL));
	must(rmq_push_consumer_start(s->push, NULL));
}

/* --- Lite pull ------------------------------------------------------------------------------------------------ */

static enum rmq_error close_lite(struct close_scene *s)
{
	return rmq_lite_pull_consumer_close(s->lite, CLOSE_MS, NULL);
}

static void new_lite(struct close_scene *s)
{
	send_from_outside(s);
	must(rmq_lite_pull_consumer_new(s->config, "G", &s->lite, NULL));
	must(rmq_lite_pull_consumer_subscribe(s->lite, "Topic", "*", NULL));
	s->close = close_lite;
}

static void start_lite(struct close_scene *s)
{
	new_lite(s);
	must(rmq_lite_pull_consumer_start(s->lite, NULL));
}

static void run_lite(struct close_scene *s)
{
	start_lite(s);
	pass(s, WAIT_MS);
}

/* What was polled is committed by the close. */
static void run_lite_with_messages(struct close_scene *s)
{
	run_lite(s);
	must(rmq_lite_pull_consumer_poll(s->lite, WAIT_MS, &s->messages, NULL));
	ck_assert_uint_gt(rmq_messages_count(s->messages), 0);
	rmq_messages_free(s->messages);
	s->messages = NULL;
}

static void run_lite_with_queues(struct close_scene *s)
{
	new_lite(s);
	must(rmq_lite_pull_consumer_set_queues_fn(s->lite, on_queues, s, NULL));
	must(rmq_lite_pull_consumer_start(s->lite, NULL));
}

/* --- Simple ------------------------------------------------------------------------------------------------------ */

static enum rmq_error close_simple(struct close_scene *s)
{
	return rmq_simple_consumer_close(s->simple, CLOSE_MS, NULL);
}

static void new_simple(struct close_scene *s)
{
	must(rmq_simple_consumer_new(s->config, "G", &s->simple, NULL));
	must(rmq_simple_consumer_subscribe(s->simple, "Topic", "*", NULL));
	s->close = close_simple;
}

static void start_simple(struct close_scene *s)
{
	new_simple(s);
	must(rmq_simple_consumer_start(s->simple, NULL));
}

static void run_simple(struct close_scene *s)
{
	start_simple(s);
	must(rmq_simple_consumer_wait_ready(s->simple, -1, NULL));
}

static void run_simple_with_messages(struct close_scene *s)
{
	send_from_outside(s);
	run_simple(s);
	must(rmq_simple_consumer_receive(s->simple, 1, 20000, WAIT_MS, &s->messages, NULL));
	ck_assert_uint_eq(rmq_messages_count(s->messages), 1);
}

static void on_received(enum rmq_error error, rmq_messages *messages,
			const rmq_error_detail *detail, void *arg)
{
	(void)error;
	(void)detail;
	rmq_messages_free(messages);
	call_over(arg);
}

static void receive(struct close_scene *s, bool closes)
{
	must(rmq_simple_consumer_receive_async(s->simple, 1, 20000, WAIT_MS, on_received,
					       call_new(s, closes), NULL));
}

static void receive_and_close(struct close_scene *s)
{
	receive(s, false);
	pass(s, 1000);
	close_now(s);
}

static void close_when_received(struct close_scene *s)
{
	receive(s, true);
}

static void ack(struct close_scene *s, bool closes)
{
	must(rmq_simple_consumer_ack_async(s->simple, rmq_messages_at(s->messages, 0), on_ended,
					   call_new(s, closes), NULL));
}

static void ack_and_close(struct close_scene *s)
{
	ack(s, false);
	close_now(s);
}

static void close_when_acked(struct close_scene *s)
{
	ack(s, true);
}

/* --- Pull ---------------------------------------------------------------------------------------------------------- */

static enum rmq_error close_pull(struct close_scene *s)
{
	return rmq_pull_consumer_close(s->pull, CLOSE_MS, NULL);
}

static void new_pull(struct close_scene *s)
{
	must(rmq_pull_consumer_new(s->config, "G", &s->pull, NULL));
	s->close = close_pull;
}

static void run_pull(struct close_scene *s)
{
	send_from_outside(s);
	new_pull(s);
	must(rmq_pull_consumer_start(s->pull, NULL));
	must(rmq_pull_consumer_queues(s->pull, "Topic", &s->queues, NULL));
}

static void on_pulled(enum rmq_error error, const rmq_pull_result *result,
		      const rmq_error_detail *detail, void *arg)
{
	(void)error;
	(void)result;
	(void)detail;
	call_over(arg);
}

static void pull(struct close_scene *s, bool closes)
{
	rmq_pull_options *o = rmq_pull_options_new();

	must(rmq_pull_options_set_suspend(o, 20000, NULL));
	must(rmq_pull_consumer_pull_async(s->pull, rmq_queues_at(s->queues, 0), closes ? 0 : 100, o,
					  on_pulled, call_new(s, closes), NULL));
	rmq_pull_options_free(o);
}

static void pull_and_close(struct close_scene *s)
{
	pull(s, false);
	close_now(s);
}

static void close_when_pulled(struct close_scene *s)
{
	pull(s, true);
}

static void wait(struct close_scene *s)
{
	(void)s;
}

const struct close_row close_rows[] = {
	{"producer, new", new_producer, close_now},
	{"producer, started", start_producer, close_now},
	{"producer, at rest", run_producer, close_now},
	{"producer, 3 sends under way", run_producer, send_and_close},
	{"producer, its first 3 sends under way", start_producer, send_and_close},
	{"producer, in a send's callback", run_producer, close_when_sent},
	{"producer, a request waits", run_producer, request_and_close},
	{"producer, in a request's callback", run_producer, close_when_replied},
	{"producer, a transaction is open", run_producer, close_with_transaction},
	{"producer, in a begin's callback", run_producer, close_when_begun},
	{"producer, in a commit's callback", run_producer, close_when_committed},
	{"producer, in the check function", run_producer, close_when_asked},
	{"push, new", new_push, close_now},
	{"push, started", start_push, close_now},
	{"push, at rest", run_push, close_now},
	{"push, messages sent back", run_push_that_refuses, close_now},
	{"push, in the listener", run_push_to_close, wait},
	{"push, in the queues function", run_push_with_queues, wait},
	{"orderly, at rest", run_orderly, close_now},
	{"orderly, a queue waits", run_orderly_that_refuses, close_now},
	{"orderly, in the listener", run_orderly_to_close, wait},
	{"lite pull, new", new_lite, close_now},
	{"lite pull, started", start_lite, close_now},
	{"lite pull, messages fetched", run_lite, close_now},
	{"lite pull, messages to be committed", run_lite_with_messages, close_now},
	{"lite pull, in the queues function", run_lite_with_queues, wait},
	{"simple, new", new_simple, close_now},
	{"simple, started", start_simple, close_now},
	{"simple, at rest", run_simple, close_now},
	{"simple, a receive waits", run_simple, receive_and_close},
	{"simple, messages not acknowledged", run_simple_with_messages, close_now},
	{"simple, an ack under way", run_simple_with_messages, ack_and_close},
	{"simple, in a receive's callback", run_simple_with_messages, close_when_received},
	{"simple, in an ack's callback", run_simple_with_messages, close_when_acked},
	{"pull, new", new_pull, close_now},
	{"pull, at rest", run_pull, close_now},
	{"pull, a pull waits", run_pull, pull_and_close},
	{"pull, in a pull's callback", run_pull, close_when_pulled},
};

const size_t close_row_count = sizeof(close_rows) / sizeof(close_rows[0]);
