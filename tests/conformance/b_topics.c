/* SPDX-License-Identifier: Apache-2.0 */
/* b_topics.c - topics made, changed and asked for. */
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

static void topics__are_created_on_every_broker(void)
{
	const char *topic = new_topic(3);
	const struct rmq_queue_offsets *rows;
	rmq_error_detail *detail = NULL;
	size_t count;

	expect_ok(rmq_admin_topic_offsets(the_admin(), topic, NULL, -1, &rows, &count, &detail),
		  detail);
	expect_int(count, 3 * BROKERS);
	for (size_t i = 0; i < count; i++) {
		expect_text(rows[i].broker_name, i < 3 ? "broker-a" : "broker-b");
		expect_int(rows[i].queue_id, (int)i % 3);
		expect_int(rows[i].min_offset, 0);
		expect_int(rows[i].max_offset, 0);
		expect_int(rows[i].consumer_offset, -1);
	}
}

static void topics__may_be_created_twice(void)
{
	const char *topic = new_topic(2);
	rmq_error_detail *detail = NULL;

	send_text(new_producer(NULL), topic, NULL, "kept");
	expect_ok(rmq_admin_create_topic(the_admin(), "DefaultCluster", topic, 2, -1, &detail),
		  detail);
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
	rmq_error_detail *detail = NULL;

	sink_expect_queues(s, BROKERS);
	expect_ok(rmq_admin_create_topic(the_admin(), NULL, topic, QUEUES, -1, &detail), detail);
	if (!wait_until(reaches_new_queue, &spread, SOON_MS))
		fail("the producer does not use the new queues");
	sink_expect_queues(s, ALL_QUEUES);
	sink_expect(s, spread.sent);
}

static void topics__unknown_one_has_no_offsets(void)
{
	const char *topic = new_name("T");
	const struct rmq_queue_offsets *rows = NULL;
	rmq_error_detail *detail = NULL;
	size_t count = 0;

	expect_int(rmq_admin_topic_offsets(the_admin(), topic, NULL, -1, &rows, &count, &detail),
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
		error = rmq_admin_create_topic(the_admin(), NULL, names[i], 1, -1, &detail);
		if (error != RMQ_ERR_INVALID_ARGUMENT && error != RMQ_ERR_BROKER)
			fail("%s: %s", names[i], rmq_error_text(error));
		expect(detail && strstr(rmq_error_detail_message(detail), names[i]));
		rmq_error_detail_free(detail);
	}
}

static void topics__unknown_cluster_is_told(void)
{
	rmq_error_detail *detail = NULL;

	expect_int(
		rmq_admin_create_topic(the_admin(), "NoSuchCluster", new_name("T"), 1, -1, &detail),
		RMQ_ERR_NOT_FOUND);
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
	expect_ok(rmq_admin_create_topic(the_admin(), NULL, name, 1, -1, &detail), detail);
	send_text(p, name, NULL, "body");
	s = sink_open(NULL, name, NULL, NULL, NULL);
	sink_expect(s, 1);
	expect_text(rmq_message_topic(sink_at(s, 0)), name);
}

static const struct behaviour topics_list[] = {
	BEHAVIOUR(topics__are_created_on_every_broker, 0),
	BEHAVIOUR(topics__may_be_created_twice, 0),
	BEHAVIOUR(topics__more_queues_are_used_by_running_clients, 0),
	BEHAVIOUR(topics__unknown_one_has_no_offsets, 0),
	BEHAVIOUR(topics__system_ones_are_not_to_be_created, 0),
	BEHAVIOUR(topics__unknown_cluster_is_told, 0),
	BEHAVIOUR(topics__longest_name_works, 0),
};
BEHAVIOURS(topics);
