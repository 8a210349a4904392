/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/pull.h"

#include "client/namespace.h"
#include "client/receipts.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/correction.h"
#include "consumer/mq.h"
#include "consumer/replica.h"

/* PullSysFlag.java. FLAG_COMMIT (1) is never set: the broker serves pulls and commits on different
 * threads, so a pull that waits there could put an old offset over the last commit. */
enum { FLAG_SUSPEND = 2, FLAG_SUBSCRIPTION = 4 };
enum {
	FLOW_CONTROL_DELAY_MS = 20, /* PULL_TIME_DELAY_MILLS_WHEN_BROKER_FLOW_CONTROL */
	UNREGISTERED_DELAY_MS = 50, /* time for the heartbeat that was just sent */
	SLAVE_IDLE_MS =
		1000, /* between two pulls of a slave that holds none, while its master is away */
	QUICK_US = 20 * 1000,
	QUICK_MAX = 3 /* so many quick answers that bring nothing are chance */
};

#define MQ_FORMAT "%s@%s:%d"
#define MQ_ARGS(mq) (mq)->key.topic, (mq)->key.broker_name, (int)(mq)->key.queue_id

static void pull_failed(struct rmqi_mq *mq, enum rmq_error error)
{
	rmqi_mq_failed(mq, RMQI_TROUBLE_PULL, error, -1, RMQI_STR(""),
		       mq->consumer->set.error_delay_ms);
}

/* --- The answer ----------------------------------------------------------------------- */

/* A broker that says "nothing new" at once, over and over, must not make us spin. */
static void pull_again(struct rmqi_mq *mq, bool has_moved)
{
	struct rmqi_consumer *c = mq->consumer;
	int64_t elapsed = rmqi_clock_us(c->clock) - mq->pulled_us;

	if (has_moved || elapsed >= QUICK_US)
		mq->idle_pulls = 0;
	else if (++mq->idle_pulls > QUICK_MAX) {
		rmqi_mq_wait(mq, c->set.error_delay_ms);
		return;
	}
	rmqi_mq_continue(mq);
}

/* What the messages of an answer came to, and where to go on. */
struct taken {
	int64_t next;
	enum rmq_error error;
	char why[RMQI_UNREADABLE_WHY]; /* of RMQ_ERR_CORRUPT */
};

/* False: nothing was taken, as memory was out. */
static bool take_body(struct rmqi_mq *mq, struct rmqi_cursor body, struct taken *t)
{
	struct rmqi_consumer *c = mq->consumer;
	struct rmqi_answer_of from = {.topic = mq->key.topic,
				      .broker_name = mq->key.broker_name,
				      .address = mq->address,
				      .queue_id = mq->key.queue_id,
				      .asked = mq->next_offset,
				      .next = t->next};
	struct rmqi_message_block *block = NULL;
	int64_t newest_ms;

	t->error = rmqi_message_block_in(c->memory, body, mq->key.broker_name, &block);
	if (!block)
		return false;
	t->error = rmqi_unreadable_settle(&c->unreadable, &from, block, t->error, &t->next, t->why);
	for (size_t i = 0; mq->is_retry && i < block->count; i++)
		rmqi_receipts_show_topic(c->group, &block->messages[i]);
	rmqi_namespace_hide(rmqi_client_namespace(c->client), block);
	newest_ms = block->count > 0 ? block->messages[block->count - 1].store_ms : 0;
	if (rmqi_mq_deliver(mq, block) != RMQ_OK) {
		t->error = RMQ_ERR_NO_MEMORY;
		return false;
	}
	if (newest_ms > mq->newest_ms)
		mq->newest_ms = newest_ms;
	return true;
}

static void pull_broken(struct rmqi_mq *mq, const struct taken *t)
{
	rmqi_mq_failed(mq, RMQI_TROUBLE_PULL, t->error, -1,
		       rmqi_str(t->error == RMQ_ERR_CORRUPT ? t->why : ""),
		       mq->consumer->set.error_delay_ms);
}

/* Whatever was wrong, the next pull begins behind what was taken. */
static void on_found(struct rmqi_mq *mq, const struct rmqi_command *response, int64_t next)
{
	struct rmqi_consumer *c = mq->consumer;
	struct taken t = {.next = next, .error = RMQ_ERR_PROTOCOL};

	/* Messages, and no step forward: they would come again for ever. */
	if (next <= mq->next_offset || !take_body(mq, response->body, &t)) {
		pull_failed(mq, t.error);
		return;
	}
	mq->idle_pulls = 0;
	rmqi_correction_forget(mq);
	mq->next_offset = t.next;
	mq->is_placed = true;
	if (t.error != RMQ_OK) {
		pull_broken(mq, &t);
		return;
	}
	rmqi_mq_works(mq);
	if (c->set.pull_interval_ms > 0)
		rmqi_mq_wait(mq, c->set.pull_interval_ms);
	else
		pull_again(mq, true);
}

