/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/one_pull.h"

#include <inttypes.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "client/messages.h"
#include "client/question.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "codec/schema.h"

enum { FLAG_SUSPEND = 2, FLAG_SUBSCRIPTION = 4 }; /* PullSysFlag.java */

/* --- What is asked --------------------------------------------------------------------------------- */

static const struct rmq_pull_options usual = {
	.max_messages = -1, .kind = RMQI_EXPRESSION_TAG, .timeout_ms = -1};

static enum rmq_error set_times(struct rmqi_one_pull *p, const struct rmq_pull_options *o,
				struct rmq_error_detail *detail)
{
	struct rmqi_consumer *c = &p->member->consumer;
	int64_t timeout_ms;

	p->suspend_ms = o->suspend_ms < 0 ? c->set.suspend_ms : o->suspend_ms;
	timeout_ms = o->timeout_ms < 0 ? p->suspend_ms + RMQI_PULL_MS : o->timeout_ms;
	p->started_us = rmqi_clock_us(c->clock);
	p->deadline_us = rmqi_consumer_deadline(c, timeout_ms);
	if (timeout_ms > p->suspend_ms)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
			       "the timeout of the pull, %" PRId64 " ms, is not above the %" PRId64
			       " ms for which the broker may hold it",
			       timeout_ms, p->suspend_ms);
}

enum rmq_error rmqi_one_pull_init(struct rmqi_one_pull *p, struct rmqi_member *m,
				  const struct rmq_queue *queue, int64_t offset,
				  const struct rmq_pull_options *options,
				  struct rmq_error_detail *detail)
{
	const struct rmq_pull_options *o = options ? options : &usual;
	const struct rmqi_consumer *c = &m->consumer;
	bool is_sql = o->kind == RMQI_EXPRESSION_SQL92;
	enum rmq_error err;

	*p = (struct rmqi_one_pull){.member = m, .queue_id = queue->queue_id, .offset = offset};
	p->max_messages = o->max_messages < 0 ? c->set.pull_batch : o->max_messages;
	err = set_times(p, o, detail);
	if (err == RMQ_OK)
		err = rmqi_handle_topic(m, queue->topic, p->topic, detail);
	if (err != RMQ_OK)
		return err;
	p->broker_name = rmqi_strdup(queue->broker_name);
	err = rmqi_subscription_new(rmqi_str(p->topic), rmqi_str(o->expression),
				    rmqi_str(rmqi_expression_name(o->kind)),
				    is_sql ? rmqi_clock_wall_ms(c->clock) : 0, &p->filter);
	if (err == RMQ_OK && !p->broker_name)
		err = RMQ_ERR_NO_MEMORY;
	return err == RMQ_OK ? err : rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
}

void rmqi_one_pull_deinit(struct rmqi_one_pull *p)
{
	if (p->route)
		rmqi_topic_route_unref(p->route);
	if (p->filter)
		rmqi_subscription_free(p->filter);
	rmqi_free(p->broker_name);
}

enum rmq_error rmqi_one_pull_address(struct rmqi_one_pull *p, struct rmqi_topic_route *route,
				     struct rmq_error_detail *detail)
{
	p->route = route;
	p->address = rmqi_topic_route_address(route, p->broker_name, 0, false, NULL);
	if (p->address)
		return RMQ_OK;
	rmqi_client_refresh_routes(p->member->consumer.client);
	return rmqi_detail_set(detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
			       "broker %s is not in the route of topic %s now", p->broker_name,
			       p->topic);
}

struct rmqi_outgoing rmqi_one_pull_request(const struct rmqi_one_pull *p,
					   struct rmqi_h_pull_message *h)
{
	const struct rmqi_consumer *c = &p->member->consumer;

	*h = (struct rmqi_h_pull_message){
		.consumerGroup = rmqi_str(c->group),
		.topic = rmqi_str(p->topic),
		.queueId = p->queue_id,
		.queueOffset = p->offset,
		.maxMsgNums = p->max_messages,
		.sysFlag = FLAG_SUBSCRIPTION | (p->suspend_ms > 0 ? FLAG_SUSPEND : 0),
		.suspendTimeoutMillis = p->suspend_ms,
		.subVersion = p->filter->sub_version,
	};
	RMQI_SET(h, pull_message, subscription, rmqi_str(p->filter->sub_string));
	RMQI_SET(h, pull_message, expressionType, rmqi_str(p->filter->expression_type));
	RMQI_SET(h, pull_message, maxMsgBytes, c->set.pull_batch_bytes);
	RMQI_SET(h, pull_message, bname, rmqi_str(p->broker_name));
	return (struct rmqi_outgoing){
		.code = RMQI_REQ_PULL_MESSAGE, .desc = &rmqi_desc_pull_message, .header = h};
}

/* --- What came ------------------------------------------------------------------------------------- */

static bool passes(const struct rmqi_one_pull *p, const struct rmq_message *m)
{
	return p->filter->tag_count == 0 ||
	       rmqi_subscription_matches_tag(p->filter,
					     rmqi_str(rmqi_message_property(m, RMQI_PROP_TAGS)));
}

static enum rmq_error make_list(const struct rmqi_one_pull *p, struct rmqi_message_block *block,
				struct rmq_messages **out)
{
	const struct rmq_message **items = rmqi_calloc(block->count + 1, sizeof(*items));
	size_t count = 0;

