/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "client/message.h"
#include "codec/compress.h"
#include "tests/support/suite.h"

static struct rmq_message *own(const char *body)
{
	struct rmq_message *m = rmq_message_new("T", body, strlen(body));

	ck_assert_ptr_nonnull(m);
	return m;
}

START_TEST(message__copies_topic_and_body)
{
	char topic[] = "T", body[] = "abc";
	struct rmq_message *m = rmq_message_new(topic, body, 3);
	size_t len;

	memset(topic, 'x', 1);
	memset(body, 'x', 3);

	ck_assert_str_eq(rmq_message_topic(m), "T");
	ck_assert_mem_eq(rmq_message_body(m, &len), "abc", 3);
	ck_assert_uint_eq(len, 3);
	rmq_message_free(m);
}
END_TEST

START_TEST(message__that_was_never_stored_says_so)
{
	struct rmq_message *m = own("abc");

	ck_assert_int_eq(rmq_message_queue(m)->queue_id, -1);
	ck_assert_int_eq(rmq_message_queue_offset(m), -1);
	ck_assert_str_eq(rmq_message_id(m), "");
	ck_assert_str_eq(rmq_message_offset_id(m), "");
	ck_assert_str_eq(rmq_message_queue(m)->broker_name, "");
	ck_assert_str_eq(rmq_message_born_host(m), "");
	rmq_message_free(m);
}
END_TEST

