/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb share: a member that shares its topic with other clients by a strategy (--set
 * allocateMessageQueueStrategy=...). It tells "QUEUES broker-a:0 broker-a:1 ..." whenever it gets or loses some, and
 * "MSG <body>"; it leaves when the file --until-file is there.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/conformance/interop.h"

static void tell_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
			const rmq_queues *revoked, void *arg)
{
	const struct rmq_queue *q;

	(void)topic, (void)assigned, (void)revoked, (void)arg;
	flockfile(stdout);
	printf("QUEUES");
	for (size_t i = 0; (q = rmq_queues_at(held, i)) != NULL; i++)
		printf(" %s:%d", q->broker_name, (int)q->queue_id);
	printf("\n");
	fflush(stdout);
	funlockfile(stdout);
}

static enum rmq_consume_status tell_messages(rmq_push_consumer *c,
					     const rmq_message *const *messages, size_t count,
					     rmq_consume_context *context, void *arg)
{
	(void)c, (void)context, (void)arg;
	for (size_t i = 0; i < count; i++)
		interop_say_message(messages[i]);
	fflush(stdout);
	return RMQ_CONSUME_SUCCESS;
}

int interop_share(void)
{
	const struct timespec moment = {0, 20 * 1000 * 1000};
	time_t end = time(NULL) + interop_options.timeout_s;
	rmq_push_consumer *c = NULL;
	rmq_error_detail *detail = NULL;

	if (strcmp(interop_options.verb, "share") != 0 || !interop_options.until_file)
		return 2;
	if (rmq_push_consumer_new(interop_config, interop_options.group, &c, &detail) != RMQ_OK ||
	    rmq_push_consumer_subscribe(c, interop_options.topic, "*", &detail) != RMQ_OK ||
	    rmq_push_consumer_set_listener(c, tell_messages, NULL, &detail) != RMQ_OK ||
	    rmq_push_consumer_set_queues_fn(c, tell_queues, NULL, &detail) != RMQ_OK ||
	    rmq_push_consumer_start(c, &detail) != RMQ_OK)
		interop_die("consumer", detail);
	while (access(interop_options.until_file, F_OK) != 0 && time(NULL) < end)
		nanosleep(&moment, NULL);
	if (rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		interop_die("close", detail);
	rmq_push_consumer_free(c);
	return time(NULL) >= end;
}
