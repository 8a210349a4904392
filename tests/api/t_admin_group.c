/* SPDX-License-Identifier: Apache-2.0 */
/* t_admin_group.c - groups made, shown and deleted; their members and how far they are behind. */
#include <stdatomic.h>
#include <unistd.h>

#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

enum { MESSAGES = 10, PATIENT_MS = 110 * 1000 };

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

static void lose_broker_b(void)
{
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_REFUSE, &detail), &detail);
}

/* --- Groups ---------------------------------------------------------------------------------------- */

static const rmq_group *find(const rmq_groups *groups, const char *name)
{
	const rmq_group *g;

	for (size_t i = 0; (g = rmq_groups_at(groups, i)); i++)
		if (strcmp(rmq_group_name(g), name) == 0)
			return g;
	return NULL;
}

static rmq_groups *list(void)
{
	rmq_groups *groups = NULL;

	api_ok(rmq_admin_groups(admin, NULL, patient, &groups, &detail), &detail);
	return groups;
}

START_TEST(groups__are_listed_once_each)
{
	rmq_groups *groups;

	set_up(api_options("brokers", "2", NULL));
	api_ok(rmq_admin_create_group(admin, NULL, "g", NULL, patient, &detail), &detail);

	groups = list();

	ck_assert_ptr_nonnull(find(groups, "g"));
	ck_assert(!rmq_group_is_system(find(groups, "g")));
	ck_assert(rmq_group_is_system(find(groups, "TOOLS_CONSUMER")));
	for (size_t i = 1; i < rmq_groups_count(groups); i++)
		ck_assert_int_lt(strcmp(rmq_group_name(rmq_groups_at(groups, i - 1)),
					rmq_group_name(rmq_groups_at(groups, i))),
				 0);
	rmq_groups_free(groups);
	tear_down();
}
END_TEST

START_TEST(groups__of_a_broker_that_is_away_have_a_row_that_says_so)
{
	const rmq_group *last;
	rmq_groups *groups;

	set_up(api_options("brokers", "2", NULL));
	lose_broker_b();

	groups = list();

	last = rmq_groups_at(groups, rmq_groups_count(groups) - 1);
	ck_assert_str_eq(rmq_group_name(last), "");
	ck_assert_str_eq(rmq_group_broker_name(last), "broker-b");
	ck_assert_int_ne(rmq_group_error(last), RMQ_OK);
	ck_assert_ptr_nonnull(rmq_group_detail(last));
	ck_assert_ptr_nonnull(find(groups, "TOOLS_CONSUMER"));
	rmq_groups_free(groups);
	tear_down();
}
END_TEST

static rmq_group_configs *configs_of(const char *group)
{
	rmq_group_configs *configs = NULL;

	api_ok(rmq_admin_group_config(admin, NULL, group, patient, &configs, &detail), &detail);
	return configs;
}

static rmq_group_settings *unusual(void)
{
	static const char policy[] = "{\"type\":\"EXPONENTIAL\"}";
	rmq_group_settings *s = rmq_group_settings_new();

	api_ok(rmq_group_settings_set_enabled(s, false, &detail), &detail);
	api_ok(rmq_group_settings_set_broadcast_enabled(s, false, &detail), &detail);
	api_ok(rmq_group_settings_set_orderly(s, true, &detail), &detail);
	api_ok(rmq_group_settings_set_notified(s, false, &detail), &detail);
	api_ok(rmq_group_settings_set_retry_max_times(s, 3, &detail), &detail);
	api_ok(rmq_group_settings_set_retry_queues(s, 2, &detail), &detail);
	api_ok(rmq_group_settings_set_broker_id(s, 1, &detail), &detail);
	api_ok(rmq_group_settings_set_slow_broker_id(s, 2, &detail), &detail);
	api_ok(rmq_group_settings_set_retry_policy(s, policy, &detail), &detail);
	return s;
}

static void expect_unusual(const rmq_group_config *c, int retry_max_times)
{
	ck_assert_int_eq(rmq_group_config_error(c), RMQ_OK);
	ck_assert(!rmq_group_config_is_enabled(c));
	ck_assert(!rmq_group_config_is_broadcast_enabled(c));
	ck_assert(rmq_group_config_is_orderly(c));
	ck_assert(!rmq_group_config_is_notified(c));
	ck_assert_int_eq(rmq_group_config_retry_max_times(c), retry_max_times);
	ck_assert_int_eq(rmq_group_config_retry_queues(c), 2);
	ck_assert_int_eq(rmq_group_config_broker_id(c), 1);
	ck_assert_int_eq(rmq_group_config_slow_broker_id(c), 2);
	ck_assert_ptr_nonnull(strstr(rmq_group_config_retry_policy(c), "EXPONENTIAL"));
}

