/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_ordered.c - sends one message a line of standard input; lines with the same first word go to the
 * same queue, and so stay in order. A Java producer that uses SelectMessageQueueByHash with the same
 * word chooses the same queue.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 send_ordered TOPIC < file
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static int send_line(rmq_producer *producer, rmq_send_options *options, const char *topic,
		     const char *line)
{
	rmq_message *message = rmq_message_new(topic, line, strlen(line));
	rmq_send_result *result = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	char key[64];

	snprintf(key, sizeof(key), "%.*s", (int)strcspn(line, " \n"), line);
	if (message)
		err = rmq_send_options_set_sharding_key(options, key, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_send(producer, message, options, &result, &detail);
	if (err == RMQ_OK)
		printf("%s: %s queue %d\n", key, rmq_send_result_queue(result)->broker_name,
		       rmq_send_result_queue(result)->queue_id);
	else
		fprintf(stderr, "not sent: %s\n", rmq_error_detail_message(detail));
	rmq_send_result_free(result);
	rmq_error_detail_free(detail);
	rmq_message_free(message);
	return err == RMQ_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_send_options *options = rmq_send_options_new();
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	char line[65536];
	int status = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: send_ordered TOPIC\n");
		status = 2;
	} else if (rmq_producer_new(config, "example-ordered", &producer, &detail) != RMQ_OK ||
		   rmq_producer_start(producer, &detail) != RMQ_OK) {
		fprintf(stderr, "send_ordered: %s\n", rmq_error_detail_message(detail));
		status = 1;
	}
	while (status == 0 && fgets(line, sizeof(line), stdin))
		status = send_line(producer, options, argv[1], line);
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_send_options_free(options);
	rmq_config_free(config);
	return status;
}