START_TEST(message__a_property_set_again_is_replaced)
{
	struct rmq_message *m = own("abc");

	ck_assert_int_eq(rmq_message_set_property(m, "a", "1", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(m, "b", "2", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(m, "a", "3", NULL), RMQ_OK);

	ck_assert_uint_eq(rmq_message_property_count(m), 2);
	ck_assert_str_eq(rmq_message_property(m, "a"), "3");
	ck_assert_str_eq(rmq_property_name(rmq_message_property_at(m, 0)), "b");
	ck_assert_str_eq(rmq_property_value(rmq_message_property_at(m, 1)), "3");
	ck_assert_ptr_null(rmq_message_property_at(m, 2));
	ck_assert_ptr_null(rmq_message_property(m, "c"));
	rmq_message_free(m);
}
END_TEST

START_TEST(message__refuses_names_and_values_that_would_not_survive)
{
	struct rmq_message *m = own("abc");

	ck_assert_int_eq(rmq_message_set_property(m, "KEYS", "x", NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_property(m, "UNIQ_KEY", "x", NULL),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_property(m, "", "x", NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_property(m, "a", "", NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_property(m, "a", "x\x01y", NULL),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_property(m, "a\x02", "x", NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_tag(m, NULL, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_delay_level(m, 19, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_delay_level(m, -1, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_uint_eq(rmq_message_property_count(m), 0);
	rmq_message_free(m);
}
END_TEST

START_TEST(message__delay_level_is_a_property)
{
	struct rmq_message *m = own("abc");

	ck_assert_int_eq(rmq_message_set_delay_level(m, 18, NULL), RMQ_OK);
	ck_assert_str_eq(rmq_message_property(m, "DELAY"), "18");
	ck_assert_int_eq(rmq_message_set_delay_level(m, 3, NULL), RMQ_OK);
	ck_assert_str_eq(rmq_message_property(m, "DELAY"), "3");
	ck_assert_int_eq(rmq_message_set_delay_level(m, 0, NULL), RMQ_OK);
	ck_assert_ptr_null(rmq_message_property(m, "DELAY"));
	rmq_message_free(m);
}
END_TEST

START_TEST(message__body_may_be_replaced_by_a_part_of_itself)
{
	struct rmq_message *m = own("abcdef");
	size_t len;
	const char *body = rmq_message_body(m, &len);

	ck_assert_int_eq(rmq_message_set_body(m, body + 3, 3, NULL), RMQ_OK);
	ck_assert_mem_eq(rmq_message_body(m, &len), "def", 3);
	rmq_message_free(m);
}
END_TEST

/* One stored record at the end of `out`. */
static void add_record(struct rmqi_buf *out, const char *topic, const char *properties,
		       struct rmqi_cursor body, int32_t sys_flag, int64_t offset)
{
	struct rmqi_stored_message s = {
		.queue_id = 3,
		.flag = 7,
		.queue_offset = offset,
		.physical_offset = 1000 + offset,
		.sys_flag = sys_flag,
		.born_timestamp = 11,
		.born_host = {.ip = {1, 2, 3, 4}, .port = 5},
		.store_timestamp = 12,
		.store_host = {.ip = {5, 6, 7, 8}, .port = 10911},
		.reconsume_times = 2,
		.body = body,
		.topic = rmqi_str(topic),
		.properties = rmqi_str(properties),
	};

	ck_assert_int_eq(rmqi_message_encode(out, &s), RMQ_OK);
}

static struct rmqi_cursor text(const char *s)
{
	return rmqi_cursor(s, strlen(s));
}

START_TEST(block__gives_every_field_of_a_stored_message)
{
	struct rmqi_buf wire;
	struct rmqi_message_block *b = NULL;
	const struct rmq_message *m;
	size_t len;

	rmqi_buf_init(&wire, 65536);
	add_record(&wire, "T",
		   "TAGS\x01"
		   "A\x02"
		   "k\x01v\x01w\x02",
		   text("one"), 0, 8);
	add_record(&wire, "Topic2", "UNIQ_KEY\x01ID", text("two"), 0, 9);

	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "broker-a", &b), RMQ_OK);
	ck_assert_uint_eq(b->count, 2);
	m = &b->messages[0];
	ck_assert_str_eq(rmq_message_topic(m), "T");
	ck_assert_mem_eq(rmq_message_body(m, &len), "one", 3);
	ck_assert_str_eq(rmq_message_tag(m), "A");
	ck_assert_str_eq(rmq_message_property(m, "k"), "v\x01w");
	ck_assert_str_eq(rmq_message_queue(m)->broker_name, "broker-a");
	ck_assert_int_eq(rmq_message_queue(m)->queue_id, 3);
	ck_assert_int_eq(rmq_message_queue_offset(m), 8);
	ck_assert_int_eq(rmq_message_commit_log_offset(m), 1008);
	ck_assert_int_eq(rmq_message_reconsume_times(m), 2);
	ck_assert_int_eq(rmq_message_flag(m), 7);
	ck_assert_int_eq(rmq_message_born_ms(m), 11);
	ck_assert_int_eq(rmq_message_store_ms(m), 12);
	ck_assert_str_eq(rmq_message_born_host(m), "1.2.3.4:5");
	ck_assert_str_eq(rmq_message_store_host(m), "5.6.7.8:10911");
	ck_assert_str_eq(rmq_message_offset_id(m), "0506070800002A9F00000000000003F0");
	ck_assert_str_eq(rmq_message_id(m), "0506070800002A9F00000000000003F0");
	m = &b->messages[1];
	ck_assert_str_eq(rmq_message_topic(m), "Topic2");
	ck_assert_str_eq(rmq_message_id(m), "ID");
	rmqi_message_block_unref(b);
	rmqi_buf_deinit(&wire);
}
END_TEST

START_TEST(block__shows_the_original_topic_of_a_retried_message)
{
	struct rmqi_buf wire;
	struct rmqi_message_block *b = NULL;

	rmqi_buf_init(&wire, 65536);
	add_record(&wire, "%RETRY%g", "RETRY_TOPIC\x01T\x02", text("one"), 0, 8);
	add_record(&wire, "T", "RETRY_TOPIC\x01U\x02", text("two"), 0, 9);

	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "a", &b), RMQ_OK);
	ck_assert_str_eq(rmq_message_topic(&b->messages[0]), "T");
	ck_assert_str_eq(rmq_message_topic(&b->messages[1]), "T");
	ck_assert_str_eq(rmq_message_queue(&b->messages[0])->topic, "%RETRY%g");
	ck_assert_str_eq(rmq_message_queue(&b->messages[1])->topic, "T");
	rmqi_message_block_unref(b);
	rmqi_buf_deinit(&wire);
}
END_TEST

START_TEST(block__drops_properties_that_a_reader_drops)
{
	struct rmqi_buf wire;
	struct rmqi_message_block *b = NULL;

	rmqi_buf_init(&wire, 65536);
	add_record(&wire, "T",
		   "a\x01\x02"
		   "b\x01x\x02"
		   "\x01q\x02noSep\x02"
		   "d\x01tail",
		   text("one"), 0, 8);

	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "a", &b), RMQ_OK);
	ck_assert_uint_eq(rmq_message_property_count(&b->messages[0]), 2);
	ck_assert_str_eq(rmq_message_property(&b->messages[0], "b"), "x");
	ck_assert_str_eq(rmq_message_property(&b->messages[0], "d"), "tail");
	rmqi_message_block_unref(b);
	rmqi_buf_deinit(&wire);
}
END_TEST

START_TEST(block__decompresses_bodies)
{
	struct rmqi_buf wire, packed;
	struct rmqi_message_block *b = NULL;
	char body[5000];
	size_t len;

	memset(body, 'z', sizeof(body));
	rmqi_buf_init(&wire, 65536);
	rmqi_buf_init(&packed, 65536);
	ck_assert_int_eq(rmqi_compress(RMQI_ZLIB, 5, rmqi_cursor(body, sizeof(body)), &packed),
			 RMQ_OK);
	add_record(&wire, "T", "", rmqi_buf_cursor(&packed), 0x301, 1);
	add_record(&wire, "T", "", text("plain"), 0, 2);
	add_record(&wire, "T", "", rmqi_buf_cursor(&packed), 0x301, 3);

	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "a", &b), RMQ_OK);
	for (int i = 0; i < 3; i += 2) {
		ck_assert_mem_eq(rmq_message_body(&b->messages[i], &len), body, sizeof(body));
		ck_assert_uint_eq(len, sizeof(body));
		ck_assert_int_eq(rmq_message_sys_flag(&b->messages[i]) & 1, 0);
	}
	ck_assert_mem_eq(rmq_message_body(&b->messages[1], &len), "plain", 5);
	rmqi_message_block_unref(b);
	rmqi_buf_deinit(&packed);
	rmqi_buf_deinit(&wire);
}
END_TEST

/* Three records with the offsets 1, 2, 3, the second one of them with this sys_flag; returns where that begins. */
static size_t add_three(struct rmqi_buf *wire, int32_t sys_flag)
{
	size_t second;

	rmqi_buf_init(wire, 65536);
	add_record(wire, "T", "", text("one"), 0, 1);
	second = wire->len;
	add_record(wire, "T", "", text("two"), sys_flag, 2);
	add_record(wire, "T", "", text("three"), 0, 3);
	return second;
}

static void expect_skipped(const struct rmqi_buf *wire, const char *why)
{
	struct rmqi_message_block *b = NULL;

	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(wire), "a", &b), RMQ_OK);
	ck_assert_uint_eq(b->count, 2);
	ck_assert_int_eq(b->messages[1].queue_offset, 3);
	ck_assert_uint_eq(b->taken, wire->len);
	ck_assert_int_eq(b->behind, 4);
	ck_assert_uint_eq(b->bad_count, 1);
	ck_assert_uint_eq(b->bad[0].before, 1);
	ck_assert_int_eq(b->bad[0].queue_offset, 2);
	ck_assert_int_eq(b->bad[0].queue_id, 3);
	ck_assert_str_eq(b->bad[0].why, why);
	rmqi_message_block_unref(b);
}

