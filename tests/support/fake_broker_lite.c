/* SPDX-License-Identifier: Apache-2.0 */
/* Lite topics: what a client said of them, pops of their queues, and its being told that somebody else has one. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "codec/codes.h"
#include "codec/lite.h"
#include "codec/properties.h"
#include "tests/support/fake_broker_impl.h"

enum { PARENT_OFFSET = 100 }; /* where the messages lie in the parent is of no use */

/* A pop that waits. */
struct waiting {
	struct rmqi_list link;
	struct rmqi_timer timer;
	struct mb_ticket ticket; /* with a ref on its connection */
	struct fake_broker *broker;
	struct rmqi_h_pop_lite_message h;
};

void fake_lite_place(const struct queue *q, struct rmqi_stored_message *m,
		     struct rmqi_buf *properties, bool has_two)
{
	struct rmqi_str parent, lite;
	char offset[32], queue[RMQI_LITE_QUEUE_MAX + 16];

	if (!rmqi_lite_queue_parse(rmqi_str(q->topic), &parent, &lite))
		return;
	snprintf(offset, sizeof(offset), "%lld", (long long)m->queue_offset);
	rmqi_properties_add(properties, rmqi_str(RMQI_PROP_LITE_TOPIC), lite);
	snprintf(queue, sizeof(queue), "%s%s", q->topic, has_two ? ",%LMQ%$x$y" : "");
	rmqi_properties_add(properties, rmqi_str(RMQI_PROP_MULTI_DISPATCH), rmqi_str(queue));
	rmqi_properties_add(properties, rmqi_str(RMQI_PROP_MULTI_OFFSET), rmqi_str(offset));
	m->topic = parent;
	m->queue_offset += PARENT_OFFSET;
}

struct rmqi_str fake_lite_queue(struct rmqi_str topic, struct rmqi_str lite_topic, char out[])
{
	return lite_topic.len > 0 ? rmqi_str(rmqi_lite_queue_name(topic, lite_topic, out)) : topic;
}

/* --- Subscriptions ----------------------------------------------------------------------------------- */

static char *find_name(struct fake_broker *b, const char *name)
{
	char item[160];

	snprintf(item, sizeof(item), ",%s,", name);
	return strstr(b->lite_names, item);
}

static void add_name(struct fake_broker *b, const char *name)
{
	size_t len = strlen(b->lite_names);

	if (!find_name(b, name))
		snprintf(b->lite_names + len, sizeof(b->lite_names) - len, "%s%s,", len ? "" : ",",
			 name);
}

static void remove_name(struct fake_broker *b, const char *name)
{
	char *at = find_name(b, name);

	if (at)
		memmove(at, at + strlen(name) + 1, strlen(at + strlen(name) + 1) + 1);
}

static void apply(struct fake_broker *b, const struct rmqi_lite_subscription *s)
{
	static const char *const actions[] = {"PARTIAL_ADD", "PARTIAL_REMOVE", "COMPLETE_ADD",
					      "COMPLETE_REMOVE"};
	size_t len = strlen(b->lite_told);

	len += (size_t)snprintf(b->lite_told + len, sizeof(b->lite_told) - len, "%s ",
				actions[s->action]);
	if (s->action == RMQI_LITE_SET || s->action == RMQI_LITE_FORGET)
		b->lite_names[0] = '\0';
	for (size_t i = 0; i < s->count; i++) {
		len += (size_t)snprintf(b->lite_told + len, sizeof(b->lite_told) - len, "%s%s",
					i ? "," : "", s->lite_topics[i]);
		if (s->action == RMQI_LITE_REMOVE)
			remove_name(b, s->lite_topics[i]);
		else
			add_name(b, s->lite_topics[i]);
	}
	snprintf(b->lite_told + len, sizeof(b->lite_told) - len, ";");
}

static void on_control(void *node, struct mb_request *r)
{
	struct rmqi_lite_subscriptions all = {0};
	enum rmq_error err = rmqi_lite_subscriptions_decode(r->command->body, &all);

	assert(err == RMQ_OK);
	for (size_t i = 0; i < all.count; i++)
		apply(node, &all.items[i]);
	rmqi_lite_subscriptions_deinit(&all);
	fake_say_yes(r);
}

static void on_settings(void *node, struct mb_request *r)
{
	const struct fake_broker *b = node;
	struct rmqi_buf body;

	rmqi_buf_init(&body, BODY_MAX);
	rmqi_buf_addf(&body, "brokerName=broker-a\nenableLmq=%s\nenableMultiDispatch=true\n",
		      b->is_without_lmq ? "false" : "true");
	mb_answer_body(&r->ticket, &body);
	rmqi_buf_deinit(&body);
}

/* --- Pops -------------------------------------------------------------------------------------------- */

static bool is_subscribed(struct fake_broker *b, const struct queue *q)
{
	struct rmqi_str parent, lite;
	char name[96];

	if (!rmqi_lite_queue_parse(rmqi_str(q->topic), &parent, &lite))
		return false;
	snprintf(name, sizeof(name), "%.*s", RMQI_STR_ARG(lite));
	return find_name(b, name) != NULL;
}

static int32_t take(struct fake_broker *b, const struct rmqi_h_pop_lite_message *h,
		    struct rmqi_buf *body)
{
	int64_t now_ms = rmqi_clock_wall_ms(b->clock);
	int32_t count = 0;

