/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/pull_consumer.h"

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/message.h"
#include "client/statistics.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/mq.h"
#include "consumer/one_pull.h"
#include "consumer/place.h"
#include "send/request.h"

enum { QUESTION_MS = 5000 }; /* RemoteBrokerOffsetStore */

/* --- What it is: queues are held, and nothing is done with them ------------------------------------ */

static rmq_pull_consumer *handle_of(struct rmqi_consumer *c)
{
	return RMQI_CONTAINER(c, struct rmq_pull_consumer, member.consumer);
}

static void step(struct rmqi_mq *mq)
{
	/* "Not found yet" would be a queue that is not served. Nothing is committed without is_placed. */
	mq->next_offset = 0;
}

static const struct rmqi_fetch no_fetch = {.step = step};

static void take(struct rmqi_sink *s, struct rmqi_delivery *d)
{
	(void)s;
	(void)d;
}

static void stop(struct rmqi_sink *s)
{
	(void)s;
}

/* No pull begins any more; those under way end with the client. */
static const char *end(struct rmqi_sink *s, int64_t until_us, int64_t rest_us)
{
	rmq_pull_consumer *c = RMQI_CONTAINER(s, struct rmq_pull_consumer, sink);

	(void)until_us;
	(void)rest_us;
	rmqi_gate_close(c->gate);
	return NULL;
}

static void find(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	(void)s;
	(void)mq;
}

static void commit(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	(void)s;
	(void)mq;
}

static void commit_last(struct rmqi_offset_store *s, struct rmqi_commit_report *report)
{
	(void)s;
	rmqi_commit_settled(report);
}

static enum rmq_error set_up(struct rmqi_consumer *c)
{
	(void)c;
	return RMQ_OK;
}

static void tear_down(struct rmqi_consumer *c)
{
	rmqi_gate_close(handle_of(c)->gate);
}

static void destroy(struct rmqi_consumer *c)
{
	rmq_pull_consumer *p = handle_of(c);

	rmqi_member_deinit(&p->member);
	rmqi_gate_unref(p->gate);
	rmqi_pull_progress_deinit(&p->progress);
	rmqi_free(p);
}

static void locate(struct rmqi_consumer *c)
{
	struct rmqi_pull_progress *progress = &handle_of(c)->progress;

	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

			(void)rmqi_pull_progress_read(progress, &mq->key, &mq->next_offset,
						      &mq->max_offset);
		}
	}
}

#define LOAD(place) (int64_t) atomic_load_explicit(&(place), memory_order_relaxed)

static void describe(struct rmqi_consumer *c, struct rmqi_jw *w)
{
	const struct rmqi_pull_counts *n = &handle_of(c)->counts;
	struct rmqi_histogram_view took_us = {0};

	rmqi_histogram_read(&n->took_us, &took_us);
	rmqi_jw_name(w, "pull");
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "found", LOAD(n->found));
	rmqi_jw_member_i64(w, "empty", LOAD(n->empty));
	rmqi_jw_member_i64(w, "illegal", LOAD(n->illegal));
	rmqi_jw_member_i64(w, "failed", LOAD(n->failed));
	rmqi_jw_member_i64(w, "messages", LOAD(n->messages));
	rmqi_statistics_latency(w, &took_us);
	rmqi_jw_close(w, '}');
}

static const struct rmqi_consumer_kind pull_kind = {
	.name = "pull_consumer",
	.consume_type = "CONSUME_ACTIVELY",
	.is_without_retry = true,
	.is_unwatched = true,
	.fetch = &no_fetch,
	.locate = locate,
	.describe = describe,
	.set_up = set_up,
	.tear_down = tear_down,
	.destroy = destroy,
};

static enum rmq_error init(rmq_pull_consumer *c, const rmq_config *config, const char *name,
			   rmq_error_detail *detail)
{
	struct rmqi_consumer *own = &c->member.consumer;
	enum rmq_error err;

	c->gate = rmqi_gate_new();
	rmqi_pull_progress_init(&c->progress);
	c->sink = (struct rmqi_sink){.chunk = 1, .take = take, .stop = stop, .close = end};
	c->store = (struct rmqi_offset_store){
		.find = find, .commit = commit, .commit_last = commit_last};
	own->kind = &pull_kind;
	own->sink = &c->sink;
	own->store = &c->store;
	err = rmqi_member_init(&c->member, config, name, detail);
	if (err == RMQ_OK && !c->gate)
		err = rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the consumer");
	if (err == RMQ_OK && own->set.is_broadcasting)
		err = rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				      "messageModel is BROADCASTING, but a pull consumer keeps no "
				      "offsets: its application does");
	return err;
}