START_TEST(block__steps_over_a_record_that_cannot_be_read)
{
	struct rmqi_buf wire;
	size_t second = add_three(&wire, 0);

	rmqi_buf_patch_u32(&wire, second + 8, 12345); /* its CRC */
	expect_skipped(&wire, "its body does not match its checksum");
	rmqi_buf_patch_u32(&wire, second + 84, 4); /* the length of its body */
	expect_skipped(&wire, "its fields do not fit within its length");
	rmqi_buf_deinit(&wire);
	(void)add_three(&wire, 0x301);
	expect_skipped(&wire, "its body cannot be decompressed");
	rmqi_buf_deinit(&wire);
	(void)add_three(&wire, 0x701);
	expect_skipped(&wire, "its body is compressed in a way that is not known here");
	rmqi_buf_deinit(&wire);
}
END_TEST

START_TEST(block__ends_where_no_next_record_can_be_found)
{
	struct rmqi_buf wire;
	struct rmqi_message_block *b = NULL;
	size_t second = add_three(&wire, 0);

	for (uint32_t size = 0; size < 200; size++) {
		if (size == 91 + strlen("T") + strlen("two"))
			continue; /* it is right */
		rmqi_buf_patch_u32(&wire, second, size);
		ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "a", &b),
				 size == wire.len - second ? RMQ_OK : RMQ_ERR_CORRUPT);
		ck_assert_uint_eq(b->count, 1);
		ck_assert_int_eq(b->behind, 2);
		rmqi_message_block_unref(b);
	}
	rmqi_buf_deinit(&wire);
}
END_TEST

