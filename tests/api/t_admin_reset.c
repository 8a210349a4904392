/* SPDX-License-Identifier: Apache-2.0 */
/* t_admin_reset.c - offsets set anew and cloned: of groups that are online and offline, by brokers new and old. */
#include <stdatomic.h>
#include <unistd.h>

#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

enum { MESSAGES = 8, PATIENT_MS = 110 * 1000 };

static rmq_mock_cluster *cluster;
static rmq_admin *admin;
static rmq_error_detail *detail;
static rmq_admin_options *patient; /* on a busy machine a call takes its time */
static rmq_queue_resets *rows; /* of the last reset */

static void set_up(rmq_mock_options *options)
{
	rmq_config *config;

	cluster = api_cluster(options);
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	detail = NULL;
	patient = rmq_admin_options_new();
	api_ok(rmq_admin_options_set_timeout(patient, PATIENT_MS, &detail), &detail);
	rows = NULL;
	api_ok(rmq_admin_new(config, &admin, &detail), &detail);
	rmq_config_free(config);
	api_ok(rmq_admin_create_group(admin, NULL, "g", NULL, patient, &detail), &detail);
}

static void tear_down(void)
{
	rmq_admin_options_free(patient);
	rmq_queue_resets_free(rows);
	rmq_error_detail_free(detail);
	rmq_admin_free(admin);
	rmq_mock_cluster_free(cluster);
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

static enum rmq_error reset(const rmq_offset_reset *what)
{
	rmq_error_detail_free(detail);
	detail = NULL;
	rmq_queue_resets_free(rows);
	rows = NULL;
	return rmq_admin_reset_offsets(admin, "g", "Topic", what, patient, &rows, &detail);
}

static void reset_ok(const rmq_offset_reset *what)
{
	api_ok(reset(what), &detail);
	ck_assert_uint_eq(rmq_queue_resets_count(rows), 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(rmq_queue_reset_error(rmq_queue_resets_at(rows, i)), RMQ_OK);
		ck_assert_int_eq(rmq_queue_reset_queue(rmq_queue_resets_at(rows, i))->queue_id,
				 (int)i);
	}
}

static rmq_offset_reset *to_earliest(void)
{
	rmq_offset_reset *r = rmq_offset_reset_new();

	api_ok(rmq_offset_reset_set_earliest(r, &detail), &detail);
	return r;
}

/* What brokers have for the group, and the ends. */
static int64_t committed(const char *group, int queue, int64_t *end)
{
	rmq_topic_offsets *offsets = NULL;
	int64_t offset;

	api_ok(rmq_admin_topic_offsets(admin, "Topic", group, patient, &offsets, &detail), &detail);
	offset = rmq_queue_offsets_consumer(rmq_topic_offsets_at(offsets, (size_t)queue));
	if (end)
		*end = rmq_queue_offsets_max(rmq_topic_offsets_at(offsets, (size_t)queue));
	rmq_topic_offsets_free(offsets);
	return offset;
}

static void expect_rows(int queue, int64_t before, int64_t after)
{
	const rmq_queue_reset *row = rmq_queue_resets_at(rows, (size_t)queue);

	ck_assert_int_eq(rmq_queue_reset_before(row), before);
	ck_assert_int_eq(rmq_queue_reset_after(row), after);
	ck_assert_int_eq(committed("g", queue, NULL), after);
}

static void offline_group_goes_where_it_is_sent(void)
{
	rmq_offset_reset *earliest = to_earliest();
	int64_t end;

	send(MESSAGES);
	reset_ok(NULL);
	for (int i = 0; i < 2; i++) {
		(void)committed("g", i, &end);
		ck_assert_int_gt(end, 0);
		expect_rows(i, -1, end);
	}
	reset_ok(earliest);
	for (int i = 0; i < 2; i++) {
		(void)committed("g", i, &end);
		expect_rows(i, end, 0);
	}
	rmq_offset_reset_free(earliest);
}

START_TEST(offline__goes_where_it_is_sent)
{
	set_up(NULL);
	offline_group_goes_where_it_is_sent();
	tear_down();
}
END_TEST

START_TEST(offline__goes_where_it_is_sent_by_an_old_broker)
{
	set_up(api_options("brokerSettings", "useServerSideResetOffset=false", NULL));
	offline_group_goes_where_it_is_sent();
	tear_down();
}
END_TEST

START_TEST(dry_run__says_it_and_moves_nothing)
{
	rmq_offset_reset *r = rmq_offset_reset_new();
	int64_t end;

	set_up(NULL);
	send(MESSAGES);
	api_ok(rmq_offset_reset_set_dry_run(r, true, &detail), &detail);
	reset_ok(r);
	ck_assert_int_eq(committed("g", 0, &end), -1);
	ck_assert_int_eq(rmq_queue_reset_before(rmq_queue_resets_at(rows, 0)), -1);
	ck_assert_int_eq(rmq_queue_reset_after(rmq_queue_resets_at(rows, 0)), end);
	rmq_offset_reset_free(r);
	tear_down();
}
END_TEST

START_TEST(time__is_the_first_message_from_then_on)
{
	rmq_offset_reset *r = rmq_offset_reset_new();
	int64_t end;

	set_up(NULL);
	send(MESSAGES);
	api_ok(rmq_offset_reset_set_time(r, 1, &detail), &detail);
	reset_ok(r);
	expect_rows(0, -1, 0);
	api_ok(rmq_offset_reset_set_time(r, INT64_MAX / 2, &detail), &detail);
	reset_ok(r);
	(void)committed("g", 0, &end);
	expect_rows(0, 0, end);
	rmq_offset_reset_free(r);
	tear_down();
}
END_TEST

START_TEST(without_force__no_queue_goes_forward)
{
	rmq_offset_reset *r = to_earliest();

	set_up(NULL);
	send(MESSAGES);
	reset_ok(r);
	api_ok(rmq_offset_reset_set_latest(r, &detail), &detail);
	api_ok(rmq_offset_reset_set_force(r, false, &detail), &detail);
	reset_ok(r);
	expect_rows(0, 0, 0);
	expect_rows(1, 0, 0);
	rmq_offset_reset_free(r);
	tear_down();
}
END_TEST

START_TEST(queue__is_moved_alone_and_within_its_bounds)
{
	rmq_offset_reset *r = rmq_offset_reset_new();

	set_up(NULL);
	send(MESSAGES);
	api_ok(rmq_offset_reset_set_queue(r, "broker-a", 1, &detail), &detail);
	api_ok(rmq_offset_reset_set_offset(r, 1, &detail), &detail);
	api_ok(reset(r), &detail);
	ck_assert_uint_eq(rmq_queue_resets_count(rows), 1);
	ck_assert_int_eq(rmq_queue_reset_queue(rmq_queue_resets_at(rows, 0))->queue_id, 1);
	ck_assert_int_eq(committed("g", 1, NULL), 1);
	ck_assert_int_eq(committed("g", 0, NULL), -1);
	ck_assert_int_eq(rmq_offset_reset_set_offset(r, 1000, NULL), RMQ_OK);
	api_names(api_failed(reset(r), RMQ_ERR_INVALID_ARGUMENT, &detail), "1000 is outside");
	ck_assert_int_eq(rmq_offset_reset_set_queue(r, "broker-z", 1, NULL), RMQ_OK);
	api_names(api_failed(reset(r), RMQ_ERR_NOT_FOUND, &detail), "broker-z");
	rmq_offset_reset_free(r);
	tear_down();
}
END_TEST

START_TEST(group__that_is_unknown_is_an_error)
{
	set_up(api_options("brokerSettings", "autoCreateSubscriptionGroup=false", NULL));
	rmq_error_detail_free(api_failed(rmq_admin_reset_offsets(admin, "nobody", "Topic", NULL,
								 patient, &rows, &detail),
					 RMQ_ERR_BROKER, &detail));
	detail = NULL;
	tear_down();
}
END_TEST

/* --- Online ------------------------------------------------------------------------------------------- */

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)context;
	atomic_fetch_add((atomic_int *)arg, (int)count);
	return RMQ_CONSUME_SUCCESS;
}

