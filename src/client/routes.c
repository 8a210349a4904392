/* SPDX-License-Identifier: Apache-2.0 */
/*
 * routes.c - keeps the routes of watched topics fresh, and tells what is wrong with them
 * (MQClientInstance.updateTopicRouteInfoFromNameServer). How one is asked for: route_fetch.h.
 */
#include <string.h>

#include "base/mem.h"
#include "client/client_impl.h"
#include "client/route_fetch.h"
#include "codec/names.h"

enum {
	REFRESH_AT_MOST_EVERY_US = 1000 * 1000,
	FIRST_LOOK_MS = 1000 /* for the route of a topic that has none */
};

/* A refresh in the background. */
struct refresh {
	struct rmqi_task task;
	struct rmqi_client *client;
	bool unwatch;
	struct refresh *next; /* in rmqi_client.late_watches */
	char topic[];
};

/* NULL: memory is out. */
static struct refresh *refresh_new(struct rmqi_client *c, const char *topic)
{
	size_t size = strlen(topic) + 1;
	struct refresh *r = rmqi_calloc(1, sizeof(*r) + size);

	if (!r)
		return NULL;
	r->client = c;
	memcpy(r->topic, topic, size);
	return r;
}

/* Does any name server answer, as one does? */
static void tell_namesrvs(struct rmqi_client *c, enum rmq_error error,
			  const struct rmq_error_detail *detail)
{
	struct rmqi_failure f = {
		.kind = RMQI_TROUBLE_NAMESRVS, .subject = "", .error = error, .code = -1};

	if (error == RMQ_OK || error == RMQ_ERR_NO_ROUTE || error == RMQ_ERR_UNSUPPORTED ||
	    error == RMQ_ERR_DENIED) {
		rmqi_client_settle(c, RMQI_TROUBLE_NAMESRVS, "", NULL);
		return;
	}
	if (error == RMQ_ERR_NO_MEMORY)
		return;
	f.code = detail ? rmq_error_detail_broker_code(detail) : -1;
	if (f.code >= 0)
		f.address = rmqi_route_last_address(detail);
	if (detail)
		f.why = rmqi_str(f.code >= 0 ? rmq_error_detail_remark(detail)
					     : rmq_error_detail_message(detail));
	rmqi_client_complain(c, &f, NULL);
}

/* The broker makes a retry topic when it first sees the group. */
static void tell_topic(struct rmqi_client *c, struct rmqi_topic *t, enum rmq_error error,
		       const struct rmq_error_detail *detail)
{
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_ROUTE,
				 .subject = t->name,
				 .topic = t->name,
				 .address = rmqi_route_last_address(detail),
				 .error = error,
				 .code = rmq_error_detail_broker_code(detail),
				 .why = rmqi_str(rmq_error_detail_remark(detail))};

	if (error == RMQ_OK || t->route)
		rmqi_client_settle(c, RMQI_TROUBLE_ROUTE, t->name, &t->is_told_missing);
	else if ((error == RMQ_ERR_NO_ROUTE || error == RMQ_ERR_DENIED) &&
		 !rmqi_topic_is_retry(rmqi_str(t->name)))
		rmqi_client_complain(c, &f, &t->is_told_missing);
}

/* What an ordinary topic had is nothing to go on with: sends ask anew and are told, and a consumer, with
 * a route without queues, gives up those that it holds. */
static void withdraw_route(struct rmqi_client *c, struct rmqi_topic *t)
{
	struct rmqi_topic_route *old, *none;
	struct rmqi_route empty = {0};

	rmqi_mutex_lock(&c->mu);
	old = t->route;
	t->route = NULL;
	rmqi_mutex_unlock(&c->mu);
	rmqi_topic_route_unref(old);
	rmqi_client_update_brokers(c);
	if (!old || !c->owner.on_route ||
	    rmqi_topic_route_new(t->name, &empty, 0, 0, &none) != RMQ_OK)
		return;
	c->owner.on_route(c->owner.arg, t->name, none);
	rmqi_topic_route_unref(none);
}

static void tell_static(struct rmqi_client *c, struct rmqi_topic *t, enum rmq_error error,
			const struct rmq_error_detail *detail)
{
	const char *text = rmq_error_detail_message(detail);
	bool is_static = error == RMQ_ERR_UNSUPPORTED;

	if (is_static)
		withdraw_route(c, t);
	if (is_static == t->is_told_static || (!is_static && error != RMQ_OK))
		return;
	t->is_told_static = is_static;
	if (!is_static) {
		rmqi_client_tell(c, RMQ_EVENT_OVER, t->name, NULL, -1, NULL,
				 "topic %s is no static topic any more", t->name);
		return;
	}
	RMQI_LOG(c->log, RMQ_LOG_WARN, "%s", text);
	rmqi_client_tell(c, RMQ_EVENT_REFUSED, t->name, NULL, -1, NULL, "%s", text);
}

