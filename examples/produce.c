/* SPDX-License-Identifier: Apache-2.0 */
/*
 * produce.c - sends one message a line of standard input.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 produce TOPIC < file
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static int send_line(rmq_producer *producer, const char *topic, const char *line)
{
	rmq_message *message = rmq_message_new(topic, line, strlen(line));
	rmq_send_result *result = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (message)
		err = rmq_producer_send(producer, message, NULL, &result, &detail);
	if (err == RMQ_OK)
		printf("%s %s queue %d offset %lld\n", rmq_send_result_message_id(result),
		       rmq_send_result_queue(result)->broker_name,
		       rmq_send_result_queue(result)->queue_id,
		       (long long)rmq_send_result_queue_offset(result));
	else
		fprintf(stderr, "not sent: %s\n", rmq_error_detail_message(detail));
	rmq_send_result_free(result);
	rmq_error_detail_free(detail);
	rmq_message_free(message);
	return err == RMQ_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	char line[65536];
	int status = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: produce TOPIC\n");
		rmq_config_free(config);
		return 2;
	}
	rmq_config_set_log(config, rmq_log_stderr, RMQ_LOG_WARN, NULL);
	if (rmq_producer_new(config, "example-producer", &producer, &detail) != RMQ_OK ||
	    rmq_producer_start(producer, &detail) != RMQ_OK) {
		fprintf(stderr, "produce: %s\n", rmq_error_detail_message(detail));
		status = 1;
	}
	while (status == 0 && fgets(line, sizeof(line), stdin))
		status = send_line(producer, argv[1], line);
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return status;
}
