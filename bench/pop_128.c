/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop_128.c - a simple consumer on a backlog of a million messages of 128 bytes in 8 queues, beside a raw loop that
 * pops and acknowledges the same. IN_FLIGHT receives of 32 are under way, and what each brought is acknowledged with
 * one request. See README.md.
 *
 * Every round ends with an audit: each message once, and nothing is left open.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <rocketmq/simple_consumer.h>

#include "base/executor.h"
#include "bench/support/backlog.h"
#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/pops.h"
#include "bench/support/scene.h"

enum {
	MESSAGES = 1000 * 1000,
	IN_FLIGHT = 16,
	POP = 32,                  /* what a broker gives at most */
	INVISIBLE_MS = 600 * 1000, /* nothing comes again meanwhile */
	WAIT_MS = 0, /* nobody waits for more than there is: the end of a run is no time-out */
	PATIENCE_MS = 10 * 1000,
	RUN_MS = 120 * 1000
};

#define TOPIC "backlog"

static size_t all;
static rmq_simple_consumer *consumer;

static void audit(const rmq_messages *list)
{
	for (size_t i = 0; i < rmq_messages_count(list); i++)
		backlog_take(rmq_messages_at(list, i));
}

static size_t pointers(const rmq_messages *list, const rmq_message *out[POP])
{
	for (size_t i = 0; i < rmq_messages_count(list); i++)
		out[i] = rmq_messages_at(list, i);
	return rmq_messages_count(list);
}

/* --- Threads that wait ---------------------------------------------------------------------------- */

static void ack(const rmq_messages *list)
{
	const rmq_message *messages[POP];
	rmq_error_detail *detail = NULL;
	size_t count = pointers(list, messages);

	if (count > 0 &&
	    rmq_simple_consumer_ack_batch(consumer, messages, count, NULL, &detail) != RMQ_OK)
		bench_die("ack: %s", rmq_error_detail_message(detail));
}

static void *work(void *arg)
{
	while (backlog_taken() < all) {
		rmq_error_detail *detail = NULL;
		rmq_messages *list = NULL;

		if (rmq_simple_consumer_receive(consumer, POP, INVISIBLE_MS, WAIT_MS, &list,
						&detail) != RMQ_OK)
			bench_die("receive: %s", rmq_error_detail_message(detail));
		audit(list);
		ack(list);
		rmq_messages_free(list);
	}
	return arg;
}

