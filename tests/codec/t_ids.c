/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/macros.h"
#include "codec/ids.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

static const struct rmqi_host v4 = {.ip = {5, 6, 7, 8}, .port = 10911};
static const struct rmqi_host v6 = {.is_v6 = true, .ip = {0xfd, [15] = 2}, .port = 10911};

enum { MARCH_2024_UTC = 1709251200 }; /* 2024-03-01 00:00:00 */

static void use_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* Made by MessageDecoder.createMessageId: doc/reference/message.md. */
START_TEST(offset_id__writes_golden_text)
{
	char id[RMQI_ID_SIZE];

	ck_assert_uint_eq(rmqi_offset_id(&v4, 1000, id), 32);
	ck_assert_str_eq(id, "0506070800002A9F00000000000003E8");
	ck_assert_uint_eq(rmqi_offset_id(&v6, 3, id), 56);
	ck_assert_str_eq(id, "FD00000000000000000000000000000200002A9F0000000000000003");
}
END_TEST

START_TEST(offset_id__reads_either_case)
{
	struct rmqi_host h;
	int64_t offset;

	ck_assert(rmqi_offset_id_parse(RMQI_STR("0506070800002a9f00000000000003e8"), &h, &offset));
	ck_assert(!h.is_v6);
	ck_assert_mem_eq(h.ip, v4.ip, 4);
	ck_assert_uint_eq(h.port, 10911);
	ck_assert_int_eq(offset, 1000);
	ck_assert(rmqi_offset_id_parse(
		RMQI_STR("FD00000000000000000000000000000200002A9FFFFFFFFFFFFFFFFF"), &h, &offset));
	ck_assert(h.is_v6);
	ck_assert_mem_eq(h.ip, v6.ip, 16);
	ck_assert_int_eq(offset, -1);
}
END_TEST

START_TEST(offset_id__refuses_other_texts)
{
	static const char *const texts[] = {"",
					    "0506070800002A9F00000000000003E",
					    "0506070800002A9F00000000000003E80",
					    "0506070800002A9F00000000000003EG",
					    "0506070800002A9F00000000000003E ",
					    "-506070800002A9F00000000000003E8"};
	struct rmqi_host h = {.port = 7};
	int64_t offset = 8;

	for (size_t i = 0; i < RMQI_COUNT(texts); i++)
		ck_assert(!rmqi_offset_id_parse(rmqi_str(texts[i]), &h, &offset));
	ck_assert_uint_eq(h.port, 7);
	ck_assert_int_eq(offset, 8);
}
END_TEST

START_TEST(uniq__counts_from_zero)
{
	struct rmqi_clock *clock;
	struct rmqi_uniq u;
	char id[RMQI_ID_SIZE];

	use_zone("UTC");
	clock = rmqi_clock_virtual_new((int64_t)MARCH_2024_UTC * 1000 + 0x1234);
	rmqi_uniq_init(&u, clock, &v4, 0xABCD4321, 0x0BADF00D);

	ck_assert_uint_eq(rmqi_uniq_next(&u, id), 32);
	ck_assert_str_eq(id, "05060708"
			     "4321"
			     "0BADF00D"
			     "00001234"
			     "0000");
	rmqi_uniq_next(&u, id);
	ck_assert_str_eq(id, "05060708"
			     "4321"
			     "0BADF00D"
			     "00001234"
			     "0001");
	rmqi_clock_free(clock);
}
END_TEST

START_TEST(uniq__has_56_digits_for_ipv6)
{
	struct rmqi_clock *clock;
	struct rmqi_uniq u;
	char id[RMQI_ID_SIZE];

	use_zone("UTC");
	clock = rmqi_clock_virtual_new((int64_t)MARCH_2024_UTC * 1000);
	rmqi_uniq_init(&u, clock, &v6, 1, 2);

	ck_assert_uint_eq(rmqi_uniq_next(&u, id), 56);
	ck_assert_str_eq(id, "FD000000000000000000000000000002"
			     "0001"
			     "00000002"
			     "00000000"
			     "0000");
	rmqi_clock_free(clock);
}
END_TEST