START_TEST(config__is_what_was_set_and_altered_in_a_part)
{
	rmq_group_settings *s = unusual();
	rmq_group_configs *configs;

	set_up(api_options("brokers", "2", NULL));
	api_ok(rmq_admin_create_group(admin, NULL, "g", s, patient, &detail), &detail);
	rmq_group_settings_free(s);

	configs = configs_of("g");
	ck_assert_uint_eq(rmq_group_configs_count(configs), 2);
	ck_assert_str_eq(rmq_group_config_broker_name(rmq_group_configs_at(configs, 1)), "broker-b");
	expect_unusual(rmq_group_configs_at(configs, 0), 3);
	expect_unusual(rmq_group_configs_at(configs, 1), 3);
	s = rmq_group_settings_of(rmq_group_configs_at(configs, 0));
	rmq_group_configs_free(configs);
	api_ok(rmq_group_settings_set_retry_max_times(s, 5, &detail), &detail);
	api_ok(rmq_admin_create_group(admin, NULL, "g", s, patient, &detail), &detail);
	rmq_group_settings_free(s);

	configs = configs_of("g");
	expect_unusual(rmq_group_configs_at(configs, 0), 5);
	rmq_group_configs_free(configs);
	tear_down();
}
END_TEST

/* And does not make it. */
START_TEST(config__of_an_unknown_group_is_an_error)
{
	rmq_group_configs *configs = NULL;
	rmq_groups *groups;

	set_up(NULL);
	api_names(api_failed(rmq_admin_group_config(admin, NULL, "none", patient, &configs, &detail),
			     RMQ_ERR_NOT_FOUND, &detail),
		  "has no group none");
	rmq_error_detail_free(detail);
	detail = NULL;
	groups = list();
	ck_assert_ptr_null(find(groups, "none"));
	rmq_groups_free(groups);
	tear_down();
}
END_TEST

START_TEST(config__of_a_broker_that_is_away_says_so_in_its_row)
{
	rmq_group_configs *configs;

	set_up(api_options("brokers", "2", NULL));
	lose_broker_b();
	configs = configs_of("TOOLS_CONSUMER");
	ck_assert_int_eq(rmq_group_config_retry_queues(rmq_group_configs_at(configs, 0)), 1);
	ck_assert_int_ne(rmq_group_config_error(rmq_group_configs_at(configs, 1)), RMQ_OK);
	ck_assert_int_eq(rmq_group_config_retry_queues(rmq_group_configs_at(configs, 1)), -1);
	ck_assert_ptr_null(rmq_group_settings_of(rmq_group_configs_at(configs, 1)));
	rmq_group_configs_free(configs);
	tear_down();
}
END_TEST

static bool has_topic(const char *name)
{
	rmq_topics *topics = NULL;
	bool found = false;

	api_ok(rmq_admin_topics(admin, NULL, patient, &topics, &detail), &detail);
	for (size_t i = 0; i < rmq_topics_count(topics); i++)
		found |= strcmp(rmq_topic_name(rmq_topics_at(topics, i)), name) == 0;
	rmq_topics_free(topics);
	return found;
}

START_TEST(delete__takes_what_it_is_told_to_take)
{
	const unsigned all = RMQ_GROUP_OFFSETS | RMQ_GROUP_TOPICS;
	rmq_groups *groups;

	set_up(NULL);
	api_ok(rmq_admin_create_group(admin, NULL, "g", NULL, patient, &detail), &detail);
	api_ok(rmq_admin_create_topic(admin, NULL, "%RETRY%g", NULL, patient, &detail), &detail);
	api_ok(rmq_admin_create_topic(admin, NULL, "%DLQ%g", NULL, patient, &detail), &detail);

	api_ok(rmq_admin_delete_group(admin, NULL, "g", 0, patient, &detail), &detail);
	groups = list();
	ck_assert_ptr_null(find(groups, "g"));
	rmq_groups_free(groups);
	ck_assert(has_topic("%RETRY%g") && has_topic("%DLQ%g"));
	api_ok(rmq_admin_delete_group(admin, NULL, "g", all, patient, &detail), &detail);
	ck_assert(!has_topic("%RETRY%g") && !has_topic("%DLQ%g"));
	tear_down();
}
END_TEST

