/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_template.c - heads from a template are those of the encoder, byte for byte; and what
 * cannot be told apart makes no template. Each test runs for both serializations.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "codec/template.h"
#include "tests/support/suite.h"

static const uint64_t varying = RMQI_BIT_send_message_topic | RMQI_BIT_send_message_queueId |
				RMQI_BIT_send_message_bornTimestamp |
				RMQI_BIT_send_message_properties | RMQI_BIT_send_message_bname;

static struct rmqi_command_meta meta_of(int serialization)
{
	return (struct rmqi_command_meta){.serialization = (enum rmqi_serialization)serialization,
					  .code = RMQI_REQ_SEND_MESSAGE_V2,
					  .language = RMQI_LANGUAGE_CPP,
					  .version = RMQI_VERSION,
					  .opaque = 7};
}

static struct rmqi_h_send_message header_of(const char *group)
{
	struct rmqi_h_send_message h = {
		.producerGroup = rmqi_str(group),
		.topic = RMQI_STR("TopicTest"),
		.defaultTopic = RMQI_STR("TBW102"),
		.defaultTopicQueueNums = 4,
		.bornTimestamp = 1700000000123,
	};

	RMQI_SET(&h, send_message, properties, RMQI_STR(""));
	RMQI_SET(&h, send_message, reconsumeTimes, 0);
	RMQI_SET(&h, send_message, unitMode, false);
	RMQI_SET(&h, send_message, bname, RMQI_STR("broker-a"));
	return h;
}

static void expect_same(const struct rmqi_template *t, struct rmqi_command_meta meta,
			const struct rmqi_h_send_message *h, size_t body_len)
{
	struct rmqi_buf plain, filled;

	rmqi_buf_init(&plain, RMQI_FRAME_MAX);
	rmqi_buf_init(&filled, RMQI_FRAME_MAX);
	ck_assert(rmqi_template_fits(t, &meta, h));
	rmqi_buf_add_text(&plain, "before");
	rmqi_buf_add_text(&filled, "before");

	ck_assert_int_eq(rmqi_command_encode(&plain, &meta, &rmqi_desc_send_message_v2, h, NULL, 0,
					     body_len),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_template_encode(t, &filled, meta.opaque, h, body_len), RMQ_OK);

	ck_assert_uint_eq(plain.len, filled.len);
	ck_assert_mem_eq(rmqi_buf_data(&plain), rmqi_buf_data(&filled), plain.len);
	rmqi_buf_deinit(&plain);
	rmqi_buf_deinit(&filled);
}

static void make(struct rmqi_template *t, const struct rmqi_command_meta *meta,
		 const struct rmqi_h_send_message *h, uint64_t fields)
{
	ck_assert_int_eq(rmqi_template_init(t, meta, &rmqi_desc_send_message_v2, h, fields),
			 RMQ_OK);
}

START_TEST(template__writes_what_the_encoder_writes)
{
	struct rmqi_command_meta meta = meta_of(_i);
	struct rmqi_h_send_message h = header_of("group");
	struct rmqi_template t;

	make(&t, &meta, &h, varying);

	expect_same(&t, meta, &h, 0);
	meta.opaque = INT32_MAX;
	h.topic = RMQI_STR("%RETRY%another-group");
	h.queueId = -1;
	h.bornTimestamp = INT64_MIN;
	h.properties = RMQI_STR("KEYS\001a b\002\"q\"\\\001\n\t\002UNIQ_KEY\001\x7f\xc3\xa9\002");
	h.bname = RMQI_STR("b");
	expect_same(&t, meta, &h, 4 * 1024 * 1024);
	meta.opaque = 0;
	h.queueId = INT32_MIN;
	h.bornTimestamp = INT64_MAX;
	expect_same(&t, meta, &h, 1);
}
END_TEST

/* Digits that have fixed places, and all that leaves them (codec/template_usual.h). */
START_TEST(template__writes_usual_and_other_numbers)
{
	static const int64_t times[] = {0,
					9,
					999999999999,
					1000000000000,
					1700000000123,
					1700000000000,
					1800000000000,
					9999999999999,
					10000000000000,
					99999999,
					100000000,
					-1700000000123};
	static const int32_t numbers[] = {0, 3, 9, 10, 99, 100, 12345678, 123456789, -1, -9};
	struct rmqi_command_meta meta = meta_of(_i);
	struct rmqi_h_send_message h = header_of("group");
	struct rmqi_template t;

	make(&t, &meta, &h, varying);

	for (size_t i = 0; i < RMQI_COUNT(times); i++) {
		for (size_t k = 0; k < RMQI_COUNT(numbers); k++) {
			h.bornTimestamp = times[i];
			h.queueId = numbers[k];
			expect_same(&t, meta, &h, i);
		}
	}
}
END_TEST

START_TEST(template__takes_texts_of_every_length)
{
	struct rmqi_command_meta meta = meta_of(_i);
	struct rmqi_h_send_message h = header_of("group");
	char text[200];
	struct rmqi_template t;

	make(&t, &meta, &h, varying);
	memset(text, 'p', sizeof(text));
	for (size_t len = 0; len <= sizeof(text); len++) {
		h.topic = rmqi_str_n(text, len);
		h.properties = rmqi_str_n(text, sizeof(text) - len);
		expect_same(&t, meta, &h, 0);
	}
}
END_TEST

