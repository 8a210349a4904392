/* SPDX-License-Identifier: Apache-2.0 */
/*
 * async_run.c
 *
 * Each sending thread has a share of the window. A callback gives its place back; a
 * thread that found none is woken when a quarter of its share is free.
 *
 * The audit: a callback counts and adds up the offsets of each queue. Together with the
 * number of what is stored they can only be right if every message has its own offset.
 */
#include "bench/support/async_run.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rocketmq/producer.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/ring.h"
#include "bench/support/scene.h"

enum { THREADS_MAX = 8, WAKE_SHARE = 4 };

enum guard { OPEN, SIGNED, ENCRYPTED };

struct form {
	const char *name;
	const char *suffix; /* of its metrics */
	enum rmqi_serialization serialization;
	size_t threads;
	enum guard guard;
};

struct queue_sum {
	_Alignas(64) atomic_uint_fast64_t count;
	atomic_uint_fast64_t offsets;
};

struct scene {
	const struct form *form;
	size_t body_len;
	uint8_t *body;
	struct raw raw;
	struct ring ring;
	uint64_t sent_raw, sent;
	rmq_producer *producer;
	rmq_message *message;
	struct queue_sum queues[SCENE_QUEUES];
};

static const char topic_ours[] = "async", topic_raw[] = "async_raw";

/* --- A sending thread ------------------------------------------------------------------------ */

struct sender {
	_Alignas(64) atomic_size_t places; /* free, of its share of the window */
	atomic_size_t wake_at;
	atomic_bool is_asleep;
	pthread_mutex_t mu;
	pthread_cond_t cond;
	struct scene *scene;
	size_t share;
	size_t total;
	pthread_t thread;
};

static void wake(struct sender *s)
{
	pthread_mutex_lock(&s->mu);
	pthread_cond_signal(&s->cond);
	pthread_mutex_unlock(&s->mu);
}

static void on_stored(enum rmq_error error, const rmq_send_result *result,
		      const rmq_error_detail *detail, void *arg)
{
	struct sender *s = arg;
	struct queue_sum *q;

	if (error != RMQ_OK)
		bench_die("send: %s", rmq_error_detail_message(detail));
	if (rmq_send_result_status(result) != RMQ_SEND_OK)
		bench_die("send: not SEND_OK");
	q = &s->scene->queues[rmq_send_result_queue(result)->queue_id];
	atomic_fetch_add_explicit(&q->count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&q->offsets, (uint64_t)rmq_send_result_queue_offset(result),
				  memory_order_relaxed);
	if (atomic_fetch_add(&s->places, 1) + 1 >= atomic_load(&s->wake_at) &&
	    atomic_exchange(&s->is_asleep, false))
		wake(s);
}

/* Waits for `wanted` places. */
static void wait_for(struct sender *s, size_t wanted)
{
	pthread_mutex_lock(&s->mu);
	atomic_store(&s->wake_at, wanted);
	for (;;) {
		atomic_store(&s->is_asleep, true);
		if (atomic_load(&s->places) >= wanted)
			break;
		pthread_cond_wait(&s->cond, &s->mu);
	}
	atomic_store(&s->is_asleep, false);
	pthread_mutex_unlock(&s->mu);
}

static void send_one(struct sender *s)
{
	rmq_error_detail *detail = NULL;

	if (rmq_producer_send_async(s->scene->producer, s->scene->message, NULL, on_stored, s,
				    &detail) != RMQ_OK)
		bench_die("send: %s", rmq_error_detail_message(detail));
}

static void *send_all(void *arg)
{
	struct sender *s = arg;
	size_t sent = 0, places;

	while (sent < s->total) {
		places = atomic_exchange(&s->places, 0);
		if (places == 0) {
			wait_for(s, s->share / WAKE_SHARE);
			continue;
		}
		for (; places > 0 && sent < s->total; places--, sent++)
			send_one(s);
		atomic_fetch_add(&s->places, places);
	}
	wait_for(s, s->share);
	return NULL;
}

static void our_run(struct scene *sc, size_t total)
{
	static struct sender senders[THREADS_MAX];
	size_t count = sc->form->threads;

	for (size_t i = 0; i < count; i++) {
		struct sender *s = &senders[i];

		*s = (struct sender){.scene = sc, .share = RING_WINDOW / count};
		s->total = total / count + (i < total % count);
		atomic_init(&s->places, s->share);
		atomic_init(&s->wake_at, s->share / WAKE_SHARE);
		pthread_mutex_init(&s->mu, NULL);
		pthread_cond_init(&s->cond, NULL);
		if (pthread_create(&s->thread, NULL, send_all, s) != 0)
			bench_die("no thread");
	}
	for (size_t i = 0; i < count; i++) {
		pthread_join(senders[i].thread, NULL);
		/* Who woke it last may still hold the mutex. */
		pthread_mutex_lock(&senders[i].mu);
		pthread_mutex_unlock(&senders[i].mu);
	}
	sc->sent += total;
}

static void raw_run(struct scene *sc, size_t total)
{
	ring_run(&sc->ring, &sc->raw, total);
	sc->sent_raw += total;
}

/* --- A form ------------------------------------------------------------------------------------ */

static void open_producer(struct scene *sc)
{
	rmq_config *config = scene_config(sc->form->serialization);
	rmq_error_detail *detail = NULL;

	if (rmq_producer_new(config, SCENE_GROUP, &sc->producer, &detail) != RMQ_OK ||
	    rmq_producer_start(sc->producer, &detail) != RMQ_OK)
		bench_die("producer: %s", rmq_error_detail_message(detail));
	rmq_config_free(config);
	sc->message = rmq_message_new(topic_ours, sc->body, sc->body_len);
	if (!sc->message)
		bench_die("out of memory");
}

