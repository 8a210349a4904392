/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_arguments_dedup.c - as t_arguments.c, for the window of keys.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/api/arguments.h"
#include "tests/support/forks.h"

START_TEST(null__dedup)
{
	enum rmq_dedup_verdict verdict = RMQ_DEDUP_SEEN;
	rmq_dedup *w = NULL;

	INVALID_TOLD(rmq_dedup_new(1, 0, NULL, &d));
	ck_assert_int_eq(rmq_dedup_new(1, 0, &w, NULL), RMQ_OK);
	INVALID_TOLD(rmq_dedup_begin(NULL, "k", &verdict, &d));
	INVALID_TOLD(rmq_dedup_begin(w, NULL, &verdict, &d));
	INVALID_TOLD(rmq_dedup_begin(w, "k", NULL, &d));
	INVALID(rmq_dedup_begin(NULL, NULL, NULL, NULL));
	ck_assert_int_eq(verdict, RMQ_DEDUP_SEEN);
	ck_assert(!rmq_dedup_done(NULL, "k"));
	ck_assert(!rmq_dedup_done(w, NULL));
	ck_assert(!rmq_dedup_forget(NULL, "k"));
	ck_assert(!rmq_dedup_forget(w, NULL));
	ck_assert_uint_eq(rmq_dedup_count(NULL), 0);
	ck_assert_uint_eq(rmq_dedup_count(w), 0);
	rmq_dedup_free(w);
	rmq_dedup_free(NULL);
}
END_TEST

START_TEST(values__of_a_dedup)
{
	static const size_t capacities[] = {0, 10000001, SIZE_MAX};
	static const int64_t ttls[] = {-1, INT64_C(31536000001), INT64_MIN, INT64_MAX};
	rmq_dedup *w = NULL;

	for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++)
		INVALID_TOLD(rmq_dedup_new(capacities[i], 0, &w, &d));
	for (size_t i = 0; i < sizeof(ttls) / sizeof(ttls[0]); i++)
		INVALID_TOLD(rmq_dedup_new(1, ttls[i], &w, &d));
	ck_assert_ptr_null(w);
	/* The largest one costs what is used of it. */
	ck_assert_int_eq(rmq_dedup_new(10000000, INT64_C(31536000000), &w, NULL), RMQ_OK);
	rmq_dedup_free(w);
}
END_TEST

START_TEST(values__of_a_key)
{
	static char key[32769];
	enum rmq_dedup_verdict verdict = RMQ_DEDUP_SEEN;
	rmq_error_detail *detail = NULL;
	rmq_dedup *w = NULL;
	enum rmq_error err;

	ck_assert_int_eq(rmq_dedup_new(1, 0, &w, NULL), RMQ_OK);
	INVALID_TOLD(rmq_dedup_begin(w, "", &verdict, &d));
	memset(key, 'k', 32768);
	INVALID_TOLD(rmq_dedup_begin(w, key, &verdict, &d));
	ck_assert(!rmq_dedup_done(w, key));
	ck_assert(!rmq_dedup_forget(w, ""));
	ck_assert_int_eq(verdict, RMQ_DEDUP_SEEN);
	key[32767] = '\0';
	ck_assert_int_eq(rmq_dedup_begin(w, key, &verdict, NULL), RMQ_OK);
	ck_assert_int_eq(verdict, RMQ_DEDUP_NEW);
	err = rmq_dedup_begin(w, "k", &verdict, &detail);
	rmq_error_detail_free(api_failed(err, RMQ_ERR_BUSY, &detail));
	ck_assert(rmq_dedup_done(w, key));
	ck_assert_uint_eq(rmq_dedup_count(w), 1);
	ck_assert(rmq_dedup_forget(w, key));
	ck_assert_uint_eq(rmq_dedup_count(w), 0);
	rmq_dedup_free(w);
}
END_TEST

START_TEST(fork__child_may_not_use_the_parents_dedup)
{
	enum rmq_dedup_verdict verdict = RMQ_DEDUP_SEEN;
	rmq_dedup *w = NULL;
	pid_t pid;
	int status = -1;

	ck_assert_int_eq(rmq_dedup_new(4, 0, &w, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_dedup_begin(w, "k", &verdict, NULL), RMQ_OK);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		rmq_dedup *own = NULL;
		int wrong = (rmq_dedup_begin(w, "l", &verdict, NULL) != RMQ_ERR_FORKED) +
			    rmq_dedup_done(w, "k") + rmq_dedup_forget(w, "k") +
			    (rmq_dedup_count(w) != 0) +
			    (rmq_dedup_new(4, 0, &own, NULL) != RMQ_OK) +
			    (rmq_dedup_begin(own, "k", &verdict, NULL) != RMQ_OK);

		rmq_dedup_free(own);
		rmq_dedup_free(w);
		_exit(wrong);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(rmq_dedup_done(w, "k"));
	rmq_dedup_free(w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__dedup,
		values__of_a_dedup,
		values__of_a_key,
		fork__child_may_not_use_the_parents_dedup,
	};

	return run_suite("arguments_dedup", tests, sizeof(tests) / sizeof(tests[0]));
}
