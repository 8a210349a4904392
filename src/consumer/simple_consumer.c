/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/simple_consumer.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "codec/json.h"
#include "consumer/acking.h"
#include "consumer/handle.h"
#include "consumer/ready.h"

enum {
	ACK_TIMES = 3, /* mqClientApiTimeout each */
	CAUSE_MS = 200 /* for a name server to tell why there is no route */
};

/* --- No offsets ---------------------------------------------------------------------------------- */

static void find_nothing(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	(void)s;
	(void)mq;
}

static void commit_last(struct rmqi_offset_store *s, struct rmqi_commit_report *report)
{
	(void)s;
	rmqi_commit_settled(report);
}

/* --- What it is ---------------------------------------------------------------------------------- */

static rmq_simple_consumer *handle_of(struct rmqi_consumer *c)
{
	return RMQI_CONTAINER(c, struct rmq_simple_consumer, member.consumer);
}

static enum rmq_error set_up(struct rmqi_consumer *c)
{
	rmq_simple_consumer *s = handle_of(c);
	enum rmq_error lite = rmqi_lite_topics_set_up(&s->lite, c);
	enum rmq_error err = rmqi_receiver_set_up(&s->receiver, c);

	return err != RMQ_OK ? err : lite;
}

static void tear_down(struct rmqi_consumer *c)
{
	rmqi_lite_topics_tear_down(&handle_of(c)->lite);
	rmqi_receiver_tear_down(&handle_of(c)->receiver);
}

static void destroy(struct rmqi_consumer *c)
{
	rmq_simple_consumer *s = handle_of(c);

	rmqi_member_deinit(&s->member);
	rmqi_receiver_deinit(&s->receiver);
	rmqi_lite_topics_deinit(&s->lite);
	rmqi_async_acks_deinit(&s->acks);
	rmqi_free(s);
}

static void placed(struct rmqi_consumer *c, struct rmqi_sub *sub)
{
	rmqi_receiver_placed(&handle_of(c)->receiver, sub);
	rmqi_lite_topics_placed(&handle_of(c)->lite, sub);
}

static void describe(struct rmqi_consumer *c, struct rmqi_jw *w)
{
	struct rmqi_receiver *r = &handle_of(c)->receiver;
	int64_t left_us = 0;

	rmqi_jw_name(w, "pop");
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "found", r->counts.found);
	rmqi_jw_member_i64(w, "empty", r->counts.empty);
	rmqi_jw_member_i64(w, "failed", r->counts.failed);
	rmqi_jw_member_i64(w, "messages", r->counts.messages);
	rmqi_jw_member_i64(w, "unacknowledged", (int64_t)rmqi_receiver_open(r, &left_us));
	rmqi_jw_member_i64(w, "acks", c->counts.acks);
	rmqi_jw_member_i64(w, "failedAcks", c->counts.failed_acks);
	rmqi_jw_member_i64(w, "changes", c->counts.changes);
	rmqi_jw_member_i64(w, "failedChanges", c->counts.failed_changes);
	if (c->lite->parent) {
		rmqi_jw_member_i64(w, "liteTopics", (int64_t)atomic_load(&c->lite->live));
		rmqi_jw_member_i64(w, "liteTopicsTakenOver", c->lite->taken);
	}
	rmqi_jw_close(w, '}');
}

static void await_acks(void *arg)
{
	rmqi_async_acks_await(arg);
}

static void stop_lite(void *arg)
{
	rmqi_lite_topics_stop(arg);
}

/* Brokers know the lite topics, or refuse them: who waits looks. */
static void on_lite_moved(void *arg)
{
	rmqi_receiver_ring_all(arg);
}

static void hurry_acks(void *arg)
{
	rmqi_async_acks_hurry(arg);
}

