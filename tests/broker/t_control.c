/* SPDX-License-Identifier: Apache-2.0 */
/* t_control.c - the control plane of a cluster, asked over HTTP by those who mean well and by others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "codec/json.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/control/args.h"
#include "mock-broker/control/control.h"
#include "mock-broker/control/launch.h"
#include "mock-broker/control/operation.h"
#include "tests/support/suite.h"
#include "tests/support/visitor.h"

static struct rmq_mock_cluster *cluster;
static struct visitor v;

static void begin(void)
{
	const struct mb_cluster_options o = {.brokers = 2,
					     .namesrvs = 1,
					     .control = "127.0.0.1:0",
					     .log_level = RMQ_LOG_ERROR};

	ck_assert_int_eq(mb_launch(&o, &cluster, NULL), RMQ_OK);
	visitor_init(&v, mb_cluster_control(cluster));
}

static void end(void)
{
	visitor_deinit(&v);
	mb_cluster_free(cluster);
}

/* The value at a path of names and indexes, "0.queues.1.maxOffset", as text. */
static const char *value(const char *path)
{
	static char text[256];
	struct rmqi_str rest = rmqi_str(path), name;
	const struct rmqi_json *at = v.json;

	while (rest.len > 0 && at) {
		int64_t index;

		rest = rmqi_str_cut(rest, ".", &name, NULL);
		snprintf(text, sizeof(text), "%.*s", RMQI_STR_ARG(name));
		if (!rmqi_str_to_i64(name, &index)) {
			at = rmqi_json_get(at, text);
			continue;
		}
		at = rmqi_json_first(at);
		while (at && index-- > 0)
			at = at->next;
	}
	snprintf(text, sizeof(text), "%s", "");
	if (rmqi_json_is(at, RMQI_JSON_TEXT))
		snprintf(text, sizeof(text), "%s", at->text);
	else if (rmqi_json_is(at, RMQI_JSON_INTEGER))
		snprintf(text, sizeof(text), "%lld", (long long)at->integer);
	else if (rmqi_json_is(at, RMQI_JSON_BOOL))
		snprintf(text, sizeof(text), "%s", at->boolean ? "true" : "false");
	else if (at)
		snprintf(text, sizeof(text), "[%zu]", rmqi_json_count(at));
	return text;
}

static int get(const char *path)
{
	return visitor_ask(&v, "GET", path, NULL);
}

static int post(const char *path, const char *body)
{
	return visitor_ask(&v, "POST", path, body);
}

START_TEST(control__tells_what_the_cluster_is)
{
	begin();
	ck_assert_int_eq(get("/cluster"), 200);
	ck_assert_str_eq(value("namesrvAddr"), mb_cluster_namesrv(cluster));
	ck_assert_str_eq(value("control"), mb_cluster_control(cluster));
	ck_assert_int_eq(get("/clock"), 200);
	ck_assert_str_eq(value("isVirtual"), "false");
	ck_assert_str_eq(value("scale"), "1");
	ck_assert_int_eq(get("/operations"), 200);
	ck_assert_str_eq(value("0.path"), "/");
	ck_assert_int_eq(get("/requests/counts"), 200);
	ck_assert_ptr_nonnull(strstr(v.body, "\"REGISTER_BROKER\""));
	end();
}
END_TEST

