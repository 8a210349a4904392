/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/admin.h>
#include <rocketmq/mock_record.h>

#include "tests/simulation/world_impl.h"

enum { MINUTE_MS = 60 * 1000, SETTLE_MS = 2 * MINUTE_MS };

/* splitmix64 */
uint64_t world_draw(struct world *w)
{
	uint64_t z = w->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

unsigned world_below(struct world *w, unsigned n)
{
	return (unsigned)(world_draw(w) % n);
}

void world_check(struct world *w, enum rmq_error err, rmq_error_detail **detail, const char *what)
{
	if (err != RMQ_OK)
		audit_fail(&w->audit, "%s: %s", what,
			   *detail ? rmq_error_detail_message(*detail) : rmq_error_text(err));
	rmq_error_detail_free(*detail);
	*detail = NULL;
}

void world_tell(struct world *w, const char *format, ...)
{
	int64_t ms = rmq_mock_cluster_now_ms(w->cluster) - w->began_ms;
	va_list args;

	if (!getenv("SIM_TELL"))
		return;
	fprintf(stderr, "%4d.%03d s: ", (int)(ms / 1000), (int)(ms % 1000));
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void world_set(struct world *w, const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	world_check(w, rmq_config_set(w->config, key, value, &detail), &detail, key);
}

void world_name_instance(struct world *w)
{
	char name[16];

	snprintf(name, sizeof(name), "i%u", w->instances++);
	world_set(w, "instanceName", name);
}

size_t world_queue(const struct rmq_queue *queue)
{
	const char *broker = queue->broker_name;

	return (size_t)(broker[strlen(broker) - 1] - 'a') * QUEUES + (size_t)queue->queue_id;
}

void world_pass(struct world *w, int group, const rmq_message *m)
{
	const struct rmq_queue *queue = rmq_message_queue(m);

	if (strcmp(queue->topic, "Topic") == 0 &&
	    rmq_message_queue_offset(m) > w->furthest[group][world_queue(queue)])
		w->furthest[group][world_queue(queue)] = rmq_message_queue_offset(m);
}

void world_see(struct world *w, int group, const rmq_message *m)
{
	size_t len, number;
	const void *body = rmq_message_body(m, &len);

	world_pass(w, group, m);
	if (audit_number(&w->audit, body, len, &number))
		audit_see(&w->audit, group, number, rmq_mock_cluster_now_ms(w->cluster));
}

void world_advance(struct world *w, int64_t ms)
{
	rmq_error_detail *detail = NULL;

	while (ms > 0) {
		int64_t step = ms < 1000 ? ms : 1000;

		world_check(w, rmq_mock_cluster_advance(w->cluster, step, &detail), &detail,
			    "advance");
		pollers_work(w);
		ms -= step;
	}
}

/* --- A run ----------------------------------------------------------------------------------------- */

static void open_cluster(struct world *w, uint64_t seed)
{
	static const char *const pairs[][2] = {
		{"virtualTime", "true"}, {"brokers", "2"},	   {"slaves", "1"},
		{"namesrvs", "2"},	 {"record", "1000000"}, {"recordBytes", "268435456"}};
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_error_detail *detail = NULL;
	char text[24];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		world_check(w, rmq_mock_options_set(o, pairs[i][0], pairs[i][1], &detail), &detail,
			    pairs[i][0]);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)(seed >> 1));
	world_check(w, rmq_mock_options_set(o, "seed", text, &detail), &detail, "seed");
	/* Nobody may be there to be asked for longer than 15 times. */
	world_check(w,
		    rmq_mock_options_set(o, "brokerSettings",
					 w->is_sync ? "flushDiskType=SYNC_FLUSH\n"
						      "transactionCheckMax=1000"
						    : "transactionCheckMax=1000",
					 &detail),
		    &detail, "brokerSettings");
	world_check(w, rmq_mock_cluster_new(o, &w->cluster, &detail), &detail, "cluster");
	rmq_mock_options_free(o);
	w->began_ms = rmq_mock_cluster_now_ms(w->cluster);
}

