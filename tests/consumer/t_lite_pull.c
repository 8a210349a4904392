/* SPDX-License-Identifier: Apache-2.0 */
/* A lite pull consumer of group G: what poll hands out, and what becomes of its queues. */
#include <string.h>

#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/assign.h"
#include "consumer/handle.h"
#include "consumer/lite_pull_consumer.h"
#include "send/queues.h"
#include "tests/consumer/desk.h"
#include "tests/support/suite.h"

static rmq_lite_pull_consumer *c;

static void make(int queues)
{
	desk_open(queues);
	desk_set("pullBatchSize", "4");
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
}

static void start(void)
{
	ck_assert_int_eq(rmqi_lite_pull_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_advance(1000);
}

static void free_consumer(void)
{
	rmqi_handle_free(&c->member);
	c = NULL;
}

static void end(void)
{
	if (c)
		free_consumer();
	desk_close();
}

static rmq_messages *poll_now(void)
{
	rmq_messages *l = (rmq_messages *)&desk;

	ck_assert_int_eq(rmqi_lite_pull_poll(c, 0, &l, NULL), RMQ_OK);
	return l;
}

static int64_t committed(int queue)
{
	return fake_broker_committed(desk.broker, "T", queue);
}

/* --- Poll ------------------------------------------------------------------------------------------ */

START_TEST(poll__hands_out_what_came_in_order)
{
	rmq_messages *l;

	make(1);
	desk_put(0, 0, 6);
	start();
	l = poll_now();
	desk_must_have(l, 0, 4);
	rmq_messages_free(l);
	l = poll_now();
	desk_must_have(l, 4, 2);
	rmq_messages_free(l);
	ck_assert_ptr_null(poll_now());
	ck_assert_ptr_nonnull(strstr(fake_broker_heartbeat(desk.broker), "CONSUME_ACTIVELY"));
	ck_assert_ptr_null(strstr(fake_broker_heartbeat(desk.broker), "%RETRY%"));
	end();
}
END_TEST

START_TEST(poll__waits_for_messages_until_its_time_is_over)
{
	rmq_messages *l = NULL;
	int64_t before;

	make(1);
	start();
	before = rmqi_clock_us(desk.env.clock);
	ck_assert_int_eq(rmqi_lite_pull_poll(c, 700, &l, NULL), RMQ_OK);
	ck_assert_ptr_null(l);
	ck_assert_int_eq(rmqi_clock_us(desk.env.clock) - before, 700 * 1000);
	desk_put(0, 0, 1);
	ck_assert_int_eq(rmqi_lite_pull_poll(c, -1, &l, NULL), RMQ_OK);
	desk_must_have(l, 0, 1);
	rmq_messages_free(l);
	end();
}
END_TEST

START_TEST(poll__needs_a_consumer_that_runs)
{
	rmq_messages *l = NULL;

	make(1);
	desk_refused(rmqi_lite_pull_poll(c, 0, &l, desk.detail), RMQ_ERR_STATE, "is not started");
	start();
	ck_assert_int_eq(rmqi_handle_close(&c->member, -1, NULL), RMQ_OK);
	desk_refused(rmqi_lite_pull_poll(c, 0, &l, desk.detail), RMQ_ERR_STATE, "was closed");
	ck_assert_ptr_null(l);
	end();
}
END_TEST

/* Runs while a poll waits. */
struct closing {
	struct rmqi_timer timer;
};

static void close_buffer(struct rmqi_timer *t)
{
	(void)t;
	c->buffer.sink.stop(&c->buffer.sink);
}

START_TEST(poll__ends_when_the_consumer_closes)
{
	struct closing k;
	rmq_messages *l = NULL;
	int64_t before;

	make(1);
	start();
	ck_assert_int_eq(
		rmqi_timer_init(&k.timer, rmqi_loop_timers(c->member.consumer.loop), close_buffer),
		RMQ_OK);
	rmqi_timer_start_ms(&k.timer, 300);
	before = rmqi_clock_us(desk.env.clock);
	desk_refused(rmqi_lite_pull_poll(c, 60000, &l, desk.detail), RMQ_ERR_STATE, "was closed");
	ck_assert_int_eq(rmqi_clock_us(desk.env.clock) - before, 300 * 1000);
	rmqi_timer_deinit(&k.timer);
	end();
}
END_TEST

/* --- What is committed ------------------------------------------------------------------------------ */

START_TEST(commit__by_itself_is_of_lists_that_were_freed)
{
	rmq_messages *first, *second;

	make(1);
	desk_put(0, 0, 8);
	start();
	first = poll_now();
	second = poll_now();
	rmq_messages_free(second);
	desk_advance(6000);
	/* The first one is still worked on. */
	ck_assert_int_eq(committed(0), 0);
	rmq_messages_free(first);
	desk_advance(6000);
	ck_assert_int_eq(committed(0), 8);
	end();
}
END_TEST

START_TEST(close__commits_what_is_done_and_no_more)
{
	rmq_messages *first, *second;

	make(1);
	desk_put(0, 0, 12);
	start();
	first = poll_now();
	second = poll_now();
	rmq_messages_free(first);
	free_consumer();
	ck_assert_int_eq(committed(0), 4);
	/* It outlives the consumer. */
	desk_must_have(second, 4, 4);
	rmq_messages_free(second);
	ck_assert_int_eq(committed(0), 4);
	end();
}
END_TEST

START_TEST(commit__without_autocommit_is_what_the_user_says)
{
	struct rmq_queue q = desk_queue(0);
	int64_t three = 3, now = -7;

	make(1);
	free_consumer();
	desk_set("autoCommit", "false");
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
	desk_put(0, 0, 12);
	start();
	rmq_messages_free(poll_now());
	rmq_messages_free(poll_now());
	desk_advance(60000);
	ck_assert_int_eq(committed(0), -1);
	ck_assert_int_eq(rmqi_lite_pull_commit(c, &q, &three, 1, -1, NULL), RMQ_OK);
	ck_assert_int_eq(committed(0), 3);
	/* Everything that was polled. */
	ck_assert_int_eq(rmqi_lite_pull_commit(c, NULL, NULL, 0, -1, NULL), RMQ_OK);
	ck_assert_int_eq(committed(0), 8);
	ck_assert_int_eq(rmqi_lite_pull_committed(c, &q, &now, NULL), RMQ_OK);
	ck_assert_int_eq(now, 8);
	rmq_messages_free(poll_now());
	free_consumer();
	ck_assert_int_eq(committed(0), 8);
	end();
}
END_TEST

START_TEST(commit__of_offsets_needs_a_queue_that_is_held_and_no_autocommit)
{
	struct rmq_queue q = desk_queue(0), other = desk_queue(7);
	int64_t one = 1;

	make(1);
	start();
	desk_refused(rmqi_lite_pull_commit(c, &q, &one, 1, -1, desk.detail), RMQ_ERR_STATE,
		     "set autoCommit to false");
	free_consumer();
	desk_set("autoCommit", "false");
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
	start();
	desk_refused(rmqi_lite_pull_commit(c, &other, &one, 1, -1, desk.detail), RMQ_ERR_NOT_FOUND,
		     "queue 7 of topic T at broker-a is not held");
	end();
}
END_TEST

START_TEST(commit__that_fails_or_gets_no_answer_is_told)
{
	make(1);
	desk_put(0, 0, 4);
	start();
	rmq_messages_free(poll_now());
	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, RMQI_RESP_NO_PERMISSION,
			   1);
	desk_refused(rmqi_lite_pull_commit(c, NULL, NULL, 0, -1, desk.detail), RMQ_ERR_BROKER,
		     "offsets of 1 queues were not committed: T@broker-a:0: NO_PERMISSION");
	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER, 1);
	desk_refused(rmqi_lite_pull_commit(c, NULL, NULL, 0, 100, desk.detail), RMQ_ERR_TIMEOUT,
		     "no answer to the commit in time");
	/* The next one waits for that round, and is served. */
	ck_assert_int_eq(rmqi_lite_pull_commit(c, NULL, NULL, 0, 20000, NULL), RMQ_OK);
	ck_assert_int_eq(committed(0), 4);
	end();
}
END_TEST

