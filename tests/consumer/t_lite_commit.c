/* SPDX-License-Identifier: Apache-2.0 */
/* t_lite_commit.c - what the commits of a lite pull consumer ask of brokers and of the disk. */
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "consumer/handle.h"
#include "consumer/lite_pull_consumer.h"
#include "tests/consumer/desk.h"
#include "tests/support/child.h"
#include "tests/support/suite.h"

/* --- A disk that takes its time ----------------------------------------------------------------- */

static struct {
	int64_t ms;                 /* the next fsync takes so long */
	struct rmqi_pool *beside;   /* a thread that works meanwhile */
	struct rmqi_task meanwhile; /* what it does */
} disk;

/* In place of the library's. */
int fsync(int fd)
{
	struct rmqi_event never;
	int64_t ms = disk.ms;

	(void)fd;
	disk.ms = 0;
	if (ms == 0)
		return 0;
	rmqi_post(rmqi_pool_executor(disk.beside), &disk.meanwhile);
	rmqi_event_init(&never, &desk.env);
	(void)rmqi_event_wait(&never, rmqi_clock_deadline(desk.env.clock, ms));
	rmqi_event_deinit(&never);
	return 0;
}

/* --- A consumer that commits when told ----------------------------------------------------------- */

static rmq_lite_pull_consumer *c;

static void make(int queues)
{
	desk_open(queues);
	desk_set("autoCommit", "false");
	desk_set("autoCommitIntervalMillis", "3600000");
	desk_set("persistConsumerOffsetInterval", "3600000");
}

static void start(void)
{
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_lite_pull_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_advance(1000);
}

static void end(void)
{
	rmqi_handle_free(&c->member);
	desk_close();
}

static void poll_lists(int count)
{
	for (int i = 0; i < count; i++) {
		rmq_messages *l = NULL;

		ck_assert_int_eq(rmqi_lite_pull_poll(c, 0, &l, NULL), RMQ_OK);
		ck_assert_ptr_nonnull(l);
		rmq_messages_free(l);
	}
}

static unsigned commits(void)
{
	return fake_broker_count(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET);
}

static void must_commit_all(void)
{
	ck_assert_int_eq(rmqi_lite_pull_commit(c, NULL, NULL, 0, -1, NULL), RMQ_OK);
}

/* --- Brokers ------------------------------------------------------------------------------------- */

START_TEST(commit__sends_what_is_new_and_no_more)
{
	unsigned before;

	make(4);
	for (int i = 0; i < 4; i++)
		desk_put(i, 10 * i, 1);
	start();
	poll_lists(4);
	must_commit_all();
	before = commits();
	desk_put(2, 21, 1);
	desk_advance(100);
	poll_lists(1);
	must_commit_all();
	ck_assert_uint_eq(commits(), before + 1);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 2), 2);
	must_commit_all();
	ck_assert_uint_eq(commits(), before + 1);
	end();
}
END_TEST

/* Of a young queue a broker tells 0 though it has no offset, and loses one of two first ones. */
START_TEST(commit__where_0_was_told_sends_one_ahead)
{
	make(4);
	for (int i = 0; i < 4; i++) {
		fake_broker_set_committed(desk.broker, "T", i, 0);
		desk_put(i, 10 * i, 1);
	}
	start();
	poll_lists(4);
	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER, 1);
	ck_assert_int_eq(rmqi_lite_pull_commit(c, NULL, NULL, 0, 1000, NULL), RMQ_ERR_TIMEOUT);
	desk_advance(3000);
	ck_assert_uint_eq(commits(), 1);
	desk_advance(2000);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(fake_broker_committed(desk.broker, "T", i), 1);
	end();
}
END_TEST

