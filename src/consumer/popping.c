/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/popping.h"

#include "base/detail.h"
#include "client/lite_receipts.h"
#include "client/namespace.h"
#include "client/receipts.h"
#include "codec/codes.h"
#include "codec/version.h"
#include "consumer/lite_pop.h"

enum {
	INIT_MIN = 0, /* ConsumeInitMode.java */
	INIT_MAX = 1,
	AHEAD_MS = 24 * 3600 * 1000,
	VAIN_FREE = 16,
	VAIN_MAX_MS = 20 /* 40,000 entries a second and queue are passed over then */
};

int64_t rmqi_popping_born_ms(const struct rmqi_consumer *c, int64_t poll_ms)
{
	if (!rmqi_client_has_credentials(c->client))
		return 0;
	return rmqi_clock_wall_ms(c->clock) + (poll_ms > 0 ? 0 : AHEAD_MS);
}

void rmqi_popping_request(const struct rmqi_popping *p, struct rmqi_h_pop_message *h,
			  struct rmqi_outgoing *out)
{
	const struct rmqi_consumer *c = p->consumer;
	const struct rmqi_subscription *filter = p->sub->filter;

	*h = (struct rmqi_h_pop_message){
		.consumerGroup = rmqi_str(c->group),
		.topic = rmqi_str(rmqi_sub_topic(p->sub)),
		.queueId = p->queue_id,
		.maxMsgNums = p->max,
		.invisibleTime = p->invisible_ms,
		.pollTime = p->poll_ms,
		.bornTime = rmqi_popping_born_ms(c, p->poll_ms),
		.initMode = c->set.from_where == RMQI_FROM_FIRST ? INIT_MIN : INIT_MAX};
	RMQI_SET(h, pop_message, expType, rmqi_str(filter->expression_type));
	RMQI_SET(h, pop_message, exp, rmqi_str(filter->sub_string));
	RMQI_SET(h, pop_message, order, p->is_orderly);
	RMQI_SET(h, pop_message, bname, rmqi_str(p->broker_name));
	*out = (struct rmqi_outgoing){
		.code = RMQI_REQ_POP_MESSAGE, .desc = &rmqi_desc_pop_message, .header = h};
}

void rmqi_popping_question(const struct rmqi_popping *p, struct rmqi_h_notification *h,
			   struct rmqi_outgoing *out)
{
	*h = (struct rmqi_h_notification){.consumerGroup = rmqi_str(p->consumer->group),
					  .topic = rmqi_str(rmqi_sub_topic(p->sub)),
					  .queueId = p->queue_id,
					  .pollTime = p->poll_ms,
					  .bornTime =
						  rmqi_popping_born_ms(p->consumer, p->poll_ms)};
	RMQI_SET(h, notification, order, p->is_orderly);
	RMQI_SET(h, notification, bname, rmqi_str(p->broker_name));
	*out = (struct rmqi_outgoing){
		.code = RMQI_REQ_NOTIFICATION, .desc = &rmqi_desc_notification, .header = h};
}

/* --- The answer ------------------------------------------------------------------------------- */

static void tell_bad(const struct rmqi_popping *p, const struct rmqi_message_block *block)
{
	struct rmqi_answer_of from = {.topic = rmqi_sub_topic(p->sub),
				      .broker_name = p->broker_name,
				      .queue_id = -1,
				      .next = INT64_MAX};

	rmqi_unreadable_popped(&p->consumer->unreadable, &from, block, p->invisible_ms);
}

/* One block of readable records; body goes behind it. */
static enum rmq_error take_block(const struct rmqi_popping *p, struct rmqi_cursor *body,
				 struct rmqi_receipts_with *with, rmqi_popping_fn fn, void *arg)
{
	struct rmqi_message_block *block = NULL;
	enum rmq_error err =
		rmqi_message_block_in(p->consumer->memory, *body, p->broker_name, &block);
	enum rmq_error marked = RMQ_OK;

