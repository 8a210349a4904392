/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/send.h>

#include "base/mem.h"
#include "base/queue.h"
#include "send/result.h"

const char *rmq_send_status_text(enum rmq_send_status status)
{
	switch (status) {
	case RMQ_SEND_OK:
		return "SEND_OK";
	case RMQ_SEND_FLUSH_DISK_TIMEOUT:
		return "FLUSH_DISK_TIMEOUT";
	case RMQ_SEND_FLUSH_SLAVE_TIMEOUT:
		return "FLUSH_SLAVE_TIMEOUT";
	case RMQ_SEND_SLAVE_NOT_AVAILABLE:
		return "SLAVE_NOT_AVAILABLE";
	}
	return "unknown";
}

enum rmq_send_status rmq_send_result_status(const rmq_send_result *r)
{
	return r ? r->status : RMQ_SEND_OK;
}

const char *rmq_send_result_message_id(const rmq_send_result *r)
{
	return r ? r->message_id : "";
}

const char *rmq_send_result_offset_message_id(const rmq_send_result *r)
{
	return r ? r->offset_message_id : "";
}

const struct rmq_queue *rmq_send_result_queue(const rmq_send_result *r)
{
	return rmqi_queue_or_none(r ? &r->queue : NULL);
}

int64_t rmq_send_result_queue_offset(const rmq_send_result *r)
{
	return r ? r->queue_offset : -1;
}

const char *rmq_send_result_transaction_id(const rmq_send_result *r)
{
	return r ? r->transaction_id : "";
}

const char *rmq_send_result_region_id(const rmq_send_result *r)
{
	return r ? r->region_id : "";
}

const char *rmq_send_result_recall_handle(const rmq_send_result *r)
{
	return r ? r->recall_handle : "";
}

void rmq_send_result_free(rmq_send_result *r)
{
	rmqi_free(r);
}
