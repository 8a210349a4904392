/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/remote_offsets.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/mq.h"
#include "consumer/start.h"

enum { OFFSET_TIMEOUT_MS = 5000 }; /* RemoteBrokerOffsetStore */

/* --- Where the group stands ------------------------------------------------------------- */

static void on_offset(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_h_query_consumer_offset_response h = {0};
	struct rmqi_mq *mq;

	if (!rmqi_mq_call_ended(call, &mq))
		return;
	if (error == RMQ_OK && response->code == RMQI_RESP_QUERY_NOT_FOUND) {
		rmqi_start_none(mq);
	} else if (error != RMQ_OK || response->code != RMQI_RESP_SUCCESS ||
		   rmqi_header_decode(&rmqi_desc_query_consumer_offset_response, response, &h,
				      NULL) != RMQ_OK ||
		   h.offset < 0) {
		rmqi_start_failed(mq, "committed offset", error, response);
	} else {
		mq->told.sent = mq->told.confirmed = h.offset;
		rmqi_start_found(mq, h.offset);
	}
	rmqi_mq_unref(mq);
}

static void find(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	struct rmqi_h_query_consumer_offset h = {.consumerGroup = rmqi_str(mq->consumer->group),
						 .topic = rmqi_str(mq->key.topic),
						 .queueId = mq->key.queue_id};
	struct rmqi_outgoing request = {.code = RMQI_REQ_QUERY_CONSUMER_OFFSET,
					.desc = &rmqi_desc_query_consumer_offset,
					.header = &h};

	(void)s;
	RMQI_SET(&h, query_consumer_offset, bname, rmqi_str(mq->key.broker_name));
	rmqi_mq_call(mq, RMQI_MQ_FINDING, 0, &request, OFFSET_TIMEOUT_MS, on_offset);
}

/* --- What is committed ------------------------------------------------------------------ */

/* Commits go to the master; without one any replica takes them. NULL: no address is known. */
static const char *commit_address(const struct rmqi_mq *mq)
{
	if (!mq->sub || !mq->sub->route)
		return NULL;
	return rmqi_topic_route_address(mq->sub->route, mq->key.broker_name, 0, false, NULL);
}

static void fill_update(const struct rmqi_mq *mq, int64_t offset,
			struct rmqi_h_update_consumer_offset *h)
{
	h->consumerGroup = rmqi_str(mq->consumer->group);
	h->topic = rmqi_str(mq->key.topic);
	h->queueId = mq->key.queue_id;
	h->commitOffset = offset;
	RMQI_SET(h, update_consumer_offset, bname, rmqi_str(mq->key.broker_name));
}

/*
 * Commits are one-way: one that a broker refuses is never heard of, and the first one of a group may be
 * lost (see goes_first). So a value is told again, at the 2nd, 4th, 8th ... offer; what a broker told
 * us itself is not.
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
	struct rmqi_consumer *c = mq->consumer;
	int64_t offset = rmqi_mq_commit_offset(mq);
	const char *address = commit_address(mq);
	struct rmqi_h_update_consumer_offset h = {0};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_CONSUMER_OFFSET,
					.desc = &rmqi_desc_update_consumer_offset,
					.header = &h};

	(void)s;
	if (offset < 0 || !address || !is_due(mq, offset))
		return;
	fill_update(mq, offset, &h);
	if (rmqi_rpc_oneway(rmqi_client_rpc(c->client), address, &request) != RMQ_OK)
		return;
	if (offset != mq->told.sent)
		mq->told.offers = 1;
	mq->told.sent = offset;
}

/* A one-way commit may have been lost with the old connection. */
static void commit_again(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	mq->told.sent = mq->told.confirmed;
	commit(s, mq);
}

/* --- The last commit ---------------------------------------------------------------------- */

struct last_commit {
	struct rmqi_call call;
	struct rmqi_remote_offsets *offsets;
	struct rmqi_mq *mq; /* a reference */
	int64_t offset;
};

static void note_failure(struct rmqi_remote_offsets *o, const struct rmqi_mq *mq, const char *why)
{
	struct rmqi_commit_report *r = o->report;

	r->unconfirmed--;
	if (r->failed++ == 0)
		snprintf(r->failure, sizeof(r->failure), "%.100s@%.80s:%d: %.50s", mq->key.topic,
			 mq->key.broker_name, (int)mq->key.queue_id, why);
}

