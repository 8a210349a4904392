/* SPDX-License-Identifier: Apache-2.0 */
/* The admin calls against scripted peers: what they ask, what they say when it fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/admin.h"
#include "admin/asking.h"
#include "base/detail.h"
#include "base/mem.h"
#include "client/config.h"
#include "codec/codes.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum { ROUTE = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, CREATE = RMQI_REQ_UPDATE_AND_CREATE_TOPIC };
enum { CLUSTER = RMQI_REQ_GET_BROKER_CLUSTER_INFO, MAX = RMQI_REQ_GET_MAX_OFFSET };
enum { MIN = RMQI_REQ_GET_MIN_OFFSET, COMMITTED = RMQI_REQ_QUERY_CONSUMER_OFFSET };

static struct fake_world world;
static struct fake_peer *ns, *a, *b;
static struct rmq_admin *admin;
static struct rmq_error_detail *detail;
static struct rmq_topic_offsets *got; /* by the last offsets() */

/* Brokers a (cluster C1) and b (cluster C2). */
static void set_up(void)
{
	struct rmq_config *config = rmqi_config_new();
	char json[512];

	fake_world_init(&world, 1);
	ns = fake_peer_new(&world.env);
	a = fake_peer_new(&world.env);
	b = fake_peer_new(&world.env);
	snprintf(
		json, sizeof(json),
		"{\"brokerAddrTable\":{\"a\":{\"brokerAddrs\":{0:\"%s\"},\"brokerName\":\"a\","
		"\"cluster\":\"C1\"},\"b\":{\"brokerAddrs\":{0:\"%s\",1:\"127.0.0.1:9\"},"
		"\"brokerName\":\"b\",\"cluster\":\"C2\"},\"c\":{\"brokerAddrs\":{1:\"127.0.0.1:9\"},"
		"\"brokerName\":\"c\",\"cluster\":\"C2\"}}}",
		fake_peer_address(a), fake_peer_address(b));
	fake_peer_cluster(ns, json);
	config->env = &world.env;
	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", fake_peer_address(ns), NULL),
			 RMQ_OK);
	detail = rmqi_detail_new();
	ck_assert_int_eq(rmqi_admin_new(config, &admin, detail), RMQ_OK);
	rmqi_config_free(config);
}

static void tear_down(void)
{
	rmqi_topic_offsets_free(got);
	got = NULL;
	rmqi_admin_free(admin);
	fake_peer_free(ns);
	fake_peer_free(a);
	fake_peer_free(b);
	rmq_error_detail_free(detail);
	fake_world_deinit(&world);
}

static void route(const char *format)
{
	char text[160];

	snprintf(text, sizeof(text), "a=%s:%s", fake_peer_address(a), format);
	fake_peer_route(ns, "T", text);
}

static enum rmq_error offsets(const char *group)
{
	rmqi_detail_clear(detail);
	rmqi_topic_offsets_free(got);
	got = NULL;
	return rmqi_admin_topic_offsets(admin, "T", group, NULL, &got, detail);
}

static enum rmq_error create(const char *cluster, const char *topic)
{
	static const struct rmq_topic_settings six = {
		.write_queues = 6, .read_queues = 6, .permission = RMQ_PERMISSION_READ};

	return rmqi_admin_create_topic(admin, cluster, topic, &six, NULL, detail);
}

START_TEST(create_topic__asks_every_master)
{
	const struct fake_request *r;

	set_up();

	ck_assert_int_eq(create(NULL, "T"), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(a, CREATE), 1);
	ck_assert_uint_eq(fake_peer_count(b, CREATE), 1);
	r = fake_peer_last(a, CREATE);
	ck_assert_str_eq(fake_request_field(r, "topic"), "T");
	ck_assert_str_eq(fake_request_field(r, "defaultTopic"), "TBW102");
	ck_assert_str_eq(fake_request_field(r, "readQueueNums"), "6");
	ck_assert_str_eq(fake_request_field(r, "writeQueueNums"), "6");
	ck_assert_str_eq(fake_request_field(r, "perm"), "4");
	ck_assert_str_eq(fake_request_field(r, "topicFilterType"), "SINGLE_TAG");
	ck_assert_str_eq(fake_request_field(r, "order"), "false");
	tear_down();
}
END_TEST