	if (!items)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < block->count; i++)
		if (passes(p, &block->messages[i]))
			items[count++] = &block->messages[i];
	if (count > 0)
		*out = rmqi_messages_new(items, count);
	rmqi_free(items);
	return count > 0 && !*out ? RMQ_ERR_NO_MEMORY : RMQ_OK;
}

/* What stops it ends the list, and is where the next pull begins; alone it is an error. */
static enum rmq_error take_block(const struct rmqi_one_pull *p, struct rmqi_message_block *block,
				 enum rmq_error read, struct rmq_pull_result *r,
				 struct rmq_error_detail *detail)
{
	struct rmqi_consumer *c = &p->member->consumer;
	struct rmqi_answer_of from = {p->topic,    p->broker_name, p->address,
				      p->queue_id, p->offset,      r->next};
	char why[RMQI_UNREADABLE_WHY] = "";
	enum rmq_error err =
		rmqi_unreadable_settle(&c->unreadable, &from, block, read, &r->next, why);

	if (err == RMQ_ERR_CORRUPT && r->next == p->offset)
		return rmqi_detail_set(detail, err, 0, "%s", why);
	rmqi_namespace_hide(rmqi_client_namespace(c->client), block);
	if (err != RMQ_ERR_NO_MEMORY)
		err = make_list(p, block, &r->messages);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	r->status = r->messages ? RMQ_PULL_FOUND : RMQ_PULL_NO_MATCHED_MESSAGE;
	return RMQ_OK;
}

static enum rmq_error take_body(const struct rmqi_one_pull *p, struct rmqi_cursor body,
				struct rmq_pull_result *r, struct rmq_error_detail *detail)
{
	struct rmqi_message_block *block = NULL;
	enum rmq_error err = rmqi_message_block_new(body, p->broker_name, &block);

	if (!block)
		return rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	err = take_block(p, block, err, r, detail);
	rmqi_message_block_unref(block);
	return err;
}

/* MQClientAPIImpl.processPullResponse. False: a refusal. */
static bool read_status(int32_t code, enum rmq_pull_status *status)
{
	switch (code) {
	case RMQI_RESP_SUCCESS:
		*status = RMQ_PULL_FOUND;
		return true;
	case RMQI_RESP_PULL_NOT_FOUND:
		*status = RMQ_PULL_NO_NEW_MESSAGE;
		return true;
	case RMQI_RESP_PULL_RETRY_IMMEDIATELY:
		*status = RMQ_PULL_NO_MATCHED_MESSAGE;
		return true;
	case RMQI_RESP_PULL_OFFSET_MOVED:
		*status = RMQ_PULL_OFFSET_ILLEGAL;
		return true;
	default:
		return false;
	}
}

static enum rmq_error fill(const struct rmqi_one_pull *p, const struct rmqi_command *response,
			   struct rmq_pull_result *r, struct rmq_error_detail *detail)
{
	struct rmqi_h_pull_message_response h = {0};

	if (rmqi_header_decode(&rmqi_desc_pull_message_response, response, &h, NULL) != RMQ_OK ||
	    h.nextBeginOffset < 0)
		return rmqi_detail_set(detail, RMQ_ERR_PROTOCOL, 0,
				       "the answer of %s has no offset to go on at", p->address);
	r->next = h.nextBeginOffset;
	r->min = h.minOffset;
	r->max = h.maxOffset;
	return r->status == RMQ_PULL_FOUND ? take_body(p, response->body, r, detail) : RMQ_OK;
}

enum rmq_error rmqi_one_pull_answer(const struct rmqi_one_pull *p,
				    const struct rmqi_command *response,
				    struct rmq_pull_result **out, struct rmq_error_detail *detail)
{
	struct rmq_pull_result *r;
	enum rmq_pull_status status;
	enum rmq_error err;

	if (!read_status(response->code, &status))
		return rmqi_client_refused(p->member->consumer.client, p->address,
					   RMQI_REQ_PULL_MESSAGE, p->started_us, response, detail);
	r = rmqi_calloc(1, sizeof(*r));
	if (!r)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	r->status = status;
	err = fill(p, response, r, detail);
	if (err == RMQ_OK)
		*out = r;
	else
		rmq_pull_result_free(r);
	return err;
}

/* --- The result ------------------------------------------------------------------------------------ */

enum rmq_pull_status rmq_pull_result_status(const rmq_pull_result *r)
{
	return r ? r->status : RMQ_PULL_NO_NEW_MESSAGE;
}

int64_t rmq_pull_result_next_offset(const rmq_pull_result *r)
{
	return r ? r->next : -1;
}

int64_t rmq_pull_result_min_offset(const rmq_pull_result *r)
{
	return r ? r->min : -1;
}

int64_t rmq_pull_result_max_offset(const rmq_pull_result *r)
{
	return r ? r->max : -1;
}

const rmq_messages *rmq_pull_result_messages(const rmq_pull_result *r)
{
	return r ? r->messages : NULL;
}

void rmq_pull_result_free(rmq_pull_result *r)
{
	if (!r)
		return;
	rmq_messages_free(r->messages);
	rmqi_free(r);
}
