/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials_refresh.c - when the user's function is asked for credentials again.
 *
 *     loop       the timer: at the end of the period, or a second after the last question when a peer
 *                has denied access meanwhile
 *     callback   the question itself
 *
 * What is asked outlives a client that did not wait for it: it touches nothing but
 * what is counted.
 */
#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/client_impl.h"

enum { AT_MOST_EVERY_MS = 1000 };

struct rmqi_refresh {
	atomic_uint refs; /* the client's, and the question's */
	struct rmqi_credentials *credentials;
	atomic_bool is_asking;
	atomic_bool is_over; /* the client is gone */
	atomic_int failure;  /* enum rmq_error of a question, not told yet */
	struct rmqi_task question;

	/* The rest until the client is gone. */
	struct rmqi_client *client;
	struct rmqi_task denial; /* to the loop */
	atomic_bool is_denial_posted;
	struct rmqi_timer timer; /* loop, as all below */
	int64_t asked_us;
};

static void unref(struct rmqi_refresh *r)
{
	if (atomic_fetch_sub(&r->refs, 1) != 1)
		return;
	rmqi_credentials_unref(r->credentials);
	rmqi_free(r);
}

/* @thread: callback */
static void run_question(struct rmqi_task *task)
{
	struct rmqi_refresh *r = RMQI_CONTAINER(task, struct rmqi_refresh, question);

	if (!atomic_load(&r->is_over))
		atomic_store(&r->failure, (int)rmqi_credentials_ask(r->credentials, NULL));
	atomic_store(&r->is_asking, false);
	unref(r);
}

static void tell_failure(struct rmqi_refresh *r)
{
	enum rmq_error failure = (enum rmq_error)atomic_exchange(&r->failure, RMQ_OK);

	if (failure != RMQ_OK)
		RMQI_LOG(r->client->log, RMQ_LOG_WARN,
			 "the credentials function gave none (%s): those before are used on",
			 rmq_error_text(failure));
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_refresh *r = RMQI_CONTAINER(t, struct rmqi_refresh, timer);
	struct rmqi_client *c = r->client;

	tell_failure(r);
	if (!rmqi_client_is_open(c))
		return;
	rmqi_timer_start_ms(t, rmqi_config_i64(c->config, RMQI_CFG_credentialsRefreshInterval));
	if (atomic_exchange(&r->is_asking, true))
		return; /* it takes its time */
	r->asked_us = rmqi_clock_us(c->env->clock);
	atomic_fetch_add(&r->refs, 1);
	rmqi_client_callback(c, &r->question);
}

/* @thread: loop */
static void run_denial(struct rmqi_task *task)
{
	struct rmqi_refresh *r = RMQI_CONTAINER(task, struct rmqi_refresh, denial);
	struct rmqi_client *c = r->client;

	atomic_store(&r->is_denial_posted, false);
	if (rmqi_client_is_open(c))
		rmqi_timer_start(&r->timer, r->asked_us + AT_MOST_EVERY_MS * 1000);
}

static void on_denial(void *arg)
{
	struct rmqi_refresh *r = arg;

	if (!atomic_exchange(&r->is_denial_posted, true))
		rmqi_loop_post(r->client->loop, &r->denial);
}

struct setup {
	struct rmqi_refresh *refresh;
	enum rmq_error error;
};

static void start_timer(void *arg)
{
	struct setup *s = arg;
	struct rmqi_refresh *r = s->refresh;
	struct rmqi_client *c = r->client;

	s->error = rmqi_timer_init(&r->timer, rmqi_loop_timers(c->loop), on_timer);
	if (s->error == RMQ_OK)
		rmqi_timer_start_ms(
			&r->timer, rmqi_config_i64(c->config, RMQI_CFG_credentialsRefreshInterval));
}

enum rmq_error rmqi_refresh_new(struct rmqi_client *c, struct rmqi_refresh **out)
{
	struct rmqi_refresh *r = rmqi_calloc(1, sizeof(*r));
	struct setup setup = {.refresh = r};

	if (!r)
		return RMQ_ERR_NO_MEMORY;
	atomic_init(&r->refs, 1);
	r->credentials = rmqi_credentials_ref(c->credentials);
	r->client = c;
	r->question.run = run_question;
	r->denial.run = run_denial;
	r->asked_us = rmqi_clock_us(c->env->clock);
	setup.error = rmqi_client_need_callbacks(c);
	if (setup.error == RMQ_OK)
		rmqi_loop_call(c->loop, start_timer, &setup);
	if (setup.error != RMQ_OK) {
		unref(r);
		return setup.error;
	}
	rmqi_credentials_on_denial(c->credentials, on_denial, r);
	*out = r;
	return RMQ_OK;
}

void rmqi_refresh_stop(struct rmqi_refresh *r)
{
	if (!r)
		return;
	atomic_store(&r->is_over, true);
	rmqi_timer_stop(&r->timer);
}

void rmqi_refresh_free(struct rmqi_refresh *r)
{
	if (!r)
		return;
	rmqi_timer_deinit(&r->timer);
	unref(r);
}