START_TEST(control__stops_and_starts_nodes)
{
	begin();
	ck_assert_int_eq(get("/nodes"), 200);
	ck_assert_str_eq(value("0.node"), "broker-a");
	ck_assert_str_eq(value("2.node"), "namesrv-0");
	ck_assert_str_eq(value("2.role"), "namesrv");
	ck_assert_str_eq(value("1.state"), "running");
	ck_assert_int_eq(post("/nodes/broker-b/stop", ""), 200);
	ck_assert_str_eq(value("done"), "true");
	ck_assert_int_eq(post("/nodes/broker-b/stop", ""), 409);
	ck_assert_str_eq(value("error.code"), "STATE");
	get("/nodes");
	ck_assert_str_eq(value("1.state"), "stopped");
	ck_assert_int_eq(get("/healthz"), 503);
	ck_assert_int_eq(post("/nodes/broker-b/start", ""), 200);
	ck_assert_int_eq(post("/nodes/broker%2db/crash", NULL), 200);
	ck_assert_int_eq(post("/nodes/broker-b/start", "{}"), 200);
	ck_assert_int_eq(post("/nodes/namesrv-0/stop", ""), 200);
	ck_assert_int_eq(post("/nodes/namesrv-0/start", ""), 200);
	ck_assert_int_eq(post("/nodes/broker-a/down", "{\"how\":\"blackHole\"}"), 200);
	get("/nodes");
	ck_assert_str_eq(value("0.state"), "silent");
	ck_assert_int_eq(post("/nodes/broker-a/down", "{\"how\":\"dig\"}"), 400);
	ck_assert_int_eq(post("/nodes/broker-a/up", ""), 200);
	ck_assert_int_eq(post("/nodes/broker-a/restart", ""), 200);
	ck_assert_int_eq(post("/ways/cut", "{\"node\":\"broker-a\",\"other\":\"broker-a\"}"), 400);
	ck_assert_int_eq(post("/ways/cut", "{\"node\":\"broker-a\",\"other\":\"namesrv-0\"}"), 200);
	ck_assert_int_eq(post("/ways/join", "{\"node\":\"broker-a\",\"other\":\"namesrv-0\"}"), 200);
	ck_assert_int_eq(post("/nodes/namesrv-7/stop", ""), 404);
	ck_assert_int_eq(post("/nodes/broker-z/stop", ""), 404);
	ck_assert_ptr_nonnull(strstr(value("error.text"), "\"broker-z\""));
	end();
}
END_TEST

START_TEST(control__makes_and_lists_topics)
{
	begin();
	ck_assert_int_eq(post("/topics", "{\"topic\":\"orders\",\"queues\":3}"), 201);
	ck_assert_int_eq(post("/topics?topic=bills", "{\"queues\":\"2\"}"), 201);
	ck_assert_int_eq(get("/topics"), 200);
	ck_assert_str_eq(value(""), "[4]");
	ck_assert_int_eq(get("/topics?topic=orders"), 200);
	ck_assert_str_eq(value(""), "[2]");
	ck_assert_str_eq(value("0.node"), "broker-a");
	ck_assert_str_eq(value("1.queues"), "[3]");
	ck_assert_str_eq(value("1.queues.2.maxOffset"), "0");
	ck_assert_int_eq(get("/topics?system=true"), 200);
	ck_assert_ptr_nonnull(strstr(v.body, "\"TBW102\""));
	ck_assert_int_eq(get("/groups"), 200);
	ck_assert_str_eq(value(""), "[0]");
	ck_assert_int_eq(get("/connections"), 200);
	end();
}
END_TEST

START_TEST(control__stores_and_shows_messages)
{
	begin();
	ck_assert_int_eq(post("/topics", "{\"topic\":\"T\",\"queues\":2}"), 201);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(post("/messages", "{\"topic\":\"T\",\"body\":\"x\",\"queueId\":1}"),
				 201);
	ck_assert_str_eq(value("queueOffset"), "2");
	ck_assert_int_eq(post("/messages", "{\"topic\":\"T\",\"body\":\"é\",\"keys\":\"k\","
					   "\"tags\":\"A\",\"node\":\"broker-b\"}"),
			 201);
	ck_assert_int_eq(get("/messages?topic=T"), 200);
	ck_assert_str_eq(value(""), "[4]");
	ck_assert_str_eq(value("3.body"), "é");
	ck_assert_str_eq(value("3.node"), "broker-b");
	ck_assert_str_eq(value("3.tags"), "A");
	get("/messages?topic=T&queueId=1&offset=2&node=broker-a");
	ck_assert_str_eq(value(""), "[1]");
	get("/messages?topic=T&max=2&node=broker-a");
	ck_assert_str_eq(value(""), "[2]");
	get("/messages?topic=unknown");
	ck_assert_str_eq(value(""), "[0]");
	get("/topics?topic=T");
	ck_assert_str_eq(value("0.messages"), "3");
	ck_assert_int_eq(post("/messages", "{\"topic\":\"U\",\"body\":\"x\"}"), 404);
	ck_assert_int_eq(post("/messages", "{\"topic\":\"T\",\"body\":\"x\",\"queueId\":7}"), 400);
	ck_assert_int_eq(post("/messages?node=broker-z", "{\"topic\":\"T\",\"body\":\"x\"}"), 404);
	ck_assert_int_eq(get("/messages?topic=T&max=0"), 400);
	ck_assert_int_eq(post("/nodes/broker-b/stop", ""), 200);
	ck_assert_int_eq(post("/messages?node=broker-b", "{\"topic\":\"T\",\"body\":\"x\"}"), 409);
	end();
}
END_TEST