START_TEST(create_topic__without_settings_has_8_queues_for_all)
{
	const struct fake_request *r;

	set_up();

	ck_assert_int_eq(rmqi_admin_create_topic(admin, "C1", "T", NULL, NULL, detail), RMQ_OK);

	r = fake_peer_last(a, CREATE);
	ck_assert_str_eq(fake_request_field(r, "readQueueNums"), "8");
	ck_assert_str_eq(fake_request_field(r, "writeQueueNums"), "8");
	ck_assert_str_eq(fake_request_field(r, "perm"), "6");
	tear_down();
}
END_TEST

START_TEST(create_topic__in_one_cluster_asks_its_masters_only)
{
	set_up();

	ck_assert_int_eq(create("C2", "T"), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(a, CREATE), 0);
	ck_assert_uint_eq(fake_peer_count(b, CREATE), 1);
	tear_down();
}
END_TEST

START_TEST(create_topic__names_a_cluster_that_is_not_there)
{
	set_up();

	ck_assert_int_eq(create("C9", "T"), RMQ_ERR_NOT_FOUND);

	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "C9"));
	tear_down();
}
END_TEST

START_TEST(create_topic__refuses_an_illegal_name)
{
	set_up();

	ck_assert_int_eq(create(NULL, "a b"), RMQ_ERR_INVALID_ARGUMENT);

	ck_assert_uint_eq(fake_peer_count(ns, 0), 0);
	tear_down();
}
END_TEST

START_TEST(create_topic__tells_what_the_broker_said)
{
	const rmq_attempt *attempt;

	set_up();
	fake_peer_remark(a, "no way");
	fake_peer_next(a, CREATE, RMQI_RESP_SYSTEM_ERROR);

	ck_assert_int_eq(create("C1", "T"), RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(rmq_error_detail_remark(detail), "no way");
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), fake_peer_address(a)));
	attempt = rmq_error_detail_attempt_at(detail, 0);
	ck_assert_ptr_nonnull(attempt);
	ck_assert_int_eq(rmq_attempt_phase(attempt), RMQ_PHASE_ANSWER);
	tear_down();
}
END_TEST

/* The others have it, and the detail says who refused. */
START_TEST(create_topic__is_told_to_those_behind_one_that_refuses)
{
	set_up();
	fake_peer_next(a, CREATE, RMQI_RESP_SYSTEM_ERROR);

	ck_assert_int_eq(create(NULL, "T"), RMQ_ERR_BROKER);

	ck_assert_uint_eq(fake_peer_count(b, CREATE), 1);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 1);
	ck_assert_str_eq(rmq_attempt_address(rmq_error_detail_attempt_at(detail, 0)),
			 fake_peer_address(a));
	tear_down();
}
END_TEST

START_TEST(create_topic__names_each_that_refuses)
{
	set_up();
	fake_peer_next(a, CREATE, RMQI_RESP_SYSTEM_ERROR);
	fake_peer_next(b, CREATE, RMQI_RESP_SYSTEM_ERROR);

	ck_assert_int_eq(create(NULL, "T"), RMQ_ERR_BROKER);

	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 2);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), fake_peer_address(a)));
	tear_down();
}
END_TEST

START_TEST(create_topic__tells_what_the_name_server_said)
{
	set_up();
	fake_peer_always(ns, CLUSTER, RMQI_RESP_SYSTEM_ERROR);

	ck_assert_int_eq(create(NULL, "T"), RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 1);
	tear_down();
}
END_TEST

START_TEST(create_topic__ends_in_time)
{
	static const struct rmq_admin_options two_s = {2000};

	set_up();
	fake_peer_always(b, CREATE, FAKE_SILENT);

	ck_assert_int_eq(rmqi_admin_create_topic(admin, NULL, "T", NULL, &two_s, detail),
			 RMQ_ERR_TIMEOUT);

	ck_assert_int_eq(fake_world_now(&world), 2000);
	tear_down();
}
END_TEST

