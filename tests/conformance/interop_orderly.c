/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb hold: a member with an orderly listener, which takes a few milliseconds a message. It tells "HOLDS
 * <number>" when it gets or loses queues, and "MSG <body>" with the queue and offset of each message; it leaves when
 * --count came, or when the file --until-file is there.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/conformance/interop.h"

static atomic_long came;

static void nap(long ms)
{
	const struct timespec pause = {ms / 1000, ms % 1000 * 1000 * 1000};

	nanosleep(&pause, NULL);
}

static void say(const rmq_message *const *messages, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct rmq_queue *q = rmq_message_queue(messages[i]);
		size_t len;
		const char *body = rmq_message_body(messages[i], &len);

		printf("MSG %.*s\tqueue=%s:%d:%lld\n", (int)len, body, q->broker_name,
		       (int)q->queue_id, (long long)rmq_message_queue_offset(messages[i]));
	}
	fflush(stdout);
	nap(5);
	atomic_fetch_add(&came, (long)count);
}

static enum rmq_orderly_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_orderly_context *context, void *arg)
{
	(void)c, (void)context, (void)arg;
	say(messages, count);
	return RMQ_ORDERLY_SUCCESS;
}

static enum rmq_consume_status take_popped(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)context, (void)arg;
	say(messages, count);
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_error set_listener(rmq_push_consumer *c, rmq_error_detail **detail)
{
	if (strcmp(interop_options.verb, "hold") == 0)
		return rmq_push_consumer_set_orderly_listener(c, take, NULL, detail);
	return rmq_push_consumer_set_listener(c, take_popped, NULL, detail);
}

/* True: it is to go on. */
static int is_wanted(int64_t *left_ms)
{
	nap(5);
	*left_ms -= 5;
	return atomic_load(&came) < interop_options.count &&
	       (!interop_options.until_file || access(interop_options.until_file, F_OK) != 0) &&
	       *left_ms > 0;
}

int interop_hold(void)
{
	rmq_push_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	int64_t left_ms = interop_options.timeout_s * 1000;
	size_t held = 0;

	if (strcmp(interop_options.verb, "hold") != 0 && strcmp(interop_options.verb, "pop") != 0)
		return 2;
	if (rmq_push_consumer_new(interop_config, interop_options.group, &c, &detail) != RMQ_OK ||
	    rmq_push_consumer_subscribe(c, interop_options.topic, "*", &detail) != RMQ_OK ||
	    set_listener(c, &detail) != RMQ_OK || rmq_push_consumer_start(c, &detail) != RMQ_OK)
		interop_die("consumer", detail);
	while (is_wanted(&left_ms)) {
		size_t now = rmq_push_consumer_queue_count(c);

		if (now != held)
			printf("HOLDS %zu\n", now);
		if (now != held)
			fflush(stdout);
		held = now;
	}
	if (rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		interop_die("close", detail);
	rmq_push_consumer_free(c);
	return left_ms <= 0;
}
