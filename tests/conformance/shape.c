/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape - clients under way while a script changes the shape of a real cluster (tests/apache/shapes).
 *
 *     shape load    --topic T --group G [--members N] [--rate PER-SECOND] [--known N]
 *                   [--fail-every N] [--patience S] [--linger MS]
 *     shape send    --topic T        one message, which is none of load's numbers
 *     shape ready   --topic T --group G [--patience S]
 *     shape offsets --topic T [--group G]
 *     shape create-topic --topic T --queues N [--patience S]    on all brokers
 *     all: --namesrv A [--set key=value]; with RMQ_SHAPE_LOG set they log
 *
 * load sends numbered messages to its own members until its input says "stop" or ends, waits until
 * all that was acknowledged has come, and then a little for what comes again. --known N: the
 * numbers below N were acknowledged before; with --rate 0 nothing else is sent.
 *
 *     EVENT kind topic text                                  of the clients' event callback
 *     PROGRESS sent=9 acked=9 came=9 retried=0 again=0 ready=2   five times a second
 *     SUMMARY acked=9 unsure=0 refused=0 lost=0 copies=0 again=0 retried=0 ok=9 no_slave=0
 *             slave_late=0                                   one line
 *     SENT status broker-a                                   of send; or FAILED code text
 *     CREATED topic                                          of create-topic; or FAILED code text
 *     READY 8                                                of ready; or FAILED code text
 *     ROW broker-a 0 min max committed                       of offsets; or AWAY broker-a 0 code text
 *
 * lost: acknowledged and never delivered. copies: one more place that a message was stored at, as a send
 * was repeated. again: delivered again from the same place, though no listener refused it.
 * Exit status: 0 it ran (the script judges), 1 not, 2 wrong use.
 */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

enum { MESSAGES_MAX = 100 * 1000, MEMBERS_MAX = 8, PROGRESS_MS = 200, SEND_MS = 10 * 1000 };

static struct options {
	const char *verb, *topic, *group;
	long members, rate, known, fail_every, patience_s, linger_ms, queues;
} options = {.group = "shape",
	     .members = 1,
	     .rate = 100,
	     .patience_s = 60,
	     .linger_ms = 2000,
	     .queues = 4};

static rmq_config *config;

/* One line at a time, whoever says it. */
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	va_list args;

	flockfile(stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
}

static void say_failed(enum rmq_error error, rmq_error_detail *detail)
{
	say("FAILED %d %s", (int)error, rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
}

/* The detail by its address: the call that sets it is an argument beside it. */
static void must(enum rmq_error error, rmq_error_detail **detail, const char *what)
{
	if (error == RMQ_OK)
		return;
	fprintf(stderr, "shape: %s: %s\n", what, rmq_error_detail_message(*detail));
	exit(1);
}

static void on_event(const rmq_event *e, void *arg)
{
	(void)arg;
	say("EVENT %d %s %s", (int)rmq_event_kind(e), rmq_event_topic(e), rmq_event_text(e));
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void set(const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	must(rmq_config_set(config, key, value, &detail), &detail, key);
}

/* --- What became of the messages ------------------------------------------------------ */

enum fate { UNSENT, ACKED, UNSURE, REFUSED };

/* Where it was delivered from. */
struct place {
	char broker[20];
	int32_t queue;
	int64_t offset;
};

struct entry {
	enum fate fate;
	bool came;
	struct place first;
};

static struct {
	pthread_mutex_t mu;
	struct entry entries[MESSAGES_MAX];
	long sent, came, fates[REFUSED + 1], statuses[8];
	long copies, again, retried;
	bool is_stopped;
} log_of = {.mu = PTHREAD_MUTEX_INITIALIZER};

static void note_fate(long id, enum fate fate, const rmq_send_result *r)
{
	pthread_mutex_lock(&log_of.mu);
	log_of.entries[id].fate = fate;
	log_of.fates[fate]++;
	if (r)
		log_of.statuses[rmq_send_result_status(r) & 7]++;
	pthread_mutex_unlock(&log_of.mu);
}

static bool is_there(const struct place *p, const rmq_message *m)
{
	const struct rmq_queue *q = rmq_message_queue(m);

	return p->queue == q->queue_id && p->offset == rmq_message_queue_offset(m) &&
	       strcmp(p->broker, q->broker_name) == 0;
}

/* @locks: mu held. */
static void note_delivery(struct entry *e, const rmq_message *m)
{
	if (rmq_message_reconsume_times(m) > 0) {
		log_of.retried++;
	} else if (!e->came) {
		e->came = true;
		log_of.came++;
		snprintf(e->first.broker, sizeof(e->first.broker), "%s",
			 rmq_message_queue(m)->broker_name);
		e->first.queue = rmq_message_queue(m)->queue_id;
		e->first.offset = rmq_message_queue_offset(m);
	} else if (is_there(&e->first, m)) {
		log_of.again++;
	} else {
		log_of.copies++;
	}
}

/* True when the listener is to refuse it. */
static bool take(const rmq_message *m)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);
	char text[16];
	long id;

	snprintf(text, sizeof(text), "%.*s", (int)(len < 15 ? len : 15), body);
	id = strtol(text, NULL, 10);
	pthread_mutex_lock(&log_of.mu);
	if (id >= 0 && id < MESSAGES_MAX)
		note_delivery(&log_of.entries[id], m);
	pthread_mutex_unlock(&log_of.mu);
	return options.fail_every > 0 && id % options.fail_every == 0 &&
	       rmq_message_reconsume_times(m) == 0;
}

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	bool refuse = false;

	(void)c;
	(void)context;
	(void)arg;
	for (size_t i = 0; i < count; i++)
		refuse |= take(messages[i]);
	return refuse ? RMQ_RECONSUME_LATER : RMQ_CONSUME_SUCCESS;
}

