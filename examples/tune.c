/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tune.c - sends one message a line of standard input; a line "set KEY VALUE" changes the producer while it
 * runs, as an operator would when a broker is in trouble.
 *
 *     printf 'one\nset startDetectorEnable true\ntwo\n' | NAMESRV_ADDR=127.0.0.1:9876 tune TOPIC
 *
 * The status of each message is printed: SEND_OK, or how the broker stored it less safely than it was told to.
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static void send_line(rmq_producer *producer, const char *topic, const char *line)
{
	rmq_message *message = rmq_message_new(topic, line, strlen(line));
	rmq_send_result *result = NULL;
	rmq_error_detail *detail = NULL;

	if (message && rmq_producer_send(producer, message, NULL, &result, &detail) == RMQ_OK)
		printf("%s: %s\n", rmq_send_status_text(rmq_send_result_status(result)), line);
	else
		printf("not sent: %s\n", rmq_error_detail_message(detail));
	rmq_send_result_free(result);
	rmq_error_detail_free(detail);
	rmq_message_free(message);
}

/* What is set holds for sends that begin from then on. */
static void set(rmq_producer *producer, const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	if (rmq_producer_set(producer, key, value, &detail) == RMQ_OK)
		printf("%s is %s\n", key, value);
	else
		printf("not set: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
}

static void obey(rmq_producer *producer, const char *topic, const char *line)
{
	char key[64], value[64];

	if (sscanf(line, "set %63s %63s", key, value) == 2)
		set(producer, key, value);
	else
		send_line(producer, topic, line);
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	char line[65536];
	int status = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: tune TOPIC\n");
		rmq_config_free(config);
		return 2;
	}
	if (rmq_producer_new(config, "example-tune", &producer, &detail) != RMQ_OK ||
	    rmq_producer_start(producer, &detail) != RMQ_OK) {
		fprintf(stderr, "tune: %s\n", rmq_error_detail_message(detail));
		status = 1;
	}
	while (status == 0 && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		obey(producer, argv[1], line);
	}
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return status;
}
