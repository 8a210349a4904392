/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape - clients under way while a script changes the shape of a real cluster (tests/apache/shapes).
 *
 *     shape load    --topic T --group G [--members N] [--rate PER-SECOND] [--known N]
 *                   [--fail-every N] [--patience S] [--linger MS] [--watch 1]
 *     shape send    --topic T        one message, which is none of load's numbers
 *     shape ready   --topic T --group G [--patience S]
 *     shape offsets --topic T [--group G]
 *     shape create-topic --topic T --queues N [--patience S]    on all brokers
 *     all: --namesrv A [--set key=value]; with RMQ_SHAPE_LOG set they log
 *
 * load sends numbered messages to its own members until its input says "stop" or ends, waits until
 * all that was acknowledged has come, and then a little for what comes again. --known N: the
 * numbers below N were acknowledged before; with --rate 0 nothing else is sent. --watch 1: asks the brokers
 * now and then for what is committed, so that it knows what may not come again; not where that may be lost.
 *
 *     EVENT kind topic text                                  of the clients' event callback
 *     PROGRESS sent=9 acked=9 came=9 retried=0 again=0 ready=2 held=8 shared=0   five times a second
 *     SUMMARY acked=9 ... (shape_load.c)                     one line
 *     SENT status broker-a                                   of send; or FAILED code text
 *     CREATED topic                                          of create-topic; or FAILED code text
 *     READY 8                                                of ready; or FAILED code text
 *     ROW broker-a 0 min max committed                       of offsets; or AWAY broker-a 0 code text
 *
 * lost: acknowledged and never delivered. copies: one more place that a message was stored at, as a send
 * was repeated; unexplained_copies: more places than attempts. again: delivered again from the same place, though no
 * listener refused it; unexplained: for none of the causes of repeats.h; tenures, floored: those, too. held: tenures now;
 * shared: queues that more than one member holds.
 * Exit status: 0 it ran (the script judges), 1 not, 2 wrong use.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

#include "tests/conformance/shape.h"

/* Who is slow for less than that is waited for, and not sent to elsewhere. */
enum { SEND_MS = 30 * 1000 };

struct shape_options shape_options = {.group = "shape",
				      .members = 1,
				      .rate = 100,
				      .patience_s = 60,
				      .linger_ms = 2000,
				      .queues = 4};

rmq_config *shape_config;

