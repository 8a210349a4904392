/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_resolve.c - look-ups that hang. The getaddrinfo of this program knows names of its own:
 *
 *     slow...   hangs until the gate is open, then 127.0.0.1
 *     bad...    has no address
 *     any other 127.0.0.1 at once
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "net/resolve.h"
#include "tests/net/world.h"
#include "tests/support/suite.h"

static pthread_mutex_t gate_mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_opened = PTHREAD_COND_INITIALIZER;
static bool is_open;
static _Atomic unsigned calls, slow_calls, late_calls; /* of getaddrinfo, for names */

static void wait_at_gate(void)
{
	pthread_mutex_lock(&gate_mu);
	while (!is_open)
		pthread_cond_wait(&gate_opened, &gate_mu);
	pthread_mutex_unlock(&gate_mu);
}

static void open_gate(void)
{
	pthread_mutex_lock(&gate_mu);
	is_open = true;
	pthread_cond_broadcast(&gate_opened);
	pthread_mutex_unlock(&gate_mu);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **out)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	void *at = dlsym(RTLD_NEXT, "getaddrinfo");

	memcpy(&real, &at, sizeof(at));
	if (hints->ai_flags & (AI_NUMERICHOST | AI_PASSIVE))
		return real(name, service, hints, out);
	atomic_fetch_add(&calls, 1);
	if (strncmp(name, "late", 4) == 0)
		atomic_fetch_add(&late_calls, 1);
	if (strncmp(name, "slow", 4) == 0) {
		atomic_fetch_add(&slow_calls, 1);
		wait_at_gate();
	}
	return strncmp(name, "bad", 3) == 0 ? EAI_NONAME : real("127.0.0.1", service, hints, out);
}

/* --- A resolver and its loop ------------------------------------------------------------------ */

struct asked {
	char host[64];
	uint16_t port;
	struct rmqi_resolve_job *job;
	_Atomic unsigned ends;
	int error;
	struct rmqi_endpoints *found;
};

static struct world w; /* for its loop and its waits */
static struct rmqi_resolver resolver;

static void open_resolver(void)
{
	world_init(&w, W_TCP);
	world_open(&w);
	rmqi_resolver_init(&resolver, &w.env);
}

static void close_resolver(void)
{
	open_gate();
	rmqi_resolver_deinit(&resolver);
	world_close(&w);
}

static void on_found(void *arg, int error, struct rmqi_endpoints *found)
{
	struct asked *a = arg;

	ck_assert(rmqi_loop_is_current(w.client_loop));
	a->error = error;
	a->found = found;
	atomic_fetch_add(&a->ends, 1);
}

static void ask_on_loop(void *arg)
{
	struct asked *a = arg;

	ck_assert_int_eq(rmqi_resolve_start(&resolver, w.client_loop, a->host, a->port, on_found, a,
					    &a->job),
			 RMQ_OK);
}

static void ask(struct asked *a, const char *name, int number, uint16_t port)
{
	*a = (struct asked){.port = port};
	snprintf(a->host, sizeof(a->host), "%s%d.test", name, number);
	rmqi_loop_call(w.client_loop, ask_on_loop, a);
}

static void cancel_on_loop(void *arg)
{
	rmqi_resolve_cancel(((struct asked *)arg)->job);
}

static void cancel(struct asked *a)
{
	rmqi_loop_call(w.client_loop, cancel_on_loop, a);
}

static void expect_found(struct asked *a)
{
	world_wait_count(&w, &a->ends, 1);
	ck_assert_int_eq(a->error, 0);
	ck_assert_uint_ge(a->found->count, 1);
	ck_assert_int_eq(a->found->list[0].at.sa.sa_family, AF_INET);
	ck_assert_uint_eq(ntohs(a->found->list[0].at.v4.sin_port), a->port);
	rmqi_free(a->found);
}

/* --- Tests -------------------------------------------------------------------------------------- */

enum { SOME = 5 };

START_TEST(resolve__a_name_that_hangs_costs_only_who_asks_for_it)
{
	struct asked slow[SOME], good;

	open_resolver();
	for (int i = 0; i < SOME; i++)
		ask(&slow[i], "slow", i, 1);
	world_wait_count(&w, &slow_calls, SOME);
	ask(&good, "good", 0, 9876);
	expect_found(&good);
	open_gate();
	for (int i = 0; i < SOME; i++)
		expect_found(&slow[i]);
	close_resolver();
}
END_TEST

START_TEST(resolve__a_name_is_looked_up_once_whoever_asks)
{
	struct asked slow[SOME];

	open_resolver();
	for (int i = 0; i < SOME; i++)
		ask(&slow[i], "slow", 0, (uint16_t)(1000 + i));
	open_gate();
	for (int i = 0; i < SOME; i++)
		expect_found(&slow[i]); /* each with its own port */
	ck_assert_uint_eq(atomic_load(&calls), 1);
	close_resolver();
}
END_TEST

