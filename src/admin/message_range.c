/* SPDX-License-Identifier: Apache-2.0 */
/* message_range.c - messages of queues from one place to another, by pulls that commit nothing. */
#include <inttypes.h>
#include <string.h>

#include "admin/message_query.h"
#include "base/detail.h"
#include "client/question.h"
#include "codec/codes.h"
#include "codec/schema.h"

enum { FLAG_SUBSCRIPTION = 4 }; /* PullSysFlag.java: all that the broker needs to know is in the request */
enum { PULL_MAX = 32 };         /* maxTransferCountOnMessageInMemory */
#define TOOLS_GROUP "TOOLS_CONSUMER" /* MixAll.TOOLS_CONSUMER_GROUP: brokers have it */

/* A walk along a queue, up to `end`. */
struct walk {
	struct rmqi_question at;
	int64_t next;
	int64_t end;
	size_t left;         /* of messages to take */
	const bool *is_past; /* then it ends; NULL: it does not ask */
	struct rmqi_finding *f;
};

static enum rmq_error take_answer(struct walk *w, const struct rmqi_command *answer,
				  struct rmq_error_detail *detail)
{
	struct rmqi_h_pull_message_response h = {0};
	size_t before = w->f->count;
	enum rmq_error err = RMQ_OK;

	if (rmqi_header_decode(&rmqi_desc_pull_message_response, answer, &h, NULL) != RMQ_OK)
		return rmqi_detail_set(detail, RMQ_ERR_PROTOCOL, 0,
				       "the answer of %s has no offset to go on at", w->at.address);
	if (answer->code == RMQI_RESP_SUCCESS)
		err = rmqi_finding_take(w->f, answer->body, w->at.broker_name, detail);
	w->left -= w->f->count - before < w->left ? w->f->count - before : w->left;
	/* One that does not lead on is the end. */
	w->next = h.nextBeginOffset > w->next ? h.nextBeginOffset : w->end;
	return err;
}

/* The walk goes on after each of these. */
static bool is_answer(int32_t code)
{
	return code == RMQI_RESP_SUCCESS || code == RMQI_RESP_PULL_NOT_FOUND ||
	       code == RMQI_RESP_PULL_RETRY_IMMEDIATELY || code == RMQI_RESP_PULL_OFFSET_MOVED;
}

static int32_t batch(const struct walk *w)
{
	int64_t ahead = w->end - w->next;
	int64_t most = w->left < PULL_MAX ? (int64_t)w->left : PULL_MAX;

	return (int32_t)(ahead < most ? ahead : most);
}

static enum rmq_error pull(struct walk *w, struct rmq_error_detail *detail)
{
	struct rmqi_h_pull_message h = {
		.consumerGroup = RMQI_STR(TOOLS_GROUP),
		.topic = rmqi_str(w->at.topic),
		.queueId = w->at.queue_id,
		.queueOffset = w->next,
		.maxMsgNums = batch(w),
		.sysFlag = FLAG_SUBSCRIPTION,
	};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_PULL_MESSAGE, .desc = &rmqi_desc_pull_message, .header = &h};
	int64_t started_us = rmqi_clock_us(rmqi_client_clock(w->at.client));
	struct rmqi_response response;
	enum rmq_error err;

	RMQI_SET(&h, pull_message, subscription, RMQI_STR("*"));
	RMQI_SET(&h, pull_message, expressionType, RMQI_STR("TAG"));
	RMQI_SET(&h, pull_message, bname, rmqi_str(w->at.broker_name));
	rmqi_response_init(&response);
	err = rmqi_rpc_call(rmqi_client_rpc(w->at.client), w->at.address, &request,
			    w->at.deadline_us, &response, NULL, detail);
	if (err == RMQ_OK && is_answer(response.command.code))
		err = take_answer(w, &response.command, detail);
	else if (err == RMQ_OK)
		err = rmqi_client_refused(w->at.client, w->at.address, request.code, started_us,
					  &response.command, detail);
	rmqi_response_deinit(&response);
	return err;
}

