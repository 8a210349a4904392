/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <rocketmq/event.h>
#include <rocketmq/queue.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "send/queues.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

#define OWN_ID "10.0.0.1@me"

/* What the strategy was asked, and what it answers. */
struct plan {
	struct rig *rig;
	size_t chosen[8];
	size_t count; /* of T; of %RETRY% it takes all */
	unsigned asked;
	size_t self;
	size_t members;
	bool was_on_loop;
	int64_t slow_ms;
};

static struct plan plan;
static unsigned refused, over;

static size_t choose(const rmq_queues *queues, const char *const *members, size_t member_count,
		     size_t self, size_t *chosen, void *arg)
{
	struct plan *p = arg;

	ck_assert_uint_gt(queues->count, 0);
	if (strcmp(queues->list[0].topic, "T") != 0) {
		for (size_t i = 0; i < queues->count; i++)
			chosen[i] = i;
		return queues->count;
	}
	ck_assert_str_eq(members[self], OWN_ID);
	p->asked++;
	p->self = self;
	p->members = member_count;
	p->was_on_loop = rmqi_loop_is_current(p->rig->consumer->member.consumer.loop);
	if (p->slow_ms > 0)
		rig_sleep(p->rig, p->slow_ms);
	for (size_t i = 0; i < RMQI_COUNT(p->chosen) && i < queues->count; i++)
		chosen[i] = p->chosen[i];
	return p->count;
}

static void on_event(const rmq_event *event, void *arg)
{
	(void)arg;
	refused += rmq_event_kind(event) == RMQ_EVENT_REFUSED ? 1 : 0;
	over += rmq_event_kind(event) == RMQ_EVENT_OVER ? 1 : 0;
}

static struct rig *begin(int queues)
{
	struct rig *r;

	rig_event_fn = on_event;
	r = rig_new(1, queues, NULL);
	rig_event_fn = NULL;
	refused = over = 0;
	plan = (struct plan){.rig = r};
	for (int i = 0; i < queues; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	ck_assert_int_eq(rmqi_push_consumer_set_allocate_fn(r->consumer, choose, &plan, NULL),
			 RMQ_OK);
	return r;
}

static void ask_again(struct rig *r)
{
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 300);
}

START_TEST(strategy__chooses_the_queues)
{
	struct rig *r = begin(4);

	plan.chosen[0] = 3;
	plan.chosen[1] = 1;
	plan.count = 2;
	fake_broker_members(r->broker, "10.0.0.0@a," OWN_ID ",10.0.0.2@b");
	rig_start(r);
	rig_advance(r, 300);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	ck_assert_uint_eq(plan.self, 1);
	ck_assert_uint_eq(plan.members, 3);
	ck_assert(!plan.was_on_loop);
	fake_broker_put(r->broker, "T", 3, "mine", NULL);
	fake_broker_put(r->broker, "T", 0, "not mine", NULL);
	rig_advance(r, 100);
	ck_assert_int_eq(rig_seen(r, "mine"), 1);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_str_eq(r->log, "");
	rig_free(r);
}
END_TEST

static const struct {
	size_t chosen[2];
	size_t count;
	const char *why;
} wrong[] = {
	{{0, 4}, 2, "chose a queue that is not there: 4, of 4 queues"},
	{{2, 2}, 2, "chose a queue twice: 2, of 4 queues"},
	{{0, 1}, 5, "returned 5, of 4 queues"},
	{{0, 1}, SIZE_MAX, "returned 18446744073709551615, of 4 queues"},
};

START_TEST(strategy__an_answer_that_is_none_is_told_and_changes_nothing)
{
	struct rig *r = begin(4);

	plan.chosen[0] = 2;
	plan.count = 1;
	rig_start(r);
	rig_advance(r, 300);
	plan.chosen[0] = wrong[_i].chosen[0];
	plan.chosen[1] = wrong[_i].chosen[1];
	plan.count = wrong[_i].count;
	ask_again(r);
	ask_again(r);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	ck_assert_ptr_nonnull(strstr(r->log, "topic T, share of the queues"));
	ck_assert_ptr_nonnull(strstr(r->log, wrong[_i].why));
	ck_assert_uint_eq(refused, 1);
	plan.chosen[0] = 0;
	plan.chosen[1] = 1;
	plan.count = 2;
	ask_again(r);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	ck_assert_uint_eq(over, 1);
	rig_free(r);
}
END_TEST

/* A notice that comes meanwhile is not lost, and does not ask while it is asked. */
START_TEST(strategy__may_take_its_time)
{
	struct rig *r = begin(4);

	plan.count = 1;
	plan.slow_ms = 5000;
	rig_start(r);
	rig_advance(r, 10);
	ck_assert_uint_eq(plan.asked, 1);
	plan.slow_ms = 0;
	ask_again(r);
	ck_assert_uint_ge(plan.asked, 2);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	rig_free(r);
}
END_TEST

START_TEST(strategy__is_asked_no_more_when_closed)
{
	struct rig *r = begin(4);
	unsigned asked;

	plan.count = 1;
	rig_start(r);
	rig_advance(r, 300);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	asked = plan.asked;
	rig_advance(r, 60000);
	ck_assert_uint_eq(plan.asked, asked);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		strategy__chooses_the_queues,
		strategy__may_take_its_time,
		strategy__is_asked_no_more_when_closed,
	};
	struct suite s;

	suite_open(&s, "own_share");
	suite_add_loop(&s, strategy__an_answer_that_is_none_is_told_and_changes_nothing,
		       RMQI_COUNT(wrong));
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
