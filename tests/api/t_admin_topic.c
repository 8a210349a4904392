/* SPDX-License-Identifier: Apache-2.0 */
/* t_admin_topic.c - topics listed, shown, altered and deleted, and what a broker that is away leaves of that. */
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

enum { PATIENT_MS = 110 * 1000 };

static rmq_mock_cluster *cluster;
static rmq_admin *admin;
static rmq_error_detail *detail;
static rmq_admin_options *patient; /* on a busy machine a call takes its time */

static void set_up(rmq_mock_options *options)
{
	rmq_config *config;

	cluster = api_cluster(options);
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	detail = NULL;
	patient = rmq_admin_options_new();
	api_ok(rmq_admin_options_set_timeout(patient, PATIENT_MS, &detail), &detail);
	api_ok(rmq_admin_new(config, &admin, &detail), &detail);
	rmq_config_free(config);
}

static void tear_down(void)
{
	rmq_admin_options_free(patient);
	rmq_error_detail_free(detail);
	rmq_admin_free(admin);
	rmq_mock_cluster_free(cluster);
}

static const rmq_topic *find(const rmq_topics *topics, const char *name)
{
	const rmq_topic *t;

	for (size_t i = 0; (t = rmq_topics_at(topics, i)); i++)
		if (strcmp(rmq_topic_name(t), name) == 0)
			return t;
	return NULL;
}

static void expect_kind(const rmq_topics *topics, const char *name, enum rmq_topic_kind kind)
{
	ck_assert_msg(find(topics, name) != NULL, "no topic %s", name);
	ck_assert_int_eq(rmq_topic_kind(find(topics, name)), kind);
}

static void make(const char *topic)
{
	api_ok(rmq_admin_create_topic(admin, NULL, topic, NULL, patient, &detail), &detail);
}

START_TEST(topics__have_their_kinds)
{
	rmq_topics *topics = NULL;
	const char *before = "";

	set_up(NULL);
	make("%RETRY%g");
	make("%DLQ%g");

	api_ok(rmq_admin_topics(admin, NULL, patient, &topics, &detail), &detail);

	expect_kind(topics, "Topic", RMQ_TOPIC_NORMAL);
	expect_kind(topics, "%RETRY%g", RMQ_TOPIC_RETRY);
	expect_kind(topics, "%DLQ%g", RMQ_TOPIC_DEAD_LETTER);
	expect_kind(topics, "SCHEDULE_TOPIC_XXXX", RMQ_TOPIC_SYSTEM);
	expect_kind(topics, "broker-a", RMQ_TOPIC_SYSTEM);
	expect_kind(topics, "DefaultCluster", RMQ_TOPIC_SYSTEM);
	for (size_t i = 0; i < rmq_topics_count(topics); i++) {
		const char *name = rmq_topic_name(rmq_topics_at(topics, i));

		ck_assert_int_lt(strcmp(before, name), 0);
		before = name;
	}
	rmq_topics_free(topics);
	api_ok(rmq_admin_topics(admin, "DefaultCluster", patient, &topics, &detail), &detail);
	expect_kind(topics, "Topic", RMQ_TOPIC_NORMAL);
	rmq_topics_free(topics);
	tear_down();
}
END_TEST

START_TEST(topics__of_a_cluster_that_is_not_there_are_an_error)
{
	rmq_topics *topics = NULL;

	set_up(NULL);
	api_names(api_failed(rmq_admin_topics(admin, "Nowhere", patient, &topics, &detail),
			     RMQ_ERR_NOT_FOUND, &detail),
		  "Nowhere");
	ck_assert_ptr_null(topics);
	tear_down();
}
END_TEST

static rmq_topic_configs *configs_of(const char *topic)
{
	rmq_topic_configs *configs = NULL;

	api_ok(rmq_admin_topic_config(admin, topic, patient, &configs, &detail), &detail);
	return configs;
}

static void set_attribute(rmq_topic_settings *s, const char *name, const char *value)
{
	api_ok(rmq_topic_settings_set_attribute(s, name, value, &detail), &detail);
}

