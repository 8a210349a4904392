/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a consumer whose callbacks take their time: they get all that there is, and no more. */
#include <string.h>

#include "base/detail.h"
#include "base/recycler.h"
#include "consumer/handle.h"
#include "consumer/pull_consumer.h"
#include "tests/consumer/simple_stage.h"

/* --- Within a callback ------------------------------------------------------------------------- */

enum { CALLS = 4, SLOW_MS = 700, CLOSE_MS = 1000 };

static struct {
	int calls;
	enum rmq_error closed_as;
	int64_t took_ms;
} seen;

/* The first one closes; each of the others takes its time. */
static void on_told(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	int64_t before = rig_now(stage.rig);

	(void)error;
	(void)detail;
	(void)arg;
	if (seen.calls++ > 0) {
		rig_sleep(stage.rig, SLOW_MS);
		return;
	}
	seen.closed_as = stage_close(CLOSE_MS);
	seen.took_ms = rig_now(stage.rig) - before;
}

START_TEST(close__from_a_callback_begins_no_other_one_behind_its_deadline)
{
	memset(&seen, 0, sizeof(seen));
	stage_set_up_with("consumeFromWhere=CONSUME_FROM_FIRST_OFFSET;"
			  "clientCallbackExecutorThreads=1");
	stage_receive(CALLS);
	for (size_t i = 0; i < CALLS; i++)
		ck_assert_int_eq(rmqi_simple_consumer_ack_async(stage.consumer, stage.some[i],
								on_told, NULL, NULL),
				 RMQ_OK);
	stage_advance(10000);
	ck_assert_int_eq(seen.closed_as, RMQ_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(
		strstr(rmq_error_detail_message(stage.detail), "a callback still runs"));
	ck_assert_int_le(seen.took_ms, 2 * SLOW_MS);
	/* Behind it, all the same. */
	ck_assert_int_eq(seen.calls, CALLS);
	stage_tear_down();
}
END_TEST

/* --- Memory -------------------------------------------------------------------------------------- */

START_TEST(close__lets_go_of_the_memory_that_was_kept)
{
	struct rmqi_recycler *memory;

	stage_set_up();
	memory = stage.consumer->member.consumer.memory;
	stage_receive(32);
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch(stage.consumer, stage.some, 32, NULL, NULL),
			 RMQ_OK);
	stage_let_go();
	stage_receive(32);
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch(stage.consumer, stage.some, 32, NULL, NULL),
			 RMQ_OK);
	ck_assert_int_eq(stage_close(3000), RMQ_OK);
	ck_assert_uint_eq(rmqi_recycler_held(memory), 0);
	/* What comes back later, too. */
	stage_let_go();
	ck_assert_uint_eq(rmqi_recycler_held(memory), 0);
	stage_tear_down();
}
END_TEST

/* --- With real threads --------------------------------------------------------------------------- */

/* More than three quarters of what the close has. */
enum { LONG_MS = 3200, LONG_CLOSE_MS = 4000, IN_TIME_MS = 3700, ATTEMPTS = 10 };

struct world {
	struct rmqi_event entered;
	struct rmqi_event never;
	struct rmqi_event ended;
	int64_t ended_us;
};

static void take_long(enum rmq_error error, const rmq_pull_result *result,
		      const rmq_error_detail *detail, void *arg)
{
	struct world *w = arg;
	int64_t until = rmqi_clock_deadline(rmqi_env_real()->clock, LONG_MS);

	(void)error;
	(void)result;
	(void)detail;
	rmqi_event_set(&w->entered);
	(void)rmqi_event_wait(&w->never, until);
	w->ended_us = rmqi_clock_us(rmqi_env_real()->clock);
	rmqi_event_set(&w->ended);
}

static rmq_pull_consumer *start_pulling(struct fake_broker *b)
{
	struct rmq_config *config = rmqi_config_new();
	rmq_pull_consumer *c = NULL;

	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", fake_broker_address(b), NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_pull_consumer_new(config, "G", &c, NULL), RMQ_OK);
	rmqi_config_free(config);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	return c;
}

/* True: the callback ended in time. On a busy machine it may not, and then nothing is known of the close. */
static bool close_beside_a_callback(void)
{
	const struct rmqi_env *env = rmqi_env_real();
	struct fake_broker *b = fake_broker_new(env);
	struct rmq_queue q = {.topic = "T", .broker_name = "broker-a"};
	rmq_error_detail *d = rmqi_detail_new();
	rmq_pull_consumer *c;
	enum rmq_error err;
	struct world w;
	int64_t in_time_us;

	rmqi_event_init(&w.entered, env);
	rmqi_event_init(&w.never, env);
	rmqi_event_init(&w.ended, env);
	fake_broker_topic(b, "T", 1);
	fake_broker_put(b, "T", 0, "m", NULL);
	c = start_pulling(b);
	ck_assert_int_eq(rmqi_pull_consumer_pull_async(c, &q, 0, NULL, take_long, &w, d), RMQ_OK);
	ck_assert(rmqi_event_wait(&w.entered, rmqi_clock_deadline(env->clock, 10000)));
	in_time_us = rmqi_clock_deadline(env->clock, IN_TIME_MS);
	err = rmqi_handle_close(&c->member, LONG_CLOSE_MS, d);
	ck_assert(rmqi_event_wait(&w.ended, rmqi_clock_deadline(env->clock, 60000)));
	ck_assert_msg(err == RMQ_OK || w.ended_us > in_time_us, "%s", rmq_error_detail_message(d));
	rmq_error_detail_free(d);
	rmqi_handle_free(&c->member);
	fake_broker_free(b);
	rmqi_event_deinit(&w.entered);
	rmqi_event_deinit(&w.never);
	rmqi_event_deinit(&w.ended);
	return w.ended_us <= in_time_us;
}

START_TEST(close__waits_for_a_callback_as_long_as_it_may)
{
	int attempts = 1;

	while (!close_beside_a_callback())
		ck_assert_int_le(++attempts, ATTEMPTS);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		close__from_a_callback_begins_no_other_one_behind_its_deadline,
		close__lets_go_of_the_memory_that_was_kept,
		close__waits_for_a_callback_as_long_as_it_may,
	};

	return run_suite("closing_callbacks", tests, RMQI_COUNT(tests));
}
