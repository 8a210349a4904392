/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/queue.h>

#include "base/detail.h"
#include "base/macros.h"
#include "codec/codes.h"
#include "consumer/mq.h"
#include "send/queues.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

#define OWN_ID "10.0.0.1@me"

/* What the function was told: "T [0 1] +0 +1" ... held in brackets, assigned, revoked. */
struct told {
	struct rig *rig;
	char text[2048];
	size_t len;
	int64_t slow_ms;
	bool must_close;
	enum rmq_error closed;
	bool is_running; /* now */
	size_t ended;    /* calls of the listener */
	/* As it was when the last call returned. */
	size_t seen; /* by the listener, whose calls have ended */
	int seen_new;
	int seen_held;
	unsigned pulls; /* asked of the broker */
	int64_t kept;   /* committed */
};

static struct told told;

static void add(const char *format, const char *text, int number)
{
	told.len += (size_t)snprintf(told.text + told.len, sizeof(told.text) - told.len, format,
				     text, number);
	ck_assert_uint_lt(told.len, sizeof(told.text));
}

static void add_queues(const char *sign, const rmq_queues *queues)
{
	for (size_t i = 0; i < queues->count; i++)
		add("%s%d", sign, (int)queues->list[i].queue_id);
}

static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	struct told *t = arg;

	/* One call after the other. */
	ck_assert(!t->is_running);
	t->is_running = true;
	if (t->slow_ms > 0)
		rig_sleep(t->rig, t->slow_ms);
	t->seen = t->rig->during ? t->ended : t->rig->seen_count;
	t->pulls = fake_broker_count(t->rig->broker, RMQI_REQ_PULL_MESSAGE);
	t->kept = rig_committed(t->rig);
	t->seen_new = rig_seen(t->rig, "new");
	t->seen_held = rig_seen(t->rig, "held");
	add("%s [%d]", topic, (int)held->count);
	add_queues(" +", assigned);
	add_queues(" -", revoked);
	add("%s", ";", 0);
	t->is_running = false;
	if (!t->must_close)
		return;
	t->must_close = false;
	t->closed = rmqi_push_consumer_close(t->rig->consumer, 5000, NULL);
}

static struct rig *begin(int queues)
{
	struct rig *r = rig_new(1, queues, NULL);

	told = (struct told){.rig = r, .closed = RMQ_ERR_STATE};
	for (int i = 0; i < queues; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	ck_assert_int_eq(rmqi_push_consumer_set_queues_fn(r->consumer, on_queues, &told, NULL),
			 RMQ_OK);
	return r;
}

static void share_with(struct rig *r, const char *members)
{
	fake_broker_members(r->broker, members);
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 200);
}

START_TEST(queues__come_and_go_in_order)
{
	struct rig *r = begin(4);

	rig_start(r);
	rig_advance(r, 100);
	ck_assert_str_eq(told.text, "T [4] +0 +1 +2 +3;");
	share_with(r, "10.0.0.0@a," OWN_ID);
	share_with(r, OWN_ID ",20.0.0.0@b");
	share_with(r, OWN_ID ",20.0.0.0@b");
	ck_assert_str_eq(told.text, "T [4] +0 +1 +2 +3;T [2] -0 -1;T [2] +0 +1 -2 -3;");
	rig_free(r);
	ck_assert_str_eq(told.text, "T [4] +0 +1 +2 +3;T [2] -0 -1;T [2] +0 +1 -2 -3;T [0] -0 -1;");
}
END_TEST

START_TEST(queues__wait_until_their_owner_was_told)
{
	struct rig *r = begin(2);

	rig_put(r, 5);
	told.slow_ms = 2000;
	rig_start(r);
	rig_advance(r, 2100);
	/* %RETRY% is pulled, and nothing else. */
	ck_assert_uint_eq(told.pulls, 1);
	ck_assert_uint_eq(told.seen, 0);
	ck_assert_uint_eq(r->seen_count, 5);
	rig_free(r);
}
END_TEST

