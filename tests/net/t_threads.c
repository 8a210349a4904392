/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_threads.c - many callers on one connection: every call gets its own answer,
 * once, whoever reads the socket.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "tests/net/world.h"

enum { THREADS = 8, CALLS = 2000, MIXED = 2000 /* asynchronous calls of one thread */ };

static struct world w;

struct caller {
	struct rmqi_thread thread;
	int number;
	int calls;
	int async_every;   /* 0: none */
	int timeout_every; /* 0: none */
	struct noted *notes;
	_Atomic unsigned *ends;
	unsigned async_calls;
	unsigned failures;
};

static void one_sync(struct caller *c, int i, struct rmqi_response *r)
{
	char body[64];

	snprintf(body, sizeof(body), "caller %d call %d", c->number, i);
	if (world_call(&w, W_ECHO, body, r, W_PATIENCE_MS, NULL) != RMQ_OK ||
	    !rmqi_str_is(rmqi_cursor_str(r->command.body), body))
		c->failures++;
}

static void *run_caller(void *arg)
{
	struct caller *c = arg;
	struct rmqi_response r;

	rmqi_response_init(&r);
	for (int i = 0; i < c->calls; i++) {
		if (c->async_every && i % c->async_every == 0) {
			struct noted *n = &c->notes[c->async_calls++];

			n->total = c->ends;
			world_call_async(&w, W_ECHO, "async", W_PATIENCE_MS, n);
		}
		if (c->timeout_every && i % c->timeout_every == 0 &&
		    world_call(&w, W_SILENT, "", NULL, 1, NULL) != RMQ_ERR_TIMEOUT)
			c->failures++;
		one_sync(c, i, &r);
	}
	rmqi_response_deinit(&r);
	return NULL;
}

static void run_callers(int transport, int calls, int async_every, int timeout_every)
{
	struct caller callers[THREADS];
	_Atomic unsigned ends = 0;
	unsigned async_calls = 0;

	world_init(&w, (enum transport)transport);
	world_open(&w);
	for (int i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.number = i, .calls = calls, .ends = &ends};
		callers[i].async_every = async_every;
		callers[i].timeout_every = timeout_every;
		callers[i].notes = calloc((size_t)calls, sizeof(struct noted));
		ck_assert_int_eq(
			rmqi_thread_start(&callers[i].thread, "caller", run_caller, &callers[i]),
			RMQ_OK);
	}
	for (int i = 0; i < THREADS; i++) {
		rmqi_thread_join(&callers[i].thread);
		ck_assert_uint_eq(callers[i].failures, 0);
		async_calls += callers[i].async_calls;
	}
	world_wait_count(&w, &ends, async_calls);
	ck_assert_uint_eq(atomic_load(&w.opened), 1);
	world_close(&w);
	for (int i = 0; i < THREADS; i++) {
		for (unsigned k = 0; k < callers[i].async_calls; k++) {
			ck_assert_uint_eq(atomic_load(&callers[i].notes[k].ends), 1);
			ck_assert_int_eq(callers[i].notes[k].error, RMQ_OK);
		}
		free(callers[i].notes);
	}
}

/* A simulation has one thread. */
START_TEST(threads__share_a_connection)
{
	if (_i != W_SIM)
		run_callers(_i, CALLS, 0, 0);
}
END_TEST

START_TEST(threads__mix_synchronous_and_asynchronous_calls)
{
	if (_i != W_SIM)
		run_callers(_i, CALLS, 7, 0);
}
END_TEST

START_TEST(threads__survive_timeouts_of_each_other)
{
	if (_i != W_SIM)
		run_callers(_i, CALLS / 4, 50, 20);
}
END_TEST

static void *call_until_closed(void *arg)
{
	struct caller *c = arg;
	enum rmq_error err;

	do {
		err = world_call(&w, c->calls++ % 100 ? W_ECHO : W_ASK_BACK, "x", NULL,
				 W_PATIENCE_MS, NULL);
		if (err != RMQ_OK && err != RMQ_ERR_CANCELLED)
			c->failures++;
	} while (err == RMQ_OK);
	return NULL;
}

/* Closing while callers write, read and wait: all return. */
START_TEST(threads__return_when_the_rpc_is_closed)
{
	struct caller callers[THREADS] = {0};

	if (_i == W_SIM)
		return;
	for (int round = 0; round < 10; round++) {
		world_init(&w, (enum transport)_i);
		world_open(&w);
		for (int i = 0; i < THREADS; i++) {
			callers[i] = (struct caller){0};
			ck_assert_int_eq(rmqi_thread_start(&callers[i].thread, "caller",
							   call_until_closed, &callers[i]),
					 RMQ_OK);
		}
		world_wait_count(&w, &w.requests, 500);
		rmqi_rpc_close(w.rpc);
		for (int i = 0; i < THREADS; i++) {
			rmqi_thread_join(&callers[i].thread);
			ck_assert_uint_eq(callers[i].failures, 0);
		}
		world_close(&w);
	}
}
END_TEST

