/* SPDX-License-Identifier: Apache-2.0 */
/* t_poll_buffer.c - what waits for a poll: when it is full, what paused queues keep, lists in a fork. */
#include <sys/wait.h>
#include <unistd.h>

#include "consumer/handle.h"
#include "consumer/lite_pull_consumer.h"
#include "consumer/mq.h"
#include "tests/consumer/desk.h"
#include "tests/support/forks.h"
#include "tests/support/suite.h"

static rmq_lite_pull_consumer *c;

static void make(int queues, const char *key, const char *value)
{
	desk_open(queues);
	desk_set("pullBatchSize", "4");
	if (key)
		desk_set(key, value);
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
}

static void start(void)
{
	ck_assert_int_eq(rmqi_lite_pull_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_advance(1000);
}

static void end(void)
{
	rmqi_handle_free(&c->member);
	desk_close();
}

static rmq_messages *poll_now(void)
{
	rmq_messages *l = (rmq_messages *)&desk;

	ck_assert_int_eq(rmqi_lite_pull_poll(c, 0, &l, NULL), RMQ_OK);
	return l;
}

static void poll_all(int from, int count)
{
	/* How they were pulled does not matter. */
	for (int i = 0; i < count;) {
		rmq_messages *l = poll_now();

		ck_assert_uint_gt(rmq_messages_count(l), 0);
		desk_must_have(l, from + i, (int)rmq_messages_count(l));
		i += (int)rmq_messages_count(l);
		rmq_messages_free(l);
		desk_advance(100);
	}
}

static struct rmqi_mq *only_mq(void)
{
	struct rmqi_sub *sub = rmqi_subscriptions_find(&c->member.consumer.subs, "T");

	return RMQI_LIST_ITEM(sub->mqs.next, struct rmqi_mq, link);
}

START_TEST(pause__holds_back_one_queue_until_it_is_resumed)
{
	struct rmq_queue q[] = {{"T", "broker-a", 0}, {"T", "broker-a", 9}};
	rmq_messages *l;

	make(2, NULL, NULL);
	start();
	desk_put(0, 0, 2);
	desk_advance(100);
	ck_assert_int_eq(rmqi_lite_pull_hold(c, q, 1, true, NULL), RMQ_OK);
	desk_put(0, 2, 2);
	desk_put(1, 100, 1);
	desk_advance(1000);
	l = poll_now();
	desk_must_have(l, 100, 1);
	rmq_messages_free(l);
	ck_assert_ptr_null(poll_now());
	desk_refused(rmqi_lite_pull_hold(c, q, 2, false, desk.detail), RMQ_ERR_NOT_FOUND,
		     "queue 9 of topic T");
	ck_assert_ptr_null(poll_now());
	ck_assert_int_eq(rmqi_lite_pull_hold(c, q, 1, false, NULL), RMQ_OK);
	desk_advance(1000);
	poll_all(0, 4);
	end();
}
END_TEST

START_TEST(pull__pauses_when_enough_waits_for_a_poll)
{
	make(1, "pullThresholdForAll", "6");
	desk_put(0, 0, 40);
	start();
	ck_assert_uint_eq(c->buffer.count, 8);
	poll_all(0, 40);
	end();
}
END_TEST

START_TEST(pull__goes_on_when_a_list_that_it_waits_for_is_freed)
{
	rmq_messages *l[4];

	make(1, "pullThresholdForQueue", "10");
	desk_put(0, 0, 40);
	start();
	for (int i = 0; i < 3; i++)
		l[i] = poll_now();
	ck_assert_ptr_null(poll_now());
	desk_advance(60000);
	ck_assert_ptr_null(poll_now());
	rmq_messages_free(l[1]);
	desk_advance(1);
	l[3] = poll_now();
	desk_must_have(l[3], 12, 4);
	rmq_messages_free(l[0]);
	rmq_messages_free(l[2]);
	rmq_messages_free(l[3]);
	end();
}
END_TEST

START_TEST(pause__of_what_fills_the_buffer_lets_others_go_on)
{
	struct rmq_queue bulk = desk_queue(0);

	make(2, "pullThresholdForAll", "6");
	desk_put(0, 0, 40);
	start();
	ck_assert_uint_ge(c->buffer.count, 6);
	ck_assert_int_eq(rmqi_lite_pull_hold(c, &bulk, 1, true, NULL), RMQ_OK);
	ck_assert_uint_eq(c->buffer.count, 0);
	/* More than the pull that was under way may bring. */
	for (int i = 0; i < 10; i++) {
		desk_put(1, 100 + i, 1);
		desk_advance(100);
		poll_all(100 + i, 1);
	}
	ck_assert_ptr_null(poll_now());
	ck_assert_int_eq(rmqi_lite_pull_hold(c, &bulk, 1, false, NULL), RMQ_OK);
	ck_assert_uint_ge(c->buffer.count, 6);
	poll_all(0, 40);
	ck_assert_uint_eq(c->buffer.count, 0);
	end();
}
END_TEST

START_TEST(poll__gives_every_queue_its_turn)
{
	rmq_messages *l;
	int of_second = 0;

	make(2, NULL, NULL);
	desk_put(0, 0, 40);
	start();
	desk_put(1, 100, 4);
	desk_advance(100);
	for (int i = 0; i < 2; i++) {
		l = poll_now();
		of_second += rmq_message_queue(rmq_messages_at(l, 0))->queue_id == 1;
		rmq_messages_free(l);
	}
	ck_assert_int_eq(of_second, 1);
	end();
}
END_TEST

/* In the child: is anything of the consumer touched? */
static int free_in_child(rmq_messages *l)
{
	pid_t pid = fork();
	int status = -1;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		rmq_messages_free(l);
		_exit(rmqi_mq_done_offset(only_mq()) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(list__is_left_as_it_is_in_the_child_of_a_fork)
{
	rmq_messages *l;

	make(1, NULL, NULL);
	desk_put(0, 0, 4);
	start();
	l = poll_now();
	ck_assert_int_eq(free_in_child(l), 0);
	desk_must_have(l, 0, 4);
	rmq_messages_free(l);
	ck_assert_int_eq(rmqi_mq_done_offset(only_mq()), 4);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pause__holds_back_one_queue_until_it_is_resumed,
		pause__of_what_fills_the_buffer_lets_others_go_on,
		poll__gives_every_queue_its_turn,
		pull__pauses_when_enough_waits_for_a_poll,
		pull__goes_on_when_a_list_that_it_waits_for_is_freed,
		list__is_left_as_it_is_in_the_child_of_a_fork,
	};

	return run_suite("poll_buffer", tests, RMQI_COUNT(tests));
}
