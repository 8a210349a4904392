/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/send_options.h"

#include <inttypes.h>

#include <rocketmq/producer.h>

#include "base/detail_out.h"
#include "base/mem.h"

rmq_send_options *rmq_send_options_new(void)
{
	struct rmq_send_options *o = rmqi_calloc(1, sizeof(*o));

	if (o)
		o->timeout_ms = -1;
	return o;
}

enum rmq_error rmq_send_options_set_timeout(rmq_send_options *o, int64_t timeout_ms,
					    rmq_error_detail **detail)
{
	if (!o)
		return rmqi_detail_null(detail, __func__, "o");
	if (timeout_ms < -1 || timeout_ms == 0)
		return rmqi_detail_argument(
			detail, "%s: timeout_ms is %" PRId64 ", allowed are -1 and from 1",
			__func__, timeout_ms);
	o->timeout_ms = timeout_ms;
	return rmqi_detail_none(detail);
}

void rmq_send_options_free(rmq_send_options *o)
{
	rmqi_free(o);
}