START_TEST(control__makes_requests_fail)
{
	begin();
	ck_assert_int_eq(get("/faults"), 200);
	ck_assert_str_eq(value(""), "[0]");
	ck_assert_int_eq(post("/faults", "{\"code\":\"REGISTER_BROKER\",\"observe\":true}"), 201);
	ck_assert_str_eq(value("id"), "1");
	ck_assert_int_eq(post("/faults", "{\"code\":\"SEND_MESSAGE_V2\",\"reply\":\"SYSTEM_BUSY\"}"), 201);
	/* A new topic is told to the name server. */
	ck_assert_int_eq(post("/topics", "{\"topic\":\"T\"}"), 201);
	ck_assert_int_eq(post("/faults/1/wait?hits=1&timeout=10s", ""), 200);
	ck_assert_int_eq(post("/faults/2/wait", "{\"hits\":1,\"timeout\":\"250ms\"}"), 504);
	ck_assert_str_eq(value("error.code"), "TIMEOUT");
	ck_assert_int_eq(post("/faults/7/wait", ""), 404);
	get("/faults?unspent=true");
	ck_assert_str_eq(value(""), "[1]");
	ck_assert_str_eq(value("0.id"), "2");
	ck_assert_str_eq(value("0.rule.reply"), "SYSTEM_BUSY");
	ck_assert_int_eq(visitor_ask(&v, "DELETE", "/faults/2", NULL), 200);
	ck_assert_int_eq(visitor_ask(&v, "DELETE", "/faults/2", NULL), 404);
	ck_assert_int_eq(post("/faults", "{\"cod\":\"1\"}"), 400);
	ck_assert_ptr_nonnull(strstr(v.body, "did you mean \\\"code\\\""));
	ck_assert_int_eq(post("/faults", "{"), 400);
	ck_assert_int_eq(post("/faults", ""), 400);
	end();
}
END_TEST

START_TEST(control__ends_with_a_wait_under_way)
{
	struct visitor other;

	begin();
	ck_assert_int_eq(post("/faults", "{\"code\":\"SEND_MESSAGE\",\"drop\":true}"), 201);
	visitor_init(&other, mb_cluster_control(cluster));
	visitor_say(&other, "POST", "/faults/1/wait?timeout=1h", "");
	end();
	visitor_deinit(&other);
}
END_TEST

static int waits(void)
{
	unsigned n;

	rmqi_mutex_lock(&cluster->mu);
	n = cluster->fault_waits;
	rmqi_mutex_unlock(&cluster->mu);
	return (int)n;
}

