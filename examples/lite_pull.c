/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_pull.c - prints COUNT messages of a topic as it polls them: those of its share as a member of the group,
 * or, with "replay", all that are stored, from the first one on, whatever the group has committed.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 lite_pull TOPIC GROUP COUNT [replay]
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static bool print_list(const rmq_messages *list, long *left)
{
	const rmq_message *m;
	size_t len;

	for (size_t i = 0; (m = rmq_messages_at(list, i)); i++) {
		const char *body = rmq_message_body(m, &len);

		bool has_newline = len > 0 && body[len - 1] == '\n';

		printf("%lld %.*s%s", (long long)rmq_message_queue_offset(m), (int)len, body,
		       has_newline ? "" : "\n");
		--*left;
	}
	return fflush(stdout) == 0;
}

/* What is freed is done, and is committed within autoCommitIntervalMillis. */
static bool print_messages(rmq_lite_pull_consumer *c, long left, rmq_error_detail **detail)
{
	bool is_ok = true;

	while (is_ok && left > 0) {
		rmq_messages *list = NULL;

		is_ok = rmq_lite_pull_consumer_poll(c, -1, &list, detail) == RMQ_OK &&
			print_list(list, &left);
		rmq_messages_free(list);
	}
	return is_ok;
}

/* All queues of the topic, each from its first message on. */
static bool assign_all(rmq_lite_pull_consumer *c, const char *topic, rmq_error_detail **detail)
{
	rmq_queues *queues = NULL;
	bool is_ok = rmq_lite_pull_consumer_queues(c, topic, &queues, detail) == RMQ_OK;
	size_t count = rmq_queues_count(queues);

	is_ok = is_ok && rmq_lite_pull_consumer_assign(c, rmq_queues_at(queues, 0), count, NULL,
						       detail) == RMQ_OK;
	is_ok = is_ok && rmq_lite_pull_consumer_start(c, detail) == RMQ_OK;
	for (size_t i = 0; is_ok && i < count; i++)
		is_ok = rmq_lite_pull_consumer_seek_to_begin(c, rmq_queues_at(queues, i), detail) ==
			RMQ_OK;
	rmq_queues_free(queues);
	return is_ok;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_lite_pull_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	bool is_ok;

	if (argc < 4 || argc > 5 || (argc == 5 && strcmp(argv[4], "replay") != 0)) {
		fprintf(stderr, "usage: lite_pull TOPIC GROUP COUNT [replay]\n");
		rmq_config_free(config);
		return 2;
	}
	rmq_config_set_log(config, rmq_log_stderr, RMQ_LOG_WARN, NULL);
	is_ok = rmq_lite_pull_consumer_new(config, argv[2], &c, &detail) == RMQ_OK;
	if (is_ok && argc == 5)
		is_ok = assign_all(c, argv[1], &detail);
	else if (is_ok)
		is_ok = rmq_lite_pull_consumer_subscribe(c, argv[1], "*", &detail) == RMQ_OK &&
			rmq_lite_pull_consumer_start(c, &detail) == RMQ_OK;
	is_ok = is_ok && print_messages(c, strtol(argv[3], NULL, 10), &detail);
	/* Commits what is done. */
	is_ok = is_ok && rmq_lite_pull_consumer_close(c, -1, &detail) == RMQ_OK;
	if (!is_ok)
		fprintf(stderr, "lite_pull: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_lite_pull_consumer_free(c);
	rmq_config_free(config);
	return is_ok ? 0 : 1;
}
