/* SPDX-License-Identifier: Apache-2.0 */
/* route_await.c - a route for a thread that waits for it. */
#include "base/detail.h"
#include "client/route_fetch.h"

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

static enum rmq_error await_route(struct rmqi_client *c, const char *topic,
				  enum rmqi_route_purpose purpose, bool use_default,
				  int64_t deadline_us, struct rmqi_topic_route **out,
				  struct rmq_error_detail *detail)
{
	struct route_wait w = {.detail = detail};

	rmqi_event_init(&w.done, c->env);
	rmqi_route_fetch(c, topic, purpose, use_default, deadline_us, wake, &w);
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
	return await_route(c, topic, RMQI_ROUTE_TO_KEEP, use_default, deadline_us, out, detail);
}

enum rmq_error rmqi_client_route_anew(struct rmqi_client *c, const char *topic, bool use_default,
				      int64_t deadline_us, struct rmqi_topic_route **out,
				      struct rmq_error_detail *detail)
{
	return await_route(c, topic, RMQI_ROUTE_TO_KEEP, use_default, deadline_us, out, detail);
}

enum rmq_error rmqi_client_fresh_route(struct rmqi_client *c, const char *topic,
				       int64_t deadline_us, struct rmqi_topic_route **out,
				       struct rmq_error_detail *detail)
{
	return await_route(c, topic, RMQI_ROUTE_TO_LOOK, false, deadline_us, out, detail);
}
