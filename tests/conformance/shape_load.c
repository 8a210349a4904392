/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rocketmq/rocketmq.h>

#include "tests/conformance/repeats.h"
#include "tests/conformance/shape.h"

enum { MESSAGES_MAX = 100 * 1000, PROGRESS_MS = 200, LOOK_MS = 500, SHOWN_MAX = 5 };

/* --- What became of the messages ------------------------------------------------------ */

enum fate { UNSENT, ACKED, UNSURE, REFUSED };

struct entry {
	enum fate fate;
	long attempts; /* of its send; 0: not known */
	long places;   /* that it came from */
};

static struct {
	pthread_mutex_t mu;
	struct entry entries[MESSAGES_MAX];
	struct repeats *repeats;
	long sent, came, fates[REFUSED + 1], statuses[8];
	long copies, retried, again[REPEAT_UNEXPLAINED + 1];
	bool is_stopped;
} log_of = {.mu = PTHREAD_MUTEX_INITIALIZER};

static void note_fate(long id, enum fate fate, long attempts, const rmq_send_result *r)
{
	pthread_mutex_lock(&log_of.mu);
	log_of.entries[id].fate = fate;
	log_of.entries[id].attempts = attempts;
	log_of.fates[fate]++;
	if (r)
		log_of.statuses[rmq_send_result_status(r) & 7]++;
	pthread_mutex_unlock(&log_of.mu);
}

/* @locks: mu held. */
static void note_delivery(struct entry *e, long member, const rmq_message *m)
{
	const struct rmq_queue *q = rmq_message_queue(m);
	enum repeat repeat;

	if (rmq_message_reconsume_times(m) > 0) {
		log_of.retried++;
		return;
	}
	repeat = repeats_delivered(log_of.repeats, (int)member, q->broker_name, q->queue_id,
				   rmq_message_queue_offset(m));
	log_of.again[repeat]++;
	if (repeat != REPEAT_NONE) {
		if (repeat == REPEAT_UNEXPLAINED && log_of.again[repeat] <= SHOWN_MAX)
			shape_say("UNEXPLAINED member %ld, %s %d at %lld", member, q->broker_name,
				  (int)q->queue_id, (long long)rmq_message_queue_offset(m));
		return;
	}
	if (e->places++ == 0)
		log_of.came++;
	else
		log_of.copies++;
}

/* True when the listener is to refuse it. */
static bool take(long member, const rmq_message *m)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);
	char text[16];
	long id;

	snprintf(text, sizeof(text), "%.*s", (int)(len < 15 ? len : 15), body);
	id = strtol(text, NULL, 10);
	pthread_mutex_lock(&log_of.mu);
	if (id >= 0 && id < MESSAGES_MAX)
		note_delivery(&log_of.entries[id], member, m);
	pthread_mutex_unlock(&log_of.mu);
	return shape_options.fail_every > 0 && id % shape_options.fail_every == 0 &&
	       rmq_message_reconsume_times(m) == 0;
}

/* Of those that were acknowledged. */
static long count_missing(void)
{
	long missing = 0;

	pthread_mutex_lock(&log_of.mu);
	for (long i = 0; i < log_of.sent; i++)
		missing += log_of.entries[i].fate == ACKED && log_of.entries[i].places == 0;
	pthread_mutex_unlock(&log_of.mu);
	return missing;
}

/* A send that was made once is stored once. @locks: mu held, or nobody is there any more. */
static long count_unexplained_copies(void)
{
	long unexplained = 0;

	for (long i = 0; i < log_of.sent; i++) {
		const struct entry *e = &log_of.entries[i];

		if (e->attempts > 0 && e->places > e->attempts) {
			unexplained += e->places - e->attempts;
			shape_say("COPIES of %ld: %ld, %ld attempts", i, e->places, e->attempts);
		}
	}
	return unexplained;
}

/* @locks: mu held, or nobody is there any more. */
static long count_again(void)
{
	return log_of.again[REPEAT_SHARED] + log_of.again[REPEAT_UNCOMMITTED] +
	       log_of.again[REPEAT_UNEXPLAINED];
}

/* --- Members ------------------------------------------------------------------------------- */

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	bool refuse = false;

	(void)c;
	(void)context;
	for (size_t i = 0; i < count; i++)
		refuse |= take(*(const long *)arg, messages[i]);
	return refuse ? RMQ_RECONSUME_LATER : RMQ_CONSUME_SUCCESS;
}

