/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/lite_pop.h"

void rmqi_lite_pop_call(const struct rmqi_lite_pop *p, const char *address, int64_t deadline_us,
			struct rmqi_call *call)
{
	const struct rmqi_consumer *c = p->consumer;
	struct rmqi_h_pop_lite_message h = {.clientId = rmqi_str(rmqi_client_id(c->client)),
					    .consumerGroup = rmqi_str(c->group),
					    .topic = rmqi_str(p->parent),
					    .maxMsgNum = p->max,
					    .invisibleTime = p->invisible_ms,
					    .pollTime = p->poll_ms,
					    .bornTime = p->born_ms};
	struct rmqi_outgoing request = {.code = RMQI_REQ_POP_LITE_MESSAGE,
					.desc = &rmqi_desc_pop_lite_message,
					.header = &h};

	RMQI_SET(&h, pop_lite_message, bname, rmqi_str(p->broker_name));
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), address, &request, deadline_us, call);
}

enum rmq_error rmqi_lite_pop_read(const struct rmqi_command *response,
				  struct rmqi_receipts_with *with)
{
	struct rmqi_h_pop_lite_message_response h = {0};
	enum rmq_error err =
		rmqi_header_decode(&rmqi_desc_pop_lite_message_response, response, &h, NULL);

	if (err != RMQ_OK)
		return err;
	with->pop_ms = h.popTime;
	with->invisible_ms = h.invisibleTime;
	with->revive_queue = h.reviveQid;
	if (RMQI_HAS(&h, pop_lite_message_response, orderCountInfo))
		with->lite_times.rest = h.orderCountInfo;
	return RMQ_OK;
}
