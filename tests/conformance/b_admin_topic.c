/* SPDX-License-Identifier: Apache-2.0 */
/* b_admin_topic.c - topics as operators see them. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"

static bool has_topic(const char *cluster, const char *name, enum rmq_topic_kind *kind)
{
	rmq_error_detail *detail = NULL;
	rmq_topics *topics = NULL;
	const rmq_topic *t;
	bool found = false;

	expect_ok(rmq_admin_topics(the_admin(), cluster, NULL, &topics, &detail), detail);
	for (size_t i = 0; !found && (t = rmq_topics_at(topics, i)); i++) {
		found = strcmp(rmq_topic_name(t), name) == 0;
		*kind = rmq_topic_kind(t);
	}
	rmq_topics_free(topics);
	return found;
}

static rmq_topic_configs *configs_of(const char *topic)
{
	rmq_topic_configs *configs = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_topic_config(the_admin(), topic, NULL, &configs, &detail), detail);
	expect_int(rmq_topic_configs_count(configs), BROKERS);
	return configs;
}

static void admin_topic__is_listed_with_its_kind(void)
{
	const char *topic = new_topic(1);
	enum rmq_topic_kind kind;

	expect(has_topic(NULL, topic, &kind));
	expect_int(kind, RMQ_TOPIC_NORMAL);
	expect(has_topic("DefaultCluster", topic, &kind));
	expect_int(kind, RMQ_TOPIC_NORMAL);
	expect(has_topic(NULL, "SCHEDULE_TOPIC_XXXX", &kind));
	expect_int(kind, RMQ_TOPIC_SYSTEM);
	expect(has_topic(NULL, "broker-a", &kind));
	expect_int(kind, RMQ_TOPIC_SYSTEM);
}

static void admin_topic__is_shown_as_each_broker_has_it(void)
{
	rmq_topic_configs *configs = configs_of(new_topic(3));

	for (size_t i = 0; i < BROKERS; i++) {
		const rmq_topic_config *c = rmq_topic_configs_at(configs, i);

		expect_int(rmq_topic_config_error(c), RMQ_OK);
		expect_text(rmq_topic_config_broker_name(c), i ? "broker-b" : "broker-a");
		expect_int(rmq_topic_config_read_queues(c), 3);
		expect_int(rmq_topic_config_write_queues(c), 3);
		expect_int(rmq_topic_config_permission(c),
			   RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE);
		expect(!rmq_topic_config_is_ordered(c));
	}
	rmq_topic_configs_free(configs);
}

/* Its brokers keep no flag of order (AdminBrokerProcessor.updateAndCreateTopic). */
static bool is_4_x(void)
{
	return scene.target->version()[0] == '4';
}

static void admin_topic__is_altered_in_a_part(void)
{
	const char *topic = new_topic(3);
	rmq_topic_configs *configs = configs_of(topic);
	rmq_topic_settings *s = rmq_topic_settings_of(rmq_topic_configs_at(configs, 0));
	rmq_error_detail *detail = NULL;

	rmq_topic_configs_free(configs);
	expect_ok(rmq_topic_settings_set_write_queues(s, 2, &detail), detail);
	expect_ok(rmq_topic_settings_set_ordered(s, true, &detail), detail);
	expect_ok(rmq_admin_create_topic(the_admin(), NULL, topic, s, NULL, &detail), detail);
	rmq_topic_settings_free(s);
	configs = configs_of(topic);
	for (size_t i = 0; i < BROKERS; i++) {
		const rmq_topic_config *c = rmq_topic_configs_at(configs, i);

		expect_int(rmq_topic_config_read_queues(c), 3);
		expect_int(rmq_topic_config_write_queues(c), 2);
		expect_int(rmq_topic_config_is_ordered(c), !is_4_x());
	}
	rmq_topic_configs_free(configs);
}

static int is_gone(void *arg)
{
	enum rmq_topic_kind kind;

	return !has_topic(NULL, arg, &kind);
}

/* A registration that was under way when it was deleted may bring the route back for a moment. */
static void admin_topic__that_is_deleted_is_gone(void)
{
	char topic[128];
	rmq_error_detail *detail = NULL;

	(void)snprintf(topic, sizeof(topic), "%s", new_topic(2));
	send_text(new_producer(NULL), topic, NULL, "lost");
	expect_ok(rmq_admin_delete_topic(the_admin(), "DefaultCluster", topic, NULL, &detail),
		  detail);
	if (!wait_until(is_gone, topic, SOON_MS))
		fail("%s is still there", topic);
}

static void admin_topic__tells_when_its_last_message_came(void)
{
	const char *topic = new_topic(1);
	rmq_topic_offsets *offsets = NULL;
	rmq_error_detail *detail = NULL;

	send_text(new_producer(NULL), topic, NULL, "body");
	expect_stored(topic, 1);
	expect_ok(rmq_admin_topic_offsets(the_admin(), topic, NULL, NULL, &offsets, &detail),
		  detail);
	for (size_t i = 0; i < BROKERS; i++) {
		const rmq_queue_offsets *q = rmq_topic_offsets_at(offsets, i);

		expect(rmq_queue_offsets_max(q) > 0 ? rmq_queue_offsets_stored_at(q) > 0
						    : rmq_queue_offsets_stored_at(q) == 0);
	}
	rmq_topic_offsets_free(offsets);
}

static const struct behaviour admin_topic_list[] = {
	BEHAVIOUR(admin_topic__is_listed_with_its_kind, 0),
	BEHAVIOUR(admin_topic__is_shown_as_each_broker_has_it, 0),
	BEHAVIOUR(admin_topic__is_altered_in_a_part, 0),
	BEHAVIOUR(admin_topic__that_is_deleted_is_gone, 0),
	BEHAVIOUR(admin_topic__tells_when_its_last_message_came, 0),
};
BEHAVIOURS(admin_topic);