START_TEST(commit__that_goes_back_is_sent)
{
	struct rmq_queue q = desk_queue(0);
	int64_t zero = 0, two = 2;

	make(1);
	desk_put(0, 0, 2);
	start();
	poll_lists(1);
	must_commit_all();
	ck_assert_int_eq(rmqi_lite_pull_commit(c, &q, &zero, 1, -1, NULL), RMQ_OK);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), 0);
	ck_assert_int_eq(rmqi_lite_pull_commit(c, &q, &two, 1, -1, NULL), RMQ_OK);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), 2);
	end();
}
END_TEST

START_TEST(commit__of_named_queues_waits_for_no_other)
{
	struct rmq_queue q = desk_queue(1);
	int64_t one = 1;
	unsigned before;

	make(2);
	desk_put(0, 0, 2);
	desk_put(1, 10, 2);
	start();
	poll_lists(2);
	/* The broker has nothing of queue 0. */
	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, RMQI_RESP_NO_PERMISSION,
			   2);
	desk_refused(rmqi_lite_pull_commit(c, NULL, NULL, 0, -1, desk.detail), RMQ_ERR_BROKER,
		     "NO_PERMISSION");
	before = commits();
	ck_assert_int_eq(rmqi_lite_pull_commit(c, &q, &one, 1, -1, NULL), RMQ_OK);
	ck_assert_uint_eq(commits(), before + 1);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 1), 1);
	/* And what was left is not forgotten. */
	must_commit_all();
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), 2);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 1), 2);
	end();
}
END_TEST

START_TEST(commit__of_a_topic_waits_for_no_answer_of_another)
{
	make(2);
	fake_broker_topic(desk.broker, "U", 2);
	for (int i = 0; i < 2; i++) {
		desk_put(i, 10 * i, 1);
		fake_broker_put(desk.broker, "U", i, "u", NULL);
	}
	start();
	ck_assert_int_eq(rmqi_lite_pull_subscribe(c, "U", RMQI_EXPRESSION_TAG, "*", NULL), RMQ_OK);
	desk_advance(1000);
	poll_lists(4);
	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER, 1);
	desk_refused(rmqi_lite_pull_commit(c, NULL, NULL, 0, 1000, desk.detail), RMQ_ERR_TIMEOUT,
		     "no answer to the commit in time");
	ck_assert_int_eq(fake_broker_committed(desk.broker, "U", 0), 1);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "U", 1), 1);
	end();
}
END_TEST

static void commit_named_quickly(struct rmqi_task *task)
{
	struct rmq_queue q = desk_queue(1);
	int64_t one = 1;

	(void)task;
	ck_assert_int_eq(rmqi_lite_pull_commit(c, &q, &one, 1, 1000, NULL), RMQ_OK);
}

/* Of another queue, by another thread, at the same time. */
START_TEST(commit__of_a_queue_waits_for_no_commit_of_another)
{
	struct rmqi_task beside = {.run = commit_named_quickly};
	struct rmqi_pool *pool = NULL;
	struct rmq_queue q = desk_queue(0);
	int64_t one = 1;

	make(2);
	for (int i = 0; i < 2; i++)
		desk_put(i, 10 * i, 2);
	start();
	poll_lists(2);
	must_commit_all();
	ck_assert_int_eq(rmqi_pool_new(&desk.env, "beside", 1, &pool), RMQ_OK);
	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER, 1);
	rmqi_post(rmqi_pool_executor(pool), &beside);
	ck_assert_int_eq(rmqi_lite_pull_commit(c, &q, &one, 1, -1, NULL), RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 1), 1);
	ck_assert(rmqi_pool_close(pool, RMQI_FOREVER, NULL));
	end();
}
END_TEST

/* A broker has many threads: the one of the period may be served last. */
START_TEST(commit__at_close_waits_for_that_of_the_period)
{
	make(1);
	desk_set("autoCommit", "true");
	desk_set("autoCommitIntervalMillis", "1000");
	desk_put(0, 0, 2);
	start();
	poll_lists(1);
	fake_broker_late_commit(desk.broker, 300);
	desk_advance(1100);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), 0);
	desk_put(0, 2, 1);
	desk_advance(50);
	poll_lists(1);
	ck_assert_int_eq(rmqi_handle_close(&c->member, -1, NULL), RMQ_OK);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), 3);
	desk_advance(1000);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), 3);
	end();
}
END_TEST