/* Of those that were acknowledged. */
static long count_missing(void)
{
	long missing = 0;

	pthread_mutex_lock(&log_of.mu);
	for (long i = 0; i < log_of.sent; i++)
		missing += log_of.entries[i].fate == ACKED && !log_of.entries[i].came;
	pthread_mutex_unlock(&log_of.mu);
	return missing;
}

/* --- Clients ---------------------------------------------------------------------------- */

static rmq_producer *new_producer(void)
{
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	must(rmq_producer_new(config, "shape-producer", &p, &detail), &detail, "producer");
	must(rmq_producer_start(p, &detail), &detail, "producer");
	return p;
}

static rmq_push_consumer *new_member(long number)
{
	rmq_push_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	char name[32];

	snprintf(name, sizeof(name), "member-%ld-%d", number, (int)getpid());
	set("instanceName", name);
	set("consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	must(rmq_push_consumer_new(config, options.group, &c, &detail), &detail, "consumer");
	must(rmq_push_consumer_subscribe(c, options.topic, "*", &detail), &detail, "subscribe");
	must(rmq_push_consumer_set_listener(c, on_messages, NULL, &detail), &detail, "listener");
	must(rmq_push_consumer_start(c, &detail), &detail, "consumer");
	return c;
}

static enum rmq_error send_number(rmq_producer *p, long id, rmq_send_result **result,
				  rmq_error_detail **detail)
{
	static const int64_t budget_ms = SEND_MS;
	rmq_send_options *o = rmq_send_options_new();
	enum rmq_error error;
	char body[16];
	rmq_message *m;

	snprintf(body, sizeof(body), "%08ld", id);
	m = rmq_message_new(options.topic, body, strlen(body));
	if (!m || !o)
		exit(1);
	must(rmq_send_options_set_timeout(o, budget_ms, detail), detail, "timeout");
	error = rmq_producer_send(p, m, o, result, detail);
	rmq_message_free(m);
	rmq_send_options_free(o);
	return error;
}

/* --- load --------------------------------------------------------------------------------- */

static void send_next(rmq_producer *p)
{
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error error;
	long id;

	pthread_mutex_lock(&log_of.mu);
	id = log_of.sent++;
	pthread_mutex_unlock(&log_of.mu);
	error = send_number(p, id, &r, &detail);
	if (error == RMQ_OK)
		note_fate(id, ACKED, r);
	else if (!detail || rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED)
		note_fate(id, UNSURE, NULL);
	else
		note_fate(id, REFUSED, NULL);
	if (error != RMQ_OK)
		say("REFUSED %ld %d %s", id, (int)error, rmq_error_detail_message(detail));
	rmq_send_result_free(r);
	rmq_error_detail_free(detail);
}

static bool is_stopped(void)
{
	bool stopped;

	pthread_mutex_lock(&log_of.mu);
	stopped = log_of.is_stopped || log_of.sent == MESSAGES_MAX;
	pthread_mutex_unlock(&log_of.mu);
	return stopped;
}

static void *run_sender(void *arg)
{
	rmq_producer *p = new_producer();
	struct timespec gap = {.tv_nsec = 1000000000L / options.rate % 1000000000L};

	(void)arg;
	while (!is_stopped()) {
		send_next(p);
		nanosleep(&gap, NULL);
	}
	rmq_producer_free(p);
	return NULL;
}

static long count_ready(rmq_push_consumer **members)
{
	long ready = 0;

	for (long i = 0; i < options.members; i++)
		ready += rmq_push_consumer_wait_ready(members[i], 0, NULL) == RMQ_OK;
	return ready;
}

static void say_progress(rmq_push_consumer **members)
{
	long sent, acked, came, retried, again;

	pthread_mutex_lock(&log_of.mu);
	sent = log_of.sent;
	acked = log_of.fates[ACKED];
	came = log_of.came;
	retried = log_of.retried;
	again = log_of.again;
	pthread_mutex_unlock(&log_of.mu);
	say("PROGRESS sent=%ld acked=%ld came=%ld retried=%ld again=%ld ready=%ld", sent, acked,
	    came, retried, again, count_ready(members));
}

/* Until the input says so. */
static void await_stop(rmq_push_consumer **members)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	while (poll(&in, 1, PROGRESS_MS) == 0)
		say_progress(members);
	pthread_mutex_lock(&log_of.mu);
	log_of.is_stopped = true;
	pthread_mutex_unlock(&log_of.mu);
}