START_TEST(block__ends_where_memory_is_out)
{
	struct rmqi_buf wire;
	struct rmqi_message_block *b = NULL;
	size_t second = add_three(&wire, 0x301);

	/* The block, and then room for the body. */
	rmqi_mem_fail_after(2, 1);
	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "a", &b),
			 RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	ck_assert_uint_eq(b->count, 1);
	ck_assert_uint_eq(b->bad_count, 0);
	ck_assert_uint_eq(b->taken, second);
	ck_assert_int_eq(b->behind, 2);
	rmqi_message_block_unref(b);
	rmqi_buf_deinit(&wire);
}
END_TEST

/* 33 MiB of the same byte, twice: 64 MiB are the most of a block. */
START_TEST(block__of_large_bodies_ends_before_there_are_too_many)
{
	enum { HUGE = 33 * 1024 * 1024 };
	struct rmqi_buf wire, packed;
	struct rmqi_message_block *b = NULL;
	char *body = rmqi_calloc(2, HUGE);

	ck_assert_ptr_nonnull(body);
	rmqi_buf_init(&wire, 1 << 20);
	rmqi_buf_init(&packed, 1 << 20);
	ck_assert_int_eq(rmqi_compress(RMQI_ZLIB, 1, rmqi_cursor(body, HUGE), &packed), RMQ_OK);
	add_record(&wire, "T", "", rmqi_buf_cursor(&packed), 0x301, 1);
	add_record(&wire, "T", "", rmqi_buf_cursor(&packed), 0x301, 2);
	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "a", &b),
			 RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(b->count, 1);
	ck_assert_uint_eq(b->taken, wire.len / 2);
	ck_assert_int_eq(b->behind, 2);
	rmqi_message_block_unref(b);

	/* One that is too large alone will never fit. */
	rmqi_buf_reset(&wire);
	rmqi_buf_reset(&packed);
	ck_assert_int_eq(rmqi_compress(RMQI_ZLIB, 1, rmqi_cursor(body, 2 * (size_t)HUGE), &packed),
			 RMQ_OK);
	add_record(&wire, "T", "", rmqi_buf_cursor(&packed), 0x301, 1);
	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "a", &b), RMQ_OK);
	ck_assert_uint_eq(b->count, 0);
	ck_assert_str_eq(b->bad[0].why, "its body is larger than 64 MiB when it is decompressed");
	rmqi_message_block_unref(b);
	rmqi_buf_deinit(&packed);
	rmqi_buf_deinit(&wire);
	rmqi_free(body);
}
END_TEST

START_TEST(block__every_truncation_is_told)
{
	struct rmqi_buf wire;

	rmqi_buf_init(&wire, 65536);
	add_record(&wire, "T",
		   "a\x01"
		   "b\x02",
		   text("one"), 0, 1);
	for (size_t n = 1; n < wire.len; n++) {
		struct rmqi_message_block *b = NULL;

		ck_assert_int_eq(
			rmqi_message_block_new(rmqi_cursor(rmqi_buf_data(&wire), n), "a", &b),
			RMQ_ERR_CORRUPT);
		ck_assert_uint_eq(b->count, 0);
		rmqi_message_block_unref(b);
	}
	rmqi_buf_deinit(&wire);
}
END_TEST

