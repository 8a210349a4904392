/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/ready.h"

#include "base/detail.h"

enum {
	LOOK_MS = 20,      /* between two looks: only while somebody waits */
	ASK_EVERY_MS = 500 /* a name server, for the cause */
};

struct waiting {
	struct rmqi_member *member;
	struct rmqi_member_standing standing;
	struct rmqi_event never;
	int64_t deadline_us;
	int64_t ask_us; /* when a name server may be asked again */
	enum rmq_error route_error;
	struct rmq_error_detail *detail;
};

static int64_t now_us(const struct waiting *w)
{
	return rmqi_clock_us(w->member->consumer.clock);
}

static enum rmq_error check_state(struct rmqi_member *m, struct rmq_error_detail *detail)
{
	const char *problem = NULL;

	if (!rmqi_life_is_open(&m->life))
		problem = "the consumer was closed";
	else if (!rmqi_life_is_running(&m->life))
		problem = "the consumer is not started";
	if (!problem)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "%s", problem);
}

/* The route itself comes to the subscription in the background; this is for the cause alone. */
static void ask_why_no_route(struct waiting *w)
{
	struct rmqi_topic_route *route = NULL;

	if (now_us(w) < w->ask_us || now_us(w) >= w->deadline_us)
		return;
	w->ask_us = now_us(w) + ASK_EVERY_MS * 1000;
	rmqi_detail_clear(w->detail);
	w->route_error = rmqi_client_fresh_route(w->member->consumer.client, w->standing.topic,
						 w->deadline_us, &route, w->detail);
	rmqi_topic_route_unref(route);
}

static enum rmq_error tell_no_route(struct waiting *w)
{
	enum rmq_error err = w->route_error;

	if (err == RMQ_OK)
		return rmqi_detail_set(w->detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
				       "not ready: the route of topic %s has not come yet",
				       w->standing.topic);
	return rmqi_detail_set(w->detail, err, RMQ_ERROR_RETRIABLE,
			       "not ready: no route of topic %s: %s", w->standing.topic,
			       rmq_error_detail_message(w->detail));
}

/* What the last heartbeat that failed came to. */
static enum rmq_error tell_unregistered(struct waiting *w)
{
	struct rmqi_client_trouble t;
	const char *group = w->member->consumer.group;

	rmqi_detail_clear(w->detail);
	if (!rmqi_client_trouble(w->member->consumer.client, &t))
		return rmqi_detail_set(w->detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
				       "not ready: no broker has registered group %s yet", group);
	if (t.error == RMQ_ERR_BROKER)
		rmqi_detail_set_broker(w->detail, t.code, rmqi_str(t.why));
	return rmqi_detail_set(w->detail, t.error, RMQ_ERROR_RETRIABLE,
			       "not ready: no broker has registered group %s; %s %s: %s", group,
			       t.address, t.error == RMQ_ERR_BROKER ? "refused" : "was not reached",
			       t.why);
}

static enum rmq_error tell_cause(struct waiting *w)
{
	switch (w->standing.least) {
	case RMQI_STANDING_NO_ROUTE:
		return tell_no_route(w);
	case RMQI_STANDING_UNREGISTERED:
		return tell_unregistered(w);
	case RMQI_STANDING_UNCOUNTED:
	case RMQI_STANDING_SHARED:
		break;
	}
	rmqi_detail_clear(w->detail);
	return rmqi_detail_set(w->detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
			       "not ready: no broker of topic %s counts this client among the "
			       "members of group %s yet",
			       w->standing.topic, w->member->consumer.group);
}

static bool is_ready(struct waiting *w)
{
	rmqi_member_standing(w->member, &w->standing);
	return w->standing.shared == w->standing.subscriptions;
}

static enum rmq_error wait_until_ready(struct waiting *w)
{
	enum rmq_error err = check_state(w->member, w->detail);

	while (err == RMQ_OK && !is_ready(w)) {
		int64_t look_us = now_us(w) + LOOK_MS * 1000;

		if (w->standing.least == RMQI_STANDING_NO_ROUTE)
			ask_why_no_route(w);
		if (now_us(w) >= w->deadline_us)
			return is_ready(w) ? RMQ_OK : tell_cause(w);
		(void)rmqi_event_wait(&w->never,
				      look_us < w->deadline_us ? look_us : w->deadline_us);
		err = check_state(w->member, w->detail);
	}
	return err;
}

enum rmq_error rmqi_member_wait_ready(struct rmqi_member *m, int64_t timeout_ms,
				      struct rmq_error_detail *detail)
{
	struct waiting w = {.member = m, .detail = detail, .ask_us = INT64_MIN};
	enum rmq_error err;

	w.deadline_us =
		rmqi_consumer_deadline(&m->consumer, timeout_ms < 0 ? RMQI_READY_MS : timeout_ms);
	rmqi_event_init(&w.never, rmqi_client_env(m->consumer.client));
	err = wait_until_ready(&w);
	rmqi_event_deinit(&w.never);
	return err;
}