static unsigned commits_told;
static enum rmq_error commit_error;

static void on_committed(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	(void)detail;
	ck_assert_ptr_eq(arg, &commits_told);
	commits_told++;
	commit_error = error;
}

START_TEST(commit__without_waiting_is_told_once)
{
	make(1);
	desk_put(0, 0, 4);
	start();
	commits_told = 0;
	rmq_messages_free(poll_now());
	ck_assert_int_eq(
		rmqi_lite_pull_commit_async(c, NULL, NULL, 0, on_committed, &commits_told, NULL),
		RMQ_OK);
	desk_advance(100);
	ck_assert_uint_eq(commits_told, 1);
	ck_assert_int_eq(commit_error, RMQ_OK);
	ck_assert_int_eq(committed(0), 4);
	desk_put(0, 4, 4);
	desk_advance(100);
	rmq_messages_free(poll_now());
	fake_broker_refuse(desk.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER,
			   FAKE_FOREVER);
	ck_assert_int_eq(
		rmqi_lite_pull_commit_async(c, NULL, NULL, 0, on_committed, &commits_told, NULL),
		RMQ_OK);
	ck_assert_int_eq(
		rmqi_lite_pull_commit_async(c, NULL, NULL, 0, on_committed, &commits_told, NULL),
		RMQ_OK);
	free_consumer();
	ck_assert_uint_eq(commits_told, 3);
	ck_assert_int_ne(commit_error, RMQ_OK);
	end();
}
END_TEST

