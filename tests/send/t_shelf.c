/* SPDX-License-Identifier: Apache-2.0 */
/* The open bundles of auto-batch: how they are found, and that no look grows with their number. */
#include <stdio.h>

#include "base/mem.h"
#include "send/shelf.h"
#include "tests/support/suite.h"

enum { MANY = 10000, CHAIN_MOST = 24 };

static struct rmqi_shelf shelf;
static struct rmqi_bundle *bundles[MANY];

static void set_up(void)
{
	ck_assert_int_eq(rmqi_shelf_init(&shelf), RMQ_OK);
}

static void tear_down(void)
{
	struct rmqi_bundle *b;

	while ((b = rmqi_shelf_oldest(&shelf)) != NULL) {
		rmqi_shelf_remove(&shelf, b);
		rmqi_bundle_free(b);
	}
	ck_assert_uint_eq(shelf.count, 0);
	for (size_t i = 0; i < shelf.slot_count; i++) {
		ck_assert(rmqi_list_is_empty(&shelf.slots[i].keys));
		ck_assert(rmqi_list_is_empty(&shelf.slots[i].topics));
	}
	rmqi_shelf_deinit(&shelf);
}

static struct rmqi_bundle *find(const char *topic, bool waits,
				const struct rmqi_publish_queue *queue)
{
	struct rmq_message m = {.topic = topic};
	struct rmqi_batched b = {.message = &m, .waits = waits, .queue = queue};
	struct rmqi_shelf_key key = rmqi_shelf_key(&b);

	return rmqi_shelf_find(&shelf, &key);
}

static struct rmqi_bundle *put(const char *topic, bool waits,
			       const struct rmqi_publish_queue *queue)
{
	struct rmq_message m = {.topic = topic};
	struct rmqi_batched message = {.message = &m, .waits = waits, .queue = queue};
	struct rmqi_shelf_key key = rmqi_shelf_key(&message);
	struct rmqi_bundle *b = rmqi_bundle_new(1);

	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(rmqi_bundle_open(b, topic, waits, queue, 1000, 0), RMQ_OK);
	rmqi_shelf_put(&shelf, b, &key);
	return b;
}

static void take(struct rmqi_bundle *b)
{
	rmqi_shelf_remove(&shelf, b);
	rmqi_bundle_free(b);
}

static const char *nth(int i)
{
	static char text[16];

	snprintf(text, sizeof(text), "T%d", i);
	return text;
}

START_TEST(bundle__is_found_by_topic_flag_and_queue)
{
	const struct rmqi_publish_queue q0 = {.broker_name = "a", .queue_id = 0};
	const struct rmqi_publish_queue q1 = {.broker_name = "a", .queue_id = 1};
	const struct rmqi_publish_queue other = {.broker_name = "b", .queue_id = 0};
	struct rmqi_bundle *plain, *waiting, *of_q0, *of_q1, *of_other;

	set_up();
	plain = put("T", false, NULL);
	waiting = put("T", true, NULL);
	of_q0 = put("T", true, &q0);
	of_q1 = put("T", true, &q1);
	of_other = put("T", true, &other);
	ck_assert_ptr_eq(find("T", false, NULL), plain);
	ck_assert_ptr_eq(find("T", true, NULL), waiting);
	ck_assert_ptr_eq(find("T", true, &q0), of_q0);
	ck_assert_ptr_eq(find("T", true, &q1), of_q1);
	ck_assert_ptr_eq(find("T", true, &other), of_other);
	ck_assert_ptr_null(find("T", false, &q0));
	ck_assert_ptr_null(find("U", false, NULL));
	take(plain);
	ck_assert_ptr_null(find("T", false, NULL));
	tear_down();
}
END_TEST

