/* SPDX-License-Identifier: Apache-2.0 */
/*
 * priority.c - sends each line of standard input; one that begins with "!" has a higher priority, one more
 * for each "!". Prints in which queue the broker has put it.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 priority TOPIC < lines
 *
 * The broker must be 5.4.0 or newer.
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static int send_line(rmq_producer *producer, const char *topic, const char *line)
{
	int priority = (int)strspn(line, "!");
	rmq_message *message = rmq_message_new(topic, line + priority, strlen(line + priority));
	rmq_send_result *result = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (message)
		err = rmq_message_set_priority(message, priority, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_send(producer, message, NULL, &result, &detail);
	if (err == RMQ_OK)
		printf("queue %d: %s", (int)rmq_send_result_queue(result)->queue_id,
		       line + priority);
	else
		fprintf(stderr, "not sent: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_send_result_free(result);
	rmq_message_free(message);
	return err == RMQ_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	char line[1024];
	int status = 1;

	if (argc != 2) {
		fprintf(stderr, "usage: priority TOPIC < lines\n");
		status = 2;
	} else if (rmq_producer_new(config, "example-priority", &producer, &detail) != RMQ_OK ||
		   rmq_producer_start(producer, &detail) != RMQ_OK) {
		fprintf(stderr, "priority: %s\n", rmq_error_detail_message(detail));
	} else {
		status = 0;
		while (fgets(line, sizeof(line), stdin))
			status |= send_line(producer, argv[1], line);
	}
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return status;
}
