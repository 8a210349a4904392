/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.c - sends a message a line of standard input and has each of them traced, in Apache's format: the
 * console and "mqadmin queryMsgTraceById -i ID" show what became of it.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 trace TOPIC [TRACE_TOPIC] < file
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static enum rmq_error make_producer(const char *trace_topic, rmq_producer **out,
				    rmq_error_detail **detail)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (config)
		err = rmq_config_set(config, "enableTrace", "true", detail);
	/* Without it: RMQ_SYS_TRACE_TOPIC, which brokers have with traceTopicEnable=true. */
	if (err == RMQ_OK && trace_topic)
		err = rmq_config_set(config, "traceTopic", trace_topic, detail);
	if (err == RMQ_OK)
		err = rmq_producer_new(config, "trace-example", out, detail);
	if (err == RMQ_OK)
		err = rmq_producer_start(*out, detail);
	rmq_config_free(config);
	return err;
}

static enum rmq_error send_line(rmq_producer *producer, const char *topic, const char *line,
				rmq_error_detail **detail)
{
	rmq_message *message = rmq_message_new(topic, line, strlen(line));
	rmq_send_result *result = NULL;
	enum rmq_error err = message ? RMQ_OK : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK)
		err = rmq_message_set_keys(message, "trace-example-key", detail);
	if (err == RMQ_OK)
		err = rmq_producer_send(producer, message, NULL, &result, detail);
	if (err == RMQ_OK)
		printf("%s\n", rmq_send_result_message_id(result));
	rmq_send_result_free(result);
	rmq_message_free(message);
	return err;
}

int main(int argc, char **argv)
{
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err;
	char line[65536];

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: trace TOPIC [TRACE_TOPIC] < file\n");
		return 2;
	}
	err = make_producer(argc == 3 ? argv[2] : NULL, &producer, &detail);
	while (err == RMQ_OK && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			err = send_line(producer, argv[1], line, &detail);
	}
	/* Waits until the brokers have the records, too. */
	if (err == RMQ_OK)
		err = rmq_producer_close(producer, -1, &detail);
	if (err != RMQ_OK)
		fprintf(stderr, "%s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	return err == RMQ_OK ? 0 : 1;
}
