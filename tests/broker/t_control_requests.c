/* SPDX-License-Identifier: Apache-2.0 */
/* t_control_requests.c - the record of a cluster, read over HTTP. Brokers ask their name server: no client is needed. */
#include <stdio.h>
#include <string.h>

#include "codec/json.h"
#include "mock-broker/control/launch.h"
#include "tests/support/suite.h"
#include "tests/support/visitor.h"

static struct rmq_mock_cluster *cluster;
static struct visitor v;

static void begin(size_t record)
{
	const struct mb_cluster_options o = {.brokers = 2,
					     .namesrvs = 1,
					     .control = "127.0.0.1:0",
					     .record = record,
					     .record_bytes = 1 << 20,
					     .record_body = 64,
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

static size_t count(void)
{
	size_t n = 0;

	RMQI_JSON_EACH(at, v.json)
	{
		n++;
	}
	return n;
}

static long long number_at(size_t index)
{
	const struct rmqi_json *at = rmqi_json_first(v.json);

	while (at && index-- > 0)
		at = at->next;
	at = rmqi_json_get(at, "number");
	return at ? (long long)at->integer : -1;
}

/* Each broker tells the name server of a new topic before this returns. */
static void make_topics(int n)
{
	char body[64];

	for (int i = 0; i < n; i++) {
		snprintf(body, sizeof(body), "{\"topic\":\"T%d\"}", i);
		ck_assert_int_eq(post("/topics", body), 201);
	}
}

START_TEST(requests__are_listed_by_a_filter)
{
	begin(1000);
	make_topics(2);
	ck_assert_int_eq(get("/requests?code=REGISTER_BROKER&namesrv=0"), 200);
	ck_assert_uint_ge(count(), 4);
	ck_assert_ptr_nonnull(strstr(v.body, "\"name\":\"REGISTER_BROKER\""));
	ck_assert_ptr_nonnull(strstr(v.body, "\"responseName\":\"SUCCESS\""));
	ck_assert_int_eq(get("/requests?code=REGISTER_BROKER&field=brokerName%3Dbroker-b"), 200);
	ck_assert_uint_ge(count(), 2);
	ck_assert_ptr_null(strstr(v.body, "\"brokerName\":\"broker-a\""));
	ck_assert_int_eq(get("/requests?code=SEND_MESSAGE_V2"), 200);
	ck_assert_str_eq(v.body, "[]\n");
	end();
}
END_TEST

START_TEST(requests__are_cut_to_a_limit)
{
	long long first, last;

	begin(1000);
	make_topics(2);
	ck_assert_int_eq(get("/requests?code=REGISTER_BROKER&limit=2"), 200);
	ck_assert_uint_eq(count(), 2);
	first = number_at(0);
	last = number_at(1);
	ck_assert_int_lt(first, last);
	ck_assert_int_eq(get("/requests?code=REGISTER_BROKER&limit=1&newest=true"), 200);
	ck_assert_uint_eq(count(), 1);
	ck_assert_int_gt(number_at(0), last);
	ck_assert_int_eq(get("/requests?code=REGISTER_BROKER&limit=1&after=1"), 200);
	ck_assert_int_gt(number_at(0), 1);
	ck_assert_int_eq(get("/requests?after=1000000"), 200);
	ck_assert_uint_eq(count(), 0);
	end();
}
END_TEST

START_TEST(requests__are_waited_for_and_cleared)
{
	struct visitor other;

	begin(1000);
	make_topics(1);
	ck_assert_int_eq(post("/requests/wait", "{\"count\":2,\"code\":\"REGISTER_BROKER\"}"), 200);
	ck_assert_int_eq(post("/requests/clear", ""), 200);
	ck_assert_int_eq(post("/requests/wait?code=SEND_MESSAGE&timeout=250ms", "{\"count\":1}"), 504);
	ck_assert_ptr_nonnull(strstr(v.body, "\"TIMEOUT\""));
	visitor_init(&other, mb_cluster_control(cluster));
	visitor_say(&other, "POST", "/topics", "{\"topic\":\"later\"}");
	ck_assert_int_eq(
		post("/requests/wait", "{\"count\":2,\"code\":\"REGISTER_BROKER\",\"timeout\":\"1m\"}"),
		200);
	ck_assert_int_eq(get("/requests?code=REGISTER_BROKER"), 200);
	ck_assert_uint_ge(count(), 2);
	visitor_deinit(&other);
	visitor_init(&other, mb_cluster_control(cluster));
	visitor_say(&other, "POST", "/requests/wait", "{\"count\":1000,\"timeout\":\"1h\"}");
	end();
	visitor_deinit(&other);
}
END_TEST

START_TEST(requests__say_what_is_wrong)
{
	static const struct {
		const char *path, *says;
	} wrong[] = {
		{"/requests?limit=0", "limit: 0 is not in 1..10000"},
		{"/requests?limit=10001", "is not in"},
		{"/requests?after=-1", "after: -1"},
		{"/requests?newest=perhaps", "is no boolean"},
		{"/requests?tpic=T", "did you mean \\\"topic\\\""},
		{"/requests?code=NO_SUCH_CODE", "NO_SUCH_CODE"},
		{"/requests?topic=T%20node=broker-a", "topic: a selector has no blanks"},
	};

	begin(10);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(get(wrong[i].path) == 400 && strstr(v.body, wrong[i].says),
			      "%s: %s", wrong[i].path, v.body);
	ck_assert_int_eq(post("/requests/wait", ""), 400);
	ck_assert_int_eq(post("/requests/wait", "{\"count\":-1}"), 400);
	end();
}
END_TEST

START_TEST(requests__need_the_option)
{
	begin(0);
	ck_assert_int_eq(get("/requests"), 409);
	ck_assert_ptr_nonnull(strstr(v.body, "\\\"record\\\""));
	ck_assert_int_eq(post("/requests/clear", ""), 409);
	ck_assert_int_eq(post("/requests/wait", "{\"count\":1}"), 409);
	ck_assert_int_eq(get("/cluster"), 200);
	ck_assert_ptr_nonnull(strstr(v.body, "\"record\":0"));
	end();
	begin(7);
	ck_assert_int_eq(get("/cluster"), 200);
	ck_assert_ptr_nonnull(strstr(v.body, "\"record\":7"));
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		requests__are_listed_by_a_filter, requests__are_cut_to_a_limit,
		requests__are_waited_for_and_cleared, requests__say_what_is_wrong,
		requests__need_the_option,
	};

	return run_suite("control_requests", tests, sizeof(tests) / sizeof(tests[0]));
}
