/* SPDX-License-Identifier: Apache-2.0 */
/* b_flow.c - what a producer has in flight: its limits, flush, and the end of what is under way. */
#include <stdatomic.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"

enum { MOST = 50, MESSAGES = 3000, MANY = 10000, BATCH = 10, ROUNDS = 100 };

struct flow {
	rmq_producer *producer;
	rmq_message *message;
	rmq_send_options *options; /* patience: nothing is sent twice */
	atomic_int stored;
	atomic_int failed;
	atomic_int rooms;
	atomic_int to_send; /* by the function that is told of room */
};

static void on_sent(enum rmq_error error, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	struct flow *f = arg;

	(void)result;
	if (error != RMQ_OK)
		note("a send failed: %s", rmq_error_detail_message(detail));
	atomic_fetch_add(error == RMQ_OK ? &f->stored : &f->failed, 1);
}

static void open_flow(struct flow *f, const char *topic, const char *settings)
{
	rmq_error_detail *detail = NULL;

	f->producer = new_producer(settings);
	f->message = rmq_message_new(topic, "a message of some bytes", 23);
	f->options = rmq_send_options_new();
	expect_ok(rmq_send_options_set_timeout(f->options, PATIENT_MS, &detail), detail);
}

static void close_flow(struct flow *f)
{
	rmq_message_free(f->message);
	rmq_send_options_free(f->options);
}

static enum rmq_error try_send(struct flow *f)
{
	return rmq_producer_send_async(f->producer, f->message, f->options, on_sent, f, NULL);
}

static void expect_nothing_undelivered(rmq_producer *p)
{
	rmq_undelivered *u = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_undelivered(p, &u, &detail), detail);
	expect_int(rmq_undelivered_count(u), 0);
	expect_int(rmq_undelivered_omitted(u), 0);
	expect(rmq_undelivered_at(u, 0) == NULL);
	rmq_undelivered_free(u);
}

static void flow__a_bounded_producer_stays_in_its_limits_and_stores_all(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_error_detail *detail = NULL;
	struct flow f = {0};

	open_flow(&f, topic, "backPressureForAsyncSendNum=50");
	for (int i = 0; i < MESSAGES; i++) {
		expect_int(try_send(&f), RMQ_OK);
		expect(rmq_producer_in_flight(f.producer) <= MOST);
	}
	expect_ok(rmq_producer_flush(f.producer, -1, &detail), detail);
	expect_int(f.stored, MESSAGES);
	expect_int(rmq_producer_in_flight(f.producer), 0);
	expect_int(rmq_producer_in_flight_bytes(f.producer), 0);
	expect_stored(topic, MESSAGES);
	close_flow(&f);
}

static void on_batch(enum rmq_error error, const rmq_send_results *results,
		     const rmq_error_detail *detail, void *arg)
{
	struct flow *f = arg;

	if (error != RMQ_OK)
		note("a batch failed: %s", rmq_error_detail_message(detail));
	if (error == RMQ_OK)
		expect_int(rmq_send_results_count(results), BATCH);
	atomic_fetch_add(error == RMQ_OK ? &f->stored : &f->failed, BATCH);
}

/* Batches and one-way sends wait for room like any other, and a flush waits for them. */
static void flow__every_kind_that_goes_on_after_its_call_counts(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_message *batch[BATCH];
	rmq_error_detail *detail = NULL;
	struct flow f = {0};

	open_flow(&f, topic, "backPressureForAsyncSendNum=50");
	for (int i = 0; i < BATCH; i++)
		batch[i] = f.message;
	for (int i = 0; i < ROUNDS; i++) {
		expect_ok(rmq_producer_send_batch_async(f.producer, batch, BATCH, f.options,
							on_batch, &f, &detail),
			  detail);
		expect_ok(rmq_producer_send_oneway(f.producer, f.message, f.options, &detail),
			  detail);
		expect(rmq_producer_in_flight(f.producer) <= MOST);
	}
	expect_ok(rmq_producer_flush(f.producer, -1, &detail), detail);
	expect_int(f.stored, ROUNDS * BATCH);
	expect_int(rmq_producer_in_flight(f.producer), 0);
	expect_stored(topic, ROUNDS * (BATCH + 1));
	close_flow(&f);
}

static void flow__a_message_larger_than_the_limit_passes_alone(void)
{
	static char body[300 * 1024];
	const char *topic = new_topic(1);
	rmq_error_detail *detail = NULL;
	struct flow f = {0};

	open_flow(&f, topic, "backPressureForAsyncSendSize=1000");
	random_bytes(1, body, sizeof(body));
	expect_ok(rmq_message_set_body(f.message, body, sizeof(body), &detail), detail);
	for (int i = 0; i < 5; i++)
		expect_int(try_send(&f), RMQ_OK);
	expect_ok(rmq_producer_flush(f.producer, -1, &detail), detail);
	expect_int(f.stored, 5);
	expect_stored(topic, 5);
	close_flow(&f);
}