START_TEST(control__is_not_blocked_by_those_who_wait)
{
	struct visitor others[MB_CONTROL_WAITS_MAX];

	begin();
	ck_assert_int_eq(post("/faults", "{\"code\":\"SEND_MESSAGE\",\"drop\":true}"), 201);
	for (int i = 0; i < MB_CONTROL_WAITS_MAX; i++) {
		visitor_init(&others[i], mb_cluster_control(cluster));
		visitor_say(&others[i], "POST", "/faults/1/wait?timeout=1h", "");
	}
	while (waits() < MB_CONTROL_WAITS_MAX)
		ck_assert_int_eq(get("/faults"), 200);
	ck_assert_int_eq(post("/faults/1/wait?timeout=0", ""), 503);
	ck_assert_str_eq(value("error.code"), "BUSY");
	ck_assert_int_eq(get("/faults"), 200);
	/* They go, and what they had is free again. */
	for (int i = 0; i < MB_CONTROL_WAITS_MAX; i++)
		visitor_deinit(&others[i]);
	while (post("/faults/1/wait?timeout=0", "") == 503)
		ck_assert_str_eq(value("error.code"), "BUSY");
	ck_assert_str_eq(value("error.code"), "TIMEOUT");
	end();
}
END_TEST

/* Each with what its refusal has to name. */
static const struct {
	const char *method, *path, *body;
	int status;
	const char *says;
} wrong[] = {
	{"GET", "/nowhere", NULL, 404, "GET /operations"},
	{"GET", "/nodes/broker-a/color", NULL, 404, ""},
	{"GET", "/nodes//stop", NULL, 404, ""},
	{"GET", "/nodes/broker-a/stop/now", NULL, 404, ""},
	{"GET", "/nodes/broker-a/stop", NULL, 405, "for POST only"},
	{"DELETE", "/topics", NULL, 405, "for GET, POST only"},
	{"POST", "/topics", NULL, 400, "needs \\\"topic\\\""},
	{"POST", "/topics", "{\"topik\":\"T\"}", 400, "did you mean \\\"topic\\\""},
	{"POST", "/topics", "{\"topic\":\"T\",\"color\":1}", 400, "unknown argument \\\"color\\\""},
	{"POST", "/topics", "{\"topic\":[\"T\"]}", 400, "neither text nor number"},
	{"POST", "/topics", "[]", 400, "no JSON object"},
	{"POST", "/topics", "{\"topic\":", 400, "no JSON object"},
	{"POST", "/topics?topic=T", "{\"topic\":\"T\"}", 400, "given twice"},
	{"POST", "/topics", "{\"topic\":\"T\",\"queues\":\"many\"}", 400, "is no integer"},
	{"POST", "/topics", "{\"topic\":\"T\",\"queues\":0}", 400, "is not in 1..1024"},
	{"POST", "/topics", "{\"topic\":\"a b\"}", 400, ""},
	{"GET", "/topics?system=perhaps", NULL, 400, "is no boolean"},
	{"GET", "/topics?topic=%2", NULL, 400, "two digits"},
	{"GET", "/topics?topic=%00", NULL, 400, "two digits"},
	{"POST", "/clock/advance", "{\"ms\":\"10parsecs\"}", 400, "is no duration"},
	{"POST", "/clock/advance", "{\"ms\":\"2h\"}", 409, "is real"},
	{"POST", "/clock/scale", "{\"scale\":0}", 400, "1..100000"},
	{"POST", "/messages", "{\"topic\":\"T\",\"body\":\"b\",\"queueId\":-4294967295}", 400, "queueId"},
	{"POST", "/clock/scale", "{\"scale\":100001}", 400, "1..100000"},
};

START_TEST(control__says_what_is_wrong)
{
	begin();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int status = visitor_ask(&v, wrong[i].method, wrong[i].path, wrong[i].body);

		ck_assert_msg(status == wrong[i].status && strstr(v.body, wrong[i].says),
			      "%s %s: %d %s", wrong[i].method, wrong[i].path, status, v.body);
		ck_assert_ptr_nonnull(strstr(v.body, "{\"error\":{\"code\":\""));
	}
	end();
}
END_TEST

