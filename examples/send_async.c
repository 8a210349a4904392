/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_async.c - sends one message a line of standard input without waiting for each; a callback
 * counts the ends.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 send_async TOPIC < file
 */
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static atomic_int stored, failed;
static sem_t ended; /* one for each callback */

/* On a callback thread of the client; what it gets is gone when it returns. */
static void on_sent(enum rmq_error error, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	(void)arg;
	(void)result;
	if (error == RMQ_OK) {
		stored++;
	} else {
		failed++;
		fprintf(stderr, "%s: %s\n",
			rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED ? "maybe stored"
										: "not stored",
			rmq_error_detail_message(detail));
	}
	sem_post(&ended);
}

/* 1 when there will be a callback. */
static int send_line(rmq_producer *producer, const char *topic, const char *line)
{
	rmq_message *message = rmq_message_new(topic, line, strlen(line));
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (message)
		err = rmq_producer_send_async(producer, message, NULL, on_sent, NULL, &detail);
	if (err != RMQ_OK) {
		failed++; /* refused at once: then there is no callback */
		fprintf(stderr, "not sent: %s\n", rmq_error_detail_message(detail));
	}
	rmq_error_detail_free(detail);
	rmq_message_free(message); /* it has been copied */
	return err == RMQ_OK;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	char line[65536];
	int accepted = 0;

	sem_init(&ended, 0, 0);
	if (argc != 2) {
		fprintf(stderr, "usage: send_async TOPIC\n");
		rmq_config_free(config);
		return 2;
	}
	if (rmq_producer_new(config, "example-async", &producer, &detail) != RMQ_OK ||
	    rmq_producer_start(producer, &detail) != RMQ_OK) {
		fprintf(stderr, "send_async: %s\n", rmq_error_detail_message(detail));
		failed++;
	}
	while (failed == 0 && fgets(line, sizeof(line), stdin))
		accepted += send_line(producer, argv[1], line);
	while (accepted-- > 0)
		sem_wait(&ended);
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	printf("%d stored, %d failed\n", stored, failed);
	rmq_config_free(config);
	return failed > 0;
}