/* 19, 20, 21. */
static void on_nothing(struct rmqi_mq *mq, int32_t code,
		       const struct rmqi_h_pull_message_response *h)
{
	enum rmqi_corrected corrected = rmqi_correct(mq, code, h);

	if (corrected != RMQI_CORRECTED_WAITS)
		pull_again(mq, corrected == RMQI_CORRECTED_MOVED);
}

/* A pull with a new version may come to a broker before the heartbeat that tells it. */
static bool is_overtaken(struct rmqi_mq *mq)
{
	if (mq->is_refused || !mq->was_served)
		return false;
	mq->is_refused = true;
	rmqi_mq_wait(mq, UNREGISTERED_DELAY_MS);
	return true;
}

/* The broker knew our subscription, or was told of it when it refused the last time. */
static bool is_known(const struct rmqi_mq *mq)
{
	struct rmqi_client_trouble t;

	return mq->was_served ||
	       (mq->is_refused &&
		!rmqi_client_trouble(mq->consumer->client, RMQI_TROUBLE_BROKER, NULL, &t));
}

/* It does not know our subscription. Returns when to pull again. */
static int64_t on_unknown(struct rmqi_mq *mq, bool was_known)
{
	struct rmqi_consumer *c = mq->consumer;
	bool was_refused = mq->is_refused;

	mq->is_refused = true;
	c->on_unknown(c, mq, was_known);
	if (was_refused || c->set.error_delay_ms < UNREGISTERED_DELAY_MS)
		return c->set.error_delay_ms;
	return UNREGISTERED_DELAY_MS;
}

static void on_refused(struct rmqi_mq *mq, const struct rmqi_command *response)
{
	struct rmqi_consumer *c = mq->consumer;
	int64_t delay = c->set.error_delay_ms;
	bool was_refused = mq->is_refused;

	switch (response->code) {
	case RMQI_RESP_FLOW_CONTROL:
		delay = FLOW_CONTROL_DELAY_MS;
		break;
	case RMQI_RESP_SUBSCRIPTION_NOT_LATEST:
		if (is_overtaken(mq))
			return;
		delay = on_unknown(mq, false);
		break;
	case RMQI_RESP_FILTER_DATA_NOT_EXIST:
	case RMQI_RESP_FILTER_DATA_NOT_LATEST:
		/* A broker compiles an expression a moment after it has noted the subscription. */
		if (is_overtaken(mq))
			return;
		break;
	case RMQI_RESP_SUBSCRIPTION_NOT_EXIST:
		delay = on_unknown(mq, is_known(mq));
		break;
	case RMQI_RESP_NO_PERMISSION:
	case RMQI_RESP_TOPIC_NOT_EXIST:
		rmqi_client_refresh_routes(c->client);
		break;
	default:
		break;
	}
	/* The first time is usual: it has just lost our connection, or is older than our subscription. */
	if (mq->is_refused && !was_refused) {
		RMQI_LOG(c->log, RMQ_LOG_INFO, "pull of " MQ_FORMAT " at %s: not registered yet",
			 MQ_ARGS(mq), mq->address);
		rmqi_mq_retry_later(mq, delay);
		return;
	}
	rmqi_mq_failed(mq, RMQI_TROUBLE_PULL, RMQ_ERR_BROKER, response->code, response->remark,
		       delay);
}

/* 5.x: a slave whose master is there, or which has not heard that it is not (without enableSlaveActingMaster it
 * never does), holds no pull: whatever brings no message is this. Of both versions: it ends before what is asked
 * for, or begins behind it; that is for correction.h, as is an answer that leads on. */
static bool is_sent_away(const struct rmqi_mq *mq, int32_t code,
			 const struct rmqi_h_pull_message_response *h)
{
	return code == RMQI_RESP_PULL_RETRY_IMMEDIATELY && mq->asked_id > 0 &&
	       h->suggestWhichBrokerId == 0 && h->nextBeginOffset == mq->next_offset &&
	       h->minOffset <= mq->next_offset && h->maxOffset >= mq->next_offset;
}

/* Without its master it is asked again, and again: messages may come to it, and it may lead on. */
static void on_sent_away(struct rmqi_mq *mq, int32_t code,
			 const struct rmqi_h_pull_message_response *h)
{
	if (rmqi_replica_has_master(mq)) {
		if (rmqi_correct(mq, code, h) != RMQI_CORRECTED_WAITS)
			pull_again(mq, false);
	} else if (h->maxOffset > mq->next_offset) {
		rmqi_mq_failed(mq, RMQI_TROUBLE_PULL, RMQ_ERR_BROKER, code,
			       RMQI_STR("this slave has messages, and leaves them to its master, "
					"which is away"),
			       mq->consumer->set.error_delay_ms);
	} else if (rmqi_correct(mq, code, h) != RMQI_CORRECTED_WAITS) {
		rmqi_mq_wait(mq, SLAVE_IDLE_MS);
	}
}

