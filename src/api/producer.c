/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/producer.h"

#include <inttypes.h>

#include <rocketmq/producer.h>

#include "base/detail_out.h"
#include "base/mem.h"
#include "base/queue.h"
#include "producer/send_options.h"

enum rmq_error rmq_producer_new(const rmq_config *config, const char *group, rmq_producer **out,
				rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!config)
		return rmqi_detail_null(detail, __func__, "config");
	if (!group)
		return rmqi_detail_null(detail, __func__, "group");
	if (!out)
		return rmqi_detail_null(detail, __func__, "out");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_producer_new(config, group, out, d));
}

enum rmq_error rmq_producer_start(rmq_producer *p, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!p)
		return rmqi_detail_null(detail, __func__, "p");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_producer_start(p, d));
}

enum rmq_error rmq_producer_send(rmq_producer *p, const rmq_message *m,
				 const rmq_send_options *options, rmq_send_result **result,
				 rmq_error_detail **detail)
{
	int64_t timeout_ms = options ? options->timeout_ms : -1;
	struct rmq_error_detail *d;

	if (!p)
		return rmqi_detail_null(detail, __func__, "p");
	if (!m)
		return rmqi_detail_null(detail, __func__, "m");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_producer_send(p, m, timeout_ms, result, d));
}

enum rmq_error rmq_producer_close(rmq_producer *p, int64_t timeout_ms, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!p)
		return rmqi_detail_null(detail, __func__, "p");
	if (timeout_ms < -1)
		return rmqi_detail_argument(
			detail, "%s: timeout_ms is %" PRId64 ", allowed are -1 and from 0",
			__func__, timeout_ms);
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_producer_close(p, timeout_ms, d));
}

void rmq_producer_free(rmq_producer *p)
{
	rmqi_producer_free(p);
}

const char *rmq_producer_client_id(const rmq_producer *p)
{
	return p ? rmqi_client_id(p->client) : "";
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

void rmq_send_result_free(rmq_send_result *r)
{
	rmqi_free(r);
}