START_TEST(config__is_a_row_a_broker)
{
	rmq_topic_settings *s = rmq_topic_settings_new();
	rmq_topic_configs *configs;
	const rmq_topic_config *c;

	set_up(api_options("brokers", "2", NULL));
	api_ok(rmq_topic_settings_set_queues(s, 3, &detail), &detail);
	api_ok(rmq_topic_settings_set_ordered(s, true, &detail), &detail);
	set_attribute(s, "message.type", "NORMAL");
	set_attribute(s, "message.type", "FIFO");
	api_ok(rmq_admin_create_topic(admin, NULL, "T", s, patient, &detail), &detail);

	configs = configs_of("T");

	ck_assert_uint_eq(rmq_topic_configs_count(configs), 2);
	for (size_t i = 0; i < 2; i++) {
		c = rmq_topic_configs_at(configs, i);
		ck_assert_str_eq(rmq_topic_config_broker_name(c), i ? "broker-b" : "broker-a");
		ck_assert_int_ne(rmq_topic_config_address(c)[0], '\0');
		ck_assert_int_eq(rmq_topic_config_error(c), RMQ_OK);
		ck_assert_int_eq(rmq_topic_config_read_queues(c), 3);
		ck_assert_int_eq(rmq_topic_config_write_queues(c), 3);
		ck_assert_uint_eq(rmq_topic_config_permission(c),
				  RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE);
		ck_assert(rmq_topic_config_is_ordered(c));
		ck_assert_str_eq(rmq_topic_config_message_type(c), "FIFO");
		ck_assert_str_eq(rmq_topic_config_attributes(c), "{\"message.type\":\"FIFO\"}");
	}
	rmq_topic_configs_free(configs);
	rmq_topic_settings_free(s);
	tear_down();
}
END_TEST

/* What is not altered stays. */
START_TEST(config__is_altered_in_a_part)
{
	rmq_topic_configs *configs;
	rmq_topic_settings *s;

	set_up(NULL);
	configs = configs_of("Topic");
	s = rmq_topic_settings_of(rmq_topic_configs_at(configs, 0));
	ck_assert_ptr_nonnull(s);
	rmq_topic_configs_free(configs);
	api_ok(rmq_topic_settings_set_permission(s, RMQ_PERMISSION_READ, &detail), &detail);
	api_ok(rmq_admin_create_topic(admin, NULL, "Topic", s, patient, &detail), &detail);
	rmq_topic_settings_free(s);

	configs = configs_of("Topic");
	ck_assert_int_eq(rmq_topic_config_read_queues(rmq_topic_configs_at(configs, 0)), 2);
	ck_assert_uint_eq(rmq_topic_config_permission(rmq_topic_configs_at(configs, 0)),
			  RMQ_PERMISSION_READ);
	ck_assert_str_eq(rmq_topic_config_message_type(rmq_topic_configs_at(configs, 0)),
			 "UNSPECIFIED");
	rmq_topic_configs_free(configs);
	tear_down();
}
END_TEST

START_TEST(config__of_a_broker_that_is_away_says_so_in_its_row)
{
	rmq_topic_configs *configs;

	set_up(api_options("brokers", "2", NULL));
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_REFUSE, &detail), &detail);

	configs = configs_of("Topic");

	ck_assert_uint_eq(rmq_topic_configs_count(configs), 2);
	ck_assert_int_eq(rmq_topic_config_read_queues(rmq_topic_configs_at(configs, 0)), 2);
	ck_assert_int_ne(rmq_topic_config_error(rmq_topic_configs_at(configs, 1)), RMQ_OK);
	ck_assert_ptr_nonnull(rmq_topic_config_detail(rmq_topic_configs_at(configs, 1)));
	ck_assert_int_eq(rmq_topic_config_read_queues(rmq_topic_configs_at(configs, 1)), -1);
	ck_assert_ptr_null(rmq_topic_settings_of(rmq_topic_configs_at(configs, 1)));
	rmq_topic_configs_free(configs);
	tear_down();
}
END_TEST

/* Which knows no GET_TOPIC_CONFIG. */
START_TEST(config__is_told_by_a_broker_before_5)
{
	rmq_topic_settings *s = rmq_topic_settings_new();
	rmq_topic_configs *configs;

	set_up(api_options("brokerSettings", "emulate=4.9", NULL));
	api_ok(rmq_topic_settings_set_queues(s, 2, &detail), &detail);
	api_ok(rmq_topic_settings_set_ordered(s, true, &detail), &detail);
	api_ok(rmq_admin_create_topic(admin, NULL, "Topic", s, patient, &detail), &detail);
	rmq_topic_settings_free(s);
	configs = configs_of("Topic");
	ck_assert(!rmq_topic_config_is_ordered(rmq_topic_configs_at(configs, 0)));
	ck_assert_int_eq(rmq_topic_config_read_queues(rmq_topic_configs_at(configs, 0)), 2);
	ck_assert_str_eq(rmq_topic_config_attributes(rmq_topic_configs_at(configs, 0)), "{}");
	rmq_topic_configs_free(configs);
	tear_down();
}
END_TEST

