/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/offsets.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/consumer.h"
#include "consumer/pull.h"

enum { OFFSET_TIMEOUT_MS = 5000 }; /* RemoteBrokerOffsetStore */

/* --- Where a queue starts ------------------------------------------------------------- */

static void find_failed(struct rmqi_mq *mq, const char *what, enum rmq_error error,
			const struct rmqi_command *response)
{
	rmq_push_consumer *c = mq->consumer;

	if (error != RMQ_OK)
		rmqi_client_refresh_routes(c->client);
	rmqi_pull_failed(mq, what, error != RMQ_OK ? error : RMQ_ERR_PROTOCOL,
			 error == RMQ_OK && response->code != RMQI_RESP_SUCCESS ? response->code
										: -1,
			 response ? response->remark : RMQI_STR(""), c->set.error_delay_ms);
}

/* From here on the group has a place: it is committed before anything is consumed. (Java waits for
 * a message; who takes over the queue until then finds no offset and starts further on.) */
static void start_here(struct rmqi_mq *mq, int64_t offset)
{
	mq->is_placed = true;
	rmqi_pull_start_at(mq, offset);
	rmqi_offsets_commit(mq);
}

/* The answers of 29 and 30 have the same shape. */
static void on_edge(struct rmqi_call *call, enum rmq_error error,
		    const struct rmqi_command *response)
{
	struct rmqi_h_get_max_offset_response h = {0};
	struct rmqi_mq *mq;

	if (!rmqi_pull_call_ended(call, &mq))
		return;
	if (error != RMQ_OK || response->code != RMQI_RESP_SUCCESS ||
	    rmqi_header_decode(&rmqi_desc_get_max_offset_response, response, &h, NULL) != RMQ_OK ||
	    h.offset < 0)
		find_failed(mq, "start offset", error, response);
	else
		start_here(mq, h.offset);
	rmqi_mq_unref(mq);
}

static void ask_max(struct rmqi_mq *mq)
{
	struct rmqi_h_get_max_offset h = {.topic = rmqi_str(mq->key.topic),
					  .queueId = mq->key.queue_id};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_GET_MAX_OFFSET, .desc = &rmqi_desc_get_max_offset, .header = &h};

	RMQI_SET(&h, get_max_offset, bname, rmqi_str(mq->key.broker_name));
	rmqi_pull_call(mq, 0, &request, OFFSET_TIMEOUT_MS, on_edge);
}

static void ask_time(struct rmqi_mq *mq)
{
	struct rmqi_h_search_offset h = {.topic = rmqi_str(mq->key.topic),
					 .queueId = mq->key.queue_id,
					 .timestamp = mq->consumer->set.from_ms};
	struct rmqi_outgoing request = {.code = RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP,
					.desc = &rmqi_desc_search_offset,
					.header = &h};

	RMQI_SET(&h, search_offset, boundaryType, RMQI_STR("LOWER"));
	RMQI_SET(&h, search_offset, bname, rmqi_str(mq->key.broker_name));
	rmqi_pull_call(mq, 0, &request, OFFSET_TIMEOUT_MS, on_edge);
}

/* RebalancePushImpl.computePullFromWhereWithException */
static void start_without_offset(struct rmqi_mq *mq)
{
	switch (mq->consumer->set.from_where) {
	case RMQI_FROM_LAST:
		if (!mq->is_retry) {
			ask_max(mq);
			return;
		}
		break;
	case RMQI_FROM_FIRST:
		break;
	case RMQI_FROM_TIMESTAMP:
		if (mq->is_retry)
			ask_max(mq);
		else
			ask_time(mq);
		return;
	}
	/* If it is not there any more, the first pull is told so. */
	rmqi_pull_start_at(mq, 0);
}

static void on_offset(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_h_query_consumer_offset_response h = {0};
	struct rmqi_mq *mq;

	if (!rmqi_pull_call_ended(call, &mq))
		return;
	if (error == RMQ_OK && response->code == RMQI_RESP_QUERY_NOT_FOUND) {
		start_without_offset(mq);
	} else if (error != RMQ_OK || response->code != RMQI_RESP_SUCCESS ||
		   rmqi_header_decode(&rmqi_desc_query_consumer_offset_response, response, &h,
				      NULL) != RMQ_OK ||
		   h.offset < 0) {
		find_failed(mq, "committed offset", error, response);
	} else {
		mq->sent = mq->confirmed = mq->repeated = h.offset;
		rmqi_pull_start_at(mq, h.offset);
	}
	rmqi_mq_unref(mq);
}

