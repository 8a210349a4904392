/* SPDX-License-Identifier: Apache-2.0 */
/* t_trace.c - requests in the log: both ends, each kind of call, and nothing without the level. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/net/world.h"
#include "tests/support/suite.h"

struct lines {
	struct rmqi_mutex mu;
	char text[16384];
	struct rmqi_log log;
};

static struct world w;
static struct lines ours;

static void on_log(enum rmq_log_level level, const char *text, void *arg)
{
	struct lines *l = arg;
	size_t len;

	if (level != RMQ_LOG_DEBUG)
		return;
	rmqi_mutex_lock(&l->mu);
	len = strlen(l->text);
	snprintf(l->text + len, sizeof(l->text) - len, "%s\n", text);
	rmqi_mutex_unlock(&l->mu);
}

static void listen_to(struct lines *l, enum rmq_log_level level)
{
	rmqi_mutex_init(&l->mu);
	l->log = (struct rmqi_log){.fn = on_log, .arg = l, .level = level};
}

/* 0: sockets, 1: a simulation. */
static void open_world(int i, enum rmq_log_level level)
{
	world_init(&w, i ? W_SIM : W_TCP);
	listen_to(&ours, level);
	w.log = ours.log; /* of both ends */
	world_open(&w);
}

static void close_world(void)
{
	world_close(&w);
	rmqi_mutex_deinit(&ours.mu);
}

/* The format is one of this file; %s is the address. */
static RMQI_PRINTF(1, 2) void expect(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ck_assert_msg(strstr(ours.text, text) != NULL, "no \"%s\" in:\n%s", text, ours.text);
}

static const char *name_of(int code)
{
	static char buf[48];

	return rmqi_request_name(code, buf, sizeof(buf));
}

static int count(const char *text)
{
	int n = 0;

	for (const char *at = ours.text; (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static void pull(void)
{
	struct rmqi_h_pull_message h = {.consumerGroup = RMQI_STR("G"),
					.topic = RMQI_STR("T"),
					.queueId = 3,
					.queueOffset = 77};
	struct rmqi_ext secret = {RMQI_STR("Signature"), RMQI_STR("0123456789")};
	struct rmqi_outgoing request = {.code = RMQI_REQ_PULL_MESSAGE,
					.desc = &rmqi_desc_pull_message,
					.header = &h,
					.extra = &secret,
					.extra_count = 1};

	ck_assert_int_eq(rmqi_rpc_call(w.rpc, w.address, &request,
				       world_deadline(&w, W_PATIENCE_MS), NULL, NULL, NULL),
			 RMQ_OK);
}

START_TEST(trace__tells_request_and_answer_at_both_ends)
{
	open_world(_i, RMQ_LOG_DEBUG);
	pull();
	expect("-> %s PULL_MESSAGE #1 consumerGroup=G topic=T queueId=3 queueOffset=77", w.address);
	expect("<- %s PULL_MESSAGE #1: PULL_NOT_FOUND in ", w.address);
	/* The server's lines have the client's port in them. */
	ck_assert_int_eq(count(" PULL_MESSAGE #1 consumerGroup=G topic=T queueId=3 queueOffset=77"),
			 2);
	ck_assert_int_eq(count(" PULL_MESSAGE #1: PULL_NOT_FOUND in "), 2);
	ck_assert_ptr_null(strstr(ours.text, "0123456789"));
	close_world();
}
END_TEST

START_TEST(trace__tells_each_kind_of_call)
{
	struct rmqi_outgoing oneway = {.code = W_COUNT};
	struct noted n = {0};

	open_world(_i, RMQ_LOG_DEBUG);
	world_call_async(&w, W_ECHO, "x", W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);
	ck_assert_int_eq(rmqi_rpc_oneway(w.rpc, w.address, &oneway), RMQ_OK);
	world_wait_count(&w, &w.counted, 1);
	ck_assert_int_eq(world_call(&w, W_SILENT, "", NULL, 30, NULL), RMQ_ERR_TIMEOUT);

	expect("-> %s %s #1\n", w.address, name_of(W_ECHO));
	expect("<- %s %s #1: SUCCESS in ", w.address, name_of(W_ECHO));
	expect("-> %s %s #2 (one-way)\n", w.address, name_of(W_COUNT));
	ck_assert_int_eq(count(" #2 (one-way)\n"), 2);
	expect("<- %s %s #3: no answer, timeout after ", w.address, name_of(W_SILENT));
	close_world();
}
END_TEST

START_TEST(trace__makes_nothing_without_the_level)
{
	open_world(_i, RMQ_LOG_INFO);
	pull();
	ck_assert_str_eq(ours.text, "");
	close_world();
}
END_TEST

int main(void)
{
	struct suite s;

	suite_open(&s, "trace");
	suite_add_loop(&s, trace__tells_request_and_answer_at_both_ends, 2);
	suite_add_loop(&s, trace__tells_each_kind_of_call, 2);
	suite_add_loop(&s, trace__makes_nothing_without_the_level, 2);
	return suite_run(&s);
}
