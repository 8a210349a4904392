/* SPDX-License-Identifier: Apache-2.0 */
#include "send/core.h"

#include <assert.h>
#include <string.h>

#include "codec/codes.h"
#include "send/verdict.h"

void rmqi_send_init(struct rmqi_send *s, const struct rmqi_send_rules *rules,
		    struct rmqi_picker picker, struct rmqi_topic_route *route,
		    struct rmqi_faults *faults, int64_t budget_us, int64_t deadline_us)
{
	*s = (struct rmqi_send){.rules = *rules,
				.picker = picker,
				.route = route,
				.faults = faults,
				.budget_us = budget_us,
				.deadline_us = deadline_us,
				.state = RMQI_SEND_READY};
}

static void set_state(struct rmqi_send *s, enum rmqi_send_state to)
{
	/* The arrows of core.h. */
	assert(s->state == RMQI_SEND_READY     ? to != RMQI_SEND_READY
	       : s->state == RMQI_SEND_PAUSING ? to == RMQI_SEND_TRYING || to == RMQI_SEND_ENDED
	       : s->state == RMQI_SEND_ROUTING ? to == RMQI_SEND_READY || to == RMQI_SEND_ENDED
	       : s->state == RMQI_SEND_TRYING  ? to == RMQI_SEND_READY || to == RMQI_SEND_ENDED
					       : false);
	s->state = to;
}

/* --- The end -------------------------------------------------------------------------------- */

/* What may follow the error of the last attempt. */
static unsigned flags_of(const struct rmqi_send *s, enum rmq_error error)
{
	unsigned maybe = s->maybe_stored ? RMQ_ERROR_MAYBE_STORED : 0u;

	switch (error) {
	case RMQ_OK:
		return 0;
	case RMQ_ERR_BROKER:
		return maybe |
		       (rmqi_send_is_retriable(s->code) || s->was_rerouted ? RMQ_ERROR_RETRIABLE
									   : RMQ_ERROR_FATAL);
	case RMQ_ERR_WEAKLY_STORED:
		return maybe;
	case RMQ_ERR_TOO_LARGE:
	case RMQ_ERR_CANCELLED:
	case RMQ_ERR_DENIED:
	case RMQ_ERR_UNSUPPORTED:      /* it has become a static topic */
	case RMQ_ERR_INVALID_ARGUMENT: /* what a selector said */
		return RMQ_ERROR_FATAL | maybe;
	default:
		return RMQ_ERROR_RETRIABLE | maybe;
	}
}

/* A result that is weaker than asked is better than an error (DefaultMQProducerImpl). */
static void end(struct rmqi_send *s, enum rmq_error error)
{
	s->error = s->is_stored ? RMQ_OK : error;
	s->flags = flags_of(s, s->error);
	set_state(s, RMQI_SEND_ENDED);
}

/* Stored, but nobody can say where. */
static void end_unusable(struct rmqi_send *s, enum rmq_error error)
{
	s->maybe_stored = true;
	s->maybe_queue = s->queue;
	end(s, error);
	if (s->error != RMQ_OK)
		s->flags = RMQ_ERROR_MAYBE_STORED;
}

/* --- The next step --------------------------------------------------------------------------- */

static bool keeps_reserve(const struct rmqi_send *s, int64_t left_us, int64_t reserve_us)
{
	return !s->picker.is_bound && (size_t)s->made + 1 < s->route->publish_brokers &&
	       left_us - reserve_us >= s->budget_us / 2;
}

/* When the attempt that begins now has to be over. */
static int64_t attempt_deadline(const struct rmqi_send *s, int64_t now_us)
{
	int64_t left_us = s->deadline_us - now_us, most_us = s->rules.attempt_most_us;
	int64_t reserve_us = s->budget_us / RMQI_SEND_RESERVE_PART;

	if (s->made + 1 >= s->rules.tries)
		return s->deadline_us;
	if (most_us > 0)
		return most_us < left_us ? now_us + most_us : s->deadline_us;
	if (reserve_us > RMQI_SEND_RESERVE_MOST_US)
		reserve_us = RMQI_SEND_RESERVE_MOST_US;
	return keeps_reserve(s, left_us, reserve_us) ? s->deadline_us - reserve_us : s->deadline_us;
}

static struct rmqi_send_step try_queue(struct rmqi_send *s, int64_t now_us)
{
	/* Sent away, the same attempt goes on. */
	if (!s->went_away) {
		s->until_us = attempt_deadline(s, now_us);
		s->began_us = now_us;
	}
	s->was_busy = false;
	set_state(s, RMQI_SEND_TRYING);
	return (struct rmqi_send_step){RMQI_SEND_TRY, s->queue, s->until_us};
}

