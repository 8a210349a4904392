/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_async.c - many transactions at once, by one thread that waits for none: each is begun, decided and ended in
 * callbacks. transaction.c has the same with a database that outlives the process.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 transaction_async TOPIC < orders    an order a line; "no ..." is none
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int under_way, failed; /* mu */

static void note_end(int is_failed)
{
	pthread_mutex_lock(&mu);
	under_way--;
	failed += is_failed;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mu);
}

/* What the local transaction would be; it decides by the order alone, so that a check can as well. */
static int is_wanted(const char *order, size_t len)
{
	return len < 3 || memcmp(order, "no ", 3) != 0;
}

static enum rmq_transaction_state check(const rmq_message *m, void *arg)
{
	size_t len;
	const char *order = rmq_message_body(m, &len);

	(void)arg;
	return is_wanted(order, len) ? RMQ_TRANSACTION_COMMIT : RMQ_TRANSACTION_ROLLBACK;
}

static void on_end(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	(void)arg;
	/* The broker will ask; nothing is lost. */
	if (error != RMQ_OK)
		fprintf(stderr, "%s\n", rmq_error_detail_message(detail));
	note_end(error != RMQ_OK);
}

/* The half message is stored: now is the time for the local transaction. */
static void on_begin(enum rmq_error error, rmq_transaction *t, const rmq_error_detail *detail,
		     void *arg)
{
	int is_placed = is_wanted(arg, strlen(arg));
	rmq_error_detail *why = NULL;
	enum rmq_error err;

	if (error != RMQ_OK) {
		fprintf(stderr, "no order: %s\n", rmq_error_detail_message(detail));
		note_end(1);
		return;
	}
	err = is_placed ? rmq_transaction_commit_async(t, on_end, NULL, &why)
			: rmq_transaction_rollback_async(t, on_end, NULL, &why);
	if (err != RMQ_OK) {
		fprintf(stderr, "%s\n", rmq_error_detail_message(why));
		note_end(1);
	}
	rmq_error_detail_free(why);
	rmq_transaction_free(t); /* the end goes on */
}

static int begin(rmq_producer *p, const char *topic, const char *order)
{
	static char orders[1000][100]; /* they live until their callbacks */
	static size_t count;
	rmq_message *m;
	rmq_error_detail *detail = NULL;
	enum rmq_error err;

	if (count == sizeof(orders) / sizeof(orders[0])) {
		fprintf(stderr, "not begun: this example takes 1000 orders\n");
		note_end(1);
		return 1;
	}
	snprintf(orders[count], sizeof(orders[0]), "%s", order);
	m = rmq_message_new(topic, orders[count], strlen(orders[count]));
	pthread_mutex_lock(&mu);
	under_way++;
	pthread_mutex_unlock(&mu);
	err = rmq_producer_begin_async(p, m, NULL, on_begin, orders[count++], &detail);
	if (err != RMQ_OK) {
		fprintf(stderr, "not begun: %s\n", rmq_error_detail_message(detail));
		note_end(1);
	}
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	return err != RMQ_OK;
}

static rmq_producer *start(void)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	if (rmq_producer_new(config, "example-async-orders", &p, &detail) != RMQ_OK ||
	    rmq_producer_set_check_fn(p, check, NULL, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK) {
		fprintf(stderr, "transaction_async: %s\n", rmq_error_detail_message(detail));
		rmq_producer_free(p);
		p = NULL;
	}
	rmq_error_detail_free(detail);
	rmq_config_free(config);
	return p;
}

int main(int argc, char **argv)
{
	rmq_producer *p = argc == 2 ? start() : NULL;
	char line[100];

	if (argc != 2)
		fprintf(stderr, "usage: transaction_async TOPIC < orders\n");
	if (!p)
		return 2;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (begin(p, argv[1], line))
			break;
	}
	pthread_mutex_lock(&mu);
	while (under_way > 0)
		pthread_cond_wait(&changed, &mu);
	pthread_mutex_unlock(&mu);
	printf("%d failed\n", failed);
	rmq_producer_free(p);
	return failed > 0;
}
