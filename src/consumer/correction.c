/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/correction.h"

#include <stdio.h>

#include "codec/codes.h"
#include "consumer/mq.h"
#include "consumer/replica.h"
#include "consumer/start.h"

enum { OFFSET_TIMEOUT_MS = 5000, WHY_SIZE = 256 };

#define MQ_FORMAT "%s@%s:%d"
#define MQ_ARGS(mq) (mq)->key.topic, (mq)->key.broker_name, (int)(mq)->key.queue_id

/* --- What it means --------------------------------------------------------------------------------- */

static enum rmqi_correction judge_inside(const struct rmqi_position *p, int64_t *to)
{
	*to = p->next;
	if (p->code == RMQI_RESP_PULL_OFFSET_MOVED)
		return RMQI_CORRECTION_RESET;
	if (p->next == p->asked)
		return RMQI_CORRECTION_NONE;
	if (p->next < p->asked)
		return RMQI_CORRECTION_ODD;
	/* 4.9 reads its end before it reads on: next may be beyond that. */
	if (p->code == RMQI_RESP_PULL_RETRY_IMMEDIATELY)
		return RMQI_CORRECTION_FILTERED;
	return p->next > p->max ? RMQI_CORRECTION_ODD : RMQI_CORRECTION_GONE;
}

enum rmqi_correction rmqi_correction_judge(const struct rmqi_position *p, int64_t *to)
{
	if (p->min < 0 || p->max < p->min)
		return RMQI_CORRECTION_ODD;
	if (p->asked >= p->min && p->asked <= p->max)
		return judge_inside(p, to);
	if (p->is_slave)
		return RMQI_CORRECTION_BEHIND;
	if (p->asked > p->max)
		return RMQI_CORRECTION_BEYOND;
	*to = p->min;
	return RMQI_CORRECTION_GONE;
}

/* --- What is held against a master ----------------------------------------------------------------- */

void rmqi_correction_forget(struct rmqi_mq *mq)
{
	mq->contradictions = 0;
	mq->doubt.at = -1;
}

/* Where it ended when that was seen first: what came since is unread. */
static void doubt(struct rmqi_mq *mq, const struct rmqi_position *p)
{
	if (mq->doubt.at == p->asked && mq->doubt.max <= p->max)
		return;
	mq->doubt.at = p->asked;
	mq->doubt.min = p->min;
	mq->doubt.max = p->max;
}

/* --- Going elsewhere --------------------------------------------------------------------------------- */

/* A group without offset begins where the queue does: nothing is missed. */
static void tell_move(struct rmqi_mq *mq, int64_t to, const char *why)
{
	static const char format[] =
		"group %s: " MQ_FORMAT " goes on at offset %lld, not at %lld (committed: %lld), as "
		"%s says: %s";
	struct rmqi_consumer *c = mq->consumer;
	bool is_new = !mq->is_placed && !mq->was_found;
	long long committed = (long long)rmqi_mq_commit_offset(mq);

	RMQI_LOG(c->log, is_new ? RMQ_LOG_INFO : RMQ_LOG_WARN, format, c->group, MQ_ARGS(mq),
		 (long long)to, (long long)mq->next_offset, committed, mq->address, why);
	if (!is_new)
		rmqi_client_tell(c->client, RMQ_EVENT_OFFSET_MOVED, mq->key.topic, mq->address,
				 RMQI_RESP_PULL_OFFSET_MOVED, NULL, format, c->group, MQ_ARGS(mq),
				 (long long)to, (long long)mq->next_offset, committed, mq->address,
				 why);
}

/* A broker ignores commits of a queue that is being reset until this one. */
static enum rmqi_corrected move(struct rmqi_mq *mq, int64_t to, const char *why)
{
	struct rmqi_offset_store *store = mq->consumer->store;
	bool has_moved = to != mq->next_offset;

	mq->stats->corrections += has_moved ? 1 : 0;
	if (has_moved)
		tell_move(mq, to, why);
	rmqi_mq_works(mq);
	rmqi_correction_forget(mq);
	/* Back, whatever the master knew before; a step over what is deleted tells nothing of that. */
	if (to < mq->next_offset && to < mq->told.floor)
		mq->told.floor = -1;
	mq->next_offset = to;
	mq->is_placed = true;
	if (has_moved)
		store->commit(store, mq);
	return has_moved ? RMQI_CORRECTED_MOVED : RMQI_CORRECTED_IDLE;
}

static enum rmqi_corrected move_past(struct rmqi_mq *mq, int64_t to)
{
	char why[WHY_SIZE];