START_TEST(offsets__are_those_of_every_readable_queue)
{
	set_up();
	route("2");

	ck_assert_int_eq(offsets("G"), RMQ_OK);

	ck_assert_uint_eq(got->count, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_str_eq(got->rows[i].queue.broker_name, "a");
		ck_assert_int_eq(got->rows[i].queue.queue_id, i);
		ck_assert_int_eq(got->rows[i].min, i);
		ck_assert_int_eq(got->rows[i].max, 100 + i);
		ck_assert_int_eq(got->rows[i].consumer, 50 + i);
	}
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, COMMITTED), "setZeroIfNotFound"),
			 "false");
	tear_down();
}
END_TEST

START_TEST(offsets__without_group_or_without_commit_are_minus_one)
{
	set_up();
	route("1");
	fake_peer_always(a, COMMITTED, RMQI_RESP_QUERY_NOT_FOUND);

	ck_assert_int_eq(offsets(NULL), RMQ_OK);
	ck_assert_int_eq(got->rows[0].consumer, -1);
	ck_assert_uint_eq(fake_peer_count(a, COMMITTED), 0);
	ck_assert_int_eq(offsets("G"), RMQ_OK);

	ck_assert_int_eq(got->rows[0].consumer, -1);
	tear_down();
}
END_TEST

/* A read error is never taken for "no offset". */
START_TEST(offsets__that_cannot_be_read_are_an_error)
{
	set_up();
	route("1");

	fake_peer_next(a, COMMITTED, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(offsets("G"), RMQ_ERR_BROKER);
	fake_peer_next(a, COMMITTED, FAKE_EMPTY);
	ck_assert_int_eq(offsets("G"), RMQ_ERR_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "lacks offset"));
	fake_peer_next(a, MAX, FAKE_EMPTY);
	ck_assert_int_eq(offsets("G"), RMQ_ERR_PROTOCOL);
	ck_assert_int_eq(rmq_error_detail_code(detail), RMQ_ERR_PROTOCOL);
	tear_down();
}
END_TEST

/* Those about queues are as many as may be under way, and one about its topic follows for each broker, behind those of
 * both. */
START_TEST(offsets__ask_nothing_twice)
{
	char text[160];

	set_up();
	snprintf(text, sizeof(text), "a=%s:4,b=%s:4", fake_peer_address(a), fake_peer_address(b));
	fake_peer_route(ns, "T", text);

	ck_assert_int_eq(offsets(NULL), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(a, MAX), 4);
	ck_assert_uint_eq(fake_peer_count(b, MAX), 4);
	ck_assert_uint_eq(fake_peer_count(a, RMQI_REQ_GET_TOPIC_STATS_INFO), 1);
	ck_assert_uint_eq(fake_peer_count(b, RMQI_REQ_GET_TOPIC_STATS_INFO), 1);
	tear_down();
}
END_TEST

START_TEST(offsets__follow_the_route_of_now)
{
	set_up();
	route("1");
	ck_assert_int_eq(offsets(NULL), RMQ_OK);

	route("3");
	ck_assert_int_eq(offsets(NULL), RMQ_OK);

	ck_assert_uint_eq(got->count, 3);
	tear_down();
}
END_TEST

START_TEST(offsets__outlive_the_next_call_and_the_admin)
{
	struct rmq_topic_offsets *first = NULL;

	set_up();
	route("2");
	ck_assert_int_eq(rmqi_admin_topic_offsets(admin, "T", NULL, NULL, &first, detail), RMQ_OK);
	route("1");
	ck_assert_int_eq(offsets(NULL), RMQ_OK);
	tear_down();

	ck_assert_uint_eq(first->count, 2);
	ck_assert_str_eq(first->rows[1].queue.topic, "T");
	ck_assert_str_eq(first->rows[1].queue.broker_name, "a");
	ck_assert_int_eq(first->rows[1].max, 101);
	rmqi_topic_offsets_free(first);
}
END_TEST

START_TEST(offsets__of_an_unknown_topic_are_an_error)
{
	set_up();

	ck_assert_int_eq(offsets(NULL), RMQ_ERR_NO_ROUTE);
	tear_down();
}
END_TEST