static void make_topics(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_admin *admin = NULL;

	world_check(w, rmq_mock_cluster_create_topic(w->cluster, "Topic", QUEUES, &detail), &detail,
		    "topic");
	world_check(w, rmq_mock_cluster_create_topic(w->cluster, "Ask", 1, &detail), &detail, "topic");
	world_check(w, rmq_admin_new(w->config, &admin, &detail), &detail, "admin");
	world_check(w,
		    rmq_admin_set_message_request_mode(admin, NULL, "Topic", "PushPop",
						       RMQ_REQUEST_MODE_POP, 0, NULL, &detail),
		    &detail, "request mode");
	rmq_admin_free(admin);
}

static void open_world(struct world *w, uint64_t seed)
{
	w->state = seed;
	audit_begin(&w->audit);
	memset(w->furthest, -1, sizeof(w->furthest));
	w->is_sync = seed % 2;
	w->is_gentle = seed % 5 == 0;
	w->audit.is_strict = w->is_gentle;
	/* Checkpoints of POP are written without waiting for the disk. */
	w->audit.is_exempt[GROUP_SIMPLE] = w->audit.is_exempt[GROUP_PUSH_POP] =
		w->is_sync && !w->is_gentle;
	open_cluster(w, seed);
	w->config = rmq_config_new();
	if (w->audit.problem[0])
		return;
	rmq_config_set_environment(w->config, rmq_mock_cluster_environment(w->cluster));
	world_set(w, "namesrvAddr", rmq_mock_cluster_namesrv(w->cluster));
	world_set(w, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	make_topics(w);
	senders_open(w);
	for (int group = 0; group < MEMBER_GROUPS; group++)
		members_join(w, group, 0);
	pollers_open(w);
}

static void let_time_pass(struct world *w, int minutes)
{
	int64_t left_ms = (int64_t)minutes * MINUTE_MS;

	while (left_ms > 0 && !w->audit.problem[0]) {
		int64_t ms = 200 + world_below(w, 2000);

		for (unsigned n = world_below(w, 6); n > 0; n--)
			senders_send(w);
		if (world_below(w, 5) == 0)
			faults_let_happen(w);
		world_advance(w, ms);
		left_ms -= ms;
	}
}

/* All is well again: everything goes, and comes. */
static void end_well(struct world *w)
{
	faults_heal(w);
	world_advance(w, SETTLE_MS);
	members_want_both_tags(w);
	world_advance(w, SETTLE_MS);
	senders_send_all(w);
	ends_await_all(w);
	if (!w->audit.problem[0])
		ends_check(w);
}

static void note_line(const char *line, size_t len, void *arg)
{
	audit_note_bytes(arg, line, len);
}

static void write_record(struct world *w, const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return;
	(void)!rmq_mock_cluster_dump_requests(w->cluster, NULL, RMQ_MOCK_JSON_LINES,
					      rmq_mock_line_to_file, f, NULL);
	fclose(f);
}

/* What all nodes were asked and answered belongs to the history. */
static void close_world(struct world *w)
{
	const char *path = getenv("SIM_RECORD");
	rmq_error_detail *detail = NULL;

	senders_close(w);
	for (int group = 0; group < MEMBER_GROUPS; group++)
		for (int at = 0; at < MEMBERS; at++)
			rmq_push_consumer_free(w->seats[group][at].consumer);
	pollers_close(w);
	rmq_config_free(w->config);
	if (w->cluster)
		world_check(w,
			    rmq_mock_cluster_dump_requests(w->cluster, NULL, RMQ_MOCK_JSON_LINES,
							   note_line, &w->audit, &detail),
			    &detail, "record");
	if (w->cluster && path)
		write_record(w, path);
	rmq_mock_cluster_free(w->cluster);
}

void world_run(uint64_t seed, int minutes, struct outcome *out)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	open_world(w, seed);
	let_time_pass(w, minutes);
	if (!w->audit.problem[0])
		end_well(w);
	close_world(w);
	*out = (struct outcome){.hash = w->audit.hash,
				.sent = w->audit.sent,
				.acked = w->audit.acked,
				.deliveries = w->audit.deliveries,
				.faults = w->faults};
	memcpy(out->problem, w->audit.problem, sizeof(out->problem));
	free(w);
}
