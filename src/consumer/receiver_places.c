/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_places.c - the brokers at which a simple consumer pops, and their word that they have something. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/complaint.h"
#include "codec/codes.h"
#include "codec/denial.h"
#include "codec/schema.h"
#include "consumer/receiver.h"

enum {
	/* How long a broker keeps the question. Before 5.3.4 what comes back for another delivery does not
	 * answer it (PopLongPollingService.java); the next question sees it. */
	POLL_MS = 5000,
	GRACE_MS = 3000, /* for the answer */
	QUICK_US = 500 * 1000,
	REST_MS = 1000, /* a "nothing" that came at once: too many questions, or no waiting there */
	DENIED_MS = 5000, /* a person, or new credentials, must help */
	FRUITLESS_MS = 10,
	FRUITLESS_MAX = 6 /* doublings of that */
};

static int64_t now_us(const struct rmqi_receiver *r)
{
	return rmqi_clock_us(r->consumer->clock);
}

/* --- Life --------------------------------------------------------------------------------------- */

void rmqi_pop_place_unref(struct rmqi_pop_place *p)
{
	if (!p || --p->refs > 0)
		return;
	rmqi_lite_let_go(p);
	rmqi_sub_unref(p->sub);
	rmqi_free(p->broker_name);
	rmqi_free(p);
}

static const char *subject_of(const struct rmqi_pop_place *p, char *buf, size_t size)
{
	snprintf(buf, size, "%s@%s", rmqi_sub_topic(p->sub), p->broker_name);
	return buf;
}

static void give_up(struct rmqi_pop_place *p)
{
	char subject[640];

	rmqi_client_withdraw(p->receiver->consumer->client, RMQI_TROUBLE_PULL,
			     subject_of(p, subject, sizeof(subject)), &p->is_complained);
	p->is_gone = true;
	rmqi_list_remove(&p->link);
	p->receiver->place_count--;
	rmqi_pop_place_unref(p);
}

void rmqi_pop_places_let_go(struct rmqi_receiver *r)
{
	while (!rmqi_list_is_empty(&r->places))
		give_up(RMQI_LIST_ITEM(r->places.next, struct rmqi_pop_place, link));
}

static struct rmqi_pop_place *find_place(struct rmqi_receiver *r, const struct rmqi_sub *sub,
					 const char *broker_name)
{
	RMQI_LIST_EACH(node, &r->places) {
		struct rmqi_pop_place *p = RMQI_LIST_ITEM(node, struct rmqi_pop_place, link);

		if (p->sub == sub && strcmp(p->broker_name, broker_name) == 0)
			return p;
	}
	return NULL;
}

/* Without memory it is made with the next route, or look. */
static void make_place(struct rmqi_receiver *r, struct rmqi_sub *sub, const char *broker_name)
{
	struct rmqi_pop_place *p = rmqi_calloc(1, sizeof(*p));
	char *name = rmqi_strdup(broker_name);

	if (!p || !name) {
		rmqi_free(p);
		rmqi_free(name);
		return;
	}
	p->refs = 1;
	p->receiver = r;
	p->sub = rmqi_sub_ref(sub);
	p->broker_name = name;
	p->behind = INT64_MAX;
	rmqi_list_push(&r->places, &p->link);
	r->place_count++;
}

static bool is_readable(const struct rmqi_queue_data *q)
{
	return (q->perm & RMQI_PERM_READ) && q->read_queue_nums > 0;
}

static bool is_in_route(const struct rmqi_sub *sub, const char *broker_name)
{
	const struct rmqi_route *route = &sub->route->route;

	for (size_t i = 0; i < route->queue_count; i++)
		if (is_readable(&route->queues[i]) &&
		    strcmp(route->queues[i].broker_name, broker_name) == 0)
			return true;
	return false;
}

static void drop_gone(struct rmqi_receiver *r)
{
	RMQI_LIST_EACH(node, &r->places) {
		struct rmqi_pop_place *p = RMQI_LIST_ITEM(node, struct rmqi_pop_place, link);

		if (p->sub->is_removed || (p->sub->route && !is_in_route(p->sub, p->broker_name)))
			give_up(p);
	}
}

void rmqi_receiver_placed(struct rmqi_receiver *r, struct rmqi_sub *sub)
{
	const struct rmqi_route *route = sub->route && !sub->is_removed ? &sub->route->route : NULL;
	size_t before;

	drop_gone(r);
	before = r->place_count;
	for (size_t i = 0; route && i < route->queue_count; i++) {
		const char *name = route->queues[i].broker_name;

		if (is_readable(&route->queues[i]) && !find_place(r, sub, name))
			make_place(r, sub, name);
	}
	if (r->place_count > before)
		rmqi_receiver_ring_all(r);
}