START_TEST(message__dup_of_a_received_one_outlives_its_block)
{
	struct rmqi_buf wire;
	struct rmqi_message_block *b = NULL;
	struct rmq_message *m;
	size_t len;

	rmqi_buf_init(&wire, 65536);
	add_record(&wire, "%RETRY%g",
		   "RETRY_TOPIC\x01T\x02"
		   "TAGS\x01"
		   "A\x02",
		   text("one"), 0, 8);
	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "broker-a", &b), RMQ_OK);
	m = rmq_message_dup(&b->messages[0]);
	rmqi_message_block_unref(b);
	rmqi_buf_deinit(&wire);

	ck_assert_mem_eq(rmq_message_body(m, &len), "one", 3);
	ck_assert_str_eq(rmq_message_tag(m), "A");
	ck_assert_str_eq(rmq_message_topic(m), "T");
	ck_assert_str_eq(rmq_message_queue(m)->topic, "%RETRY%g");
	ck_assert_str_eq(rmq_message_queue(m)->broker_name, "broker-a");
	ck_assert_int_eq(rmq_message_queue(m)->queue_id, 3);
	ck_assert_str_eq(rmq_message_offset_id(m), "0506070800002A9F00000000000003F0");
	ck_assert_int_eq(rmq_message_set_tag(m, "B", NULL), RMQ_OK);
	ck_assert_str_eq(rmq_message_tag(m), "B");
	rmq_message_free(m);
}
END_TEST

START_TEST(message__received_cannot_be_changed_or_freed)
{
	struct rmqi_buf wire;
	struct rmqi_message_block *b = NULL;

	rmqi_buf_init(&wire, 65536);
	add_record(&wire, "T", "", text("one"), 0, 8);
	ck_assert_int_eq(rmqi_message_block_new(rmqi_buf_cursor(&wire), "a", &b), RMQ_OK);

	ck_assert_int_eq(rmq_message_set_tag(&b->messages[0], "x", NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_set_body(&b->messages[0], "x", 1, NULL),
			 RMQ_ERR_INVALID_ARGUMENT);
	rmq_message_free(&b->messages[0]);
	ck_assert_str_eq(rmq_message_topic(&b->messages[0]), "T");
	rmqi_message_block_unref(b);
	rmqi_buf_deinit(&wire);
}
END_TEST

START_TEST(message__survives_every_failed_allocation)
{
	for (uint64_t n = 1; n <= 6; n++) {
		struct rmq_message *m, *copy;
		rmq_error_detail *detail = NULL;
		enum rmq_error err;

		rmqi_mem_fail_after(n, 1);
		m = rmq_message_new("T", "abc", 3);
		if (m) {
			err = rmq_message_set_property(m, "a", "b", &detail);
			ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
			ck_assert_int_eq(detail == NULL || rmq_error_detail_code(detail) == err, 1);
			rmq_error_detail_free(detail);
			copy = rmq_message_dup(m);
			rmq_message_free(copy);
		}
		rmqi_mem_fail_after(0, 0);
		rmq_message_free(m);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		message__copies_topic_and_body,
		message__that_was_never_stored_says_so,
		message__a_property_set_again_is_replaced,
		message__refuses_names_and_values_that_would_not_survive,
		message__delay_level_is_a_property,
		message__body_may_be_replaced_by_a_part_of_itself,
		block__gives_every_field_of_a_stored_message,
		block__shows_the_original_topic_of_a_retried_message,
		block__drops_properties_that_a_reader_drops,
		block__decompresses_bodies,
		block__steps_over_a_record_that_cannot_be_read,
		block__ends_where_no_next_record_can_be_found,
		block__ends_where_memory_is_out,
		block__of_large_bodies_ends_before_there_are_too_many,
		block__every_truncation_is_told,
		message__dup_of_a_received_one_outlives_its_block,
		message__received_cannot_be_changed_or_freed,
		message__survives_every_failed_allocation,
	};

	return run_suite("message", tests, sizeof(tests) / sizeof(tests[0]));
}
