/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/detail.h"
#include "base/macros.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

static struct rig *begin(int messages, const char *settings)
{
	struct rig *r = rig_new(1, 1, settings);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, messages);
	return r;
}

START_TEST(close__before_start_is_fine)
{
	struct rig *r = begin(5, NULL);

	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", NULL, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_ERR_STATE);
	rig_free(r);
}
END_TEST

static struct rig *closing;
static unsigned goodbyes;

static void count_goodbyes(struct rmqi_timer *t)
{
	(void)t;
	goodbyes = fake_broker_count(closing->broker, RMQI_REQ_UNREGISTER_CLIENT);
}

START_TEST(close__says_goodbye_before_it_waits_for_a_silent_trace_broker)
{
	struct rig *r = begin(5, "enableTrace=true");
	struct rmqi_timer timer;

	fake_broker_topic(r->broker, "RMQ_SYS_TRACE_TOPIC", 1);
	fake_broker_refuse(r->broker, RMQI_REQ_SEND_MESSAGE_V2, FAKE_NO_ANSWER, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 5);
	closing = r;
	goodbyes = 0;
	ck_assert_int_eq(rmqi_timer_init(&timer,
					 rmqi_loop_timers(r->consumer->member.consumer.loop),
					 count_goodbyes),
			 RMQ_OK);
	rmqi_timer_start_ms(&timer, 500);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 1500, NULL), RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(goodbyes, 1);
	ck_assert_ptr_nonnull(strstr(r->log, "records of the message trace are lost"));
	rmqi_timer_deinit(&timer);
	rig_free(r);
}
END_TEST

START_TEST(close__twice_is_fine)
{
	struct rig *r = begin(5, NULL);

	rig_start(r);
	rig_advance(r, 100);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 0);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_int_eq(rig_committed(r), 5);
	fake_broker_put(r->broker, "T", 0, "too late", NULL);
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 5);
	rig_free(r);
}
END_TEST

START_TEST(close__at_any_moment_of_the_start_is_fine)
{
	struct rig *r = begin(100, NULL);

	rig_start(r);
	for (int i = 0; i < _i * 5 && rmqi_sim_step(r->sim); i++)
		;
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 5000, NULL), RMQ_OK);
	ck_assert_int_eq(rig_committed(r) > 0, r->seen_count > 0);
	rig_free(r);
}
END_TEST

START_TEST(close__without_any_cluster_is_fine)
{
	struct rig *r = begin(5, NULL);
	int64_t before;

	fake_broker_refuse(r->broker, RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, FAKE_CLOSE, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 10000);
	before = rig_now(r);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_int_eq(rig_now(r), before);
	rig_free(r);
}
END_TEST

static enum rmq_error closed_as;

static void close_it(struct rig *r, const rmq_message *m)
{
	if (m->queue_offset == 3)
		closed_as = rmqi_push_consumer_close(r->consumer, -1, NULL);
}

START_TEST(close__from_a_listener_waits_for_the_others_only)
{
	struct rig *r = begin(40, "consumeThreadMax=1");

	closed_as = RMQ_AGAIN;
	r->during = close_it;
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(closed_as, RMQ_OK);
	/* 0..2 are done; 3 closes; nothing else begins. */
	ck_assert_uint_eq(r->seen_count, 4);
	ck_assert_int_eq(rig_committed(r), 3);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	rig_free(r);
}
END_TEST

START_TEST(new__survives_every_failure_of_memory)
{
	struct rig *r = begin(0, NULL);
	rmq_push_consumer *c = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	uint64_t n = 0;

	while (err != RMQ_OK) {
		ck_assert_int_eq(err, RMQ_ERR_NO_MEMORY);
		ck_assert_uint_lt(n, 1000);
		rmqi_mem_fail_after(++n, 0);
		err = rmqi_push_consumer_new(r->config, "G2", &c, NULL);
		rmqi_mem_fail_after(0, 0);
	}
	ck_assert_uint_gt(n, 10);
	rmqi_push_consumer_free(c);
	rig_free(r);
}
END_TEST

START_TEST(start__that_fails_leaves_it_closed)
{
	struct rig *r = begin(5, NULL);

	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "*", NULL), RMQ_OK);
	rmqi_mem_fail_after(1, 0);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, NULL), RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "U", "*", NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 0);
	rig_free(r);
}
END_TEST

