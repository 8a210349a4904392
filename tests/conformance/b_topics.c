/* SPDX-License-Identifier: Apache-2.0 */
/* b_topics.c - topics made, changed and asked for. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static void topics__are_created_on_every_broker(void)
{
	const char *topic = new_topic(3);
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *q;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_topic_offsets(the_admin(), topic, NULL, NULL, &offsets, &detail),
		  detail);
	expect_int(rmq_topic_offsets_count(offsets), 3 * BROKERS);
	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++) {
		expect_text(rmq_queue_offsets_queue(q)->topic, topic);
		expect_text(rmq_queue_offsets_queue(q)->broker_name,
			    i < 3 ? "broker-a" : "broker-b");
		expect_int(rmq_queue_offsets_queue(q)->queue_id, (int)i % 3);
		expect_int(rmq_queue_offsets_min(q), 0);
		expect_int(rmq_queue_offsets_max(q), 0);
		expect_int(rmq_queue_offsets_consumer(q), -1);
	}
	rmq_topic_offsets_free(offsets);
}

static void topics__may_be_created_twice(void)
{
	const char *topic = new_topic(2);
	rmq_error_detail *detail = NULL;

	send_text(new_producer(NULL), topic, NULL, "kept");
	expect_ok(create_topic("DefaultCluster", topic, 2, &detail), detail);
	expect_stored(topic, 1);
}

struct spread {
	rmq_producer *producer;
	const char *topic;
	bool seen;
	size_t sent;
};

static int reaches_new_queue(void *arg)
{
	struct spread *s = arg;

	for (int i = 0; i < 2 * ALL_QUEUES; i++, s->sent++)
		s->seen |= rmq_send_result_queue(send_text(s->producer, s->topic, NULL, "body"))
				   ->queue_id >= 1;
	return s->seen;
}

static void topics__more_queues_are_used_by_running_clients(void)
{
	const char *topic = new_topic(1);
	struct spread spread = {new_producer("pollNameServerInterval=1000"), topic, false, 0};
	struct sink *s = sink_open(NULL, topic, NULL,
				   "pollNameServerInterval=1000 rebalanceWaitInterval=1000", NULL);

	sink_expect_queues(s, BROKERS);
	alter_topic(topic, QUEUES, READ_AND_WRITE);
	if (!wait_until(reaches_new_queue, &spread, SOON_MS))
		fail("the producer does not use the new queues");
	sink_expect_queues(s, ALL_QUEUES);
	sink_expect(s, spread.sent);
}

enum { WRITE_GAP_MS = 200 };

struct writing {
	const char *topic;
	size_t stored;
	int64_t next_ms;
};

/* Each try is a producer, as that asks for the route anew; a name server that is told late must not make thousands. */
static int cannot_send(void *arg)
{
	struct writing *w = arg;
	rmq_producer *p;
	rmq_message *m;
	enum rmq_error error;

	if (now_ms() < w->next_ms)
		return 0;
	p = new_producer("retryTimesWhenSendFailed=0");
	m = rmq_message_new(w->topic, "body", 4);
	error = rmq_producer_send(p, m, NULL, NULL, NULL);
	w->stored += error == RMQ_OK ? 1 : 0;
	w->next_ms = now_ms() + WRITE_GAP_MS;
	rmq_message_free(m);
	drop_producer(p);
	return error == RMQ_ERR_NO_BROKER;
}

/* A client learns it with the route, a name server with the broker's registration; until then messages
 * are stored: a broker asks for its own permission only (AbstractSendMessageProcessor.msgCheck). */
static void topics__that_may_only_be_read_take_no_message(void)
{
	char topic[128];
	struct writing w = {.topic = topic};

	snprintf(topic, sizeof(topic), "%s", new_topic(QUEUES));
	send_text(new_producer(NULL), topic, NULL, "before");
	alter_topic(topic, QUEUES + 1, RMQ_PERMISSION_READ);
	if (!wait_until(cannot_send, &w, SOON_MS))
		fail("a topic without the permission to write is written");
	sink_expect(sink_open(NULL, topic, NULL, NULL, NULL), 1 + w.stored);
}

static void topics__unknown_one_has_no_offsets(void)
{
	const char *topic = new_name("T");
	rmq_topic_offsets *offsets = NULL;
	rmq_error_detail *detail = NULL;

	expect_int(rmq_admin_topic_offsets(the_admin(), topic, NULL, NULL, &offsets, &detail),
		   RMQ_ERR_NO_ROUTE);
	expect_int(rmq_error_detail_broker_code(detail), 17);
	expect(strstr(rmq_error_detail_message(detail), topic) != NULL);
	rmq_error_detail_free(detail);
}

static void topics__system_ones_are_not_to_be_created(void)
{
	static const char *const names[] = {"TBW102", "SCHEDULE_TOPIC_XXXX", "rmq_sys_mine"};
	rmq_error_detail *detail;
	enum rmq_error error;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		detail = NULL;
		error = create_topic(NULL, names[i], 1, &detail);
		if (error != RMQ_ERR_INVALID_ARGUMENT && error != RMQ_ERR_BROKER)
			fail("%s: %s", names[i], rmq_error_text(error));
		expect(detail && strstr(rmq_error_detail_message(detail), names[i]));
		rmq_error_detail_free(detail);
	}
}

static void topics__unknown_cluster_is_told(void)
{
	rmq_error_detail *detail = NULL;

	expect_int(create_topic("NoSuchCluster", new_name("T"), 1, &detail), RMQ_ERR_NOT_FOUND);
	expect(strstr(rmq_error_detail_message(detail), "NoSuchCluster") != NULL);
	rmq_error_detail_free(detail);
}

static void topics__longest_name_works(void)
{
	char name[128];
	const char *unique = new_name("T");
	rmq_producer *p = new_producer(NULL);
	rmq_error_detail *detail = NULL;
	struct sink *s;

	memset(name, 'x', 127);
	memcpy(name, unique, strlen(unique));
	name[127] = '\0';
	expect_ok(create_topic(NULL, name, 1, &detail), detail);
	send_text(p, name, NULL, "body");
	s = sink_open(NULL, name, NULL, NULL, NULL);
	sink_expect(s, 1);
	expect_text(rmq_message_topic(sink_at(s, 0)), name);
}

static const struct behaviour topics_list[] = {
	BEHAVIOUR(topics__are_created_on_every_broker, 0),
	BEHAVIOUR(topics__may_be_created_twice, 0),
	BEHAVIOUR(topics__more_queues_are_used_by_running_clients, 0),
	BEHAVIOUR(topics__that_may_only_be_read_take_no_message, 0),
	BEHAVIOUR(topics__unknown_one_has_no_offsets, 0),
	BEHAVIOUR(topics__system_ones_are_not_to_be_created, 0),
	BEHAVIOUR(topics__unknown_cluster_is_told, 0),
	BEHAVIOUR(topics__longest_name_works, 0),
};
BEHAVIOURS(topics);