	snprintf(why, sizeof(why),
		 "what stood before it is deleted there, %lld offsets of which were not consumed",
		 (long long)(to - mq->next_offset));
	return move(mq, to, why);
}

/* --- Staying --------------------------------------------------------------------------------------------- */

/* Another broker may hold it. */
static enum rmqi_corrected stand(struct rmqi_mq *mq, int32_t code, const char *why)
{
	mq->broker_id = 0;
	rmqi_client_refresh_routes(mq->consumer->client);
	rmqi_mq_failed(mq, RMQI_TROUBLE_PULL, RMQ_ERR_BROKER, code, rmqi_str(why),
		       mq->consumer->set.error_delay_ms);
	return RMQI_CORRECTED_WAITS;
}

static enum rmqi_corrected stay(struct rmqi_mq *mq, const struct rmqi_position *p, const char *what)
{
	char why[WHY_SIZE];

	snprintf(why, sizeof(why), "offset %lld was asked for, and it holds %lld to %lld: %s",
		 (long long)p->asked, (long long)p->min, (long long)p->max, what);
	return stand(mq, p->code, why);
}

/* Once may be chance: a slave that gets it in a moment, a broker that has just become the master. */
static bool is_first(struct rmqi_mq *mq)
{
	if (mq->contradictions++ > 0)
		return false;
	mq->broker_id = 0;
	rmqi_mq_retry_later(mq, mq->consumer->set.error_delay_ms);
	return true;
}

/* --- The queue ends before where we stand ---------------------------------------------------------------- */

static const char beyond_end[] =
	"the queue ended before where the group was: a broker that lost messages or has an older "
	"store, or a topic that was made anew; what it holds before this is not read";
static const char from_begin[] =
	"the queue ended before where the group was, and is read from its beginning "
	"(offsetBeyondEnd=BEGIN)";
static const char since_newest[] =
	"the queue ended before where the group was: a broker that lost messages or has an older "
	"store, or a topic that was made anew; this is its first message since the last one that "
	"was consumed";
static const char since_doubt[] =
	"the queue ended here a moment ago, before where the group was, and has grown since: what "
	"it holds may be other messages than those that it held";

/* False: it is not what was asked for, and that was complained of. */
static bool read_since(struct rmqi_mq *mq, enum rmq_error error,
		       const struct rmqi_command *response, int64_t *since)
{
	struct rmqi_h_search_offset_response h = {0};

	if (error != RMQ_OK || response->code != RMQI_RESP_SUCCESS ||
	    rmqi_header_decode(&rmqi_desc_search_offset_response, response, &h, NULL) != RMQ_OK ||
	    h.offset < 0) {
		rmqi_start_failed(mq, error, response);
		return false;
	}
	*since = h.offset;
	return true;
}

static void on_since(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct rmqi_mq *mq;
	int64_t since;

	if (!rmqi_mq_call_ended(call, &mq))
		return;
	if (read_since(mq, error, response, &since)) {
		/* Else it holds what it did not a moment ago. */
		if (since < mq->next_offset)
			(void)move(mq, since, since_newest);
		else
			rmqi_correction_forget(mq);
		rmqi_mq_continue(mq);
	}
	rmqi_mq_unref(mq);
}

/* The first message that was stored at this time or later, by the clock of the broker. */
static void ask_since(struct rmqi_mq *mq, int64_t store_ms, rmqi_mq_answer_fn done)
{
	struct rmqi_h_search_offset h = {.topic = rmqi_str(mq->key.topic),
					 .queueId = mq->key.queue_id,
					 .timestamp = store_ms};
	struct rmqi_outgoing request = {.code = RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP,
					.desc = &rmqi_desc_search_offset,
					.header = &h};

	RMQI_SET(&h, search_offset, boundaryType, RMQI_STR("LOWER"));
	RMQI_SET(&h, search_offset, bname, rmqi_str(mq->key.broker_name));
	rmqi_mq_call(mq, RMQI_MQ_FETCHING, 0, &request, OFFSET_TIMEOUT_MS, done);
}

/* What the broker stored after the last message that we have seen is unread, wherever it stands. Brokers of
 * 4.9 may answer with any of those of the very millisecond: so it is the one before. */
static enum rmqi_corrected go_back(struct rmqi_mq *mq, const struct rmqi_position *p)
{
	switch (mq->consumer->set.beyond_end) {
	case RMQI_BEYOND_END_STOP:
		return stay(mq, p,
			    "the queue stops (offsetBeyondEnd=STOP) until that is there, or an "
			    "operator resets the group");
	case RMQI_BEYOND_END_BEGIN:
		return move(mq, p->min, from_begin);
	case RMQI_BEYOND_END_END:
		break;
	}
	if (mq->newest_ms <= 0 || p->max <= p->min)
		return move(mq, mq->doubt.max, beyond_end);
	ask_since(mq, mq->newest_ms - 1, on_since);
	return RMQI_CORRECTED_WAITS;
}

