/* SPDX-License-Identifier: Apache-2.0 */
/* Results of sends as plain data. */
#include <string.h>

#include "base/mem.h"
#include "send/result.h"
#include "tests/support/suite.h"

START_TEST(result__a_copy_has_texts_of_its_own)
{
	char offset_id[] = "OFFSET", topic[] = "T", broker[] = "a", transaction[] = "TX",
	     region[] = "R", recall[] = "HANDLE";
	char *const texts[] = {offset_id, topic, broker, transaction, region, recall};
	struct rmq_send_result from = {.offset_message_id = offset_id,
				       .queue = {topic, broker, 3},
				       .transaction_id = transaction,
				       .region_id = region,
				       .recall_handle = recall};
	struct rmq_send_result *copy = rmqi_send_result_dup(&from);

	/* The memory of the first one is used for another. */
	for (size_t i = 0; i < RMQI_COUNT(texts); i++)
		memset(texts[i], '!', strlen(texts[i]));
	ck_assert_str_eq(copy->offset_message_id, "OFFSET");
	ck_assert_str_eq(copy->queue.topic, "T");
	ck_assert_str_eq(copy->queue.broker_name, "a");
	ck_assert_int_eq(copy->queue.queue_id, 3);
	ck_assert_str_eq(copy->transaction_id, "TX");
	ck_assert_str_eq(copy->region_id, "R");
	ck_assert_str_eq(copy->recall_handle, "HANDLE");
	rmqi_free(copy);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {result__a_copy_has_texts_of_its_own};

	return run_suite("result", tests, RMQI_COUNT(tests));
}
