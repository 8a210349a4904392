/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interop - a small producer and consumer for exchanges with other clients.
 *
 *     interop VERB --namesrv A --topic T [--group G] [--count N] [--timeout SECONDS] [--set key=value] ...
 *
 *     send, send-oneway, send-async [--body-prefix P] [--tag TAG] [--keys K] [--numbered 1] [--delay-ms D]
 *     send-batch --batch N            the same, N messages a request
 *     send-by-hash --hex-keys 6b31,6b32
 *     consume [--tag EXPRESSION] [--delay-ms D]
 *     request, reply [--body-prefix P]
 *     transaction, leave-open, answer [--body-prefix P]     see interop_transaction.h
 *     recall --handle H
 *     hold --until-file F             see interop_orderly.c
 *     pop --until-file F              the same with a concurrent listener
 *     share --until-file F            see interop_share.c
 *     read-trace                      N records of message trace, in the trace topic T
 *     lite-pull --until-file F [--queues Q --ready-file R]     polls until F is there; makes R when it holds Q queues
 *
 * What was sent is told as "SENT <body>", what was consumed as "MSG <body>", with details behind tabs; consume and read-trace end
 * after N, and with --delay-ms consume fails when one came before its time. send-by-hash sends one message for each key (the
 * hex of its UTF-8) to the queue that the key chooses.
 * Exit status: 0 done, 1 failed or too few in time, 2 wrong use.
 */
#include "tests/conformance/interop.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

#include "tests/conformance/interop_transaction.h"

struct interop_options interop_options = {
	.group = "interop-c", .prefix = "c-", .count = 1, .batch = 1, .timeout_s = 300};
rmq_config *interop_config;

_Noreturn void interop_die(const char *what, rmq_error_detail *detail)
{
	fprintf(stderr, "interop: %s%s%s\n", what, detail ? ": " : "",
		detail ? rmq_error_detail_message(detail) : "");
	rmq_error_detail_free(detail);
	exit(1);
}

rmq_producer *interop_producer(void)
{
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	if (rmq_producer_new(interop_config, interop_options.group, &p, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK)
		interop_die("producer", detail);
	return p;
}

/* --- consume ------------------------------------------------------------------- */

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long received; /* mu */
static long early;    /* mu */

/* A timed message is stored anew when its time has come. */
static int64_t stored_after_ms(const rmq_message *m)
{
	return rmq_message_store_ms(m) - rmq_message_born_ms(m);
}

static const char *or_null(const char *text)
{
	return text && *text ? text : "null";
}

/* How the body came. Bits 8 to 10 of MessageSysFlag.java, by CompressionType.java. */
static const char *compression(const rmq_message *m)
{
	static const char *const names[] = {"no", "LZ4", "ZSTD", "ZLIB"};
	uint32_t type = (uint32_t)rmq_message_sys_flag(m) >> 8 & 7;

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

void interop_say_message(const rmq_message *m)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);

	printf("MSG %.*s\tmsgId=%s\ttags=%s\tkeys=%s\tnumber=%s\tcompressed=%s\n", (int)len, body,
	       rmq_message_id(m), or_null(rmq_message_tag(m)), or_null(rmq_message_keys(m)),
	       or_null(rmq_message_property(m, "number")), compression(m));
}

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)context;
	(void)arg;
	pthread_mutex_lock(&mu);
	for (size_t i = 0; i < count; i++) {
		interop_say_message(messages[i]);
		if (interop_options.delay_ms > 0 &&
		    stored_after_ms(messages[i]) < interop_options.delay_ms)
			early++;
		received++;
	}
	fflush(stdout);
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mu);
	return RMQ_CONSUME_SUCCESS;
}

/* True when all came. A slow machine only takes longer: the limit is for a time in which nothing comes. */
static int wait_for_all(void)
{
	struct timespec end;
	long seen = -1;
	int late = 0, all;

	pthread_mutex_lock(&mu);
	while (received < interop_options.count && !late) {
		if (received > seen) {
			clock_gettime(CLOCK_REALTIME, &end);
			end.tv_sec += interop_options.timeout_s;
		}
		seen = received;
		late = pthread_cond_timedwait(&changed, &mu, &end) != 0;
	}
	all = received >= interop_options.count;
	pthread_mutex_unlock(&mu);
	return all;
}

void interop_came(long count)
{
	pthread_mutex_lock(&mu);
	received += count;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mu);
}

