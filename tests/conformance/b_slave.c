/* SPDX-License-Identifier: Apache-2.0 */
/* b_slave.c - a slave stands in for its master while that is away. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { MANY = 60, MORE = 20, TABLES_MS = 7000 /* twice the time between two looks at the tables */ };

/* A master that is back has a slave that may need five seconds to find it: then the message is stored, and the
 * status says that the slave was late, or in 4.9 that there is none. */
static void store(rmq_producer *p, const char *topic, const char *body)
{
	rmq_message *m = rmq_message_new(topic, body, strlen(body));
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_send_status late = *scene.target->version() == '4'
					    ? RMQ_SEND_SLAVE_NOT_AVAILABLE
					    : RMQ_SEND_FLUSH_SLAVE_TIMEOUT;

	if (!m)
		fail("out of memory");
	expect_ok(send_within(p, m, PATIENT_MS, &r, &detail), detail);
	rmq_message_free(m);
	if (rmq_send_result_status(r) != late)
		expect_int(rmq_send_result_status(r), RMQ_SEND_OK);
	rmq_send_result_free(r);
}

static void send_some(const char *topic, int from, int count)
{
	rmq_producer *p = new_producer(NULL);
	char body[32];

	for (int i = from; i < from + count; i++) {
		snprintf(body, sizeof(body), "%d", i);
		store(p, topic, body);
	}
	drop_producer(p);
}

static void expect_each_once(struct sink *s, int count)
{
	char body[32];

	sink_expect(s, (size_t)count);
	for (int i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "%d", i);
		expect_int(sink_count_body(s, body), 1);
	}
}

/* A group that comes when the master has died reads all of it, and what is sent after the master's return. */
static void slave__feeds_a_new_group(void)
{
	const char *topic = new_topic(QUEUES);
	struct sink *s;

	send_some(topic, 0, MANY);
	let_pass(TABLES_MS);
	scene.target->broker_kill("broker-a");
	s = sink_open(NULL, topic, NULL, NULL, NULL);
	expect_each_once(s, MANY);

	scene.target->broker_start("broker-a");
	send_some(topic, MANY, MORE);
	expect_each_once(s, MANY + MORE);
}

/* A group that was there goes on where it was. */
static void slave__goes_on_with_a_group(void)
{
	const char *topic = new_topic(QUEUES), *group = new_name("G");
	struct sink *s = sink_open(group, topic, NULL, NULL, NULL);

	send_some(topic, 0, MANY);
	expect_each_once(s, MANY);
	sink_close(s);
	let_pass(TABLES_MS);
	scene.target->broker_stop("broker-a");
	s = sink_open(group, topic, NULL, NULL, NULL);
	send_some(topic, MANY, MORE); /* to the other broker */
	sink_expect(s, MORE);
	scene.target->broker_start("broker-a");
	send_some(topic, MANY + MORE, MORE);
	sink_expect(s, 2 * MORE);
}

static const struct behaviour slave_list[] = {
	BEHAVIOUR(slave__feeds_a_new_group, NEED_NODES | NEED_SLAVE),
	BEHAVIOUR(slave__goes_on_with_a_group, NEED_NODES | NEED_SLAVE),
};

BEHAVIOURS(slave);