static void send_on(void *arg)
{
	struct flow *f = arg;

	atomic_fetch_add(&f->rooms, 1);
	while (f->to_send > 0 && try_send(f) == RMQ_OK)
		atomic_fetch_sub(&f->to_send, 1);
}

static int is_all_sent(void *arg)
{
	struct flow *f = arg;

	return f->stored + f->failed >= MESSAGES;
}

static void flow__a_refused_producer_is_told_of_room_and_stores_all(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_error_detail *detail = NULL;
	struct flow f = {.to_send = MESSAGES};

	open_flow(&f, topic, "backPressureForAsyncSendNum=50 backPressurePolicy=FAIL");
	expect_ok(rmq_producer_set_room_fn(f.producer, send_on, &f, &detail), detail);
	while (f.to_send > 0 && try_send(&f) == RMQ_OK)
		atomic_fetch_sub(&f.to_send, 1);
	expect(wait_until(is_all_sent, &f, SOON_MS));
	expect_int(f.stored, MESSAGES);
	expect(f.rooms > 0);
	expect_stored(topic, MESSAGES);
	close_flow(&f);
}

static void flow__a_close_delivers_ten_thousand_in_flight(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_error_detail *detail = NULL;
	struct flow f = {0};

	open_flow(&f, topic, NULL);
	for (int i = 0; i < MANY; i++)
		expect_int(try_send(&f), RMQ_OK);
	expect_ok(rmq_producer_close(f.producer, SOON_MS, &detail), detail);
	expect_int(f.stored, MANY);
	expect_int(f.failed, 0);
	expect_nothing_undelivered(f.producer);
	expect_stored(topic, MANY);
	close_flow(&f);
}

/* What the broker has is told as stored, or as maybe stored, but never as not stored. */
static void flow__a_close_without_time_tells_the_truth(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_error_detail *detail = NULL;
	rmq_undelivered *u = NULL;
	struct flow f = {0};
	int maybe = 0;

	open_flow(&f, topic, NULL);
	for (int i = 0; i < MESSAGES; i++)
		expect_int(try_send(&f), RMQ_OK);
	(void)!rmq_producer_close(f.producer, 0, NULL);
	(void)!rmq_producer_close(f.producer, SOON_MS, NULL);
	expect_int(f.stored + f.failed, MESSAGES);
	expect_ok(rmq_producer_undelivered(f.producer, &u, &detail), detail);
	expect_int(rmq_undelivered_count(u), f.failed);
	for (size_t i = 0; i < rmq_undelivered_count(u); i++) {
		const rmq_undelivered_message *m = rmq_undelivered_at(u, i);

		expect_int(strlen(rmq_undelivered_message_id(m)), 32);
		expect_text(rmq_undelivered_message_topic(m), topic);
		maybe += rmq_undelivered_message_is_maybe_stored(m);
	}
	let_pass(QUIET_MS);
	note("told: %d stored, %d failed, %d of them maybe stored; the brokers have %lld", f.stored,
	     f.failed, maybe, (long long)stored_count(topic));
	expect(stored_count(topic) >= f.stored);
	expect(stored_count(topic) <= f.stored + maybe);
	rmq_undelivered_free(u);
	close_flow(&f);
}

static void count_free(void *body, size_t len, void *arg)
{
	(void)body;
	(void)len;
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void flow__a_body_that_was_given_is_sent_and_freed_once(void)
{
	static char body[1024 * 1024];
	const char *topic = new_topic(QUEUES);
	rmq_error_detail *detail = NULL;
	atomic_int freed = 0;
	struct flow f = {0};

	open_flow(&f, topic, NULL);
	rmq_message_free(f.message);
	random_bytes(2, body, sizeof(body));
	f.message = rmq_message_new_given(topic, body, sizeof(body), count_free, &freed);
	for (int i = 0; i < 8; i++)
		expect_int(try_send(&f), RMQ_OK);
	rmq_message_free(f.message);
	f.message = NULL;
	expect_ok(rmq_producer_flush(f.producer, -1, &detail), detail);
	expect_int(f.stored, 8);
	expect_int(freed, 1);
	expect_stored(topic, 8);
	close_flow(&f);
}

static const struct behaviour flow_list[] = {
	BEHAVIOUR(flow__a_bounded_producer_stays_in_its_limits_and_stores_all, 0),
	BEHAVIOUR(flow__every_kind_that_goes_on_after_its_call_counts, 0),
	BEHAVIOUR(flow__a_message_larger_than_the_limit_passes_alone, 0),
	BEHAVIOUR(flow__a_refused_producer_is_told_of_room_and_stores_all, 0),
	BEHAVIOUR(flow__a_close_delivers_ten_thousand_in_flight, 0),
	BEHAVIOUR(flow__a_body_that_was_given_is_sent_and_freed_once, 0),
	BEHAVIOUR(flow__a_close_without_time_tells_the_truth, 0),
};

BEHAVIOURS(flow);