START_TEST(start__wants_listener_and_subscription)
{
	struct rig *r = begin(0, NULL);
	rmq_push_consumer *c = NULL;
	rmq_error_detail *d = rmqi_detail_new();

	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, d), RMQ_ERR_STATE);
	ck_assert_str_eq(rmq_error_detail_message(d),
			 "no topic is subscribed: rmq_push_consumer_subscribe, before start");
	ck_assert_int_eq(rmqi_push_consumer_new(r->config, "G2", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(c, d), RMQ_ERR_STATE);
	ck_assert_str_eq(rmq_error_detail_message(d),
			 "no listener is set: rmq_push_consumer_set_listener, before start");
	rmqi_push_consumer_free(c);
	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, d), RMQ_ERR_STATE);
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

/* --- With real threads ------------------------------------------------------------------------- */

struct world {
	struct fake_broker *broker;
	struct rmq_config *config;
	rmq_push_consumer *consumer;
	struct rmqi_event entered;
	struct rmqi_event release;
	struct rmqi_event left;
	enum rmq_error nested;
	atomic_int entered_count; /* `entered` is set when both messages are in */
	atomic_int left_count;
	size_t threads_before;
};

static enum rmq_consume_status hang(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_consume_context *context, void *arg)
{
	struct world *w = arg;

	(void)c;
	(void)messages;
	(void)count;
	(void)context;
	if (atomic_fetch_add(&w->entered_count, 1) == 1)
		rmqi_event_set(&w->entered);
	(void)rmqi_event_wait(&w->release, RMQI_FOREVER);
	atomic_fetch_add(&w->left_count, 1);
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_consume_status close_inside(rmq_push_consumer *c,
					    const rmq_message *const *messages, size_t count,
					    rmq_consume_context *context, void *arg)
{
	struct world *w = arg;

	(void)messages;
	(void)count;
	(void)context;
	w->nested = rmqi_push_consumer_close(c, -1, NULL);
	rmqi_event_set(&w->entered);
	return RMQ_CONSUME_SUCCESS;
}

static void nap(int ms)
{
	struct timespec pause = {.tv_nsec = ms * 1000 * 1000};

	nanosleep(&pause, NULL);
}

static void must(enum rmq_error err)
{
	ck_assert_int_eq(err, RMQ_OK);
}

static size_t count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* Until only the threads of `before` are left, ten seconds at most. */
static void await_threads(size_t before)
{
	for (int i = 0; i < 1000 && count_threads() > before; i++)
		nap(10);
	ck_assert_uint_le(count_threads(), before);
}

/* Two messages on the first queue, one on each other. */
static void world_open_with(struct world *w, rmq_consume_fn listener, int queues)
{
	const struct rmqi_env *env = rmqi_env_real();

	*w = (struct world){0};
	rmqi_event_init(&w->entered, env);
	rmqi_event_init(&w->release, env);
	rmqi_event_init(&w->left, env);
	w->broker = fake_broker_new(env);
	fake_broker_topic(w->broker, "T", queues);
	for (int i = 0; i < queues; i++)
		fake_broker_set_committed(w->broker, "T", i, 0);
	for (int i = 1; i < queues; i++)
		fake_broker_put(w->broker, "T", i, "other", NULL);
	fake_broker_put(w->broker, "T", 0, "m0000", NULL);
	fake_broker_put(w->broker, "T", 0, "m0001", NULL);
	w->threads_before = count_threads();
	w->config = rmqi_config_new();
	must(rmqi_config_set(w->config, "namesrvAddr", fake_broker_address(w->broker), NULL));
	must(rmqi_config_set(w->config, "consumeThreadMax", "2", NULL));
	must(rmqi_push_consumer_new(w->config, "G", &w->consumer, NULL));
	must(rmqi_push_consumer_set_listener(w->consumer, listener, w, NULL));
	must(rmqi_push_consumer_subscribe(w->consumer, "T", "*", NULL));
	must(rmqi_push_consumer_start(w->consumer, NULL));
	ck_assert(rmqi_event_wait(&w->entered, rmqi_clock_deadline(env->clock, 10000)));
}

static void world_open(struct world *w, rmq_consume_fn listener)
{
	world_open_with(w, listener, 1);
}

static void world_close(struct world *w)
{
	rmqi_config_free(w->config);
	fake_broker_free(w->broker);
	rmqi_event_deinit(&w->entered);
	rmqi_event_deinit(&w->release);
	rmqi_event_deinit(&w->left);
}

START_TEST(close__returns_in_time_though_a_listener_hangs)
{
	const struct rmqi_env *env = rmqi_env_real();
	rmq_error_detail *d = rmqi_detail_new();
	struct world w;
	int64_t before;

	world_open(&w, hang);
	before = rmqi_clock_us(env->clock);
	ck_assert_int_eq(rmqi_push_consumer_close(w.consumer, 300, d), RMQ_ERR_TIMEOUT);
	ck_assert_int_lt(rmqi_clock_us(env->clock) - before, 2000 * 1000);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "a listener is still running"));
	rmq_error_detail_free(d);
	ck_assert_int_eq(fake_broker_committed(w.broker, "T", 0), 0);
	rmqi_push_consumer_free(w.consumer);

	/* The listeners end after their consumer was freed: whoever is last clears up. */
	rmqi_event_set(&w.release);
	await_threads(w.threads_before);
	ck_assert_int_eq(atomic_load(&w.left_count), 2);
	world_close(&w);
}
END_TEST