/* --- Which is asked ------------------------------------------------------------------------------- */

struct rmqi_pop_place *rmqi_pop_place_next(struct rmqi_receiver *r)
{
	drop_gone(r);
	for (size_t i = 0; i < r->place_count; i++) {
		struct rmqi_pop_place *p =
			RMQI_LIST_ITEM(rmqi_list_pop(&r->places), struct rmqi_pop_place, link);

		rmqi_list_push(&r->places, &p->link);
		if (p->rest_us <= now_us(r) && !p->is_silent)
			return p;
	}
	return NULL;
}

bool rmqi_pop_place_find(struct rmqi_pop_place *p)
{
	const char *address = NULL;

	if (p->sub->route)
		address = rmqi_topic_route_address(p->sub->route, p->broker_name, 0, true, NULL);
	snprintf(p->address, sizeof(p->address), "%s", address ? address : "(unknown)");
	return address != NULL;
}

/* --- Failures ------------------------------------------------------------------------------------- */

static void rest(struct rmqi_pop_place *p, int64_t ms)
{
	struct rmqi_receiver *r = p->receiver;

	p->is_passing = false;
	p->rest_us = rmqi_consumer_deadline(r->consumer, ms);
	if (!rmqi_timer_is_armed(&r->timer) || p->rest_us < r->timer.node.key)
		rmqi_timer_start(&r->timer, p->rest_us);
}

void rmqi_pop_place_failed(struct rmqi_pop_place *p, enum rmq_error error, const char *why,
			   const struct rmqi_command *response)
{
	struct rmqi_consumer *c = p->receiver->consumer;
	char subject[640];
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_PULL,
				 .subject = subject_of(p, subject, sizeof(subject)),
				 .topic = rmqi_sub_topic(p->sub),
				 .address = p->address,
				 .error = error,
				 .code = response ? response->code : -1,
				 .why = response ? response->remark : rmqi_str(why)};

	if (p->is_gone || error == RMQ_ERR_CANCELLED)
		return;
	rmqi_client_complain(c->client, &f, &p->is_complained);
	rmqi_client_refresh_routes(c->client);
	if (response)
		p->is_silent = false;
	rest(p, error == RMQ_ERR_DENIED || error == RMQ_ERR_UNSUPPORTED ? DENIED_MS : REST_MS);
}

bool rmqi_pop_place_goes_on(struct rmqi_pop_place *p)
{
	int64_t pause_ms = rmqi_popping_pause_ms(++p->vain);

	if (pause_ms == 0)
		return true;
	rest(p, pause_ms);
	p->is_passing = true;
	return false;
}

void rmqi_pop_place_put(struct rmqi_pop_place *p, size_t others)
{
	struct rmqi_list *at;

	if (p->is_gone)
		return;
	rmqi_list_remove(&p->link);
	at = p->receiver->places.next;
	while (at != &p->receiver->places && others-- > 0)
		at = at->next;
	rmqi_list_insert_before(at, &p->link);
}

struct rmqi_pop_place *rmqi_pop_place_passing(struct rmqi_receiver *r)
{
	RMQI_LIST_EACH(node, &r->places) {
		struct rmqi_pop_place *p = RMQI_LIST_ITEM(node, struct rmqi_pop_place, link);

		if (!p->is_passing || p->rest_us > now_us(r))
			continue;
		p->is_passing = false;
		return p;
	}
	return NULL;
}

/* The other places of that broker would cost as much time. */
void rmqi_pop_place_unanswered(struct rmqi_pop_place *p)
{
	RMQI_LIST_EACH(node, &p->receiver->places) {
		struct rmqi_pop_place *at = RMQI_LIST_ITEM(node, struct rmqi_pop_place, link);

		if (strcmp(at->broker_name, p->broker_name) != 0)
			continue;
		at->is_silent = true;
		rest(at, REST_MS);
	}
}

void rmqi_pop_place_rest(struct rmqi_pop_place *p)
{
	rest(p, REST_MS);
}

void rmqi_pop_place_works(struct rmqi_pop_place *p)
{
	char subject[640];

	p->is_silent = false;
	if (p->is_complained)
		rmqi_client_settle(p->receiver->consumer->client, RMQI_TROUBLE_PULL,
				   subject_of(p, subject, sizeof(subject)), &p->is_complained);
}

/* --- Is there something? --------------------------------------------------------------------------- */

/* One that says so again and again, though others are faster or nothing passes the filter, is not believed at
 * once. */