/* --- Members and lag ---------------------------------------------------------------------------------- */

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)context;
	atomic_fetch_add((atomic_int *)arg, (int)count);
	return RMQ_CONSUME_SUCCESS;
}

static rmq_push_consumer *consumer(const char *expression, atomic_int *taken)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_push_consumer *c = NULL;

	api_set(config, "persistConsumerOffsetInterval", "1000");
	api_ok(rmq_push_consumer_new(config, "g", &c, &detail), &detail);
	rmq_config_free(config);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", expression, &detail), &detail);
	api_ok(rmq_push_consumer_set_listener(c, take, taken, &detail), &detail);
	api_ok(rmq_push_consumer_start(c, &detail), &detail);
	api_ok(rmq_push_consumer_wait_ready(c, 120 * 1000, &detail), &detail);
	return c;
}

static void send(int count)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_producer *p;

	/* One that timed out would be sent again, and stored twice. */
	api_set(config, "sendMsgTimeout", "110000");
	p = api_producer(config);
	for (int i = 0; i < count; i++)
		api_send_ok(p, "Topic");
	rmq_producer_free(p);
}

static rmq_group_members *members_of(const char *group)
{
	rmq_group_members *m = NULL;

	api_ok(rmq_admin_group_members(admin, NULL, group, patient, &m, &detail), &detail);
	return m;
}

START_TEST(members__of_a_group_that_is_offline_are_none)
{
	rmq_group_members *m;

	set_up(NULL);
	m = members_of("g");
	ck_assert_uint_eq(rmq_group_members_count(m), 0);
	ck_assert_uint_eq(rmq_group_members_subscription_count(m), 0);
	ck_assert_str_eq(rmq_group_members_consume_type(m), "");
	rmq_group_members_free(m);
	tear_down();
}
END_TEST

static const rmq_group_subscription *subscription_of(const rmq_group_members *m, const char *topic)
{
	const rmq_group_subscription *s;

	for (size_t i = 0; (s = rmq_group_members_subscription_at(m, i)); i++)
		if (strcmp(rmq_group_subscription_topic(s), topic) == 0)
			return s;
	return NULL;
}

START_TEST(members__are_told_once_with_what_they_read)
{
	rmq_push_consumer *c;
	const rmq_group_member *one;
	rmq_group_members *m;
	atomic_int taken = 0;

	set_up(api_options("brokers", "2", NULL));
	c = consumer("a || b", &taken);

	m = members_of("g");

	ck_assert_uint_eq(rmq_group_members_count(m), 1);
	one = rmq_group_members_at(m, 0);
	ck_assert_int_eq(rmq_group_member_error(one), RMQ_OK);
	ck_assert_str_ne(rmq_group_member_client_id(one), "");
	ck_assert_ptr_nonnull(strchr(rmq_group_member_address(one), ':'));
	ck_assert_str_eq(rmq_group_member_language(one), "CPP");
	ck_assert_int_gt(rmq_group_member_version(one), 0);
	ck_assert_str_eq(rmq_group_members_consume_type(m), "CONSUME_PASSIVELY");
	ck_assert_str_eq(rmq_group_members_message_model(m), "CLUSTERING");
	ck_assert_str_eq(rmq_group_members_consume_from_where(m), "CONSUME_FROM_FIRST_OFFSET");
	ck_assert_uint_eq(rmq_group_members_subscription_count(m), 2);
	ck_assert_ptr_nonnull(subscription_of(m, "%RETRY%g"));
	ck_assert_str_eq(rmq_group_subscription_expression(subscription_of(m, "Topic")), "a || b");
	ck_assert_str_eq(rmq_group_subscription_type(subscription_of(m, "Topic")), "TAG");
	rmq_group_members_free(m);
	rmq_push_consumer_free(c);
	tear_down();
}
END_TEST

