/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_reply.c - asks a service for each line of standard input, and prints what it replies. The service
 * is in the same program here: a listener that replies in capitals.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 request_reply TOPIC < file
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

/* The service: on a consume thread. `arg` is the producer that sends its replies. */
static enum rmq_consume_status serve(rmq_push_consumer *consumer,
				     const rmq_message *const *messages, size_t count,
				     rmq_consume_context *context, void *arg)
{
	(void)consumer;
	(void)context;
	for (size_t i = 0; i < count; i++) {
		rmq_error_detail *detail = NULL;
		rmq_message *reply = NULL;
		char text[1024];
		size_t len;
		const char *asked = rmq_message_body(messages[i], &len);

		for (size_t k = 0; k < len && k < sizeof(text); k++)
			text[k] = (char)toupper((unsigned char)asked[k]);
		len = len < sizeof(text) ? len : sizeof(text);
		/* Not a request, or who asked is gone: delivered again, it would be no better. */
		if (rmq_message_new_reply(messages[i], text, len, &reply, &detail) != RMQ_OK ||
		    rmq_producer_send(arg, reply, NULL, NULL, &detail) != RMQ_OK)
			fprintf(stderr, "no reply: %s\n", rmq_error_detail_message(detail));
		rmq_error_detail_free(detail);
		rmq_message_free(reply);
	}
	return RMQ_CONSUME_SUCCESS;
}

/* 1 when there is no reply. */
static int ask(rmq_producer *producer, const char *topic, const char *line,
	       const rmq_send_options *options)
{
	rmq_message *request = rmq_message_new(topic, line, strlen(line)), *reply = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	const char *text;
	size_t len;

	if (request)
		err = rmq_producer_request(producer, request, options, &reply, &detail);
	if (err == RMQ_OK) {
		text = rmq_message_body(reply, &len);
		printf("%.*s\n", (int)len, text);
	} else {
		fprintf(stderr, "%s: %s\n",
			err == RMQ_ERR_NO_REPLY ? "no reply in time"
			: rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED ? "maybe stored"
										  : "not sent",
			rmq_error_detail_message(detail));
	}
	rmq_error_detail_free(detail);
	rmq_message_free(reply);
	rmq_message_free(request);
	return err != RMQ_OK;
}

/* Both sides of it, ready; 1 when they are not. */
static int start(rmq_producer *producer, rmq_push_consumer *consumer, const char *topic)
{
	rmq_error_detail *detail = NULL;

	if (rmq_producer_start(producer, &detail) == RMQ_OK &&
	    rmq_push_consumer_subscribe(consumer, topic, "*", &detail) == RMQ_OK &&
	    rmq_push_consumer_set_listener(consumer, serve, producer, &detail) == RMQ_OK &&
	    rmq_push_consumer_start(consumer, &detail) == RMQ_OK)
		return 0;
	fprintf(stderr, "request_reply: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	return 1;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_send_options *options = rmq_send_options_new();
	rmq_push_consumer *consumer = NULL;
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	char line[1024];
	int failed = 1;

	if (argc != 2)
		fprintf(stderr, "usage: request_reply TOPIC\n");
	/* One budget for the request and its reply; the first one waits until its topic is there. */
	else if (rmq_send_options_set_timeout(options, 60 * 1000, &detail) != RMQ_OK ||
		 rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail) !=
			 RMQ_OK ||
		 rmq_producer_new(config, "example-caller", &producer, &detail) != RMQ_OK ||
		 rmq_push_consumer_new(config, "example-service", &consumer, &detail) != RMQ_OK)
		fprintf(stderr, "request_reply: %s\n", rmq_error_detail_message(detail));
	else
		failed = start(producer, consumer, argv[1]);
	while (!failed && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		failed = ask(producer, argv[1], line, options);
	}
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(consumer); /* its listener sends with the producer */
	rmq_producer_free(producer);
	rmq_send_options_free(options);
	rmq_config_free(config);
	return failed;
}