START_TEST(config__of_an_unknown_topic_is_an_error)
{
	rmq_topic_configs *configs = NULL;

	set_up(NULL);
	api_names(api_failed(rmq_admin_topic_config(admin, "Nothing", patient, &configs, &detail),
			     RMQ_ERR_NO_ROUTE, &detail),
		  "Nothing");
	tear_down();
}
END_TEST

START_TEST(delete__takes_it_from_brokers_and_name_servers)
{
	rmq_topics *topics = NULL;

	set_up(api_options("brokers", "2", "namesrvs", "2", NULL));
	make("T");

	api_ok(rmq_admin_delete_topic(admin, NULL, "T", patient, &detail), &detail);

	api_ok(rmq_admin_topics(admin, NULL, patient, &topics, &detail), &detail);
	ck_assert_ptr_null(find(topics, "T"));
	ck_assert_ptr_nonnull(find(topics, "Topic"));
	rmq_topics_free(topics);
	/* Again, and of a cluster: there is nothing to do. */
	api_ok(rmq_admin_delete_topic(admin, "DefaultCluster", "T", patient, &detail), &detail);
	tear_down();
}
END_TEST

START_TEST(delete__that_a_broker_missed_may_be_made_again)
{
	rmq_topics *topics = NULL;
	enum rmq_error error;

	set_up(api_options("brokers", "2", NULL));
	make("T");
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_REFUSE, &detail), &detail);

	error = rmq_admin_delete_topic(admin, NULL, "T", patient, &detail);

	ck_assert_int_ne(error, RMQ_OK);
	api_attempted(detail, rmq_mock_node_address(cluster, "broker-b"), "");
	rmq_error_detail_free(detail);
	detail = NULL;
	api_ok(rmq_admin_topics(admin, NULL, patient, &topics, &detail), &detail);
	ck_assert_ptr_nonnull(find(topics, "T"));
	rmq_topics_free(topics);
	api_ok(rmq_mock_node_up(cluster, "broker-b", &detail), &detail);
	api_ok(rmq_admin_delete_topic(admin, NULL, "T", patient, &detail), &detail);
	tear_down();
}
END_TEST

START_TEST(delete__of_a_system_topic_is_refused)
{
	set_up(NULL);
	rmq_error_detail_free(api_failed(rmq_admin_delete_topic(admin, NULL, "SCHEDULE_TOPIC_XXXX",
								patient, &detail),
					 RMQ_ERR_BROKER, &detail));
	detail = NULL;
	tear_down();
}
END_TEST

START_TEST(offsets__tell_when_the_last_message_came)
{
	rmq_topic_offsets *offsets = NULL;
	rmq_producer *p;
	int written = 0;

	set_up(NULL);
	p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	api_send_ok(p, "Topic");
	rmq_producer_free(p);

	api_ok(rmq_admin_topic_offsets(admin, "Topic", NULL, patient, &offsets, &detail), &detail);

	for (size_t i = 0; i < rmq_topic_offsets_count(offsets); i++) {
		const rmq_queue_offsets *q = rmq_topic_offsets_at(offsets, i);

		ck_assert(rmq_queue_offsets_max(q) > 0 ? rmq_queue_offsets_stored_at(q) > 0
						       : rmq_queue_offsets_stored_at(q) == 0);
		written += rmq_queue_offsets_max(q) > 0;
	}
	ck_assert_int_ge(written, 1);
	rmq_topic_offsets_free(offsets);
	tear_down();
}
END_TEST

START_TEST(attributes__have_a_limit)
{
	rmq_topic_settings *s = rmq_topic_settings_new();
	char name[32];

	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		set_attribute(s, name, i % 2 ? "v" : NULL);
	}
	set_attribute(s, "a3", "w");
	api_names(api_failed(rmq_topic_settings_set_attribute(s, "one.more", "v", &detail),
			     RMQ_ERR_INVALID_ARGUMENT, &detail),
		  "64");
	rmq_error_detail_free(detail);
	rmq_topic_settings_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		topics__have_their_kinds,
		topics__of_a_cluster_that_is_not_there_are_an_error,
		config__is_a_row_a_broker,
		config__is_altered_in_a_part,
		config__of_a_broker_that_is_away_says_so_in_its_row,
		config__is_told_by_a_broker_before_5,
		config__of_an_unknown_topic_is_an_error,
		delete__takes_it_from_brokers_and_name_servers,
		delete__that_a_broker_missed_may_be_made_again,
		delete__of_a_system_topic_is_refused,
		offsets__tell_when_the_last_message_came,
		attributes__have_a_limit,
	};

	return run_suite("admin_topic", tests, sizeof(tests) / sizeof(tests[0]));
}
