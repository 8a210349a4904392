/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/remote_offsets.h"

#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/mq.h"
#include "consumer/offset_question.h"
#include "consumer/replica.h"
#include "consumer/start.h"

enum { OFFSET_TIMEOUT_MS = 5000, OWN_COMMIT_MS = 50 }; /* RemoteBrokerOffsetStore */

/* --- Where the group stands ------------------------------------------------------------- */

/* A slave gets the offsets some time after its master. From the first message on, nothing can be missed; nor is
 * anything that was not asked for, by whoever wants a time of a topic that may only be read. */
static bool is_known_none(const struct rmqi_mq *mq)
{
	enum rmqi_from_where from = mq->consumer->set.from_where;

	if (rmqi_replica_was_master(mq))
		return true;
	/* It is only away. */
	if (mq->asked_id > 0 && rmqi_replica_master(mq))
		return false;
	return from == RMQI_FROM_FIRST ||
	       (mq->asked_id == RMQI_BROKER_ACTS && from == RMQI_FROM_TIMESTAMP);
}

/* Of a slave whose master is only away 0 may be "none", too: that would be all of a young queue once more. */
static bool is_doubtful(const struct rmqi_mq *mq, int64_t offset)
{
	return offset == 0 && mq->asked_id > 0 && rmqi_replica_master(mq);
}

static void on_offset(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	int64_t offset = -1;
	struct rmqi_mq *mq;

	if (!rmqi_mq_call_ended(call, &mq))
		return;
	mq->told.is_of_slave = !rmqi_replica_was_master(mq);
	if (error != RMQ_OK || !rmqi_offset_answer(response, &offset)) {
		rmqi_start_failed(mq, error, response);
	} else if (is_doubtful(mq, offset)) {
		rmqi_mq_failed(mq, RMQI_TROUBLE_OFFSET, RMQ_ERR_BROKER, RMQI_RESP_QUERY_NOT_FOUND,
			       RMQI_STR("this slave knows no offset of the group, and its master "
					"is away"),
			       mq->consumer->set.error_delay_ms);
	} else if (offset >= 0) {
		mq->told.sent = mq->told.confirmed = offset;
		mq->told.is_stored = offset > 0; /* 0 may stand for "none" of a young queue */
		rmqi_start_found(mq, offset);
	} else if (is_known_none(mq)) {
		rmqi_start_none(mq);
	} else {
		rmqi_start_failed(mq, error, response);
	}
	rmqi_mq_unref(mq);
}

static void find(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	struct rmqi_remote_offsets *o = RMQI_CONTAINER(s, struct rmqi_remote_offsets, store);
	struct rmqi_h_query_consumer_offset h = {.consumerGroup = rmqi_str(mq->consumer->group),
						 .topic = rmqi_str(mq->key.topic),
						 .queueId = mq->key.queue_id};
	struct rmqi_outgoing request = {.code = RMQI_REQ_QUERY_CONSUMER_OFFSET,
					.desc = &rmqi_desc_query_consumer_offset,
					.header = &h};

	/* Of an earlier time with us. */
	if (rmqi_awaited_commits_has(&o->awaited, mq)) {
		rmqi_mq_wait(mq, OWN_COMMIT_MS);
		return;
	}
	RMQI_SET(&h, query_consumer_offset, bname, rmqi_str(mq->key.broker_name));
	/* The master first: it may have lost our connection a moment ago, and the slave is behind it. */
	rmqi_mq_call(mq, RMQI_MQ_FINDING, mq->is_complained ? rmqi_replica_choose(mq, 0) : 0,
		     &request, OFFSET_TIMEOUT_MS, on_offset);
}

/* --- What is committed ------------------------------------------------------------------ */

/*
 * What was told is told again, at the 2nd, 4th, 8th ... offer, though the broker has taken it: of two members' first
 * commits of a group it may have lost one, and one whose answer was lost may be served behind it
 * (awaited_commits.h). What a broker told us itself is not.
 */
static bool is_due(struct rmqi_mq *mq, int64_t offset)
{
	uint64_t n;

	if (offset != mq->told.sent)
		return true;
	if (mq->told.offers == 0)
		return false;
	n = ++mq->told.offers;
	return (n & (n - 1)) == 0;
}

static void commit(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	struct rmqi_remote_offsets *o = RMQI_CONTAINER(s, struct rmqi_remote_offsets, store);
	int64_t offset = rmqi_mq_commit_offset(mq);

	if (offset < 0 || (!mq->told.last && !is_due(mq, offset)))
		return;
	if (!rmqi_awaited_commits_tell(&o->awaited, mq))
		rmqi_client_refresh_routes(o->consumer->client);
}

static void give_up(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	struct rmqi_remote_offsets *o = RMQI_CONTAINER(s, struct rmqi_remote_offsets, store);

	rmqi_awaited_commits_give_up(&o->awaited, mq);
}

/* One may have been lost with the old connection; and the broker may be another one now, that has an older
 * offset than the one that told us. */
static void commit_again(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	mq->told.sent = mq->told.confirmed = -1;
	mq->told.is_stored = false;
	commit(s, mq);
}

/* --- Commits that are awaited ------------------------------------------------------------- */

static bool commit_surely(struct rmqi_offset_store *s, struct rmqi_mq *mq,
			  void (*done)(struct rmqi_mq *mq))
{
	struct rmqi_remote_offsets *o = RMQI_CONTAINER(s, struct rmqi_remote_offsets, store);

	return rmqi_awaited_commits_one(&o->awaited, mq, done);
}

static void commit_last(struct rmqi_offset_store *s, struct rmqi_commit_report *report)
{
	struct rmqi_remote_offsets *o = RMQI_CONTAINER(s, struct rmqi_remote_offsets, store);

	rmqi_awaited_commits_all(&o->awaited, report);
}

static bool may_share(struct rmqi_offset_store *s, const struct rmqi_commit_report *report,
		      bool is_of_named)
{
	struct rmqi_remote_offsets *o = RMQI_CONTAINER(s, struct rmqi_remote_offsets, store);

	return rmqi_awaited_commits_share(&o->awaited, report, is_of_named);
}

static void commit_rest(struct rmqi_offset_store *s)
{
	struct rmqi_remote_offsets *o = RMQI_CONTAINER(s, struct rmqi_remote_offsets, store);

	rmqi_awaited_commits_rest(&o->awaited);
}

void rmqi_remote_offsets_init(struct rmqi_remote_offsets *o, struct rmqi_consumer *c)
{
	*o = (struct rmqi_remote_offsets){
		.store = {.find = find,
			  .commit = commit,
			  .give_up = give_up,
			  .commit_surely = commit_surely,
			  .commit_again = commit_again,
			  .commit_last = commit_last,
			  .may_share = may_share,
			  .commit_rest = commit_rest},
		.consumer = c,
	};
	rmqi_awaited_commits_init(&o->awaited, c);
}