/* --- Nobody waits ----------------------------------------------------------------------------------- */

static struct {
	unsigned count;
	unsigned failed;
	enum rmq_error error;
	enum rmq_error closed;
} told;

static void on_committed(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	(void)detail;
	(void)arg;
	told.count++;
	told.failed += error != RMQ_OK ? 1 : 0;
	told.error = error;
}

static void commit_soon(void)
{
	ck_assert_int_eq(rmqi_lite_pull_commit_async(c, NULL, NULL, 0, on_committed, NULL, NULL),
			 RMQ_OK);
}

enum { CROWD = 100000 };

/* Each of another place, or all of the last one. */
static void commit_often(bool is_moving)
{
	struct rmq_queue q = desk_queue(0);

	memset(&told, 0, sizeof(told));
	for (int64_t i = 1; i <= CROWD; i++) {
		int64_t offset = 1 + (is_moving ? i : CROWD);

		ck_assert_int_eq(
			rmqi_lite_pull_commit_async(c, &q, &offset, 1, on_committed, NULL, NULL),
			RMQ_OK);
	}
}

/* Of another queue, meanwhile. */
static void commit_beside(void)
{
	struct rmq_queue q = desk_queue(1);
	int64_t one = 1;

	ck_assert_int_eq(rmqi_lite_pull_commit(c, &q, &one, 1, 1000, NULL), RMQ_OK);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 1), 1);
}

static unsigned begin_crowd(void)
{
	make(2);
	desk_put(0, 0, 1);
	desk_put(1, 1, 2);
	start();
	poll_lists(2);
	must_commit_all();
	return commits();
}

/* One is on its way, one stands behind it, whoever else comes. */
START_TEST(commit__of_a_crowd_at_a_late_broker_takes_two_requests)
{
	unsigned before = begin_crowd();

	fake_broker_late_commit(desk.broker, 3000);
	commit_often(_i == 1);
	ck_assert_uint_eq(told.count, 0);
	commit_beside();
	desk_advance(4000);
	ck_assert_uint_eq(told.count, CROWD);
	ck_assert_uint_eq(told.failed, 0);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), CROWD + 1);
	ck_assert_uint_le(commits(), before + 3);
	end();
}
END_TEST

START_TEST(commit__of_a_crowd_at_a_silent_broker_ends_with_two_requests)
{
	unsigned before = begin_crowd();

	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER,
			   FAKE_FOREVER);
	commit_often(_i == 1);
	desk_advance(11000);
	ck_assert_uint_eq(told.count, CROWD);
	ck_assert_uint_eq(told.failed, CROWD);
	ck_assert_int_eq(told.error, RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(commits(), before + 2);
	end();
}
END_TEST

static void commit_at(int64_t offset)
{
	struct rmq_queue q = desk_queue(0);

	ck_assert_int_eq(rmqi_lite_pull_commit_async(c, &q, &offset, 1, on_committed, NULL, NULL),
			 RMQ_OK);
}

/* Two are behind the one that is on its way when the queue begins elsewhere. */
START_TEST(commit__before_a_seek_is_told_or_fails)
{
	struct rmq_queue q = desk_queue(0);

	memset(&told, 0, sizeof(told));
	make(1);
	desk_put(0, 0, 9);
	start();
	poll_lists(1);
	must_commit_all();
	fake_broker_late_commit(desk.broker, 300);
	for (int64_t i = 1; i <= 3; i++)
		commit_at(i);
	ck_assert_int_eq(rmqi_lite_pull_seek(c, &q, RMQI_SEEK_OFFSET, 7, NULL), RMQ_OK);
	ck_assert_uint_eq(told.count, 0);
	desk_advance(600);
	ck_assert_uint_eq(told.count, 3);
	ck_assert_uint_eq(told.failed, 0);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), 3);
	end();
}
END_TEST