static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	int member = (int)*(const long *)arg;

	(void)topic;
	(void)held;
	pthread_mutex_lock(&log_of.mu);
	for (size_t i = 0; i < rmq_queues_count(revoked); i++)
		repeats_revoked(log_of.repeats, member, rmq_queues_at(revoked, i)->broker_name,
				rmq_queues_at(revoked, i)->queue_id);
	for (size_t i = 0; i < rmq_queues_count(assigned); i++)
		repeats_assigned(log_of.repeats, member, rmq_queues_at(assigned, i)->broker_name,
				 rmq_queues_at(assigned, i)->queue_id);
	pthread_mutex_unlock(&log_of.mu);
}

static void begin_log(void)
{
	if (!log_of.repeats)
		log_of.repeats = repeats_new();
	if (!log_of.repeats)
		exit(1);
}

rmq_push_consumer *shape_member_new(long number)
{
	static long numbers[REPEATS_MEMBERS_MAX];
	rmq_push_consumer *c = NULL;
	rmq_error_detail *d = NULL;
	char name[32];

	begin_log();
	numbers[number] = number;
	snprintf(name, sizeof(name), "member-%ld-%d", number, (int)getpid());
	shape_set("instanceName", name);
	shape_set("consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	shape_must(rmq_push_consumer_new(shape_config, shape_options.group, &c, &d), &d, "consumer");
	shape_must(rmq_push_consumer_subscribe(c, shape_options.topic, "*", &d), &d, "subscribe");
	shape_must(rmq_push_consumer_set_listener(c, on_messages, &numbers[number], &d), &d,
		   "listener");
	shape_must(rmq_push_consumer_set_queues_fn(c, on_queues, &numbers[number], &d), &d,
		   "queues");
	shape_must(rmq_push_consumer_start(c, &d), &d, "consumer");
	return c;
}

static void end_member(rmq_push_consumer *c)
{
	rmq_error_detail *detail = NULL;

	if (rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		shape_say("CLOSE %s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(c);
}

static bool is_stopped(void)
{
	bool stopped;

	pthread_mutex_lock(&log_of.mu);
	stopped = log_of.is_stopped || log_of.sent == MESSAGES_MAX;
	pthread_mutex_unlock(&log_of.mu);
	return stopped;
}

/* --- The sender ------------------------------------------------------------------------------ */

/* Attempts after the first one, of all sends so far of this one producer. */
static long count_retries(rmq_producer *p)
{
	char *json = NULL;
	const char *total, *retries = NULL;
	long count;

	if (rmq_producer_statistics(p, &json, NULL) != RMQ_OK)
		exit(1);
	total = strstr(json, "\"total\":{");
	if (total)
		retries = strstr(total, "\"retries\":");
	if (!retries) {
		fprintf(stderr, "shape: no retries in %s\n", json);
		exit(1);
	}
	count = strtol(strchr(retries, ':') + 1, NULL, 10);
	rmq_statistics_free(json);
	return count;
}

static enum fate fate_of(enum rmq_error error, const rmq_error_detail *detail)
{
	if (error == RMQ_OK)
		return ACKED;
	return !detail || rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED ? UNSURE :
										   REFUSED;
}

static void send_next(rmq_producer *p)
{
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error error;
	long id, before = count_retries(p);

	pthread_mutex_lock(&log_of.mu);
	id = log_of.sent++;
	pthread_mutex_unlock(&log_of.mu);
	error = shape_send(p, id, &r, &detail);
	note_fate(id, fate_of(error, detail), 1 + count_retries(p) - before, r);
	if (error != RMQ_OK)
		shape_say("REFUSED %ld %d %s", id, (int)error, rmq_error_detail_message(detail));
	rmq_send_result_free(r);
	rmq_error_detail_free(detail);
}

static void *run_sender(void *arg)
{
	rmq_producer *p = shape_producer_new();
	struct timespec gap = {.tv_nsec = 1000000000L / shape_options.rate % 1000000000L};

	(void)arg;
	while (!is_stopped()) {
		send_next(p);
		nanosleep(&gap, NULL);
	}
	rmq_producer_free(p);
	return NULL;
}

/* --- The committed offsets -------------------------------------------------------------------- */

static void look_at_offsets(rmq_admin *a)
{
	rmq_topic_offsets *offsets = NULL;
	uint64_t look;

	pthread_mutex_lock(&log_of.mu);
	look = repeats_look(log_of.repeats);
	pthread_mutex_unlock(&log_of.mu);
	/* That a broker is away is no news here. */
	if (rmq_admin_topic_offsets(a, shape_options.topic, shape_options.group, NULL, &offsets,
				    NULL) != RMQ_OK)
		return;
	pthread_mutex_lock(&log_of.mu);
	for (size_t i = 0; i < rmq_topic_offsets_count(offsets); i++) {
		const rmq_queue_offsets *q = rmq_topic_offsets_at(offsets, i);
		const struct rmq_queue *queue = rmq_queue_offsets_queue(q);

		if (rmq_queue_offsets_error(q) == RMQ_OK)
			repeats_committed(log_of.repeats, look, queue->broker_name, queue->queue_id,
					  rmq_queue_offsets_consumer(q));
	}
	pthread_mutex_unlock(&log_of.mu);
	rmq_topic_offsets_free(offsets);
}

static void *run_watch(void *arg)
{
	rmq_admin *a = NULL;
	rmq_error_detail *detail = NULL;

	(void)arg;
	shape_must(rmq_admin_new(shape_config, &a, &detail), &detail, "admin");
	while (!is_stopped()) {
		look_at_offsets(a);
		poll(NULL, 0, LOOK_MS);
	}
	rmq_admin_free(a);
	return NULL;
}

/* --- load --------------------------------------------------------------------------------- */

static long count_ready(rmq_push_consumer **members)
{
	long ready = 0;

	for (long i = 0; i < shape_options.members; i++)
		ready += rmq_push_consumer_wait_ready(members[i], 0, NULL) == RMQ_OK;
	return ready;
}

static void say_progress(rmq_push_consumer **members)
{
	long ready = count_ready(members);

	pthread_mutex_lock(&log_of.mu);
	shape_say("PROGRESS sent=%ld acked=%ld came=%ld retried=%ld again=%ld ready=%ld held=%zu "
		  "shared=%zu",
		  log_of.sent, log_of.fates[ACKED], log_of.came, log_of.retried, count_again(),
		  ready, repeats_held(log_of.repeats), repeats_shared(log_of.repeats));
	pthread_mutex_unlock(&log_of.mu);
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

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void await_all(rmq_push_consumer **members)
{
	int64_t end_ms = now_ms() + shape_options.patience_s * 1000;

	while (count_missing() > 0 && now_ms() < end_ms) {
		poll(NULL, 0, PROGRESS_MS);
		say_progress(members);
	}
	poll(NULL, 0, (int)shape_options.linger_ms);
}

static void say_missing(void)
{
	int shown = 0;

	for (long i = 0; i < log_of.sent && shown < SHOWN_MAX; i++)
		if (log_of.entries[i].fate == ACKED && log_of.entries[i].places == 0) {
			shape_say("LOST %ld", i);
			shown++;
		}
}

static void say_summary(void)
{
	long unexplained_copies = count_unexplained_copies();

	say_missing();
	shape_say("SUMMARY acked=%ld unsure=%ld refused=%ld lost=%ld copies=%ld "
		  "unexplained_copies=%ld again=%ld again_shared=%ld again_uncommitted=%ld "
		  "unexplained=%ld retried=%ld ok=%ld no_slave=%ld slave_late=%ld tenures=%zu "
		  "floored=%zu",
		  log_of.fates[ACKED], log_of.fates[UNSURE], log_of.fates[REFUSED], count_missing(),
		  log_of.copies, unexplained_copies, count_again(), log_of.again[REPEAT_SHARED],
		  log_of.again[REPEAT_UNCOMMITTED], log_of.again[REPEAT_UNEXPLAINED],
		  log_of.retried, log_of.statuses[RMQ_SEND_OK],
		  log_of.statuses[RMQ_SEND_SLAVE_NOT_AVAILABLE],
		  log_of.statuses[RMQ_SEND_FLUSH_SLAVE_TIMEOUT], repeats_tenures(log_of.repeats),
		  repeats_floored(log_of.repeats));
}

static void run_until_stopped(rmq_push_consumer **members)
{
	pthread_t sender, watch;

	if (shape_options.rate > 0 && pthread_create(&sender, NULL, run_sender, NULL) != 0)
		exit(1);
	if (shape_options.watch && pthread_create(&watch, NULL, run_watch, NULL) != 0)
		exit(1);
	await_stop(members);
	if (shape_options.rate > 0)
		pthread_join(sender, NULL);
	if (shape_options.watch)
		pthread_join(watch, NULL);
}

int shape_load(void)
{
	rmq_push_consumer *members[REPEATS_MEMBERS_MAX];

	begin_log();
	for (long i = 0; i < shape_options.known; i++)
		note_fate(i, ACKED, 0, NULL);
	log_of.sent = shape_options.known;
	for (long i = 0; i < shape_options.members; i++)
		members[i] = shape_member_new(i);
	shape_set("instanceName", "DEFAULT");
	run_until_stopped(members);
	await_all(members);
	for (long i = 0; i < shape_options.members; i++)
		end_member(members[i]);
	say_summary();
	repeats_free(log_of.repeats);
	return 0;
}