static void send_others(struct rmqi_remote_offsets *o);

static void one_less(struct rmqi_remote_offsets *o)
{
	if (--o->left > 0)
		return;
	if (o->others > 0)
		send_others(o);
	else
		rmqi_event_set(&o->report->settled);
}

static void on_committed(struct rmqi_call *call, enum rmq_error error,
			 const struct rmqi_command *response)
{
	struct last_commit *l = RMQI_CONTAINER(call, struct last_commit, call);
	struct rmqi_remote_offsets *o = l->offsets;
	char name[64];

	if (error != RMQ_OK)
		note_failure(o, l->mq, rmq_error_text(error));
	else if (response->code != RMQI_RESP_SUCCESS)
		note_failure(o, l->mq, rmqi_response_name(response->code, name, sizeof(name)));
	else {
		l->mq->told.confirmed = l->offset;
		o->report->unconfirmed--;
	}
	rmqi_mq_unref(l->mq);
	rmqi_free(l);
	one_less(o);
}

static void commit_surely(struct rmqi_remote_offsets *o, struct rmqi_mq *mq)
{
	const char *address = commit_address(mq);
	struct rmqi_h_update_consumer_offset h = {0};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_CONSUMER_OFFSET,
					.desc = &rmqi_desc_update_consumer_offset,
					.header = &h};
	struct last_commit *l;

	l = address ? rmqi_calloc(1, sizeof(*l)) : NULL;
	if (!l) {
		note_failure(o, mq,
			     rmq_error_text(address ? RMQ_ERR_NO_MEMORY : RMQ_ERR_NO_BROKER));
		return;
	}
	l->call.fn = on_committed;
	l->offsets = o;
	l->mq = rmqi_mq_ref(mq);
	l->offset = rmqi_mq_commit_offset(mq);
	o->left++;
	fill_update(mq, l->offset, &h);
	rmqi_rpc_call_async(rmqi_client_rpc(o->consumer->client), address, &request,
			    rmqi_consumer_deadline(o->consumer, OFFSET_TIMEOUT_MS), &l->call);
}

/*
 * A broker that has no offset of a group and topic yet loses one of two that come at once
 * (ConsumerOffsetManager.commitOffset puts a new map for each: 4.x and 5.x). So one queue of each
 * broker goes first, and the others when it is there; and what was told before is told again.
 */
static bool goes_first(struct rmqi_sub *sub, const struct rmqi_mq *mq)
{
	RMQI_LIST_EACH(at, &sub->mqs) {
		struct rmqi_mq *other = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

		if (other == mq)
			return true;
		if (rmqi_mq_commit_offset(other) >= 0 &&
		    strcmp(other->key.broker_name, mq->key.broker_name) == 0)
			return false;
	}
	return true;
}

/* Those that go first, and counts the others; or the others. */
static void send_wave(struct rmqi_remote_offsets *o, bool first)
{
	o->left = 1; /* ours, so that it is not over before all are sent */
	o->others = 0;
	RMQI_LIST_EACH(node, &o->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

			if (rmqi_mq_commit_offset(mq) < 0)
				continue;
			if (first)
				o->report->unconfirmed++;
			if (goes_first(sub, mq) == first)
				commit_surely(o, mq);
			else if (first)
				o->others++;
		}
	}
	one_less(o);
}

static void send_others(struct rmqi_remote_offsets *o)
{
	send_wave(o, false);
}

static void commit_last(struct rmqi_offset_store *s, struct rmqi_commit_report *report)
{
	struct rmqi_remote_offsets *o = RMQI_CONTAINER(s, struct rmqi_remote_offsets, store);

	o->report = report;
	send_wave(o, true);
}

void rmqi_remote_offsets_init(struct rmqi_remote_offsets *o, struct rmqi_consumer *c)
{
	*o = (struct rmqi_remote_offsets){
		.store = {.find = find,
			  .commit = commit,
			  .commit_again = commit_again,
			  .commit_last = commit_last},
		.consumer = c,
	};
}
