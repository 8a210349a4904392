/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namespace.c - two services with the same names of topic and groups, each in a namespace of its own, on one cluster:
 * what the one sends the other does not see. Prints what each has received.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 namespace TOPIC
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

enum { SERVICES = 2, WAIT_S = 60 };

struct service {
	const char *space;
	rmq_producer *producer;
	rmq_push_consumer *consumer;
	atomic_int received;
};

/* Thread: a consume thread. What is shown has the name that was subscribed. */
static enum rmq_consume_status print_messages(rmq_push_consumer *consumer,
					      const rmq_message *const *messages, size_t count,
					      rmq_consume_context *context, void *arg)
{
	struct service *s = arg;

	(void)consumer;
	(void)context;
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *body = rmq_message_body(messages[i], &len);

		printf("%s, topic %s: %.*s\n", s->space, rmq_message_topic(messages[i]), (int)len,
		       body);
		atomic_fetch_add(&s->received, 1);
	}
	return RMQ_CONSUME_SUCCESS;
}

static int open_service(struct service *s, const char *topic, rmq_error_detail **detail)
{
	rmq_config *config = rmq_config_new();
	int ok =
		rmq_config_set(config, "namespace", s->space, detail) == RMQ_OK &&
		rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", detail) ==
			RMQ_OK &&
		rmq_producer_new(config, "example-orders", &s->producer, detail) == RMQ_OK &&
		rmq_producer_start(s->producer, detail) == RMQ_OK &&
		rmq_push_consumer_new(config, "example-shipping", &s->consumer, detail) == RMQ_OK &&
		rmq_push_consumer_subscribe(s->consumer, topic, "*", detail) == RMQ_OK &&
		rmq_push_consumer_set_listener(s->consumer, print_messages, s, detail) == RMQ_OK;

	rmq_config_free(config);
	return ok;
}

/* The first message makes the topic. */
static int send_and_listen(struct service *s, const char *topic, rmq_error_detail **detail)
{
	char text[64];
	rmq_message *message;
	int ok;

	snprintf(text, sizeof(text), "order of %s", s->space);
	message = rmq_message_new(topic, text, strlen(text));
	ok = message && rmq_producer_send(s->producer, message, NULL, NULL, detail) == RMQ_OK &&
	     rmq_push_consumer_start(s->consumer, detail) == RMQ_OK;
	rmq_message_free(message);
	return ok;
}

static void close_service(struct service *s)
{
	rmq_push_consumer_free(s->consumer); /* waits for its listener */
	rmq_producer_free(s->producer);
}

int main(int argc, char **argv)
{
	struct service services[SERVICES] = {{.space = "east"}, {.space = "west"}};
	rmq_error_detail *detail = NULL;
	int ok = argc == 2;

	if (!ok)
		fprintf(stderr, "usage: namespace TOPIC\n");
	for (int i = 0; ok && i < SERVICES; i++)
		ok = open_service(&services[i], argv[1], &detail) &&
		     send_and_listen(&services[i], argv[1], &detail);
	if (detail)
		fprintf(stderr, "namespace: %s\n", rmq_error_detail_message(detail));
	for (int i = 0; ok && i < WAIT_S; i++) {
		if (services[0].received > 0 && services[1].received > 0)
			break;
		sleep(1);
	}
	for (int i = 0; i < SERVICES; i++) {
		ok = ok && services[i].received == 1;
		close_service(&services[i]);
	}
	rmq_error_detail_free(detail);
	return ok ? 0 : 1;
}