/* The receiver's, behind the acks that are under way: it counts what is left. Then the goodbye of lite topics. */
static const char *close_sink(struct rmqi_sink *sink, int64_t until_us, int64_t rest_us)
{
	rmq_simple_consumer *s = RMQI_CONTAINER(sink, struct rmq_simple_consumer, receiver.sink);
	struct rmqi_loop *loop = s->member.consumer.loop;
	const char *left;

	rmqi_loop_call(loop, stop_lite, &s->lite);
	rmqi_loop_call(loop, await_acks, &s->acks);
	(void)rmqi_event_wait(&s->acks.quiet, until_us);
	rmqi_loop_call(loop, hurry_acks, &s->acks);
	left = s->close_receiver(sink, until_us, rest_us);
	if (atomic_load(&s->lite.is_used))
		rmqi_lite_topics_leave(&s->lite, rest_us);
	return left;
}

static const struct rmqi_consumer_kind simple_kind = {
	.name = "simple_consumer",
	.consume_type = "CONSUME_POP",
	.is_without_retry = true,
	.placed = placed,
	.describe = describe,
	.set_up = set_up,
	.tear_down = tear_down,
	.destroy = destroy,
};

enum rmq_error rmqi_simple_consumer_new(const rmq_config *config, const char *group,
					rmq_simple_consumer **out, rmq_error_detail *detail)
{
	rmq_simple_consumer *c;
	char name[RMQI_NAMED_MAX];
	enum rmq_error err = rmqi_handle_group(config, group, name, detail);

	if (err != RMQ_OK)
		return err;
	c = rmqi_calloc(1, sizeof(*c));
	if (!c)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the consumer");
	rmqi_receiver_init(&c->receiver, config->env);
	rmqi_async_acks_init(&c->acks, config->env);
	rmqi_lite_topics_init(&c->lite, config->env);
	c->lite.on_moved = on_lite_moved;
	c->lite.arg = &c->receiver;
	c->member.consumer.lite = &c->lite;
	c->close_receiver = c->receiver.sink.close;
	c->receiver.sink.close = close_sink;
	c->offsets = (struct rmqi_offset_store){
		.find = find_nothing, .commit = find_nothing, .commit_last = commit_last};
	c->member.consumer.kind = &simple_kind;
	c->member.consumer.sink = &c->receiver.sink;
	c->member.consumer.store = &c->offsets;
	err = rmqi_member_init(&c->member, config, name, detail);
	if (err == RMQ_OK)
		*out = c;
	else
		rmqi_consumer_unref(&c->member.consumer);
	return err;
}

enum rmq_error rmqi_simple_consumer_set_orderly(rmq_simple_consumer *c, bool is_orderly,
						rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	if (err != RMQ_OK)
		return err;
	if (rmqi_life_state(&c->member.life) != RMQI_LIFE_CREATED)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "this is set before start, and the consumer was started or "
				       "closed");
	c->is_orderly = is_orderly;
	return RMQ_OK;
}

enum rmq_error rmqi_simple_consumer_start(rmq_simple_consumer *c, rmq_error_detail *detail)
{
	if (c->member.consumer.set.is_broadcasting)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "messageModel is BROADCASTING, but a broker hands a popped "
				       "message to one member of the group: use CLUSTERING, or a "
				       "group for each member");
	return rmqi_handle_start(&c->member, detail);
}

/* --- Receive ------------------------------------------------------------------------------------- */

static void fill_receive(rmq_simple_consumer *c, int max, int64_t invisible_ms, int64_t timeout_ms,
			 struct rmqi_receive *out)
{
	const struct rmqi_consumer *own = &c->member.consumer;
	int64_t wait_ms = timeout_ms < 0 ? own->set.suspend_ms : timeout_ms;

	*out = (struct rmqi_receive){
		.receiver = &c->receiver,
		.max = max,
		.invisible_ms = invisible_ms < 0 ? own->set.pop_invisible_ms : invisible_ms,
		.deadline_us = rmqi_consumer_deadline(own, wait_ms),
		.is_orderly = c->is_orderly,
	};
}

