/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/withdrawal.h"

#include "consumer/approval.h"
#include "consumer/mq.h"

static void tell_over(struct rmqi_consumer *c, enum rmqi_trouble_kind kind, struct rmqi_sub *sub,
		      bool *held)
{
	rmqi_client_settle_as(c->client, kind, rmqi_sub_topic(sub), "is not subscribed any more",
			      held);
}

/* What ends with its queues may tell, too: so it is told when they are gone. */
void rmqi_withdraw_sub(struct rmqi_consumer *c, struct rmqi_sub *sub)
{
	bool was_complained = sub->is_complained, was_odd = sub->is_odd;
	bool was_told = sub->watch.is_told;

	sub->is_complained = sub->is_odd = sub->watch.is_told = false;
	rmqi_approval_withdraw(c, sub);
	while (!rmqi_list_is_empty(&sub->mqs))
		rmqi_mq_drop(RMQI_LIST_ITEM(sub->mqs.next, struct rmqi_mq, link));
	rmqi_sub_ref(sub);
	rmqi_subscriptions_remove(&c->subs, sub);
	if (c->kind->placed)
		c->kind->placed(c, sub);
	if (c->is_active) {
		tell_over(c, RMQI_TROUBLE_MEMBERS, sub, &was_complained);
		tell_over(c, RMQI_TROUBLE_SHARE, sub, &was_odd);
		tell_over(c, RMQI_TROUBLE_STALL, sub, &was_told);
		rmqi_client_unwatch(c->client, rmqi_sub_topic(sub));
	}
	rmqi_sub_unref(sub);
}
