/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/lite_pull_consumer.h"

#include <inttypes.h>

#include "base/detail.h"
#include "base/mem.h"
#include "consumer/assign.h"
#include "consumer/consume_call.h"
#include "consumer/mq.h"
#include "consumer/place.h"
#include "consumer/pull.h"

enum { QUESTION_MS = 5000 }; /* RemoteBrokerOffsetStore */

/* --- What it is ---------------------------------------------------------------------------------- */

static rmq_lite_pull_consumer *handle_of(struct rmqi_consumer *c)
{
	return RMQI_CONTAINER(c, struct rmq_lite_pull_consumer, member.consumer);
}

static enum rmq_error set_up(struct rmqi_consumer *c)
{
	(void)c;
	return RMQ_OK;
}

static void tear_down(struct rmqi_consumer *c)
{
	rmqi_poll_buffer_tear_down(&handle_of(c)->buffer);
}

static void destroy(struct rmqi_consumer *c)
{
	rmq_lite_pull_consumer *p = handle_of(c);

	rmqi_member_deinit(&p->member);
	rmqi_poll_buffer_deinit(&p->buffer);
	rmqi_free(p);
}

static const struct rmqi_consumer_kind lite_pull_kind = {
	.name = "lite_pull_consumer",
	.consume_type = "CONSUME_ACTIVELY",
	.is_traced = true,
	.is_without_retry = true,
	.fetch = &rmqi_pull,
	.set_up = set_up,
	.tear_down = tear_down,
	.destroy = destroy,
};

static enum rmq_error init(rmq_lite_pull_consumer *c, const rmq_config *config, const char *name,
			   rmq_error_detail *detail)
{
	struct rmqi_consumer *own = &c->member.consumer;
	enum rmq_error buffer = rmqi_poll_buffer_init(&c->buffer, config, own), err;

	rmqi_committer_init(&c->committer, own);
	own->kind = &lite_pull_kind;
	own->sink = &c->buffer.sink;
	err = rmqi_member_init(&c->member, config, name, detail);
	if (err == RMQ_OK && buffer != RMQ_OK)
		err = rmqi_detail_set(detail, buffer, 0, "no memory for the consumer");
	if (c->buffer.is_auto)
		own->set.persist_ms = rmqi_config_i64(config, RMQI_CFG_autoCommitIntervalMillis);
	return err;
}

enum rmq_error rmqi_lite_pull_new(const rmq_config *config, const char *group,
				  rmq_lite_pull_consumer **out, rmq_error_detail *detail)
{
	rmq_lite_pull_consumer *c;
	char name[RMQI_NAMED_MAX];
	enum rmq_error err = rmqi_handle_group(config, group, name, detail);

	if (err != RMQ_OK)
		return err;
	c = rmqi_calloc(1, sizeof(*c));
	if (!c)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the consumer");
	err = init(c, config, name, detail);
	if (err == RMQ_OK)
		*out = c;
	else
		rmqi_consumer_unref(&c->member.consumer);
	return err;
}

/* --- Its queues ---------------------------------------------------------------------------------- */

enum rmq_error rmqi_lite_pull_subscribe(rmq_lite_pull_consumer *c, const char *topic,
					enum rmqi_expression kind, const char *expression,
					rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	if (err == RMQ_OK && rmqi_member_is_assigned(&c->member))
		err = rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				      "queues are assigned: subscribe and assign exclude each "
				      "other");
	return err != RMQ_OK ? err
			     : rmqi_handle_subscribe(&c->member, topic, kind, expression, detail);
}

/* Queues that a user names, with topics as brokers know them. */
struct named {
	struct rmq_queue *queues; /* owned */
	char (*topics)[RMQI_NAMED_MAX];
};

static void free_named(struct named *n)
{
	rmqi_free(n->queues);
	rmqi_free(n->topics);
}

static enum rmq_error name_queues(const rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
				  size_t count, struct named *n, rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;

	n->queues = rmqi_calloc(count + 1, sizeof(*n->queues));
	n->topics = rmqi_calloc(count + 1, sizeof(*n->topics));
	if (!n->queues || !n->topics)
		err = rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < count && err == RMQ_OK; i++) {
		err = rmqi_handle_topic(&c->member, queues[i].topic, n->topics[i], detail);
		n->queues[i] =
			(struct rmq_queue){n->topics[i], queues[i].broker_name, queues[i].queue_id};
	}
	if (err != RMQ_OK)
		free_named(n);
	return err;
}

enum rmq_error rmqi_lite_pull_assign(rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
				     size_t count, const char *expression, rmq_error_detail *detail)
{
	struct named n;
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	if (err == RMQ_OK && !rmqi_life_is_open(&c->member.life))
		err = rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				      "the consumer was closed");
	if (err == RMQ_OK)
		err = name_queues(c, queues, count, &n, detail);
	if (err != RMQ_OK)
		return err;
	err = rmqi_member_assign(&c->member, n.queues, count, expression, detail);
	free_named(&n);
	return err;
}

