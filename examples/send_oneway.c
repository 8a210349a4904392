/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_oneway.c - sends one message a line of standard input and asks for no answer: for what may be
 * lost, such as readings that the next one replaces.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 send_oneway TOPIC < file
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

/* RMQ_OK: on its way. Whether it is stored nobody will tell. */
static int send_line(rmq_producer *producer, const char *topic, const char *line)
{
	rmq_message *message = rmq_message_new(topic, line, strlen(line));
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (message)
		err = rmq_producer_send_oneway(producer, message, NULL, &detail);
	if (err != RMQ_OK)
		fprintf(stderr, "not sent: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_message_free(message);
	return err == RMQ_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	char line[65536];
	int status = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: send_oneway TOPIC\n");
		rmq_config_free(config);
		return 2;
	}
	if (rmq_producer_new(config, "example-oneway", &producer, &detail) != RMQ_OK ||
	    rmq_producer_start(producer, &detail) != RMQ_OK) {
		fprintf(stderr, "send_oneway: %s\n", rmq_error_detail_message(detail));
		status = 1;
	}
	while (status == 0 && fgets(line, sizeof(line), stdin))
		status = send_line(producer, argv[1], line);
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return status;
}
