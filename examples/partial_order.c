/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partial_order.c - the steps of an order stay in order, while orders go beside each other: the order's id is
 * the sharding key, so all its steps go to one queue. Two members share the queues; one of them leaves in the
 * middle, and the other one goes on where it stopped. Each step is checked to follow the one before.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 partial_order TOPIC GROUP
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

enum { ORDERS = 40, STEPS = 4 };

static const char *const steps[STEPS] = {"created", "paid", "packed", "shipped"};
static atomic_int done[ORDERS]; /* steps, of each order */
static atomic_int total;

/* Thread: a consume thread, one for a queue. */
static enum rmq_orderly_status take(rmq_push_consumer *consumer, const rmq_message *const *messages,
				    size_t n, rmq_orderly_context *context, void *arg)
{
	char text[32];
	size_t len;
	const char *body = rmq_message_body(messages[0], &len);
	int order, step;

	(void)consumer, (void)n, (void)context;
	snprintf(text, sizeof(text), "%.*s", (int)len, body);
	if (sscanf(text, "%d %d", &order, &step) != 2 || order < 0 || order >= ORDERS || step < 0 ||
	    step >= STEPS)
		return RMQ_ORDERLY_SUCCESS; /* none of ours */
	if (atomic_load(&done[order]) != step) {
		fprintf(stderr, "partial_order: order %d was %s too early\n", order, steps[step]);
		exit(1);
	}
	atomic_store(&done[order], step + 1);
	printf("%s: order %d %s\n", (const char *)arg, order, steps[step]);
	if (atomic_fetch_add(&total, 1) + 1 == ORDERS * STEPS / 2 ||
	    atomic_load(&total) == ORDERS * STEPS)
		kill(getpid(), SIGTERM);
	return RMQ_ORDERLY_SUCCESS;
}

/* The queues of a topic must be there before the first message: with another number of them the others would go
 * elsewhere. */
static enum rmq_error make_topic(const rmq_config *config, const char *topic, int queues,
				 rmq_error_detail **detail)
{
	rmq_topic_settings *settings = rmq_topic_settings_new();
	rmq_admin *admin = NULL;
	enum rmq_error err = rmq_admin_new(config, &admin, detail);

	if (err == RMQ_OK)
		err = rmq_topic_settings_set_queues(settings, queues, detail);
	if (err == RMQ_OK)
		err = rmq_admin_create_topic(admin, NULL, topic, settings, NULL, detail);
	rmq_admin_free(admin);
	rmq_topic_settings_free(settings);
	return err;
}

static enum rmq_error send_steps(rmq_producer *producer, const char *topic, int from, int to,
				 rmq_error_detail **detail)
{
	rmq_send_options *options = rmq_send_options_new();
	enum rmq_error err = RMQ_OK;

	for (int i = from * ORDERS; err == RMQ_OK && i < to * ORDERS; i++) {
		char key[16], body[32];
		int len = snprintf(body, sizeof(body), "%d %d", i % ORDERS, i / ORDERS);
		rmq_message *message = rmq_message_new(topic, body, (size_t)len + 1);

		snprintf(key, sizeof(key), "%d", i % ORDERS);
		err = rmq_send_options_set_sharding_key(options, key, detail);
		if (err == RMQ_OK)
			err = rmq_producer_send(producer, message, options, NULL, detail);
		rmq_message_free(message);
	}
	rmq_send_options_free(options);
	return err;
}

static rmq_push_consumer *join(const rmq_config *config, char **argv, char *name,
			       rmq_error_detail **detail)
{
	rmq_push_consumer *c = NULL;

	if (rmq_push_consumer_new(config, argv[2], &c, detail) == RMQ_OK &&
	    rmq_push_consumer_subscribe(c, argv[1], "*", detail) == RMQ_OK &&
	    rmq_push_consumer_set_orderly_listener(c, take, name, detail) == RMQ_OK &&
	    rmq_push_consumer_start(c, detail) == RMQ_OK)
		return c;
	rmq_push_consumer_free(c);
	return NULL;
}

int main(int argc, char **argv)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *producer = NULL;
	rmq_push_consumer *one = NULL, *two = NULL;
	rmq_error_detail *detail = NULL;
	char first[] = "one", second[] = "two";
	sigset_t end;
	int caught, ok;

	if (argc != 3)
		return fprintf(stderr, "usage: partial_order TOPIC GROUP\n"), 2;
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL); /* before any thread exists: for sigwait */
	ok = rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail) ==
		     RMQ_OK &&
	     make_topic(config, argv[1], 4, &detail) == RMQ_OK &&
	     rmq_producer_new(config, "example-partial-order", &producer, &detail) == RMQ_OK &&
	     rmq_producer_start(producer, &detail) == RMQ_OK &&
	     send_steps(producer, argv[1], 0, STEPS / 2, &detail) == RMQ_OK &&
	     (one = join(config, argv, first, &detail)) != NULL &&
	     (two = join(config, argv, second, &detail)) != NULL &&
	     /* Half of it is done: what comes now is the other member's, from where this one stops. */
	     sigwait(&end, &caught) == 0 && rmq_push_consumer_close(one, -1, &detail) == RMQ_OK &&
	     send_steps(producer, argv[1], STEPS / 2, STEPS, &detail) == RMQ_OK &&
	     sigwait(&end, &caught) == 0 && rmq_push_consumer_close(two, -1, &detail) == RMQ_OK;
	if (ok)
		printf("%d orders, each of them %s, %s, %s, %s\n", ORDERS, steps[0], steps[1],
		       steps[2], steps[3]);
	else
		fprintf(stderr, "partial_order: %s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(one);
	rmq_push_consumer_free(two);
	rmq_producer_free(producer);
	rmq_config_free(config);
	return ok ? 0 : 1;
}
