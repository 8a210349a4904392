/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/standstill.h"

#include <stdio.h>
#include <string.h>

#include "client/message.h"

static int64_t now_us(const struct rmqi_mq *mq)
{
	return rmqi_clock_us(mq->consumer->clock);
}

static long long seconds_since(const struct rmqi_mq *mq, int64_t since_us)
{
	return (long long)((now_us(mq) - since_us) / 1000000);
}

/* --- Since when ---------------------------------------------------------------------------------------- */

static int64_t latest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool is_pending(struct rmqi_mq *mq)
{
	uint64_t bytes;
	size_t load = rmqi_process_queue_load(&mq->pending, &bytes);
	uint64_t done = mq->watch.delivered - load;

	if (done != mq->watch.done)
		mq->watch.moved_us = now_us(mq);
	mq->watch.done = done;
	return load > 0;
}

int64_t rmqi_standstill_moved(struct rmqi_mq *mq)
{
	(void)is_pending(mq);
	return latest(mq->watch.moved_us, mq->settled_us);
}

int64_t rmqi_standstill_note(struct rmqi_mq *mq)
{
	if (mq->consumer->kind->is_unwatched)
		return -1;
	if (is_pending(mq))
		return latest(mq->watch.moved_us, mq->watch.filled_us);
	/* Who was paused is not missed before he is asked for again. */
	return latest(mq->watch.served_us, mq->watch.asked_us);
}

int64_t rmqi_standstill_since(struct rmqi_mq *mq)
{
	const struct rmqi_settings *set = &mq->consumer->set;
	int64_t since_us = rmqi_standstill_note(mq);
	bool has_messages = !rmqi_list_is_empty(&mq->pending.deliveries);
	int64_t most_ms = has_messages ? set->consume_idle_ms : set->pull_idle_ms;

	if (since_us < 0 || most_ms == 0 || now_us(mq) - since_us < most_ms * 1000)
		return -1;
	return since_us;
}

static const char suspended[] = "the application has suspended the consumer";

/* --- Why: messages that are not done --------------------------------------------------------------------- */

/* A limit that holds its pulls, too. */
static bool is_limited(struct rmqi_mq *mq, char limit[RMQI_FLOW_WHY])
{
	const struct rmqi_settings *set = &mq->consumer->set;

	return mq->sub &&
	       rmqi_process_queue_explain(&mq->pending, &mq->sub->limits, set->topic_count >= 0,
					  set->topic_bytes >= 0, limit);
}

static void add_limit(struct rmqi_mq *mq, char why[RMQI_STALL_WHY])
{
	size_t len = strlen(why);
	char limit[RMQI_FLOW_WHY];

	if (mq->state == RMQI_MQ_PAUSED && is_limited(mq, limit))
		snprintf(why + len, RMQI_STALL_WHY - len, "; pulling pauses: %s", limit);
}

/* None of what came has gone to the sink. */
static bool is_all_timed(const struct rmqi_mq *mq)
{
	unsigned count = 0;

	if (mq->timed == 0)
		return false;
	RMQI_LIST_EACH(node, &mq->pending.deliveries)
		if (++count > mq->timed)
			return false;
	return true;
}

static enum rmqi_stall explain_timed(const struct rmqi_mq *mq, char why[RMQI_STALL_WHY])
{
	if (!is_all_timed(mq))
		return RMQI_STALL_NONE;
	if (mq->consumer->is_suspended) {
		snprintf(why, RMQI_STALL_WHY, "%s", suspended);
		return RMQI_STALL_SUSPENDED;
	}
	snprintf(why, RMQI_STALL_WHY, "its messages wait for their time (consumeRateLimit)");
	return RMQI_STALL_RATE;
}

static enum rmqi_stall explain_pending(struct rmqi_mq *mq, char why[RMQI_STALL_WHY])
{
	struct rmqi_sink *sink = mq->consumer->sink;
	enum rmqi_stall cause = explain_timed(mq, why);

	if (cause == RMQI_STALL_NONE && sink->explain)
		cause = sink->explain(sink, mq, why, RMQI_STALL_WHY);
	if (cause == RMQI_STALL_NONE) {
		snprintf(why, RMQI_STALL_WHY, "its messages are not done");
		cause = RMQI_STALL_UNKNOWN;
	}
	add_limit(mq, why);
	return cause;
}

