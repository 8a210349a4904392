/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_sql.c - subscribes by a condition on properties, sends each line of standard input with its first
 * word as the property "amount", and prints the lines that the broker let through; ends after COUNT.
 *
 *     printf '5 tea\n50 shoes\n' | NAMESRV_ADDR=127.0.0.1:9876 filter_sql TOPIC "amount between 10 and 100" 1
 *
 * The topic exists, and brokers have enablePropertyFilter=true. doc/reference/filter.md says what an
 * expression means.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

static atomic_int left; /* messages that are still to come */

static enum rmq_consume_status print(rmq_push_consumer *consumer,
				     const rmq_message *const *messages, size_t count,
				     rmq_consume_context *context, void *arg)
{
	(void)consumer;
	(void)context;
	(void)arg;
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *body = rmq_message_body(messages[i], &len);

		printf("%.*s", (int)len, body);
		if (atomic_fetch_sub(&left, 1) == 1)
			kill(getpid(), SIGTERM);
	}
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_error send_lines(rmq_producer *producer, const char *topic,
				 rmq_error_detail **detail)
{
	enum rmq_error err = RMQ_OK;
	char line[1024], amount[32];

	while (err == RMQ_OK && fgets(line, sizeof(line), stdin)) {
		rmq_message *message = rmq_message_new(topic, line, strlen(line));

		snprintf(amount, sizeof(amount), "%.*s", (int)strcspn(line, " \n"), line);
		err = message ? rmq_message_set_property(message, "amount", amount, detail)
			      : RMQ_ERR_NO_MEMORY;
		if (err == RMQ_OK)
			err = rmq_producer_send(producer, message, NULL, NULL, detail);
		rmq_message_free(message);
	}
	return err;
}

/* What the broker thinks of the expression is told by wait_ready. */
static enum rmq_error begin(rmq_push_consumer *consumer, rmq_producer *producer, const char *topic,
			    const char *expression, rmq_error_detail **detail)
{
	enum rmq_error err = rmq_push_consumer_set_listener(consumer, print, NULL, detail);

	if (err == RMQ_OK)
		err = rmq_push_consumer_subscribe_sql(consumer, topic, expression, detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_start(consumer, detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_wait_ready(consumer, -1, detail);
	if (err == RMQ_OK)
		err = rmq_producer_start(producer, detail);
	if (err == RMQ_OK)
		err = send_lines(producer, topic, detail);
	return err;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_push_consumer *consumer = NULL;
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	sigset_t end;
	int caught, status = 1;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL); /* before any thread exists: for sigwait */
	atomic_store(&left, argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0);
	if (argc != 4) {
		fprintf(stderr, "usage: filter_sql TOPIC EXPRESSION COUNT < lines\n");
		status = 2;
	} else if (rmq_push_consumer_new(config, "example-filter", &consumer, &detail) != RMQ_OK ||
		   rmq_producer_new(config, "example-amounts", &producer, &detail) != RMQ_OK ||
		   begin(consumer, producer, argv[1], argv[2], &detail) != RMQ_OK) {
		fprintf(stderr, "filter_sql: %s\n", rmq_error_detail_message(detail));
	} else if (sigwait(&end, &caught) == 0) {
		status = 0;
	}
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_push_consumer_free(consumer);
	rmq_config_free(config);
	return status;
}