enum rmq_error rmqi_pull_consumer_new(const rmq_config *config, const char *group,
				      rmq_pull_consumer **out, rmq_error_detail *detail)
{
	rmq_pull_consumer *c;
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

/* --- Pulls ----------------------------------------------------------------------------------------- */

static void note(const struct rmqi_one_pull *p, int64_t offset, int64_t end)
{
	rmq_pull_consumer *c = handle_of(&p->member->consumer);
	struct rmqi_queue queue = {.topic = (char *)(uintptr_t)p->topic,
				   .broker_name = p->broker_name,
				   .queue_id = p->queue_id};

	rmqi_pull_progress_note(&c->progress, &queue, offset, end);
}

/* What it brought is done when the next one begins behind it. */
static void note_result(const struct rmqi_one_pull *p, const rmq_pull_result *result)
{
	bool is_found = rmq_pull_result_status(result) == RMQ_PULL_FOUND;

	note(p, is_found ? p->offset : rmq_pull_result_next_offset(result),
	     rmq_pull_result_max_offset(result));
}

static void count_pull(const struct rmqi_one_pull *p, enum rmq_error error,
		       const rmq_pull_result *result)
{
	struct rmqi_pull_counts *n = &handle_of(&p->member->consumer)->counts;
	enum rmq_pull_status status = rmq_pull_result_status(result);
	_Atomic uint64_t *one = &n->empty;

	if (error != RMQ_OK)
		one = &n->failed;
	else if (status == RMQ_PULL_FOUND)
		one = &n->found;
	else if (status == RMQ_PULL_OFFSET_ILLEGAL)
		one = &n->illegal;
	atomic_fetch_add_explicit(one, 1, memory_order_relaxed);
	if (error != RMQ_OK)
		return;
	note_result(p, result);
	atomic_fetch_add_explicit(&n->messages,
				  rmq_messages_count(rmq_pull_result_messages(result)),
				  memory_order_relaxed);
	rmqi_histogram_add(&n->took_us, rmqi_clock_us(p->member->consumer.clock) - p->started_us);
}

static enum rmq_error find_route(struct rmqi_one_pull *p, rmq_error_detail *detail)
{
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err = rmqi_client_route(p->member->consumer.client, p->topic, false,
					       p->deadline_us, &route, detail);

	return err == RMQ_OK ? rmqi_one_pull_address(p, route, detail) : err;
}

static enum rmq_error pull(struct rmqi_one_pull *p, rmq_pull_result **out, rmq_error_detail *detail)
{
	struct rmqi_h_pull_message h;
	struct rmqi_outgoing request = rmqi_one_pull_request(p, &h);
	struct rmqi_response response;
	enum rmq_error err;

	note(p, p->offset, -1);
	rmqi_response_init(&response);
	err = rmqi_rpc_call(rmqi_client_rpc(p->member->consumer.client), p->address, &request,
			    p->deadline_us, &response, NULL, detail);
	if (err == RMQ_OK)
		err = rmqi_one_pull_answer(p, &response.command, out, detail);
	else
		rmqi_client_refresh_routes(p->member->consumer.client);
	rmqi_response_deinit(&response);
	return err;
}

enum rmq_error rmqi_pull_consumer_pull(rmq_pull_consumer *c, const struct rmq_queue *queue,
				       int64_t offset, const rmq_pull_options *options,
				       rmq_pull_result **out, rmq_error_detail *detail)
{
	struct rmqi_one_pull p;
	rmq_pull_result *result = NULL;
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_one_pull_init(&p, &c->member, queue, offset, options, detail);
	if (err == RMQ_OK)
		err = find_route(&p, detail);
	if (err == RMQ_OK)
		err = pull(&p, &result, detail);
	count_pull(&p, err, result);
	if (err == RMQ_OK)
		*out = result;
	rmqi_one_pull_deinit(&p);
	return err;
}

/* Nobody waits for it. */
struct flight {
	struct rmqi_one_pull pull;
	struct rmqi_call call;
	struct rmqi_task task;
	rmq_pull_fn fn;
	void *arg;
	enum rmq_error error;
	rmq_pull_result *result;
	rmq_error_detail *detail; /* NULL: memory was out for it */
};

static void call_back(struct rmqi_task *task)
{
	struct flight *f = RMQI_CONTAINER(task, struct flight, task);

	f->fn(f->error, f->result, f->error != RMQ_OK ? f->detail : NULL, f->arg);
	rmq_pull_result_free(f->result);
	rmq_error_detail_free(f->detail);
	rmqi_one_pull_deinit(&f->pull);
	rmqi_free(f);
}

static void land(struct flight *f, enum rmq_error error)
{
	f->error = error;
	count_pull(&f->pull, error, f->result);
	f->task.run = call_back;
	rmqi_client_callback(f->pull.member->consumer.client, &f->task);
}

static void on_pulled(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct flight *f = RMQI_CONTAINER(call, struct flight, call);
	char why[256];

	if (error == RMQ_OK) {
		land(f, rmqi_one_pull_answer(&f->pull, response, &f->result, f->detail));
		return;
	}
	rmqi_client_refresh_routes(f->pull.member->consumer.client);
	land(f, rmqi_detail_set(f->detail, error, RMQ_ERROR_RETRIABLE, "%s: %s", f->pull.address,
				rmqi_call_explain(call, error, why, sizeof(why))));
}

static void on_route(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
		     const struct rmq_error_detail *detail)
{
	struct flight *f = arg;
	struct rmqi_one_pull *p = &f->pull;
	struct rmqi_h_pull_message h;
	struct rmqi_outgoing request;

	if (error != RMQ_OK)
		rmqi_detail_copy(f->detail, detail);
	else
		error = rmqi_one_pull_address(p, route, f->detail);
	if (error != RMQ_OK) {
		land(f, error);
		return;
	}
	note(p, p->offset, -1);
	request = rmqi_one_pull_request(p, &h);
	f->call.fn = on_pulled;
	rmqi_rpc_call_async(rmqi_client_rpc(p->member->consumer.client), p->address, &request,
			    p->deadline_us, &f->call);
}

/* On the loop, so that every failure is told from there. */
static void take_off(void *arg)
{
	struct flight *f = arg;
	struct rmqi_client *client = f->pull.member->consumer.client;
	struct rmqi_topic_route *route = rmqi_client_cached_route(client, f->pull.topic);

	if (route)
		on_route(f, RMQ_OK, route, NULL);
	else
		rmqi_client_route_async(client, f->pull.topic, false, f->pull.deadline_us, on_route,
					f);
}

static enum rmq_error begin(rmq_pull_consumer *c, struct flight *f, rmq_error_detail *detail)
{
	if (!rmqi_gate_enter(c->gate))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the consumer was closed");
	rmqi_loop_call(c->member.consumer.loop, take_off, f);
	rmqi_gate_leave(c->gate);
	return RMQ_OK;
}

enum rmq_error rmqi_pull_consumer_pull_async(rmq_pull_consumer *c, const struct rmq_queue *queue,
					     int64_t offset, const rmq_pull_options *options,
					     rmq_pull_fn fn, void *arg, rmq_error_detail *detail)
{
	struct flight *f;
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_client_need_callbacks(c->member.consumer.client);
	f = err == RMQ_OK ? rmqi_calloc(1, sizeof(*f)) : NULL;
	if (!f)
		return rmqi_detail_set(detail, err == RMQ_OK ? RMQ_ERR_NO_MEMORY : err, 0,
				       "no memory, or no callback thread");
	f->fn = fn;
	f->arg = arg;
	f->detail = rmqi_detail_new();
	err = rmqi_one_pull_init(&f->pull, &c->member, queue, offset, options, detail);
	if (err == RMQ_OK)
		err = begin(c, f, detail);
	if (err == RMQ_OK)
		return RMQ_OK;
	rmqi_one_pull_deinit(&f->pull);
	rmq_error_detail_free(f->detail);
	rmqi_free(f);
	return err;
}

/* --- Questions ------------------------------------------------------------------------------------- */

static enum rmq_error ask(const struct rmqi_question *q, const char *group,
			  enum rmqi_offset_question what, int64_t value, int64_t *out,
			  rmq_error_detail *detail)
{
	switch (what) {
	case RMQI_ASK_MIN:
		return rmqi_question_min(q, out, detail);
	case RMQI_ASK_MAX:
		return rmqi_question_max(q, out, detail);
	case RMQI_ASK_TIME:
		return rmqi_question_at(q, value, out, detail);
	case RMQI_ASK_COMMITTED:
		return rmqi_question_committed(q, group, out, detail);
	case RMQI_ASK_COMMIT:
		break;
	}
	return rmqi_question_commit(q, group, value, detail);
}

enum rmq_error rmqi_pull_consumer_ask(rmq_pull_consumer *c, const struct rmq_queue *queue,
				      enum rmqi_offset_question what, int64_t value, int64_t *out,
				      rmq_error_detail *detail)
{
	struct rmqi_consumer *own = &c->member.consumer;
	struct rmqi_place place;
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err == RMQ_OK)
		err = rmqi_place_init(&place, &c->member, queue,
				      rmqi_consumer_deadline(own, QUESTION_MS), detail);
	if (err != RMQ_OK)
		return err;
	err = ask(&place.question, own->group, what, value, out, detail);
	rmqi_place_deinit(&place);
	return err;
}