static void on_refreshed(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
			 const struct rmq_error_detail *detail)
{
	struct refresh *r = arg;
	struct rmqi_client *c = r->client;
	struct rmqi_topic *t = rmqi_topic_find(c, r->topic);

	if (t) {
		t->is_fetching = false;
		t->has_failed = error != RMQ_OK && error != RMQ_ERR_NO_ROUTE;
	}
	tell_namesrvs(c, error, detail);
	if (t) {
		tell_topic(c, t, error, detail);
		tell_static(c, t, error, detail);
	}
	rmqi_topic_route_unref(route);
	if (error == RMQ_ERR_NO_ROUTE && t && !t->route && c->owner.on_route)
		c->owner.on_route(c->owner.arg, r->topic, NULL);
	rmqi_free(r);
}

/* @thread: loop */
static void refresh_topic(struct rmqi_client *c, struct rmqi_topic *t)
{
	int64_t timeout_ms = rmqi_config_i64(c->config, RMQI_CFG_mqClientApiTimeout);
	struct refresh *r;

	if (t->is_fetching || !t->is_watched || !rmqi_client_is_open(c))
		return;
	r = refresh_new(c, t->name);
	if (!r)
		return;
	t->is_fetching = true;
	rmqi_route_fetch(c, t->name, RMQI_ROUTE_TO_REFRESH, false,
			 rmqi_clock_deadline(c->env->clock, timeout_ms), on_refreshed, r);
}

void rmqi_client_refresh_all(struct rmqi_client *c)
{
	c->refreshed_us = rmqi_clock_us(c->env->clock);
	/* Only the loop changes the map, so it may be walked here without the mutex. */
	for (size_t i = 0; i < c->topics.count; i++)
		refresh_topic(c, rmqi_map_at(&c->topics, i, NULL));
}

void rmqi_client_namesrv_alive(struct rmqi_client *c)
{
	for (size_t i = 0; i < c->topics.count; i++) {
		struct rmqi_topic *t = rmqi_map_at(&c->topics, i, NULL);

		if (t->has_failed || !t->route)
			refresh_topic(c, t);
	}
	rmqi_client_look_for_missing(c);
}

void rmqi_client_look_for_missing(struct rmqi_client *c)
{
	if (!rmqi_client_is_running(c))
		return;
	c->missing_delay_ms = FIRST_LOOK_MS;
	rmqi_timer_start_ms(&c->missing_timer, c->missing_delay_ms);
}

static void run_watch(struct rmqi_task *task);

/* What had no memory at its time. */
static void watch_late(struct rmqi_client *c)
{
	struct refresh *r = c->late_watches;

	c->late_watches = NULL;
	while (r) {
		struct refresh *next = r->next;

		run_watch(&r->task);
		r = next;
	}
}

void rmqi_client_on_missing_timer(struct rmqi_timer *timer)
{
	struct rmqi_client *c = RMQI_CONTAINER(timer, struct rmqi_client, missing_timer);
	int64_t longest_ms = rmqi_config_i64(c->config, RMQI_CFG_pollNameServerInterval);
	bool is_any_missing = false;

	watch_late(c);
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
	struct rmqi_topic *t =
		r->unwatch ? rmqi_topic_find(c, r->topic) : rmqi_topic_obtain(c, r->topic);

	if (!t && !r->unwatch) {
		r->next = c->late_watches;
		c->late_watches = r;
		rmqi_client_look_for_missing(c);
		return;
	}
	if (t) {
		t->is_watched = !r->unwatch;
		if (r->unwatch)
			rmqi_client_withdraw(c, RMQI_TROUBLE_ROUTE, t->name, &t->is_told_missing);
		refresh_topic(c, t);
		if (t->is_watched && !t->route)
			rmqi_client_look_for_missing(c);
	}
	rmqi_free(r);
}

static enum rmq_error post_watch(struct rmqi_client *c, const char *topic, bool unwatch)
{
	struct refresh *r = refresh_new(c, topic);

	if (!r)
		return RMQ_ERR_NO_MEMORY;
	r->unwatch = unwatch;
	r->task.run = run_watch;
	rmqi_loop_post(c->loop, &r->task);
	return RMQ_OK;
}

enum rmq_error rmqi_client_watch(struct rmqi_client *c, const char *topic)
{
	return post_watch(c, topic, false);
}

/* Without memory it is refreshed for longer than it need be. */
void rmqi_client_unwatch(struct rmqi_client *c, const char *topic)
{
	(void)post_watch(c, topic, true);
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
	struct refresh *r = refresh_new(c, "");

	if (!r)
		return;
	r->task.run = run_refresh;
	rmqi_loop_post(c->loop, &r->task);
}

void rmqi_client_free_topics(struct rmqi_client *c)
{
	while (c->late_watches) {
		struct refresh *r = c->late_watches;

		c->late_watches = r->next;
		rmqi_free(r);
	}
	rmqi_map_deinit(&c->topics, rmqi_topic_free);
}