/* A message that cannot be read is told at the end; those behind it are read all the same. */
static enum rmq_error walk_along(struct walk *w, struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK, worst = RMQ_OK;

	while (w->next < w->end && w->left > 0 && err == RMQ_OK &&
	       !(w->is_past && *w->is_past)) {
		err = pull(w, detail);
		if (err == RMQ_ERR_CORRUPT) {
			worst = err;
			err = RMQ_OK;
		}
	}
	return err != RMQ_OK ? err : worst;
}

/* --- By time ----------------------------------------------------------------------------------------- */

struct span {
	const struct rmq_message_query *query;
	bool *is_past; /* a message behind the end was seen */
};

static bool is_within(const struct rmq_message *m, const void *arg)
{
	const struct span *s = arg;

	*s->is_past |= m->store_ms > s->query->end_ms;
	return m->store_ms >= s->query->begin_ms && m->store_ms <= s->query->end_ms;
}

/* Brokers before 5.1 answer a time with the message that is nearest to it, before or behind, or with any of those
 * of that time: of the time before the begin none that is wanted stands in front, and the end shows as one goes. */
static enum rmq_error find_ends(struct walk *w, const struct rmq_message_query *q,
				struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_question_min(&w->at, &w->next, detail);

	if (err == RMQ_OK && q->begin_ms > 0)
		err = rmqi_question_at(&w->at, q->begin_ms - 1, &w->next, detail);
	if (err == RMQ_OK)
		err = rmqi_question_max(&w->at, &w->end, detail);
	return err;
}

static enum rmq_error read_queue(struct rmq_admin *a, const struct rmqi_topic_route *route,
				 const struct rmqi_queue *queue, const struct rmq_message_query *q,
				 int64_t deadline_us, struct rmqi_finding *f,
				 struct rmq_error_detail *detail)
{
	struct walk w = {
		.at = {a->client, NULL, queue->topic, queue->broker_name, queue->queue_id,
		       deadline_us},
		.left = (size_t)q->max,
		.is_past = ((const struct span *)f->arg)->is_past,
		.f = f,
	};
	enum rmq_error err;

	*((const struct span *)f->arg)->is_past = false;
	w.at.address = rmqi_topic_route_address(route, queue->broker_name, 0, false, NULL);
	if (!w.at.address)
		return rmqi_detail_set(detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
				       "broker %s has no address now", queue->broker_name);
	err = find_ends(&w, q, detail);
	return err == RMQ_OK ? walk_along(&w, detail) : err;
}

static bool is_asked(const struct rmq_message_query *q, const struct rmqi_queue *queue)
{
	return (q->queue_id < 0 || q->queue_id == queue->queue_id) &&
	       (!q->broker_name || strcmp(q->broker_name, queue->broker_name) == 0);
}

/* One that gives no answer is not asked about its other queues: these are in a row. */
static bool is_lost(const struct rmqi_finding *f, const char *broker_name)
{
	const struct rmq_unanswered *last =
		f->unanswered_count > 0 ? &f->unanswered[f->unanswered_count - 1] : NULL;

	return last && last->error != RMQ_ERR_CORRUPT && strcmp(last->broker, broker_name) == 0;
}

static enum rmq_error read_queues(struct rmq_admin *a, const struct rmqi_topic_route *route,
				  const struct rmq_message_query *q, int64_t deadline_us,
				  struct rmqi_finding *f)
{
	const struct rmqi_clock *clock = rmqi_client_clock(a->client);
	struct rmq_error_detail *detail = rmqi_detail_new();
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < route->subscribe_count && err == RMQ_OK; i++) {
		const struct rmqi_queue *queue = &route->subscribe[i];
		int64_t now_us = rmqi_clock_us(clock);
		int64_t share_us =
			(deadline_us - now_us) / (int64_t)(route->subscribe_count - i);

		if (!is_asked(q, queue) || is_lost(f, queue->broker_name))
			continue;
		rmqi_detail_clear(detail);
		err = read_queue(a, route, queue, q, now_us + share_us, f, detail);
		err = rmqi_finding_note(f, queue->broker_name, err, detail);
	}
	rmq_error_detail_free(detail);
	return err;
}