/* A broker that said it is busy is not asked again at once. */
static int64_t pause_until(const struct rmqi_send *s, const struct rmqi_publish_queue *last,
			   int64_t now_us)
{
	int64_t doubled = s->made - 1 < RMQI_SEND_BUSY_PAUSE_DOUBLED ? s->made - 1
								     : RMQI_SEND_BUSY_PAUSE_DOUBLED;
	int64_t until_us;

	if (!s->was_busy || strcmp(last->broker_name, s->queue->broker_name) != 0)
		return now_us;
	until_us = now_us + ((int64_t)RMQI_SEND_BUSY_PAUSE_US << doubled);
	return until_us < s->deadline_us ? until_us : s->deadline_us;
}

static struct rmqi_send_step done(void)
{
	return (struct rmqi_send_step){.what = RMQI_SEND_DONE};
}

/* After a first attempt: may another one follow? */
static bool may_go_on(struct rmqi_send *s, int64_t now_us, bool is_closing)
{
	if (s->made >= s->rules.tries || now_us >= s->deadline_us ||
	    (s->rules.never_twice && s->maybe_stored)) {
		end(s, s->error);
		return false;
	}
	if (is_closing) {
		s->was_cancelled = true;
		end(s, RMQ_ERR_CANCELLED);
	}
	return !is_closing;
}

static struct rmqi_send_step no_queue(struct rmqi_send *s)
{
	bool is_users_fault = s->picker.asks_user && s->route->publish_count > 0;

	s->has_no_queue = true;
	s->is_route_stale |= !is_users_fault;
	end(s, is_users_fault ? RMQ_ERR_INVALID_ARGUMENT : RMQ_ERR_NO_BROKER);
	return done();
}

static struct rmqi_send_step choose(struct rmqi_send *s, int64_t now_us)
{
	const struct rmqi_publish_queue *last = s->made > 0 && !s->asks_anew ? s->queue : NULL;
	const struct rmqi_publish_queue *queue =
		s->picker.pick(s->picker.arg, s->route, last, now_us);

	if (!queue)
		return no_queue(s);
	s->asks_anew = false;
	s->queue = queue;
	s->until_us = last ? pause_until(s, last, now_us) : now_us;
	if (s->until_us <= now_us)
		return try_queue(s, now_us);
	set_state(s, RMQI_SEND_PAUSING);
	return (struct rmqi_send_step){RMQI_SEND_PAUSE, NULL, s->until_us};
}

static struct rmqi_send_step ask_route(struct rmqi_send *s)
{
	s->wants_route = false;
	s->was_rerouted = true;
	set_state(s, RMQI_SEND_ROUTING);
	return (struct rmqi_send_step){RMQI_SEND_ROUTE, NULL, s->deadline_us};
}

static bool has_queue(const struct rmqi_topic_route *route, const struct rmqi_publish_queue *queue)
{
	for (size_t i = 0; i < route->publish_count; i++)
		if (route->publish[i].queue_id == queue->queue_id &&
		    strcmp(route->publish[i].broker_name, queue->broker_name) == 0)
			return true;
	return false;
}

void rmqi_send_rerouted(struct rmqi_send *s, enum rmq_error error, struct rmqi_topic_route *route)
{
	if (error == RMQ_ERR_UNSUPPORTED) {
		end(s, error);
	} else if (error != RMQ_OK || (s->picker.is_bound && has_queue(route, s->queue))) {
		/* Nothing better is known: the broker's answer stands. */
		end(s, s->error);
	} else {
		s->route = route;
		s->asks_anew = s->picker.is_bound;
		set_state(s, RMQI_SEND_READY);
	}
}

struct rmqi_send_step rmqi_send_next(struct rmqi_send *s, int64_t now_us, bool is_closing)
{
	switch (s->state) {
	case RMQI_SEND_READY:
		if (s->went_away)
			return try_queue(s, now_us);
		if (s->made > 0 && !may_go_on(s, now_us, is_closing))
			return done();
		return s->wants_route ? ask_route(s) : choose(s, now_us);
	case RMQI_SEND_PAUSING:
		if (!may_go_on(s, now_us, is_closing))
			return done();
		if (now_us < s->until_us)
			return (struct rmqi_send_step){RMQI_SEND_PAUSE, NULL, s->until_us};
		return try_queue(s, now_us);
	case RMQI_SEND_ENDED:
		return done();
	case RMQI_SEND_TRYING:
	case RMQI_SEND_ROUTING:
		break;
	}
	assert(0 && "an attempt is under way");
	return done();
}

/* --- The end of an attempt ---------------------------------------------------------------------- */

/* Without an answer it is the network's trouble, too, and the detector may see its end. */
static void put_aside(struct rmqi_send *s, enum rmq_error error, int64_t now_us)
{
	bool is_lost = error == RMQ_ERR_TIMEOUT || error == RMQ_ERR_CONNECT ||
		       error == RMQ_ERR_CONNECTION_LOST;

	if (s->faults && is_lost)
		rmqi_faults_lost(s->faults, s->queue->broker_name, now_us);
	else if (s->faults)
		rmqi_faults_isolate(s->faults, s->queue->broker_name, now_us);
}

