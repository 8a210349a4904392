/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/codec/hex.h"
#include "tests/support/suite.h"

#define HEADER(h, java_name) &rmqi_desc_##h,
#define FIELD(h, type, is_required, member, key, short_key)
#define END(h)
#define LETTERS(v, h, java_name) &rmqi_desc_##v,
#define LETTER(h, type, is_required, member, key, short_key)
#define END_LETTERS(v, h, java_name)
static const struct rmqi_header_desc *const descs[] = {
#include "codec/schema.def"
};

/* Larger than any header struct; as aligned. */
union any_header {
	uint64_t has;
	uint64_t words[256];
};

static struct rmqi_buf out;
static struct rmqi_command command;

static void open_all(void)
{
	rmqi_buf_init(&out, RMQI_FRAME_MAX);
	rmqi_command_init(&command);
}

static void close_all(void)
{
	rmqi_buf_deinit(&out);
	rmqi_command_deinit(&command);
}

static void *member_of(union any_header *h, const struct rmqi_field *f)
{
	return (char *)h + f->offset;
}

/* A value of its own for every field, and nasty texts. */
static void fill_field(union any_header *h, const struct rmqi_field *f, size_t i)
{
	static const char *const texts[] = {"g", "KEYS\001a b\002TAGS\001\"x\\y\"\002",
					    "\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80",
					    "a\tb\nc/d\x7f"};

	switch (f->type) {
	case RMQI_F_STR:
		*(struct rmqi_str *)member_of(h, f) = rmqi_str(texts[i % RMQI_COUNT(texts)]);
		break;
	case RMQI_F_I32:
		*(int32_t *)member_of(h, f) = i % 2 ? INT32_MIN + (int32_t)i : INT32_MAX;
		break;
	case RMQI_F_I64:
		*(int64_t *)member_of(h, f) = i % 2 ? INT64_MIN + (int64_t)i : INT64_MAX;
		break;
	case RMQI_F_BOOL:
		*(bool *)member_of(h, f) = i % 2 == 0;
		break;
	case RMQI_F_F64:
		*(double *)member_of(h, f) = 0.1 + (double)i;
		break;
	}
}

/* Sets the fields of `mask` and nothing else. */
static union any_header filled(const struct rmqi_header_desc *desc, uint64_t mask)
{
	union any_header h;

	memset(&h, 0, sizeof(h));
	ck_assert_uint_le(desc->struct_size, sizeof(h));
	for (size_t i = 0; i < desc->field_count; i++)
		if (mask >> i & 1)
			fill_field(&h, &desc->fields[i], i);
	h.has = mask;
	return h;
}

static void expect_same_field(const struct rmqi_header_desc *desc, const struct rmqi_field *f,
			      union any_header *a, union any_header *b)
{
	const void *x = member_of(a, f);
	const void *y = member_of(b, f);
	bool is_same = false;

	switch (f->type) {
	case RMQI_F_STR:
		is_same = rmqi_str_eq(*(const struct rmqi_str *)x, *(const struct rmqi_str *)y);
		break;
	case RMQI_F_I32:
		is_same = *(const int32_t *)x == *(const int32_t *)y;
		break;
	case RMQI_F_I64:
		is_same = *(const int64_t *)x == *(const int64_t *)y;
		break;
	case RMQI_F_BOOL:
		is_same = *(const bool *)x == *(const bool *)y;
		break;
	case RMQI_F_F64:
		is_same = !(*(const double *)x < *(const double *)y) &&
			  !(*(const double *)x > *(const double *)y);
		break;
	}
	ck_assert_msg(is_same, "%s.%s", desc->java_name, f->key);
}

static void send_over(enum rmqi_serialization serialization, const struct rmqi_header_desc *desc,
		      const union any_header *h)
{
	struct rmqi_command_meta m = {.serialization = serialization,
				      .code = 310,
				      .language = RMQI_LANGUAGE_CPP,
				      .version = RMQI_VERSION,
				      .opaque = 7};
	struct rmqi_frame f;

	rmqi_buf_reset(&out);
	ck_assert_int_eq(rmqi_command_encode(&out, &m, desc, h, NULL, 0, 0), RMQ_OK);
	ck_assert_int_eq(rmqi_frame_parse(rmqi_buf_cursor(&out), &f), RMQ_OK);
	ck_assert_int_eq(rmqi_command_decode(&command, &f), RMQ_OK);
}

