/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/pull.h"

#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/mq.h"

/* PullSysFlag.java. FLAG_COMMIT (1) is never set: the broker serves pulls and commits on different
 * threads, so a pull that waits there could put an old offset over the last commit. */
enum { FLAG_SUSPEND = 2, FLAG_SUBSCRIPTION = 4 };
enum {
	FLOW_CONTROL_DELAY_MS = 20, /* PULL_TIME_DELAY_MILLS_WHEN_BROKER_FLOW_CONTROL */
	UNREGISTERED_DELAY_MS = 50, /* time for the heartbeat that was just sent */
	QUICK_US = 20 * 1000,
	QUICK_MAX = 3 /* so many quick answers that bring nothing are chance */
};

#define MQ_FORMAT "%s@%s:%d"
#define MQ_ARGS(mq) (mq)->key.topic, (mq)->key.broker_name, (int)(mq)->key.queue_id

static void pull_failed(struct rmqi_mq *mq, enum rmq_error error)
{
	rmqi_mq_failed(mq, "pull", error, -1, RMQI_STR(""), mq->consumer->set.error_delay_ms);
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

/* RMQ_OK: all was taken. RMQ_ERR_CORRUPT: *next is the first message that cannot be read. */
static enum rmq_error take_body(struct rmqi_mq *mq, struct rmqi_cursor body, int64_t *next)
{
	struct rmqi_message_block *block = NULL;
	enum rmq_error decoded = rmqi_message_block_new(body, mq->key.broker_name, &block), err;

	if (!block)
		return decoded;
	if (decoded != RMQ_OK)
		*next = block->count > 0 ? block->messages[block->count - 1].queue_offset + 1
					 : mq->next_offset;
	err = rmqi_mq_deliver(mq, block);
	return err != RMQ_OK ? err : decoded;
}

/* Memory was out, nothing was taken: the same again later. A message that cannot be read stays where
 * it is: nobody may skip it silently. */
static void on_found(struct rmqi_mq *mq, const struct rmqi_command *response, int64_t next)
{
	struct rmqi_consumer *c = mq->consumer;
	enum rmq_error err = take_body(mq, response->body, &next);

	if (err != RMQ_OK && err != RMQ_ERR_CORRUPT) {
		pull_failed(mq, err);
		return;
	}
	mq->idle_pulls = 0;
	mq->next_offset = next;
	mq->is_placed = true;
	if (err == RMQ_ERR_CORRUPT) {
		RMQI_LOG(c->log, RMQ_LOG_ERROR,
			 "a message of " MQ_FORMAT " from %s, at offset %lld or a little behind, "
			 "cannot be read: this queue stops there, the pull is made again",
			 MQ_ARGS(mq), mq->address, (long long)next);
		pull_failed(mq, err);
		return;
	}
	mq->trouble = 0;
	if (c->set.pull_interval_ms > 0)
		rmqi_mq_wait(mq, c->set.pull_interval_ms);
	else
		pull_again(mq, true);
}

/* 19, 20: go on where the broker says. 21: the same, but it is news. */
static void on_nothing(struct rmqi_mq *mq, int32_t code, int64_t next)
{
	struct rmqi_offset_store *store = mq->consumer->store;
	int64_t committed = rmqi_mq_commit_offset(mq);
	bool has_moved = next != mq->next_offset;

	mq->trouble = 0;
	if (code == RMQI_RESP_PULL_OFFSET_MOVED || next < mq->next_offset)
		RMQI_LOG(mq->consumer->log,
			 next < committed || next < mq->next_offset ? RMQ_LOG_WARN : RMQ_LOG_INFO,
			 "offset of " MQ_FORMAT
			 " moved by the broker from %lld to %lld (committed: "
			 "%lld)",
			 MQ_ARGS(mq), (long long)mq->next_offset, (long long)next,
			 (long long)committed);
	mq->next_offset = next;
	mq->is_placed = true;
	/* The broker ignores commits of a queue that is being reset until this one. */
	if (code == RMQI_RESP_PULL_OFFSET_MOVED && has_moved)
		store->commit(store, mq);
	pull_again(mq, has_moved);
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
	case RMQI_RESP_SUBSCRIPTION_NOT_EXIST:
	case RMQI_RESP_SUBSCRIPTION_NOT_LATEST:
		mq->is_refused = true;
		rmqi_client_heartbeat(c->client);
		if (!was_refused && delay > UNREGISTERED_DELAY_MS)
			delay = UNREGISTERED_DELAY_MS;
		break;
	case RMQI_RESP_NO_PERMISSION:
	case RMQI_RESP_TOPIC_NOT_EXIST:
		rmqi_client_refresh_routes(c->client);
		break;
	default:
		break;
	}
	rmqi_mq_failed(mq, "pull", RMQ_ERR_BROKER, response->code, response->remark, delay);
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
	mq->is_refused = false;
	if (code == RMQI_RESP_SUCCESS)
		on_found(mq, response, h.nextBeginOffset);
	else
		on_nothing(mq, code, h.nextBeginOffset);
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
		pull_failed(mq, error);
	} else if (c->is_suspended && response->code == RMQI_RESP_SUCCESS) {
		/* Nothing new begins while suspended: resume pulls this again. */
	} else {
		on_response(mq, response);
	}
	rmqi_mq_unref(mq);
}

/* --- The request ------------------------------------------------------------------------ */

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
	h.maxMsgNums = c->set.pull_batch;
	h.sysFlag = FLAG_SUSPEND;
	h.suspendTimeoutMillis = c->set.suspend_ms;
	h.subVersion = filter->sub_version;
	RMQI_SET(&h, pull_message, maxMsgBytes, c->set.pull_batch_bytes);
	RMQI_SET(&h, pull_message, expressionType, rmqi_str(filter->expression_type));
	RMQI_SET(&h, pull_message, bname, rmqi_str(mq->key.broker_name));
	if (c->set.post_subscription) {
		h.sysFlag |= FLAG_SUBSCRIPTION;
		RMQI_SET(&h, pull_message, subscription, rmqi_str(filter->sub_string));
	}
	mq->pulled_us = rmqi_clock_us(c->clock);
	rmqi_mq_call(mq, RMQI_MQ_FETCHING, mq->broker_id, &request, c->set.pull_timeout_ms,
		     on_pulled);
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
