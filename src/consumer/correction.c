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
	mq->contradictions = 0;
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

static enum rmqi_corrected stay(struct rmqi_mq *mq, const struct rmqi_position *p, const char *what)
{
	char why[WHY_SIZE];

	snprintf(why, sizeof(why), "offset %lld was asked for, and it holds %lld to %lld: %s",
		 (long long)p->asked, (long long)p->min, (long long)p->max, what);
	/* Another one may hold it. */
	mq->broker_id = 0;
	rmqi_client_refresh_routes(mq->consumer->client);
	rmqi_mq_failed(mq, RMQI_TROUBLE_PULL, RMQ_ERR_BROKER, p->code, rmqi_str(why),
		       mq->consumer->set.error_delay_ms);
	return RMQI_CORRECTED_WAITS;
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

static void on_since(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct rmqi_h_search_offset_response h = {0};
	struct rmqi_mq *mq;

	if (!rmqi_mq_call_ended(call, &mq))
		return;
	if (error != RMQ_OK || response->code != RMQI_RESP_SUCCESS ||
	    rmqi_header_decode(&rmqi_desc_search_offset_response, response, &h, NULL) != RMQ_OK ||
	    h.offset < 0) {
		rmqi_start_failed(mq, error, response);
	} else if (h.offset >= mq->next_offset) {
		/* It holds what it did not a moment ago. */
		mq->contradictions = 0;
		rmqi_mq_continue(mq);
	} else {
		(void)move(mq, h.offset,
			   "the queue ended before where the group was: a broker that lost "
			   "messages or has an older store, or a topic that was made anew; "
			   "this is its first message since the last one that was consumed");
		rmqi_mq_continue(mq);
	}
	rmqi_mq_unref(mq);
}

/* What the broker stored after the last message that we have seen is unread, wherever it stands. Brokers of
 * 4.9 may answer with any of those of the very millisecond: so it is the one before. */
static enum rmqi_corrected ask_since(struct rmqi_mq *mq)
{
	struct rmqi_h_search_offset h = {.topic = rmqi_str(mq->key.topic),
					 .queueId = mq->key.queue_id,
					 .timestamp = mq->newest_ms - 1};
	struct rmqi_outgoing request = {.code = RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP,
					.desc = &rmqi_desc_search_offset,
					.header = &h};

	RMQI_SET(&h, search_offset, boundaryType, RMQI_STR("LOWER"));
	RMQI_SET(&h, search_offset, bname, rmqi_str(mq->key.broker_name));
	rmqi_mq_call(mq, RMQI_MQ_FETCHING, 0, &request, OFFSET_TIMEOUT_MS, on_since);
	return RMQI_CORRECTED_WAITS;
}

static enum rmqi_corrected go_back(struct rmqi_mq *mq, const struct rmqi_position *p)
{
	switch (mq->consumer->set.beyond_end) {
	case RMQI_BEYOND_END_STOP:
		return stay(mq, p,
			    "the queue stops (offsetBeyondEnd=STOP) until that is there, or an "
			    "operator resets the group");
	case RMQI_BEYOND_END_BEGIN:
		return move(mq, p->min,
			    "the queue ended before where the group was, and is read from its "
			    "beginning (offsetBeyondEnd=BEGIN)");
	case RMQI_BEYOND_END_END:
		break;
	}
	if (mq->newest_ms > 0 && p->max > p->min)
		return ask_since(mq);
	return move(mq, p->max, beyond_end);
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
		mq->contradictions = 0;
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
		return is_first(mq) ? RMQI_CORRECTED_WAITS : go_back(mq, &p);
	case RMQI_CORRECTION_ODD:
		break;
	}
	return stay(mq, &p, "that makes no sense");
}
