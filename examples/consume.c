/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume.c - prints the messages of a topic until COUNT came, or until SIGINT or
 * SIGTERM.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 consume TOPIC GROUP [COUNT]
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

static atomic_long wanted = -1; /* messages still to come; below 0: no limit */

/* Thread: a consume thread, several at once. */
static enum rmq_consume_status print_messages(rmq_push_consumer *consumer,
					      const rmq_message *const *messages, size_t count,
					      rmq_consume_context *context, void *arg)
{
	(void)consumer;
	(void)context;
	(void)arg;
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *body = rmq_message_body(messages[i], &len);
		int has_newline = len > 0 && body[len - 1] == '\n';

		printf("%s %.*s%s", rmq_message_id(messages[i]), (int)len, body,
		       has_newline ? "" : "\n");
		if (atomic_fetch_sub(&wanted, 1) == 1)
			kill(getpid(), SIGTERM);
	}
	fflush(stdout);
	return RMQ_CONSUME_SUCCESS;
}

/* Thread: a callback thread of the consumer. */
static void print_event(const rmq_event *event, void *arg)
{
	(void)arg;
	fprintf(stderr, "consume: %s\n", rmq_event_text(event));
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_push_consumer *consumer = NULL;
	rmq_error_detail *detail = NULL;
	sigset_t signals;
	int caught, ok;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: consume TOPIC GROUP [COUNT]\n");
		rmq_config_free(config);
		return 2;
	}
	if (argc == 4)
		atomic_store(&wanted, strtol(argv[3], NULL, 10));
	/* Blocked before any thread exists, so that sigwait below gets them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	rmq_config_set_log(config, rmq_log_stderr, RMQ_LOG_WARN, NULL);
	rmq_config_set_event_fn(config, print_event, NULL);
	ok = rmq_push_consumer_new(config, argv[2], &consumer, &detail) == RMQ_OK &&
	     rmq_push_consumer_subscribe(consumer, argv[1], "*", &detail) == RMQ_OK &&
	     rmq_push_consumer_set_listener(consumer, print_messages, NULL, &detail) == RMQ_OK &&
	     rmq_push_consumer_start(consumer, &detail) == RMQ_OK;
	if (ok && rmq_push_consumer_wait_ready(consumer, -1, &detail) != RMQ_OK) {
		/* It goes on joining: a cluster may come later. */
		fprintf(stderr, "consume: %s\n", rmq_error_detail_message(detail));
		rmq_error_detail_free(detail);
		detail = NULL;
	}
	if (ok) {
		sigwait(&signals, &caught);
		/* Waits for running listeners and commits the offsets. */
		ok = rmq_push_consumer_close(consumer, -1, &detail) == RMQ_OK;
	}
	if (!ok)
		fprintf(stderr, "consume: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(consumer);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
