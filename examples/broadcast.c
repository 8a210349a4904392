/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broadcast.c - prints every message of a topic, whoever else of the group gets it, too: as each node of a
 * cluster hears that a configuration has changed. A node of the same NAME goes on where it stopped; its
 * offsets are in FOLDER.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 broadcast TOPIC GROUP NAME FOLDER COUNT
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

static atomic_long wanted; /* messages still to come */

/* Thread: a consume thread, several at once. */
static enum rmq_consume_status print_messages(rmq_push_consumer *consumer,
					      const rmq_message *const *messages, size_t count,
					      rmq_consume_context *context, void *arg)
{
	(void)consumer;
	(void)context;
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *body = rmq_message_body(messages[i], &len);

		printf("%s: %.*s\n", (const char *)arg, (int)len, body);
		if (atomic_fetch_sub(&wanted, 1) == 1)
			kill(getpid(), SIGTERM);
	}
	fflush(stdout);
	/* RMQ_RECONSUME_LATER would not bring them again: a broadcasting group drops what fails. */
	return RMQ_CONSUME_SUCCESS;
}

/* Thread: a callback thread of the consumer. Dropped messages, files that cannot be written. */
static void print_event(const rmq_event *event, void *arg)
{
	(void)arg;
	fprintf(stderr, "broadcast: %s\n", rmq_event_text(event));
}

static int configure(rmq_config *config, const char *name, const char *folder,
		     rmq_error_detail **detail)
{
	rmq_config_set_event_fn(config, print_event, NULL);
	return rmq_config_set(config, "messageModel", "BROADCASTING", detail) == RMQ_OK &&
	       rmq_config_set(config, "instanceName", name, detail) == RMQ_OK &&
	       rmq_config_set(config, "localOffsetStoreDir", folder, detail) == RMQ_OK &&
	       rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", detail) ==
		       RMQ_OK;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_push_consumer *consumer = NULL;
	rmq_error_detail *detail = NULL;
	sigset_t signals;
	int caught, ok;

	if (argc != 6) {
		fprintf(stderr, "usage: broadcast TOPIC GROUP NAME FOLDER COUNT\n");
		rmq_config_free(config);
		return 2;
	}
	atomic_store(&wanted, strtol(argv[5], NULL, 10));
	/* Blocked before any thread exists, so that sigwait below gets them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	ok = configure(config, argv[3], argv[4], &detail) &&
	     rmq_push_consumer_new(config, argv[2], &consumer, &detail) == RMQ_OK &&
	     rmq_push_consumer_subscribe(consumer, argv[1], "*", &detail) == RMQ_OK &&
	     rmq_push_consumer_set_listener(consumer, print_messages, argv[3], &detail) == RMQ_OK &&
	     rmq_push_consumer_start(consumer, &detail) == RMQ_OK;
	if (ok) {
		sigwait(&signals, &caught);
		/* Writes the offsets. */
		ok = rmq_push_consumer_close(consumer, -1, &detail) == RMQ_OK;
	}
	if (!ok)
		fprintf(stderr, "broadcast: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(consumer);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