START_TEST(topic__gives_its_bundles_by_age_and_those_of_no_other)
{
	const struct rmqi_publish_queue queue = {.broker_name = "a", .queue_id = 0};
	struct rmqi_bundle *first, *second, *third, *other;

	set_up();
	other = put("U", true, NULL);
	first = put("T", true, NULL);
	second = put("T", false, NULL);
	third = put("T", true, &queue);
	ck_assert_ptr_eq(rmqi_shelf_oldest(&shelf), other);
	ck_assert_ptr_eq(rmqi_shelf_oldest_of(&shelf, "T"), first);
	take(second); /* not the one that leads */
	ck_assert_ptr_eq(rmqi_shelf_oldest_of(&shelf, "T"), first);
	take(first);
	ck_assert_ptr_eq(rmqi_shelf_oldest_of(&shelf, "T"), third);
	first = put("T", true, NULL);
	ck_assert_ptr_eq(rmqi_shelf_oldest_of(&shelf, "T"), third);
	take(third);
	ck_assert_ptr_eq(rmqi_shelf_oldest_of(&shelf, "T"), first);
	take(first);
	ck_assert_ptr_null(rmqi_shelf_oldest_of(&shelf, "T"));
	ck_assert_ptr_eq(rmqi_shelf_oldest_of(&shelf, "U"), other);
	ck_assert_uint_eq(shelf.count, 1);
	tear_down();
}
END_TEST

static size_t longest_chain(void)
{
	size_t longest = 0;

	for (size_t i = 0; i < shelf.slot_count; i++) {
		size_t keys = 0, topics = 0;

		RMQI_LIST_EACH(node, &shelf.slots[i].keys)
			keys++;
		RMQI_LIST_EACH(node, &shelf.slots[i].topics)
			topics++;
		longest = keys > longest ? keys : longest;
		longest = topics > longest ? topics : longest;
	}
	return longest;
}

/* How many bundles a look can meet: 64 slots would have chains of 156. */
START_TEST(look__meets_few_bundles_however_many_are_open)
{
	set_up();
	for (int i = 0; i < MANY; i++)
		bundles[i] = put(nth(i), true, NULL);
	ck_assert_uint_le(longest_chain(), CHAIN_MOST);
	for (int i = 0; i < MANY; i++) {
		ck_assert_ptr_eq(find(nth(i), true, NULL), bundles[i]);
		ck_assert_ptr_eq(rmqi_shelf_oldest_of(&shelf, nth(i)), bundles[i]);
	}
	ck_assert_ptr_eq(rmqi_shelf_oldest(&shelf), bundles[0]);
	tear_down();
}
END_TEST

START_TEST(bundles__of_one_topic_stay_together_when_the_slots_grow)
{
	struct rmqi_publish_queue queue = {.broker_name = "a"};

	set_up();
	for (int i = 0; i < 1000; i++) {
		queue.queue_id = i;
		bundles[i] = put("T", true, &queue);
	}
	for (int i = 0; i < 1000; i++) {
		ck_assert_ptr_eq(rmqi_shelf_oldest_of(&shelf, "T"), bundles[i]);
		take(bundles[i]);
	}
	ck_assert_ptr_null(rmqi_shelf_oldest_of(&shelf, "T"));
	tear_down();
}
END_TEST

START_TEST(bundle__is_put_when_memory_is_out_for_more_slots)
{
	struct rmq_message m = {.topic = "U"};
	struct rmqi_batched message = {.message = &m, .waits = true};
	struct rmqi_shelf_key key = rmqi_shelf_key(&message);
	struct rmqi_bundle *b = rmqi_bundle_new(1);
	size_t slots;

	set_up();
	slots = shelf.slot_count;
	for (int i = 0; i < (int)slots; i++)
		bundles[i] = put(nth(i), true, NULL);
	ck_assert_int_eq(rmqi_bundle_open(b, "U", true, NULL, 1000, 0), RMQ_OK);
	rmqi_mem_fail_after(1, 1);
	rmqi_shelf_put(&shelf, b, &key);
	rmqi_mem_fail_after(0, 0);
	ck_assert_uint_eq(shelf.slot_count, slots);
	ck_assert_ptr_eq(rmqi_shelf_oldest_of(&shelf, "U"), b);
	ck_assert_ptr_eq(find(nth(7), true, NULL), bundles[7]);
	put("V", true, NULL);
	ck_assert_uint_eq(shelf.slot_count, 2 * slots);
	ck_assert_ptr_eq(find("U", true, NULL), b);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		bundle__is_found_by_topic_flag_and_queue,
		topic__gives_its_bundles_by_age_and_those_of_no_other,
		look__meets_few_bundles_however_many_are_open,
		bundles__of_one_topic_stay_together_when_the_slots_grow,
		bundle__is_put_when_memory_is_out_for_more_slots,
	};

	return run_suite("shelf", tests, RMQI_COUNT(tests));
}