/* --- Queues that come and go ------------------------------------------------------------------------ */

static void lose_all(void)
{
	fake_broker_members(desk.broker, "0,1,2,3," DESK_ID);
	fake_broker_notify(desk.broker, "G");
	desk_advance(2000);
	ck_assert_uint_eq(atomic_load(&c->member.consumer.queue_count), 0);
}

static void regain_all(void)
{
	fake_broker_members(desk.broker, DESK_ID);
	fake_broker_notify(desk.broker, "G");
	desk_advance(2000);
}

START_TEST(queue__that_is_lost_hands_out_nothing_and_moves_nothing)
{
	rmq_messages *old, *l;

	make(1);
	desk_put(0, 0, 12);
	start();
	rmq_messages_free(poll_now());
	old = poll_now();
	lose_all();
	ck_assert_int_eq(committed(0), 4);
	ck_assert_ptr_null(poll_now());
	regain_all();
	/* Of the time before: it is done, but nobody committed it, and it comes again. */
	rmq_messages_free(old);
	desk_advance(6000);
	ck_assert_int_eq(committed(0), 4);
	l = poll_now();
	desk_must_have(l, 4, 4);
	rmq_messages_free(l);
	desk_advance(6000);
	ck_assert_int_eq(committed(0), 8);
	end();
}
END_TEST

START_TEST(queue__lost_and_regained_is_not_committed_past_what_was_dropped)
{
	make(1);
	free_consumer();
	desk_set("autoCommit", "false");
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
	desk_put(0, 0, 12);
	start();
	rmq_messages_free(poll_now());
	lose_all();
	regain_all();
	/* All twelve wait in the buffer again. */
	ck_assert_int_eq(rmqi_lite_pull_commit(c, NULL, NULL, 0, -1, NULL), RMQ_OK);
	ck_assert_int_eq(committed(0), 0);
	end();
}
END_TEST

START_TEST(seek__drops_what_was_fetched_and_the_call_under_way)
{
	struct rmq_queue q = desk_queue(0);
	rmq_messages *old, *l;

	make(1);
	desk_put(0, 0, 8);
	start();
	old = poll_now();
	ck_assert_uint_eq(fake_broker_held(desk.broker), 1);
	ck_assert_int_eq(rmqi_lite_pull_seek(c, &q, RMQI_SEEK_OFFSET, 6, NULL), RMQ_OK);
	/* The pull that the broker still holds gets it, too: nobody wants that answer. */
	desk_put(0, 8, 1);
	desk_advance(1000);
	l = poll_now();
	desk_must_have(l, 6, 3);
	rmq_messages_free(l);
	ck_assert_ptr_null(poll_now());
	rmq_messages_free(old);
	desk_advance(6000);
	ck_assert_int_eq(committed(0), 9);
	end();
}
END_TEST