static void expect_round_trip(enum rmqi_serialization serialization,
			      const struct rmqi_header_desc *desc, uint64_t mask)
{
	union any_header h = filled(desc, mask);
	union any_header back;
	const char *bad = "";

	memset(&back, 0, sizeof(back));
	send_over(serialization, desc, &h);
	ck_assert_uint_eq(command.ext_count, (size_t)__builtin_popcountll(mask));
	ck_assert_msg(rmqi_header_decode(desc, &command, &back, &bad) == RMQ_OK, "%s %s",
		      desc->java_name, bad);
	ck_assert_uint_eq(back.has, mask);
	for (size_t i = 0; i < desc->field_count; i++)
		expect_same_field(desc, &desc->fields[i], &h, &back);
}

static uint64_t all_fields(const struct rmqi_header_desc *desc)
{
	return (UINT64_C(1) << desc->field_count) - 1;
}

START_TEST(schema__every_header_round_trips_with_all_fields)
{
	open_all();
	for (size_t i = 0; i < RMQI_COUNT(descs); i++) {
		expect_round_trip(RMQI_JSON, descs[i], all_fields(descs[i]));
		expect_round_trip(RMQI_BINARY, descs[i], all_fields(descs[i]));
	}
	close_all();
}
END_TEST

START_TEST(schema__every_header_round_trips_with_required_fields_only)
{
	open_all();
	for (size_t i = 0; i < RMQI_COUNT(descs); i++) {
		expect_round_trip(RMQI_JSON, descs[i], descs[i]->required);
		expect_round_trip(RMQI_BINARY, descs[i], descs[i]->required);
	}
	close_all();
}
END_TEST

START_TEST(schema__required_mask_tells_what_the_fields_tell)
{
	for (size_t i = 0; i < RMQI_COUNT(descs); i++) {
		ck_assert_uint_le(descs[i]->field_count, 31);
		for (size_t j = 0; j < descs[i]->field_count; j++)
			ck_assert_int_eq(descs[i]->required >> j & 1,
					 descs[i]->fields[j].is_required);
	}
}
END_TEST

START_TEST(schema__keys_are_distinct)
{
	for (size_t i = 0; i < RMQI_COUNT(descs); i++)
		for (size_t j = 0; j < descs[i]->field_count; j++)
			for (size_t k = 0; k < j; k++)
				ck_assert(!rmqi_str_eq(rmqi_field_wire(&descs[i]->fields[j]),
						       rmqi_field_wire(&descs[i]->fields[k])));
}
END_TEST

static void remove_ext(size_t at)
{
	command.letters.is_read = false; /* it is to be read from what is left */
	command.ext_count--;
	for (size_t i = at; i < command.ext_count; i++)
		command.ext[i] = command.ext[i + 1];
}

static void expect_missing_refused(const struct rmqi_header_desc *desc, size_t field)
{
	union any_header h = filled(desc, all_fields(desc));
	union any_header back;
	const char *bad = NULL;

	memset(&back, 0, sizeof(back));
	send_over(RMQI_JSON, desc, &h);
	remove_ext(field);
	if (desc->fields[field].is_required) {
		ck_assert_int_eq(rmqi_header_decode(desc, &command, &back, &bad), RMQ_ERR_PROTOCOL);
		ck_assert(rmqi_str_is(rmqi_field_wire(&desc->fields[field]), bad));
	} else {
		ck_assert_int_eq(rmqi_header_decode(desc, &command, &back, &bad), RMQ_OK);
	}
	/* The others are read all the same. */
	ck_assert_uint_eq(back.has, all_fields(desc) & ~(UINT64_C(1) << field));
}

START_TEST(schema__missing_required_field_is_named)
{
	open_all();
	for (size_t i = 0; i < RMQI_COUNT(descs); i++)
		for (size_t j = 0; j < descs[i]->field_count; j++)
			expect_missing_refused(descs[i], j);
	close_all();
}
END_TEST

static void set_ext(const char *key, const char *value)
{
	command.ext[command.ext_count++] = (struct rmqi_ext){rmqi_str(key), rmqi_str(value)};
}

static enum rmq_error decode_max_offset(const char *value, int64_t *offset, const char **bad)
{
	struct rmqi_h_get_max_offset_response h = {0};
	enum rmq_error err;

	command.ext_count = 0;
	set_ext("offset", value);
	err = rmqi_header_decode(&rmqi_desc_get_max_offset_response, &command, &h, bad);
	*offset = h.offset;
	return err;
}