START_TEST(member__says_how_it_is)
{
	rmq_push_consumer *c;
	rmq_group_members *m;
	atomic_int taken = 0;
	char *json = NULL;

	set_up(api_options("brokers", "2", NULL));
	c = consumer("*", &taken);
	m = members_of("g");
	/* A broker waits ten seconds for it. */
	while (rmq_admin_member_info(admin, NULL, "g",
				     rmq_group_member_client_id(rmq_group_members_at(m, 0)),
				     patient, &json, NULL) != RMQ_OK)
		;
	ck_assert_ptr_nonnull(strstr(json, "\"PROP_CONSUME_TYPE\":\"CONSUME_PASSIVELY\""));
	ck_assert_ptr_nonnull(strstr(json, "\"mqTable\":{\"{\\\"brokerName\\\":"));
	rmq_member_info_free(json);
	json = NULL;
	api_names(api_failed(rmq_admin_member_info(admin, NULL, "g", "nobody", patient, &json,
						   &detail),
			     RMQ_ERR_BROKER, &detail),
		  "nobody");
	ck_assert_ptr_null(json);
	rmq_group_members_free(m);
	rmq_push_consumer_free(c);
	tear_down();
}
END_TEST

START_TEST(members__at_a_broker_that_is_away_have_a_row_that_says_so)
{
	rmq_group_members *m;

	set_up(api_options("brokers", "2", NULL));
	lose_broker_b();
	m = members_of("g");
	ck_assert_uint_eq(rmq_group_members_count(m), 1);
	ck_assert_int_ne(rmq_group_member_error(rmq_group_members_at(m, 0)), RMQ_OK);
	ck_assert_str_eq(rmq_group_member_broker_name(rmq_group_members_at(m, 0)), "broker-b");
	ck_assert_str_eq(rmq_group_member_client_id(rmq_group_members_at(m, 0)), "");
	ck_assert_int_eq(rmq_group_member_version(rmq_group_members_at(m, 0)), -1);
	rmq_group_members_free(m);
	tear_down();
}
END_TEST

static rmq_group_lag *lag_of(const char *topic, bool with_owners)
{
	rmq_group_lag *l = NULL;

	api_ok(rmq_admin_group_lag(admin, NULL, "g", topic, with_owners, patient, &l, &detail),
	       &detail);
	return l;
}

/* Consumers that have read everything, and have said so. */
static void await_no_lag(atomic_int *taken, int count)
{
	rmq_group_lag *l;
	int64_t total = 1;

	while (atomic_load(taken) < count)
		usleep(1000);
	while (total != 0) {
		l = lag_of("Topic", false);
		total = rmq_group_lag_total(l);
		rmq_group_lag_free(l);
	}
}

static void expect_behind(const rmq_group_lag *l, int64_t behind)
{
	int64_t total = 0;

	ck_assert_uint_eq(rmq_group_lag_count(l), 4);
	for (size_t i = 0; i < 4; i++) {
		const rmq_queue_lag *q = rmq_group_lag_at(l, i);

		ck_assert_int_eq(rmq_queue_lag_error(q), RMQ_OK);
		ck_assert_str_eq(rmq_queue_lag_queue(q)->topic, "Topic");
		ck_assert_str_eq(rmq_queue_lag_queue(q)->broker_name,
				 i < 2 ? "broker-a" : "broker-b");
		ck_assert_int_eq(rmq_queue_lag_queue(q)->queue_id, (int)i % 2);
		ck_assert_int_eq(rmq_queue_lag_behind(q), rmq_queue_lag_broker_offset(q) -
								  rmq_queue_lag_consumer_offset(q));
		ck_assert_int_ge(rmq_queue_lag_in_flight(q), 0);
		total += rmq_queue_lag_behind(q);
	}
	ck_assert_int_eq(total, behind);
	ck_assert_int_eq(rmq_group_lag_total(l), behind);
	ck_assert_uint_eq(rmq_group_lag_topic_count(l), 1);
	ck_assert_str_eq(rmq_topic_lag_topic(rmq_group_lag_topic_at(l, 0)), "Topic");
	ck_assert_int_eq(rmq_topic_lag_total(rmq_group_lag_topic_at(l, 0)), behind);
}

START_TEST(lag__is_what_was_written_and_not_read)
{
	rmq_push_consumer *c;
	atomic_int taken = 0;
	rmq_group_lag *l;

	set_up(api_options("brokers", "2", NULL));
	send(MESSAGES);
	c = consumer("*", &taken);
	await_no_lag(&taken, MESSAGES);
	rmq_push_consumer_free(c);
	l = lag_of("Topic", false);
	expect_behind(l, 0);
	ck_assert_int_gt(rmq_queue_lag_stored_at(rmq_group_lag_at(l, 0)), 0);
	ck_assert_str_eq(rmq_queue_lag_owner(rmq_group_lag_at(l, 0)), "");
	rmq_group_lag_free(l);

	send(MESSAGES);
	l = lag_of("Topic", true);
	expect_behind(l, MESSAGES);
	ck_assert_str_eq(rmq_queue_lag_owner(rmq_group_lag_at(l, 0)), "");
	rmq_group_lag_free(l);
	tear_down();
}
END_TEST

