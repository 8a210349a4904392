/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_128.c - a push consumer on a backlog of a million messages of 128 bytes, beside
 * raw pull loops on the same queues. See README.md.
 *
 * Every round ends with an audit: each message once, at the offset it was stored at.
 */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rocketmq/push_consumer.h>

#include "base/executor.h"
#include "base/mem.h"
#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/pulls.h"
#include "bench/support/scene.h"

enum { MESSAGES = 1000 * 1000, MANY_QUEUES = 64, PATIENCE_MS = 120 * 1000 };

static struct stock few = {.topic = "backlog", .queues = SCENE_QUEUES};
static struct stock many = {.topic = "backlog_64", .queues = MANY_QUEUES};

/* --- Ours ------------------------------------------------------------------------------------ */

static atomic_uchar *seen[MANY_QUEUES];
static _Atomic uint64_t greatest[MANY_QUEUES];
static atomic_size_t received, overtaken;
static uint64_t allocations_of_start; /* up to the first quarter of the messages */
static struct rmqi_event all_received;
static const struct stock *now; /* that is consumed */

static void audit(const rmq_message *m)
{
	uint64_t number, before;
	uint32_t queue;
	const void *body;
	size_t len;

	body = rmq_message_body(m, &len);
	if (!scene_read_body(body, len, &queue, &number) || queue >= now->queues ||
	    number >= now->each || rmq_message_queue(m)->queue_id != (int32_t)queue ||
	    rmq_message_queue_offset(m) != (int64_t)number)
		bench_die("a message that was not sent so");
	if (atomic_fetch_add_explicit(&seen[queue][number], 1, memory_order_relaxed) != 0)
		bench_die("message %llu of queue %u came twice", (unsigned long long)number, queue);
	/* A concurrent listener has no order; how far from it is good to know. */
	before = atomic_load_explicit(&greatest[queue], memory_order_relaxed);
	if (number < before)
		atomic_fetch_add_explicit(&overtaken, 1, memory_order_relaxed);
	else
		atomic_store_explicit(&greatest[queue], number, memory_order_relaxed);
}

static void take(const rmq_message *const *messages, size_t count)
{
	size_t whole = now->each * now->queues, so_far;

	for (size_t i = 0; i < count; i++)
		audit(messages[i]);
	so_far = atomic_fetch_add_explicit(&received, count, memory_order_relaxed) + count;
	if (so_far >= whole / 4 && so_far - count < whole / 4)
		allocations_of_start = rmqi_mem_allocations();
	if (so_far == whole)
		rmqi_event_set(&all_received);
}

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)context, (void)arg;
	take(messages, count);
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_orderly_status in_order(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_orderly_context *context, void *arg)
{
	(void)c, (void)context, (void)arg;
	take(messages, count);
	return RMQ_ORDERLY_SUCCESS;
}

static void reset_audit(const struct stock *b)
{
	now = b;
	for (size_t i = 0; i < b->queues; i++) {
		seen[i] = realloc(seen[i], b->each);
		if (!seen[i])
			bench_die("out of memory");
		memset(seen[i], 0, b->each);
		greatest[i] = 0;
	}
	received = overtaken = 0;
	rmqi_event_reset(&all_received);
}

static rmq_push_consumer *open_consumer(const rmq_config *config, const char *topic,
					bool is_orderly)
{
	static unsigned number;
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;
	char group[64];

	snprintf(group, sizeof(group), "bench_%u", number++);
	if (rmq_push_consumer_new(config, group, &c, &detail) != RMQ_OK ||
	    (is_orderly
		     ? rmq_push_consumer_set_orderly_listener(c, in_order, NULL, &detail)
		     : rmq_push_consumer_set_listener(c, on_messages, NULL, &detail)) != RMQ_OK ||
	    rmq_push_consumer_subscribe(c, topic, "*", &detail) != RMQ_OK ||
	    rmq_push_consumer_start(c, &detail) != RMQ_OK)
		bench_die("consumer: %s", rmq_error_detail_message(detail));
	return c;
}

/* --- Forms ----------------------------------------------------------------------------------- */

struct form {
	const char *name; /* behind the metrics; the first has none */
	struct stock *stock;
	enum rmqi_serialization serialization;
	int pull;          /* pullBatchSize */
	const char *batch; /* consumeMessageBatchMaxSize */
	bool is_orderly;
	const char *
		share; /* the metric that compares it with the first form, of the same round; or NULL */
};

static const struct form forms[] = {
	{"", &few, RMQI_BINARY, 32, "1", false, NULL},
	{"json", &few, RMQI_JSON, 32, "1", false, NULL},
	{"batch32", &few, RMQI_BINARY, 32, "32", false, NULL},
	{"orderly", &few, RMQI_BINARY, 32, "1", true, "orderly_to_concurrent"},
	{"64_queues", &many, RMQI_BINARY, 32, "1", false, "64_queues_to_8"},
	{"pull_128", &few, RMQI_BINARY, 128, "1", false, NULL},
};

