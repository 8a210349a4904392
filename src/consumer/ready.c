/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/ready.h"

#include <stdio.h>

#include "base/detail.h"
#include "codec/names.h"
#include "consumer/standing.h"

enum {
	LOOK_MS = 20, /* between two looks, for what nobody tells: only while somebody waits; */
	FIRST_LOOK_MS = 1, /* doubled each time: for the answers to the first pulls */
	ASK_EVERY_MS = 500 /* a name server, for the cause */
};

struct waiting {
	struct rmqi_member *member;
	struct rmqi_member_standing standing;
	int64_t deadline_us;
	int64_t look_ms;
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

/* The route itself comes to the subscription in the background; this is for the cause alone. A question that had no
 * time left tells less than the answer before it. */
static void ask_why_no_route(struct waiting *w)
{
	struct rmqi_topic_route *route = NULL;
	struct rmq_error_detail *said;
	enum rmq_error error;

	if (now_us(w) < w->ask_us || now_us(w) >= w->deadline_us)
		return;
	w->ask_us = now_us(w) + ASK_EVERY_MS * 1000;
	said = w->detail ? rmqi_detail_new() : NULL;
	error = rmqi_client_fresh_route(w->member->consumer.client, w->standing.topic,
					w->deadline_us, &route, said);
	rmqi_topic_route_unref(route);
	if (error != RMQ_ERR_TIMEOUT || w->route_error == RMQ_OK || now_us(w) < w->deadline_us) {
		w->route_error = error;
		rmqi_detail_clear(w->detail);
		rmqi_detail_copy(w->detail, said);
	}
	rmqi_detail_discard(said);
}

/* By itself; a denial may, when other credentials are to come. */
static bool does_not_pass(const struct waiting *w, enum rmq_error error)
{
	return error == RMQ_ERR_UNSUPPORTED ||
	       (error == RMQ_ERR_DENIED &&
		!rmqi_client_can_change_credentials(w->member->consumer.client));
}

static enum rmq_error tell_no_route(struct waiting *w)
{
	enum rmq_error err = w->route_error;

	if (err == RMQ_OK)
		return rmqi_detail_set(w->detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
				       "not ready: the route of topic %s has not come yet",
				       w->standing.topic);
	return rmqi_detail_set(w->detail, err,
			       does_not_pass(w, err) ? RMQ_ERROR_FATAL : RMQ_ERROR_RETRIABLE,
			       "not ready: no route of topic %s: %s", w->standing.topic,
			       rmq_error_detail_message(w->detail));
}

/* The expression is wrong, or the broker does not filter by such ones. */
static bool is_refused(const struct waiting *w)
{
	return w->standing.least == RMQI_STANDING_REFUSED;
}

/* What a topic or the group waits for at the brokers, and what the last failure of that was. */
static enum rmq_error tell_waiting(struct waiting *w, const char *what)
{
	const struct rmqi_client_trouble *t = &w->standing.trouble;
	enum rmq_error err = RMQ_ERR_TIMEOUT;

	rmqi_detail_clear(w->detail);
	if (!w->standing.has_trouble)
		return rmqi_detail_set(w->detail, err, RMQ_ERROR_RETRIABLE, "not ready: %s yet",
				       what);
	if (t->code >= 0)
		rmqi_detail_set_broker(w->detail, t->code, rmqi_str(t->remark));
	if (t->error != RMQ_OK)
		err = t->error;
	return rmqi_detail_set(w->detail, err,
			       err == RMQ_ERR_DENIED || err == RMQ_ERR_UNSUPPORTED || is_refused(w)
				       ? RMQ_ERROR_FATAL
				       : RMQ_ERROR_RETRIABLE,
			       "not ready: %s; %s%s%s", what, t->address, t->address[0] ? ": " : "",
			       t->why);
}

static enum rmq_error tell_cause(struct waiting *w)
{
	const char *topic = w->standing.topic, *group = w->member->consumer.group;
	char what[2 * RMQI_RETRY_TOPIC_MAX + 96];

	if (w->standing.least == RMQI_STANDING_NO_ROUTE)
		return tell_no_route(w);
	(void)rmqi_standing_text(w->standing.least, topic, group, what, sizeof(what));
	if (w->standing.least == RMQI_STANDING_UNCOUNTED && w->member->consumer.pops)
		snprintf(what, sizeof(what),
			 "no broker of topic %s has assigned its queues to group %s", topic, group);
	return tell_waiting(w, what);
}

static bool is_ready(struct waiting *w)
{
	rmqi_member_standing(w->member, &w->standing);
	return w->standing.shared == w->standing.subscriptions;
}

/* What was asked last never will be answered otherwise. */
static bool is_denied(const struct waiting *w)
{
	return w->standing.has_trouble && does_not_pass(w, w->standing.trouble.error);
}

static int64_t next_look(struct waiting *w)
{
	bool is_stuck = w->standing.least == RMQI_STANDING_STUCK;
	int64_t look_us = now_us(w) + (is_stuck ? w->look_ms : LOOK_MS) * 1000;

	w->look_ms = is_stuck && 2 * w->look_ms < LOOK_MS ? 2 * w->look_ms : LOOK_MS;
	if (!is_stuck)
		w->look_ms = FIRST_LOOK_MS;
	return look_us < w->deadline_us ? look_us : w->deadline_us;
}

static enum rmq_error wait_until_ready(struct waiting *w)
{
	enum rmq_error err = check_state(w->member, w->detail);

	while (err == RMQ_OK) {
		struct rmqi_event *moved = &w->member->rebalance.moved;

		/* Before the look: what comes after it is told. */
		rmqi_event_reset(moved);
		if (is_ready(w))
			return RMQ_OK;
		if (w->standing.least == RMQI_STANDING_NO_ROUTE)
			ask_why_no_route(w);
		if (does_not_pass(w, w->route_error))
			return tell_no_route(w);
		if (is_denied(w) || is_refused(w))
			return tell_cause(w);
		if (now_us(w) >= w->deadline_us)
			return is_ready(w) ? RMQ_OK : tell_cause(w);
		(void)rmqi_event_wait(moved, next_look(w));
		err = check_state(w->member, w->detail);
	}
	return err;
}

enum rmq_error rmqi_member_wait_ready(struct rmqi_member *m, int64_t timeout_ms,
				      struct rmq_error_detail *detail)
{
	struct waiting w = {
		.member = m, .detail = detail, .look_ms = FIRST_LOOK_MS, .ask_us = INT64_MIN};

	w.deadline_us =
		rmqi_consumer_deadline(&m->consumer, timeout_ms < 0 ? RMQI_READY_MS : timeout_ms);
	return wait_until_ready(&w);
}
