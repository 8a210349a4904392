/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statistics.c - sends some messages and prints what was counted, as OpenMetrics: what an endpoint
 * /metrics would answer with. With -j the JSON that it is made of.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 statistics [-j] TOPIC
 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static enum rmq_error send_some(rmq_producer *producer, const char *topic,
				rmq_error_detail **detail)
{
	rmq_message *message = rmq_message_new(topic, "counted", 7);
	enum rmq_error err = message ? RMQ_OK : RMQ_ERR_NO_MEMORY;

	for (int i = 0; i < 100 && err == RMQ_OK; i++)
		err = rmq_producer_send(producer, message, NULL, NULL, detail);
	rmq_message_free(message);
	return err;
}

static enum rmq_error print_statistics(rmq_producer *producer, int as_json,
				       rmq_error_detail **detail)
{
	char *json = NULL, *text = NULL;
	enum rmq_error err = rmq_producer_statistics(producer, &json, detail);

	if (err == RMQ_OK && !as_json) {
		/* One text of all producers of the process. */
		const char *of_each[] = {json};

		err = rmq_statistics_to_openmetrics(of_each, 1, &text, detail);
	}
	if (err == RMQ_OK)
		printf("%s%s", as_json ? json : text, as_json ? "\n" : "");
	rmq_statistics_free(text);
	rmq_statistics_free(json);
	return err;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_producer *producer = NULL;
	rmq_error_detail *detail = NULL;
	int as_json = argc == 3 && strcmp(argv[1], "-j") == 0;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (argc != 2 && !as_json) {
		fprintf(stderr, "usage: statistics [-j] TOPIC\n");
		rmq_config_free(config);
		return 2;
	}
	if (config)
		err = rmq_producer_new(config, "statistics-example", &producer, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_start(producer, &detail);
	if (err == RMQ_OK)
		err = send_some(producer, argv[argc - 1], &detail);
	if (err == RMQ_OK)
		err = print_statistics(producer, as_json, &detail);
	if (err != RMQ_OK)
		fprintf(stderr, "%s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return err == RMQ_OK ? 0 : 1;
}