START_TEST(resolve__a_name_that_hangs_is_joined_again_after_all_have_left)
{
	struct asked slow;

	open_resolver();
	for (int i = 0; i < SOME; i++) {
		ask(&slow, "slow", 0, 1);
		world_wait_count(&w, &slow_calls, 1);
		cancel(&slow);
	}
	ask(&slow, "slow", 0, 1);
	open_gate();
	expect_found(&slow);
	ck_assert_uint_eq(atomic_load(&slow_calls), 1);
	close_resolver();
}
END_TEST

START_TEST(resolve__what_was_given_up_before_its_turn_is_not_looked_up)
{
	struct asked slow[RMQI_RESOLVE_THREADS], late, good;

	open_resolver();
	for (int i = 0; i < RMQI_RESOLVE_THREADS; i++)
		ask(&slow[i], "slow", i, 1);
	world_wait_count(&w, &slow_calls, RMQI_RESOLVE_THREADS);
	ask(&late, "late", 0, 1);
	ask(&good, "good", 0, 1);
	ck_assert_uint_eq(rmqi_resolve_ahead(late.job), RMQI_RESOLVE_THREADS);
	cancel(&late);
	open_gate();
	expect_found(&good);
	for (int i = 0; i < RMQI_RESOLVE_THREADS; i++)
		expect_found(&slow[i]);
	ck_assert_uint_eq(atomic_load(&late_calls), 0);
	ck_assert_uint_eq(atomic_load(&late.ends), 0);
	close_resolver();
}
END_TEST

START_TEST(resolve__a_name_without_an_address_says_so)
{
	struct asked bad;

	open_resolver();
	ask(&bad, "bad", 0, 1);
	world_wait_count(&w, &bad.ends, 1);
	ck_assert_int_eq(bad.error, EAI_NONAME);
	ck_assert_ptr_null(bad.found);
	close_resolver();
}
END_TEST

START_TEST(resolve__many_names_one_after_the_other_need_no_more_threads)
{
	struct asked good;

	open_resolver();
	for (int i = 0; i < 4 * RMQI_RESOLVE_THREADS; i++) {
		ask(&good, "good", i, 1);
		expect_found(&good);
	}
	close_resolver();
}
END_TEST

START_TEST(resolve__a_look_up_that_hangs_outlives_its_resolver)
{
	struct asked slow;

	open_resolver();
	ask(&slow, "slow", 0, 1);
	world_wait_count(&w, &slow_calls, 1);
	cancel(&slow);
	rmqi_resolver_deinit(&resolver);
	rmqi_resolver_init(&resolver, &w.env);
	ask(&slow, "good", 0, 1); /* of another resolver */
	expect_found(&slow);
	close_resolver();
}
END_TEST

START_TEST(resolve__a_call_that_had_to_wait_behind_others_says_so)
{
	struct noted slow[RMQI_RESOLVE_THREADS] = {0};
	struct rmq_error_detail *d = rmqi_detail_new();

	world_init(&w, W_TCP);
	w.rpc_config.connect_timeout_ms = 500;
	world_open(&w);
	for (int i = 0; i < RMQI_RESOLVE_THREADS; i++) {
		snprintf(w.address, sizeof(w.address), "slow%d.test:1", i);
		world_call_async(&w, W_ECHO, "", W_PATIENCE_MS, &slow[i]);
	}
	world_wait_count(&w, &slow_calls, RMQI_RESOLVE_THREADS);
	snprintf(w.address, sizeof(w.address), "late.test:1");
	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, W_PATIENCE_MS, d), RMQ_ERR_RESOLVE);
	ck_assert_str_eq(rmq_error_detail_message(d),
			 "cannot resolve late.test within 500 ms: look-ups of 16 other names have "
			 "not ended");
	rmq_error_detail_free(d);
	open_gate();
	for (int i = 0; i < RMQI_RESOLVE_THREADS; i++)
		world_wait_end(&w, &slow[i]);
	world_close(&w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		resolve__a_name_that_hangs_costs_only_who_asks_for_it,
		resolve__a_name_is_looked_up_once_whoever_asks,
		resolve__a_name_that_hangs_is_joined_again_after_all_have_left,
		resolve__what_was_given_up_before_its_turn_is_not_looked_up,
		resolve__a_name_without_an_address_says_so,
		resolve__many_names_one_after_the_other_need_no_more_threads,
		resolve__a_look_up_that_hangs_outlives_its_resolver,
		resolve__a_call_that_had_to_wait_behind_others_says_so,
	};

	return run_suite("resolve", tests, RMQI_COUNT(tests));
}