static void await(atomic_int *taken, int count)
{
	while (atomic_load(taken) < count)
		usleep(1000);
}

static rmq_push_consumer *consumer(atomic_int *taken)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_push_consumer *c = NULL;

	api_set(config, "persistConsumerOffsetInterval", "1000");
	api_ok(rmq_push_consumer_new(config, "g", &c, &detail), &detail);
	rmq_config_free(config);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &detail), &detail);
	api_ok(rmq_push_consumer_set_listener(c, take, taken, &detail), &detail);
	api_ok(rmq_push_consumer_start(c, &detail), &detail);
	return c;
}

static void await_committed(void)
{
	int64_t end;

	for (int i = 0; i < 2; i++)
		while (committed("g", i, &end) != end)
			;
}

static void online_group_reads_all_again(void)
{
	rmq_offset_reset *earliest = to_earliest();
	rmq_push_consumer *c;
	atomic_int taken = 0;

	send(MESSAGES);
	c = consumer(&taken);
	await(&taken, MESSAGES);
	await_committed();

	reset_ok(earliest);

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(rmq_queue_reset_after(rmq_queue_resets_at(rows, i)), 0);
	await(&taken, 2 * MESSAGES);
	rmq_push_consumer_free(c);
	rmq_offset_reset_free(earliest);
}

