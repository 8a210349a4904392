/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rate_limit.c - takes so many messages a second from a topic, until COUNT came, and tells how long that took:
 * what stands behind it (a database, somebody's API) bears no more. No thread waits meanwhile.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 rate_limit TOPIC GROUP PER_SECOND COUNT
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

static atomic_long wanted;

static enum rmq_consume_status count_messages(rmq_push_consumer *consumer,
					      const rmq_message *const *messages, size_t count,
					      rmq_consume_context *context, void *arg)
{
	(void)consumer, (void)messages, (void)context, (void)arg;
	if (atomic_fetch_sub(&wanted, (long)count) == (long)count)
		kill(getpid(), SIGTERM);
	return RMQ_CONSUME_SUCCESS;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_push_consumer *consumer = NULL;
	rmq_error_detail *detail = NULL;
	sigset_t signals;
	double began;
	int caught, ok;

	if (argc != 5) {
		fprintf(stderr, "usage: rate_limit TOPIC GROUP PER_SECOND COUNT\n");
		rmq_config_free(config);
		return 2;
	}
	atomic_store(&wanted, strtol(argv[4], NULL, 10));
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* rmq_push_consumer_set_rate_limit changes it while the consumer runs. */
	ok = rmq_config_set(config, "consumeRateLimit", argv[3], &detail) == RMQ_OK &&
	     rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail) ==
		     RMQ_OK &&
	     rmq_push_consumer_new(config, argv[2], &consumer, &detail) == RMQ_OK &&
	     rmq_push_consumer_subscribe(consumer, argv[1], "*", &detail) == RMQ_OK &&
	     rmq_push_consumer_set_listener(consumer, count_messages, NULL, &detail) == RMQ_OK;
	began = now();
	ok = ok && rmq_push_consumer_start(consumer, &detail) == RMQ_OK;
	if (ok) {
		sigwait(&signals, &caught);
		printf("%s messages in %.1f s\n", argv[4], now() - began);
		ok = rmq_push_consumer_close(consumer, -1, &detail) == RMQ_OK;
	}
	if (!ok)
		fprintf(stderr, "rate_limit: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(consumer);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
