/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/mock.h>
#include <rocketmq/mock_broker.h>
#include <rocketmq/mock_disk.h>
#include <rocketmq/mock_node.h>
#include <rocketmq/rocketmq.h>

enum {
	MEMBERS = 3, /* of a push group, at most */
	QUEUES = 4,  /* of each broker */
	MINUTE_MS = 60 * 1000,
	HEAL_MS = 60 * MINUTE_MS, /* retries wait for their levels */
	CLOSE_MS = 3000
};

struct world {
	uint64_t state; /* of the generator */
	struct audit audit;
	rmq_mock_cluster *cluster;
	rmq_config *config;
	rmq_producer *producer;
	rmq_push_consumer *members[2][MEMBERS]; /* of groups 0 and 1; NULL: away */
	rmq_lite_pull_consumer *puller;
	rmq_simple_consumer *simple;
	bool is_receiving; /* simple */
	bool is_calm;      /* nothing fails any more */
	bool is_sync;      /* brokers flush before they acknowledge, and may lose their power */
	uint64_t faults;
	unsigned instances;
};

/* The same on every machine (splitmix64). */
static uint64_t draw(struct world *w)
{
	uint64_t z = w->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static unsigned below(struct world *w, unsigned n)
{
	return (unsigned)(draw(w) % n);
}

static void check(struct world *w, enum rmq_error err, rmq_error_detail **detail, const char *what)
{
	if (err != RMQ_OK)
		audit_fail(&w->audit, "%s: %s", what,
			   *detail ? rmq_error_detail_message(*detail) : rmq_error_text(err));
	rmq_error_detail_free(*detail);
	*detail = NULL;
}

/* --- Consumers ------------------------------------------------------------------------------------- */

static void see(struct world *w, int group, const rmq_message *m)
{
	size_t len;
	const void *body = rmq_message_body(m, &len);

	audit_see(&w->audit, group, body, len);
}

/* One in thirty fails. Java stores what is sent back without waiting for the disk (setWaitStoreMsgOK), so with the power
 * it may be lost, though it was acknowledged: that is left out. */
static bool fails(struct world *w)
{
	return !w->is_calm && !w->is_sync && below(w, 30) == 0;
}

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t n, rmq_consume_context *context, void *arg)
{
	struct world *w = arg;

	(void)c;
	(void)context;
	if (fails(w))
		return RMQ_RECONSUME_LATER;
	for (size_t i = 0; i < n; i++)
		see(w, 0, messages[i]);
	return RMQ_CONSUME_SUCCESS;
}

static size_t queue_of(const rmq_message *m)
{
	const struct rmq_queue *queue = rmq_message_queue(m);
	const char *broker = queue->broker_name;

	return (size_t)(broker[strlen(broker) - 1] - 'a') * QUEUES +
	       (size_t)queue->queue_id;
}

static enum rmq_orderly_status take_in_order(rmq_push_consumer *c,
					     const rmq_message *const *messages, size_t n,
					     rmq_orderly_context *context, void *arg)
{
	struct world *w = arg;

	(void)c;
	(void)context;
	if (fails(w))
		return RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
	for (size_t i = 0; i < n; i++) {
		see(w, 1, messages[i]);
		audit_order(&w->audit, queue_of(messages[i]), rmq_message_queue_offset(messages[i]));
	}
	return RMQ_ORDERLY_SUCCESS;
}

/* Each is a process of its own. */
static void name_instance(struct world *w)
{
	rmq_error_detail *detail = NULL;
	char name[16];

	snprintf(name, sizeof(name), "i%u", w->instances++);
	check(w, rmq_config_set(w->config, "instanceName", name, &detail), &detail, name);
}

/* Brokers may be away just now: then it joins when it finds them. */
static void join(struct world *w, int group, int at)
{
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;

	name_instance(w);
	check(w, rmq_push_consumer_new(w->config, group ? "G1" : "G0", &c, &detail), &detail,
	      "new consumer");
	check(w, rmq_push_consumer_subscribe(c, "Topic", "*", &detail), &detail, "subscribe");
	check(w,
	      group ? rmq_push_consumer_set_orderly_listener(c, take_in_order, w, &detail)
		    : rmq_push_consumer_set_listener(c, take, w, &detail),
	      &detail, "listener");
	check(w, rmq_push_consumer_start(c, &detail), &detail, "start consumer");
	w->members[group][at] = c;
}