START_TEST(online__reads_all_again)
{
	set_up(NULL);
	online_group_reads_all_again();
	tear_down();
}
END_TEST

START_TEST(online__is_told_by_an_old_broker)
{
	set_up(api_options("brokerSettings", "useServerSideResetOffset=false", NULL));
	online_group_reads_all_again();
	tear_down();
}
END_TEST

/* Which can do it by time and for all queues only. */
START_TEST(online__of_an_old_broker_is_not_moved_to_an_offset)
{
	rmq_offset_reset *r = rmq_offset_reset_new();
	rmq_push_consumer *c;
	atomic_int taken = 0;

	set_up(api_options("brokerSettings", "useServerSideResetOffset=false", NULL));
	send(MESSAGES);
	c = consumer(&taken);
	await(&taken, MESSAGES);
	api_ok(rmq_offset_reset_set_queue(r, "broker-a", 0, &detail), &detail);
	api_ok(rmq_offset_reset_set_offset(r, 1, &detail), &detail);
	api_names(api_failed(reset(r), RMQ_ERR_UNSUPPORTED, &detail), "stop its members");
	rmq_push_consumer_free(c);
	rmq_offset_reset_free(r);
	tear_down();
}
END_TEST

START_TEST(reset__of_a_broker_that_is_away_says_so_in_its_rows)
{
	const rmq_queue_reset *row;

	set_up(api_options("brokers", "2", NULL));
	send(MESSAGES);
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_REFUSE, &detail), &detail);

	api_ok(reset(NULL), &detail);

	ck_assert_uint_eq(rmq_queue_resets_count(rows), 4);
	for (size_t i = 0; i < 4; i++) {
		row = rmq_queue_resets_at(rows, i);
		ck_assert_int_eq(rmq_queue_reset_error(row) == RMQ_OK, i < 2);
		ck_assert_int_eq(rmq_queue_reset_after(row) >= 0, i < 2);
		ck_assert_int_eq(rmq_queue_reset_detail(row) == NULL, i < 2);
	}
	tear_down();
}
END_TEST

START_TEST(clone__takes_the_offsets_of_the_other)
{
	set_up(NULL);
	send(MESSAGES);
	reset_ok(NULL);
	rmq_queue_resets_free(rows);
	rows = NULL;
	api_ok(rmq_admin_create_group(admin, NULL, "h", NULL, patient, &detail), &detail);

	api_ok(rmq_admin_clone_offsets(admin, "g", "h", "Topic", true, patient, &rows, &detail),
	       &detail);
	ck_assert_int_eq(committed("h", 0, NULL), -1);
	rmq_queue_resets_free(rows);
	rows = NULL;
	api_ok(rmq_admin_clone_offsets(admin, "g", "h", "Topic", false, patient, &rows, &detail),
	       &detail);
	for (int i = 0; i < 2; i++) {
		const rmq_queue_reset *row = rmq_queue_resets_at(rows, (size_t)i);

		ck_assert_int_eq(rmq_queue_reset_error(row), RMQ_OK);
		ck_assert_int_eq(rmq_queue_reset_before(row), -1);
		ck_assert_int_eq(rmq_queue_reset_after(row), committed("g", i, NULL));
		ck_assert_int_eq(committed("h", i, NULL), committed("g", i, NULL));
	}
	tear_down();
}
END_TEST

/* A group without offsets has nothing to give. */
START_TEST(clone__of_nothing_leaves_what_there_is)
{
	set_up(NULL);
	send(MESSAGES);
	reset_ok(NULL);
	rmq_queue_resets_free(rows);
	rows = NULL;
	api_ok(rmq_admin_clone_offsets(admin, "h", "g", "Topic", false, patient, &rows, &detail),
	       &detail);
	for (int i = 0; i < 2; i++)
		expect_rows(i, committed("g", i, NULL), committed("g", i, NULL));
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		offline__goes_where_it_is_sent,
		offline__goes_where_it_is_sent_by_an_old_broker,
		dry_run__says_it_and_moves_nothing,
		time__is_the_first_message_from_then_on,
		without_force__no_queue_goes_forward,
		queue__is_moved_alone_and_within_its_bounds,
		group__that_is_unknown_is_an_error,
		online__reads_all_again,
		online__is_told_by_an_old_broker,
		online__of_an_old_broker_is_not_moved_to_an_offset,
		reset__of_a_broker_that_is_away_says_so_in_its_rows,
		clone__takes_the_offsets_of_the_other,
		clone__of_nothing_leaves_what_there_is,
	};

	return run_suite("admin_reset", tests, sizeof(tests) / sizeof(tests[0]));
}