static bool is_owned(const rmq_group_lag *l)
{
	const rmq_queue_lag *q;

	for (size_t i = 0; (q = rmq_group_lag_at(l, i)); i++)
		if (strcmp(rmq_queue_lag_queue(q)->topic, "Topic") == 0 &&
		    !*rmq_queue_lag_owner(q))
			return false;
	return true;
}

/* A broker waits five seconds for a member, which may be slow. */
static rmq_group_lag *lag_that_is_owned(void)
{
	rmq_group_lag *l = lag_of(NULL, true);

	while (!is_owned(l)) {
		rmq_group_lag_free(l);
		l = lag_of(NULL, true);
	}
	return l;
}

START_TEST(lag__tells_who_holds_the_queues)
{
	rmq_push_consumer *c;
	rmq_group_members *m;
	atomic_int taken = 0;
	rmq_group_lag *l;

	set_up(api_options("brokers", "2", NULL));
	send(MESSAGES);
	c = consumer("*", &taken);
	await_no_lag(&taken, MESSAGES);
	m = members_of("g");

	l = lag_that_is_owned();

	for (size_t i = 0; i < rmq_group_lag_count(l); i++)
		if (strcmp(rmq_queue_lag_queue(rmq_group_lag_at(l, i))->topic, "Topic") == 0)
			ck_assert_str_eq(rmq_queue_lag_owner(rmq_group_lag_at(l, i)),
					 rmq_group_member_client_id(rmq_group_members_at(m, 0)));
	rmq_group_lag_free(l);
	rmq_group_members_free(m);
	rmq_push_consumer_free(c);
	tear_down();
}
END_TEST

START_TEST(lag__at_a_broker_that_is_away_has_a_row_that_says_so)
{
	const rmq_queue_lag *last;
	rmq_group_lag *l;

	set_up(api_options("brokers", "2", NULL));
	lose_broker_b();

	l = lag_of("Topic", true);

	ck_assert_uint_eq(rmq_group_lag_count(l), 3);
	last = rmq_group_lag_at(l, 2);
	ck_assert_int_ne(rmq_queue_lag_error(last), RMQ_OK);
	ck_assert_ptr_nonnull(rmq_queue_lag_detail(last));
	ck_assert_str_eq(rmq_queue_lag_queue(last)->broker_name, "broker-b");
	ck_assert_int_eq(rmq_queue_lag_queue(last)->queue_id, -1);
	ck_assert_int_eq(rmq_queue_lag_behind(last), -1);
	ck_assert_int_eq(rmq_queue_lag_in_flight(last), -1);
	rmq_group_lag_free(l);
	tear_down();
}
END_TEST

START_TEST(all__fail_when_no_broker_answers)
{
	rmq_groups *groups = NULL;
	rmq_group_lag *l = NULL;

	set_up(api_options("brokers", "2", NULL));
	lose_broker_b();
	api_ok(rmq_mock_node_down(cluster, "broker-a", RMQ_MOCK_DOWN_REFUSE, &detail), &detail);
	ck_assert_int_ne(rmq_admin_groups(admin, NULL, NULL, &groups, NULL), RMQ_OK);
	ck_assert_int_ne(rmq_admin_group_lag(admin, NULL, "g", NULL, true, patient, &l, &detail),
			 RMQ_OK);
	api_names(detail, rmq_mock_node_address(cluster, "broker-a"));
	ck_assert_ptr_null(groups);
	ck_assert_ptr_null(l);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		groups__are_listed_once_each,
		groups__of_a_broker_that_is_away_have_a_row_that_says_so,
		config__is_what_was_set_and_altered_in_a_part,
		config__of_an_unknown_group_is_an_error,
		config__of_a_broker_that_is_away_says_so_in_its_row,
		delete__takes_what_it_is_told_to_take,
		members__of_a_group_that_is_offline_are_none,
		members__are_told_once_with_what_they_read,
		member__says_how_it_is,
		members__at_a_broker_that_is_away_have_a_row_that_says_so,
		lag__is_what_was_written_and_not_read,
		lag__tells_who_holds_the_queues,
		lag__at_a_broker_that_is_away_has_a_row_that_says_so,
		all__fail_when_no_broker_answers,
	};

	return run_suite("admin_group", tests, sizeof(tests) / sizeof(tests[0]));
}
