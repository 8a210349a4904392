/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer_statistics.c - consumes COUNT messages of a topic and prints what was counted, as OpenMetrics: what an
 * endpoint /metrics would answer with. With -j the JSON that it is made of. A queue that makes no progress is told
 * on stderr while it lasts.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 consumer_statistics [-j] TOPIC GROUP COUNT
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

static atomic_long wanted;

/* Thread: a consume thread, several at once. */
static enum rmq_consume_status count_messages(rmq_push_consumer *consumer,
					      const rmq_message *const *messages, size_t count,
					      rmq_consume_context *context, void *arg)
{
	(void)consumer, (void)messages, (void)context, (void)arg;
	if (atomic_fetch_sub(&wanted, (long)count) == (long)count)
		kill(getpid(), SIGTERM);
	return RMQ_CONSUME_SUCCESS;
}

/* Thread: a callback thread of the consumer. */
static void tell_standstill(const rmq_event *event, void *arg)
{
	(void)arg;
	if (rmq_event_kind(event) == RMQ_EVENT_STALLED || rmq_event_kind(event) == RMQ_EVENT_OVER)
		fprintf(stderr, "consumer_statistics: %s\n", rmq_event_text(event));
}

static enum rmq_error print_statistics(rmq_push_consumer *consumer, int as_json,
				       rmq_error_detail **detail)
{
	char *json = NULL, *text = NULL;
	enum rmq_error err = rmq_push_consumer_statistics(consumer, &json, detail);

	if (err == RMQ_OK && !as_json) {
		/* One text of all clients of the process. */
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
	rmq_push_consumer *consumer = NULL;
	rmq_error_detail *detail = NULL;
	int as_json = argc > 1 && strcmp(argv[1], "-j") == 0;
	sigset_t signals;
	int caught, ok;

	argv += as_json;
	if (argc - as_json != 4) {
		fprintf(stderr, "usage: consumer_statistics [-j] TOPIC GROUP COUNT\n");
		rmq_config_free(config);
		return 2;
	}
	atomic_store(&wanted, strtol(argv[3], NULL, 10));
	/* Blocked before any thread exists, so that sigwait below gets it. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	rmq_config_set_event_fn(config, tell_standstill, NULL);
	ok = rmq_push_consumer_new(config, argv[2], &consumer, &detail) == RMQ_OK &&
	     rmq_push_consumer_subscribe(consumer, argv[1], "*", &detail) == RMQ_OK &&
	     rmq_push_consumer_set_listener(consumer, count_messages, NULL, &detail) == RMQ_OK &&
	     rmq_push_consumer_start(consumer, &detail) == RMQ_OK;
	if (ok)
		sigwait(&signals, &caught);
	/* What was counted stays until the free. */
	ok = ok && rmq_push_consumer_close(consumer, -1, &detail) == RMQ_OK &&
	     print_statistics(consumer, as_json, &detail) == RMQ_OK;
	if (!ok)
		fprintf(stderr, "consumer_statistics: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(consumer);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