	for (size_t i = 0; i < b->queue_count; i++) {
		struct queue *q = &b->queues[i];

		while (is_subscribed(b, q) && q->popped < q->max && count < h->maxMsgNum) {
			fake_pop_take(q, q->popped, now_ms, h->invisibleTime);
			fake_queue_encode(q, q->popped++, body);
			count++;
		}
	}
	return count;
}

/* False: there is nothing, and nothing was said. */
static bool answer(struct fake_broker *b, const struct mb_ticket *t,
		   const struct rmqi_h_pop_lite_message *h, bool is_last)
{
	struct rmqi_h_pop_lite_message_response out = {.popTime = rmqi_clock_wall_ms(b->clock),
						       .invisibleTime = h->invisibleTime,
						       .reviveQid = 999};
	struct rmqi_outgoing response = {.desc = &rmqi_desc_pop_lite_message_response,
					 .header = &out};
	struct rmqi_cursor piece;
	struct rmqi_buf body;
	int32_t count;

	rmqi_buf_init(&body, BODY_MAX);
	count = take(b, h, &body);
	RMQI_SET(&out, pop_lite_message_response, orderCountInfo,
		 rmqi_str(b->lite_counts ? b->lite_counts : "0;0;0"));
	piece = rmqi_buf_cursor(&body);
	response.code = count > 0 ? RMQI_RESP_SUCCESS : RMQI_RESP_POLLING_TIMEOUT;
	response.body = &piece;
	response.body_count = 1;
	if (count > 0 || is_last)
		mb_answer(t, &response);
	rmqi_buf_deinit(&body);
	return count > 0 || is_last;
}

static void end_waiting(struct waiting *w)
{
	rmqi_list_remove(&w->link);
	rmqi_timer_deinit(&w->timer);
	rmqi_conn_unref(w->ticket.conn);
	rmqi_free(w);
}

static void on_waited(struct rmqi_timer *t)
{
	struct waiting *w = RMQI_CONTAINER(t, struct waiting, timer);

	(void)answer(w->broker, &w->ticket, &w->h, true);
	end_waiting(w);
}

static void on_pop(void *node, struct mb_request *r)
{
	const struct rmqi_h_pop_lite_message *h = r->header;
	struct fake_broker *b = node;
	struct waiting *w;
	enum rmq_error err;

	if (answer(b, &r->ticket, h, h->pollTime <= 0))
		return;
	w = rmqi_calloc(1, sizeof(*w));
	assert(w);
	w->ticket = r->ticket;
	w->broker = b;
	/* Its texts are gone then. */
	w->h = (struct rmqi_h_pop_lite_message){.maxMsgNum = h->maxMsgNum,
						.invisibleTime = h->invisibleTime};
	rmqi_conn_ref(r->ticket.conn);
	rmqi_list_push(&b->lites, &w->link);
	err = rmqi_timer_init(&w->timer, rmqi_loop_timers(b->loop), on_waited);
	assert(err == RMQ_OK);
	rmqi_timer_start_ms(&w->timer, h->pollTime);
}

void fake_lite_wake(struct fake_broker *b)
{
	RMQI_LIST_EACH(node, &b->lites) {
		struct waiting *w = RMQI_LIST_ITEM(node, struct waiting, link);

		if (answer(b, &w->ticket, &w->h, false))
			end_waiting(w);
	}
}

void fake_lite_forget(struct fake_broker *b, const struct rmqi_conn *c)
{
	RMQI_LIST_EACH(node, &b->lites) {
		struct waiting *w = RMQI_LIST_ITEM(node, struct waiting, link);

		if (!c || w->ticket.conn == c)
			end_waiting(w);
	}
}

const struct mb_handler fake_lite_handlers[] = {
	{RMQI_REQ_LITE_SUBSCRIPTION_CTL, on_control},
	{RMQI_REQ_POP_LITE_MESSAGE, on_pop},
	{RMQI_REQ_GET_BROKER_CONFIG, on_settings},
	{0, NULL},
};

/* --- For the test ------------------------------------------------------------------------------------- */

const char *fake_broker_lite_told(const struct fake_broker *b)
{
	return b->lite_told;
}

void fake_broker_lite_counts(struct fake_broker *b, const char *order_count_info)
{
	b->lite_counts = order_count_info;
}

void fake_broker_without_lmq(struct fake_broker *b)
{
	b->is_without_lmq = true;
}

struct take_call {
	struct fake_broker *broker;
	const char *client_id;
	const char *lite_topic;
};

static void take_lite(void *arg)
{
	const struct take_call *t = arg;
	struct rmqi_h_notify_unsubscribe_lite h = {.liteTopic = rmqi_str(t->lite_topic),
						   .consumerGroup = RMQI_STR("G"),
						   .clientId = rmqi_str(t->client_id)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_NOTIFY_UNSUBSCRIBE_LITE,
					.desc = &rmqi_desc_notify_unsubscribe_lite,
					.header = &h};

	remove_name(t->broker, t->lite_topic);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (t->broker->clients[i].conn)
			(void)!rmqi_conn_oneway(t->broker->clients[i].conn, &request);
}

void fake_broker_take_lite(struct fake_broker *b, const char *client_id, const char *lite_topic)
{
	struct take_call t = {b, client_id, lite_topic};

	rmqi_loop_call(b->loop, take_lite, &t);
}
