/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_pop.c - a listener whose messages brokers hand out: switches GROUP to POP for TOPIC, and prints what comes
 * until COUNT messages are done, or SIGTERM. Start as many as there is work for; the number of queues does not
 * matter, and one that hangs holds up what it has only. The work must be done within popInvisibleTime, or somebody
 * else gets it, too.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 push_pop TOPIC GROUP COUNT
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

enum { READY_MS = 30000 }; /* SIGTERM is not looked at meanwhile */

static atomic_long left;

static int complain(const char *what, rmq_error_detail *detail)
{
	fprintf(stderr, "push_pop: %s: %s\n", what, rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	return 0;
}

static enum rmq_consume_status work(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)context;
	(void)arg;
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *body = rmq_message_body(messages[i], &len);

		printf("done: %.*s\n", (int)len, body);
	}
	fflush(stdout);
	if (atomic_fetch_sub(&left, (long)count) <= (long)count)
		kill(getpid(), SIGTERM); /* main waits for it */
	return RMQ_CONSUME_SUCCESS; /* acknowledged; RMQ_RECONSUME_LATER: again in 10 s, 30 s, ... */
}

/* Brokers keep it; once for a group and topic is enough, and here it is said each time. */
static int switch_to_pop(const rmq_config *config, const char *topic, const char *group)
{
	rmq_error_detail *detail = NULL;
	rmq_admin *admin = NULL;
	int ok = rmq_admin_new(config, &admin, &detail) == RMQ_OK &&
		 rmq_admin_set_message_request_mode(admin, NULL, topic, group, RMQ_REQUEST_MODE_POP,
						    0, NULL, &detail) == RMQ_OK;

	rmq_admin_free(admin);
	return ok ? 1 : complain("switch to POP", detail);
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_push_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	sigset_t end;
	int ok, caught;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL); /* before any thread exists: for sigwait */
	if (argc != 4) {
		fprintf(stderr, "usage: push_pop TOPIC GROUP COUNT\n");
		rmq_config_free(config);
		return 2;
	}
	atomic_init(&left, strtol(argv[3], NULL, 10));
	ok = switch_to_pop(config, argv[1], argv[2]);
	if (ok && (rmq_config_set(config, "clientRebalance", "false", &detail) != RMQ_OK ||
		   rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET",
				  &detail) != RMQ_OK ||
		   rmq_push_consumer_new(config, argv[2], &c, &detail) != RMQ_OK ||
		   rmq_push_consumer_subscribe(c, argv[1], "*", &detail) != RMQ_OK ||
		   rmq_push_consumer_set_listener(c, work, NULL, &detail) != RMQ_OK ||
		   rmq_push_consumer_start(c, &detail) != RMQ_OK ||
		   rmq_push_consumer_wait_ready(c, READY_MS, &detail) != RMQ_OK))
		ok = complain("start", detail);
	if (ok && sigwait(&end, &caught) != 0)
		perror("push_pop");
	/* Waits for the acks that are under way. */
	if (ok && rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		ok = complain("close", detail);
	rmq_push_consumer_free(c);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
