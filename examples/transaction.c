/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction.c - an order is in the database if and only if its message is delivered, also when the process is
 * killed in between.
 *
 *     NAMESRV_ADDR=127.0.0.1:9876 transaction TOPIC DATABASE place < orders   an order a line
 *     ... transaction TOPIC DATABASE die < orders     is killed when the first one is in the database
 *     ... transaction TOPIC DATABASE answer COUNT     waits until brokers have asked about so many
 *
 * DATABASE stands for a real one: a file of lines "transaction-id order". What matters is that the id is written
 * with the order, in one step, and that every process of the group can look it up.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

enum { STILL_AT_WORK_S = 60 }; /* an order is written sooner than that, or never */

static const char *database;
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long decided; /* mu */

/* --- The database ------------------------------------------------------------------------------ */

static int store_order(const char *id, const char *order)
{
	int fd = open(database, O_WRONLY | O_CREAT | O_APPEND, 0600);
	char row[1200];
	int len = snprintf(row, sizeof(row), "%s %s\n", id, order);
	int is_stored = fd >= 0 && len < (int)sizeof(row) && write(fd, row, (size_t)len) == len &&
			fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return is_stored ? 0 : -1;
}

/* 1: there is one; 0: there is none; -1: nobody can tell now. */
static int find_order(const char *id)
{
	FILE *f = fopen(database, "r");
	char row[1200];
	int is_found = 0;

	if (!f)
		return errno == ENOENT ? 0 : -1;
	while (!is_found && fgets(row, sizeof(row), f))
		is_found = strncmp(row, id, strlen(id)) == 0 && row[strlen(id)] == ' ';
	if (!is_found && ferror(f))
		is_found = -1;
	fclose(f);
	return is_found;
}

/* --- Transactions ------------------------------------------------------------------------------ */

/* A broker asks what became of it: maybe of one that another process began, long ago. */
static enum rmq_transaction_state check(const rmq_message *m, void *arg)
{
	const char *id = rmq_message_id(m);
	int is_found = find_order(id);

	(void)arg;
	/* Another process may still be about to write it. */
	if (is_found < 0 ||
	    (!is_found && rmq_message_born_ms(m) / 1000 > (long long)time(NULL) - STILL_AT_WORK_S))
		return RMQ_TRANSACTION_UNKNOWN;
	printf("%s: %s\n", id, is_found ? "there is an order" : "there is no order");
	fflush(stdout);
	pthread_mutex_lock(&mu);
	decided++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mu);
	return is_found ? RMQ_TRANSACTION_COMMIT : RMQ_TRANSACTION_ROLLBACK;
}

static int end(rmq_transaction *t, int is_stored)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = is_stored ? rmq_transaction_commit(t, &detail)
				       : rmq_transaction_rollback(t, &detail);

	/* No reason to give up: the broker will ask, and the database knows. */
	if (err != RMQ_OK)
		fprintf(stderr, "%s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	return is_stored ? 0 : 1;
}

static int place(rmq_producer *p, const char *topic, const char *order, int is_to_die)
{
	rmq_message *m = rmq_message_new(topic, order, strlen(order));
	rmq_transaction *t = NULL;
	rmq_error_detail *detail = NULL;
	int status = 1;

	if (rmq_producer_begin(p, m, NULL, &t, &detail) == RMQ_OK) {
		int is_stored = store_order(rmq_transaction_id(t), order) == 0;

		if (is_to_die)
			raise(SIGKILL);
		printf("%s %s\n", rmq_transaction_id(t), order);
		status = end(t, is_stored);
	} else {
		fprintf(stderr, "no order: %s\n", rmq_error_detail_message(detail));
	}
	rmq_transaction_free(t);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	return status;
}

static void wait_for(long count)
{
	pthread_mutex_lock(&mu);
	while (decided < count)
		pthread_cond_wait(&changed, &mu);
	pthread_mutex_unlock(&mu);
}

static rmq_producer *start(const char *topic)
{
	rmq_config *config = rmq_config_new(); /* name servers come from NAMESRV_ADDR */
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	rmq_config_set_log(config, rmq_log_stderr, RMQ_LOG_WARN, NULL);
	/* Without the topic no broker knows of this producer until it sends. */
	if (rmq_producer_new(config, "example-orders", &p, &detail) != RMQ_OK ||
	    rmq_producer_set_check_fn(p, check, NULL, &detail) != RMQ_OK ||
	    rmq_producer_add_topic(p, topic, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK) {
		fprintf(stderr, "transaction: %s\n", rmq_error_detail_message(detail));
		rmq_producer_free(p);
		p = NULL;
	}
	rmq_error_detail_free(detail);
	rmq_config_free(config);
	return p;
}

int main(int argc, char **argv)
{
	rmq_producer *p;
	char line[1000];
	int status = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: transaction TOPIC DATABASE place|die|answer [COUNT]\n");
		return 2;
	}
	database = argv[2];
	p = start(argv[1]);
	if (!p)
		return 1;
	if (strcmp(argv[3], "answer") == 0)
		wait_for(argc > 4 ? strtol(argv[4], NULL, 10) : 1);
	else
		while (status == 0 && fgets(line, sizeof(line), stdin)) {
			line[strcspn(line, "\n")] = '\0';
			status = place(p, argv[1], line, strcmp(argv[3], "die") == 0);
		}
	rmq_producer_free(p); /* what it answered last leaves before */
	return status;
}
