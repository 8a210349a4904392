/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/interop_transaction.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BODIES_MAX = 1000, BODY_SIZE = 128 };

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char answered[BODIES_MAX][BODY_SIZE]; /* mu */
static long answered_count;                  /* mu */

/* @locks: mu held. False: it was answered before. */
static int note(const char *body)
{
	for (long i = 0; i < answered_count; i++)
		if (strcmp(answered[i], body) == 0)
			return 0;
	if (answered_count < BODIES_MAX)
		snprintf(answered[answered_count++], BODY_SIZE, "%s", body);
	pthread_cond_signal(&changed);
	return 1;
}

/* Whatever a broker asks about was left open on purpose. */
static enum rmq_transaction_state on_check(const rmq_message *m, void *arg)
{
	char body[BODY_SIZE];
	size_t len;
	const char *bytes = rmq_message_body(m, &len);

	(void)arg;
	snprintf(body, sizeof(body), "%.*s", (int)len, bytes);
	pthread_mutex_lock(&mu);
	if (note(body))
		printf("CHECK %s\n", body);
	pthread_mutex_unlock(&mu);
	return RMQ_TRANSACTION_COMMIT;
}

static int wait_for(long count, long timeout_s)
{
	struct timespec end;
	int late = 0;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += timeout_s;
	pthread_mutex_lock(&mu);
	while (answered_count < count && !late)
		late = pthread_cond_timedwait(&changed, &mu, &end) != 0;
	if (late)
		fprintf(stderr, "interop: asked about %ld of %ld within %ld s\n", answered_count,
			count, timeout_s);
	pthread_mutex_unlock(&mu);
	return late;
}

static int failed(const char *what, rmq_error_detail *detail)
{
	fprintf(stderr, "interop: %s: %s\n", what, rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	return 1;
}

/* fate 0: commit, 1: roll back, 2: left open. */
static int one(rmq_producer *p, const struct interop_transaction *what, long number, long fate)
{
	char body[BODY_SIZE];
	rmq_transaction *t = NULL;
	rmq_error_detail *detail = NULL;
	rmq_send_options *patient = rmq_send_options_new();
	rmq_message *m;
	enum rmq_error err = RMQ_OK;

	snprintf(body, sizeof(body), "%s%ld", what->prefix, number);
	m = rmq_message_new(what->topic, body, strlen(body));
	if (rmq_send_options_set_timeout(patient, 60 * 1000, &detail) != RMQ_OK ||
	    rmq_producer_begin(p, m, patient, &t, &detail) != RMQ_OK)
		return failed("begin", detail);
	if (fate == 0)
		err = rmq_transaction_commit(t, &detail);
	else if (fate == 1)
		err = rmq_transaction_rollback(t, &detail);
	if (err != RMQ_OK)
		return failed("end", detail);
	printf("%s %s\tmsgId=%s\n", fate == 1 ? "ROLLED-BACK" : "SENT", body,
	       rmq_transaction_id(t));
	rmq_transaction_free(t);
	rmq_send_options_free(patient);
	rmq_message_free(m);
	return 0;
}

int interop_transaction(const rmq_config *config, const struct interop_transaction *what)
{
	int is_open = strcmp(what->verb, "leave-open") == 0;
	int is_answer = strcmp(what->verb, "answer") == 0;
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;
	int status = 0;

	if (!is_open && !is_answer && strcmp(what->verb, "transaction") != 0)
		return 2;
	if (rmq_producer_new(config, what->group, &p, &detail) != RMQ_OK ||
	    rmq_producer_set_check_fn(p, on_check, NULL, &detail) != RMQ_OK ||
	    rmq_producer_add_topic(p, what->topic, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK)
		return failed("producer", detail);
	for (long i = 0; i < what->count && !is_answer && status == 0; i++)
		status = one(p, what, i, is_open ? 2 : i % 3);
	if (status == 0 && !is_open)
		status = wait_for(is_answer ? what->count : what->count / 3, what->timeout_s);
	/* The close lets the last answer leave. */
	if (rmq_producer_close(p, -1, &detail) != RMQ_OK)
		status = failed("close", detail);
	rmq_producer_free(p);
	return status;
}
