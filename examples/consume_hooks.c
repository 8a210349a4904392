/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_hooks.c - hooks around each call of a listener: one continues the W3C trace context that the producer has sent
 * along (hooks.c), and tells what became of the message and how long it took.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 consume_hooks TOPIC GROUP COUNT
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

static atomic_long wanted;

/* With OpenTelemetry: a new span, whose parent is the one that has sent the message. */
static void before_call(rmq_consume_call *c, void *arg)
{
	const char *parent = rmq_message_property(rmq_consume_call_message(c, 0), "traceparent");

	(void)arg;
	rmq_consume_call_set_data(c, (void *)(uintptr_t)(parent ? parent : "no parent"));
}

static void after_call(const rmq_consume_call *c, void *arg)
{
	(void)arg;
	printf("%s: %zu of %zu done, %s\n", (const char *)rmq_consume_call_data(c),
	       rmq_consume_call_done(c), rmq_consume_call_count(c),
	       rmq_consume_call_outcome(c) == RMQ_OUTCOME_SUCCESS ? "success" : "not well");
	fflush(stdout);
	if (atomic_fetch_sub(&wanted, (long)rmq_consume_call_count(c)) == 1)
		kill(getpid(), SIGTERM);
}

static enum rmq_consume_status consume(rmq_push_consumer *consumer,
				       const rmq_message *const *messages, size_t count,
				       rmq_consume_context *context, void *arg)
{
	(void)consumer, (void)messages, (void)count, (void)context, (void)arg;
	return RMQ_CONSUME_SUCCESS;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_push_consumer *consumer = NULL;
	rmq_error_detail *detail = NULL;
	sigset_t signals;
	int caught, ok;

	if (argc != 4) {
		fprintf(stderr, "usage: consume_hooks TOPIC GROUP COUNT\n");
		rmq_config_free(config);
		return 2;
	}
	atomic_store(&wanted, strtol(argv[3], NULL, 10));
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	ok = rmq_config_add_consume_hook(config, before_call, after_call, NULL, &detail) ==
		     RMQ_OK &&
	     rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail) ==
		     RMQ_OK &&
	     rmq_push_consumer_new(config, argv[2], &consumer, &detail) == RMQ_OK &&
	     rmq_push_consumer_subscribe(consumer, argv[1], "*", &detail) == RMQ_OK &&
	     rmq_push_consumer_set_listener(consumer, consume, NULL, &detail) == RMQ_OK &&
	     rmq_push_consumer_start(consumer, &detail) == RMQ_OK;
	if (ok) {
		sigwait(&signals, &caught);
		ok = rmq_push_consumer_close(consumer, -1, &detail) == RMQ_OK;
	}
	if (!ok)
		fprintf(stderr, "consume_hooks: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(consumer);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
