/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/inquiry.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/namespace.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/mq.h"
#include "consumer/rebalance.h"
#include "consumer/running_info.h"

enum { ANSWER_MAX = 16 * 1024 * 1024 };

static struct rmqi_consumer *consumer_of(void *arg)
{
	return ((struct rmqi_rebalance *)arg)->consumer;
}

/* --- Answers ---------------------------------------------------------------------------------- */

/* When the connection is gone, so is who asked. */
static void reply(const struct rmqi_consumer *c, struct rmqi_conn *conn, int32_t opaque,
		  enum rmqi_serialization serialization, const struct rmqi_outgoing *response)
{
	if (rmqi_conn_reply(conn, opaque, serialization, response) != RMQ_OK)
		RMQI_LOG(c->log, RMQ_LOG_DEBUG, "nobody waits for answer %d any more", opaque);
}

static void answer(const struct rmqi_consumer *c, struct rmqi_conn *conn,
		   const struct rmqi_command *request, const struct rmqi_outgoing *response)
{
	if (rmqi_command_is_oneway(request))
		return;
	reply(c, conn, request->opaque, request->serialization, response);
}

static void answer_body(const struct rmqi_consumer *c, struct rmqi_conn *conn,
			const struct rmqi_command *request, enum rmq_error error,
			const struct rmqi_buf *text)
{
	struct rmqi_cursor body = rmqi_buf_cursor(text);
	struct rmqi_outgoing response = {.code = RMQI_RESP_SUCCESS, .body = &body, .body_count = 1};

	if (error != RMQ_OK)
		response = (struct rmqi_outgoing){.code = RMQI_RESP_SYSTEM_ERROR,
						  .remark = rmqi_str(rmq_error_text(error))};
	answer(c, conn, request, &response);
}

static void answer_other_group(const struct rmqi_consumer *c, struct rmqi_conn *conn,
			       const struct rmqi_command *request, struct rmqi_str group)
{
	struct rmqi_outgoing response = {.code = RMQI_RESP_SYSTEM_ERROR};
	char remark[320];

	snprintf(remark, sizeof(remark), "The Consumer Group <%.*s> not exist in this consumer",
		 RMQI_STR_ARG(group));
	response.remark = rmqi_str(remark);
	answer(c, conn, request, &response);
}

static bool is_readable(struct rmqi_consumer *c, const char *address,
			const struct rmqi_header_desc *desc, const struct rmqi_command *request,
			void *header)
{
	if (rmqi_header_decode(desc, request, header, NULL) == RMQ_OK)
		return true;
	RMQI_LOG(c->log, RMQ_LOG_WARN, "request %d of %s cannot be read", (int)request->code,
		 address);
	return false;
}

static void answer_unreadable(const struct rmqi_consumer *c, struct rmqi_conn *conn,
			      const struct rmqi_command *request)
{
	struct rmqi_outgoing response = {.code = RMQI_RESP_SYSTEM_ERROR,
					 .remark = RMQI_STR("the request cannot be read")};

	answer(c, conn, request, &response);
}

/* --- 220 ---------------------------------------------------------------------------------------- */

static struct rmqi_mq *find_held(const struct rmqi_sub *sub, const struct rmqi_queue *key)
{
	RMQI_LIST_EACH(node, &sub->mqs) {
		struct rmqi_mq *mq = RMQI_LIST_ITEM(node, struct rmqi_mq, link);

		/* What is popped has no offset of ours. */
		if (mq->state < RMQI_MQ_LEAVING && !mq->pop.is_it &&
		    rmqi_queue_cmp(&mq->key, key) == 0)
			return mq;
	}
	return NULL;
}

/* Queues that others hold are theirs to reset: each member is told of all. */
static void reset_all(struct rmqi_consumer *c, const struct rmqi_sub *sub,
		      const struct rmqi_queue_offset *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rmqi_mq *mq = find_held(sub, &rows[i].queue);

		if (mq && rows[i].offset >= 0 && rmqi_mq_reset(mq, rows[i].offset) != RMQ_OK)
			RMQI_LOG(c->log, RMQ_LOG_ERROR, "no memory to reset %s@%s:%d",
				 rows[i].queue.topic, rows[i].queue.broker_name,
				 (int)rows[i].queue.queue_id);
	}
}

