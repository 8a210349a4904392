/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/cluster_time.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/cluster_state.h"

enum { NAMES_MAX = 512 };

#define WALL_MAX_MS INT64_C(253402300799999) /* the end of the year 9999 */

static enum rmq_error check_virtual(const struct rmq_mock_cluster *c,
				    struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err == RMQ_OK && !c->env->sim)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the time of this cluster is real: it was made without "
				       "virtualTime");
	return err;
}

/* The cluster may be freed by what runs: its environment is held. */
enum rmq_error mb_cluster_advance_to_next(struct rmq_mock_cluster *c, int64_t *moved_us,
					  struct rmq_error_detail *detail)
{
	enum rmq_error err = check_virtual(c, detail);
	const struct rmqi_env *env = c->env;
	int64_t start_us;
	bool has_fired;

	if (err != RMQ_OK)
		return err;
	rmqi_env_ref(env);
	start_us = rmqi_clock_us(env->clock);
	rmqi_sim_settle(env->sim);
	has_fired = rmqi_clock_fire_next(env->clock, RMQI_FOREVER - 1);
	rmqi_sim_settle(env->sim);
	if (moved_us && has_fired)
		*moved_us = rmqi_clock_us(env->clock) - start_us;
	rmqi_env_unref(env);
	if (has_fired)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, 0, "nobody waits for any time");
}

/* --- Settling --- */

static bool is_quiet(void *arg)
{
	const struct rmqi_env *env = arg;

	return rmqi_inproc_in_flight(env->inproc) == 0;
}

struct busy {
	const struct rmq_mock_cluster *c;
	char names[NAMES_MAX];
	size_t len;
};

static const char *name_of(const struct rmq_mock_cluster *c, const char *address)
{
	for (size_t i = 0; i < c->broker_count; i++)
		if (strcmp(c->brokers[i].address, address) == 0)
			return c->brokers[i].label;
	for (size_t i = 0; i < c->namesrv_count; i++)
		if (strcmp(c->namesrvs[i].address, address) == 0)
			return c->namesrvs[i].label;
	return address;
}

static void add_busy(void *arg, const char *address, uint64_t bytes)
{
	struct busy *b = arg;
	int n = snprintf(b->names + b->len, sizeof(b->names) - b->len, "%s%s (%llu)",
			 b->len ? ", " : "", name_of(b->c, address), (unsigned long long)bytes);

	if (n > 0 && (size_t)n < sizeof(b->names) - b->len)
		b->len += (size_t)n;
	else
		b->names[b->len] = '\0'; /* no room for one more */
}

/* True: nothing is under way any more. The cluster may be freed by what runs: its environment is held. */
static bool settle(struct rmqi_env *env, int64_t max_ms)
{
	int64_t deadline_us = rmqi_clock_deadline(env->clock, max_ms);
	bool was_quiet;

	rmqi_sim_settle(env->sim);
	was_quiet = is_quiet(env) || rmqi_sim_run_until(env->sim, is_quiet, env, deadline_us);
	if (was_quiet)
		rmqi_sim_settle(env->sim);
	return was_quiet;
}

enum rmq_error mb_cluster_settle(struct rmq_mock_cluster *c, int64_t max_ms,
				 struct rmq_error_detail *detail)
{
	enum rmq_error err = check_virtual(c, detail);
	struct busy busy = {.c = c};
	struct rmqi_env *env = &c->own_env.env;
	bool was_quiet;

	if (err != RMQ_OK)
		return err;
	rmqi_env_ref(env);
	was_quiet = settle(env, max_ms);
	if (!was_quiet)
		rmqi_inproc_each(env->inproc, add_busy, &busy);
	rmqi_env_unref(env);
	if (was_quiet)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
			       "bytes are under way to or from %s", busy.names);
}

/* --- The wall clock --- */

enum rmq_error mb_cluster_step_wall(struct rmq_mock_cluster *c, int64_t ms,
				    struct rmq_error_detail *detail)
{
	enum rmq_error err = check_virtual(c, detail);
	int64_t now;

	if (err != RMQ_OK)
		return err;
	now = rmqi_clock_wall_ms(c->env->clock);
	if (ms < -now || ms > WALL_MAX_MS - now)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "the wall clock shows %lld ms and cannot go by %lld",
				       (long long)now, (long long)ms);
	rmqi_clock_step_wall(c->env->clock, ms);
	return RMQ_OK;
}

int64_t mb_cluster_now_ms(const struct rmq_mock_cluster *c)
{
	return rmqi_clock_wall_ms(mb_cluster_clock(c));
}

/* --- A scale ------------------------------------------------------------------------------------ */

struct scaling {
	struct rmqi_loop *loop;
	int64_t scale;
};

static void scale_on_loop(void *arg)
{
	struct scaling *x = arg;

	rmqi_timers_set_scale(rmqi_loop_inner_timers(x->loop), x->scale);
}

void mb_cluster_scale_now(struct rmq_mock_cluster *c, int64_t scale)
{
	struct scaling x = {.loop = c->loop, .scale = scale};

	rmqi_loop_call(c->loop, scale_on_loop, &x);
}

enum rmq_error mb_cluster_set_scale(struct rmq_mock_cluster *c, int64_t scale,
				    struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	if (c->env->sim)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "virtual time goes as fast as it can: it has no scale");
	mb_cluster_scale_now(c, scale);
	return RMQ_OK;
}

/* --- Skew --------------------------------------------------------------------------------------- */

struct skew {
	struct mb_slot *slot;
	int64_t ms;
};

static void skew_on_loop(void *arg)
{
	struct skew *x = arg;

	x->slot->skew_ms = x->ms;
}

enum rmq_error mb_cluster_set_skew(struct rmq_mock_cluster *c, const char *broker, int64_t ms,
				   struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);
	struct skew x = {.ms = ms};

	if (err != RMQ_OK)
		return err;
	x.slot = mb_cluster_find_broker(c, broker, detail);
	if (!x.slot)
		return RMQ_ERR_NOT_FOUND;
	if (ms < -WALL_MAX_MS || ms > WALL_MAX_MS)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "no clock is wrong by %lld ms", (long long)ms);
	rmqi_loop_call(c->loop, skew_on_loop, &x);
	return RMQ_OK;
}
