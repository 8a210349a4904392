/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "consumer/allocate.h"
#include "tests/support/suite.h"

/* All shares as "0 1 2/3 4 5/6 7", nothing as "-". */
static const char *shares(enum rmqi_allocation how, size_t queues, size_t members)
{
	static char text[512];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < members; i++) {
		struct rmqi_share s = rmqi_allocate(how, queues, members, i);

		if (i > 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "/");
		if (s.count == 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "-");
		for (size_t k = 0; k < s.count; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, k ? " %zu" : "%zu",
					      s.first + k * s.step);
	}
	return text;
}

struct vector {
	size_t queues;
	size_t members;
	const char *avg;
	const char *circle;
};

/* AllocateMessageQueueAveragely, AllocateMessageQueueAveragelyByCircle */
static const struct vector vectors[] = {
	{8, 3, "0 1 2/3 4 5/6 7", "0 3 6/1 4 7/2 5"},
	{16, 5, "0 1 2 3/4 5 6/7 8 9/10 11 12/13 14 15", "0 5 10 15/1 6 11/2 7 12/3 8 13/4 9 14"},
	{4, 4, "0/1/2/3", "0/1/2/3"},
	{2, 5, "0/1/-/-/-", "0/1/-/-/-"},
	{1, 2, "0/-", "0/-"},
	{0, 2, "-/-", "-/-"},
};

START_TEST(allocate__gives_the_shares_of_java)
{
	for (size_t i = 0; i < RMQI_COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];

		ck_assert_str_eq(shares(RMQI_ALLOCATE_AVG, v->queues, v->members), v->avg);
		ck_assert_str_eq(shares(RMQI_ALLOCATE_AVG_BY_CIRCLE, v->queues, v->members),
				 v->circle);
	}
}
END_TEST

static void check_partition(enum rmqi_allocation how, size_t queues, size_t members)
{
	for (size_t q = 0; q < queues; q++) {
		size_t owners = 0;

		for (size_t i = 0; i < members; i++) {
			struct rmqi_share s = rmqi_allocate(how, queues, members, i);

			owners += rmqi_share_has(&s, q) ? 1 : 0;
		}
		ck_assert_uint_eq(owners, 1);
	}
}

START_TEST(allocate__gives_each_queue_to_one_member)
{
	for (size_t queues = 0; queues < 40; queues++) {
		for (size_t members = 1; members < 20; members++) {
			check_partition(RMQI_ALLOCATE_AVG, queues, members);
			check_partition(RMQI_ALLOCATE_AVG_BY_CIRCLE, queues, members);
		}
	}
}
END_TEST

START_TEST(share__knows_what_is_in_it)
{
	struct rmqi_share s = rmqi_allocate(RMQI_ALLOCATE_AVG_BY_CIRCLE, 8, 3, 1);

	ck_assert(!rmqi_share_has(&s, 0));
	ck_assert(rmqi_share_has(&s, 7));
	ck_assert(!rmqi_share_has(&s, 10));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		allocate__gives_the_shares_of_java,
		allocate__gives_each_queue_to_one_member,
		share__knows_what_is_in_it,
	};

	return run_suite("allocate", tests, RMQI_COUNT(tests));
}
