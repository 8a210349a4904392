/* SPDX-License-Identifier: Apache-2.0 */
/*
 * routes.c - the topics of a client: fetching, caching, refreshing their routes
 * (MQClientInstance.updateTopicRouteInfoFromNameServer).
 *
 * The answer "no such topic" does not remove a route that is cached: a name server
 * that has just started knows nothing until the brokers register again, up to 30 s
 * (BrokerConfig.registerNameServerPeriod).
 */
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/client_impl.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

enum {
	REFRESH_AT_MOST_EVERY_US = 1000 * 1000,
	FIRST_LOOK_MS = 1000 /* for the route of a topic that has none */
};

enum purpose {
	TO_KEEP,    /* caches it and keeps it fresh from then on */
	TO_REFRESH, /* caches it, if the topic is still watched */
	TO_LOOK     /* keeps nothing */
};

/* One fetch. Thread: loop, but for its making. */
struct fetch {
	struct rmqi_client *client;
	char *topic; /* owned */
	struct rmqi_h_get_route_info header;
	struct rmqi_outgoing request;
	enum purpose purpose;
	bool use_default;
	bool asks_default; /* the second question: for TBW102 */
	int64_t deadline_us;
	rmqi_client_route_fn fn;
	void *arg;
};

static struct rmqi_topic *find_topic(struct rmqi_client *c, const char *name)
{
	struct rmqi_topic *t;

	rmqi_mutex_lock(&c->mu);
	t = rmqi_map_get(&c->topics, rmqi_str(name));
	rmqi_mutex_unlock(&c->mu);
	return t;
}

static void free_topic(void *value)
{
	struct rmqi_topic *t = value;

	rmqi_topic_route_unref(t->route);
	rmqi_free(t->name);
	rmqi_free(t);
}

/* @thread: loop. NULL when memory is out. */
static struct rmqi_topic *obtain_topic(struct rmqi_client *c, const char *name)
{
	struct rmqi_topic *t = find_topic(c, name);
	enum rmq_error err;

	if (t)
		return t;
	t = rmqi_calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->name = rmqi_strdup(name);
	if (!t->name) {
		rmqi_free(t);
		return NULL;
	}
	rmqi_mutex_lock(&c->mu);
	err = rmqi_map_set(&c->topics, rmqi_str(name), t, NULL);
	rmqi_mutex_unlock(&c->mu);
	if (err == RMQ_OK)
		return t;
	free_topic(t);
	return NULL;
}

struct rmqi_topic_route *rmqi_client_cached_route(struct rmqi_client *c, const char *topic)
{
	struct rmqi_topic_route *r = NULL;
	struct rmqi_topic *t;

	rmqi_mutex_lock(&c->mu);
	t = rmqi_map_get(&c->topics, rmqi_str(topic));
	if (t && t->route)
		r = rmqi_topic_route_ref(t->route);
	rmqi_mutex_unlock(&c->mu);
	return r;
}

static void finish(struct fetch *f, enum rmq_error error, struct rmqi_topic_route *route,
		   const struct rmq_error_detail *detail)
{
	f->fn(f->arg, error, route, detail);
	rmqi_free(f->topic);
	rmqi_free(f);
}

/* Puts the snapshot in the place of the old one and tells the owner and the heartbeats. */
static void publish(struct rmqi_client *c, struct rmqi_topic *t, struct rmqi_topic_route *route)
{
	struct rmqi_topic_route *old;

	rmqi_mutex_lock(&c->mu);
	old = t->route;
	t->route = rmqi_topic_route_ref(route);
	rmqi_mutex_unlock(&c->mu);
	rmqi_topic_route_unref(old);
	RMQI_LOG(c->log, RMQ_LOG_INFO, "route of %s: %zu brokers, %zu queues to write, %zu to read",
		 t->name, route->route.broker_count, route->publish_count, route->subscribe_count);
	rmqi_client_update_brokers(c);
	if (c->owner.on_route)
		c->owner.on_route(c->owner.arg, t->name, route);
}