static void on_response(struct rmqi_mq *mq, const struct rmqi_command *response)
{
	struct rmqi_h_pull_message_response h = {0};
	int32_t code = response->code;
	bool is_known = code == RMQI_RESP_SUCCESS || code == RMQI_RESP_PULL_NOT_FOUND ||
			code == RMQI_RESP_PULL_RETRY_IMMEDIATELY ||
			code == RMQI_RESP_PULL_OFFSET_MOVED;

	if (!is_known) {
		on_refused(mq, response);
		return;
	}
	if (rmqi_header_decode(&rmqi_desc_pull_message_response, response, &h, NULL) != RMQ_OK ||
	    h.nextBeginOffset < 0) {
		pull_failed(mq, RMQ_ERR_PROTOCOL);
		return;
	}
	mq->broker_id = h.suggestWhichBrokerId;
	mq->max_offset = h.maxOffset;
	mq->is_refused = false;
	mq->was_served = true;
	/* An offset beyond the end is of an older topic, or store. */
	if (h.maxOffset < mq->told.floor && rmqi_replica_was_master(mq))
		mq->told.floor = -1;
	if (rmqi_correction_doubts(mq, code, &h))
		return;
	if (is_sent_away(mq, code, &h))
		on_sent_away(mq, code, &h);
	else if (code == RMQI_RESP_SUCCESS)
		on_found(mq, response, h.nextBeginOffset);
	else
		on_nothing(mq, code, &h);
}

static void on_pulled(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_mq *mq;
	struct rmqi_consumer *c;

	if (!rmqi_mq_call_ended(call, &mq))
		return;
	c = mq->consumer;
	if (error != RMQ_OK) {
		/* Maybe the broker has moved. */
		rmqi_client_refresh_routes(c->client);
		mq->broker_id = 0;
		mq->was_served = false;
		pull_failed(mq, error);
	} else if (c->is_suspended && response->code == RMQI_RESP_SUCCESS) {
		/* Nothing new begins while suspended: resume pulls this again. */
	} else {
		on_response(mq, response);
	}
	rmqi_mq_unref(mq);
}

/* --- The request ------------------------------------------------------------------------ */

/* After a failure the answer comes at once, also from an empty queue: it says that the failure is over. */
static int32_t pull_flags(const struct rmqi_mq *mq)
{
	const struct rmqi_consumer *c = mq->consumer;
	int32_t flags = mq->is_complained || mq->is_refused ? 0 : FLAG_SUSPEND;

	return c->set.post_subscription || c->is_assigned ? flags | FLAG_SUBSCRIPTION : flags;
}

static void pull(struct rmqi_mq *mq)
{
	struct rmqi_consumer *c = mq->consumer;
	const struct rmqi_subscription *filter = mq->sub->filter;
	struct rmqi_h_pull_message h = {0};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_PULL_MESSAGE, .desc = &rmqi_desc_pull_message, .header = &h};

	h.consumerGroup = rmqi_str(c->group);
	h.topic = rmqi_str(mq->key.topic);
	h.queueId = mq->key.queue_id;
	h.queueOffset = mq->next_offset;
	h.maxMsgNums = c->set.pull_batch < c->fetch_most ? c->set.pull_batch : c->fetch_most;
	h.sysFlag = pull_flags(mq);
	h.suspendTimeoutMillis = c->set.suspend_ms;
	h.subVersion = filter->sub_version;
	RMQI_SET(&h, pull_message, maxMsgBytes, c->set.pull_batch_bytes);
	RMQI_SET(&h, pull_message, expressionType, rmqi_str(filter->expression_type));
	RMQI_SET(&h, pull_message, bname, rmqi_str(mq->key.broker_name));
	if (h.sysFlag & FLAG_SUBSCRIPTION)
		RMQI_SET(&h, pull_message, subscription, rmqi_str(filter->sub_string));
	mq->pulled_us = rmqi_clock_us(c->clock);
	rmqi_mq_call(mq, RMQI_MQ_FETCHING, rmqi_replica_choose(mq, mq->broker_id), &request,
		     c->set.pull_timeout_ms, on_pulled);
}

static void step(struct rmqi_mq *mq)
{
	struct rmqi_offset_store *store = mq->consumer->store;

	if (mq->next_offset < 0)
		store->find(store, mq);
	else if (rmqi_mq_may_fetch(mq))
		pull(mq);
}

const struct rmqi_fetch rmqi_pull = {.step = step};
