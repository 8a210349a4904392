/* SPDX-License-Identifier: Apache-2.0 */
/*
 * global_order.c - all messages of a topic in one order: they are sent to one queue, one after the other, and
 * an orderly listener gets them in that order. It fails some of them at first, and checks each number.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 global_order TOPIC GROUP COUNT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

static long count, last, again; /* of the listener, which runs once at a time: there is one queue */

/* Thread: a consume thread. */
static enum rmq_orderly_status take(rmq_push_consumer *consumer, const rmq_message *const *messages,
				    size_t n, rmq_orderly_context *context, void *arg)
{
	size_t len;
	long number = strtol(rmq_message_body(messages[0], &len), NULL, 10);

	(void)consumer, (void)n, (void)arg;
	if (number % 10 == 0 && rmq_message_reconsume_times(messages[0]) == 0) {
		again++;
		rmq_orderly_context_set_suspend_time(context, 50);
		return RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT; /* nothing passes it */
	}
	if (number != last + 1) {
		fprintf(stderr, "global_order: %ld came after %ld\n", number, last);
		exit(1);
	}
	last = number;
	if (last == count)
		kill(getpid(), SIGTERM);
	return RMQ_ORDERLY_SUCCESS;
}

/* The queues of a topic must be there before the first message: with another number of them the others would go
 * elsewhere. */
static enum rmq_error make_topic(const rmq_config *config, const char *topic, int queues,
				 rmq_error_detail **detail)
{
	rmq_topic_settings *settings = rmq_topic_settings_new();
	rmq_admin *admin = NULL;
	enum rmq_error err = rmq_admin_new(config, &admin, detail);

	if (err == RMQ_OK)
		err = rmq_topic_settings_set_queues(settings, queues, detail);
	if (err == RMQ_OK)
		err = rmq_admin_create_topic(admin, NULL, topic, settings, NULL, detail);
	rmq_admin_free(admin);
	rmq_topic_settings_free(settings);
	return err;
}

/* To the first queue, each when the one before is stored. */
static enum rmq_error send_all(rmq_producer *producer, const char *topic, rmq_error_detail **detail)
{
	rmq_send_options *options = rmq_send_options_new();
	rmq_queues *queues = NULL;
	enum rmq_error err = rmq_producer_queues(producer, topic, &queues, detail);

	if (err == RMQ_OK)
		err = rmq_send_options_set_queue(options, rmq_queues_at(queues, 0), detail);
	for (long i = 1; err == RMQ_OK && i <= count; i++) {
		char body[32];
		int len = snprintf(body, sizeof(body), "%ld", i);
		rmq_message *message = rmq_message_new(topic, body, (size_t)len + 1);

		err = rmq_producer_send(producer, message, options, NULL, detail);
		rmq_message_free(message);
	}
	rmq_queues_free(queues);
	rmq_send_options_free(options);
	return err;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *producer = NULL;
	rmq_push_consumer *consumer = NULL;
	rmq_error_detail *detail = NULL;
	sigset_t end;
	int caught, ok;

	if (argc != 4)
		return fprintf(stderr, "usage: global_order TOPIC GROUP COUNT\n"), 2;
	count = strtol(argv[3], NULL, 10);
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL); /* before any thread exists: for sigwait */
	ok = rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail) ==
		     RMQ_OK &&
	     make_topic(config, argv[1], 1, &detail) == RMQ_OK &&
	     rmq_producer_new(config, "example-global-order", &producer, &detail) == RMQ_OK &&
	     rmq_producer_start(producer, &detail) == RMQ_OK &&
	     send_all(producer, argv[1], &detail) == RMQ_OK &&
	     rmq_push_consumer_new(config, argv[2], &consumer, &detail) == RMQ_OK &&
	     rmq_push_consumer_subscribe(consumer, argv[1], "*", &detail) == RMQ_OK &&
	     rmq_push_consumer_set_orderly_listener(consumer, take, NULL, &detail) == RMQ_OK &&
	     rmq_push_consumer_start(consumer, &detail) == RMQ_OK && sigwait(&end, &caught) == 0 &&
	     rmq_push_consumer_close(consumer, -1, &detail) == RMQ_OK;
	if (ok)
		printf("1 to %ld in order, %ld of them delivered twice\n", last, again);
	else
		fprintf(stderr, "global_order: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(consumer);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
