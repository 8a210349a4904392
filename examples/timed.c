/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timed.c - sends two reminders that are delivered later, and takes the second one back.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 timed TOPIC DELAY-SECONDS
 *
 * The broker must be 5.3.2 or newer, with recallMessageEnable=true.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

/* NULL: not sent. */
static rmq_send_result *send_later(rmq_producer *producer, const char *topic, const char *text,
				   int64_t delay_sec)
{
	rmq_message *message = rmq_message_new(topic, text, strlen(text));
	rmq_send_result *result = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (message)
		err = rmq_message_set_delay_time_sec(message, delay_sec, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_send(producer, message, NULL, &result, &detail);
	if (err == RMQ_OK)
		printf("in %lld s: %s\n", (long long)delay_sec, text);
	else
		fprintf(stderr, "not sent: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_message_free(message);
	return result;
}

/* The handle is a text: it can be kept, and used by another process. */
static int take_back(rmq_producer *producer, const char *topic, const char *handle)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = rmq_producer_recall(producer, topic, handle, &detail);

	if (err == RMQ_OK)
		printf("taken back\n");
	else
		fprintf(stderr, "%s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	return err == RMQ_OK ? 0 : 1;
}

static int remind(rmq_producer *producer, const char *topic, int64_t delay_sec)
{
	rmq_send_result *first = send_later(producer, topic, "pay the bill\n", delay_sec);
	rmq_send_result *second = send_later(producer, topic, "last warning\n", delay_sec);
	int status = 1;

	if (first && second)
		status = take_back(producer, topic, rmq_send_result_recall_handle(second));
	rmq_send_result_free(first);
	rmq_send_result_free(second);
	return status;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	int status = 1;

	if (argc != 3) {
		fprintf(stderr, "usage: timed TOPIC DELAY-SECONDS\n");
		status = 2;
	} else if (rmq_producer_new(config, "example-timed", &producer, &detail) != RMQ_OK ||
		   rmq_producer_start(producer, &detail) != RMQ_OK) {
		fprintf(stderr, "timed: %s\n", rmq_error_detail_message(detail));
	} else {
		status = remind(producer, argv[1], strtoll(argv[2], NULL, 10));
	}
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return status;
}