/* What is cached says the same, or more than the answer about TBW102 that comes now: the topic may have
 * been made since we asked for it. */
static bool is_cached_enough(const struct fetch *f, const struct rmqi_topic *t,
			     const struct rmqi_route *route)
{
	if (!t->route)
		return false;
	if (f->asks_default)
		return !t->route->is_default;
	return !t->route->is_default && rmqi_route_eq(&t->route->route, route);
}

/* `route` is moved. */
static enum rmq_error make_route(struct fetch *f, struct rmqi_route *route,
				 struct rmqi_topic_route **out)
{
	struct rmqi_client *c = f->client;
	int32_t cap = 0;

	if (f->asks_default)
		cap = (int32_t)rmqi_config_i64(c->config, RMQI_CFG_defaultTopicQueueNums);
	return rmqi_topic_route_new(f->topic, route, cap, (unsigned)rmqi_rand_next(&c->rand), out);
}

/* `route` is moved. */
static enum rmq_error keep_route(struct fetch *f, struct rmqi_topic *t, struct rmqi_route *route,
				 struct rmqi_topic_route **out)
{
	enum rmq_error err;

	t->is_watched = true;
	if (is_cached_enough(f, t, route)) {
		rmqi_route_deinit(route);
		*out = rmqi_topic_route_ref(t->route);
		return RMQ_OK;
	}
	err = make_route(f, route, out);
	if (err == RMQ_OK)
		publish(f->client, t, *out);
	return err;
}

/* `route` is moved. */
static enum rmq_error accept_route(struct fetch *f, struct rmqi_route *route,
				   struct rmqi_topic_route **out)
{
	struct rmqi_topic *t = NULL;

	switch (f->purpose) {
	case TO_LOOK:
		return make_route(f, route, out);
	case TO_REFRESH:
		t = find_topic(f->client, f->topic);
		if (t && t->is_watched)
			return keep_route(f, t, route, out);
		rmqi_route_deinit(route);
		return RMQ_OK;
	case TO_KEEP:
		break;
	}
	t = obtain_topic(f->client, f->topic);
	if (t)
		return keep_route(f, t, route, out);
	rmqi_route_deinit(route);
	return RMQ_ERR_NO_MEMORY;
}

static void on_answer(void *arg, enum rmq_error error, const struct rmqi_command *response,
		      const struct rmq_error_detail *detail);

static void ask(struct fetch *f)
{
	f->header = (struct rmqi_h_get_route_info){0};
	f->header.topic = rmqi_str(f->asks_default ? RMQI_DEFAULT_TOPIC : f->topic);
	RMQI_SET(&f->header, get_route_info, acceptStandardJsonOnly, true);
	f->request = (struct rmqi_outgoing){.code = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC,
					    .desc = &rmqi_desc_get_route_info,
					    .header = &f->header};
	rmqi_client_ask_namesrv(f->client, &f->request, f->deadline_us, on_answer, f);
}

/* `attempts` (may be NULL) tells which name server said so. */
static void refuse(struct fetch *f, enum rmq_error error, const struct rmqi_command *response,
		   const struct rmq_error_detail *attempts, const char *why)
{
	struct rmq_error_detail *d = rmqi_detail_new();

	rmqi_detail_copy(d, attempts);
	if (response)
		rmqi_detail_set_broker(d, response->code, response->remark);
	rmqi_detail_set(d, error, RMQ_ERROR_RETRIABLE, "topic %s: %s", f->topic, why);
	finish(f, error, NULL, d);
	rmq_error_detail_free(d);
}