enum rmq_error rmqi_admin_messages_by_time(struct rmq_admin *a, const char *topic,
					   const struct rmq_message_query *query,
					   const struct rmq_admin_options *options,
					   struct rmq_found_messages **out,
					   struct rmq_error_detail *detail)
{
	const struct rmq_message_query *q = query ? query : &rmqi_message_query_usual;
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	bool is_past = false;
	struct span span = {q, &is_past};
	struct rmqi_finding f = {.is_wanted = is_within, .arg = &span};
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err = rmqi_message_query_begin(a, topic, detail);

	if (err == RMQ_OK)
		err = rmqi_client_fresh_route(a->client, topic, deadline_us, &route, detail);
	if (err != RMQ_OK)
		return err;
	err = read_queues(a, route, q, deadline_us, &f);
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	err = rmqi_finding_hand_out(&f, err, (size_t)q->max, out, detail);
	rmqi_topic_route_unref(route);
	return err;
}

/* --- By place ---------------------------------------------------------------------------------------- */

static enum rmq_error check_place(struct walk *w, struct rmq_error_detail *detail)
{
	int64_t min = 0;
	enum rmq_error err = rmqi_question_min(&w->at, &min, detail);

	if (err == RMQ_OK)
		err = rmqi_question_max(&w->at, &w->end, detail);
	if (err != RMQ_OK || (w->next >= min && w->next < w->end))
		return err;
	if (min >= w->end)
		return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, 0,
				       "queue %" PRId32 " of topic %s on %s is empty",
				       w->at.queue_id, w->at.topic, w->at.broker_name);
	return rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, 0,
			       "queue %" PRId32 " of topic %s on %s holds the offsets %" PRId64
			       "..%" PRId64 ", not %" PRId64,
			       w->at.queue_id, w->at.topic, w->at.broker_name, min, w->end - 1,
			       w->next);
}

static enum rmq_error read_at(struct walk *w, const struct rmqi_topic_route *route,
			      struct rmq_error_detail *detail)
{
	enum rmq_error err;

	w->at.address = rmqi_topic_route_address(route, w->at.broker_name, 0, false, NULL);
	if (!w->at.address)
		return rmqi_detail_set(detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
				       "broker %s is not in the route of topic %s now",
				       w->at.broker_name, w->at.topic);
	err = check_place(w, detail);
	if (err == RMQ_OK)
		err = walk_along(w, detail);
	/* What can be read is handed out. */
	if (err != RMQ_OK && err != RMQ_ERR_CORRUPT)
		return err;
	return rmqi_finding_note(w->f, w->at.broker_name, err, detail);
}

enum rmq_error rmqi_admin_messages_at(struct rmq_admin *a, const struct rmq_queue *queue,
				      int64_t offset, int count,
				      const struct rmq_admin_options *options,
				      struct rmq_found_messages **out,
				      struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_finding f = {0};
	struct walk w = {
		.at = {a->client, NULL, queue->topic, queue->broker_name, queue->queue_id,
		       deadline_us},
		.next = offset,
		.left = (size_t)count,
		.f = &f,
	};
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err = rmqi_message_query_begin(a, queue->topic, detail);

	if (err == RMQ_OK)
		err = rmqi_client_fresh_route(a->client, queue->topic, deadline_us, &route, detail);
	if (err != RMQ_OK)
		return err;
	err = read_at(&w, route, detail);
	err = rmqi_finding_hand_out(&f, err, (size_t)count, out, detail);
	rmqi_topic_route_unref(route);
	return err;
}