START_TEST(uniq__counter_wraps_at_16_bits)
{
	struct rmqi_uniq u;
	char id[RMQI_ID_SIZE];

	rmqi_uniq_init(&u, rmqi_clock_real(), &v4, 1, 2);
	atomic_store(&u.counter, 0xFFFF);

	rmqi_uniq_next(&u, id);
	ck_assert_str_eq(id + 28, "FFFF");
	rmqi_uniq_next(&u, id);
	ck_assert_str_eq(id + 28, "0000");
}
END_TEST

START_TEST(uniq__starts_again_with_the_month)
{
	struct rmqi_clock *clock;
	struct rmqi_uniq u;
	char id[RMQI_ID_SIZE];

	use_zone("UTC");
	clock = rmqi_clock_virtual_new((int64_t)MARCH_2024_UTC * 1000 - 1);
	rmqi_uniq_init(&u, clock, &v4, 1, 2);

	rmqi_uniq_next(&u, id); /* 29 days less 1 ms */
	ck_assert_str_eq(id + 20, "95586BFF0000");
	rmqi_clock_set_us(clock, 1000);
	rmqi_uniq_next(&u, id);
	ck_assert_str_eq(id + 20, "000000000001");
	rmqi_clock_free(clock);
}
END_TEST

START_TEST(uniq__month_is_that_of_local_time)
{
	struct rmqi_clock *clock;
	struct rmqi_uniq u;
	char id[RMQI_ID_SIZE];

	use_zone("EAST-8"); /* 8 hours east: March began 8 hours ago */
	clock = rmqi_clock_virtual_new((int64_t)MARCH_2024_UTC * 1000);
	rmqi_uniq_init(&u, clock, &v4, 1, 2);

	rmqi_uniq_next(&u, id);
	ck_assert_str_eq(id + 20, "01B774000000");
	rmqi_clock_free(clock);
}
END_TEST

START_TEST(uniq__forgives_a_small_step_back_and_follows_a_large_one)
{
	struct rmqi_clock *clock;
	struct rmqi_uniq u;
	char id[RMQI_ID_SIZE];

	use_zone("UTC");
	clock = rmqi_clock_virtual_new((int64_t)MARCH_2024_UTC * 1000);
	rmqi_uniq_init(&u, clock, &v4, 1, 2);

	rmqi_clock_step_wall(clock, -1000);
	rmqi_uniq_next(&u, id);
	ck_assert_str_eq(id + 20, "000000000000");
	rmqi_clock_step_wall(clock, -2 * 1000 * 1000);
	rmqi_uniq_next(&u, id);
	ck_assert_str_ne(id + 20, "000000000001");
	rmqi_clock_free(clock);
}
END_TEST

enum { THREADS = 4, IDS = 10000 };

static struct rmqi_uniq shared;
static char ids[THREADS * IDS][RMQI_ID_SIZE];

static void *make_ids(void *arg)
{
	char(*mine)[RMQI_ID_SIZE] = arg;

	for (int i = 0; i < IDS; i++)
		rmqi_uniq_next(&shared, mine[i]);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

START_TEST(uniq__is_unique_across_threads)
{
	pthread_t threads[THREADS];

	rmqi_uniq_init(&shared, rmqi_clock_real(), &v4, 1, 2);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, make_ids, ids[i * IDS]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	qsort(ids, THREADS * IDS, RMQI_ID_SIZE, compare);
	for (int i = 1; i < THREADS * IDS; i++)
		ck_assert_str_ne(ids[i - 1], ids[i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		offset_id__writes_golden_text,
		offset_id__reads_either_case,
		offset_id__refuses_other_texts,
		uniq__counts_from_zero,
		uniq__has_56_digits_for_ipv6,
		uniq__counter_wraps_at_16_bits,
		uniq__starts_again_with_the_month,
		uniq__month_is_that_of_local_time,
		uniq__forgives_a_small_step_back_and_follows_a_large_one,
		uniq__is_unique_across_threads,
	};

	return run_suite("ids", tests, RMQI_COUNT(tests));
}