START_TEST(schema__numbers_are_decimal_and_in_range)
{
	static const char *const illegal[] = {"",    "x",   "1x",  " 1", "1.0",
					      "0x1", "1e3", "--1", "-",  "9223372036854775808"};
	const char *bad = NULL;
	int64_t offset;

	open_all();
	ck_assert_int_eq(decode_max_offset("-9223372036854775808", &offset, &bad), RMQ_OK);
	ck_assert_int_eq(offset, INT64_MIN);
	ck_assert_int_eq(decode_max_offset("9223372036854775807", &offset, &bad), RMQ_OK);
	ck_assert_int_eq(offset, INT64_MAX);
	ck_assert_ptr_null(bad);
	for (size_t i = 0; i < RMQI_COUNT(illegal); i++) {
		bad = NULL;
		ck_assert_msg(decode_max_offset(illegal[i], &offset, &bad) == RMQ_ERR_PROTOCOL,
			      "'%s'", illegal[i]);
		ck_assert_str_eq(bad, "offset");
	}
	close_all();
}
END_TEST

START_TEST(schema__names_an_optional_number_that_cannot_be_read)
{
	struct rmqi_h_send_message_response h = {0};
	struct rmqi_h_pull_message_response p = {0};
	const char *bad = NULL;

	open_all();
	set_ext("suggestWhichBrokerId", "0");
	set_ext("nextBeginOffset", "1");
	set_ext("minOffset", "0");
	set_ext("maxOffset", "9");
	set_ext("topicSysFlag", "none");
	ck_assert_int_eq(rmqi_header_decode(&rmqi_desc_pull_message_response, &command, &p, &bad),
			 RMQ_ERR_PROTOCOL);
	ck_assert_str_eq(bad, "topicSysFlag");
	ck_assert_int_eq(p.maxOffset, 9);
	ck_assert(!RMQI_HAS(&p, pull_message_response, topicSysFlag));
	/* bad may be NULL */
	ck_assert_int_eq(rmqi_header_decode(&rmqi_desc_send_message_response, &command, &h, NULL),
			 RMQ_ERR_PROTOCOL);
	close_all();
}
END_TEST

START_TEST(schema__booleans_are_true_in_any_case_and_false_else)
{
	static const char *const texts[] = {"true", "TRUE", "True", "false", "1", ""};

	open_all();
	for (size_t i = 0; i < RMQI_COUNT(texts); i++) {
		struct rmqi_h_query_data_version_response h = {0};

		command.ext_count = 0;
		set_ext("changed", texts[i]);
		ck_assert_int_eq(rmqi_header_decode(&rmqi_desc_query_data_version_response,
						    &command, &h, NULL),
				 RMQ_OK);
		ck_assert_int_eq(h.changed, i < 3);
	}
	close_all();
}
END_TEST

START_TEST(schema__keys_are_case_sensitive_and_others_ignored)
{
	struct rmqi_h_get_consumer_list_by_group h = {0};
	const char *bad = NULL;

	open_all();
	set_ext("consumergroup", "x");
	set_ext("ConsumerGroup", "x");
	set_ext("lo", "true");
	ck_assert_int_eq(
		rmqi_header_decode(&rmqi_desc_get_consumer_list_by_group, &command, &h, &bad),
		RMQ_ERR_PROTOCOL);
	ck_assert_str_eq(bad, "consumerGroup");
	set_ext("consumerGroup", "first");
	set_ext("consumerGroup", "last");
	ck_assert_int_eq(
		rmqi_header_decode(&rmqi_desc_get_consumer_list_by_group, &command, &h, NULL),
		RMQ_OK);
	ck_assert(rmqi_str_is(h.consumerGroup, "last"));
	close_all();
}
END_TEST

START_TEST(schema__send_has_long_keys_and_letters)
{
	struct rmqi_h_send_message h = {0};
	const char *bad = NULL;

	open_all();
	ck_assert(rmqi_desc_send_message_v2.short_keys);
	ck_assert(!rmqi_desc_send_message.short_keys);
	send_over(RMQI_JSON, &rmqi_desc_send_message_v2, &(union any_header){.has = 0});
	ck_assert_uint_eq(command.ext_count, 8);
	for (size_t i = 0; i < 8; i++) {
		ck_assert_uint_eq(command.ext[i].key.len, 1);
		ck_assert_int_eq(command.ext[i].key.ptr[0], 'a' + (int)i);
	}
	/* Each form is read with its own keys only, as in Java. */
	ck_assert_int_eq(rmqi_header_decode(&rmqi_desc_send_message, &command, &h, &bad),
			 RMQ_ERR_PROTOCOL);
	ck_assert_str_eq(bad, "producerGroup");
	send_over(RMQI_JSON, &rmqi_desc_send_message, &(union any_header){.has = 0});
	ck_assert_int_eq(rmqi_header_decode(&rmqi_desc_send_message_v2, &command, &h, &bad),
			 RMQ_ERR_PROTOCOL);
	ck_assert_str_eq(bad, "a");
	close_all();
}
END_TEST