/* A call that concerns some queues. */
struct queues_call {
	rmq_lite_pull_consumer *consumer;
	const struct rmq_queue *queues; /* NULL: all that are held */
	const int64_t *offsets;
	size_t count;
	bool is_held_back;
	rmq_error_detail *detail;
	enum rmq_error error;
};

static enum rmq_error not_held(const struct rmqi_consumer *c, const struct rmq_queue *q,
			       rmq_error_detail *detail)
{
	struct rmqi_str topic =
		rmqi_namespace_plain(rmqi_client_namespace(c->client), rmqi_str(q->topic));

	return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, 0,
			       "queue %d of topic %.*s at %s is not held by this consumer now",
			       (int)q->queue_id, RMQI_STR_ARG(topic), q->broker_name);
}

static enum rmq_error check_held(const struct queues_call *call)
{
	struct rmqi_member *m = &call->consumer->member;

	for (size_t i = 0; i < call->count; i++)
		if (!rmqi_member_queue(m, &call->queues[i]))
			return not_held(&m->consumer, &call->queues[i], call->detail);
	return RMQ_OK;
}

static void hold(void *arg)
{
	struct queues_call *call = arg;
	rmq_lite_pull_consumer *c = call->consumer;

	call->error = check_held(call);
	for (size_t i = 0; i < call->count && call->error == RMQ_OK; i++)
		rmqi_poll_buffer_hold(&c->buffer, rmqi_member_queue(&c->member, &call->queues[i]),
				      call->is_held_back);
}

enum rmq_error rmqi_lite_pull_hold(rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
				   size_t count, bool is_held_back, rmq_error_detail *detail)
{
	struct queues_call call = {
		.consumer = c, .count = count, .is_held_back = is_held_back, .detail = detail};
	struct named n;
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err == RMQ_OK)
		err = name_queues(c, queues, count, &n, detail);
	if (err != RMQ_OK)
		return err;
	call.queues = n.queues;
	rmqi_loop_call(c->member.consumer.loop, hold, &call);
	free_named(&n);
	return call.error;
}

enum rmq_error rmqi_lite_pull_queues(rmq_lite_pull_consumer *c, const char *topic, rmq_queues **out,
				     rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	return err != RMQ_OK
		       ? err
		       : rmqi_place_queues(&c->member, topic,
					   rmqi_consumer_deadline(&c->member.consumer, QUESTION_MS),
					   out, detail);
}

/* --- Messages ------------------------------------------------------------------------------------ */

enum rmq_error rmqi_lite_pull_poll(rmq_lite_pull_consumer *c, int64_t timeout_ms,
				   rmq_messages **out, rmq_error_detail *detail)
{
	int64_t ms = timeout_ms < 0 ? RMQI_POLL_MS : timeout_ms;
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_poll_buffer_poll(&c->buffer, rmqi_consumer_deadline(&c->member.consumer, ms),
				    out);
	if (err == RMQ_ERR_STATE)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL, "the consumer was closed");
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "no memory for the list: nothing was taken");
	else if (*out)
		rmqi_call_handed_out(&c->member.consumer, *out);
	return err;
}

struct seek_call {
	rmq_lite_pull_consumer *consumer;
	const struct rmq_queue *queue;
	int64_t offset;
	bool is_look; /* only: is it held? */
	rmq_error_detail *detail;
	enum rmq_error error;
};

static void seek(void *arg)
{
	struct seek_call *call = arg;
	struct rmqi_member *m = &call->consumer->member;
	struct rmqi_mq *mq = rmqi_member_queue(m, call->queue);

	if (!mq)
		call->error = not_held(&m->consumer, call->queue, call->detail);
	else if (!call->is_look)
		call->error = rmqi_mq_seek(mq, call->offset);
	if (call->error == RMQ_ERR_NO_MEMORY)
		rmqi_detail_set(call->detail, call->error, 0, "out of memory");
}

/* DefaultLitePullConsumerImpl.seek: between the first message and the end. */
static enum rmq_error check_offset(const struct rmqi_question *q, int64_t offset,
				   rmq_error_detail *detail)
{
	int64_t least, most;
	enum rmq_error err = rmqi_question_min(q, &least, detail);

	if (err == RMQ_OK)
		err = rmqi_question_max(q, &most, detail);
	if (err != RMQ_OK || (offset >= least && offset <= most))
		return err;
	return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
			       "offset %" PRId64 " is not in the queue: it has %" PRId64
			       " to %" PRId64,
			       offset, least, most);
}

static enum rmq_error find_offset(const struct rmqi_question *q, enum rmqi_seek to, int64_t at,
				  int64_t *offset, rmq_error_detail *detail)
{
	switch (to) {
	case RMQI_SEEK_BEGIN:
		return rmqi_question_min(q, offset, detail);
	case RMQI_SEEK_END:
		return rmqi_question_max(q, offset, detail);
	case RMQI_SEEK_TIME:
		return rmqi_question_at(q, at, offset, detail);
	case RMQI_SEEK_OFFSET:
		break;
	}
	*offset = at;
	return check_offset(q, at, detail);
}

