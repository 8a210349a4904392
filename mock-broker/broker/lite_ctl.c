/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_ctl.c - LITE_SUBSCRIPTION_CTL: clients say which lite topics they have
 * (LiteSubscriptionCtlProcessor.java, LiteSubscriptionRegistryImpl.java).
 */
#include <string.h>

#include "codec/lite.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/lites.h"
#include "mock-broker/push.h"

/* One entry of the body. */
struct order {
	struct mb_broker *b;
	const struct mb_ticket *ticket;
	const struct rmqi_lite_subscription *asked;
	const struct mb_group *group;
	struct mb_lite_client *client;
};

static bool refuse(const struct order *o, int32_t code, const char *remark)
{
	mb_answer_error(o->ticket, code, "%s", remark);
	return false;
}

static bool no_memory(const struct order *o)
{
	mb_answer_failure(o->ticket, RMQ_ERR_NO_MEMORY);
	return false;
}

/* --- The group of one client ------------------------------------------------------------------------- */

/* NOTIFY_UNSUBSCRIBE_LITE, one-way */
static void tell_taken(const struct mb_broker *b, const struct mb_lite_client *c,
		       struct rmqi_str queue)
{
	struct rmqi_str parent, lite;
	struct rmqi_h_notify_unsubscribe_lite h = {.consumerGroup = rmqi_str(c->group),
						   .clientId = rmqi_str(c->id)};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_NOTIFY_UNSUBSCRIBE_LITE,
					      .desc = &rmqi_desc_notify_unsubscribe_lite,
					      .header = &h};

	if (!c->conn || !rmqi_lite_queue_parse(queue, &parent, &lite))
		return;
	h.liteTopic = lite;
	if (mb_push_oneway(&b->node->door, c->conn, &request) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_INFO, "broker: %s is not told that %.*s was taken over",
			 c->id, RMQI_STR_ARG(lite));
}

/* Another client of the group that has it; NULL: nobody. */
static struct mb_lite_sub *other_owner(const struct order *o, struct rmqi_str queue)
{
	const struct mb_lite_topic *t = mb_lite_topic_find(o->b, queue);

	if (!t)
		return NULL;
	RMQI_LIST_EACH(node, &t->subs) {
		struct mb_lite_sub *s = RMQI_LIST_ITEM(node, struct mb_lite_sub, of_topic);

		if (s->client != o->client && strcmp(s->client->group, o->client->group) == 0)
			return s;
	}
	return NULL;
}

/* Only one client of an exclusive group has it: who came last. */
static void take_over(const struct order *o, struct rmqi_str queue)
{
	struct mb_lite_sub *s = other_owner(o, queue);

	if (!s)
		return;
	for (; s; s = other_owner(o, queue)) {
		struct mb_lite_client *c = s->client;

		tell_taken(o->b, c, queue);
		mb_lite_sub_remove(o->b, s);
		mb_lite_client_settle(o->b, c);
	}
	if (o->group->lite.resets_exclusive)
		mb_lite_set_offset(o->b, queue, rmqi_str(o->client->group), 0);
}

/* --- What is asked -------------------------------------------------------------------------------------- */

/* False: where it is. */
static bool start_of(const struct order *o, struct rmqi_str queue, int64_t *offset)
{
	const struct mb_queue_offsets *row = mb_offsets_find(
		&o->b->offsets, queue, rmqi_str(o->client->group), 0);

	switch (o->asked->start) {
	case RMQI_LITE_FROM_HERE:
		return false;
	case RMQI_LITE_FROM_FIRST:
		*offset = 0;
		return true;
	case RMQI_LITE_FROM_END:
		*offset = mb_store_light_max(o->b->store, queue);
		return true;
	case RMQI_LITE_FROM_OFFSET:
		*offset = o->asked->start_value < 0 ? 0 : o->asked->start_value;
		return true;
	case RMQI_LITE_FROM_TAIL:
		if (!row || row->committed == MB_NO_OFFSET)
			return false;
		*offset = o->asked->start_value > row->committed
				  ? 0
				  : row->committed - o->asked->start_value;
		return true;
	}
	return false;
}