static void leave(struct world *w, int group, int at)
{
	rmq_error_detail *detail = NULL;

	/* Away from its brokers it may not end in time. */
	(void)!rmq_push_consumer_close(w->members[group][at], CLOSE_MS, &detail);
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(w->members[group][at]);
	w->members[group][at] = NULL;
}

static void poll_lite(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_messages *messages = NULL;

	while (rmq_lite_pull_consumer_poll(w->puller, 0, &messages, &detail) == RMQ_OK && messages) {
		for (size_t i = 0; i < rmq_messages_count(messages); i++)
			see(w, 2, rmq_messages_at(messages, i));
		rmq_messages_free(messages);
		messages = NULL;
	}
	rmq_error_detail_free(detail);
}

static void acked(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	struct world *w = arg;

	(void)detail;
	audit_note(&w->audit, 'a', (uint64_t)error);
}

static void received(enum rmq_error error, rmq_messages *messages, const rmq_error_detail *detail,
		     void *arg)
{
	struct world *w = arg;

	(void)detail;
	w->is_receiving = false;
	audit_note(&w->audit, 'r', (uint64_t)error);
	for (size_t i = 0; i < rmq_messages_count(messages); i++) {
		see(w, 3, rmq_messages_at(messages, i));
		(void)!rmq_simple_consumer_ack_async(w->simple, rmq_messages_at(messages, i), acked,
						     w, NULL);
	}
	rmq_messages_free(messages);
}

static void receive(struct world *w)
{
	if (!w->is_receiving)
		w->is_receiving = rmq_simple_consumer_receive_async(w->simple, 16, 10000, 2000,
								    received, w, NULL) == RMQ_OK;
}

/* --- Producers ------------------------------------------------------------------------------------- */

struct sending {
	struct world *w;
	size_t number;
};

/* A message that may not be on the disk yet is no promise. */
static bool is_safe(enum rmq_error error, const rmq_send_result *result)
{
	return error == RMQ_OK && rmq_send_result_status(result) == RMQ_SEND_OK;
}

static void completed(enum rmq_error error, const rmq_send_result *result,
		      const rmq_error_detail *detail, void *arg)
{
	struct sending *s = arg;

	(void)detail;
	audit_complete(&s->w->audit, s->number, is_safe(error, result));
	free(s);
}

static void send_async(struct world *w, const rmq_message *m, size_t number)
{
	struct sending *s = malloc(sizeof(*s));

	if (!s)
		abort();
	*s = (struct sending){w, number};
	if (rmq_producer_send_async(w->producer, m, NULL, completed, s, NULL) == RMQ_OK)
		return;
	audit_complete(&w->audit, number, false);
	free(s);
}

static void send_sync(struct world *w, const rmq_message *m, size_t number)
{
	rmq_send_result *result = NULL;
	enum rmq_error error = rmq_producer_send(w->producer, m, NULL, &result, NULL);

	audit_complete(&w->audit, number, is_safe(error, result));
	rmq_send_result_free(result);
}

static void send_one(struct world *w)
{
	char body[16];
	rmq_message *m;
	size_t number;
	int len;

	if (!audit_send(&w->audit, &number))
		return;
	len = snprintf(body, sizeof(body), "%zu", number);
	m = rmq_message_new("Topic", body, (size_t)len);
	if (below(w, 4))
		send_async(w, m, number);
	else
		send_sync(w, m, number);
	rmq_message_free(m);
}

/* --- Faults ---------------------------------------------------------------------------------------- */

static const char *const brokers[] = {"broker-a", "broker-b"};
static const char *const nodes[] = {"broker-a", "broker-b", "broker-a/1",
				    "broker-b/1", "namesrv-0", "namesrv-1"};

enum { NODES = sizeof(nodes) / sizeof(nodes[0]) };

static bool is_stopped(struct world *w, const char *node)
{
	return strcmp(rmq_mock_node_state(w->cluster, node), "stopped") == 0;
}

static enum rmq_error end_node(struct world *w, const char *node, rmq_error_detail **detail)
{
	unsigned how = strncmp(node, "broker", 6) == 0 ? below(w, w->is_sync ? 3 : 2) : 0;