START_TEST(template__takes_long_texts)
{
	struct rmqi_command_meta meta = meta_of(_i);
	struct rmqi_h_send_message h = header_of("group");
	char *text = malloc(30000);
	struct rmqi_template t;

	make(&t, &meta, &h, varying);
	for (size_t i = 0; i < 30000; i++)
		text[i] = (char)(1 + i % 255);
	h.properties = rmqi_str_n(text, 30000);
	expect_same(&t, meta, &h, 0);
	free(text);
}
END_TEST

START_TEST(template__fits_only_what_it_was_made_for)
{
	struct rmqi_command_meta meta = meta_of(_i), other = meta;
	struct rmqi_h_send_message h = header_of("group");
	struct rmqi_template t;

	make(&t, &meta, &h, varying);
	ck_assert(rmqi_template_fits(&t, &meta, &h));

	other.code = RMQI_REQ_SEND_MESSAGE;
	ck_assert(!rmqi_template_fits(&t, &other, &h));
	other = meta;
	other.flag = RMQI_FLAG_ONEWAY;
	ck_assert(!rmqi_template_fits(&t, &other, &h));
	other = meta;
	other.remark = RMQI_STR("remark");
	ck_assert(!rmqi_template_fits(&t, &other, &h));
	other = meta;
	other.serialization = _i == RMQI_JSON ? RMQI_BINARY : RMQI_JSON;
	ck_assert(!rmqi_template_fits(&t, &other, &h));
	RMQI_SET(&h, send_message, maxReconsumeTimes, 3);
	ck_assert(!rmqi_template_fits(&t, &meta, &h));
}
END_TEST

/* The value of the mark of `queueId`, in a field before it: the first hit would be the wrong one. */
START_TEST(template__is_none_when_marks_are_ambiguous)
{
	struct rmqi_command_meta meta = meta_of(_i);
	struct rmqi_template t;

	for (int64_t mark = 2000000011; mark < 2000000011 + 20 * 1009; mark += 1009) {
		struct rmqi_h_send_message h;
		char group[32];

		snprintf(group, sizeof(group), "%lld", (long long)mark);
		h = header_of(group);
		make(&t, &meta, &h, varying);
		if (t.hole_count > 0)
			expect_same(&t, meta, &h, 0);
	}
}
END_TEST

START_TEST(template__is_none_of_booleans_and_of_long_literals)
{
	struct rmqi_command_meta meta = meta_of(_i);
	struct rmqi_h_send_message h = header_of("group");
	char group[2000];
	struct rmqi_template t;

	make(&t, &meta, &h, varying | RMQI_BIT_send_message_unitMode);
	ck_assert_uint_eq(t.hole_count, 0);
	ck_assert(!rmqi_template_fits(&t, &meta, &h));

	memset(group, 'g', sizeof(group) - 1);
	group[sizeof(group) - 1] = '\0';
	h = header_of(group);
	make(&t, &meta, &h, varying);
	ck_assert_uint_eq(t.hole_count, 0);
}
END_TEST

START_TEST(template__refuses_a_frame_that_is_too_long)
{
	struct rmqi_command_meta meta = meta_of(_i);
	struct rmqi_h_send_message h = header_of("group");
	struct rmqi_template t;
	struct rmqi_buf out;

	rmqi_buf_init(&out, RMQI_FRAME_MAX);
	make(&t, &meta, &h, varying);
	ck_assert_int_eq(rmqi_template_encode(&t, &out, 1, &h, RMQI_FRAME_MAX), RMQ_ERR_TOO_LARGE);
	ck_assert_int_eq(rmqi_template_encode(&t, &out, 1, &h, SIZE_MAX), RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(out.len, 0);
	rmqi_buf_deinit(&out);
}
END_TEST

START_TEST(template__out_of_memory_is_an_error)
{
	struct rmqi_command_meta meta = meta_of(_i);
	struct rmqi_h_send_message h = header_of("group");
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	struct rmqi_template t;

	for (unsigned n = 1; err == RMQ_ERR_NO_MEMORY; n++) {
		rmqi_mem_fail_after(n, 0);
		err = rmqi_template_init(&t, &meta, &rmqi_desc_send_message_v2, &h, varying);
		rmqi_mem_fail_after(0, 0);
		ck_assert_int_eq(t.hole_count > 0, err == RMQ_OK);
	}
	ck_assert_int_eq(err, RMQ_OK);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		template__writes_what_the_encoder_writes,
		template__writes_usual_and_other_numbers,
		template__takes_texts_of_every_length,
		template__takes_long_texts,
		template__fits_only_what_it_was_made_for,
		template__is_none_when_marks_are_ambiguous,
		template__is_none_of_booleans_and_of_long_literals,
		template__refuses_a_frame_that_is_too_long,
		template__out_of_memory_is_an_error,
	};
	struct suite s;

	suite_open(&s, "template");
	for (size_t i = 0; i < RMQI_COUNT(tests); i++)
		suite_add_loop(&s, tests[i], RMQI_SERIALIZATIONS);
	return suite_run(&s);
}