/* False: memory is out. */
static bool add(const struct order *o, struct rmqi_str queue)
{
	struct mb_lite_sub *s = mb_lite_sub_get(o->b, o->client, queue);

	if (!s)
		return false;
	s->round = o->client->round;
	if (mb_lite_has_more(o->b, queue, rmqi_str(o->client->group)))
		mb_lite_event(o->b, s);
	return true;
}

/* PARTIAL_ADD */
static bool add_one(const struct order *o, struct rmqi_str queue)
{
	int64_t offset;

	if (o->group->lite.is_exclusive)
		take_over(o, queue);
	if (start_of(o, queue, &offset))
		mb_lite_set_offset(o->b, queue, rmqi_str(o->client->group), offset);
	return add(o, queue);
}

/* PARTIAL_REMOVE */
static bool remove_one(const struct order *o, struct rmqi_str queue)
{
	struct mb_lite_sub *s = mb_lite_sub_find(o->client, mb_lite_topic_find(o->b, queue));

	if (s)
		mb_lite_sub_remove(o->b, s);
	if (o->group && o->group->lite.resets_unsubscribe)
		mb_lite_set_offset(o->b, queue, rmqi_str(o->client->group), 0);
	return true;
}

/* COMPLETE_ADD: what was taken over is told once more, and stays where it is. */
static bool set_one(const struct order *o, struct rmqi_str queue)
{
	if (!o->group->lite.is_exclusive || !other_owner(o, queue))
		return add(o, queue);
	tell_taken(o->b, o->client, queue);
	return true;
}

/* Each lite topic that is named. False: it is answered. */
static bool each(const struct order *o, bool (*fn)(const struct order *o, struct rmqi_str queue))
{
	char name[RMQI_LITE_QUEUE_MAX + 1];

	for (size_t i = 0; i < o->asked->count; i++) {
		rmqi_lite_queue_name(rmqi_str(o->client->parent), rmqi_str(o->asked->lite_topics[i]),
				     name);
		if (name[0] && !fn(o, rmqi_str(name)))
			return no_memory(o);
	}
	return true;
}

/* What a COMPLETE_ADD did not name. */
static void drop_others(const struct order *o)
{
	RMQI_LIST_EACH(node, &o->client->subs) {
		struct mb_lite_sub *s = RMQI_LIST_ITEM(node, struct mb_lite_sub, of_client);

		if (s->round != o->client->round)
			mb_lite_sub_remove(o->b, s);
	}
}

struct taking {
	const struct order *order;
	bool is_fine;
};

static void take_light(void *arg, struct rmqi_str queue)
{
	struct taking *t = arg;
	struct rmqi_str parent, lite;

	if (t->is_fine && rmqi_lite_queue_parse(queue, &parent, &lite) &&
	    rmqi_str_is(parent, t->order->client->parent))
		t->is_fine = add(t->order, queue);
}

static bool set_all(const struct order *o)
{
	struct taking t = {.order = o, .is_fine = true};

	if (!o->client->has_all)
		o->b->lites.wildcards++;
	o->client->has_all = true;
	mb_store_lights(o->b->store, take_light, &t);
	return t.is_fine || no_memory(o);
}

static bool complete(const struct order *o)
{
	bool is_fine;

	o->client->round++;
	if (o->group->lite.is_wildcard)
		return set_all(o);
	is_fine = each(o, set_one);
	if (is_fine)
		drop_others(o);
	return is_fine;
}

/* --- The request ------------------------------------------------------------------------------------------ */

static bool check_group(struct order *o)
{
	o->group = mb_group_get(o->b, rmqi_str(o->asked->group));
	if (o->group && o->group->consume_enable)
		return true;
	return refuse(o, RMQI_RESP_ILLEGAL_OPERATION, "Consumer group is not allowed to consume.");
}

