/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interop - a small producer and consumer for exchanges with other clients.
 *
 *     interop send    --namesrv A --topic T --count N [--group G] [--body-prefix P]
 *                     [--tag TAG] [--keys K] [--set key=value]
 *     interop consume --namesrv A --topic T --count N --group G [--tag EXPRESSION]
 *                     [--timeout SECONDS] [--set key=value]
 *
 * send prints "SENT <body>" for each message; consume prints "MSG <body>" and ends after N.
 * Exit status: 0 done, 1 failed or too few in time, 2 wrong use.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

static struct options {
	const char *verb, *topic, *group, *prefix, *tag, *keys;
	long count;
	long timeout_s;
} options = {.group = "interop-c", .prefix = "c-", .count = 1, .timeout_s = 60};

static rmq_config *config;

static _Noreturn void die(const char *what, rmq_error_detail *detail)
{
	fprintf(stderr, "interop: %s%s%s\n", what, detail ? ": " : "",
		detail ? rmq_error_detail_message(detail) : "");
	rmq_error_detail_free(detail);
	exit(1);
}

/* --- send ---------------------------------------------------------------------- */

static void send_one(rmq_producer *p, long number)
{
	char body[512];
	rmq_message *m;
	rmq_send_options *patient = rmq_send_options_new();
	rmq_error_detail *detail = NULL;

	snprintf(body, sizeof(body), "%s%ld", options.prefix, number);
	m = rmq_message_new(options.topic, body, strlen(body));
	if (!m || (options.tag && rmq_message_set_tag(m, options.tag, NULL) != RMQ_OK) ||
	    (options.keys && rmq_message_set_keys(m, options.keys, NULL) != RMQ_OK))
		die("not a message", NULL);
	if (rmq_send_options_set_timeout(patient, 10 * 1000, &detail) != RMQ_OK ||
	    rmq_producer_send(p, m, patient, NULL, &detail) != RMQ_OK)
		die("send", detail);
	printf("SENT %s\n", body);
	rmq_send_options_free(patient);
	rmq_message_free(m);
}

static int do_send(void)
{
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	if (rmq_producer_new(config, options.group, &p, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK)
		die("producer", detail);
	for (long i = 0; i < options.count; i++)
		send_one(p, i);
	rmq_producer_free(p);
	return 0;
}

/* --- consume ------------------------------------------------------------------- */

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long received; /* mu */

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	const void *body;
	size_t len;

	(void)c;
	(void)context;
	(void)arg;
	pthread_mutex_lock(&mu);
	for (size_t i = 0; i < count; i++) {
		body = rmq_message_body(messages[i], &len);
		printf("MSG %.*s\n", (int)len, (const char *)body);
		received++;
	}
	fflush(stdout);
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mu);
	return RMQ_CONSUME_SUCCESS;
}

/* True when all came in time. */
static int wait_for_all(void)
{
	struct timespec end;
	int late = 0, all;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += options.timeout_s;
	pthread_mutex_lock(&mu);
	while (received < options.count && !late)
		late = pthread_cond_timedwait(&changed, &mu, &end) != 0;
	all = received >= options.count;
	pthread_mutex_unlock(&mu);
	return all;
}

static int do_consume(void)
{
	rmq_push_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	int all;

	if (rmq_push_consumer_new(config, options.group, &c, &detail) != RMQ_OK ||
	    rmq_push_consumer_subscribe(c, options.topic, options.tag, &detail) != RMQ_OK ||
	    rmq_push_consumer_set_listener(c, on_messages, NULL, NULL) != RMQ_OK ||
	    rmq_push_consumer_start(c, &detail) != RMQ_OK)
		die("consumer", detail);
	all = wait_for_all();
	if (!all)
		fprintf(stderr, "interop: only %ld of %ld messages came\n", received,
			options.count);
	if (rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		die("close", detail);
	rmq_push_consumer_free(c);
	return !all;
}

/* --- options ------------------------------------------------------------------- */

static void usage(void)
{
	fputs("usage: interop send|consume --namesrv A --topic T [--group G] [--count N]\n"
	      "       [--body-prefix P] [--tag TAG] [--keys K] [--timeout S] [--set key=value]\n",
	      stderr);
	exit(2);
}

static void set(const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	if (rmq_config_set(config, key, value, &detail) != RMQ_OK)
		die("configuration", detail);
}

static void set_pair(const char *pair)
{
	char key[128];
	const char *value = strchr(pair, '=');

	if (!value || (size_t)(value - pair) >= sizeof(key))
		usage();
	snprintf(key, sizeof(key), "%.*s", (int)(value - pair), pair);
	set(key, value + 1);
}

static void read_option(const char *name, const char *value)
{
	if (strcmp(name, "--namesrv") == 0)
		set("namesrvAddr", value);
	else if (strcmp(name, "--topic") == 0)
		options.topic = value;
	else if (strcmp(name, "--group") == 0)
		options.group = value;
	else if (strcmp(name, "--body-prefix") == 0)
		options.prefix = value;
	else if (strcmp(name, "--tag") == 0)
		options.tag = value;
	else if (strcmp(name, "--keys") == 0)
		options.keys = value;
	else if (strcmp(name, "--count") == 0)
		options.count = strtol(value, NULL, 10);
	else if (strcmp(name, "--timeout") == 0)
		options.timeout_s = strtol(value, NULL, 10);
	else if (strcmp(name, "--set") == 0)
		set_pair(value);
	else
		usage();
}

int main(int argc, char **argv)
{
	int status;

	config = rmq_config_new();
	if (!config || argc < 2)
		usage();
	options.verb = argv[1];
	for (int i = 2; i < argc; i += 2) {
		if (i + 1 == argc)
			usage();
		read_option(argv[i], argv[i + 1]);
	}
	if (!options.topic)
		usage();
	if (strcmp(options.verb, "send") == 0)
		status = do_send();
	else if (strcmp(options.verb, "consume") == 0)
		status = do_consume();
	else
		usage(), status = 2;
	rmq_config_free(config);
	return status;
}
