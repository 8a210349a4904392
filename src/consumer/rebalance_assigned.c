/* SPDX-License-Identifier: Apache-2.0 */
/* What a broker assigns, where brokers share the queues. */
#include "client/complaint.h"
#include "codec/codes.h"
#include "consumer/assignment.h"
#include "consumer/rebalance_impl.h"
#include "consumer/witness.h"

static void follow(struct rmqi_rebalance *r, struct rmqi_sub *sub, const struct rmqi_assigned *a,
		   enum rmq_error verdict)
{
	struct rmqi_consumer *c = r->consumer;

	sub->is_uncounted = false;
	rmqi_client_settle(c->client, RMQI_TROUBLE_MEMBERS, rmqi_sub_topic(sub),
			   &sub->is_complained);
	rmqi_rebalance_hold(r, sub, verdict);
	if (a->share.dropped + a->share.added > 0) {
		RMQI_LOG(
			c->log, RMQ_LOG_INFO,
			"group %s, topic %s: %s assigns %zu queues to be %s (%zu new, %zu given up)",
			c->group, rmqi_sub_topic(sub), sub->asked, a->share.count,
			a->is_popped ? "popped" : "pulled", a->share.added, a->share.dropped);
		rmqi_announce_changed(&r->announce);
	}
	if (a->retry)
		rmqi_rebalance_sub_soon(r, a->retry, 0);
	rmqi_rebalance_continue(sub);
}

/* It has just joined a broker that does not know the group yet, or it stays so. */
static void not_told(struct rmqi_rebalance *r, struct rmqi_sub *sub)
{
	sub->has_failed = sub->is_uncounted;
	if (sub->is_uncounted)
		rmqi_rebalance_complain(
			r, sub, RMQ_OK, NULL,
			"it has no valid answer: it does not know the group, or the route");
	sub->is_uncounted = true;
	rmqi_rebalance_sub_soon(r, sub, RMQI_REBALANCE_RETRY_MS);
}

/* A newer one may know; else nothing changes until somebody does something about it: the period is enough. */
static void not_known(struct rmqi_rebalance *r, struct rmqi_sub *sub)
{
	if (rmqi_witness_is_newer(r->consumer, sub))
		rmqi_rebalance_sub_soon(r, sub, 0);
	else
		rmqi_rebalance_complain(
			r, sub, RMQ_ERR_UNSUPPORTED, NULL,
			"it does not say who is to have which queue, which came with 5.0.0: set "
			"clientRebalance=true, or use newer brokers");
	rmqi_event_set(&r->moved);
}

static void not_assigned(struct rmqi_rebalance *r, struct rmqi_sub *sub, enum rmq_error error,
			 const struct rmqi_command *response)
{
	char why[RMQI_TROUBLE_SIZE];

	if (response && response->code == RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED) {
		not_known(r, sub);
		return;
	}
	rmqi_rebalance_complain(r, sub, error, response,
				response ? ""
					 : rmqi_call_explain(&sub->call, error, why, sizeof(why)));
	rmqi_event_set(&r->moved);
	rmqi_client_refresh_routes(r->consumer->client);
	rmqi_rebalance_sub_soon(r, sub, RMQI_REBALANCE_RETRY_MS);
}

void rmqi_rebalance_take_assignment(struct rmqi_rebalance *r, struct rmqi_sub *sub,
				    enum rmq_error error, const struct rmqi_command *response)
{
	struct rmqi_assigned a = {0};

	if (error == RMQ_OK && response->code != RMQI_RESP_SUCCESS)
		error = rmqi_client_refusal(response);
	else if (error == RMQ_OK)
		error = rmqi_assignment_take(r->consumer, sub, response, &a);
	sub->has_failed = error != RMQ_OK && !a.is_told;
	if (sub->has_failed)
		not_assigned(r, sub, error, response);
	else if (a.is_told)
		follow(r, sub, &a, error);
	else
		not_told(r, sub);
}
