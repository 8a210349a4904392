/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/send.h>

#include "send/results.h"

size_t rmq_send_results_count(const rmq_send_results *r)
{
	return r ? r->count : 0;
}

const rmq_send_result *rmq_send_results_at(const rmq_send_results *r, size_t index)
{
	return r && index < r->count ? &r->results[index] : NULL;
}

void rmq_send_results_free(rmq_send_results *r)
{
	rmqi_send_results_free(r);
}