START_TEST(queues__that_are_held_do_not_wait_for_new_ones)
{
	struct rig *r = begin(2);

	rig_start(r);
	share_with(r, OWN_ID ",20.0.0.0@b");
	told.slow_ms = 3000;
	fake_broker_members(r->broker, NULL);
	fake_broker_notify(r->broker, "G");
	fake_broker_put(r->broker, "T", 0, "held", NULL);
	fake_broker_put(r->broker, "T", 1, "new", NULL);
	rig_advance(r, 4000);
	ck_assert_int_eq(told.seen_held, 1);
	ck_assert_int_eq(told.seen_new, 0);
	ck_assert_int_eq(rig_seen(r, "new"), 1);
	rig_free(r);
}
END_TEST

static void has_ended(struct rig *r, const rmq_message *m)
{
	(void)r;
	(void)m;
	told.ended++;
}

START_TEST(close__revokes_between_the_last_listener_and_the_last_commit)
{
	struct rig *r = begin(1);

	r->slow_ms = 500;
	r->during = has_ended;
	rig_start(r);
	rig_put(r, 1);
	rig_advance(r, 1);
	told.slow_ms = 100;
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 5000, NULL), RMQ_OK);
	ck_assert_str_eq(told.text, "T [1] +0;T [0] -0;");
	ck_assert_uint_eq(told.seen, 1);
	ck_assert_int_eq(told.kept, 0);
	ck_assert_int_eq(rig_committed(r), 1);
	rig_free(r);
}
END_TEST

START_TEST(close__within_the_function_is_fine)
{
	struct rig *r = begin(1);

	told.must_close = true;
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(told.closed, RMQ_OK);
	ck_assert_str_eq(told.text, "T [1] +0;T [0] -0;");
	rig_free(r);
}
END_TEST

/* The one that closes waits for the function: it must not wait for the one that closes. */
START_TEST(close__within_the_function_does_not_wait_for_another_close)
{
	struct rig *r = begin(1);
	int64_t before;

	rig_start(r);
	rig_advance(r, 100);
	told.must_close = true;
	before = rig_now(r);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 5000, NULL), RMQ_OK);
	ck_assert_int_eq(told.closed, RMQ_OK);
	ck_assert_int_lt(rig_now(r) - before, 1000);
	ck_assert_str_eq(told.text, "T [1] +0;T [0] -0;");
	rig_free(r);
}
END_TEST

START_TEST(unsubscribe__revokes)
{
	struct rig *r = begin(2);

	rig_start(r);
	rig_advance(r, 100);
	fake_broker_topic(r->broker, "U", 1);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "U", "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_OK);
	rig_advance(r, 300);
	ck_assert_str_eq(told.text, "T [2] +0 +1;T [0] -0 -1;U [1] +0;");
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "*", NULL), RMQ_OK);
	rig_advance(r, 300);
	ck_assert_str_eq(told.text, "T [2] +0 +1;T [0] -0 -1;U [1] +0;T [2] +0 +1;");
	rig_free(r);
}
END_TEST

static void reset_queue(void *arg)
{
	struct rig *r = arg;
	struct rmqi_sub *sub = rmqi_subscriptions_find(&r->consumer->member.consumer.subs, "T");

	ck_assert_int_eq(rmqi_mq_reset(RMQI_LIST_ITEM(sub->mqs.next, struct rmqi_mq, link), 0),
			 RMQ_OK);
}

START_TEST(reset__is_no_change)
{
	struct rig *r = begin(1);

	rig_start(r);
	rig_put(r, 3);
	rig_advance(r, 100);
	ck_assert_uint_eq(r->seen_count, 3);
	rmqi_loop_call(r->consumer->member.consumer.loop, reset_queue, r);
	rig_advance(r, 100);
	ck_assert_uint_eq(r->seen_count, 6);
	ck_assert_str_eq(told.text, "T [1] +0;");
	rig_free(r);
}
END_TEST

START_TEST(queues_fn__is_set_before_start)
{
	struct rig *r = begin(1);
	rmq_error_detail *d = rmqi_detail_new();

	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_set_queues_fn(r->consumer, on_queues, &told, d),
			 RMQ_ERR_STATE);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "before start"));
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		queues__come_and_go_in_order,
		queues__wait_until_their_owner_was_told,
		queues__that_are_held_do_not_wait_for_new_ones,
		close__revokes_between_the_last_listener_and_the_last_commit,
		close__within_the_function_is_fine,
		close__within_the_function_does_not_wait_for_another_close,
		unsubscribe__revokes,
		reset__is_no_change,
		queues_fn__is_set_before_start,
	};

	return run_suite("holdings", tests, RMQI_COUNT(tests));
}