START_TEST(offsets__are_asked_of_a_master_only)
{
	set_up();
	fake_peer_route(ns, "T", "a=:1+127.0.0.1:9");

	ck_assert_int_eq(offsets(NULL), RMQ_ERR_NO_BROKER);

	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "no master"));
	tear_down();
}
END_TEST

/* Broker `a` lives; of `b`, 2 queues, the route says `other`. */
static void two_brokers(const char *other)
{
	char text[160];

	snprintf(text, sizeof(text), "a=%s:2,b=%s", fake_peer_address(a), other);
	fake_peer_route(ns, "T", text);
}

static void expect_away(enum rmq_error error, const char *why)
{
	ck_assert_uint_eq(got->count, 4);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(got->rows[i].error, RMQ_OK);
		ck_assert_ptr_null(got->rows[i].detail);
		ck_assert_int_eq(got->rows[i].max, 100 + (int)i);
		ck_assert_int_eq(got->rows[2 + i].error, error);
		ck_assert_ptr_nonnull(
			strstr(rmq_error_detail_message(got->rows[2 + i].detail), why));
		ck_assert_str_eq(got->rows[2 + i].queue.broker_name, "b");
		ck_assert_int_eq(got->rows[2 + i].queue.queue_id, (int)i);
		ck_assert_int_eq(got->rows[2 + i].min, -1);
		ck_assert_int_eq(got->rows[2 + i].max, -1);
		ck_assert_int_eq(got->rows[2 + i].consumer, -1);
	}
}

START_TEST(offsets__of_a_broker_without_master_say_so_in_their_rows)
{
	set_up();
	two_brokers(":2+127.0.0.1:9");

	ck_assert_int_eq(offsets("G"), RMQ_OK);

	expect_away(RMQ_ERR_NO_BROKER, "b has no master");
	tear_down();
}
END_TEST

START_TEST(offsets__that_a_broker_refuses_say_so_in_their_rows)
{
	char text[80];

	set_up();
	snprintf(text, sizeof(text), "%s:2", fake_peer_address(b));
	two_brokers(text);
	fake_peer_remark(b, "not here");
	fake_peer_always(b, MIN, RMQI_RESP_TOPIC_NOT_EXIST);

	ck_assert_int_eq(offsets(NULL), RMQ_OK);

	expect_away(RMQ_ERR_BROKER, "not here");
	ck_assert_int_eq(rmq_error_detail_broker_code(got->rows[3].detail),
			 RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_uint_eq(fake_peer_count(b, MIN), 2);
	tear_down();
}
END_TEST

static void hanging_then_living(int queues)
{
	char text[160];

	snprintf(text, sizeof(text), "a=%s:%d,b=%s:2", fake_peer_address(b), queues,
		 fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	fake_peer_always(b, MIN, FAKE_SILENT);
}

/* All are asked at once: it takes the time, and from no other its answer. */
START_TEST(offsets__of_a_broker_that_hangs_leave_the_others_theirs)
{
	set_up();
	hanging_then_living(2);

	ck_assert_int_eq(offsets(NULL), RMQ_OK);

	ck_assert_int_eq(fake_world_now(&world), 6000);
	ck_assert_int_eq(got->rows[1].error, RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(got->rows[1].max, -1);
	ck_assert_int_eq(got->rows[3].max, 101);
	tear_down();
}
END_TEST

START_TEST(offsets__are_asked_a_few_at_a_time)
{
	set_up();
	hanging_then_living(100);

	ck_assert_int_eq(offsets(NULL), RMQ_OK);

	/* Each other question is one of MIN, and those of MAX go on. */
	ck_assert_uint_eq(fake_peer_count(b, MIN), RMQI_ASKING_WINDOW / 2);
	for (size_t i = 0; i < 100; i++)
		ck_assert_int_eq(got->rows[i].error, RMQ_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(
		strstr(rmq_error_detail_message(got->rows[99].detail), fake_peer_address(b)));
	tear_down();
}
END_TEST

START_TEST(offsets__of_many_queues_are_all_there)
{
	set_up();
	route("100");

	ck_assert_int_eq(offsets("G"), RMQ_OK);

	ck_assert_uint_eq(got->count, 100);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(got->rows[i].min, i);
		ck_assert_int_eq(got->rows[i].max, 100 + i);
		ck_assert_int_eq(got->rows[i].consumer, 50 + i);
	}
	tear_down();
}
END_TEST

START_TEST(offsets__are_asked_again_of_a_broker_that_says_go_away)
{
	set_up();
	route("1");
	fake_peer_next(a, MAX, RMQI_RESP_GO_AWAY);

	ck_assert_int_eq(offsets(NULL), RMQ_OK);

	ck_assert_int_eq(got->rows[0].max, 100);
	fake_peer_always(a, MAX, RMQI_RESP_GO_AWAY);
	ck_assert_int_eq(offsets(NULL), RMQ_ERR_CONNECTION_LOST);
	tear_down();
}
END_TEST

START_TEST(offsets__tell_the_broker_its_name)
{
	set_up();
	route("1");

	ck_assert_int_eq(offsets("G"), RMQ_OK);

	ck_assert_str_eq(fake_request_field(fake_peer_last(a, MIN), "bname"), "a");
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, MAX), "bname"), "a");
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, COMMITTED), "bname"), "a");
	tear_down();
}
END_TEST