	if (how == 0)
		return rmq_mock_node_stop(w->cluster, node, detail);
	if (how == 1)
		return rmq_mock_broker_crash(w->cluster, node, detail);
	return rmq_mock_broker_crash_power(w->cluster, node, detail);
}

/* Starts what is stopped, ends what is down, or does one of these. */
static void disturb(struct world *w, const char *node)
{
	static const enum rmq_mock_down downs[] = {
		RMQ_MOCK_DOWN_REFUSE, RMQ_MOCK_DOWN_BLACK_HOLE, RMQ_MOCK_DOWN_HANG};
	rmq_error_detail *detail = NULL;
	enum rmq_error err;

	if (is_stopped(w, node))
		err = rmq_mock_node_start(w->cluster, node, &detail);
	else if (strcmp(rmq_mock_node_state(w->cluster, node), "running") != 0)
		err = rmq_mock_node_up(w->cluster, node, &detail);
	else if (below(w, 3) == 0)
		err = end_node(w, node, &detail);
	else
		err = rmq_mock_node_down(w->cluster, node, downs[below(w, 3)], &detail);
	check(w, err, &detail, node);
}

static void cut_something(struct world *w)
{
	unsigned a = below(w, NODES), b = below(w, NODES), group = below(w, 2),
		 at = below(w, MEMBERS);
	const rmq_push_consumer *member = w->members[group][at];
	rmq_error_detail *detail = NULL;
	const char *other = nodes[b];

	if (member && below(w, 2))
		other = rmq_push_consumer_client_id(member);
	if (other == nodes[b] && a == b)
		return;
	check(w, rmq_mock_cluster_cut(w->cluster, nodes[a], other, &detail), &detail, "cut");
}

static void be_busy(struct world *w)
{
	rmq_error_detail *detail = NULL;
	const char *broker = brokers[below(w, 2)];
	enum rmq_mock_busy kind = (enum rmq_mock_busy)(1 + below(w, 4));
	int requests = (int)below(w, 20);

	if (is_stopped(w, broker))
		return;
	check(w,
	      rmq_mock_node_busy(w->cluster, broker, kind, requests, 5000, &detail), &detail,
	      "busy");
}

static void come_or_go(struct world *w)
{
	int group = (int)below(w, 2), at = (int)below(w, MEMBERS);

	if (w->members[group][at])
		leave(w, group, at);
	else
		join(w, group, at);
}

static void let_happen(struct world *w)
{
	rmq_error_detail *detail = NULL;

	w->faults++;
	switch (below(w, 8)) {
	case 0:
	case 1:
	case 2:
		disturb(w, nodes[below(w, NODES)]);
		break;
	case 3:
		cut_something(w);
		break;
	case 4:
		check(w, rmq_mock_cluster_heal(w->cluster, &detail), &detail, "heal");
		break;
	case 5:
		be_busy(w);
		break;
	default:
		come_or_go(w);
	}
}

/* --- A run ----------------------------------------------------------------------------------------- */

static void set(struct world *w, const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	check(w, rmq_config_set(w->config, key, value, &detail), &detail, key);
}

static void open_cluster(struct world *w, uint64_t seed)
{
	static const char *const pairs[][2] = {
		{"virtualTime", "true"}, {"brokers", "2"}, {"slaves", "1"}, {"namesrvs", "2"}};
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_error_detail *detail = NULL;
	char text[24];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		check(w, rmq_mock_options_set(o, pairs[i][0], pairs[i][1], &detail), &detail,
		      pairs[i][0]);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)(seed >> 1));
	check(w, rmq_mock_options_set(o, "seed", text, &detail), &detail, "seed");
	if (w->is_sync)
		check(w,
		      rmq_mock_options_set(o, "brokerSettings", "flushDiskType=SYNC_FLUSH",
					   &detail),
		      &detail, "brokerSettings");
	check(w, rmq_mock_cluster_new(o, &w->cluster, &detail), &detail, "cluster");
	rmq_mock_options_free(o);
	check(w, rmq_mock_cluster_create_topic(w->cluster, "Topic", QUEUES, &detail), &detail,
	      "topic");
}