static void await_all(rmq_push_consumer **members)
{
	int64_t end_ms = now_ms() + options.patience_s * 1000;

	while (count_missing() > 0 && now_ms() < end_ms) {
		poll(NULL, 0, PROGRESS_MS);
		say_progress(members);
	}
	poll(NULL, 0, (int)options.linger_ms);
}

static void say_missing(void)
{
	int shown = 0;

	for (long i = 0; i < log_of.sent && shown < 5; i++)
		if (log_of.entries[i].fate == ACKED && !log_of.entries[i].came) {
			say("LOST %ld", i);
			shown++;
		}
}

static void say_summary(void)
{
	say_missing();
	say("SUMMARY acked=%ld unsure=%ld refused=%ld lost=%ld copies=%ld again=%ld retried=%ld "
	    "ok=%ld no_slave=%ld slave_late=%ld",
	    log_of.fates[ACKED], log_of.fates[UNSURE], log_of.fates[REFUSED], count_missing(),
	    log_of.copies, log_of.again, log_of.retried, log_of.statuses[RMQ_SEND_OK],
	    log_of.statuses[RMQ_SEND_SLAVE_NOT_AVAILABLE],
	    log_of.statuses[RMQ_SEND_FLUSH_SLAVE_TIMEOUT]);
}

static int do_load(void)
{
	rmq_push_consumer *members[MEMBERS_MAX];
	rmq_error_detail *detail = NULL;
	pthread_t sender;

	for (long i = 0; i < options.known; i++)
		note_fate(i, ACKED, NULL);
	log_of.sent = options.known;
	for (long i = 0; i < options.members; i++)
		members[i] = new_member(i);
	set("instanceName", "DEFAULT");
	if (options.rate > 0 && pthread_create(&sender, NULL, run_sender, NULL) != 0)
		return 1;
	await_stop(members);
	if (options.rate > 0)
		pthread_join(sender, NULL);
	await_all(members);
	for (long i = 0; i < options.members; i++) {
		if (rmq_push_consumer_close(members[i], -1, &detail) != RMQ_OK)
			say("CLOSE %s", rmq_error_detail_message(detail));
		rmq_error_detail_free(detail);
		detail = NULL;
		rmq_push_consumer_free(members[i]);
	}
	say_summary();
	return 0;
}

/* --- The others ---------------------------------------------------------------------------- */

static int do_send(void)
{
	rmq_producer *p = new_producer();
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error error = send_number(p, -1, &r, &detail);

	if (error == RMQ_OK)
		say("SENT %d %s", (int)rmq_send_result_status(r),
		    rmq_send_result_queue(r)->broker_name);
	else
		say_failed(error, detail);
	rmq_send_result_free(r);
	rmq_producer_free(p);
	return 0;
}

