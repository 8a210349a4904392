/* SPDX-License-Identifier: Apache-2.0 */
/* t_control_orders.c - what nodes are told over HTTP to do at once, and what is seen of it. */
#include <stdio.h>
#include <string.h>

#include "mock-broker/cluster_nodes.h"
#include "mock-broker/control/launch.h"
#include "tests/support/suite.h"
#include "tests/support/visitor.h"

static struct rmq_mock_cluster *cluster;
static struct visitor v;

static void begin(int slaves)
{
	const struct mb_cluster_options o = {.brokers = 1,
					     .slaves = slaves,
					     .namesrvs = 1,
					     .control = "127.0.0.1:0",
					     .record = 1000,
					     .record_bytes = 1 << 20,
					     .log_level = RMQ_LOG_ERROR};

	ck_assert_int_eq(mb_launch(&o, &cluster, NULL), RMQ_OK);
	visitor_init(&v, mb_cluster_control(cluster));
}

static void end(void)
{
	visitor_deinit(&v);
	mb_cluster_free(cluster);
}

static int get(const char *path)
{
	return visitor_ask(&v, "GET", path, NULL);
}

static int post(const char *path, const char *body)
{
	return visitor_ask(&v, "POST", path, body);
}

static bool says(const char *text)
{
	return strstr(v.body, text) != NULL;
}

START_TEST(orders__let_brokers_join_lag_and_leave)
{
	begin(1);
	ck_assert_int_eq(post("/nodes", "{\"node\":\"broker-b\"}"), 201);
	ck_assert_int_eq(get("/nodes"), 200);
	ck_assert(says("\"broker-b\""));
	ck_assert_int_eq(get("/cluster"), 200);
	ck_assert(says("\"brokers\":3"));
	ck_assert_int_eq(post("/nodes", "{\"node\":\"broker-b\"}"), 409);
	ck_assert_int_eq(post("/nodes", "{\"node\":\"../b\"}"), 400);
	ck_assert_int_eq(post("/nodes/broker-a%2F1/lag", "{\"ms\":\"10s\",\"bytes\":100}"), 200);
	ck_assert_int_eq(post("/nodes/broker-a%2F1/lag", "{\"ms\":\"2d\"}"), 400);
	ck_assert_int_eq(post("/nodes/broker-a%2F1/lag", "{\"bytes\":-1}"), 400);
	ck_assert_int_eq(post("/nodes/broker-a%2F1/lag", ""), 200);
	ck_assert_int_eq(visitor_ask(&v, "DELETE", "/nodes/broker-b", NULL), 200);
	ck_assert_int_eq(visitor_ask(&v, "DELETE", "/nodes/broker-b", NULL), 404);
	ck_assert_int_eq(get("/nodes"), 200);
	ck_assert(!says("\"broker-b\""));
	end();
}
END_TEST

START_TEST(orders__make_a_node_busy)
{
	begin(0);
	ck_assert_int_eq(post("/nodes/namesrv-0/busy", "{\"requests\":1,\"ms\":\"1h\"}"), 200);
	/* The broker is refused when it tells of the topic. */
	(void)post("/topics", "{\"topic\":\"T\"}");
	ck_assert_int_eq(post("/requests/wait", "{\"count\":2,\"code\":\"REGISTER_BROKER\"}"), 200);
	ck_assert_int_eq(get("/requests?code=REGISTER_BROKER"), 200);
	ck_assert(says("\"responseName\":\"SYSTEM_BUSY\""));
	ck_assert(says("[OVERLOAD]"));
	ck_assert_int_eq(post("/nodes/namesrv-0/busy", "{\"kind\":\"not\"}"), 200);
	ck_assert_int_eq(post("/nodes/broker-a/busy", "{\"kind\":\"lazy\"}"), 400);
	ck_assert_int_eq(post("/nodes/broker-a/busy", "{\"requests\":-1}"), 400);
	ck_assert_int_eq(post("/nodes/broker-z/busy", ""), 404);
	end();
}
END_TEST

START_TEST(orders__alter_topics_and_groups)
{
	begin(0);
	ck_assert_int_eq(post("/topics/T", "{\"readQueues\":3,\"writeQueues\":2,\"perm\":4}"), 200);
	ck_assert_int_eq(get("/topics?topic=T"), 200);
	ck_assert(says("\"queueId\":2") && !says("\"queueId\":3"));
	ck_assert_int_eq(post("/topics/T", "{\"readQueues\":1025}"), 400);
	ck_assert_int_eq(post("/topics/T", "{\"perm\":8}"), 400);
	ck_assert_int_eq(post("/groups/G/reset", "{\"topic\":\"T\",\"time\":-1}"), 200);
	ck_assert_int_eq(post("/groups/G/reset", "{\"topic\":\"U\",\"time\":0}"), 404);
	ck_assert_int_eq(post("/groups/G/reset", "{\"topic\":\"T\"}"), 400);
	ck_assert_int_eq(post("/groups/G/rebalance", ""), 200);
	ck_assert_int_eq(post("/transactions/check", ""), 200);
	ck_assert_int_eq(post("/transactions/check?node=broker-z", ""), 404);
	ck_assert_int_eq(post("/nodes/broker-a/stop", ""), 200);
	ck_assert_int_eq(post("/transactions/check", ""), 409);
	end();
}
END_TEST