static void on_refusal(struct fetch *f, const struct rmqi_command *response,
		       const struct rmq_error_detail *attempts)
{
	if (response->code != RMQI_RESP_TOPIC_NOT_EXIST) {
		refuse(f, RMQ_ERR_BROKER, response, attempts,
		       "the name server refused the route query");
	} else if (f->use_default && !f->asks_default) {
		f->asks_default = true;
		ask(f);
	} else {
		refuse(f, RMQ_ERR_NO_ROUTE, response, attempts,
		       f->asks_default
			       ? "unknown to the name server, and no broker makes topics by itself"
			       : "unknown to the name server");
	}
}

static void on_answer(void *arg, enum rmq_error error, const struct rmqi_command *response,
		      const struct rmq_error_detail *detail)
{
	struct fetch *f = arg;
	struct rmqi_topic_route *route = NULL;
	struct rmqi_route decoded;

	if (error != RMQ_OK) {
		finish(f, error, NULL, detail);
		return;
	}
	if (response->code != RMQI_RESP_SUCCESS) {
		on_refusal(f, response, detail);
		return;
	}
	error = rmqi_route_decode(response->body, &decoded);
	if (error == RMQ_OK)
		error = accept_route(f, &decoded, &route);
	if (error == RMQ_OK)
		finish(f, RMQ_OK, route, NULL);
	else if (error == RMQ_ERR_NO_MEMORY)
		finish(f, error, NULL, NULL);
	else
		refuse(f, error, NULL, detail, "the name server's answer cannot be used");
}

static void fetch_route(struct rmqi_client *c, const char *topic, enum purpose purpose,
			bool use_default, int64_t deadline_us, rmqi_client_route_fn fn, void *arg)
{
	struct fetch *f = rmqi_calloc(1, sizeof(*f));

	if (f)
		f->topic = rmqi_strdup(topic);
	if (!f || !f->topic) {
		rmqi_free(f);
		fn(arg, RMQ_ERR_NO_MEMORY, NULL, NULL);
		return;
	}
	f->client = c;
	f->purpose = purpose;
	f->use_default = use_default;
	f->deadline_us = deadline_us;
	f->fn = fn;
	f->arg = arg;
	ask(f);
}

/* A thread that waits for a route. It waits as long as it takes: the fetch ends by its deadline or
 * when the client is closed. */
struct route_wait {
	struct rmqi_event done;
	enum rmq_error error;
	struct rmqi_topic_route *route;
	struct rmq_error_detail *detail; /* the caller's, may be NULL */
};

static void wake(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
		 const struct rmq_error_detail *detail)
{
	struct route_wait *w = arg;

	w->error = error;
	w->route = route;
	rmqi_detail_copy(w->detail, detail);
	if (error != RMQ_OK && !detail)
		rmqi_detail_set(w->detail, error, 0, "route: %s", rmq_error_text(error));
	rmqi_event_set(&w->done);
}

static enum rmq_error await_route(struct rmqi_client *c, const char *topic, enum purpose purpose,
				  bool use_default, int64_t deadline_us,
				  struct rmqi_topic_route **out, struct rmq_error_detail *detail)
{
	struct route_wait w = {.detail = detail};

	rmqi_event_init(&w.done, c->env);
	fetch_route(c, topic, purpose, use_default, deadline_us, wake, &w);
	(void)rmqi_event_wait(&w.done, RMQI_FOREVER);
	rmqi_event_deinit(&w.done);
	if (w.error == RMQ_OK)
		*out = w.route;
	return w.error;
}

enum rmq_error rmqi_client_route(struct rmqi_client *c, const char *topic, bool use_default,
				 int64_t deadline_us, struct rmqi_topic_route **out,
				 struct rmq_error_detail *detail)
{
	struct rmqi_topic_route *cached = rmqi_client_cached_route(c, topic);

	/* A default route says nothing to a consumer. */
	if (cached && (use_default || !cached->is_default)) {
		*out = cached;
		return RMQ_OK;
	}
	rmqi_topic_route_unref(cached);
	return await_route(c, topic, TO_KEEP, use_default, deadline_us, out, detail);
}

