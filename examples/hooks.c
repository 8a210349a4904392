/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.c - hooks around each send: one gives every message a W3C trace context, refuses topics that are not
 * ours, and tells what became of it.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 hooks TOPIC < file
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

/* With OpenTelemetry: a new span, and what its propagator would write. */
static enum rmq_error before_send(rmq_send_context *c, void *arg)
{
	const char *prefix = arg;
	char traceparent[56];

	if (strncmp(rmq_send_context_topic(c), prefix, strlen(prefix)) != 0) {
		rmq_send_context_set_reason(c, "only topics of this service are allowed");
		return RMQ_ERR_DENIED;
	}
	snprintf(traceparent, sizeof(traceparent), "00-%032x-%016x-01", 0x5eedu, 0xfacadeu);
	return rmq_send_context_set_trace(c, traceparent, NULL, NULL);
}

static void after_send(const rmq_send_context *c, void *arg)
{
	(void)arg;
	printf("%s: %s\n", rmq_send_context_topic(c), rmq_error_text(rmq_send_context_error(c)));
}

static void send_line(rmq_producer *producer, const char *topic, const char *line)
{
	rmq_message *message = rmq_message_new(topic, line, strlen(line));
	rmq_error_detail *detail = NULL;

	if (message && rmq_producer_send(producer, message, NULL, NULL, &detail) != RMQ_OK)
		printf("%s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_message_free(message);
}

int main(int argc, char **argv)
{
	static char prefix[] = "Hooked";
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	char line[65536];

	if (argc != 2) {
		fprintf(stderr, "usage: hooks TOPIC < file\n");
		rmq_config_free(config);
		return 2;
	}
	if (config)
		err = rmq_config_add_send_hook(config, before_send, after_send, prefix, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_new(config, "hooks-example", &producer, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_start(producer, &detail);
	while (err == RMQ_OK && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		send_line(producer, argv[1], line);
		send_line(producer, "SomebodyElse", line);
	}
	if (err != RMQ_OK)
		fprintf(stderr, "%s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return err == RMQ_OK ? 0 : 1;
}