static void open_clients(struct world *w)
{
	rmq_error_detail *detail = NULL;

	w->config = rmq_config_new();
	rmq_config_set_environment(w->config, rmq_mock_cluster_environment(w->cluster));
	set(w, "namesrvAddr", rmq_mock_cluster_namesrv(w->cluster));
	set(w, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	name_instance(w);
	check(w, rmq_producer_new(w->config, "P", &w->producer, &detail), &detail, "producer");
	check(w, rmq_producer_start(w->producer, &detail), &detail, "start producer");
	join(w, 0, 0);
	join(w, 1, 0);
	name_instance(w);
	check(w, rmq_lite_pull_consumer_new(w->config, "G2", &w->puller, &detail), &detail, "lite");
	check(w, rmq_lite_pull_consumer_subscribe(w->puller, "Topic", "*", &detail), &detail,
	      "lite subscribes");
	check(w, rmq_lite_pull_consumer_start(w->puller, &detail), &detail, "lite starts");
	name_instance(w);
	check(w, rmq_simple_consumer_new(w->config, "G3", &w->simple, &detail), &detail, "simple");
	check(w, rmq_simple_consumer_subscribe(w->simple, "Topic", "*", &detail), &detail,
	      "simple subscribes");
	check(w, rmq_simple_consumer_start(w->simple, &detail), &detail, "simple starts");
}

static void advance(struct world *w, int64_t ms)
{
	rmq_error_detail *detail = NULL;

	check(w, rmq_mock_cluster_advance(w->cluster, ms, &detail), &detail, "advance");
	poll_lite(w);
	receive(w);
}

static void heal(struct world *w)
{
	rmq_error_detail *detail = NULL;

	w->is_calm = true;
	for (size_t i = 0; i < NODES; i++)
		check(w,
		      is_stopped(w, nodes[i]) ? rmq_mock_node_start(w->cluster, nodes[i], &detail)
					      : rmq_mock_node_up(w->cluster, nodes[i], &detail),
		      &detail, nodes[i]);
	check(w, rmq_mock_cluster_heal(w->cluster, &detail), &detail, "heal");
	for (int group = 0; group < 2; group++)
		if (!w->members[group][0])
			join(w, group, 0);
}

static void await_all(struct world *w)
{
	int group = 0;
	size_t missing = 0;

	for (int64_t ms = 0; ms < HEAL_MS && !w->audit.problem[0]; ms += 1000) {
		if (audit_is_complete(&w->audit, &group, &missing))
			break;
		advance(w, 1000);
	}
	if (!audit_is_complete(&w->audit, &group, &missing))
		audit_fail(&w->audit, "message %zu was acknowledged and never came to group %d",
			   missing, group);
}

static void close_all(struct world *w)
{
	rmq_producer_free(w->producer);
	for (size_t i = 0; i < w->audit.sent; i++)
		if (w->audit.messages[i].completions != 1)
			audit_fail(&w->audit, "message %zu completed %u times", i,
				   w->audit.messages[i].completions);
	for (int group = 0; group < 2; group++)
		for (int at = 0; at < MEMBERS; at++)
			rmq_push_consumer_free(w->members[group][at]);
	rmq_lite_pull_consumer_free(w->puller);
	rmq_simple_consumer_free(w->simple);
	rmq_config_free(w->config);
	rmq_mock_cluster_free(w->cluster);
}

void world_run(uint64_t seed, int minutes, struct outcome *out)
{
	struct world *w = calloc(1, sizeof(*w));
	int64_t left_ms = (int64_t)minutes * MINUTE_MS;

	if (!w)
		abort();
	w->state = seed;
	audit_begin(&w->audit);
	w->is_sync = seed % 2;
	/* As are the checkpoints of POP. */
	w->audit.is_exempt[3] = w->is_sync;
	open_cluster(w, seed);
	if (!w->audit.problem[0])
		open_clients(w);
	while (left_ms > 0 && !w->audit.problem[0]) {
		int64_t ms = 200 + below(w, 2000);

		for (unsigned n = below(w, 6); n > 0; n--)
			send_one(w);
		if (below(w, 5) == 0)
			let_happen(w);
		advance(w, ms);
		left_ms -= ms;
	}
	if (!w->audit.problem[0])
		heal(w);
	if (!w->audit.problem[0])
		await_all(w);
	close_all(w);
	*out = (struct outcome){.hash = w->audit.hash,
				.sent = w->audit.sent,
				.acked = w->audit.acked,
				.deliveries = w->audit.deliveries,
				.faults = w->faults};
	memcpy(out->problem, w->audit.problem, sizeof(out->problem));
	free(w);
}