void shape_say(const char *format, ...)
{
	va_list args;

	flockfile(stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
}

static void say_failed(enum rmq_error error, rmq_error_detail *detail)
{
	shape_say("FAILED %d %s", (int)error, rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
}

void shape_must(enum rmq_error error, rmq_error_detail **detail, const char *what)
{
	if (error == RMQ_OK)
		return;
	fprintf(stderr, "shape: %s: %s\n", what, rmq_error_detail_message(*detail));
	exit(1);
}

static void on_event(const rmq_event *e, void *arg)
{
	(void)arg;
	shape_say("EVENT %d %s %s", (int)rmq_event_kind(e), rmq_event_topic(e), rmq_event_text(e));
}

void shape_set(const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	shape_must(rmq_config_set(shape_config, key, value, &detail), &detail, key);
}

rmq_producer *shape_producer_new(void)
{
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	shape_must(rmq_producer_new(shape_config, "shape-producer", &p, &detail), &detail, "producer");
	shape_must(rmq_producer_start(p, &detail), &detail, "producer");
	return p;
}

enum rmq_error shape_send(rmq_producer *p, long number, rmq_send_result **result,
			  rmq_error_detail **detail)
{
	static const int64_t budget_ms = SEND_MS;
	rmq_send_options *o = rmq_send_options_new();
	enum rmq_error error;
	char body[16];
	rmq_message *m;

	snprintf(body, sizeof(body), "%08ld", number);
	m = rmq_message_new(shape_options.topic, body, strlen(body));
	if (!m || !o)
		exit(1);
	shape_must(rmq_send_options_set_timeout(o, budget_ms, detail), detail, "timeout");
	error = rmq_producer_send(p, m, o, result, detail);
	rmq_message_free(m);
	rmq_send_options_free(o);
	return error;
}

/* --- The others ---------------------------------------------------------------------------- */

static int do_send(void)
{
	rmq_producer *p = shape_producer_new();
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error error = shape_send(p, -1, &r, &detail);

	if (error == RMQ_OK)
		shape_say("SENT %d %s", (int)rmq_send_result_status(r),
		    rmq_send_result_queue(r)->broker_name);
	else
		say_failed(error, detail);
	rmq_send_result_free(r);
	rmq_producer_free(p);
	return 0;
}

static int do_ready(void)
{
	rmq_push_consumer *c = shape_member_new(0);
	rmq_error_detail *detail = NULL;
	enum rmq_error error = rmq_push_consumer_wait_ready(c, shape_options.patience_s * 1000, &detail);

	if (error == RMQ_OK)
		shape_say("READY %zu", rmq_push_consumer_queue_count(c));
	else
		say_failed(error, detail);
	rmq_push_consumer_free(c);
	return 0;
}

static void say_row(const rmq_queue_offsets *q)
{
	const struct rmq_queue *queue = rmq_queue_offsets_queue(q);

	if (rmq_queue_offsets_error(q) == RMQ_OK)
		shape_say("ROW %s %d %" PRId64 " %" PRId64 " %" PRId64, queue->broker_name,
		    (int)queue->queue_id, rmq_queue_offsets_min(q), rmq_queue_offsets_max(q),
		    rmq_queue_offsets_consumer(q));
	else
		shape_say("AWAY %s %d %d %s", queue->broker_name, (int)queue->queue_id,
		    (int)rmq_queue_offsets_error(q),
		    rmq_error_detail_message(rmq_queue_offsets_detail(q)));
}

static int do_offsets(void)
{
	rmq_admin *a = NULL;
	rmq_topic_offsets *offsets = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error error;

	shape_must(rmq_admin_new(shape_config, &a, &detail), &detail, "admin");
	error = rmq_admin_topic_offsets(a, shape_options.topic, shape_options.group, NULL, &offsets, &detail);
	if (error != RMQ_OK)
		say_failed(error, detail);
	for (size_t i = 0; i < rmq_topic_offsets_count(offsets); i++)
		say_row(rmq_topic_offsets_at(offsets, i));
	rmq_topic_offsets_free(offsets);
	rmq_admin_free(a);
	return 0;
}

/* On all brokers. Patient: one that has just come up on a busy machine takes its time. */
static int do_create_topic(void)
{
	rmq_admin *a = NULL;
	rmq_topic_settings *settings = rmq_topic_settings_new();
	rmq_admin_options *o = rmq_admin_options_new();
	rmq_error_detail *detail = NULL;
	enum rmq_error error;

	shape_must(rmq_admin_new(shape_config, &a, &detail), &detail, "admin");
	shape_must(rmq_topic_settings_set_queues(settings, (int)shape_options.queues, &detail), &detail,
	     "queues");
	shape_must(rmq_admin_options_set_timeout(o, shape_options.patience_s * 1000, &detail), &detail,
	     "timeout");
	error = rmq_admin_create_topic(a, "DefaultCluster", shape_options.topic, settings, o, &detail);
	if (error == RMQ_OK)
		shape_say("CREATED %s", shape_options.topic);
	else
		say_failed(error, detail);
	rmq_admin_options_free(o);
	rmq_topic_settings_free(settings);
	rmq_admin_free(a);
	return error != RMQ_OK;
}

/* --- Options ---------------------------------------------------------------------------------- */

static _Noreturn void usage(void)
{
	fputs("usage: shape load|send|ready|offsets|create-topic --namesrv A --topic T [--option value] ...\n",
	      stderr);
	exit(2);
}

static void set_pair(const char *pair)
{
	char key[128];
	const char *value = strchr(pair, '=');

	if (!value || (size_t)(value - pair) >= sizeof(key))
		usage();
	snprintf(key, sizeof(key), "%.*s", (int)(value - pair), pair);
	shape_set(key, value + 1);
}

static void read_option(const char *name, const char *value)
{
	static const struct {
		const char *name;
		long *number;
	} numbers[] = {{"--members", &shape_options.members},     {"--rate", &shape_options.rate},
		       {"--known", &shape_options.known},         {"--fail-every", &shape_options.fail_every},
		       {"--patience", &shape_options.patience_s}, {"--linger", &shape_options.linger_ms},
		       {"--queues", &shape_options.queues},
		       {"--watch", &shape_options.watch}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(name, numbers[i].name) == 0) {
			*numbers[i].number = strtol(value, NULL, 10);
			return;
		}
	if (strcmp(name, "--namesrv") == 0)
		shape_set("namesrvAddr", value);
	else if (strcmp(name, "--topic") == 0)
		shape_options.topic = value;
	else if (strcmp(name, "--group") == 0)
		shape_options.group = value;
	else if (strcmp(name, "--set") == 0)
		set_pair(value);
	else
		usage();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} verbs[] = {{"load", shape_load},
		     {"send", do_send},
		     {"ready", do_ready},
		     {"offsets", do_offsets},
		     {"create-topic", do_create_topic}};

	shape_config = rmq_config_new();
	if (!shape_config || argc < 2 || argc % 2 != 0)
		usage();
	rmq_config_set_event_fn(shape_config, on_event, NULL);
	if (getenv("RMQ_SHAPE_LOG"))
		rmq_config_set_log(shape_config, rmq_log_stderr, RMQ_LOG_INFO, NULL);
	for (int i = 2; i < argc; i += 2)
		read_option(argv[i], argv[i + 1]);
	if (!shape_options.topic || shape_options.members > 8 || shape_options.known > 100 * 1000)
		usage();
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run();
	usage();
}