/* --- ... and has grown since -------------------------------------------------------------------------------- */

/* What stands from `since` on was never read. */
static enum rmqi_corrected go_where_it_grew(struct rmqi_mq *mq, int64_t since, const char *why)
{
	switch (mq->consumer->set.beyond_end) {
	case RMQI_BEYOND_END_STOP:
		return stand(mq, RMQI_RESP_PULL_OFFSET_MOVED,
			     "the queue ended before where the group was, and has grown since: it "
			     "stops (offsetBeyondEnd=STOP) until an operator resets the group");
	case RMQI_BEYOND_END_BEGIN:
		return move(mq, mq->doubt.min, from_begin);
	case RMQI_BEYOND_END_END:
		break;
	}
	return move(mq, since, why);
}

static void on_grown(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	enum rmqi_corrected corrected = RMQI_CORRECTED_IDLE;
	struct rmqi_mq *mq;
	int64_t since;

	if (!rmqi_mq_call_ended(call, &mq))
		return;
	if (read_since(mq, error, response, &since)) {
		if (since < mq->next_offset)
			corrected = go_where_it_grew(mq, since, since_newest);
		else
			rmqi_correction_forget(mq);
		if (corrected != RMQI_CORRECTED_WAITS)
			rmqi_mq_continue(mq);
	}
	rmqi_mq_unref(mq);
}

/* A master that lost its last messages counts on from where its queue ends now: an offset that we have read may hold
 * another message a moment later. What was stored after the newest that came is unread. */
bool rmqi_correction_doubts(struct rmqi_mq *mq, int32_t code,
			    const struct rmqi_h_pull_message_response *h)
{
	if (mq->doubt.at < 0 || mq->doubt.at != mq->next_offset || mq->asked_id > 0 ||
	    code == RMQI_RESP_PULL_OFFSET_MOVED || h->maxOffset < mq->next_offset)
		return false;
	if (mq->newest_ms > 0)
		ask_since(mq, mq->newest_ms + 1, on_grown);
	else if (go_where_it_grew(mq, mq->doubt.max, since_doubt) != RMQI_CORRECTED_WAITS)
		rmqi_mq_continue(mq);
	return true;
}

/* --- The answer --------------------------------------------------------------------------------------- */

/* Of one that may be a slave that acts, or the master of a topic that may only be read, the code says it: a slave
 * keeps 21 to itself, unless offsetCheckInSlave wants it (DefaultPullMessageResultHandler, "none correction"). */
static bool is_slave(const struct rmqi_mq *mq, int32_t code)
{
	if (rmqi_replica_was_master(mq))
		return false;
	return mq->asked_id != RMQI_BROKER_ACTS || code != RMQI_RESP_PULL_OFFSET_MOVED;
}

enum rmqi_corrected rmqi_correct(struct rmqi_mq *mq, int32_t code,
				 const struct rmqi_h_pull_message_response *h)
{
	struct rmqi_position p = {.code = code,
				  .asked = mq->next_offset,
				  .next = h->nextBeginOffset,
				  .min = h->minOffset,
				  .max = h->maxOffset,
				  .is_slave = is_slave(mq, code)};
	int64_t to = p.asked;

	switch (rmqi_correction_judge(&p, &to)) {
	case RMQI_CORRECTION_NONE:
	case RMQI_CORRECTION_FILTERED:
		rmqi_correction_forget(mq);
		rmqi_mq_works(mq);
		mq->next_offset = to;
		mq->is_placed = true;
		return to != p.asked ? RMQI_CORRECTED_MOVED : RMQI_CORRECTED_IDLE;
	case RMQI_CORRECTION_GONE:
		return move_past(mq, to);
	case RMQI_CORRECTION_RESET:
		return move(mq, to, "it was reset by an operator");
	case RMQI_CORRECTION_BEHIND:
		return is_first(mq) ? RMQI_CORRECTED_WAITS
				    : stay(mq, &p, "a slave that differs from its master");
	case RMQI_CORRECTION_BEYOND:
		doubt(mq, &p);
		return is_first(mq) ? RMQI_CORRECTED_WAITS : go_back(mq, &p);
	case RMQI_CORRECTION_ODD:
		break;
	}
	return stay(mq, &p, "that makes no sense");
}