void rmqi_offsets_find(struct rmqi_mq *mq)
{
	struct rmqi_h_query_consumer_offset h = {.consumerGroup = rmqi_str(mq->consumer->group),
						 .topic = rmqi_str(mq->key.topic),
						 .queueId = mq->key.queue_id};
	struct rmqi_outgoing request = {.code = RMQI_REQ_QUERY_CONSUMER_OFFSET,
					.desc = &rmqi_desc_query_consumer_offset,
					.header = &h};

	RMQI_SET(&h, query_consumer_offset, bname, rmqi_str(mq->key.broker_name));
	rmqi_pull_call(mq, 0, &request, OFFSET_TIMEOUT_MS, on_offset);
}

bool rmqi_offsets_parse_time(const char *text, int64_t *ms)
{
	struct tm tm = {.tm_isdst = -1};
	time_t seconds;

	if (strlen(text) != 14 || strspn(text, "0123456789") != 14 ||
	    sscanf(text, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		   &tm.tm_min, &tm.tm_sec) != 6)
		return false;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	seconds = mktime(&tm);
	if (seconds == (time_t)-1)
		return false;
	*ms = (int64_t)seconds * 1000;
	return true;
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

void rmqi_offsets_commit(struct rmqi_mq *mq)
{
	rmq_push_consumer *c = mq->consumer;
	int64_t offset = rmqi_mq_commit_offset(mq);
	const char *address = commit_address(mq);
	struct rmqi_h_update_consumer_offset h = {0};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_CONSUMER_OFFSET,
					.desc = &rmqi_desc_update_consumer_offset,
					.header = &h};

	if (offset < 0 || (offset == mq->sent && offset == mq->repeated) || !address)
		return;
	fill_update(mq, offset, &h);
	if (rmqi_rpc_oneway(rmqi_client_rpc(c->client), address, &request,
			    rmqi_consumer_deadline(c, OFFSET_TIMEOUT_MS)) != RMQ_OK)
		return;
	/* Each value twice: the first one of a group may be lost (see goes_first). */
	if (offset == mq->sent)
		mq->repeated = offset;
	mq->sent = offset;
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_offsets *o = RMQI_CONTAINER(t, struct rmqi_offsets, timer);

	RMQI_LIST_EACH(node, &o->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs)
			rmqi_offsets_commit(RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	}
	rmqi_offsets_start(o);
}

enum rmq_error rmqi_offsets_init(struct rmqi_offsets *o, rmq_push_consumer *c)
{
	o->consumer = c;
	rmqi_event_init(&o->settled, rmqi_client_env(c->client));
	return rmqi_timer_init(&o->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_offsets_deinit(struct rmqi_offsets *o)
{
	rmqi_event_deinit(&o->settled);
}

void rmqi_offsets_start(struct rmqi_offsets *o)
{
	rmqi_timer_start_ms(&o->timer, o->consumer->set.persist_ms);
}

/* --- The last commit ---------------------------------------------------------------------- */

struct last_commit {
	struct rmqi_call call;
	struct rmqi_mq *mq; /* a reference */
	int64_t offset;
};

static void note_failure(struct rmqi_offsets *o, const struct rmqi_mq *mq, const char *why)
{
	if (o->failed++ == 0)
		snprintf(o->failure, sizeof(o->failure), "%.100s@%.80s:%d: %.50s", mq->key.topic,
			 mq->key.broker_name, (int)mq->key.queue_id, why);
}

static void send_others(struct rmqi_offsets *o);

static void one_less(struct rmqi_offsets *o)
{
	if (--o->left > 0)
		return;
	if (o->others > 0)
		send_others(o);
	else
		rmqi_event_set(&o->settled);
}

static void on_committed(struct rmqi_call *call, enum rmq_error error,
			 const struct rmqi_command *response)
{
	struct last_commit *l = RMQI_CONTAINER(call, struct last_commit, call);
	struct rmqi_offsets *o = &l->mq->consumer->offsets;
	char name[64];

	if (error != RMQ_OK)
		note_failure(o, l->mq, rmq_error_text(error));
	else if (response->code != RMQI_RESP_SUCCESS)
		note_failure(o, l->mq, rmqi_response_name(response->code, name, sizeof(name)));
	else
		l->mq->confirmed = l->offset;
	rmqi_mq_unref(l->mq);
	rmqi_free(l);
	one_less(o);
}

static void commit_last(struct rmqi_offsets *o, struct rmqi_mq *mq)
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
static void send_wave(struct rmqi_offsets *o, bool first)
{
	o->left = 1; /* ours, so that it is not over before all are sent */
	o->others = 0;
	RMQI_LIST_EACH(node, &o->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

			if (rmqi_mq_commit_offset(mq) < 0)
				continue;
			if (goes_first(sub, mq) == first)
				commit_last(o, mq);
			else if (first)
				o->others++;
		}
	}
	one_less(o);
}

static void send_others(struct rmqi_offsets *o)
{
	send_wave(o, false);
}

void rmqi_offsets_commit_last(struct rmqi_offsets *o)
{
	send_wave(o, true);
}