/* Ends only after the close has begun. */
static enum rmq_consume_status outlast_the_close(rmq_push_consumer *c,
						 const rmq_message *const *messages, size_t count,
						 rmq_consume_context *context, void *arg)
{
	struct world *w = arg;

	(void)messages;
	(void)count;
	(void)context;
	rmqi_event_set(&w->entered);
	for (int i = 0; i < 1000 && rmqi_life_is_open(&c->member.life); i++)
		nap(10);
	rmqi_event_set(&w->left);
	return RMQ_CONSUME_SUCCESS;
}

START_TEST(close__lets_running_listeners_finish)
{
	struct world w;

	world_open(&w, outlast_the_close);
	ck_assert_int_eq(rmqi_push_consumer_close(w.consumer, -1, NULL), RMQ_OK);
	ck_assert(rmqi_event_is_set(&w.left));
	ck_assert_int_ge(fake_broker_committed(w.broker, "T", 0), 1);
	rmqi_push_consumer_free(w.consumer);
	world_close(&w);
}
END_TEST

static enum rmq_consume_status count_all(rmq_push_consumer *c, const rmq_message *const *messages,
					 size_t count, rmq_consume_context *context, void *arg)
{
	struct world *w = arg;

	(void)c;
	(void)messages;
	(void)count;
	(void)context;
	if (atomic_fetch_add(&w->entered_count, 1) == 3)
		rmqi_event_set(&w->entered);
	return RMQ_CONSUME_SUCCESS;
}

static bool are_all_committed(struct world *w)
{
	return fake_broker_committed(w->broker, "T", 0) == 2 &&
	       fake_broker_committed(w->broker, "T", 1) == 1 &&
	       fake_broker_committed(w->broker, "T", 2) == 1;
}

/* A stopped process: its system has taken what we sent. */
START_TEST(close__leaves_every_commit_with_a_broker_that_is_frozen)
{
	struct world w;

	world_open_with(&w, count_all, 3);
	fake_broker_freeze(w.broker);
	ck_assert_int_eq(rmqi_push_consumer_close(w.consumer, 400, NULL), RMQ_ERR_TIMEOUT);
	fake_broker_thaw(w.broker);
	for (int i = 0; i < 1000 && !are_all_committed(&w); i++)
		nap(10);
	ck_assert(are_all_committed(&w));
	rmqi_push_consumer_free(w.consumer);
	world_close(&w);
}
END_TEST

START_TEST(close__from_a_listener_of_real_threads)
{
	struct world w;

	world_open(&w, close_inside);
	ck_assert_int_eq(w.nested, RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_close(w.consumer, -1, NULL), RMQ_OK);
	rmqi_push_consumer_free(w.consumer);
	await_threads(w.threads_before); /* the other message's listener may be on its way out */
	(void)rmqi_event_wait(&w.entered, RMQI_FOREVER); /* it is set: what that listener did is behind us */
	world_close(&w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		close__before_start_is_fine,
		close__says_goodbye_before_it_waits_for_a_silent_trace_broker,
		close__twice_is_fine,
		close__without_any_cluster_is_fine,
		close__from_a_listener_waits_for_the_others_only,
		close__lets_running_listeners_finish,
		new__survives_every_failure_of_memory,
		start__that_fails_leaves_it_closed,
		start__wants_listener_and_subscription,
		close__returns_in_time_though_a_listener_hangs,
		close__from_a_listener_of_real_threads,
		close__leaves_every_commit_with_a_broker_that_is_frozen,
	};
	struct suite s;

	suite_open(&s, "closing");
	suite_add_loop(&s, close__at_any_moment_of_the_start_is_fine, 40);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
