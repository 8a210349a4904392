/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.c - sends one message a line of standard input, at most 100 in flight, and lists what was not
 * delivered when its time is over.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 flow TOPIC < file
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

/* On a callback thread of the client. What fails here is in the list at the end only if it was under way
 * when the producer was closed. */
static void on_sent(enum rmq_error error, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	(void)result;
	(void)arg;
	if (error != RMQ_OK)
		fprintf(stderr, "flow: %s\n", rmq_error_detail_message(detail));
}

static void free_line(void *line, size_t len, void *arg)
{
	(void)len;
	(void)arg;
	free(line);
}

/* The message owns the line, and the send shares it: no copy of a long one is made. Waits when 100 are in
 * flight. */
static enum rmq_error send_line(rmq_producer *producer, const char *topic, char *line)
{
	rmq_message *message = rmq_message_new_given(topic, line, strlen(line), free_line, NULL);
	rmq_error_detail *detail = NULL;
	enum rmq_error err;

	if (!message) {
		free(line);
		return RMQ_ERR_NO_MEMORY;
	}
	err = rmq_producer_send_async(producer, message, NULL, on_sent, NULL, &detail);
	if (err != RMQ_OK)
		fprintf(stderr, "flow: not accepted: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_message_free(message);
	return err;
}

static int list_undelivered(rmq_producer *producer)
{
	rmq_undelivered *list = NULL;
	const rmq_undelivered_message *m;

	if (rmq_producer_undelivered(producer, &list, NULL) != RMQ_OK)
		return 1;
	for (size_t i = 0; (m = rmq_undelivered_at(list, i)); i++)
		printf("%s %s: %s\n", rmq_undelivered_message_id(m),
		       rmq_undelivered_message_is_maybe_stored(m) ? "maybe stored" : "not stored",
		       rmq_error_text(rmq_undelivered_message_error(m)));
	printf("%zu undelivered\n", rmq_undelivered_count(list) + rmq_undelivered_omitted(list));
	rmq_undelivered_free(list);
	return 0;
}

static int run(rmq_producer *producer, const char *topic)
{
	rmq_error_detail *detail = NULL;
	char line[65536], *copy;
	int accepted = 0;

	while (fgets(line, sizeof(line), stdin) && (copy = strdup(line)))
		accepted += send_line(producer, topic, copy) == RMQ_OK;
	if (rmq_producer_flush(producer, 1000, &detail) != RMQ_OK)
		fprintf(stderr, "flow: %s; still trying\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	printf("%d accepted, %zu in flight\n", accepted, rmq_producer_in_flight(producer));
	(void)!rmq_producer_close(producer, 5000, NULL);
	return list_undelivered(producer);
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	int status = 1;

	if (argc == 2 &&
	    rmq_config_set(config, "backPressureForAsyncSendNum", "100", &detail) == RMQ_OK &&
	    rmq_producer_new(config, "example-flow", &producer, &detail) == RMQ_OK &&
	    rmq_producer_start(producer, &detail) == RMQ_OK)
		status = run(producer, argv[1]);
	else
		fprintf(stderr, "flow: %s\n",
			argc == 2 ? rmq_error_detail_message(detail) : "usage: flow TOPIC");
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return status;
}