int interop_consume(rmq_consume_fn listener, void *arg)
{
	rmq_push_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	int all;

	if (rmq_push_consumer_new(interop_config, interop_options.group, &c, &detail) != RMQ_OK ||
	    rmq_push_consumer_subscribe(c, interop_options.topic, interop_options.tag, &detail) !=
		    RMQ_OK ||
	    rmq_push_consumer_set_listener(c, listener, arg, NULL) != RMQ_OK ||
	    rmq_push_consumer_start(c, &detail) != RMQ_OK)
		interop_die("consumer", detail);
	all = wait_for_all();
	if (!all)
		fprintf(stderr, "interop: %ld of %ld messages came, then none within %ld s\n",
			received, interop_options.count, interop_options.timeout_s);
	if (rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		interop_die("close", detail);
	rmq_push_consumer_free(c);
	if (early > 0)
		interop_die("messages came before their time", NULL);
	return !all;
}

static int do_consume(void)
{
	return interop_consume(on_messages, NULL);
}

/* --- request, reply -------------------------------------------------------------- */

static void request_one(rmq_producer *p, long number)
{
	rmq_send_options *patient = rmq_send_options_new();
	rmq_message *m, *reply = NULL;
	rmq_error_detail *detail = NULL;
	char body[512], should[520];
	const char *is;
	size_t len;

	snprintf(body, sizeof(body), "%s%ld", interop_options.prefix, number);
	snprintf(should, sizeof(should), "re: %s", body);
	m = rmq_message_new(interop_options.topic, body, strlen(body));
	if (rmq_send_options_set_timeout(patient, 60 * 1000, &detail) != RMQ_OK ||
	    rmq_producer_request(p, m, patient, &reply, &detail) != RMQ_OK)
		interop_die("request", detail);
	is = rmq_message_body(reply, &len);
	printf("REPLY %.*s\n", (int)len, is);
	if (len != strlen(should) || memcmp(is, should, len) != 0)
		interop_die("the reply is not what it should be", NULL);
	rmq_message_free(reply);
	rmq_message_free(m);
	rmq_send_options_free(patient);
}

static int do_request(void)
{
	rmq_producer *p = interop_producer();

	for (long i = 0; i < interop_options.count; i++)
		request_one(p, i);
	rmq_producer_free(p);
	return 0;
}

static void reply_one(rmq_producer *p, const rmq_message *request)
{
	rmq_message *reply = NULL;
	rmq_error_detail *detail = NULL;
	char body[520];
	size_t len;
	const char *asked = rmq_message_body(request, &len);

	snprintf(body, sizeof(body), "re: %.*s", (int)len, asked);
	if (rmq_message_new_reply(request, body, strlen(body), &reply, &detail) != RMQ_OK ||
	    rmq_producer_send(p, reply, NULL, NULL, &detail) != RMQ_OK)
		interop_die("reply", detail);
	printf("REPLIED %s\n", body);
	rmq_message_free(reply);
}

static enum rmq_consume_status on_requests(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)context;
	for (size_t i = 0; i < count; i++) {
		reply_one(arg, messages[i]);
		interop_came(1);
	}
	return RMQ_CONSUME_SUCCESS;
}

static int do_reply(void)
{
	rmq_producer *p = interop_producer();
	int status = interop_consume(on_requests, p);

	rmq_producer_free(p);
	return status;
}

/* --- recall ---------------------------------------------------------------------- */

static int do_recall(void)
{
	rmq_producer *p = interop_producer();
	rmq_error_detail *detail = NULL;

	if (rmq_producer_recall(p, interop_options.topic, interop_options.handle, &detail) !=
	    RMQ_OK)
		interop_die("recall", detail);
	rmq_producer_free(p);
	return 0;
}

/* --- transactions ------------------------------------------------------------------ */

static int do_transaction(void)
{
	const struct interop_transaction what = {interop_options.verb,  interop_options.topic,
						 interop_options.group, interop_options.prefix,
						 interop_options.count, interop_options.timeout_s};

	return interop_transaction(interop_config, &what);
}

/* --- options ------------------------------------------------------------------- */

static void usage(void)
{
	fputs("usage: interop VERB --namesrv A --topic T [--OPTION VALUE] ...; see interop.c\n",
	      stderr);
	exit(2);
}

static void set(const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	if (rmq_config_set(interop_config, key, value, &detail) != RMQ_OK)
		interop_die("configuration", detail);
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

static bool read_text(const char *name, const char *value)
{
	const struct {
		const char *name, **to;
	} texts[] = {{"--topic", &interop_options.topic},
		     {"--group", &interop_options.group},
		     {"--body-prefix", &interop_options.prefix},
		     {"--tag", &interop_options.tag},
		     {"--keys", &interop_options.keys},
		     {"--hex-keys", &interop_options.hex_keys},
		     {"--handle", &interop_options.handle},
		     {"--ready-file", &interop_options.ready_file},
		     {"--until-file", &interop_options.until_file}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(name, texts[i].name) == 0) {
			*texts[i].to = value;
			return true;
		}
	return false;
}

static bool read_number(const char *name, const char *value)
{
	const struct {
		const char *name;
		long *to;
	} numbers[] = {{"--count", &interop_options.count},
		       {"--batch", &interop_options.batch},
		       {"--numbered", &interop_options.numbered},
		       {"--delay-ms", &interop_options.delay_ms},
		       {"--queues", &interop_options.queues},
		       {"--timeout", &interop_options.timeout_s}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(name, numbers[i].name) == 0) {
			*numbers[i].to = strtol(value, NULL, 10);
			return true;
		}
	return false;
}

static void read_option(const char *name, const char *value)
{
	if (read_text(name, value) || read_number(name, value))
		return;
	if (strcmp(name, "--namesrv") == 0)
		set("namesrvAddr", value);
	else if (strcmp(name, "--set") == 0)
		set_pair(value);
	else
		usage();
}

static int run(void)
{
	static int (*const verbs[])(void) = {interop_send, interop_read_trace, interop_lite_pull,
					     interop_hold, interop_share,      do_transaction};
	int status = 2;

	if (strcmp(interop_options.verb, "consume") == 0)
		return do_consume();
	if (strcmp(interop_options.verb, "request") == 0)
		return do_request();
	if (strcmp(interop_options.verb, "reply") == 0)
		return do_reply();
	if (strcmp(interop_options.verb, "recall") == 0 && interop_options.handle)
		return do_recall();
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && status == 2; i++)
		status = verbs[i]();
	return status;
}

int main(int argc, char **argv)
{
	int status;

	interop_config = rmq_config_new();
	if (!interop_config || argc < 2)
		usage();
	interop_options.verb = argv[1];
	/* Of a busy machine; an option may say otherwise. */
	set("sendMsgTimeout", "60000");
	for (int i = 2; i < argc; i += 2) {
		if (i + 1 == argc)
			usage();
		read_option(argv[i], argv[i + 1]);
	}
	if (!interop_options.topic || interop_options.count < 1 || interop_options.batch < 1)
		usage();
	status = run();
	if (status == 2)
		usage();
	rmq_config_free(interop_config);
	return status;
}