/* Nothing of the group is known there: one goes ahead. */
START_TEST(commit__of_many_queues_at_a_silent_broker_ends_after_two_requests)
{
	unsigned before;

	memset(&told, 0, sizeof(told));
	make(16);
	for (int i = 0; i < 16; i++)
		desk_put(i, 10 * i, 1);
	start();
	poll_lists(16);
	before = commits();
	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER,
			   FAKE_FOREVER);
	commit_soon();
	desk_advance(11000);
	ck_assert_uint_eq(told.count, 1);
	ck_assert_int_eq(told.error, RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(commits(), before + 2);
	end();
}
END_TEST

/* What each costs does not grow with the queues. */
START_TEST(commit__of_a_crowd_shares_what_is_kept_of_it)
{
	uint64_t before;

	make(64);
	for (int i = 0; i < 64; i++) {
		fake_broker_set_committed(desk.broker, "T", i, 1);
		desk_put(i, 10 * i, 3);
	}
	start();
	poll_lists(64);
	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER,
			   FAKE_FOREVER);
	commit_soon();
	commit_soon();
	before = rmqi_mem_allocations();
	for (int i = 0; i < 100; i++)
		commit_soon();
	ck_assert_uint_lt(rmqi_mem_allocations() - before, 100 * 8);
	end();
}
END_TEST

/* --- The disk -------------------------------------------------------------------------------------- */

static void commit_and_close(struct rmqi_task *task)
{
	rmq_messages *l = NULL;

	(void)task;
	desk_put(0, 4, 1);
	ck_assert_int_eq(rmqi_lite_pull_poll(c, 1000, &l, NULL), RMQ_OK);
	rmq_messages_free(l);
	commit_soon();
	ck_assert_uint_eq(told.count, 0);
	told.closed = rmqi_handle_close(&c->member, 2000, NULL);
}

START_TEST(commit__that_a_disk_holds_up_beyond_the_close_is_told)
{
	char folder[256];

	make(1);
	memset(&told, 0, sizeof(told));
	disk.meanwhile.run = commit_and_close;
	ck_assert_int_eq(rmqi_pool_new(&desk.env, "beside", 1, &disk.beside), RMQ_OK);
	ck_assert(make_scratch(folder, sizeof(folder)));
	desk_set("messageModel", "BROADCASTING");
	desk_set("localOffsetStoreDir", folder);
	desk_put(0, 0, 4);
	start();
	poll_lists(1);
	disk.ms = 60000;
	commit_soon();
	desk_advance(61000);
	ck_assert_int_eq(told.closed, RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_int_ne(told.error, RMQ_OK);
	ck_assert(rmqi_pool_close(disk.beside, RMQI_FOREVER, NULL));
	end();
	remove_tree(folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		commit__sends_what_is_new_and_no_more,
		commit__where_0_was_told_sends_one_ahead,
		commit__that_goes_back_is_sent,
		commit__of_named_queues_waits_for_no_other,
		commit__of_a_topic_waits_for_no_answer_of_another,
		commit__of_a_queue_waits_for_no_commit_of_another,
		commit__at_close_waits_for_that_of_the_period,
		commit__before_a_seek_is_told_or_fails,
		commit__of_many_queues_at_a_silent_broker_ends_after_two_requests,
		commit__of_a_crowd_shares_what_is_kept_of_it,
		commit__that_a_disk_holds_up_beyond_the_close_is_told,
	};
	struct suite s;

	suite_open(&s, "lite_commit");
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, commit__of_a_crowd_at_a_late_broker_takes_two_requests, 2);
	suite_add_loop(&s, commit__of_a_crowd_at_a_silent_broker_ends_with_two_requests, 2);
	return suite_run(&s);
}