static rmq_config *config_of(const struct form *f)
{
	rmq_config *config = scene_config(f->serialization);
	char pull[16];

	snprintf(pull, sizeof(pull), "%d", f->pull);
	scene_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	scene_set(config, "consumeMessageBatchMaxSize", f->batch);
	scene_set(config, "pullBatchSize", pull);
	return config;
}

/* `later`: what was allocated for the last three quarters of the messages. */
static struct bench_usage our_run(const struct form *f, uint64_t *later)
{
	rmq_config *config = config_of(f);
	rmq_error_detail *detail = NULL;
	size_t whole = f->stock->each * f->stock->queues;
	struct bench_usage start;
	rmq_push_consumer *c;

	reset_audit(f->stock);
	start = bench_usage_now();
	c = open_consumer(config, f->stock->topic, f->is_orderly);
	if (!rmqi_event_wait(&all_received, rmqi_clock_deadline(rmqi_clock_real(), PATIENCE_MS)))
		bench_die("%zu of %zu messages came", (size_t)received, whole);
	*later = rmqi_mem_allocations() - allocations_of_start;
	if (rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		bench_die("close: %s", rmq_error_detail_message(detail));
	rmq_push_consumer_free(c);
	start = bench_usage_since(&start);
	rmq_config_free(config);
	if (f->is_orderly && overtaken > 0)
		bench_die("%zu messages came behind a later one of their queue", (size_t)overtaken);
	bench_say("%s: all %zu once; %zu behind a later one of their queue", f->name,
		  (size_t)received, (size_t)overtaken);
	return start;
}

static double rate_of(const struct bench_usage *u, const struct stock *b)
{
	return (double)(b->each * b->queues) / u->wall_us * 1e6;
}

static struct bench_usage raw_run(struct pulls *p, const struct form *f, bool is_checked)
{
	struct bench_usage start = bench_usage_now();

	pulls_run(p, f->stock, is_checked);
	return bench_usage_since(&start);
}

/* Raw, raw with checks, ours, and the first form again if it is compared with that. */
static void round_of(const struct form *f, struct pulls *p, bool only_ours, bool is_warm_up)
{
	const struct form *first = &forms[0];
	struct bench_usage raw = {.wall_us = NAN}, checked = {.wall_us = NAN}, ours, beside;
	uint64_t later;

	if (!only_ours)
		raw = raw_run(p, f, false);
	if (!only_ours && f == first)
		checked = raw_run(p, f, true);
	if (f->share)
		beside = our_run(first, &later);
	ours = our_run(f, &later);
	if (is_warm_up)
		return;
	bench_figures_of(f->name, "messages_per_second",
			 (double)(f->stock->each * f->stock->queues), &ours, &raw);
	bench_figure_of("allocations_later", f->name, "per 1000 messages",
			(double)later / ((double)(f->stock->each * f->stock->queues) * 3 / 4000),
			NAN);
	if (f == first && !only_ours)
		bench_figure("messages_per_second_to_checking_loop", "messages/s",
			     rate_of(&ours, f->stock), rate_of(&checked, f->stock));
	if (f->share)
		bench_figure(f->share, "messages/s", rate_of(&ours, f->stock),
			     rate_of(&beside, first->stock));
}

static void run(const struct form *f, const struct bench_options *o)
{
	struct pulls p;

	if (f->stock == &many)
		stock_fill(&many); /* the fill of `few` stands already */
	if (!o->only_ours)
		pulls_init(&p, f->stock, f->serialization, f->pull);
	for (size_t i = 0; i < o->rounds + o->is_long; i++) /* --long: the first one warms up */
		round_of(f, &p, o->only_ours, o->is_long && i == 0);
	if (!o->only_ours)
		pulls_deinit(&p);
}

int main(int argc, char **argv)
{
	/* A broker gives 32 at most, unless it is told otherwise; who asks for 32 gets 32 as before. */
	static const char *const flags[] = {"--broker-settings",
					    "maxTransferCountOnMessageInMemory=128", NULL};
	struct bench_options options;
	char topic[32];
	size_t messages;

	bench_init("push_128", argc, argv, 3, 9, &options);
	messages = options.messages ? options.messages : MESSAGES;
	few.each = messages / few.queues;
	many.each = messages / many.queues;
	rmqi_event_init(&all_received, rmqi_env_real());
	mock_start_with(argv[0], flags);
	if (mock_is_given()) {
		snprintf(topic, sizeof(topic), "backlog_%d", (int)getpid());
		few.topic = topic;
	}
	stock_fill(&few);
	for (size_t i = 0; i < RMQI_COUNT(forms); i++)
		if (bench_wants(&options, i == 0 ? "plain" : forms[i].name))
			run(&forms[i], &options);
	mock_stop();
	bench_print();
	for (size_t i = 0; i < MANY_QUEUES; i++)
		free(seen[i]);
	rmqi_event_deinit(&all_received);
	return 0;
}
