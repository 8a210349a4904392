/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message trace of a producer, against scripted brokers in a simulation: what is recorded, when it is
 * sent, that it is bounded, and what a close does with it.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/codes.h"
#include "codec/trace_record.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2 };

static struct fake_peer *tracer;
static struct rmq_producer *producer;
static char log_text[4096];

static void keep_log(enum rmq_log_level level, const char *text, void *arg)
{
	size_t len = strlen(log_text);

	(void)arg;
	if (level == RMQ_LOG_WARN && strstr(text, "message trace"))
		snprintf(log_text + len, sizeof(log_text) - len, "%s\n", text);
}

/* Topic T on broker a, the trace topic on a broker of its own. */
static void set_up(void)
{
	char text[96];

	stage_set_up();
	tracer = fake_peer_new(&world.env);
	config->log = (struct rmqi_log){.fn = keep_log, .level = RMQ_LOG_WARN};
	log_text[0] = '\0';
	set("enableTrace", "true");
	set("retryTimesWhenSendFailed", "0");
	fake_peer_route(ns, "T", stage_route_of_one(1));
	snprintf(text, sizeof(text), "t=%s:1", fake_peer_address(tracer));
	fake_peer_route(ns, "RMQ_SYS_TRACE_TOPIC", text);
	fake_peer_route(ns, "Mine", text);
}

static void start(void)
{
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, NULL), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_producer_free(producer);
	producer = NULL;
	fake_peer_free(tracer);
	stage_tear_down();
}

static enum rmq_error send_it(char id[RMQI_ID_SIZE])
{
	struct rmq_message *m = rmq_message_new("T", "hello", 5);
	struct rmq_error_detail *d = rmqi_detail_new();
	struct rmq_send_result *result = NULL;
	enum rmq_error err;

