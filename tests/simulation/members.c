/* SPDX-License-Identifier: Apache-2.0 */
/* members.c - groups whose members come and go. */
#include <rocketmq/admin.h>

#include "tests/simulation/world_impl.h"

static const char *const names[MEMBER_GROUPS] = {"Push", "Orderly", "PushPop", "Tags"};

/* What is sent back is stored without waiting for the disk (setWaitStoreMsgOK of Java), so with the power it may be
 * lost, though it was acknowledged: that is left out. */
static bool may_fail(const struct world *w)
{
	return !w->is_calm && !w->is_sync;
}

static bool refuses(struct world *w, const rmq_message *m)
{
	size_t len, number;
	const void *body = rmq_message_body(m, &len);

	if (w->is_sync || !audit_number(&w->audit, body, len, &number))
		return false;
	if (number % POISON_EVERY != POISON_EVERY - 1 &&
	    !(may_fail(w) && world_below(w, 30) == 0))
		return false;
	w->audit.messages[number].refused++;
	return true;
}

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t n, rmq_consume_context *context, void *arg)
{
	struct seat *seat = arg;

	(void)c;
	(void)context;
	if (seat->group == GROUP_PUSH && refuses(seat->w, messages[0]))
		return RMQ_RECONSUME_LATER;
	if (seat->group == GROUP_PUSH_POP && may_fail(seat->w) && world_below(seat->w, 30) == 0)
		return RMQ_RECONSUME_LATER;
	for (size_t i = 0; i < n; i++)
		world_see(seat->w, seat->group, messages[i]);
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_orderly_status take_in_order(rmq_push_consumer *c,
					     const rmq_message *const *messages, size_t n,
					     rmq_orderly_context *context, void *arg)
{
	struct seat *seat = arg;
	struct world *w = seat->w;

	(void)c;
	(void)context;
	if (rmq_mock_cluster_now_ms(w->cluster) < w->moody_until_ms ||
	    (!w->is_calm && world_below(w, 30) == 0))
		return RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
	for (size_t i = 0; i < n; i++) {
		world_see(w, seat->group, messages[i]);
		audit_order(&w->audit, world_queue(rmq_message_queue(messages[i])),
			    rmq_message_queue_offset(messages[i]));
	}
	return RMQ_ORDERLY_SUCCESS;
}

static void set_listener(struct seat *seat, rmq_push_consumer *c)
{
	rmq_error_detail *detail = NULL;

	world_check(seat->w,
		    seat->group == GROUP_ORDERLY
			    ? rmq_push_consumer_set_orderly_listener(c, take_in_order, seat, &detail)
			    : rmq_push_consumer_set_listener(c, take, seat, &detail),
		    &detail, "listener");
}

static const char *expression_of(const struct world *w, int group)
{
	if (group != GROUP_TAGS)
		return "*";
	return w->has_both_tags ? "A || B" : "A";
}

void members_join(struct world *w, int group, int at)
{
	struct seat *seat = &w->seats[group][at];
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;

	*seat = (struct seat){.w = w, .group = group};
	world_name_instance(w);
	world_set(w, "maxReconsumeTimes", group == GROUP_PUSH ? "2" : "-1");
	world_set(w, "clientRebalance", group == GROUP_PUSH_POP ? "false" : "true");
	world_check(w, rmq_push_consumer_new(w->config, names[group], &c, &detail), &detail,
		    "new consumer");
	if (!c)
		return;
	world_check(w, rmq_push_consumer_subscribe(c, "Topic", expression_of(w, group), &detail),
		    &detail, "subscribe");
	set_listener(seat, c);
	world_check(w, rmq_push_consumer_start(c, &detail), &detail, "start consumer");
	seat->consumer = c;
}

void members_leave(struct world *w, int group, int at, bool is_sure)
{
	struct seat *seat = &w->seats[group][at];
	rmq_error_detail *detail = NULL;
	enum rmq_error err = rmq_push_consumer_close(seat->consumer, CLOSE_MS, &detail);

	/* Away from its brokers it may not end in time. */
	if (is_sure)
		world_check(w, err, &detail, "close consumer");
	rmq_error_detail_free(detail);
	rmq_push_consumer_free(seat->consumer);
	seat->consumer = NULL;
}

void members_want_both_tags(struct world *w)
{
	rmq_error_detail *detail = NULL;

	w->has_both_tags = true;
	for (int at = 0; at < MEMBERS; at++)
		if (w->seats[GROUP_TAGS][at].consumer)
			world_check(w,
				    rmq_push_consumer_subscribe(w->seats[GROUP_TAGS][at].consumer,
								"Topic", "A || B", &detail),
				    &detail, "subscribe to both");
}