enum rmq_error rmqi_pull_consumer_queues(rmq_pull_consumer *c, const char *topic, rmq_queues **out,
					 rmq_error_detail *detail)
{
	int64_t deadline = rmqi_consumer_deadline(&c->member.consumer, QUESTION_MS);
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	return err != RMQ_OK ? err : rmqi_place_queues(&c->member, topic, deadline, out, detail);
}

/* --- Back ------------------------------------------------------------------------------------------ */

static enum rmq_error send_back(const struct rmqi_consumer *c, const char *address,
				const rmq_message *m, int level, rmq_error_detail *detail)
{
	char id[RMQI_ID_SIZE];
	struct rmqi_h_consumer_send_msg_back h = {
		.offset = m->physical_offset, .group = rmqi_str(c->group), .delayLevel = level};
	struct rmqi_outgoing request = {.code = RMQI_REQ_CONSUMER_SEND_MSG_BACK,
					.desc = &rmqi_desc_consumer_send_msg_back,
					.header = &h};
	struct rmqi_response response;
	enum rmq_error err;

	RMQI_SET(&h, consumer_send_msg_back, originMsgId, rmqi_send_message_id(m, id));
	RMQI_SET(&h, consumer_send_msg_back, originTopic, rmqi_str(m->topic));
	RMQI_SET(&h, consumer_send_msg_back, unitMode,
		 rmqi_config_bool(rmqi_client_config(c->client), RMQI_CFG_unitMode));
	RMQI_SET(&h, consumer_send_msg_back, maxReconsumeTimes, c->set.max_reconsume_times);
	RMQI_SET(&h, consumer_send_msg_back, bname, rmqi_str(m->queue.broker_name));
	rmqi_response_init(&response);
	err = rmqi_client_ask(c->client, address, &request, rmqi_consumer_deadline(c, QUESTION_MS),
			      RMQI_RESP_SUCCESS, &response, detail);
	rmqi_response_deinit(&response);
	return err;
}

/* Only the master stores. */
enum rmq_error rmqi_pull_consumer_send_back(rmq_pull_consumer *c, const rmq_message *m,
					    int delay_level, rmq_error_detail *detail)
{
	struct rmqi_consumer *own = &c->member.consumer;
	struct rmqi_topic_route *route = NULL;
	const char *address;
	enum rmq_error err = rmqi_handle_check_running(&c->member, detail);

	if (err == RMQ_OK)
		err = rmqi_client_route(own->client, m->queue.topic, false,
					rmqi_consumer_deadline(own, QUESTION_MS), &route, detail);
	if (err != RMQ_OK)
		return err;
	address = rmqi_topic_route_address(route, m->queue.broker_name, 0, true, NULL);
	if (address)
		err = send_back(own, address, m, delay_level, detail);
	else
		err = rmqi_detail_set(detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
				      "broker %s, which has the message, has no master now",
				      m->queue.broker_name);
	rmqi_topic_route_unref(route);
	return err;
}