static void tell(struct rmqi_pop_place *p)
{
	unsigned doublings = p->fruitless < FRUITLESS_MAX ? p->fruitless : FRUITLESS_MAX;

	p->behind = INT64_MAX;
	if (p->fruitless++ > 0)
		rest(p, (int64_t)FRUITLESS_MS << doublings);
	else
		rmqi_receiver_ring(p->receiver, p);
}

static void take_answer(struct rmqi_pop_place *p, const struct rmqi_command *response)
{
	struct rmqi_h_notification_response h = {0};
	enum rmq_error err = RMQ_ERR_BROKER;

	if (response->code == RMQI_RESP_SUCCESS)
		err = rmqi_header_decode(&rmqi_desc_notification_response, response, &h, NULL);
	else if (rmqi_popping_is_unknown(p->receiver->consumer, p->address, response))
		err = RMQ_ERR_UNSUPPORTED;
	else
		err = rmqi_client_refusal(response);
	if (err != RMQ_OK) {
		rmqi_pop_place_failed(p, err, "", response);
		return;
	}
	rmqi_pop_place_works(p);
	/* One that was held tells of a message that has just come. */
	if (now_us(p->receiver) - p->asked_us >= QUICK_US)
		p->fruitless = p->vain = 0;
	if (h.hasMsg)
		tell(p);
	else if (now_us(p->receiver) - p->asked_us < QUICK_US)
		rest(p, REST_MS);
}

void rmqi_pop_place_answered(struct rmqi_call *call, enum rmq_error error,
			     const struct rmqi_command *response, rmqi_pop_place_fn take)
{
	struct rmqi_pop_place *p = RMQI_CONTAINER(call, struct rmqi_pop_place, call);
	struct rmqi_receiver *r = p->receiver;
	char why[RMQI_TROUBLE_SIZE];

	p->is_watched = false;
	if (!p->is_gone && !r->is_stopped) {
		if (error != RMQ_OK)
			rmqi_pop_place_failed(
				p, error, rmqi_call_explain(call, error, why, sizeof(why)), NULL);
		else
			take(p, response);
		if (rmqi_receiver_is_awaited(r))
			rmqi_pop_places_watch(r);
	}
	rmqi_pop_place_unref(p);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	rmqi_pop_place_answered(call, error, response, take_answer);
}

static void watch(struct rmqi_pop_place *p, bool is_orderly)
{
	struct rmqi_consumer *c = p->receiver->consumer;
	struct rmqi_popping popping = {.consumer = c,
				       .sub = p->sub,
				       .broker_name = p->broker_name,
				       .queue_id = -1,
				       .poll_ms = POLL_MS,
				       .is_orderly = is_orderly};
	struct rmqi_h_notification h;
	struct rmqi_outgoing request;

	if (rmqi_lite_is_on(p->receiver)) {
		rmqi_lite_watch(p);
		return;
	}
	if (!rmqi_pop_place_find(p)) {
		rmqi_pop_place_failed(p, RMQ_ERR_NO_BROKER, "it has no master now", NULL);
		return;
	}
	rmqi_popping_question(&popping, &h, &request);
	p->is_watched = true;
	p->refs++;
	p->asked_us = now_us(p->receiver);
	p->call = (struct rmqi_call){.fn = on_answer};
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), p->address, &request,
			    rmqi_consumer_deadline(c, POLL_MS + GRACE_MS), &p->call);
}

static bool is_wanted_in_order(const struct rmqi_receiver *r)
{
	RMQI_LIST_EACH(node, &r->receives) {
		if (RMQI_LIST_ITEM(node, struct rmqi_receive, link)->is_orderly)
			return true;
	}
	return false;
}

void rmqi_pop_places_watch(struct rmqi_receiver *r)
{
	RMQI_LIST_EACH(node, &r->places) {
		struct rmqi_pop_place *p = RMQI_LIST_ITEM(node, struct rmqi_pop_place, link);

		if (!p->is_watched && p->rest_us <= now_us(r))
			watch(p, is_wanted_in_order(r));
	}
}

void rmqi_pop_places_probe(struct rmqi_receiver *r)
{
	RMQI_LIST_EACH(node, &r->places) {
		struct rmqi_pop_place *p = RMQI_LIST_ITEM(node, struct rmqi_pop_place, link);

		if (p->is_silent && !p->is_watched && p->rest_us <= now_us(r))
			watch(p, is_wanted_in_order(r));
	}
}

const struct rmqi_pop_place *rmqi_pop_place_silent(const struct rmqi_receiver *r)
{
	RMQI_LIST_EACH(node, &r->places) {
		struct rmqi_pop_place *p = RMQI_LIST_ITEM(node, struct rmqi_pop_place, link);

		if (p->is_silent)
			return p;
	}
	return NULL;
}