	if (!block)
		return err;
	if (!rmqi_cursor_skip(body, block->taken))
		err = RMQ_ERR_CORRUPT;
	if (block->count > 0)
		marked = p->is_lite ? rmqi_lite_receipts_give(block, with)
				    : rmqi_receipts_give(block, with);
	tell_bad(p, block);
	if (block->count == 0 || marked != RMQ_OK) {
		rmqi_message_block_unref(block);
		return marked != RMQ_OK ? marked : err;
	}
	rmqi_namespace_hide(rmqi_client_namespace(p->consumer->client), block);
	fn(arg, block);
	return err;
}

/* What is too large for one block is several of them. */
static enum rmq_error take_records(const struct rmqi_popping *p, struct rmqi_cursor body,
				   struct rmqi_receipts_with *with, rmqi_popping_fn fn, void *arg)
{
	enum rmq_error err = RMQ_OK;

	while (body.len > 0 && (err == RMQ_OK || err == RMQ_ERR_TOO_LARGE))
		err = take_block(p, &body, with, fn, arg);
	return err;
}

static enum rmq_error read_header(const struct rmqi_popping *p, const struct rmqi_command *response,
				  struct rmqi_receipts_with *with)
{
	struct rmqi_h_pop_message_response h = {0};
	enum rmq_error err =
		rmqi_header_decode(&rmqi_desc_pop_message_response, response, &h, NULL);

	if (err != RMQ_OK)
		return err;
	with->pop_ms = h.popTime;
	with->invisible_ms = h.invisibleTime;
	with->revive_queue = h.reviveQid;
	if (p->rest)
		*p->rest = h.restNum;
	if (RMQI_HAS(&h, pop_message_response, startOffsetInfo))
		with->starts = h.startOffsetInfo;
	if (p->is_orderly && RMQI_HAS(&h, pop_message_response, orderCountInfo))
		with->times = h.orderCountInfo;
	return RMQ_OK;
}

enum rmq_error rmqi_popping_take(const struct rmqi_popping *p, const struct rmqi_command *response,
				 int64_t asked_us, rmqi_popping_fn fn, void *arg)
{
	struct rmqi_receipts_with with = {
		.broker_name = p->broker_name,
		.group = p->consumer->group,
		.expires_us = asked_us + p->invisible_ms * 1000,
	};
	enum rmq_error err =
		p->is_lite ? rmqi_lite_pop_read(response, &with) : read_header(p, response, &with);

	return err != RMQ_OK ? err : take_records(p, response->body, &with, fn, arg);
}

bool rmqi_popping_goes_on(const struct rmqi_command *response, int64_t *behind)
{
	struct rmqi_h_pop_message_response h = {0};
	int64_t before = *behind;

	if (rmqi_header_decode(&rmqi_desc_pop_message_response, response, &h, NULL) != RMQ_OK)
		h.restNum = 0;
	*behind = h.restNum;
	return h.restNum > 0 && h.restNum < before;
}

int64_t rmqi_popping_pause_ms(unsigned vain)
{
	int64_t pause_ms = (int64_t)vain - VAIN_FREE;

	if (pause_ms <= 0)
		return 0;
	return pause_ms < VAIN_MAX_MS ? pause_ms : VAIN_MAX_MS;
}

/* --- Old brokers ------------------------------------------------------------------------------ */

bool rmqi_popping_is_unknown(const struct rmqi_consumer *c, const char *address,
			     const struct rmqi_command *response)
{
	int32_t version = rmqi_client_broker_version(c->client, address);

	if (response)
		return response->code == RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED;
	return version > 0 && version < RMQI_VERSION_POP;
}

enum rmq_error rmqi_popping_unknown(const struct rmqi_consumer *c, const char *broker_name,
				    const char *address, struct rmq_error_detail *detail)
{
	char text[RMQI_VERSION_SIZE];

	return rmqi_detail_set(
		detail, RMQ_ERR_UNSUPPORTED, RMQ_ERROR_FATAL,
		"broker %s (%s) runs %s and does not know POP, which came with 5.0.0: use a push, pull "
		"or lite pull consumer there",
		broker_name, address,
		rmqi_version_text(rmqi_client_broker_version(c->client, address), text));
}
