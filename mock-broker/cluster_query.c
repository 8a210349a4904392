/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_query.c - looking into a running cluster, and moving its time.
 */
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/cluster_state.h"

enum { POLL_MS = 1, REGISTER_WAIT_MS = 10000 };

const char *mb_cluster_namesrv(const struct rmq_mock_cluster *c)
{
	return c->namesrv_text;
}

const char *mb_cluster_control(const struct rmq_mock_cluster *c)
{
	return c->control_address;
}

const char *mb_cluster_broker_address(const struct rmq_mock_cluster *c, const char *broker)
{
	size_t at = mb_cluster_find_place(c, broker);

	return at == SIZE_MAX ? NULL : c->brokers[at].address;
}

const struct rmqi_env *mb_cluster_env(const struct rmq_mock_cluster *c)
{
	return c->env;
}

/* A question that is asked on the loop. `broker` NULL: not about one. */
struct question {
	struct rmq_mock_cluster *c;
	const char *broker;
	const char *group;
	const char *topic;
	int32_t number; /* queue id, queues, or request code */
	int64_t answer;
	void (*ask)(struct question *q, struct mb_broker *b);
};

static void ask_on_loop(void *arg)
{
	struct question *q = arg;
	const struct mb_slot *s = q->broker ? mb_cluster_find_slot(q->c, q->broker) : NULL;

	/* A stop that begins now has to come through the loop first. */
	if (!q->broker || (s && mb_slot_is_up(q->c, s)))
		q->ask(q, s ? s->broker : NULL);
}

static int64_t ask(struct question *q)
{
	q->answer = -1;
	if (rmqi_env_is_foreign(q->c->env))
		return -1;
	rmqi_loop_call(q->c->loop, ask_on_loop, q);
	return q->answer;
}

/* The same of what cannot be negative. */
static int64_t count(struct question *q)
{
	int64_t n = ask(q);

	return n > 0 ? n : 0;
}

static void ask_requests(struct question *q, struct mb_broker *b)
{
	(void)b;
	q->answer = (int64_t)mb_counters_get(&q->c->counters, q->number);
}

uint64_t mb_cluster_request_count(struct rmq_mock_cluster *c, int32_t code)
{
	struct question q = {.c = c, .number = code, .ask = ask_requests};

	return (uint64_t)count(&q);
}

static void ask_unsupported(struct question *q, struct mb_broker *b)
{
	(void)b;
	q->answer = (int64_t)q->c->counters.unsupported;
}

uint64_t mb_cluster_unsupported_count(struct rmq_mock_cluster *c)
{
	struct question q = {.c = c, .ask = ask_unsupported};

	return (uint64_t)count(&q);
}

static void ask_max_offset(struct question *q, struct mb_broker *b)
{
	q->answer = mb_broker_max_offset(b, rmqi_str(q->topic), q->number);
}

int64_t mb_cluster_max_offset(struct rmq_mock_cluster *c, const char *broker, const char *topic,
			      int32_t queue_id)
{
	struct question q = {.c = c,
			     .broker = broker,
			     .topic = topic,
			     .number = queue_id,
			     .ask = ask_max_offset};

	return ask(&q);
}

static void ask_consumer_offset(struct question *q, struct mb_broker *b)
{
	q->answer = mb_broker_consumer_offset(b, rmqi_str(q->group), rmqi_str(q->topic), q->number);
}

int64_t mb_cluster_consumer_offset(struct rmq_mock_cluster *c, const char *broker,
				   const char *group, const char *topic, int32_t queue_id)
{
	struct question q = {.c = c,
			     .broker = broker,
			     .group = group,
			     .topic = topic,
			     .number = queue_id,
			     .ask = ask_consumer_offset};

	return ask(&q);
}

static void ask_group_size(struct question *q, struct mb_broker *b)
{
	q->answer = mb_broker_group_size(b, rmqi_str(q->group));
}

int mb_cluster_group_size(struct rmq_mock_cluster *c, const char *broker, const char *group)
{
	struct question q = {.c = c, .broker = broker, .group = group, .ask = ask_group_size};

	return (int)ask(&q);
}

static void ask_create_topic(struct question *q, struct mb_broker *b)
{
	q->answer = mb_broker_create_topic(b, rmqi_str(q->topic), q->number);
}

enum rmq_error mb_cluster_create_topic(struct rmq_mock_cluster *c, const char *topic, int queues,
				       struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);
	bool has_one = false;

	if (err != RMQ_OK)
		return err;
	for (size_t i = 0; i < c->broker_count; i++) {
		struct mb_slot *s = &c->brokers[i];
		struct question q = {.c = c,
				     .broker = s->label,
				     .topic = topic,
				     .number = queues,
				     .ask = ask_create_topic};

		/* A slave has it from its master. */
		if (mb_slot_is_slave(c, s) || !mb_slot_use(c, s))
			continue;
		has_one = true;
		err = (enum rmq_error)ask(&q);
		if (err == RMQ_OK)
			mb_broker_wait_registered(
				s->broker, rmqi_clock_deadline(c->env->clock, REGISTER_WAIT_MS));
		mb_slot_leave(c, s);
		if (err != RMQ_OK)
			return rmqi_detail_set(detail, err, 0, "%s refuses the topic \"%s\": %s",
					       s->label, topic, rmq_error_text(err));
	}
	if (!has_one)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0, "no broker of the cluster runs");
	return RMQ_OK;
}

enum rmq_error mb_cluster_advance(struct rmq_mock_cluster *c, int64_t ms,
				  struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);
	const struct rmqi_env *env;
	int64_t most_ms;

	if (err != RMQ_OK)
		return err;
	if (!c->env->sim)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the time of this cluster is real: it was made without "
				       "virtualTime");
	/* Timers may be set behind it. */
	most_ms = (INT64_MAX / 2 - rmqi_clock_us(c->env->clock)) / 1000;
	if (ms < 0 || ms > most_ms)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "time moves by 0..%lld ms, not %lld", (long long)most_ms,
				       (long long)ms);
	env = c->env;
	rmqi_env_ref(env);
	rmqi_sim_advance(env->sim, ms * 1000);
	rmqi_env_unref(env);
	return RMQ_OK;
}

/* The cluster may be freed by what runs. */
static bool run_sim(const struct rmqi_env *env, bool (*done)(void *arg), void *arg,
		    int64_t deadline_us)
{
	bool is_done;

	rmqi_env_ref(env);
	is_done = rmqi_sim_run_until(env->sim, done, arg, deadline_us);
	rmqi_env_unref(env);
	return is_done;
}

bool mb_cluster_run_until(struct rmq_mock_cluster *c, bool (*done)(void *arg), void *arg,
			  int64_t max_ms)
{
	int64_t deadline_us = rmqi_clock_deadline(c->env->clock, max_ms);
	struct rmqi_event never; /* never set: waiting for it is the pause */
	bool is_over = false;

	if (mb_cluster_check_caller(c, NULL) != RMQ_OK)
		return false;
	if (c->env->sim)
		return run_sim(c->env, done, arg, deadline_us);
	rmqi_event_init(&never, c->env);
	while (!is_over && rmqi_clock_us(c->env->clock) < deadline_us) {
		is_over = done(arg);
		if (!is_over)
			rmqi_event_wait(&never, rmqi_clock_deadline(c->env->clock, POLL_MS));
	}
	rmqi_event_deinit(&never);
	return is_over || done(arg);
}