static void run_threads(void)
{
	pthread_t threads[IN_FLIGHT];

	for (size_t i = 0; i < IN_FLIGHT; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			bench_die("no thread");
	for (size_t i = 0; i < IN_FLIGHT; i++)
		pthread_join(threads[i], NULL);
}

/* --- Callbacks ----------------------------------------------------------------------------------- */

static atomic_size_t receiving;
static struct rmqi_event all_received;

static void receive_next(void);

static void on_acked(enum rmq_error error, const enum rmq_error *results, size_t count,
		     const rmq_error_detail *detail, void *arg)
{
	(void)results, (void)count, (void)arg;
	if (error != RMQ_OK)
		bench_die("ack: %s", rmq_error_detail_message(detail));
}

static void ack_async(const rmq_messages *list)
{
	const rmq_message *messages[POP];
	rmq_error_detail *detail = NULL;
	size_t count = pointers(list, messages);

	if (count > 0 && rmq_simple_consumer_ack_batch_async(consumer, messages, count, on_acked,
							     NULL, &detail) != RMQ_OK)
		bench_die("ack: %s", rmq_error_detail_message(detail));
}

static void on_received(enum rmq_error error, rmq_messages *list, const rmq_error_detail *detail,
			void *arg)
{
	(void)arg;
	if (error != RMQ_OK)
		bench_die("receive: %s", rmq_error_detail_message(detail));
	audit(list);
	ack_async(list);
	rmq_messages_free(list);
	if (backlog_taken() < all)
		receive_next();
	else if (atomic_fetch_sub(&receiving, 1) == 1)
		rmqi_event_set(&all_received);
}

static void receive_next(void)
{
	rmq_error_detail *detail = NULL;

	if (rmq_simple_consumer_receive_async(consumer, POP, INVISIBLE_MS, WAIT_MS, on_received,
					      NULL, &detail) != RMQ_OK)
		bench_die("receive: %s", rmq_error_detail_message(detail));
}

static void run_callbacks(void)
{
	rmqi_event_reset(&all_received);
	receiving = IN_FLIGHT;
	for (size_t i = 0; i < IN_FLIGHT; i++)
		receive_next();
	if (!rmqi_event_wait(&all_received, rmqi_clock_deadline(rmqi_clock_real(), RUN_MS)))
		bench_die("%zu of %zu messages came", backlog_taken(), all);
}

/* --- Rounds ---------------------------------------------------------------------------------------- */

static const struct form {
	const char *name; /* behind the metrics; the first has none */
	void (*run)(void);
} forms[] = {{"", run_threads}, {"async", run_callbacks}};

static void open_consumer(const rmq_config *config)
{
	static unsigned number;
	rmq_error_detail *detail = NULL;
	char group[64];

	snprintf(group, sizeof(group), "bench_%u", number++);
	if (rmq_simple_consumer_new(config, group, &consumer, &detail) != RMQ_OK ||
	    rmq_simple_consumer_subscribe(consumer, TOPIC, "*", &detail) != RMQ_OK ||
	    rmq_simple_consumer_start(consumer, &detail) != RMQ_OK ||
	    rmq_simple_consumer_wait_ready(consumer, PATIENCE_MS, &detail) != RMQ_OK)
		bench_die("consumer: %s", rmq_error_detail_message(detail));
}

static void close_consumer(void)
{
	rmq_error_detail *detail = NULL;

	if (rmq_simple_consumer_close(consumer, -1, &detail) != RMQ_OK)
		bench_die("close: %s", rmq_error_detail_message(detail));
	rmq_simple_consumer_free(consumer);
}

static struct bench_usage our_run(const struct form *f, const rmq_config *config)
{
	struct bench_usage start;

	backlog_begin();
	start = bench_usage_now();
	open_consumer(config);
	f->run();
	close_consumer();
	start = bench_usage_since(&start);
	bench_say("%s: all %zu once, all acknowledged", f->name[0] ? f->name : "threads",
		  backlog_taken());
	return start;
}

static struct bench_usage raw_run(void)
{
	const struct pops pops = {.topic = TOPIC,
				  .whole = all,
				  .in_flight = IN_FLIGHT,
				  .batch = POP,
				  .invisible_ms = INVISIBLE_MS};
	struct bench_usage start = bench_usage_now();

	pops_run(&pops);
	return bench_usage_since(&start);
}

static void run(const struct form *f, const struct bench_options *o)
{
	rmq_config *config = scene_config(RMQI_BINARY);

	scene_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	for (size_t i = 0; i < o->rounds + o->is_long; i++) { /* --long: the first one warms up */
		struct bench_usage raw = {NAN, NAN, NAN, NAN, NAN, NAN}, ours;

		if (!o->only_ours)
			raw = raw_run();
		ours = our_run(f, config);
		if (!o->is_long || i > 0)
			bench_figures_of(f->name, "messages_per_second", (double)all, &ours, &raw);
	}
	rmq_config_free(config);
}

int main(int argc, char **argv)
{
	struct bench_options options;
	size_t each;

	bench_init("pop_128", argc, argv, 3, 9, &options);
	each = (options.messages ? options.messages : MESSAGES) / SCENE_QUEUES;
	all = each * SCENE_QUEUES;
	rmqi_event_init(&all_received, rmqi_env_real());
	mock_start(argv[0]);
	backlog_fill(TOPIC, each);
	for (size_t i = 0; i < RMQI_COUNT(forms); i++)
		if (bench_wants(&options, i == 0 ? "threads" : forms[i].name))
			run(&forms[i], &options);
	mock_stop();
	bench_print();
	backlog_forget();
	rmqi_event_deinit(&all_received);
	return 0;
}