static void *mix_until_closed(void *arg)
{
	struct caller *c = arg;
	enum rmq_error err;

	do {
		if (c->async_calls < MIXED) {
			struct noted *n = &c->notes[c->async_calls++];

			n->total = c->ends;
			world_call_async(&w, W_ECHO, "async", W_PATIENCE_MS, n);
		}
		err = world_call(&w, W_ECHO, "x", NULL, W_PATIENCE_MS, NULL);
		if (err != RMQ_OK && err != RMQ_ERR_CANCELLED)
			c->failures++;
	} while (err == RMQ_OK);
	return NULL;
}

/* Answers to asynchronous calls are read by callers while the rpc is closed: each call ends once, on
 * the loop, before the rpc is freed. */
START_TEST(threads__end_each_asynchronous_call_once_when_the_rpc_is_closed)
{
	static struct noted notes[THREADS][MIXED];
	struct caller callers[THREADS];
	_Atomic unsigned ends;
	unsigned calls;

	if (_i == W_SIM)
		return;
	for (int round = 0; round < 10; round++) {
		world_init(&w, (enum transport)_i);
		world_open(&w);
		memset(notes, 0, sizeof(notes));
		atomic_init(&ends, 0);
		calls = 0;
		for (int i = 0; i < THREADS; i++) {
			callers[i] = (struct caller){.notes = notes[i], .ends = &ends};
			ck_assert_int_eq(rmqi_thread_start(&callers[i].thread, "caller",
							   mix_until_closed, &callers[i]),
					 RMQ_OK);
		}
		world_wait_count(&w, &w.requests, 500);
		rmqi_rpc_close(w.rpc);
		for (int i = 0; i < THREADS; i++) {
			rmqi_thread_join(&callers[i].thread);
			ck_assert_uint_eq(callers[i].failures, 0);
			calls += callers[i].async_calls;
		}
		world_close(&w);
		ck_assert_uint_eq(atomic_load(&ends), calls);
		for (int i = 0; i < THREADS; i++)
			for (unsigned k = 0; k < callers[i].async_calls; k++)
				ck_assert_uint_eq(atomic_load(&notes[i][k].ends), 1);
	}
}
END_TEST

static void *call_through_losses(void *arg)
{
	struct caller *c = arg;

	for (int i = 0; i < c->calls; i++) {
		int code = c->number == 0 && i % 10 == 0 ? W_CLOSE : W_ECHO;
		enum rmq_error err = world_call(&w, code, "x", NULL, W_PATIENCE_MS, NULL);

		if (err != RMQ_OK && err != RMQ_ERR_CONNECTION_LOST)
			c->failures++;
	}
	return NULL;
}

/* The peer closes the connection again and again under callers who read it. */
START_TEST(threads__survive_lost_connections)
{
	struct caller callers[THREADS] = {0};

	if (_i == W_SIM)
		return;
	world_init(&w, (enum transport)_i);
	world_open(&w);
	for (int i = 0; i < THREADS; i++) {
		callers[i].number = i;
		callers[i].calls = 400;
		ck_assert_int_eq(rmqi_thread_start(&callers[i].thread, "caller",
						   call_through_losses, &callers[i]),
				 RMQ_OK);
	}
	for (int i = 0; i < THREADS; i++) {
		rmqi_thread_join(&callers[i].thread);
		ck_assert_uint_eq(callers[i].failures, 0);
	}
	world_expect_echo(&w, "still");
	world_close(&w);
}
END_TEST

/* An answer that never comes must not keep the others from reading theirs. */
START_TEST(threads__go_on_while_one_waits)
{
	struct caller waiting = {.calls = 1};
	struct noted n = {0};

	if (_i == W_SIM)
		return;
	world_init(&w, (enum transport)_i);
	world_open(&w);
	world_expect_echo(&w, "now callers read");
	ck_assert_int_eq(rmqi_thread_start(&waiting.thread, "waiting", call_until_closed, &waiting),
			 RMQ_OK);
	for (int i = 0; i < 200; i++)
		world_expect_echo(&w, "x");
	world_call_async(&w, W_ECHO, "x", W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);
	ck_assert_int_eq(n.error, RMQ_OK);
	rmqi_rpc_close(w.rpc);
	rmqi_thread_join(&waiting.thread);
	world_close(&w);
}
END_TEST

/* A request of the server that a caller reads reaches the loop. */
START_TEST(threads__pass_requests_of_the_server_to_the_loop)
{
	if (_i == W_SIM)
		return;
	world_init(&w, (enum transport)_i);
	world_open(&w);
	for (int i = 0; i < 50; i++)
		world_expect_echo(&w, "now callers read");

	/* The caller waits for an answer that comes only after the client has answered. */
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(world_call(&w, W_ASK_BACK, "x", NULL, W_PATIENCE_MS, NULL),
				 RMQ_OK);

	ck_assert_uint_eq(atomic_load(&w.client_requests), 50);
	world_close(&w);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		threads__share_a_connection,
		threads__mix_synchronous_and_asynchronous_calls,
		threads__survive_timeouts_of_each_other,
		threads__return_when_the_rpc_is_closed,
		threads__end_each_asynchronous_call_once_when_the_rpc_is_closed,
		threads__survive_lost_connections,
		threads__go_on_while_one_waits,
		threads__pass_requests_of_the_server_to_the_loop,
	};

	return world_suite("threads", each, RMQI_COUNT(each), NULL, 0);
}