/* --- Why: it is not pulled ------------------------------------------------------------------------------- */

static enum rmqi_stall cause_of(const struct rmqi_mq *mq, const struct rmqi_client_trouble *t)
{
	if (t->error == RMQ_ERR_DENIED)
		return RMQI_STALL_DENIED;
	return mq->trouble == RMQI_TROUBLE_LINK ? RMQI_STALL_BROKER : RMQI_STALL_REFUSED;
}

static enum rmqi_stall explain_waiting(struct rmqi_mq *mq, char why[RMQI_STALL_WHY])
{
	struct rmqi_client_trouble t;
	char subject[RMQI_MQ_SUBJECT];

	if (mq->is_complained &&
	    rmqi_client_trouble(mq->consumer->client, mq->trouble,
				rmqi_mq_subject(mq, mq->trouble, subject), &t)) {
		snprintf(why, RMQI_STALL_WHY, "%.*s", RMQI_STALL_WHY - 1, t.why);
		return cause_of(mq, &t);
	}
	if (mq->waits_for_error) {
		snprintf(why, RMQI_STALL_WHY, "%s has not registered the group yet", mq->address);
		return RMQI_STALL_REGISTER;
	}
	snprintf(why, RMQI_STALL_WHY, "it pauses between two pulls");
	return RMQI_STALL_PAUSE;
}

static enum rmqi_stall explain_call(const struct rmqi_mq *mq, const char *what,
				    char why[RMQI_STALL_WHY])
{
	snprintf(why, RMQI_STALL_WHY, "%s was sent to %s %lld s ago, and is not answered", what,
		 mq->address, seconds_since(mq, mq->asked_us));
	return RMQI_STALL_SILENCE;
}

static enum rmqi_stall explain_ready(const struct rmqi_mq *mq, char why[RMQI_STALL_WHY])
{
	if (mq->consumer->is_suspended) {
		snprintf(why, RMQI_STALL_WHY, "%s", suspended);
		return RMQI_STALL_SUSPENDED;
	}
	if (mq->sub && mq->sub->approval.state != RMQI_APPROVAL_GIVEN) {
		snprintf(why, RMQI_STALL_WHY, "no broker has approved its expression");
		return RMQI_STALL_EXPRESSION;
	}
	snprintf(why, RMQI_STALL_WHY, "nothing is under way");
	return RMQI_STALL_UNKNOWN;
}

static enum rmqi_stall explain_paused(struct rmqi_mq *mq, char why[RMQI_STALL_WHY])
{
	struct rmqi_sink *sink = mq->consumer->sink;
	enum rmqi_stall cause = RMQI_STALL_NONE;
	char limit[RMQI_FLOW_WHY];

	if (is_limited(mq, limit)) {
		snprintf(why, RMQI_STALL_WHY, "%s", limit);
		return RMQI_STALL_FLOW_CONTROL;
	}
	if (sink->explain)
		cause = sink->explain(sink, mq, why, RMQI_STALL_WHY);
	return cause != RMQI_STALL_NONE ? cause : explain_ready(mq, why);
}

static enum rmqi_stall explain_fetch(struct rmqi_mq *mq, char why[RMQI_STALL_WHY])
{
	switch (mq->state) {
	case RMQI_MQ_FINDING:
		return explain_call(mq, "the question where to start", why);
	case RMQI_MQ_FETCHING:
		return explain_call(mq, "a pull", why);
	case RMQI_MQ_WAITING:
		return explain_waiting(mq, why);
	case RMQI_MQ_PAUSED:
		return explain_paused(mq, why);
	case RMQI_MQ_READY:
		return explain_ready(mq, why);
	case RMQI_MQ_LEAVING:
	case RMQI_MQ_DROPPED:
		break;
	}
	snprintf(why, RMQI_STALL_WHY, "it is about to go to another member");
	return RMQI_STALL_LEAVING;
}

enum rmqi_stall rmqi_standstill_explain(struct rmqi_mq *mq, char why[RMQI_STALL_WHY])
{
	if (mq->awaits > mq->consumer->told.done) {
		snprintf(why, RMQI_STALL_WHY,
			 "the queues function of the application, which is told of it, has not "
			 "returned");
		return RMQI_STALL_QUEUES_FN;
	}
	return is_pending(mq) ? explain_pending(mq, why) : explain_fetch(mq, why);
}
