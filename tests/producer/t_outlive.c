/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's code that blocks for longer than its producer lives: callbacks, hooks and selectors, on real
 * sockets and in real time. Worth most under the address sanitizer. Waiting is for conditions only.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "codec/codes.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "send/send_hooks.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum {
	SEND = RMQI_REQ_SEND_MESSAGE_V2,
	BATCH = RMQI_REQ_SEND_BATCH_MESSAGE,
	PATIENCE_MS = 30 * 1000
};

static struct fake_peer *ns, *a;
static struct rmq_config *config;
static struct rmq_producer *producer;
static struct rmq_message *message;
static struct rmq_send_options options;

/* The user's code is inside; it may return; it has. */
static struct rmqi_event is_inside, may_return, has_returned;
static atomic_int calls, left;
static _Atomic(enum rmq_error) told;
static char group[64], client_id[128], expected_id[128];

static void wait_event(struct rmqi_event *e)
{
	ck_assert(rmqi_event_wait(e, rmqi_clock_deadline(rmqi_clock_real(), (int64_t)PATIENCE_MS)));
}

static void block(void)
{
	rmqi_event_set(&is_inside);
	wait_event(&may_return);
}

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(config, key, value, NULL), RMQ_OK);
}

static void set_up(void)
{
	ns = fake_peer_new(rmqi_env_real());
	a = fake_peer_new(rmqi_env_real());
	config = rmqi_config_new();
	set("namesrvAddr", fake_peer_address(ns));
	set("sendMsgTimeout", "30000");
	message = rmq_message_new("T", "hello", 5);
	rmqi_event_init(&is_inside, rmqi_env_real());
	rmqi_event_init(&may_return, rmqi_env_real());
	rmqi_event_init(&has_returned, rmqi_env_real());
	atomic_store(&calls, 0);
	atomic_store(&left, 1);
	memset(&options, 0, sizeof(options));
	options.timeout_ms = -1;
}

static void start(void)
{
	char text[64];

	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, NULL), RMQ_OK);
	snprintf(expected_id, sizeof(expected_id), "%s", rmqi_client_id(producer->client));
}

/* The producer goes while the user's code is inside, which then returns. */
static void free_and_let_return(void)
{
	wait_event(&is_inside);
	ck_assert_int_eq(rmqi_producer_close(producer, 20, NULL), RMQ_ERR_TIMEOUT);
	rmqi_producer_free(producer);
	producer = NULL;
	rmqi_config_free(config);
	config = NULL;
	rmqi_event_set(&may_return);
	wait_event(&has_returned);
}

static void tear_down(void)
{
	rmq_message_free(message);
	fake_peer_free(ns);
	fake_peer_free(a);
	rmqi_event_deinit(&is_inside);
	rmqi_event_deinit(&may_return);
	rmqi_event_deinit(&has_returned);
}

static void on_sent(enum rmq_error error, const rmq_send_result *result, const rmq_error_detail *d,
		    void *arg)
{
	(void)result;
	(void)d;
	if (atomic_fetch_add(&calls, 1) == 0 && arg)
		block();
	atomic_store(&told, error);
	if (atomic_fetch_sub(&left, 1) == 1)
		rmqi_event_set(&has_returned);
}

static void send_one(void *arg)
{
	ck_assert_int_eq(rmqi_producer_send_async(producer, message, &options, on_sent, arg, NULL),
			 RMQ_OK);
}

/* --- Callbacks ----------------------------------------------------------------------------------- */

START_TEST(callback__that_outlives_its_producer_ends_as_ever)
{
	set_up();
	start();
	send_one(&calls);
	free_and_let_return();
	ck_assert_int_eq(atomic_load(&told), RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(callback__of_a_bundle_that_was_refused_ends_as_ever)
{
	set_up();
	set("autoBatch", "true");
	set("batchMaxDelayMs", "1000");
	start();
	fake_peer_always(a, BATCH, RMQI_RESP_MESSAGE_ILLEGAL);
	atomic_store(&left, 2);
	send_one(&calls);
	send_one(&calls);
	ck_assert_int_eq(rmqi_producer_flush(producer, 0, NULL), RMQ_ERR_TIMEOUT);
	free_and_let_return();
	ck_assert_uint_eq(fake_peer_count(a, BATCH), 1);
	ck_assert_uint_eq(fake_peer_count(a, SEND), 2);
	ck_assert_int_eq(atomic_load(&told), RMQ_OK);
	tear_down();
}
END_TEST

/* --- Hooks ------------------------------------------------------------------------------------------- */

static void after_first(const struct rmq_send_context *c, void *arg)
{
	(void)c;
	(void)arg;
	block();
}

static void after_second(const struct rmq_send_context *c, void *arg)
{
	(void)arg;
	snprintf(group, sizeof(group), "%s", rmqi_hook_set_group(c->hooks));
	snprintf(client_id, sizeof(client_id), "%s", rmqi_hook_set_client_id(c->hooks));
}

START_TEST(hook__behind_one_that_outlives_the_producer_knows_whose_it_was)
{
	set_up();
	/* The last one is told first. */
	config->send_hooks[config->send_hook_count++] =
		(struct rmqi_send_hook){NULL, after_second, NULL};
	config->send_hooks[config->send_hook_count++] =
		(struct rmqi_send_hook){NULL, after_first, NULL};
	start();
	send_one(NULL);
	free_and_let_return();
	ck_assert_str_eq(group, "G");
	ck_assert_str_eq(client_id, expected_id);
	ck_assert_int_eq(atomic_load(&told), RMQ_OK);
	tear_down();
}
END_TEST

/* --- Selectors ------------------------------------------------------------------------------------------- */

static size_t select_slowly(const rmq_queues *queues, const rmq_message *m, void *arg)
{
	(void)queues;
	(void)m;
	(void)arg;
	block();
	return 1;
}

static void choose_slowly(void)
{
	options.choice.kind = RMQI_CHOICE_SELECTOR;
	options.choice.fn = select_slowly;
}

START_TEST(selector__that_outlives_the_producer_ends_its_send)
{
	set_up();
	start();
	choose_slowly();
	/* The route is not known: a callback thread asks it. */
	send_one(NULL);
	free_and_let_return();
	ck_assert_int_eq(atomic_load(&told), RMQ_ERR_CANCELLED);
	ck_assert_uint_eq(fake_peer_count(a, SEND), 0);
	tear_down();
}
END_TEST

static void on_batch(enum rmq_error error, const rmq_send_results *results,
		     const rmq_error_detail *d, void *arg)
{
	(void)results;
	on_sent(error, NULL, d, arg);
}

START_TEST(selector__that_outlives_the_producer_ends_its_batch)
{
	set_up();
	start();
	choose_slowly();
	ck_assert_int_eq(rmqi_producer_send_batch_async(producer, &message, 1, &options, on_batch,
							NULL, NULL),
			 RMQ_OK);
	free_and_let_return();
	ck_assert_int_eq(atomic_load(&told), RMQ_ERR_CANCELLED);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		callback__that_outlives_its_producer_ends_as_ever,
		callback__of_a_bundle_that_was_refused_ends_as_ever,
		hook__behind_one_that_outlives_the_producer_knows_whose_it_was,
		selector__that_outlives_the_producer_ends_its_send,
		selector__that_outlives_the_producer_ends_its_batch,
	};

	return run_suite("outlive", tests, RMQI_COUNT(tests));
}
