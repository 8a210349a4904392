/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/consumer/failover_stage.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/message.h"
#include "consumer/handle.h"
#include "consumer/lite_pull_consumer.h"
#include "tests/support/suite.h"

struct stage stage;

static void on_event(const rmq_event *e, void *arg)
{
	size_t at = stage.event_count;

	ck_assert_uint_lt(at, EVENTS);
	stage.event_count++;
	stage.events[at].kind = rmq_event_kind(e);
	stage.events[at].at_ms = rig_now(arg);
	snprintf(stage.events[at].text, sizeof(stage.events[at].text), "%s", rmq_event_text(e));
}

struct fake_broker *stage_broker(void)
{
	struct fake_broker *b = fake_broker_new(&stage.rig->env);

	fake_broker_topic(b, "T", QUEUES);
	fake_broker_topic(b, RETRY_G, 1);
	fake_broker_pops(b, stage.way == STAGE_POP);
	return b;
}

void stage_committed(struct fake_broker *b, int64_t offset)
{
	for (int i = 0; i < QUEUES; i++)
		fake_broker_set_committed(b, "T", i, offset);
	fake_broker_set_committed(b, RETRY_G, 0, 0);
}

struct rig *stage_begin(const char *settings)
{
	return stage_begin_as(STAGE_CONCURRENT, settings);
}

static void make_puller(void)
{
	enum rmq_error err = rmqi_lite_pull_new(stage.rig->config, "G", &stage.puller, NULL);

	ck_assert_int_eq(err, RMQ_OK);
	err = rmqi_lite_pull_subscribe(stage.puller, "T", RMQI_EXPRESSION_TAG, "*", NULL);
	ck_assert_int_eq(err, RMQ_OK);
}

struct rig *stage_begin_as(enum stage_way way, const char *settings)
{
	enum rmq_error err;
	char all[512];

	snprintf(all, sizeof(all), "clientRebalance=%s%s%s", way == STAGE_POP ? "false" : "true",
		 settings ? ";" : "", settings ? settings : "");
	stage = (struct stage){.way = way, .highest = -1};
	rig_event_fn = on_event;
	stage.rig = rig_new(1, QUEUES, all);
	rig_event_fn = NULL;
	fake_broker_pops(stage.rig->broker, way == STAGE_POP);
	stage.master = stage.rig->broker;
	stage.slave = stage_broker();
	stage.names = stage_broker();
	fake_broker_names(stage.names, stage.master, NULL);
	stage_committed(stage.master, 0);
	stage_committed(stage.slave, 0);
	err = rmqi_config_set(stage.rig->config, "namesrvAddr", fake_broker_address(stage.names),
			      NULL);
	ck_assert_int_eq(err, RMQ_OK);
	rig_renew(stage.rig);
	if (way == STAGE_ORDERLY)
		rig_orderly(stage.rig);
	if (way == STAGE_LITE_PULL)
		make_puller();
	return stage.rig;
}

void stage_start(void)
{
	if (stage.puller)
		ck_assert_int_eq(rmqi_handle_start(&stage.puller->member, NULL), RMQ_OK);
	else
		rig_start(stage.rig);
}

size_t stage_queue_count(void)
{
	return stage.puller ? atomic_load(&stage.puller->member.consumer.queue_count)
			    : rmqi_push_consumer_queue_count(stage.rig->consumer);
}

void stage_end(void)
{
	if (stage.puller)
		rmqi_handle_free(&stage.puller->member);
	rig_free_consumer(stage.rig);
	if (stage.spare)
		fake_broker_free(stage.spare);
	fake_broker_free(stage.names);
	fake_broker_free(stage.slave);
	rig_free(stage.rig);
}

void stage_put(struct fake_broker *b, int queue, int count)
{
	char body[32];

	for (int i = 0; b && i < count; i++) {
		snprintf(body, sizeof(body), "q%d-%u", queue, stage.put + (unsigned)i);
		fake_broker_put(b, "T", queue, body, NULL);
	}
}

void stage_put_on(struct fake_broker *one, struct fake_broker *other, int count)
{
	for (int i = 0; i < QUEUES; i++) {
		stage_put(one, i, count);
		stage_put(other, i, count);
	}
	stage.put += (unsigned)count;
}

void stage_expect_all_once(void)
{
	char body[32];

	ck_assert_uint_eq(stage.rig->seen_count, (size_t)stage.put * QUEUES);
	for (unsigned i = 0; i < stage.put * QUEUES; i++) {
		snprintf(body, sizeof(body), "q%u-%u", i % QUEUES, i / QUEUES);
		ck_assert_msg(rig_seen(stage.rig, body) == 1, "%s came %d times", body,
			      rig_seen(stage.rig, body));
	}
}

void stage_expect_committed(struct fake_broker *b, int64_t offset)
{
	for (int i = 0; i < QUEUES; i++)
		ck_assert_int_eq(fake_broker_committed(b, "T", i), offset);
}

static void note(const rmq_message *m)
{
	struct seen *s = &stage.rig->seen[stage.rig->seen_count++];

	ck_assert_uint_lt(stage.rig->seen_count, SEEN_MAX);
	snprintf(s->body, sizeof(s->body), "%.*s", (int)m->body_len, (const char *)m->body);
}

static void poll_once(void)
{
	rmq_messages *l = NULL;

	ck_assert_int_eq(rmqi_lite_pull_poll(stage.puller, 0, &l, NULL), RMQ_OK);
	for (size_t i = 0; i < rmq_messages_count(l); i++)
		note(rmq_messages_at(l, i));
	rmq_messages_free(l);
}

void stage_step(int64_t ms)
{
	rig_advance(stage.rig, ms);
	if (stage.puller)
		poll_once();
}

void stage_advance(int64_t ms)
{
	for (int64_t gone = 0; gone < ms; gone += 100) {
		int64_t now = fake_broker_committed(stage.master, "T", 0);

		ck_assert_msg(now >= stage.highest, "back from %lld to %lld",
			      (long long)stage.highest, (long long)now);
		stage.highest = now;
		stage_step(100);
	}
}

unsigned stage_events(enum rmq_event_kind kind, const char *text, int64_t *at)
{
	unsigned count = 0;

	for (size_t i = 0; i < stage.event_count; i++) {
		if (stage.events[i].kind != kind || !strstr(stage.events[i].text, text))
			continue;
		count++;
		if (at)
			*at = stage.events[i].at_ms;
	}
	return count;
}

void stage_master_dies(void)
{
	rmqi_inproc_set_cut(stage.rig->net, fake_broker_address(stage.master), true);
	fake_broker_hang_up(stage.master);
	fake_broker_names(stage.names, NULL, stage.slave);
}

void stage_master_returns(void)
{
	rmqi_inproc_set_cut(stage.rig->net, fake_broker_address(stage.master), false);
	fake_broker_names(stage.names, stage.master, stage.slave);
}