/* A page that somebody else has made, in a browser of this machine. */
START_TEST(control__does_not_obey_foreign_pages)
{
	char headers[512];

	begin();
	v.headers = "Origin: http://evil.example\r\n";
	ck_assert_int_eq(post("/nodes/broker-a/stop", ""), 403);
	v.headers = "Origin: null\r\n";
	ck_assert_int_eq(get("/topics"), 403);
	v.host = "evil.example";
	v.headers = "Origin: http://evil.example\r\n";
	ck_assert_int_eq(get("/topics"), 403);
	v.headers = "";
	ck_assert_int_eq(get("/topics"), 403);
	v.host = "localhost";
	ck_assert_int_eq(get("/topics"), 200);
	v.host = "[::1]:80";
	ck_assert_int_eq(get("/topics"), 200);
	v.host = mb_cluster_control(cluster);
	snprintf(headers, sizeof(headers), "Origin: http://%s\r\n", v.host);
	v.headers = headers;
	ck_assert_int_eq(get("/topics"), 200);
	end();
}
END_TEST

START_TEST(control__has_a_page_for_people)
{
	begin();
	ck_assert_int_eq(get("/"), 200);
	ck_assert_ptr_nonnull(strstr(v.head, "Content-Type: text/html; charset=utf-8\r\n"));
	ck_assert_ptr_nonnull(strstr(v.body, "<title>rmq-mock</title>"));
	ck_assert_ptr_nonnull(strstr(v.body, "</html>\n"));
	ck_assert_int_eq(get("/metrics"), 200);
	end();
}
END_TEST

/* Answers that nobody waits for any more, while everything ends. */
START_TEST(control__ends_with_requests_under_way)
{
	struct visitor others[8];

	begin();
	for (size_t i = 0; i < 8; i++) {
		visitor_init(&others[i], mb_cluster_control(cluster));
		visitor_say(&others[i], "POST", i % 2 ? "/nodes/broker-a/stop" : "/nodes/broker-a/start",
			    "");
	}
	for (size_t i = 0; i < 4; i++)
		visitor_deinit(&others[i]);
	end();
	for (size_t i = 4; i < 8; i++)
		visitor_deinit(&others[i]);
}
END_TEST

START_TEST(duration__has_units)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {{"0", 0},	    {"1500", 1500},	{"1500ms", 1500},   {"10s", 10000},
		    {"30m", 1800000}, {"2h", 7200000}, {"3d", 259200000}};
	static const char *const bad[] = {"", "h", "-1", "1.5s", "2 h", "2hh", "9223372036854775807d"};
	int64_t ms;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert(mb_duration_parse(rmqi_str(good[i].text), &ms));
		ck_assert_int_eq(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!mb_duration_parse(rmqi_str(bad[i]), &ms), "\"%s\"", bad[i]);
}
END_TEST

START_TEST(table__each_operation_can_be_asked_for)
{
	const struct mb_operation *o, *other;
	const struct mb_param *p;

	for (size_t i = 0; (o = mb_operation_at(i)) != NULL; i++) {
		size_t in_path = 0, braces = 0, at = 0;

		for (const char *c = o->path; *c; c++)
			braces += *c == '{';
		while ((p = mb_operation_param(o, &at)) != NULL)
			in_path += mb_param_is_in_path(p);
		ck_assert_uint_eq(in_path, braces);
		for (size_t j = 0; j < i; j++) {
			other = mb_operation_at(j);
			ck_assert_msg(!o->verb[0] || strcmp(o->verb, other->verb) != 0, "%s",
				      o->verb);
			ck_assert_msg(strcmp(o->method, other->method) != 0 ||
					      !mb_operation_matches(other, rmqi_str(o->path), NULL,
								    NULL),
				      "%s", o->path);
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		control__tells_what_the_cluster_is,
		control__stops_and_starts_nodes,
		control__makes_and_lists_topics,
		control__stores_and_shows_messages,
		control__makes_requests_fail,
		control__ends_with_a_wait_under_way,
		control__is_not_blocked_by_those_who_wait,
		control__says_what_is_wrong,
		control__does_not_obey_foreign_pages,
		control__has_a_page_for_people,
		control__ends_with_requests_under_way,
		duration__has_units,
		table__each_operation_can_be_asked_for,
	};

	return run_suite("control", tests, sizeof(tests) / sizeof(tests[0]));
}