/* The connection is where it is told of what happens. */
static bool find_client(struct order *o)
{
	struct mb_lite_client *c = mb_lite_client_get(o->b, rmqi_str(o->asked->client_id),
						      rmqi_str(o->asked->group),
						      rmqi_str(o->asked->topic));

	if (!c)
		return no_memory(o);
	rmqi_conn_ref(o->ticket->conn);
	if (c->conn)
		rmqi_conn_unref(c->conn);
	c->conn = o->ticket->conn;
	c->last_ms = mb_broker_now_ms(o->b);
	o->client = c;
	return true;
}

static bool check_quota(const struct order *o)
{
	if ((int64_t)o->b->lites.sub_count < o->b->config->lite_subscriptions)
		return true;
	mb_answer_error(o->ticket, RMQI_RESP_LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
			"lite subscription quota exceeded %lld",
			(long long)o->b->config->lite_subscriptions);
	return false;
}

static bool add_some(struct order *o)
{
	bool is_fine;

	if (!check_group(o))
		return false;
	if (o->group->lite.is_wildcard)
		return refuse(o, RMQI_RESP_ILLEGAL_OPERATION,
			      "subscribe lite operation is not supported for this group");
	is_fine = check_quota(o) && find_client(o) && each(o, add_one);
	if (o->client)
		mb_lite_client_settle(o->b, o->client);
	return is_fine;
}

static bool add_all(struct order *o)
{
	bool is_fine = check_group(o) && find_client(o) && complete(o);

	if (o->client)
		mb_lite_client_settle(o->b, o->client);
	return is_fine;
}

static bool remove_some(struct order *o)
{
	bool is_fine;

	o->group = mb_group_find(o->b, rmqi_str(o->asked->group));
	o->client = mb_lite_client_find(o->b, rmqi_str(o->asked->client_id));
	if (!o->client)
		return true;
	is_fine = each(o, remove_one);
	mb_lite_client_settle(o->b, o->client);
	return is_fine;
}

static bool remove_all(const struct order *o)
{
	struct mb_lite_client *c = mb_lite_client_find(o->b, rmqi_str(o->asked->client_id));

	if (c)
		mb_lite_client_clear(o->b, c);
	return true;
}

/* True: go on; false: it is answered. */
static bool obey(struct order *o)
{
	const struct rmqi_lite_subscription *s = o->asked;

	if (s->client_id[0] == '\0' || s->group[0] == '\0' || s->topic[0] == '\0')
		return true;
	switch (s->action) {
	case RMQI_LITE_ADD:
		return add_some(o);
	case RMQI_LITE_REMOVE:
		return remove_some(o);
	case RMQI_LITE_SET:
		return add_all(o);
	case RMQI_LITE_FORGET:
		return remove_all(o);
	case RMQI_LITE_UNKNOWN:
		break;
	}
	return refuse(o, RMQI_RESP_SYSTEM_ERROR, "java.lang.NullPointerException: action is null");
}

static void subscription_ctl(void *arg, struct mb_request *r)
{
	struct rmqi_lite_subscriptions body = {0};
	struct order o = {.b = arg, .ticket = &r->ticket};
	enum rmq_error err = RMQ_OK;
	bool is_fine = true;

	if (r->command->body.len == 0) {
		(void)refuse(&o, RMQI_RESP_ILLEGAL_OPERATION, "Request body is null.");
		return;
	}
	err = rmqi_lite_subscriptions_decode(r->command->body, &body);
	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return;
	}
	if (body.count == 0)
		is_fine = refuse(&o, RMQI_RESP_ILLEGAL_OPERATION,
				 "LiteSubscriptionCtlRequestBody is empty.");
	for (size_t i = 0; i < body.count && is_fine; i++) {
		o = (struct order){.b = arg, .ticket = &r->ticket, .asked = &body.items[i]};
		is_fine = obey(&o);
	}
	if (is_fine)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	rmqi_lite_subscriptions_deinit(&body);
}

const struct mb_handler mb_lite_ctl_handlers[] = {
	{RMQI_REQ_LITE_SUBSCRIPTION_CTL, subscription_ctl},
	{0, NULL},
};