START_TEST(offsets__of_a_static_topic_are_refused)
{
	set_up();
	fake_peer_route(ns, "T", "static a=127.0.0.1:9:4");

	ck_assert_int_eq(offsets(NULL), RMQ_ERR_UNSUPPORTED);

	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "static topic"));
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	tear_down();
}
END_TEST

static bool is_expected(enum rmq_error err)
{
	return err == RMQ_OK || err == RMQ_ERR_NO_MEMORY || err == RMQ_ERR_CONNECT ||
	       err == RMQ_ERR_CONNECTION_LOST || err == RMQ_ERR_TIMEOUT;
}

static void both_calls(void)
{
	enum rmq_error err = create(NULL, "T");

	ck_assert_int_eq(is_expected(err), true);
	err = offsets("G");
	ck_assert_int_eq(is_expected(err), true);
}

START_TEST(admin__survives_every_failed_allocation)
{
	uint64_t before, count;

	set_up();
	route("2");
	both_calls();
	before = rmqi_mem_allocations();
	fake_peer_hang_up(a);
	fake_peer_hang_up(ns);
	both_calls();
	count = rmqi_mem_allocations() - before;

	for (uint64_t n = 1; n <= count + 10; n++) {
		fake_peer_hang_up(a);
		fake_peer_hang_up(ns);
		rmqi_mem_fail_after(n, 0);
		both_calls();
		rmqi_mem_fail_after(0, 0);
	}
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		create_topic__asks_every_master,
		create_topic__without_settings_has_8_queues_for_all,
		create_topic__in_one_cluster_asks_its_masters_only,
		create_topic__names_a_cluster_that_is_not_there,
		create_topic__refuses_an_illegal_name,
		create_topic__tells_what_the_broker_said,
		create_topic__is_told_to_those_behind_one_that_refuses,
		create_topic__names_each_that_refuses,
		create_topic__tells_what_the_name_server_said,
		create_topic__ends_in_time,
		offsets__are_those_of_every_readable_queue,
		offsets__without_group_or_without_commit_are_minus_one,
		offsets__that_cannot_be_read_are_an_error,
		offsets__ask_nothing_twice,
		offsets__follow_the_route_of_now,
		offsets__outlive_the_next_call_and_the_admin,
		offsets__of_an_unknown_topic_are_an_error,
		offsets__are_asked_of_a_master_only,
		offsets__of_a_broker_without_master_say_so_in_their_rows,
		offsets__that_a_broker_refuses_say_so_in_their_rows,
		offsets__of_a_broker_that_hangs_leave_the_others_theirs,
		offsets__are_asked_a_few_at_a_time,
		offsets__of_many_queues_are_all_there,
		offsets__are_asked_again_of_a_broker_that_says_go_away,
		offsets__tell_the_broker_its_name,
		offsets__of_a_static_topic_are_refused,
		admin__survives_every_failed_allocation,
	};

	return run_suite("admin", tests, sizeof(tests) / sizeof(tests[0]));
}