START_TEST(schema__letters_stand_for_the_right_fields)
{
	/* SendMessageRequestHeaderV2.java */
	static const char *const names[] = {
		"producerGroup", "topic",          "defaultTopic",  "defaultTopicQueueNums",
		"queueId",       "sysFlag",        "bornTimestamp", "flag",
		"properties",    "reconsumeTimes", "unitMode",      "maxReconsumeTimes",
		"batch",         "bname"};

	ck_assert_uint_eq(rmqi_desc_send_message_v2.field_count, RMQI_COUNT(names));
	for (size_t i = 0; i < RMQI_COUNT(names); i++) {
		const struct rmqi_field *f = &rmqi_desc_send_message_v2.fields[i];

		ck_assert_str_eq(f->key, names[i]);
		ck_assert_int_eq(f->short_key[0], 'a' + (int)i);
		ck_assert(rmqi_str_is(rmqi_field_wire(f), f->short_key));
	}
}
END_TEST

START_TEST(schema__requests_are_ordered_and_found)
{
	size_t count;
	const struct rmqi_request_desc *table = rmqi_request_table(&count);

	/* The 158 of RequestCode.java, three of lite topics (5.5.0) and five ACL codes of 4.9. */
	ck_assert_uint_eq(count, 172);
	for (size_t i = 0; i < count; i++) {
		ck_assert(i == 0 || table[i - 1].code < table[i].code);
		ck_assert_ptr_eq(rmqi_request_find(table[i].code), &table[i]);
		ck_assert_uint_ne(table[i].to, 0);
		ck_assert_uint_gt(strlen(table[i].purpose), 0);
	}
	ck_assert_ptr_null(rmqi_request_find(9));
	ck_assert_ptr_null(rmqi_request_find(-1));
	ck_assert_ptr_null(rmqi_request_find(INT32_MAX));
	ck_assert_int_eq(RMQI_REQ_POP_MESSAGE, 200050);
	ck_assert_ptr_eq(rmqi_request_find(RMQI_REQ_SEND_BATCH_MESSAGE)->request,
			 &rmqi_desc_send_message_v2);
}
END_TEST

START_TEST(schema__codes_have_names)
{
	char buf[32];

	ck_assert_str_eq(rmqi_request_name(11, buf, sizeof(buf)), "PULL_MESSAGE");
	ck_assert_str_eq(rmqi_request_name(9999, buf, sizeof(buf)), "REQUEST_9999");
	ck_assert_str_eq(rmqi_response_name(RMQI_RESP_TOPIC_NOT_EXIST, buf, sizeof(buf)),
			 "TOPIC_NOT_EXIST");
	ck_assert_str_eq(rmqi_response_name(0, buf, sizeof(buf)), "SUCCESS");
	ck_assert_str_eq(rmqi_response_name(-1000, buf, sizeof(buf)), "RPC_UNKNOWN");
	ck_assert_str_eq(rmqi_response_name(3002, buf, sizeof(buf)), "POLICY_NOT_EXIST");
	ck_assert_str_eq(rmqi_response_name(999, buf, sizeof(buf)), "RESPONSE_999");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		schema__every_header_round_trips_with_all_fields,
		schema__every_header_round_trips_with_required_fields_only,
		schema__required_mask_tells_what_the_fields_tell,
		schema__keys_are_distinct,
		schema__missing_required_field_is_named,
		schema__numbers_are_decimal_and_in_range,
		schema__names_an_optional_number_that_cannot_be_read,
		schema__booleans_are_true_in_any_case_and_false_else,
		schema__keys_are_case_sensitive_and_others_ignored,
		schema__send_has_long_keys_and_letters,
		schema__letters_stand_for_the_right_fields,
		schema__requests_are_ordered_and_found,
		schema__codes_have_names,
	};

	return run_suite("schema", tests, RMQI_COUNT(tests));
}