static struct rmqi_sub *find_sub(struct rmqi_consumer *c, struct rmqi_str topic)
{
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		if (rmqi_str_is(topic, rmqi_sub_topic(sub)))
			return sub;
	}
	return NULL;
}

void rmqi_inquiry_reset(void *arg, struct rmqi_conn *conn, const char *address,
			const struct rmqi_command *request)
{
	struct rmqi_consumer *c = consumer_of(arg);
	struct rmqi_h_reset_offset h = {0};
	struct rmqi_queue_offset *rows = NULL;
	const struct rmqi_sub *sub;
	size_t count = 0;

	(void)conn;
	if (!c->is_active || !is_readable(c, address, &rmqi_desc_reset_offset, request, &h))
		return;
	sub = rmqi_str_is(h.group, c->group) ? find_sub(c, h.topic) : NULL;
	if (!sub)
		RMQI_LOG(c->log, RMQ_LOG_WARN,
			 "%s resets the offsets of group %.*s, topic %.*s: not ours", address,
			 RMQI_STR_ARG(h.group), RMQI_STR_ARG(h.topic));
	else if (rmqi_reset_offset_decode(request->body, &rows, &count) != RMQ_OK)
		RMQI_LOG(c->log, RMQ_LOG_ERROR,
			 "%s resets the offsets of topic %s, but they cannot be read", address,
			 rmqi_sub_topic(sub));
	else
		reset_all(c, sub, rows, count);
	rmqi_queue_offsets_free(rows, count);
}

/* --- 221 ---------------------------------------------------------------------------------------- */

static size_t count_queues(const struct rmqi_sub *sub)
{
	size_t count = 0;

	RMQI_LIST_EACH(node, &sub->mqs)
		count++;
	return count;
}

/* What would be committed now. The queues are borrowed. */
static enum rmq_error list_offsets(const struct rmqi_sub *sub, struct rmqi_queue_offset **out,
				   size_t *count)
{
	struct rmqi_queue_offset *rows;

	*count = 0;
	rows = sub ? rmqi_calloc(count_queues(sub) + 1, sizeof(*rows)) : NULL;
	*out = rows;
	if (!sub)
		return RMQ_OK;
	if (!rows)
		return RMQ_ERR_NO_MEMORY;
	RMQI_LIST_EACH(node, &sub->mqs) {
		struct rmqi_mq *mq = RMQI_LIST_ITEM(node, struct rmqi_mq, link);
		int64_t offset = rmqi_mq_commit_offset(mq);

		if (offset >= 0)
			rows[(*count)++] = (struct rmqi_queue_offset){mq->key, offset};
	}
	return RMQ_OK;
}

/* Of a group or topic that is not ours: an empty table, as Java answers. */
void rmqi_inquiry_status(void *arg, struct rmqi_conn *conn, const char *address,
			 const struct rmqi_command *request)
{
	struct rmqi_consumer *c = consumer_of(arg);
	struct rmqi_h_get_consumer_status h = {0};
	struct rmqi_queue_offset *rows = NULL;
	const struct rmqi_sub *sub;
	struct rmqi_buf text;
	size_t count = 0;
	enum rmq_error err;

	if (!is_readable(c, address, &rmqi_desc_get_consumer_status, request, &h)) {
		answer_unreadable(c, conn, request);
		return;
	}
	sub = rmqi_str_is(h.group, c->group) ? find_sub(c, h.topic) : NULL;
	rmqi_buf_init(&text, ANSWER_MAX);
	err = list_offsets(sub, &rows, &count);
	if (err == RMQ_OK)
		err = rmqi_consumer_status_encode(rows, count, &text);
	answer_body(c, conn, request, err, &text);
	rmqi_buf_deinit(&text);
	rmqi_free(rows);
}

/* --- 307 ---------------------------------------------------------------------------------------- */

void rmqi_inquiry_running_info(void *arg, struct rmqi_conn *conn, const char *address,
			       const struct rmqi_command *request)
{
	struct rmqi_consumer *c = consumer_of(arg);
	struct rmqi_h_get_consumer_running_info h = {0};
	struct rmqi_buf text;
	enum rmq_error err;

	if (!is_readable(c, address, &rmqi_desc_get_consumer_running_info, request, &h)) {
		answer_unreadable(c, conn, request);
		return;
	}
	if (!rmqi_str_is(h.consumerGroup, c->group)) {
		answer_other_group(c, conn, request, h.consumerGroup);
		return;
	}
	rmqi_buf_init(&text, ANSWER_MAX);
	err = rmqi_running_info_write(c, &text);
	answer_body(c, conn, request, err, &text);
	rmqi_buf_deinit(&text);
}

