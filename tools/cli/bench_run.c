/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_run.c - "bench produce", "bench consume", "bench latency".
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/bench_send.h"
#include "tools/cli/client.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/stop.h"
#include "tools/cli/values.h"

enum { CLOSE_MS = 10000, LOOK_US = 50 * 1000, READY_MS = 60000, REST_MS = 10000, USUAL_RATE = 1000, MS_US = 1000 };

static char *producer_statistics(void *client)
{
	char *json = NULL;

	return rmq_producer_statistics(client, &json, NULL) == RMQ_OK ? json : NULL;
}

static char *consumer_statistics(void *client)
{
	char *json = NULL;

	return rmq_push_consumer_statistics(client, &json, NULL) == RMQ_OK ? json : NULL;
}

/* --- produce ------------------------------------------------------------------------------------------------ */

int run_bench_produce(const struct args *a)
{
	struct bench_send s = {0};
	rmq_config *config = NULL;
	struct bench b;
	int status = bench_open(&b, a, "produce", "sent",
				args_has(a, OPTION_rate) ? "the time when each was to be sent"
							 : "the call that sent it");
	int ended;

	if (status != CLI_OK)
		return status;
	status = client_config(a, &config);
	if (status == CLI_OK)
		status = bench_send_open(&s, &b, config, 0);
	if (status == CLI_OK) {
		tally_start(a, &b.tally, "sent", producer_statistics, s.producer);
		bench_start(&b);
		bench_send_run(&s);
	}
	if (s.bench)
		bench_send_close(&s);
	rmq_config_free(config);
	ended = bench_end(&b, status == CLI_OK);
	return status == CLI_OK ? ended : status;
}

/* --- consume ------------------------------------------------------------------------------------------------ */

struct receiving {
	struct bench *bench;
	uint64_t run; /* 0: every message counts */
	rmq_push_consumer *consumer;
};

/* Of what it sent itself, from when it was due; else from when the broker stored it, by two clocks. */
static void see(struct receiving *r, const rmq_message *m)
{
	size_t len;
	const void *body = rmq_message_body(m, &len);
	struct bench_mark mark;

	if (!r->run && r->bench->tally.messages >= (uint64_t)r->bench->count)
		return;
	if (!r->run) {
		bench_note(r->bench, (value_now() - rmq_message_store_ms(m)) * MS_US, len);
		return;
	}
	if (len < sizeof(mark))
		return;
	memcpy(&mark, body, sizeof(mark));
	if (mark.run == r->run)
		bench_note(r->bench, bench_now_us() - mark.due_us, len);
}

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	struct receiving *r = arg;

	(void)c;
	(void)context;
	for (size_t i = 0; i < count; i++)
		see(r, messages[i]);
	if (r->bench->tally.messages >= (uint64_t)r->bench->count && !r->run)
		stop_now();
	return RMQ_CONSUME_SUCCESS;
}

/* A group of its own, unless one is named: what another bench has read is no backlog. */
static void group_of(const struct args *a, char *out, size_t size)
{
	const char *given = args_text(a, OPTION_consumer_group);

	if (given)
		snprintf(out, size, "%s", given);
	else
		snprintf(out, size, "rmq-cli-bench-%ld-%" PRId64, (long)getpid(), value_now());
}

static int join(struct receiving *r, rmq_config *config, const char *where)
{
	rmq_error_detail *detail = NULL;
	char group[160];
	int status = client_set(config, "consumeFromWhere", where);
	enum rmq_error err;

	if (status != CLI_OK)
		return status;
	group_of(r->bench->args, group, sizeof(group));
	err = rmq_push_consumer_new(config, group, &r->consumer, &detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_subscribe(r->consumer, r->bench->topic, "*", &detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_set_listener(r->consumer, on_messages, r, &detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_start(r->consumer, &detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_wait_ready(
			r->consumer, args_duration(r->bench->args, OPTION_timeout, READY_MS), &detail);
	return err == RMQ_OK ? CLI_OK : complain_of(group, err, detail);
}

static void leave(struct receiving *r)
{
	rmq_error_detail *detail = NULL;

	if (r->consumer && rmq_push_consumer_close(r->consumer, CLOSE_MS, &detail) != RMQ_OK)
		warn("%s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(r->consumer);
}

int run_bench_consume(const struct args *a)
{
	struct receiving r = {0};
	rmq_config *config = NULL;
	struct bench b;
	int status = bench_open(&b, a, "consume", "received", "the time when the broker stored it"), ended;

	if (status != CLI_OK)
		return status;
	r.bench = &b;
	status = client_config(a, &config);
	bench_start(&b);
	if (status == CLI_OK)
		status = join(&r, config, "CONSUME_FROM_FIRST_OFFSET");
	if (status == CLI_OK) {
		tally_start(a, &b.tally, "received", consumer_statistics, r.consumer);
		while (!bench_wait_us(&b, bench_now_us() + LOOK_US))
			;
	}
	leave(&r);
	rmq_config_free(config);
	ended = bench_end(&b, status == CLI_OK);
	return status == CLI_OK ? ended : status;
}

/* --- latency ------------------------------------------------------------------------------------------------ */

/* What is under way still comes, or does not. */
static void wait_for_rest(struct bench *b, const struct bench_send *s)
{
	int64_t until = bench_now_us() + args_duration(b->args, OPTION_timeout, REST_MS) * MS_US;

	while (b->tally.messages + b->tally.failed < (uint64_t)s->sent && bench_now_us() < until &&
	       !stop_by_signal())
		usleep(LOOK_US);
	if (b->tally.messages + b->tally.failed < (uint64_t)s->sent && !stop_by_signal())
		warn("%" PRId64 " messages were sent and did not come",
		     s->sent - (int64_t)(b->tally.messages + b->tally.failed));
}

int run_bench_latency(const struct args *a)
{
	struct bench_send s = {0};
	struct receiving r = {0};
	rmq_config *config = NULL;
	struct bench b;
	int status = bench_open(&b, a, "latency", "came", "the time when each was to be sent"), ended;

	if (status != CLI_OK)
		return status;
	b.rate = b.rate ? b.rate : USUAL_RATE;
	r = (struct receiving){.bench = &b, .run = ((uint64_t)value_now() << 20) ^ (uint64_t)getpid()};
	status = client_config(a, &config);
	if (status == CLI_OK)
		status = bench_send_open(&s, &b, config, r.run);
	if (status == CLI_OK)
		status = join(&r, config, "CONSUME_FROM_LAST_OFFSET");
	if (status == CLI_OK) {
		tally_start(a, &b.tally, "came", producer_statistics, s.producer);
		bench_start(&b);
		bench_send_run(&s);
		wait_for_rest(&b, &s);
	}
	leave(&r);
	if (s.bench)
		bench_send_close(&s);
	rmq_config_free(config);
	ended = bench_end(&b, status == CLI_OK);
	return status == CLI_OK ? ended : status;
}