START_TEST(orders__let_name_servers_lie)
{
	begin(0);
	ck_assert_int_eq(post("/nodes/namesrv-0/freeze", ""), 200);
	ck_assert_int_eq(post("/nodes/namesrv-0/thaw", ""), 200);
	ck_assert_int_eq(post("/nodes/namesrv-0/route", "{\"topic\":\"T\",\"body\":\"{}\"}"), 200);
	ck_assert_int_eq(post("/nodes/namesrv-0/route", "{\"topic\":\"T\"}"), 200);
	ck_assert_int_eq(post("/nodes/namesrv-0/route", ""), 400);
	ck_assert_int_eq(post("/nodes/broker-a/freeze", ""), 404);
	ck_assert_int_eq(post("/nodes/namesrv-7/route", "{\"topic\":\"T\"}"), 404);
	end();
}
END_TEST

START_TEST(orders__break_disks)
{
	begin(0);
	ck_assert_int_eq(post("/nodes/broker-a/disk/used", "{\"percent\":99}"), 200);
	ck_assert_int_eq(post("/nodes/broker-a/disk/used", "{\"percent\":-1}"), 200);
	ck_assert_int_eq(post("/nodes/broker-a/disk/used", "{\"percent\":101}"), 400);
	ck_assert_int_eq(post("/nodes/broker-a/disk/slow", "{\"ms\":\"1ms\"}"), 200);
	ck_assert_int_eq(post("/nodes/broker-a/disk/slow", "{\"ms\":\"3650d\"}"), 400);
	ck_assert_int_eq(post("/nodes/broker-a/disk/fail", "{\"op\":\"replace\",\"error\":28}"), 200);
	ck_assert_int_eq(post("/nodes/broker-a/disk/fail", "{\"op\":\"eat\"}"), 400);
	ck_assert_int_eq(post("/nodes/broker-a/disk/fail", "{\"op\":\"sync\",\"nth\":0}"), 400);
	ck_assert_int_eq(post("/nodes/broker-a/disk/fail", "{\"op\":\"sync\",\"error\":0}"), 400);
	ck_assert_int_eq(post("/nodes/namesrv-0/disk/used", "{\"percent\":1}"), 404);
	ck_assert_int_eq(post("/nodes/broker-a/power-cut", ""), 200);
	ck_assert_int_eq(get("/nodes"), 200);
	ck_assert(says("\"stopped\""));
	ck_assert_int_eq(post("/nodes/broker-a/power-cut", ""), 409);
	ck_assert_int_eq(post("/nodes/broker-a/start", ""), 200);
	end();
}
END_TEST

START_TEST(orders__move_and_promote)
{
	char before[64];

	begin(1);
	snprintf(before, sizeof(before), "\"address\":\"%s\"",
		 mb_cluster_node_address(cluster, "broker-a"));
	ck_assert_int_eq(get("/nodes"), 200);
	ck_assert(says(before));
	ck_assert_int_eq(post("/nodes/broker-a/move", ""), 200);
	ck_assert_int_eq(get("/nodes"), 200);
	ck_assert(!says(before));
	ck_assert_int_eq(post("/nodes/broker-a/move", "{\"port\":65536}"), 400);
	ck_assert_int_eq(post("/nodes/namesrv-0/move", ""), 404);
	ck_assert_int_eq(post("/nodes/broker-a%2F1/promote", ""), 409);
	ck_assert_int_eq(post("/nodes/broker-a/stop", ""), 200);
	ck_assert_int_eq(post("/nodes/broker-a%2F1/promote", ""), 200);
	ck_assert_int_eq(post("/nodes/broker-a/start", ""), 200);
	ck_assert_int_eq(post("/nodes/broker-a/skew", "{\"ms\":-5000}"), 200);
	ck_assert_int_eq(post("/nodes/namesrv-0/skew", "{\"ms\":1}"), 404);
	ck_assert_int_eq(post("/nodes/broker-a/skew", ""), 400);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		orders__let_brokers_join_lag_and_leave,
		orders__make_a_node_busy, orders__alter_topics_and_groups,
		orders__let_name_servers_lie, orders__break_disks, orders__move_and_promote,
	};

	return run_suite("control_orders", tests, sizeof(tests) / sizeof(tests[0]));
}