/* --- 309 ---------------------------------------------------------------------------------------- */

/* One message under way. The broker waits 10 s for the answer. */
struct direct {
	struct rmqi_once once;
	struct rmqi_consumer *consumer; /* outlives it: the sink sees to that */
	struct rmqi_message_block *block;
	char *broker_name;      /* of the block */
	struct rmqi_conn *conn; /* a reference, and the answer's opaque and form */
	int32_t opaque;
	enum rmqi_serialization serialization;
};

static void free_direct(struct direct *d)
{
	rmqi_message_block_unref(d->block);
	rmqi_free(d->broker_name);
	rmqi_conn_unref(d->conn);
	rmqi_free(d);
}

static void on_consumed(struct rmqi_once *o)
{
	struct direct *d = RMQI_CONTAINER(o, struct direct, once);
	const char *result = o->is_success ? "CR_SUCCESS" : "CR_LATER";
	struct rmqi_buf text;
	struct rmqi_cursor body;
	struct rmqi_outgoing response = {.body = &body, .body_count = 1};
	enum rmq_error err;

	if (!o->was_called)
		result = "CR_THROW_EXCEPTION";
	rmqi_buf_init(&text, ANSWER_MAX);
	err = rmqi_direct_result_encode(result, d->consumer->sink->is_orderly,
					o->was_called ? NULL : "the consumer is being closed",
					o->spent_us / 1000, &text);
	body = rmqi_buf_cursor(&text);
	if (err != RMQ_OK)
		response = (struct rmqi_outgoing){.code = RMQI_RESP_SYSTEM_ERROR,
						  .remark = rmqi_str(rmq_error_text(err))};
	reply(d->consumer, d->conn, d->opaque, d->serialization, &response);
	rmqi_buf_deinit(&text);
	free_direct(d);
}

static enum rmq_error begin_direct(struct rmqi_consumer *c, struct rmqi_conn *conn,
				   const struct rmqi_command *request, struct rmqi_str broker_name)
{
	struct direct *d = rmqi_calloc(1, sizeof(*d));
	enum rmq_error err;

	if (!d)
		return RMQ_ERR_NO_MEMORY;
	d->conn = rmqi_conn_ref(conn);
	d->consumer = c;
	d->opaque = request->opaque;
	d->serialization = request->serialization;
	d->broker_name = rmqi_str_dup(broker_name);
	err = d->broker_name ? rmqi_message_block_new(request->body, d->broker_name, &d->block)
			     : RMQ_ERR_NO_MEMORY;
	if (err == RMQ_OK && d->block->count != 1)
		err = d->block->bad_count > 0 ? RMQ_ERR_CORRUPT : RMQ_ERR_PROTOCOL;
	rmqi_namespace_hide(rmqi_client_namespace(c->client), d->block);
	if (err == RMQ_OK) {
		d->once =
			(struct rmqi_once){.message = &d->block->messages[0], .done = on_consumed};
		if (!c->sink->once(c->sink, &d->once))
			err = RMQ_ERR_STATE;
	}
	if (err != RMQ_OK)
		free_direct(d);
	return err;
}

void rmqi_inquiry_consume(void *arg, struct rmqi_conn *conn, const char *address,
			  const struct rmqi_command *request)
{
	struct rmqi_consumer *c = consumer_of(arg);
	struct rmqi_h_consume_message_directly h = {0};
	struct rmqi_buf none;
	enum rmq_error err;

	if (!is_readable(c, address, &rmqi_desc_consume_message_directly, request, &h)) {
		answer_unreadable(c, conn, request);
		return;
	}
	if (!rmqi_str_is(h.consumerGroup, c->group) || !c->sink->once) {
		answer_other_group(c, conn, request, h.consumerGroup);
		return;
	}
	RMQI_LOG(c->log, RMQ_LOG_INFO, "%s has group %s consume message %.*s", address, c->group,
		 RMQI_STR_ARG(h.msgId));
	err = begin_direct(c, conn, request, h.brokerName);
	if (err == RMQ_OK)
		return;
	rmqi_buf_init(&none, 1);
	answer_body(c, conn, request, err, &none);
	rmqi_buf_deinit(&none);
}