static enum rmq_error check_receive(rmq_simple_consumer *c, rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err == RMQ_OK && rmqi_member_subscription_count(&c->member) == 0)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "nothing is subscribed");
	if (err == RMQ_OK && atomic_load(&c->lite.is_used) && atomic_load(&c->lite.live) == 0)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "nothing is subscribed: other clients have taken the lite "
				       "topics over");
	return err;
}

struct receive_call {
	struct rmqi_receive op;
	struct rmqi_task task;
	struct rmqi_event done;
};

static void on_received(struct rmqi_receive *op)
{
	rmqi_event_set(&RMQI_CONTAINER(op, struct receive_call, op)->done);
}

static void start_receive(struct rmqi_task *task)
{
	struct receive_call *call = RMQI_CONTAINER(task, struct receive_call, task);

	if (rmqi_receive_start(&call->op) == RMQ_OK)
		return;
	call->op.error =
		rmqi_detail_set(call->op.detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the receive");
	on_received(&call->op);
}

/* There was nobody to ask: why? */
static enum rmq_error explain(rmq_simple_consumer *c, struct rmqi_receive *op,
			      rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;

	if (op->error == RMQ_OK && !op->was_placed)
		err = rmqi_member_wait_ready(&c->member, CAUSE_MS, detail);
	if (err == RMQ_OK)
		return op->error;
	rmq_messages_free(op->messages);
	op->messages = NULL;
	return err;
}

enum rmq_error rmqi_simple_consumer_receive(rmq_simple_consumer *c, int max, int64_t invisible_ms,
					    int64_t timeout_ms, rmq_messages **messages,
					    rmq_error_detail *detail)
{
	struct receive_call call = {.task.run = start_receive};
	enum rmq_error err = check_receive(c, detail);

	if (err != RMQ_OK)
		return err;
	fill_receive(c, max, invisible_ms, timeout_ms, &call.op);
	call.op.detail = detail;
	call.op.fn = on_received;
	rmqi_event_init(&call.done, rmqi_client_env(c->member.consumer.client));
	/* One sleep for all of it: the loop says when it is done. */
	rmqi_loop_post(c->member.consumer.loop, &call.task);
	(void)rmqi_event_wait(&call.done, RMQI_FOREVER);
	rmqi_event_deinit(&call.done);
	err = explain(c, &call.op, detail);
	if (err == RMQ_OK)
		*messages = call.op.messages;
	return err;
}

struct async_receive {
	struct rmqi_receive op;
	struct rmqi_task task;
	rmq_receive_fn fn;
	void *arg;
	struct rmq_error_detail *detail;
	struct rmqi_consumer *consumer; /* a reference */
};

static void run_callback(struct rmqi_task *task)
{
	struct async_receive *a = RMQI_CONTAINER(task, struct async_receive, task);
	struct rmqi_consumer *c = a->consumer;

	a->op.error = explain(handle_of(c), &a->op, a->detail);
	a->fn(a->op.error, a->op.messages, a->op.error == RMQ_OK ? NULL : a->detail, a->arg);
	rmqi_detail_discard(a->detail);
	rmqi_free(a);
	rmqi_consumer_unref(c);
}

static void on_received_async(struct rmqi_receive *op)
{
	struct async_receive *a = RMQI_CONTAINER(op, struct async_receive, op);

	a->task.run = run_callback;
	rmqi_client_callback(a->consumer->client, &a->task);
}

static void start_async(struct rmqi_task *task)
{
	struct async_receive *a = RMQI_CONTAINER(task, struct async_receive, task);

	if (rmqi_receive_start(&a->op) == RMQ_OK)
		return;
	a->op.error = rmqi_detail_set(a->detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the receive");
	on_received_async(&a->op);
}

enum rmq_error rmqi_simple_consumer_receive_async(rmq_simple_consumer *c, int max,
						  int64_t invisible_ms, int64_t timeout_ms,
						  rmq_receive_fn fn, void *arg,
						  rmq_error_detail *detail)
{
	struct rmqi_consumer *own = &c->member.consumer;
	enum rmq_error err = check_receive(c, detail);
	struct async_receive *a;

	if (err != RMQ_OK)
		return err;
	err = rmqi_client_need_callbacks(own->client);
	a = err == RMQ_OK ? rmqi_calloc(1, sizeof(*a)) : NULL;
	if (!a)
		return rmqi_detail_set(detail, err != RMQ_OK ? err : RMQ_ERR_NO_MEMORY, 0,
				       "no memory or no thread for the receive");
	fill_receive(c, max, invisible_ms, timeout_ms, &a->op);
	a->fn = fn;
	a->arg = arg;
	a->detail = rmqi_detail_new();
	a->op.detail = a->detail;
	a->op.fn = on_received_async;
	a->consumer = rmqi_consumer_ref(own);
	a->task.run = start_async;
	rmqi_loop_post(own->loop, &a->task);
	return RMQ_OK;
}

/* --- Acks ---------------------------------------------------------------------------------------- */

struct ack_call {
	struct rmqi_acking acking;
	struct rmqi_task task;
	struct rmqi_event done;
};

static void on_told(struct rmqi_acking *a)
{
	rmqi_event_set(&RMQI_CONTAINER(a, struct ack_call, acking)->done);
}

static void start_ack(struct rmqi_task *task)
{
	struct ack_call *call = RMQI_CONTAINER(task, struct ack_call, task);

	if (rmqi_acking_start(&call->acking) == RMQ_OK)
		return;
	call->acking.error = rmqi_detail_set(call->acking.detail, RMQ_ERR_NO_MEMORY, 0,
					     "no memory for the request");
	on_told(&call->acking);
}

static enum rmq_error tell(rmq_simple_consumer *c, enum rmqi_acking_kind kind,
			   const rmq_message *const *messages, size_t count, int64_t invisible_ms,
			   rmq_error_detail *detail)
{
	struct rmqi_consumer *own = &c->member.consumer;
	struct ack_call call = {
		.acking = {.consumer = own,
			   .kind = kind,
			   .messages = messages,
			   .count = count,
			   .invisible_ms =
				   invisible_ms < 0 ? own->set.pop_invisible_ms : invisible_ms,
			   .deadline_us =
				   rmqi_consumer_deadline(own, ACK_TIMES * own->set.api_timeout_ms),
			   .detail = detail,
			   .fn = on_told},
		.task.run = start_ack};

	rmqi_event_init(&call.done, rmqi_client_env(own->client));
	rmqi_loop_post(own->loop, &call.task);
	(void)rmqi_event_wait(&call.done, RMQI_FOREVER);
	rmqi_event_deinit(&call.done);
	return call.acking.error;
}

enum rmq_error rmqi_simple_consumer_ack(rmq_simple_consumer *c, const rmq_message *message,
					rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	return err != RMQ_OK ? err : tell(c, RMQI_ACKING_ACK, &message, 1, 0, detail);
}

enum rmq_error rmqi_simple_consumer_change_invisible(rmq_simple_consumer *c,
						     const rmq_message *message,
						     int64_t invisible_ms, rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	return err != RMQ_OK ? err : tell(c, RMQI_ACKING_CHANGE, &message, 1, invisible_ms, detail);
}

static enum rmq_error tell_async(rmq_simple_consumer *c, enum rmqi_acking_kind kind,
				 const rmq_message *message, int64_t invisible_ms, rmq_ack_fn fn,
				 void *arg, rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);
	struct rmqi_consumer *own = &c->member.consumer;
	const struct rmqi_ack_order order = {
		.acks = &c->acks,
		.consumer = own,
		.kind = kind,
		.message = message,
		.invisible_ms = invisible_ms < 0 ? own->set.pop_invisible_ms : invisible_ms,
		.deadline_us = rmqi_consumer_deadline(own, ACK_TIMES * own->set.api_timeout_ms),
		.fn = fn,
		.arg = arg};

	return err != RMQ_OK ? err : rmqi_async_ack_start(&order, detail);
}

enum rmq_error rmqi_simple_consumer_ack_async(rmq_simple_consumer *c, const rmq_message *message,
					      rmq_ack_fn fn, void *arg, rmq_error_detail *detail)
{
	return tell_async(c, RMQI_ACKING_ACK, message, 0, fn, arg, detail);
}

enum rmq_error rmqi_simple_consumer_change_invisible_async(rmq_simple_consumer *c,
							   const rmq_message *message,
							   int64_t invisible_ms, rmq_ack_fn fn,
							   void *arg, rmq_error_detail *detail)
{
	return tell_async(c, RMQI_ACKING_CHANGE, message, invisible_ms, fn, arg, detail);
}

/* --- Batches ------------------------------------------------------------------------------------- */

struct batch_call {
	struct rmqi_ack_batch batch;
	struct rmqi_task task;
	struct rmqi_event done;
};

static void on_all_told(struct rmqi_ack_batch *b)
{
	rmqi_event_set(&RMQI_CONTAINER(b, struct batch_call, batch)->done);
}

static void start_batch(struct rmqi_task *task)
{
	rmqi_ack_batch_start(&RMQI_CONTAINER(task, struct batch_call, task)->batch);
}

static enum rmq_error run_batch(rmq_simple_consumer *c, struct batch_call *call)
{
	struct rmqi_consumer *own = &c->member.consumer;

	call->batch.consumer = own;
	call->batch.patience_ms = ACK_TIMES * own->set.api_timeout_ms;
	call->batch.fn = on_all_told;
	call->task.run = start_batch;
	rmqi_event_init(&call->done, rmqi_client_env(own->client));
	rmqi_loop_post(own->loop, &call->task);
	(void)rmqi_event_wait(&call->done, RMQI_FOREVER);
	rmqi_event_deinit(&call->done);
	return call->batch.error;
}

/* Of a batch that one receive brought: no memory is asked for. */
struct ack_room {
	const struct rmq_message *group[RMQI_POP_MAX];
	size_t at[RMQI_POP_MAX];
	enum rmq_error results[RMQI_POP_MAX];
};

enum rmq_error rmqi_simple_consumer_ack_batch(rmq_simple_consumer *c,
					      const rmq_message *const *messages, size_t count,
					      enum rmq_error *results, rmq_error_detail *detail)
{
	struct batch_call call = {
		.batch = {.messages = messages, .count = count, .detail = detail}};
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);
	struct ack_room room;
	void *more = NULL;

	if (err != RMQ_OK || count == 0)
		return err;
	if (count > RMQI_POP_MAX)
		more = rmqi_alloc(rmqi_ack_batch_room(count));
	if (count > RMQI_POP_MAX && !more)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the acks");
	rmqi_ack_batch_lend(&call.batch, more ? more : &room);
	if (results)
		call.batch.results = results;
	err = run_batch(c, &call);
	rmqi_free(more);
	return err;
}

enum rmq_error rmqi_simple_consumer_ack_batch_async(rmq_simple_consumer *c,
						    const rmq_message *const *messages,
						    size_t count, rmq_ack_batch_fn fn, void *arg,
						    rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);
	struct rmqi_consumer *own = &c->member.consumer;
	const struct rmqi_ack_batch_order order = {.acks = &c->acks,
						   .consumer = own,
						   .messages = messages,
						   .count = count,
						   .patience_ms =
							   ACK_TIMES * own->set.api_timeout_ms,
						   .fn = fn,
						   .arg = arg};

	return err != RMQ_OK ? err : rmqi_async_batch_start(&order, detail);
}