enum rmq_error rmqi_lite_pull_seek(rmq_lite_pull_consumer *c, const struct rmq_queue *queue,
				   enum rmqi_seek to, int64_t at, rmq_error_detail *detail)
{
	struct rmqi_consumer *own = &c->member.consumer;
	struct rmqi_place place;
	struct seek_call call = {
		.consumer = c, .queue = &place.queue, .is_look = true, .detail = detail};
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err == RMQ_OK)
		err = rmqi_place_init(&place, &c->member, queue,
				      rmqi_consumer_deadline(own, QUESTION_MS), detail);
	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(own->loop, seek, &call);
	if (call.error == RMQ_OK)
		call.error = find_offset(&place.question, to, at, &call.offset, detail);
	call.is_look = false;
	if (call.error == RMQ_OK)
		rmqi_loop_call(own->loop, seek, &call);
	rmqi_place_deinit(&place);
	return call.error;
}

/* --- Offsets ------------------------------------------------------------------------------------- */

/* Everything that was handed out. */
static void note_positions(rmq_lite_pull_consumer *c)
{
	RMQI_LIST_EACH(node, &c->member.consumer.subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);
			int64_t position = rmqi_poll_buffer_position(&c->buffer, mq);

			if (position >= 0)
				mq->user_offset = position;
		}
	}
}

/* On the loop, before the commit. */
static enum rmq_error note_offsets(void *arg, rmq_error_detail *detail)
{
	struct queues_call *call = arg;
	rmq_lite_pull_consumer *c = call->consumer;
	enum rmq_error err;

	call->detail = detail;
	err = check_held(call);
	if (!call->queues) {
		note_positions(c);
		c->committer.is_of_all = true;
	}
	for (size_t i = 0; i < call->count && err == RMQ_OK; i++) {
		struct rmqi_mq *mq = rmqi_member_queue(&c->member, &call->queues[i]);

		mq->user_offset = call->offsets[i];
		mq->told.is_named = true;
	}
	return err;
}

static enum rmq_error check_commit(rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
				   rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err != RMQ_OK || !queues || !c->buffer.is_auto)
		return err;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
			       "offsets are committed by themselves: set autoCommit to false to "
			       "say which");
}

enum rmq_error rmqi_lite_pull_commit(rmq_lite_pull_consumer *c, const struct rmq_queue *queues,
				     const int64_t *offsets, size_t count, int64_t timeout_ms,
				     rmq_error_detail *detail)
{
	struct queues_call call = {.consumer = c, .offsets = offsets, .count = count};
	int64_t deadline = rmqi_consumer_deadline(&c->member.consumer,
						  timeout_ms < 0 ? QUESTION_MS : timeout_ms);
	struct named n;
	enum rmq_error err = check_commit(c, queues, detail);

	if (err == RMQ_OK)
		err = name_queues(c, queues, count, &n, detail);
	if (err != RMQ_OK)
		return err;
	call.queues = queues ? n.queues : NULL;
	err = rmqi_committer_run(&c->committer, note_offsets, &call, deadline, detail);
	free_named(&n);
	return err;
}

enum rmq_error rmqi_lite_pull_commit_async(rmq_lite_pull_consumer *c,
					   const struct rmq_queue *queues, const int64_t *offsets,
					   size_t count, rmq_commit_fn fn, void *arg,
					   rmq_error_detail *detail)
{
	struct queues_call call = {.consumer = c, .offsets = offsets, .count = count};
	struct named n;
	enum rmq_error err = check_commit(c, queues, detail);

	if (err == RMQ_OK)
		err = name_queues(c, queues, count, &n, detail);
	if (err != RMQ_OK)
		return err;
	call.queues = queues ? n.queues : NULL;
	err = rmqi_committer_begin(&c->committer, note_offsets, &call, fn, arg, detail);
	free_named(&n);
	return err;
}

static void read_local(void *arg)
{
	struct seek_call *call = arg;
	struct rmqi_queue key = {(char *)(uintptr_t)call->queue->topic,
				 (char *)(uintptr_t)call->queue->broker_name,
				 call->queue->queue_id};

	call->offset = rmqi_offset_table_get(&call->consumer->member.offsets.local.table, &key);
}

enum rmq_error rmqi_lite_pull_committed(rmq_lite_pull_consumer *c, const struct rmq_queue *queue,
					int64_t *offset, rmq_error_detail *detail)
{
	struct rmqi_consumer *own = &c->member.consumer;
	struct rmqi_place place;
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err == RMQ_OK)
		err = rmqi_place_init(&place, &c->member, queue,
				      rmqi_consumer_deadline(own, QUESTION_MS), detail);
	if (err != RMQ_OK)
		return err;
	if (own->set.is_broadcasting) {
		struct seek_call call = {.consumer = c, .queue = &place.queue};

		rmqi_loop_call(own->loop, read_local, &call);
		*offset = call.offset;
	} else {
		err = rmqi_question_committed(&place.question, own->group, offset, detail);
	}
	rmqi_place_deinit(&place);
	return err;
}