/* Already cached, it is fetched again: who asks has looked. */
void rmqi_client_route_async(struct rmqi_client *c, const char *topic, bool use_default,
			     int64_t deadline_us, rmqi_client_route_fn fn, void *arg)
{
	fetch_route(c, topic, TO_KEEP, use_default, deadline_us, fn, arg);
}

enum rmq_error rmqi_client_fresh_route(struct rmqi_client *c, const char *topic,
				       int64_t deadline_us, struct rmqi_topic_route **out,
				       struct rmq_error_detail *detail)
{
	return await_route(c, topic, TO_LOOK, false, deadline_us, out, detail);
}

/* A refresh in the background. */
struct refresh {
	struct rmqi_task task;
	struct rmqi_client *client;
	char *topic; /* owned */
	bool unwatch;
};

/* Does any name server answer? */
static void tell_namesrvs(struct rmqi_client *c, enum rmq_error error,
			  const struct rmq_error_detail *detail)
{
	bool is_reached = error == RMQ_OK || error == RMQ_ERR_NO_ROUTE || error == RMQ_ERR_BROKER;

	if (error == RMQ_ERR_CANCELLED || error == RMQ_ERR_NO_MEMORY ||
	    is_reached != c->is_told_unreached)
		return;
	c->is_told_unreached = !is_reached;
	if (is_reached)
		rmqi_client_tell(c, RMQ_EVENT_OVER, NULL, NULL, -1, NULL,
				 "a name server answers again");
	else
		rmqi_client_tell(c, RMQ_EVENT_CANNOT_REACH, NULL, NULL, -1, NULL,
				 "no name server is reached: %s",
				 detail ? rmq_error_detail_message(detail) : rmq_error_text(error));
}

static void tell_topic(struct rmqi_client *c, struct rmqi_topic *t, enum rmq_error error,
		       const struct rmq_error_detail *detail)
{
	bool is_missing = error == RMQ_ERR_NO_ROUTE && !t->route;

	/* The broker makes a retry topic when it first sees the group. */
	if (rmqi_topic_is_retry(rmqi_str(t->name)) || is_missing == t->is_told_missing ||
	    (!is_missing && error != RMQ_OK))
		return;
	t->is_told_missing = is_missing;
	if (is_missing)
		rmqi_client_tell(
			c, RMQ_EVENT_REFUSED, t->name, NULL, rmq_error_detail_broker_code(detail),
			rmq_error_detail_remark(detail), "no name server knows topic %s", t->name);
	else
		rmqi_client_tell(c, RMQ_EVENT_OVER, t->name, NULL, -1, NULL,
				 "topic %s has a route now", t->name);
}

static void on_refreshed(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
			 const struct rmq_error_detail *detail)
{
	struct refresh *r = arg;
	struct rmqi_client *c = r->client;
	struct rmqi_topic *t = find_topic(c, r->topic);

	if (t)
		t->is_fetching = false;
	tell_namesrvs(c, error, detail);
	if (t)
		tell_topic(c, t, error, detail);
	rmqi_topic_route_unref(route);
	if (error == RMQ_ERR_NO_ROUTE && t && !t->route && c->owner.on_route)
		c->owner.on_route(c->owner.arg, r->topic, NULL);
	rmqi_free(r->topic);
	rmqi_free(r);
}

/* @thread: loop */
static void refresh_topic(struct rmqi_client *c, struct rmqi_topic *t)
{
	int64_t timeout_ms = rmqi_config_i64(c->config, RMQI_CFG_mqClientApiTimeout);
	struct refresh *r;

	if (t->is_fetching || !t->is_watched || !rmqi_client_is_open(c))
		return;
	r = rmqi_calloc(1, sizeof(*r));
	if (r)
		r->topic = rmqi_strdup(t->name);
	if (!r || !r->topic) {
		rmqi_free(r);
		return;
	}
	r->client = c;
	t->is_fetching = true;
	fetch_route(c, t->name, TO_REFRESH, false, rmqi_clock_deadline(c->env->clock, timeout_ms),
		    on_refreshed, r);
}

