/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/agreement.h"

#include <stdio.h>

#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/consumer.h"

static void outdo(struct rmqi_agreement *a, int64_t version)
{
	struct rmqi_consumer *c = a->consumer;

	if (version <= rmqi_clock_wall_ms(c->clock) || version <= c->subs.last_version)
		return;
	c->subs.last_version = version;
	rmqi_announce_changed(a->announce);
}

/* True: it is not what we said. */
static bool look_at(struct rmqi_agreement *a, const struct rmqi_subscription *theirs)
{
	struct rmqi_sub *sub = rmqi_subscriptions_find(&a->consumer->subs, theirs->topic);

	if (!sub || rmqi_subscription_is_same(sub->filter, theirs))
		return false;
	rmqi_conflict_other_tags(a->conflict, a->address, theirs->topic, theirs->sub_string,
				 sub->filter->sub_string);
	if (a->may_outdo)
		outdo(a, theirs->sub_version);
	return true;
}

static bool compare(struct rmqi_agreement *a, struct rmqi_cursor body)
{
	struct rmqi_subscription **theirs = NULL;
	size_t count = 0;
	bool is_other = false;

	if (rmqi_consumer_connection_decode(body, &theirs, &count) != RMQ_OK)
		return false;
	for (size_t i = 0; i < count; i++)
		is_other |= look_at(a, theirs[i]);
	rmqi_subscriptions_list_free(theirs, count);
	a->may_outdo = false;
	return is_other;
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_agreement *a = RMQI_CONTAINER(call, struct rmqi_agreement, call);

	a->is_asking = false;
	if (!a->consumer->is_active || error != RMQ_OK || response->code != RMQI_RESP_SUCCESS)
		return;
	if (compare(a, response->body) && !rmqi_timer_is_armed(&a->timer))
		rmqi_timer_start_ms(&a->timer, RMQI_AGREE_AGAIN_MS);
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_agreement *a = RMQI_CONTAINER(t, struct rmqi_agreement, timer);
	struct rmqi_consumer *c = a->consumer;
	struct rmqi_h_get_consumer_connection_list h = {.consumerGroup = rmqi_str(c->group)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_CONSUMER_CONNECTION_LIST,
					.desc = &rmqi_desc_get_consumer_connection_list,
					.header = &h};

	if (!c->is_active || a->is_asking)
		return;
	a->is_asking = true;
	a->call = (struct rmqi_call){.fn = on_answer};
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), a->address, &request,
			    rmqi_consumer_deadline(c, c->set.api_timeout_ms), &a->call);
}

enum rmq_error rmqi_agreement_init(struct rmqi_agreement *a, struct rmqi_consumer *c,
				   struct rmqi_announce *announce, struct rmqi_conflict *conflict)
{
	*a = (struct rmqi_agreement){.consumer = c, .announce = announce, .conflict = conflict};
	return rmqi_timer_init(&a->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_agreement_stop(struct rmqi_agreement *a)
{
	rmqi_timer_stop(&a->timer);
}

void rmqi_agreement_deinit(struct rmqi_agreement *a)
{
	rmqi_timer_deinit(&a->timer);
}

void rmqi_agreement_changed(struct rmqi_agreement *a, const char *address)
{
	snprintf(a->address, sizeof(a->address), "%s", address);
	a->may_outdo = true;
	rmqi_timer_start_ms(&a->timer, RMQI_AGREE_MS);
}
