/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the message trace against what TraceDataEncoder.java of 5.3.3 writes. */
#include "base/macros.h"
#include "codec/trace_record.h"
#include "tests/support/suite.h"

static struct rmqi_buf out;

static const struct rmqi_trace_record record = {
	.timestamp_ms = 1700000000123,
	.region = {"DefaultRegion", 13},
	.group = {"G", 1},
	.topic = {"T", 1},
	.message_id = {"ID", 2},
	.tags = {"TagA", 4},
	.keys = {"k1 k2", 5},
	.store_host = {"127.0.0.1:10911", 15},
	.body_len = 26,
	.cost_ms = 245,
	.message_type = RMQI_TRACE_NORMAL,
	.offset_id = {"OFF", 3},
	.is_success = true,
	.request_id = {"REQ", 3},
	.retry_times = 2,
	.outcome = RMQI_TRACE_FAILED,
	.transaction_id = {"TX", 2},
	.state = {"COMMIT_MESSAGE", 14},
	.is_check = true,
};

static void expect(const char *text)
{
	ck_assert_str_eq(rmqi_buf_text(&out), text);
	rmqi_buf_deinit(&out);
}

static void set_up(void)
{
	rmqi_buf_init(&out, 4096);
}

START_TEST(trace__pub_is_javas)
{
	set_up();
	rmqi_trace_add_pub(&out, &record);
	expect("Pub\1"
	       "1700000000123\1DefaultRegion\1G\1T\1ID\1TagA\1k1 k2\1"
	       "127.0.0.1:10911\1"
	       "26\1"
	       "245\1"
	       "0\1OFF\1true\2");
}
END_TEST

START_TEST(trace__sub_before_is_javas)
{
	set_up();
	rmqi_trace_add_sub_before(&out, &record);
	expect("SubBefore\1"
	       "1700000000123\1DefaultRegion\1G\1REQ\1ID\1"
	       "2\1k1 k2\2");
}
END_TEST

START_TEST(trace__sub_after_is_javas)
{
	set_up();
	rmqi_trace_add_sub_after(&out, &record);
	expect("SubAfter\1REQ\1ID\1"
	       "245\1true\1k1 k2\1"
	       "4\1"
	       "1700000000123\1G\2");
}
END_TEST

START_TEST(trace__end_transaction_is_javas)
{
	set_up();
	rmqi_trace_add_end_transaction(&out, &record);
	expect("EndTransaction\1"
	       "1700000000123\1DefaultRegion\1G\1T\1ID\1TagA\1k1 k2\1"
	       "127.0.0.1:10911\1"
	       "0\1TX\1COMMIT_MESSAGE\1true\2");
}
END_TEST

START_TEST(trace__recall_is_javas)
{
	set_up();
	rmqi_trace_add_recall(&out, &record);
	expect("Recall\1"
	       "1700000000123\1DefaultRegion\1G\1T\1ID\1true\2");
}
END_TEST

START_TEST(trace__what_is_not_there_is_null)
{
	const struct rmqi_trace_record none = {.message_id = {"ID", 2}};

	set_up();
	rmqi_trace_add_pub(&out, &none);
	expect("Pub\1"
	       "0\1null\1null\1null\1ID\1null\1null\1null\1"
	       "0\1"
	       "0\1"
	       "0\1null\1"
	       "false\2");
}
END_TEST

START_TEST(trace__records_are_read_one_by_one)
{
	struct rmqi_trace_fields f;
	struct rmqi_cursor body;

	set_up();
	rmqi_trace_add_pub(&out, &record);
	rmqi_trace_add_sub_after(&out, &record);
	body = rmqi_buf_cursor(&out);

	ck_assert(rmqi_trace_next(&body, &f));
	ck_assert_uint_eq(f.count, 14);
	ck_assert(rmqi_str_is(f.field[0], "Pub"));
	ck_assert(rmqi_str_is(f.field[13], "true"));
	ck_assert(rmqi_trace_next(&body, &f));
	ck_assert_uint_eq(f.count, 9);
	ck_assert(rmqi_str_is(f.field[0], "SubAfter"));
	ck_assert(rmqi_str_is(f.field[8], "G"));
	ck_assert(!rmqi_trace_next(&body, &f));
	rmqi_buf_deinit(&out);
}
END_TEST

/* Whatever stands there, it comes to an end, within the body. */
START_TEST(trace__any_bytes_can_be_read)
{
	static const char text[] = "\1\1\2\2Pub\1a\1\2no end\1"
				   "1\1"
				   "2\1"
				   "3\1"
				   "4\1"
				   "5\1"
				   "6\1"
				   "7\1"
				   "8\1"
				   "9\1"
				   "10\1"
				   "11\1"
				   "12\1"
				   "13\1"
				   "14\1"
				   "15\1"
				   "16\1"
				   "17";

	for (size_t len = 0; len < sizeof(text); len++) {
		struct rmqi_cursor body = rmqi_cursor((const uint8_t *)text, len);
		struct rmqi_trace_fields f;
		int records = 0;

		while (rmqi_trace_next(&body, &f)) {
			ck_assert_uint_le(f.count, RMQI_TRACE_FIELDS);
			records++;
		}
		ck_assert_int_le(records, 5);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		trace__pub_is_javas,
		trace__sub_before_is_javas,
		trace__sub_after_is_javas,
		trace__end_transaction_is_javas,
		trace__recall_is_javas,
		trace__what_is_not_there_is_null,
		trace__records_are_read_one_by_one,
		trace__any_bytes_can_be_read,
	};

	return run_suite("trace_record", tests, RMQI_COUNT(tests));
}