	ck_assert_int_eq(rmq_message_set_tag(m, "TagA", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_keys(m, "k1 k2", NULL), RMQ_OK);
	err = rmqi_producer_send(producer, m, NULL, &result, d);
	if (id)
		snprintf(id, RMQI_ID_SIZE, "%s",
			 result ? result->message_id : rmq_error_detail_message_id(d));
	rmqi_free(result);
	rmq_error_detail_free(d);
	rmq_message_free(m);
	return err;
}

static void send_many(int count)
{
	for (int i = 0; i < count; i++)
		(void)send_it(NULL);
}

static size_t traces(void)
{
	return fake_peer_count(tracer, SEND);
}

/* Record `index` of all that came; false: there are less. */
static bool find_record(size_t index, struct rmqi_trace_fields *out)
{
	for (size_t i = 0; i < traces(); i++) {
		const struct fake_request *r = fake_peer_request(tracer, SEND, i);
		struct rmqi_cursor body = rmqi_cursor((const uint8_t *)r->body, r->body_len);

		while (rmqi_trace_next(&body, out))
			if (index-- == 0)
				return true;
	}
	return false;
}

static size_t count_records(void)
{
	struct rmqi_trace_fields f;
	size_t count = 0;

	while (find_record(count, &f))
		count++;
	return count;
}

static void expect_field(const struct rmqi_trace_fields *f, size_t index, const char *text)
{
	char is[200];

	ck_assert_uint_lt(index, f->count);
	snprintf(is, sizeof(is), "%.*s", RMQI_STR_ARG(f->field[index]));
	ck_assert_str_eq(is, text);
}

START_TEST(trace__tells_of_each_send_what_java_tells)
{
	struct rmqi_trace_fields f;
	char id[RMQI_ID_SIZE];

	set_up();
	start();
	ck_assert_int_eq(send_it(id), RMQ_OK);
	fake_world_advance(&world, 6000);

	ck_assert(find_record(0, &f));
	ck_assert_uint_eq(f.count, 14);
	expect_field(&f, 0, "Pub");
	expect_field(&f, 2, "DefaultRegion");
	expect_field(&f, 3, "G");
	expect_field(&f, 4, "T");
	expect_field(&f, 5, id);
	expect_field(&f, 6, "TagA");
	expect_field(&f, 7, "k1 k2");
	expect_field(&f, 8, fake_peer_address(a));
	expect_field(&f, 9, "5");
	expect_field(&f, 11, "0");
	expect_field(&f, 12, "OFFSET-ID");
	expect_field(&f, 13, "true");
	/* By which consoles look for it. */
	snprintf(log_text, sizeof(log_text), "%s k1 k2", id);
	ck_assert_str_eq(fake_request_property(fake_peer_last(tracer, SEND), "KEYS"), log_text);
	tear_down();
}
END_TEST

/* Java is silent about them. */
START_TEST(trace__tells_of_sends_that_failed)
{
	struct rmqi_trace_fields f;
	char id[RMQI_ID_SIZE];

	set_up();
	start();
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(send_it(id), RMQ_ERR_BROKER);
	fake_world_advance(&world, 6000);

	ck_assert(find_record(0, &f));
	expect_field(&f, 5, id);
	expect_field(&f, 12, "null");
	expect_field(&f, 13, "false");
	tear_down();
}
END_TEST

START_TEST(trace__waits_for_ten_records_or_five_seconds)
{
	set_up();
	start();
	send_many(9);
	fake_world_advance(&world, 1000);
	ck_assert_uint_eq(traces(), 0);

	send_many(1);
	fake_world_advance(&world, 1000);
	ck_assert_uint_eq(traces(), 1);
	ck_assert_uint_eq(count_records(), 10);

	send_many(1);
	fake_world_advance(&world, 6000);
	ck_assert_uint_eq(traces(), 2);
	ck_assert_uint_eq(count_records(), 11);
	tear_down();
}
END_TEST

START_TEST(trace__goes_to_a_topic_of_ones_own_in_an_inner_group)
{
	set_up();
	set("traceTopic", "Mine");
	set("traceMsgBatchNum", "1");
	start();
	send_many(1);
	fake_world_advance(&world, 1000);

	ck_assert_uint_eq(traces(), 1);
	ck_assert_str_eq(fake_request_field(fake_peer_last(tracer, SEND), "b"), "Mine");
	ck_assert_str_eq(fake_request_field(fake_peer_last(tracer, SEND), "a"),
			 "_INNER_TRACE_PRODUCER-G-PRODUCE-1");
	tear_down();
}
END_TEST

START_TEST(trace__is_off_unless_it_is_wanted)
{
	set_up();
	set("enableTrace", "false");
	start();
	send_many(20);
	fake_world_advance(&world, 6000);

	ck_assert_uint_eq(traces(), 0);
	ck_assert_ptr_null(producer->trace);
	tear_down();
}
END_TEST

/* It would never end. */
START_TEST(trace__does_not_trace_what_is_sent_to_its_topic)
{
	struct rmq_message *m = rmq_message_new("RMQ_SYS_TRACE_TOPIC", "mine", 4);

	set_up();
	set("traceMsgBatchNum", "1");
	start();
	ck_assert_int_eq(rmqi_producer_send(producer, m, NULL, NULL, NULL), RMQ_OK);
	fake_world_advance(&world, 20000);

	ck_assert_uint_eq(traces(), 1);
	ck_assert_uint_eq(fake_peer_last(tracer, SEND)->body_len, 4);
	rmq_message_free(m);
	tear_down();
}
END_TEST

/* A broker that does not answer costs the sends nothing and is not waited for: what does not fit is
 * dropped, counted, and told, not for each of them. */
START_TEST(trace__is_bounded_and_tells_what_is_dropped)
{
	struct rmqi_trace_counts counts;
	int64_t before;

	set_up();
	set("traceMsgBatchNum", "1");
	start();
	send_many(1);
	fake_peer_always(tracer, SEND, FAKE_SILENT);
	fake_world_advance(&world, 1000);
	before = fake_world_now(&world);
	for (int i = 0; i < 20000; i++)
		ck_assert_int_eq(send_it(NULL), RMQ_OK);
	rmqi_trace_count(producer->trace, &counts);

	ck_assert_int_lt(fake_world_now(&world) - before, 20000 * 3);
	ck_assert_uint_gt(counts.dropped, 0);
	ck_assert_uint_gt(counts.waiting, 1000);
	ck_assert_uint_eq(counts.recorded + counts.dropped, 20001);
	ck_assert_ptr_nonnull(strstr(log_text, "records were dropped so far"));
	ck_assert_ptr_null(strstr(strstr(log_text, "dropped so far") + 1, "dropped so far"));
	tear_down();
}
END_TEST

START_TEST(trace__a_topic_that_is_refused_is_told_with_a_hint)
{
	struct rmqi_trace_counts counts;

	set_up();
	set("traceMsgBatchNum", "1");
	start();
	fake_peer_always(tracer, SEND, RMQI_RESP_TOPIC_NOT_EXIST);
	send_many(5);
	fake_world_advance(&world, 6000);
	rmqi_trace_count(producer->trace, &counts);

	ck_assert_uint_eq(counts.failed, 5);
	ck_assert_uint_eq(counts.waiting, 0);
	ck_assert_ptr_nonnull(strstr(log_text, "traceTopicEnable=true"));
	ck_assert_ptr_nonnull(strstr(log_text, "TOPIC_NOT_EXIST"));
	tear_down();
}
END_TEST

START_TEST(trace__close_waits_until_brokers_have_it)
{
	set_up();
	start();
	send_many(3);
	fake_peer_always(tracer, SEND, FAKE_LATE - 500);
	ck_assert_uint_eq(traces(), 0);

	ck_assert_int_eq(rmqi_producer_close(producer, 3000, NULL), RMQ_OK);

	ck_assert_uint_eq(count_records(), 3);
	tear_down();
}
END_TEST

START_TEST(trace__close_does_not_wait_past_its_deadline)
{
	int64_t before;

	set_up();
	start();
	send_many(3);
	fake_peer_always(tracer, SEND, FAKE_SILENT);
	before = fake_world_now(&world);

	ck_assert_int_eq(rmqi_producer_close(producer, 2000, NULL), RMQ_ERR_TIMEOUT);

	ck_assert_int_le(fake_world_now(&world) - before, 2100);
	ck_assert_ptr_nonnull(strstr(log_text, "closed with 3 records"));
	tear_down();
}
END_TEST

/* What travels alone in a batch of one has its properties elsewhere. */
START_TEST(trace__of_a_message_that_auto_batch_sent_alone_has_its_tag_and_keys)
{
	struct rmqi_trace_fields f;
	char id[RMQI_ID_SIZE];

	set_up();
	set("autoBatch", "true");
	start();
	ck_assert_int_eq(send_it(NULL), RMQ_OK); /* the route is known from here on */
	ck_assert_int_eq(send_it(id), RMQ_OK);
	fake_world_advance(&world, 6000);

	ck_assert(find_record(1, &f));
	expect_field(&f, 5, id);
	expect_field(&f, 6, "TagA");
	expect_field(&f, 7, "k1 k2");
	tear_down();
}
END_TEST

/* The limit is for messages of the user. */
START_TEST(trace__chunk_may_be_larger_than_the_messages_of_the_user)
{
	enum { RECORDS = 10, LIMIT = 200 };

	set_up();
	set("maxMessageSize", "200");
	start();
	send_many(RECORDS);
	fake_world_advance(&world, 6000);

	ck_assert_uint_eq(count_records(), RECORDS);
	ck_assert_uint_eq(traces(), 1);
	ck_assert_uint_gt(fake_peer_last(tracer, SEND)->body_len, LIMIT);
	ck_assert_str_eq(log_text, "");
	tear_down();
}
END_TEST

static void send_without_memory(void)
{
	struct rmq_message *m = rmq_message_new("T", "hello", 5);
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (m)
		err = rmqi_producer_send(producer, m, NULL, NULL, NULL);
	rmq_message_free(m);
	fake_world_advance(&world, err == RMQ_OK ? 100 : 10);
}

START_TEST(trace__survives_every_failed_allocation)
{
	for (uint64_t n = 1; n < 400; n += 3) {
		bool is_started;

		set_up();
		set("traceMsgBatchNum", "1");
		rmqi_mem_fail_after(n, 0);
		is_started = rmqi_producer_new(config, "G", &producer, NULL) == RMQ_OK &&
			     rmqi_producer_start(producer, NULL) == RMQ_OK;
		for (int i = 0; i < 3 && is_started; i++)
			send_without_memory();
		rmqi_mem_fail_after(0, 0);
		tear_down();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		trace__tells_of_each_send_what_java_tells,
		trace__tells_of_sends_that_failed,
		trace__waits_for_ten_records_or_five_seconds,
		trace__goes_to_a_topic_of_ones_own_in_an_inner_group,
		trace__is_off_unless_it_is_wanted,
		trace__does_not_trace_what_is_sent_to_its_topic,
		trace__is_bounded_and_tells_what_is_dropped,
		trace__a_topic_that_is_refused_is_told_with_a_hint,
		trace__close_waits_until_brokers_have_it,
		trace__close_does_not_wait_past_its_deadline,
		trace__of_a_message_that_auto_batch_sent_alone_has_its_tag_and_keys,
		trace__chunk_may_be_larger_than_the_messages_of_the_user,
		trace__survives_every_failed_allocation,
	};

	return run_suite("trace", tests, RMQI_COUNT(tests));
}
