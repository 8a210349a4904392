/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_memory.c - every allocation of a life fails in turn: of a producer, of a consumer, of the admin.
 *
 * A life ends well, or with an error that says what was missing, and the next one ends well. Cluster and
 * client share the memory that fails, so a broker may close a connection or answer that it has none.
 * Linked with the rooms themselves: what fails is asked of base/mem.h.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "tests/api/api.h"

enum { PARTS = 4, PATIENCE_MS = 5 * 60 * 1000, REGISTERED_MS = 60 * 1000 };

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;
static unsigned received;
static uint64_t failing; /* which allocation */

static enum rmq_consume_status count(rmq_push_consumer *c, const rmq_message *const *messages,
				     size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)context;
	(void)arg;
	received += (unsigned)n;
	return RMQ_CONSUME_SUCCESS;
}

static bool is_received(void *arg)
{
	(void)arg;
	return received > 0;
}

static enum rmq_error send_one(void)
{
	rmq_producer *p = NULL;
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_send_result *result = NULL;
	enum rmq_error err = m ? rmq_producer_new(config, "P", &p, &detail) : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK)
		err = rmq_producer_start(p, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_send(p, m, NULL, &result, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_close(p, -1, &detail);
	rmq_send_result_free(result);
	rmq_producer_free(p);
	rmq_message_free(m);
	return err;
}

/* What a consumer could not do for want of memory it does later. */
static enum rmq_error consume(rmq_push_consumer *c)
{
	enum rmq_error err = rmq_push_consumer_subscribe(c, "Topic", "A || B", &detail);

	if (err == RMQ_OK)
		err = rmq_push_consumer_subscribe(c, "Topic", "*", &detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_set_listener(c, count, NULL, &detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_start(c, &detail);
	if (err != RMQ_OK)
		return err;
	received = 0;
	while (send_one() != RMQ_OK) {
		rmq_error_detail_free(detail);
		detail = NULL;
	}
	ck_assert_msg(rmq_mock_cluster_run_until(cluster, is_received, NULL, PATIENCE_MS),
		      "allocation %d: a consumer that had started got nothing", (int)failing);
	return rmq_push_consumer_close(c, -1, &detail);
}

static enum rmq_error consume_one(void)
{
	rmq_push_consumer *c = NULL;
	enum rmq_error err = rmq_push_consumer_new(config, "G", &c, &detail);

	if (err == RMQ_OK)
		err = consume(c);
	rmq_push_consumer_free(c);
	return err;
}

static enum rmq_error administer(void)
{
	rmq_admin *a = NULL;
	rmq_topic_offsets *offsets = NULL;
	enum rmq_error err = rmq_admin_new(config, &a, &detail);

	if (err == RMQ_OK)
		err = rmq_admin_create_topic(a, "DefaultCluster", "Made", NULL, NULL, &detail);
	if (err == RMQ_OK)
		err = rmq_admin_topic_offsets(a, "Topic", "G", NULL, &offsets, &detail);
	rmq_topic_offsets_free(offsets);
	rmq_admin_free(a);
	return err;
}

static enum rmq_error look_at_topics(rmq_admin *a)
{
	rmq_topics *topics = NULL;
	rmq_topic_configs *configs = NULL;
	rmq_topic_settings *s = NULL;
	enum rmq_error err = rmq_admin_topics(a, "DefaultCluster", NULL, &topics, &detail);

	if (err == RMQ_OK)
		err = rmq_admin_topic_config(a, "Topic", NULL, &configs, &detail);
	if (err == RMQ_OK) {
		s = rmq_topic_settings_of(rmq_topic_configs_at(configs, 0));
		err = s ? rmq_topic_settings_set_attribute(s, "message.type", "NORMAL", &detail)
			: RMQ_ERR_NO_MEMORY;
	}
	if (err == RMQ_OK)
		err = rmq_admin_create_topic(a, NULL, "Made", s, NULL, &detail);
	if (err == RMQ_OK)
		err = rmq_admin_delete_topic(a, NULL, "Made", NULL, &detail);
	rmq_topic_settings_free(s);
	rmq_topic_configs_free(configs);
	rmq_topics_free(topics);
	return err;
}

static enum rmq_error make_group(rmq_admin *a)
{
	rmq_group_settings *s = rmq_group_settings_new();
	enum rmq_error err = s ? rmq_group_settings_set_retry_policy(
					 s, "{\"type\":\"CUSTOMIZED\"}", &detail)
			       : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK)
		err = rmq_admin_create_group(a, NULL, "G", s, NULL, &detail);
	rmq_group_settings_free(s);
	return err;
}

static enum rmq_error look_at_groups(rmq_admin *a)
{
	rmq_groups *groups = NULL;
	rmq_group_configs *configs = NULL;
	rmq_group_members *members = NULL;
	rmq_group_lag *lag = NULL;
	enum rmq_error err = make_group(a);

	if (err == RMQ_OK)
		err = rmq_admin_groups(a, NULL, NULL, &groups, &detail);
	if (err == RMQ_OK)
		err = rmq_admin_group_config(a, NULL, "G", NULL, &configs, &detail);
	if (err == RMQ_OK)
		err = rmq_admin_group_members(a, NULL, "G", NULL, &members, &detail);
	if (err == RMQ_OK)
		err = rmq_admin_group_lag(a, NULL, "G", "Topic", true, NULL, &lag, &detail);
	rmq_groups_free(groups);
	rmq_group_configs_free(configs);
	rmq_group_members_free(members);
	rmq_group_lag_free(lag);
	return err;
}

static enum rmq_error move_group(rmq_admin *a)
{
	rmq_queue_resets *resets = NULL, *clones = NULL;
	enum rmq_error err =
		rmq_admin_reset_offsets(a, "G", "Topic", NULL, NULL, &resets, &detail);

	if (err == RMQ_OK)
		err = rmq_admin_clone_offsets(a, "G", "H", "Topic", true, NULL, &clones, &detail);
	if (err == RMQ_OK)
		err = rmq_admin_delete_group(a, NULL, "G", RMQ_GROUP_OFFSETS, NULL, &detail);
	rmq_queue_resets_free(resets);
	rmq_queue_resets_free(clones);
	return err;
}

static enum rmq_error oversee(void)
{
	rmq_admin *a = NULL;
	enum rmq_error err = rmq_admin_new(config, &a, &detail);

	if (err == RMQ_OK)
		err = look_at_topics(a);
	if (err == RMQ_OK)
		err = look_at_groups(a);
	if (err == RMQ_OK)
		err = move_group(a);
	rmq_admin_free(a);
	return err;
}

static void open_cluster(void)
{
	cluster = api_cluster(api_options("virtualTime", "true", NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static void close_cluster(void)
{
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

/* Of a client without memory, or of one whose broker had none. */
static bool is_cause(enum rmq_error err)
{
	if (err == RMQ_ERR_BROKER)
		return strstr(rmq_error_detail_remark(detail), "memory") != NULL;
	return err == RMQ_ERR_NO_MEMORY || err == RMQ_ERR_CONNECT ||
	       err == RMQ_ERR_CONNECTION_LOST || err == RMQ_ERR_TIMEOUT;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* The broker lost its connection to the name server for want of memory, and registers again in a while: nobody knows it
 * until then. */
static bool is_broker_lost(enum rmq_error err)
{
	return err == RMQ_ERR_NOT_FOUND &&
	       strstr(rmq_error_detail_message(detail), "knows no master") != NULL;
}

static void check_outcome(enum rmq_error err)
{
	const char *text = detail ? rmq_error_detail_message(detail) : "";

	if (is_broker_lost(err))
		ck_assert(!rmq_mock_cluster_run_until(cluster, never, NULL, REGISTERED_MS));
	else if (err != RMQ_OK)
		ck_assert_msg(is_cause(err), "allocation %d: %s: %s", (int)failing,
			      rmq_error_text(err), text);
	ck_assert_msg(!strstr(text, "cannot be used"), "allocation %d: %s", (int)failing, text);
	rmq_error_detail_free(detail);
	detail = NULL;
}

static uint64_t allocations_of(enum rmq_error (*live)(void))
{
	uint64_t before;

	ck_assert_int_eq(live(), RMQ_OK); /* makes what stays */
	before = rmqi_mem_allocations();
	ck_assert_int_eq(live(), RMQ_OK);
	return rmqi_mem_allocations() - before;
}

/* One in PARTS allocations, so that each test ends in time under a checker. */
static void fail_in_turn(enum rmq_error (*live)(void), int part)
{
	unsigned told = 0;
	uint64_t count;

	open_cluster();
	count = allocations_of(live);
	for (uint64_t nth = 1 + (uint64_t)part; nth <= count; nth += PARTS) {
		enum rmq_error err;

		failing = nth;
		rmqi_mem_fail_after(nth, 0);
		err = live();
		rmqi_mem_fail_after(0, 0);
		told += err == RMQ_ERR_NO_MEMORY;
		check_outcome(err);
	}
	ck_assert_uint_gt(told, 5);
	ck_assert_int_eq(live(), RMQ_OK);
	close_cluster();
}

START_TEST(producer__lives_or_says_that_memory_is_out)
{
	fail_in_turn(send_one, _i);
}
END_TEST

START_TEST(consumer__lives_or_says_that_memory_is_out)
{
	fail_in_turn(consume_one, _i);
}
END_TEST

START_TEST(admin__lives_or_says_that_memory_is_out)
{
	fail_in_turn(administer, _i);
}
END_TEST

START_TEST(admin__oversees_or_says_that_memory_is_out)
{
	fail_in_turn(oversee, _i);
}
END_TEST

int main(void)
{
	struct suite s;

	suite_open(&s, "memory");
	suite_add_loop(&s, producer__lives_or_says_that_memory_is_out, PARTS);
	suite_add_loop(&s, consumer__lives_or_says_that_memory_is_out, PARTS);
	suite_add_loop(&s, admin__lives_or_says_that_memory_is_out, PARTS);
	suite_add_loop(&s, admin__oversees_or_says_that_memory_is_out, PARTS);
	return suite_run(&s);
}