START_TEST(seek__goes_to_begin_end_and_time)
{
	struct rmq_queue q = desk_queue(0);
	rmq_messages *l;

	make(1);
	desk_put(0, 0, 4);
	fake_broker_trim(desk.broker, "T", 0, 2);
	start();
	rmq_messages_free(poll_now());
	ck_assert_int_eq(rmqi_lite_pull_seek(c, &q, RMQI_SEEK_BEGIN, 0, NULL), RMQ_OK);
	desk_advance(1000);
	l = poll_now();
	desk_must_have(l, 2, 2);
	rmq_messages_free(l);
	ck_assert_int_eq(rmqi_lite_pull_seek(c, &q, RMQI_SEEK_END, 0, NULL), RMQ_OK);
	desk_put(0, 4, 1);
	desk_advance(1000);
	l = poll_now();
	desk_must_have(l, 4, 1);
	rmq_messages_free(l);
	ck_assert_int_eq(rmqi_lite_pull_seek(c, &q, RMQI_SEEK_TIME, 1, NULL), RMQ_OK);
	ck_assert_str_eq(
		fake_broker_last(desk.broker, RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP, "timestamp"),
		"1");
	end();
}
END_TEST

START_TEST(seek__refuses_what_is_not_there)
{
	struct rmq_queue q = desk_queue(0), other = desk_queue(5), away = {"T", "broker-z", 0};

	make(1);
	desk_put(0, 0, 4);
	fake_broker_trim(desk.broker, "T", 0, 2);
	start();
	desk_refused(rmqi_lite_pull_seek(c, &q, RMQI_SEEK_OFFSET, 5, desk.detail),
		     RMQ_ERR_INVALID_ARGUMENT, "offset 5 is not in the queue: it has 2 to 4");
	desk_refused(rmqi_lite_pull_seek(c, &q, RMQI_SEEK_OFFSET, 1, desk.detail),
		     RMQ_ERR_INVALID_ARGUMENT, "offset 1 is not in the queue");
	desk_refused(rmqi_lite_pull_seek(c, &other, RMQI_SEEK_BEGIN, 0, desk.detail),
		     RMQ_ERR_NOT_FOUND, "queue 5 of topic T at broker-a is not held");
	desk_refused(rmqi_lite_pull_seek(c, &away, RMQI_SEEK_BEGIN, 0, desk.detail),
		     RMQ_ERR_NO_BROKER, "broker broker-z is not in the route of topic T");
	fake_broker_refuse(desk.broker, RMQI_REQ_GET_MIN_OFFSET, RMQI_RESP_SYSTEM_ERROR, 1);
	desk_refused(rmqi_lite_pull_seek(c, &q, RMQI_SEEK_OFFSET, 3, desk.detail), RMQ_ERR_BROKER,
		     "SYSTEM_ERROR");
	end();
}
END_TEST

/* --- Assign ---------------------------------------------------------------------------------------- */

static void expect_assignment(int first, size_t count)
{
	rmq_queues *q = NULL;

	ck_assert_int_eq(rmqi_member_assignment(&c->member, &q, NULL), RMQ_OK);
	ck_assert_uint_eq(q->count, count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_str_eq(q->list[i].topic, "T");
		ck_assert_str_eq(q->list[i].broker_name, "broker-a");
		ck_assert_int_eq(q->list[i].queue_id, first + (int)i);
	}
	rmqi_queues_free(q);
}