void rmqi_client_refresh_all(struct rmqi_client *c)
{
	c->refreshed_us = rmqi_clock_us(c->env->clock);
	/* Only the loop changes the map, so it may be walked here without the mutex. */
	for (size_t i = 0; i < c->topics.count; i++)
		refresh_topic(c, rmqi_map_at(&c->topics, i, NULL));
}

void rmqi_client_look_for_missing(struct rmqi_client *c)
{
	if (!rmqi_client_is_running(c))
		return;
	c->missing_delay_ms = FIRST_LOOK_MS;
	rmqi_timer_start_ms(&c->missing_timer, c->missing_delay_ms);
}

void rmqi_client_on_missing_timer(struct rmqi_timer *timer)
{
	struct rmqi_client *c = RMQI_CONTAINER(timer, struct rmqi_client, missing_timer);
	int64_t longest_ms = rmqi_config_i64(c->config, RMQI_CFG_pollNameServerInterval);
	bool is_any_missing = false;

	for (size_t i = 0; i < c->topics.count; i++) {
		struct rmqi_topic *t = rmqi_map_at(&c->topics, i, NULL);

		if (!t->is_watched || t->route)
			continue;
		is_any_missing = true;
		refresh_topic(c, t);
	}
	c->missing_delay_ms *= 2;
	/* From there on the refresh of all routes looks as often. */
	if (is_any_missing && c->missing_delay_ms < longest_ms)
		rmqi_timer_start_ms(timer, c->missing_delay_ms);
}

static void run_watch(struct rmqi_task *task)
{
	struct refresh *r = RMQI_CONTAINER(task, struct refresh, task);
	struct rmqi_client *c = r->client;
	struct rmqi_topic *t = r->unwatch ? find_topic(c, r->topic) : obtain_topic(c, r->topic);

	if (t) {
		t->is_watched = !r->unwatch;
		refresh_topic(c, t);
		if (t->is_watched && !t->route)
			rmqi_client_look_for_missing(c);
	}
	rmqi_free(r->topic);
	rmqi_free(r);
}

static void post_watch(struct rmqi_client *c, const char *topic, bool unwatch)
{
	struct refresh *r = rmqi_calloc(1, sizeof(*r));

	if (r)
		r->topic = rmqi_strdup(topic);
	if (!r || !r->topic) {
		rmqi_free(r);
		return;
	}
	r->client = c;
	r->unwatch = unwatch;
	r->task.run = run_watch;
	rmqi_loop_post(c->loop, &r->task);
}

void rmqi_client_watch(struct rmqi_client *c, const char *topic)
{
	post_watch(c, topic, false);
}

void rmqi_client_unwatch(struct rmqi_client *c, const char *topic)
{
	post_watch(c, topic, true);
}

static void run_refresh(struct rmqi_task *task)
{
	struct refresh *r = RMQI_CONTAINER(task, struct refresh, task);
	struct rmqi_client *c = r->client;
	int64_t earliest_us = c->refreshed_us + REFRESH_AT_MOST_EVERY_US;

	rmqi_free(r);
	if (!rmqi_client_is_running(c))
		return;
	/* Now, or when the second is over. */
	rmqi_timer_start(&c->route_timer, earliest_us);
}

void rmqi_client_refresh_routes(struct rmqi_client *c)
{
	struct refresh *r = rmqi_calloc(1, sizeof(*r));

	if (!r)
		return;
	r->client = c;
	r->task.run = run_refresh;
	rmqi_loop_post(c->loop, &r->task);
}

void rmqi_client_free_topics(struct rmqi_client *c)
{
	rmqi_map_deinit(&c->topics, free_topic);
}
