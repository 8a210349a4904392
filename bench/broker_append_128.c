/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker_append_128.c - what the daemon takes: SEND_MESSAGE_V2 of 128 bytes, 1000 in flight, from a generator that
 * has encoded them before, beside the stand-in (support/stand_in.h) with the same generator. See README.md.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/ring.h"
#include "bench/support/scene.h"
#include "bench/support/stand_in.h"

enum { MESSAGES = 500 * 1000, LONG_MESSAGES = 2000 * 1000, BODY_MAX = 1024, CONNECTIONS = 4 };

#define TOPIC "broker_append"

struct form {
	const char *name;
	enum rmqi_serialization serialization;
	size_t body;
	size_t connections;
	const char *settings;
	bool has_stand_in; /* it speaks binary only */
};

static const struct form forms[] = {
	{"", RMQI_BINARY, 128, 1, "flushDiskType=ASYNC_FLUSH", true},
	{"4_connections", RMQI_BINARY, 128, CONNECTIONS, "flushDiskType=ASYNC_FLUSH", true},
	{"1k", RMQI_BINARY, 1024, 1, "flushDiskType=ASYNC_FLUSH", true},
	{"json", RMQI_JSON, 128, 1, "flushDiskType=ASYNC_FLUSH", false},
	{"sync_flush", RMQI_BINARY, 128, 1, "flushDiskType=SYNC_FLUSH", false},
};

/* Connections of one form to one server. */
struct side {
	struct raw raws[CONNECTIONS];
	struct ring rings[CONNECTIONS];
	size_t count;
};

static uint8_t body[BODY_MAX];
static uint64_t stored; /* by this daemon */

static void side_open(struct side *s, const struct form *f, const char *address)
{
	s->count = f->connections;
	for (size_t i = 0; i < s->count; i++) {
		raw_open(&s->raws[i], address);
		ring_init_of(&s->rings[i], f->serialization, TOPIC, rmqi_cursor(body, f->body),
			     RING_WINDOW / f->connections);
	}
}

static void side_close(struct side *s)
{
	for (size_t i = 0; i < s->count; i++) {
		raw_close(&s->raws[i]);
		ring_deinit(&s->rings[i]);
	}
}

static struct bench_usage measure(struct side *s, size_t count)
{
	struct bench_usage start = bench_usage_now();

	ring_run_all(s->rings, s->raws, s->count, count);
	return bench_usage_since(&start);
}

/* Where the daemon's store is, too. */
static const char *folder(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp && *tmp ? tmp : "/tmp";
}

static double rate(const struct bench_usage *u, size_t count)
{
	return u->wall_us > 0 ? (double)count / u->wall_us * 1e6 : NAN;
}

/* What the daemon alone does of a form; its store is of this form only. */
static double run_daemon(const struct form *f, const struct bench_options *o, size_t count,
			 double *cpu_us)
{
	const char *const flags[] = {"--broker-settings", f->settings, NULL};
	char address[SCENE_ADDRESS];
	struct bench_usage u;
	struct side s;

	mock_start_with(o->program, flags);
	scene_topic(TOPIC);
	scene_broker(TOPIC, address);
	side_open(&s, f, address);
	measure(&s, count / 10);
	u = measure(&s, count);
	*cpu_us = u.mock_cpu_us / (double)count;
	stored = scene_stored(TOPIC);
	if (stored != count + count / 10)
		bench_die("%zu sends were acknowledged, %llu are stored", count + count / 10,
			  (unsigned long long)stored);
	side_close(&s);
	mock_stop();
	return rate(&u, count);
}

/* `folder`: it copies into a file there, which a store cannot do without. */
static double run_stand_in(const struct form *f, size_t count, const char *folder)
{
	struct bench_usage u;
	struct side s;

	stand_in_start(folder);
	side_open(&s, f, stand_in_address());
	measure(&s, count / 10);
	u = measure(&s, count);
	side_close(&s);
	stand_in_stop();
	return rate(&u, count);
}

/* What the shares are made of. */
struct rates {
	double one, four, sync;
};

static void run(const struct form *f, const struct bench_options *o, struct rates *rates)
{
	size_t count = o->messages ? o->messages : o->is_long ? LONG_MESSAGES : MESSAGES;
	bool has_raw = f->has_stand_in && !o->only_ours;
	double cpu_us, raw = NAN, storing = NAN, ours;

	if (has_raw) {
		raw = run_stand_in(f, count, NULL);
		storing = run_stand_in(f, count, folder());
	}
	ours = run_daemon(f, o, count, &cpu_us);
	bench_figure_of("acked_per_second", f->name, "1/s", ours, raw);
	if (has_raw)
		bench_figure_of("to_storing_stand_in", f->name, "1/s", ours, storing);
	bench_figure_of("mock_cpu", f->name, "us", cpu_us, NAN);
	if (!*f->name)
		rates->one = ours;
	else if (f->connections > 1)
		rates->four = ours;
	else if (strcmp(f->name, "sync_flush") == 0)
		rates->sync = ours;
}

int main(int argc, char **argv)
{
	struct bench_options options;

	bench_init("broker_append_128", argc, argv, 3, 9, &options);
	memset(body, 'b', sizeof(body));
	for (size_t round = 0; round < options.rounds; round++) {
		struct rates r = {NAN, NAN, NAN};

		for (size_t i = 0; i < RMQI_COUNT(forms); i++)
			if (bench_wants(&options, forms[i].name))
				run(&forms[i], &options, &r);
		/* Of the same round: the ratio is the share. */
		if (!isnan(r.one) && !isnan(r.four))
			bench_figure("4_connections_to_1", "1/s", r.four, r.one);
		if (!isnan(r.one) && !isnan(r.sync))
			bench_figure("sync_to_async", "1/s", r.sync, r.one);
	}
	bench_print();
	return 0;
}
