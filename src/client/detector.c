/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "client/client_impl.h"
#include "codec/codes.h"
#include "codec/schema.h"

/* One question. The broker may leave the table meanwhile, so it is found by address. */
struct question {
	struct rmqi_call call;
	struct rmqi_client *client;
	char *address; /* owned */
};

static bool has_work(struct rmqi_client *c)
{
	return atomic_load(&c->detector.is_on) && rmqi_client_is_running(c) &&
	       rmqi_faults_any_unreachable(&c->faults, rmqi_clock_us(c->env->clock));
}

struct waking {
	struct rmqi_task task;
	struct rmqi_client *client;
};

static void run_wake(struct rmqi_task *task)
{
	struct waking *w = RMQI_CONTAINER(task, struct waking, task);
	struct rmqi_client *c = w->client;
	struct rmqi_timer *t = &c->detector.timer;
	int64_t next_us = rmqi_clock_deadline(c->env->clock, atomic_load(&c->detector.interval_ms));

	rmqi_free(w);
	if (!has_work(c))
		rmqi_timer_stop(t);
	else if (!rmqi_timer_is_armed(t) || next_us < t->node.key)
		rmqi_timer_start(t, next_us);
}

/* Without memory the broker waits for its time. */
static void wake(struct rmqi_client *c)
{
	struct waking *w = rmqi_calloc(1, sizeof(*w));

	if (!w)
		return;
	w->client = c;
	w->task.run = run_wake;
	rmqi_loop_post(c->loop, &w->task);
}

/* @thread: any */
static void on_lost(void *arg)
{
	struct rmqi_client *c = arg;

	if (atomic_load(&c->detector.is_on))
		wake(c);
}

void rmqi_detector_init(struct rmqi_client *c, const struct rmq_config *config)
{
	struct rmqi_detector *d = &c->detector;

	rmqi_faults_watch(&c->faults, on_lost, c);
	atomic_init(&d->is_on, rmqi_config_bool(config, RMQI_CFG_startDetectorEnable));
	atomic_init(&d->interval_ms, rmqi_config_i64(config, RMQI_CFG_detectInterval));
	atomic_init(&d->timeout_ms, rmqi_config_i64(config, RMQI_CFG_detectTimeout));
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct question *q = RMQI_CONTAINER(call, struct question, call);
	struct rmqi_client *c = q->client;
	struct rmqi_broker *b = rmqi_map_get(&c->brokers, rmqi_str(q->address));

	if (b)
		b->is_asked = false;
	/* One with a new connection may have been lifted by its heartbeat before. */
	if (b && error == RMQ_OK && response->code != RMQI_RESP_GO_AWAY &&
	    rmqi_faults_reached(&c->faults, b->name, rmqi_clock_us(c->env->clock)))
		RMQI_LOG(
			c->log, RMQ_LOG_INFO,
			"broker %s (%s) answers the detector: it is no longer put aside as unreachable",
			b->name, b->address);
	rmqi_free(q->address);
	rmqi_free(q);
}

/* Any topic will do. */
static struct rmqi_str topic_of(const struct rmqi_client *c)
{
	const struct rmqi_topic *t = rmqi_map_at(&c->topics, 0, NULL);

	return rmqi_str(t->name);
}

static void ask(struct rmqi_client *c, struct rmqi_broker *b)
{
	struct rmqi_h_get_max_offset header = {.topic = topic_of(c)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_MAX_OFFSET,
					.desc = &rmqi_desc_get_max_offset,
					.header = &header};
	int64_t timeout_ms = atomic_load(&c->detector.timeout_ms);
	struct question *q = rmqi_calloc(1, sizeof(*q));

	if (q)
		q->address = rmqi_strdup(b->address);
	if (!q || !q->address) {
		rmqi_free(q);
		return;
	}
	RMQI_SET(&header, get_max_offset, bname, rmqi_str(b->name));
	q->client = c;
	q->call.fn = on_answer;
	b->is_asked = true;
	rmqi_rpc_call_async(c->rpc, b->address, &request,
			    rmqi_clock_deadline(c->env->clock, timeout_ms), &q->call);
}

/* What is asked may end at once and change the table no more than by a flag. */
static void ask_all(struct rmqi_client *c)
{
	int64_t now_us = rmqi_clock_us(c->env->clock);

	for (size_t i = 0; c->topics.count > 0 && i < c->brokers.count; i++) {
		struct rmqi_broker *b = rmqi_map_at(&c->brokers, i, NULL);

		if (b->is_master && !b->is_asked &&
		    rmqi_faults_is_unreachable(&c->faults, b->name, now_us))
			ask(c, b);
	}
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_client *c = RMQI_CONTAINER(t, struct rmqi_client, detector.timer);

	if (!has_work(c))
		return;
	ask_all(c);
	rmqi_timer_start_ms(t, atomic_load(&c->detector.interval_ms));
}

enum rmq_error rmqi_detector_init_timer(struct rmqi_client *c)
{
	return rmqi_timer_init(&c->detector.timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_detector_stop(struct rmqi_detector *d)
{
	rmqi_timer_stop(&d->timer);
}

void rmqi_detector_deinit(struct rmqi_detector *d)
{
	rmqi_timer_deinit(&d->timer);
}

void rmqi_client_set_detector(struct rmqi_client *c, bool is_on)
{
	atomic_store(&c->detector.is_on, is_on);
	wake(c);
}

void rmqi_client_set_detect_interval(struct rmqi_client *c, int64_t ms)
{
	atomic_store(&c->detector.interval_ms, ms);
	wake(c);
}

void rmqi_client_set_detect_timeout(struct rmqi_client *c, int64_t ms)
{
	atomic_store(&c->detector.timeout_ms, ms);
}
