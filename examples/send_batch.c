/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_batch.c - sends the lines of standard input, 100 a request.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 send_batch TOPIC < file
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

enum { BATCH = 100 };

/* Sends and frees them. */
static int send_all(rmq_producer *producer, rmq_message **messages, size_t count)
{
	rmq_send_results *results = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_send_result *one;
	enum rmq_error err;

	err = rmq_producer_send_batch(producer, messages, count, NULL, &results, &detail);
	if (err != RMQ_OK)
		fprintf(stderr, "not sent: %s\n", rmq_error_detail_message(detail));
	for (size_t i = 0; (one = rmq_send_results_at(results, i)); i++)
		printf("%s %s queue %d offset %lld\n", rmq_send_result_message_id(one),
		       rmq_send_result_queue(one)->broker_name,
		       rmq_send_result_queue(one)->queue_id,
		       (long long)rmq_send_result_queue_offset(one));
	for (size_t i = 0; i < count; i++)
		rmq_message_free(messages[i]);
	rmq_send_results_free(results);
	rmq_error_detail_free(detail);
	return err == RMQ_OK ? 0 : 1;
}

static int send_lines(rmq_producer *producer, const char *topic)
{
	rmq_message *messages[BATCH];
	char line[65536];
	size_t count = 0;
	int status = 0;

	while (status == 0 && fgets(line, sizeof(line), stdin)) {
		messages[count] = rmq_message_new(topic, line, strlen(line));
		count += messages[count] != NULL;
		if (count == BATCH) {
			status = send_all(producer, messages, count);
			count = 0;
		}
	}
	return count > 0 ? send_all(producer, messages, count) : status;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	int status = 1;

	if (argc != 2) {
		fprintf(stderr, "usage: send_batch TOPIC\n");
		rmq_config_free(config);
		return 2;
	}
	rmq_config_set_log(config, rmq_log_stderr, RMQ_LOG_WARN, NULL);
	if (rmq_producer_new(config, "example-batches", &producer, &detail) != RMQ_OK ||
	    rmq_producer_start(producer, &detail) != RMQ_OK)
		fprintf(stderr, "send_batch: %s\n", rmq_error_detail_message(detail));
	else
		status = send_lines(producer, argv[1]);
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return status;
}
