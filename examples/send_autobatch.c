/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_autobatch.c - sends one message a line of standard input; those of 20 ms travel in one request, and
 * the program sends them one by one all the same.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 send_autobatch TOPIC < file
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static atomic_int failed;

/* Each message has an end of its own, with its own id and place. */
static void on_sent(enum rmq_error error, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	const struct rmq_queue *queue = rmq_send_result_queue(result);

	(void)arg;
	if (error == RMQ_OK) {
		printf("%s %s queue %d offset %lld\n", rmq_send_result_message_id(result),
		       queue->broker_name, queue->queue_id,
		       (long long)rmq_send_result_queue_offset(result));
	} else {
		failed++;
		fprintf(stderr, "not sent: %s\n", rmq_error_detail_message(detail));
	}
}

/* rmq_producer_send would wait for the batch, so that one thread alone never fills one. */
static void send_line(rmq_producer *producer, const char *topic, const char *line)
{
	rmq_message *message = rmq_message_new(topic, line, strlen(line));
	rmq_error_detail *detail = NULL;

	if (rmq_producer_send_async(producer, message, NULL, on_sent, NULL, &detail) != RMQ_OK) {
		failed++;
		fprintf(stderr, "not sent: %s\n", rmq_error_detail_message(detail));
	}
	rmq_error_detail_free(detail);
	rmq_message_free(message);
}

static int run(rmq_config *config, const char *topic)
{
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	char line[65536];

	if (rmq_config_set(config, "autoBatch", "true", &detail) != RMQ_OK ||
	    rmq_config_set(config, "batchMaxDelayMs", "20", &detail) != RMQ_OK ||
	    rmq_producer_new(config, "example-autobatch", &producer, &detail) != RMQ_OK ||
	    rmq_producer_start(producer, &detail) != RMQ_OK) {
		failed++;
	} else {
		while (fgets(line, sizeof(line), stdin))
			send_line(producer, topic, line);
		/* Sends what still waits for more, and waits for every callback. */
		failed += rmq_producer_close(producer, -1, &detail) != RMQ_OK;
	}
	if (detail)
		fprintf(stderr, "send_autobatch: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	return failed > 0;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	int status = 2;

	if (argc == 2)
		status = run(config, argv[1]);
	else
		fprintf(stderr, "usage: send_autobatch TOPIC\n");
	rmq_config_free(config);
	return status;
}
