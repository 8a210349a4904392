/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/recall.h"
#include "tests/support/suite.h"

static char text[RMQI_RECALL_TEXT_MAX];
static struct rmqi_recall r;

static void expect_parts(const char *handle)
{
	ck_assert_msg(rmqi_recall_read(rmqi_str(handle), text, &r), "%s", handle);
	ck_assert(rmqi_str_is(r.topic, "T"));
	ck_assert(rmqi_str_is(r.broker_name, "broker-a"));
	ck_assert(rmqi_str_is(r.deliver_ms, "1700000000001"));
	ck_assert(rmqi_str_is(r.message_id, "ID"));
}

/* Made by RecallMessageHandle.HandleV1.buildHandle. */
#define GOLDEN "djEgVCBicm9rZXItYSAxNzAwMDAwMDAwMDAxIElE"

START_TEST(recall__writes_the_golden_handle)
{
	struct rmqi_buf out;

	r = (struct rmqi_recall){rmqi_str("T"), rmqi_str("broker-a"), rmqi_str("1700000000001"),
				 rmqi_str("ID")};
	rmqi_buf_init(&out, 1024);
	rmqi_recall_write(&out, &r);
	ck_assert_str_eq(rmqi_buf_text(&out), GOLDEN);
	rmqi_buf_deinit(&out);
}
END_TEST

START_TEST(recall__reads_what_it_writes_whatever_its_length)
{
	char topic[64] = "";
	struct rmqi_recall w = {.broker_name = rmqi_str("b~\xc3\xbf\xef\xbf\xbd?>"),
				.deliver_ms = rmqi_str("17"),
				.message_id = rmqi_str("7F0000010000")};
	struct rmqi_buf out;

	rmqi_buf_init(&out, 1024);
	for (size_t i = 1; i < sizeof(topic); i++) {
		topic[i - 1] = 'T';
		w.topic = rmqi_str(topic);
		rmqi_buf_reset(&out);
		rmqi_recall_write(&out, &w);
		ck_assert(rmqi_recall_read(rmqi_str(rmqi_buf_text(&out)), text, &r));
		ck_assert(rmqi_str_eq(r.topic, w.topic));
		ck_assert(rmqi_str_eq(r.broker_name, w.broker_name));
		ck_assert(rmqi_str_eq(r.message_id, w.message_id));
	}
	rmqi_buf_deinit(&out);
}
END_TEST

START_TEST(recall__reads_what_java_reads)
{
	expect_parts(GOLDEN);
	expect_parts("djEgVCBicm9rZXItYSAxNzAwMDAwMDAwMDAxIElEIG1vcmU=");
	expect_parts("djEgVCBicm9rZXItYSAxNzAwMDAwMDAwMDAxIElEIG1vcmU");
}
END_TEST

START_TEST(recall__refuses_what_is_none)
{
	static const char *const none[] = {
		"",
		"=",
		"====",
		"x",
		"djEgVCBicm9rZXItYSAxNzAwMDAwMDAwMDAxIElE=", /* padding where none is due */
		"djIgVCBicm9rZXItYSAxNzAwMDAwMDAwMDAxIElE",  /* v2 */
		"djEgVCBicm9rZXItYSAxNzAwMDAwMDAwMDAx",      /* four parts */
		"djEg/CBicm9rZXItYSAxNzAwMDAwMDAwMDAxIElE",  /* of the other alphabet */
		"djEg CBicm9rZXItYSAxNzAwMDAwMDAwMDAxIElE",
	};

	for (size_t i = 0; i < RMQI_COUNT(none); i++)
		ck_assert_msg(!rmqi_recall_read(rmqi_str(none[i]), text, &r), "%s", none[i]);
}
END_TEST

START_TEST(recall__refuses_one_that_is_too_long)
{
	static char handle[2 * RMQI_RECALL_TEXT_MAX];

	memset(handle, 'A', sizeof(handle));
	ck_assert(!rmqi_recall_read(rmqi_str_n(handle, sizeof(handle)), text, &r));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		recall__writes_the_golden_handle,
		recall__reads_what_it_writes_whatever_its_length,
		recall__reads_what_java_reads,
		recall__refuses_what_is_none,
		recall__refuses_one_that_is_too_long,
	};

	return run_suite("recall", tests, RMQI_COUNT(tests));
}
