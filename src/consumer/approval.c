/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/approval.h"

#include <stdio.h>

#include "base/buf.h"
#include "client/complaint.h"
#include "codec/codes.h"
#include "consumer/consumer.h"
#include "consumer/subscriptions.h"

enum { BODY_MAX = 4 * 1024 * 1024 };

static void settle(struct rmqi_sub *sub)
{
	rmqi_client_settle(sub->approval.consumer->client, RMQI_TROUBLE_EXPRESSION,
			   rmqi_sub_topic(sub), &sub->approval.is_complained);
}

/* NULL: no answer, which says nothing of the expression. */
static void complain(struct rmqi_sub *sub, enum rmq_error error,
		     const struct rmqi_command *response)
{
	char why[RMQI_TROUBLE_SIZE];
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_EXPRESSION,
				 .subject = rmqi_sub_topic(sub),
				 .topic = rmqi_sub_topic(sub),
				 .address = sub->approval.address,
				 .error = error,
				 .code = -1};

	if (response) {
		f.code = response->code;
		f.why = response->remark;
	} else {
		f.why = rmqi_str(rmqi_call_explain(&sub->approval.call, error, why, sizeof(why)));
	}
	rmqi_client_complain(sub->approval.consumer->client, &f, &sub->approval.is_complained);
}

static void take_answer(struct rmqi_sub *sub, enum rmq_error error,
			const struct rmqi_command *response)
{
	if (error != RMQ_OK) {
		complain(sub, error, NULL);
	} else if (response->code == RMQI_RESP_SUCCESS) {
		sub->approval.state = RMQI_APPROVAL_GIVEN;
		settle(sub);
	} else {
		sub->approval.state = RMQI_APPROVAL_REFUSED;
		complain(sub, rmqi_client_refusal(response), response);
	}
	sub->approval.on_answer(sub);
}

static void send(struct rmqi_sub *sub);

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_sub *sub = RMQI_CONTAINER(call, struct rmqi_sub, approval.call);
	bool is_wanted = !sub->is_removed && sub->approval.consumer->is_active &&
			 sub->approval.state != RMQI_APPROVAL_GIVEN;

	sub->approval.is_asking = false;
	if (is_wanted && sub->approval.asked != sub->approval.wanted)
		send(sub);
	else if (is_wanted)
		take_answer(sub, error, response);
	rmqi_sub_unref(sub);
}

static void send(struct rmqi_sub *sub)
{
	struct rmqi_consumer *c = sub->approval.consumer;
	struct rmqi_outgoing request = {.code = RMQI_REQ_CHECK_CLIENT_CONFIG};
	struct rmqi_cursor part;
	struct rmqi_buf body;

	rmqi_buf_init(&body, BODY_MAX);
	/* Without memory it is asked with the next rebalance. */
	if (rmqi_check_client_encode(rmqi_client_id(c->client), c->group, sub->filter, &body) ==
	    RMQ_OK) {
		part = rmqi_buf_cursor(&body);
		request.body = &part;
		request.body_count = 1;
		sub->approval.is_asking = true;
		sub->approval.asked = sub->approval.wanted;
		sub->approval.call = (struct rmqi_call){.fn = on_answer};
		rmqi_sub_ref(sub);
		rmqi_rpc_call_async(rmqi_client_rpc(c->client), sub->approval.address, &request,
				    rmqi_consumer_deadline(c, c->set.api_timeout_ms),
				    &sub->approval.call);
	}
	rmqi_buf_deinit(&body);
}

void rmqi_approval_ask(struct rmqi_consumer *c, struct rmqi_sub *sub, const char *address,
		       void (*on_answer_fn)(struct rmqi_sub *sub))
{
	sub->approval.consumer = c;
	sub->approval.on_answer = on_answer_fn;
	/* Tags have taken the place of what was refused. */
	if (sub->approval.state == RMQI_APPROVAL_GIVEN)
		rmqi_approval_withdraw(c, sub);
	if (sub->approval.state == RMQI_APPROVAL_GIVEN || sub->approval.is_asking)
		return;
	snprintf(sub->approval.address, sizeof(sub->approval.address), "%s", address);
	send(sub);
}

void rmqi_approval_withdraw(struct rmqi_consumer *c, struct rmqi_sub *sub)
{
	rmqi_client_withdraw(c->client, RMQI_TROUBLE_EXPRESSION, rmqi_sub_topic(sub),
			     &sub->approval.is_complained);
}