START_TEST(assign__holds_these_queues_whoever_else_is_in_the_group)
{
	struct rmq_queue q[] = {desk_queue(1), desk_queue(2)};
	rmq_queues *all = NULL;
	rmq_messages *l;

	make(4);
	fake_broker_members(desk.broker, "0,1,2,3,4,5," DESK_ID);
	for (int i = 0; i < 4; i++)
		desk_put(i, 100 * i, 1);
	/* The route is known before the start. */
	ck_assert_int_eq(rmqi_lite_pull_queues(c, "T", &all, NULL), RMQ_OK);
	rmqi_queues_free(all);
	ck_assert_int_eq(rmqi_lite_pull_assign(c, q, 1, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_wait_ready(&c->member, 10000, NULL), RMQ_OK);
	desk_advance(1000);
	l = poll_now();
	desk_must_have(l, 100, 1);
	rmq_messages_free(l);
	ck_assert_ptr_null(poll_now());
	expect_assignment(1, 1);
	/* The expression comes with each pull: nothing is subscribed. */
	ck_assert_str_eq(fake_broker_last(desk.broker, RMQI_REQ_PULL_MESSAGE, "subscription"), "*");
	ck_assert_ptr_null(strstr(fake_broker_heartbeat(desk.broker), "\"subString\""));
	ck_assert_int_eq(rmqi_lite_pull_assign(c, q + 1, 1, NULL, NULL), RMQ_OK);
	desk_advance(1000);
	expect_assignment(2, 1);
	/* What the first one had done was committed. */
	ck_assert_int_eq(committed(1), 1);
	l = poll_now();
	desk_must_have(l, 200, 1);
	rmq_messages_free(l);
	ck_assert_int_eq(rmqi_lite_pull_assign(c, NULL, 0, NULL, NULL), RMQ_OK);
	expect_assignment(0, 0);
	end();
}
END_TEST

START_TEST(assign__and_subscribe_exclude_each_other)
{
	struct rmq_queue q = desk_queue(0);

	make(1);
	ck_assert_int_eq(rmqi_lite_pull_assign(c, &q, 1, NULL, NULL), RMQ_OK);
	desk_refused(rmqi_lite_pull_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", desk.detail),
		     RMQ_ERR_STATE, "subscribe and assign exclude each other");
	free_consumer();
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_lite_pull_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", NULL), RMQ_OK);
	desk_refused(rmqi_lite_pull_assign(c, &q, 1, NULL, desk.detail), RMQ_ERR_STATE,
		     "subscribe and assign exclude each other");
	end();
}
END_TEST

START_TEST(queues__of_a_topic_are_told_before_the_start)
{
	rmq_queues *q = NULL;

	make(3);
	ck_assert_int_eq(rmqi_lite_pull_queues(c, "T", &q, NULL), RMQ_OK);
	ck_assert_uint_eq(q->count, 3);
	ck_assert_int_eq(q->list[2].queue_id, 2);
	rmqi_queues_free(q);
	q = NULL;
	desk_refused(rmqi_lite_pull_queues(c, "NONE", &q, desk.detail), RMQ_ERR_NO_ROUTE, "NONE");
	ck_assert_ptr_null(q);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		poll__hands_out_what_came_in_order,
		poll__waits_for_messages_until_its_time_is_over,
		poll__needs_a_consumer_that_runs,
		poll__ends_when_the_consumer_closes,
		commit__by_itself_is_of_lists_that_were_freed,
		close__commits_what_is_done_and_no_more,
		commit__without_autocommit_is_what_the_user_says,
		commit__of_offsets_needs_a_queue_that_is_held_and_no_autocommit,
		commit__that_fails_or_gets_no_answer_is_told,
		commit__without_waiting_is_told_once,
		queue__that_is_lost_hands_out_nothing_and_moves_nothing,
		queue__lost_and_regained_is_not_committed_past_what_was_dropped,
		seek__drops_what_was_fetched_and_the_call_under_way,
		seek__goes_to_begin_end_and_time,
		seek__refuses_what_is_not_there,
		assign__holds_these_queues_whoever_else_is_in_the_group,
		assign__and_subscribe_exclude_each_other,
		queues__of_a_topic_are_told_before_the_start,
	};

	return run_suite("lite_pull", tests, RMQI_COUNT(tests));
}