/* A key and its certificate, gone again when the daemon has read them. */
static void start_encrypted(const char *program)
{
	const char *tmp = getenv("TMPDIR");
	char folder[256], cert[300], key[300], command[1000];
	const char *flags[] = {"--tls-cert-file", cert, "--tls-key-file", key, NULL};

	snprintf(folder, sizeof(folder), "%s/rmq-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		bench_die("no folder for a certificate");
	snprintf(cert, sizeof(cert), "%s/cert.pem", folder);
	snprintf(key, sizeof(key), "%s/key.pem", folder);
	snprintf(
		command, sizeof(command),
		"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
		"-subj /CN=bench -keyout %s -out %s 2>/dev/null",
		key, cert);
	if (system(command) != 0)
		bench_die("openssl makes no certificate");
	mock_start_with(program, flags);
	unlink(cert);
	unlink(key);
	rmdir(folder);
}

/* Starts the daemon as this form wants it. */
static void start_guarded(const char *program, enum guard guard)
{
	static const char *const keys[] = {"accessKey", "bench", "secretKey", "not-a-secret", NULL};
	static const char *const tls[] = {"useTLS", "true", "tlsVerify", "false", NULL};
	static const char *const flags[] = {"--access-key", "bench", "--secret-key", "not-a-secret",
					    NULL};

	scene_settings(guard == SIGNED ? keys : guard == ENCRYPTED ? tls : NULL);
	if (guard == ENCRYPTED)
		start_encrypted(program);
	else
		mock_start_with(program, guard == SIGNED ? flags : NULL);
}

static void open_scene(struct scene *sc, const struct form *form, size_t body_len)
{
	char broker[SCENE_ADDRESS];

	*sc = (struct scene){.form = form, .body_len = body_len, .body = malloc(body_len)};
	if (!sc->body)
		bench_die("out of memory");
	memset(sc->body, 'b', body_len);
	scene_topic(topic_ours);
	scene_topic(topic_raw);
	scene_broker(topic_raw, broker);
	raw_open(&sc->raw, broker);
	ring_init(&sc->ring, form->serialization, topic_raw, rmqi_cursor(sc->body, body_len));
	open_producer(sc);
}

static void close_scene(struct scene *sc)
{
	rmq_message_free(sc->message);
	rmq_producer_free(sc->producer);
	raw_close(&sc->raw);
	ring_deinit(&sc->ring);
	free(sc->body);
}

static void audit(struct scene *sc)
{
	uint64_t stored = scene_stored(topic_ours), stored_raw = scene_stored(topic_raw), count = 0;

	for (size_t i = 0; i < SCENE_QUEUES; i++) {
		uint64_t n = atomic_load(&sc->queues[i].count);

		count += n;
		if (n && atomic_load(&sc->queues[i].offsets) != n * (n - 1) / 2)
			bench_die("queue %zu: two messages were told one offset", i);
	}
	if (count != sc->sent || stored != sc->sent || stored_raw != sc->sent_raw)
		bench_die("%llu sends, %llu acknowledged, %llu stored; raw: %llu, %llu stored",
			  (unsigned long long)sc->sent, (unsigned long long)count,
			  (unsigned long long)stored, (unsigned long long)sc->sent_raw,
			  (unsigned long long)stored_raw);
}

static struct bench_usage measure(struct scene *sc, void (*side)(struct scene *, size_t),
				  size_t count)
{
	struct bench_usage start = bench_usage_now();

	side(sc, count);
	return bench_usage_since(&start);
}

static void run(const struct form *form, size_t body_len, size_t messages,
		const struct bench_options *o)
{
	size_t count = o->messages ? o->messages : o->is_long ? messages * 3 / 2 : messages;
	/* It speaks plain, and signs nothing. */
	bool has_raw = !o->only_ours && form->guard != SIGNED;
	static struct scene sc;

	start_guarded(o->program, form->guard);
	open_scene(&sc, form, body_len);
	if (has_raw)
		measure(&sc, raw_run, count / 10 + 1);
	measure(&sc, our_run, count / 10 + 1);
	for (size_t i = 0; i < o->rounds; i++) {
		struct bench_usage raw = {.wall_us = NAN,
					  .cpu_us = NAN,
					  .mock_cpu_us = NAN,
					  .switches = NAN,
					  .calls = NAN};
		struct bench_usage ours;

		if (has_raw)
			raw = measure(&sc, raw_run, count);
		ours = measure(&sc, our_run, count);
		bench_figures_of(form->suffix, "acked_per_second", (double)count, &ours, &raw);
	}
	audit(&sc);
	close_scene(&sc);
	mock_stop();
}

int async_run(const char *bench, size_t body_len, size_t messages, int argc, char **argv)
{
	static const struct form forms[] = {
		{"binary", "", RMQI_BINARY, 1, OPEN},
		{"json", "json", RMQI_JSON, 1, OPEN},
		{"8_threads", "8_threads", RMQI_BINARY, THREADS_MAX, OPEN},
		{"acl", "acl", RMQI_BINARY, 1, SIGNED},
		{"tls", "tls", RMQI_BINARY, 1, ENCRYPTED},
	};
	struct bench_options options;

	bench_init(bench, argc, argv, 5, 9, &options);
	for (size_t i = 0; i < RMQI_COUNT(forms); i++)
		if (bench_wants(&options, forms[i].name))
			run(&forms[i], body_len, messages, &options);
	bench_print();
	return 0;
}