/* There is no doubt that it is stored; but for who sends it again it is as if there were. */
static void on_weak(struct rmqi_send *s)
{
	s->maybe_stored = true;
	s->maybe_queue = s->queue;
	s->error = RMQ_ERR_WEAKLY_STORED;
	if (s->rules.wants_ok && s->made < s->rules.tries)
		set_state(s, RMQI_SEND_READY);
	else
		end(s, RMQ_ERR_WEAKLY_STORED);
}

static void on_stored(struct rmqi_send *s, enum rmq_send_status status, enum rmq_error unusable)
{
	if (unusable != RMQ_OK) {
		end_unusable(s, unusable);
		return;
	}
	if (status != RMQ_SEND_OK && s->rules.only_ok) {
		on_weak(s);
		return;
	}
	s->is_stored = true;
	if (status == RMQ_SEND_OK || !s->rules.wants_ok || s->made >= s->rules.tries)
		end(s, RMQ_OK);
	else
		set_state(s, RMQI_SEND_READY);
}

/* Whose fault is it? A call that got only what the others had left of the time proves nothing. */
static bool is_brokers_fault(const struct rmqi_send *s, enum rmq_error error)
{
	switch (error) {
	case RMQ_ERR_TIMEOUT:
		return s->until_us - s->began_us >= s->budget_us / 2;
	case RMQ_ERR_CANCELLED:
	case RMQ_ERR_TOO_LARGE:
	case RMQ_ERR_NO_MEMORY:
	case RMQ_ERR_UNSUPPORTED:
		return false;
	default:
		return true;
	}
}

/* A broker that is too old for the message stays so, but another one may be newer. */
static bool is_known_by_none(const struct rmqi_send *s, enum rmq_error error)
{
	return error == RMQ_ERR_UNSUPPORTED &&
	       (s->picker.is_bound || (size_t)s->made >= s->route->publish_brokers);
}

static void on_failed(struct rmqi_send *s, enum rmq_error error, enum rmq_phase phase,
		      int64_t now_us)
{
	s->error = error;
	if (rmqi_send_may_be_stored(error, phase)) {
		s->maybe_stored = true;
		s->maybe_queue = s->queue;
	}
	s->is_route_stale |= rmqi_send_is_route_error(error);
	if (is_brokers_fault(s, error))
		put_aside(s, error, now_us);
	if (error == RMQ_ERR_CANCELLED || error == RMQ_ERR_TOO_LARGE || is_known_by_none(s, error))
		end(s, error);
	else
		set_state(s, RMQI_SEND_READY);
}

static void on_refused(struct rmqi_send *s, int32_t code, bool is_queue_gone, int64_t now_us)
{
	s->error = RMQ_ERR_BROKER;
	s->code = code;
	if (is_queue_gone) {
		s->is_route_stale = true;
		s->wants_route = !s->was_rerouted;
		set_state(s, RMQI_SEND_READY);
		return;
	}
	s->was_busy = code == RMQI_RESP_SYSTEM_BUSY;
	s->is_route_stale |= rmqi_send_is_route_code(code);
	if (rmqi_send_is_broker_code(code))
		put_aside(s, RMQ_ERR_BROKER, now_us);
	if (rmqi_send_is_retriable(code))
		set_state(s, RMQI_SEND_READY);
	else
		end(s, RMQ_ERR_BROKER);
}

/* Another broker of the cluster would say the same: it is the broker's trouble no more than the route's. */
static void on_denied(struct rmqi_send *s, int32_t code)
{
	s->code = code;
	end(s, RMQ_ERR_DENIED);
}

void rmqi_send_ended(struct rmqi_send *s, const struct rmqi_send_outcome *o, int64_t now_us)
{
	enum rmq_send_status status;
	bool is_sent_away = o->error == RMQ_OK && o->code == RMQI_RESP_GO_AWAY;

	if (is_sent_away && !s->went_away) {
		s->went_away = true;
		set_state(s, RMQI_SEND_READY);
		return;
	}
	s->went_away = false;
	s->made++;
	s->ended_us = now_us;
	if (s->faults && o->error == RMQ_OK)
		rmqi_faults_note(s->faults, s->queue->broker_name, now_us - s->began_us, now_us);
	if (is_sent_away)
		on_failed(s, RMQ_ERR_CONNECTION_LOST, RMQ_PHASE_ANSWER, now_us);
	else if (o->error != RMQ_OK)
		on_failed(s, o->error, o->phase, now_us);
	else if (rmqi_send_status(o->code, &status))
		on_stored(s, status, o->unusable);
	else if (o->is_denied)
		on_denied(s, o->code);
	else
		on_refused(s, o->code, o->is_queue_gone, now_us);
}