static int do_ready(void)
{
	rmq_push_consumer *c = new_member(0);
	rmq_error_detail *detail = NULL;
	enum rmq_error error = rmq_push_consumer_wait_ready(c, options.patience_s * 1000, &detail);

	if (error == RMQ_OK)
		say("READY %zu", rmq_push_consumer_queue_count(c));
	else
		say_failed(error, detail);
	rmq_push_consumer_free(c);
	return 0;
}

static void say_row(const rmq_queue_offsets *q)
{
	const struct rmq_queue *queue = rmq_queue_offsets_queue(q);

	if (rmq_queue_offsets_error(q) == RMQ_OK)
		say("ROW %s %d %" PRId64 " %" PRId64 " %" PRId64, queue->broker_name,
		    (int)queue->queue_id, rmq_queue_offsets_min(q), rmq_queue_offsets_max(q),
		    rmq_queue_offsets_consumer(q));
	else
		say("AWAY %s %d %d %s", queue->broker_name, (int)queue->queue_id,
		    (int)rmq_queue_offsets_error(q),
		    rmq_error_detail_message(rmq_queue_offsets_detail(q)));
}

static int do_offsets(void)
{
	rmq_admin *a = NULL;
	rmq_topic_offsets *offsets = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error error;

	must(rmq_admin_new(config, &a, &detail), &detail, "admin");
	error = rmq_admin_topic_offsets(a, options.topic, options.group, NULL, &offsets, &detail);
	if (error != RMQ_OK)
		say_failed(error, detail);
	for (size_t i = 0; i < rmq_topic_offsets_count(offsets); i++)
		say_row(rmq_topic_offsets_at(offsets, i));
	rmq_topic_offsets_free(offsets);
	rmq_admin_free(a);
	return 0;
}

/* On all brokers. Patient: one that has just come up on a busy machine takes its time. */
static int do_create_topic(void)
{
	rmq_admin *a = NULL;
	rmq_topic_settings *settings = rmq_topic_settings_new();
	rmq_admin_options *o = rmq_admin_options_new();
	rmq_error_detail *detail = NULL;
	enum rmq_error error;

	must(rmq_admin_new(config, &a, &detail), &detail, "admin");
	must(rmq_topic_settings_set_queues(settings, (int)options.queues, &detail), &detail,
	     "queues");
	must(rmq_admin_options_set_timeout(o, options.patience_s * 1000, &detail), &detail,
	     "timeout");
	error = rmq_admin_create_topic(a, "DefaultCluster", options.topic, settings, o, &detail);
	if (error == RMQ_OK)
		say("CREATED %s", options.topic);
	else
		say_failed(error, detail);
	rmq_admin_options_free(o);
	rmq_topic_settings_free(settings);
	rmq_admin_free(a);
	return error != RMQ_OK;
}

/* --- Options ---------------------------------------------------------------------------------- */

static _Noreturn void usage(void)
{
	fputs("usage: shape load|send|ready|offsets|create-topic --namesrv A --topic T [--option value] ...\n",
	      stderr);
	exit(2);
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
	static const struct {
		const char *name;
		long *number;
	} numbers[] = {{"--members", &options.members},     {"--rate", &options.rate},
		       {"--known", &options.known},         {"--fail-every", &options.fail_every},
		       {"--patience", &options.patience_s}, {"--linger", &options.linger_ms},
		       {"--queues", &options.queues}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(name, numbers[i].name) == 0) {
			*numbers[i].number = strtol(value, NULL, 10);
			return;
		}
	if (strcmp(name, "--namesrv") == 0)
		set("namesrvAddr", value);
	else if (strcmp(name, "--topic") == 0)
		options.topic = value;
	else if (strcmp(name, "--group") == 0)
		options.group = value;
	else if (strcmp(name, "--set") == 0)
		set_pair(value);
	else
		usage();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} verbs[] = {{"load", do_load},
		     {"send", do_send},
		     {"ready", do_ready},
		     {"offsets", do_offsets},
		     {"create-topic", do_create_topic}};

	config = rmq_config_new();
	if (!config || argc < 2 || argc % 2 != 0)
		usage();
	rmq_config_set_event_fn(config, on_event, NULL);
	if (getenv("RMQ_SHAPE_LOG"))
		rmq_config_set_log(config, rmq_log_stderr, RMQ_LOG_INFO, NULL);
	for (int i = 2; i < argc; i += 2)
		read_option(argv[i], argv[i + 1]);
	if (!options.topic || options.members > MEMBERS_MAX || options.known > MESSAGES_MAX)
		usage();
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run();
	usage();
}
