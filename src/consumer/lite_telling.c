/* SPDX-License-Identifier: Apache-2.0 */
/* lite_telling.c - what one master of the parent is told of the lite topics, and what it says to that. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/lite.h"
#include "codec/version.h"
#include "consumer/lite_topics.h"

enum {
	/* A broker takes frames of 16 MiB. With names of 64 letters it is some 230,000 of them. */
	BODY_MAX = 15 * 1024 * 1024,
	PERIOD_MAX_MS = 60 * 1000, /* it forgets after 3 minutes */
	REST_MS = 1000,
	REFUSED_MS = 5000, /* a person must help */
	PARTS = 2
};

static int64_t now_us(const struct rmqi_lite_broker *b)
{
	return rmqi_clock_us(b->set->consumer->clock);
}

static int64_t period_ms(const struct rmqi_lite_topics *s)
{
	int64_t ms = rmqi_config_i64(rmqi_client_config(s->consumer->client),
				     RMQI_CFG_heartbeatBrokerInterval);

	return ms < PERIOD_MAX_MS ? ms : PERIOD_MAX_MS;
}

static const char *subject_of(const struct rmqi_lite_broker *b, char *buf, size_t size)
{
	snprintf(buf, size, "%s@%s", b->set->parent ? b->set->parent : "", b->name);
	return buf;
}

/* --- The outcome ------------------------------------------------------------------------------------ */

static void complain(struct rmqi_lite_broker *b, const struct rmqi_failure *f)
{
	char subject[640];
	struct rmqi_failure full = *f;

	full.kind = RMQI_TROUBLE_LITE;
	full.subject = subject_of(b, subject, sizeof(subject));
	full.topic = b->set->parent;
	full.address = b->address;
	(void)rmqi_failure_explain(&full, b->why, sizeof(b->why));
	rmqi_client_complain(b->set->consumer->client, &full, &b->is_complained);
}

static void fail(struct rmqi_lite_broker *b, enum rmq_error error, const char *why,
		 const struct rmqi_command *response)
{
	struct rmqi_failure f = {.error = error,
				 .code = response ? response->code : -1,
				 .why = response ? response->remark : rmqi_str(why)};

	b->tried = b->asked;
	b->error = error;
	b->code = f.code;
	b->is_refused = response || error == RMQ_ERR_UNSUPPORTED || error == RMQ_ERR_TOO_LARGE;
	b->is_stale |= b->is_whole;
	b->due_us = rmqi_consumer_deadline(b->set->consumer, b->is_refused ? REFUSED_MS : REST_MS);
	complain(b, &f);
	rmqi_client_refresh_routes(b->set->consumer->client);
	rmqi_lite_topics_moved(b->set);
}

static void succeed(struct rmqi_lite_broker *b)
{
	struct rmqi_lite_topics *s = b->set;
	char subject[640];

	b->is_told = true;
	b->told = b->tried = b->asked;
	b->error = RMQ_OK;
	b->is_refused = false;
	b->renew_us = rmqi_consumer_deadline(s->consumer, period_ms(s));
	if (b->is_complained)
		rmqi_client_settle(s->consumer->client, RMQI_TROUBLE_LITE,
				   subject_of(b, subject, sizeof(subject)), &b->is_complained);
	rmqi_lite_topics_moved(s);
}

static void release(struct rmqi_lite_broker *b)
{
	rmqi_free(b->name);
	rmqi_free(b);
}

void rmqi_lite_broker_drop(struct rmqi_lite_broker *b)
{
	char subject[640];

	rmqi_client_withdraw(b->set->consumer->client, RMQI_TROUBLE_LITE,
			     subject_of(b, subject, sizeof(subject)), &b->is_complained);
	rmqi_list_remove(&b->link);
	b->is_gone = true;
	if (!b->is_asking)
		release(b);
}

/* False: nobody wants to know any more. */
static bool end_call(struct rmqi_lite_broker *b)
{
	b->is_asking = false;
	if (b->is_gone)
		release(b);
	else if (!b->set->is_leaving)
		return true;
	return false;
}

/* --- Does it keep lite topics? ---------------------------------------------------------------------- */

static bool is_off(struct rmqi_str settings, const char *line)
{
	struct rmqi_str item;

	while (settings.len > 0) {
		settings = rmqi_str_cut(settings, "\n", &item, NULL);
		if (rmqi_str_is(rmqi_str_trim(item), line))
			return true;
	}
	return false;
}

static void on_looked(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_lite_broker *b = RMQI_CONTAINER(call, struct rmqi_lite_broker, call);
	struct rmqi_str settings;
	char why[RMQI_TROUBLE_SIZE];

	if (!end_call(b))
		return;
	if (error != RMQ_OK) {
		fail(b, error, rmqi_call_explain(call, error, why, sizeof(why)), NULL);
		return;
	}
	settings = rmqi_cursor_str(response->body);
	if (is_off(settings, "enableLmq=false") || is_off(settings, "enableMultiDispatch=false")) {
		fail(b, RMQ_ERR_UNSUPPORTED,
		     "it keeps no lite topics: set enableLmq=true and enableMultiDispatch=true "
		     "there",
		     NULL);
		return;
	}
	b->is_looked_at = true;
	rmqi_lite_broker_advance(b);
}

static void ask(struct rmqi_lite_broker *b, const struct rmqi_outgoing *request,
		void (*fn)(struct rmqi_call *call, enum rmq_error error,
			   const struct rmqi_command *response))
{
	struct rmqi_consumer *c = b->set->consumer;

	b->is_asking = true;
	b->call = (struct rmqi_call){.fn = fn};
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), b->address, request,
			    rmqi_consumer_deadline(c, c->set.api_timeout_ms), &b->call);
}

/* Who may not look at it is told the rest all the same. */
static void look(struct rmqi_lite_broker *b)
{
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_BROKER_CONFIG};

	ask(b, &request, on_looked);
}

/* --- Telling ---------------------------------------------------------------------------------------- */

static struct rmqi_lite_topic *topic_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_lite_topic, link);
}

static size_t count_behind(const struct rmqi_list *list, uint64_t since)
{
	size_t count = 0;

	for (struct rmqi_list *node = list->prev; node != list && topic_of(node)->changed > since;
	     node = node->prev)
		count++;
	return count;
}

/* Those that came, or went, behind `since`. */
static enum rmq_error add_part(const struct rmqi_lite_topics *s, enum rmqi_lite_action action,
			       uint64_t since, struct rmqi_lite_subscriptions *all)
{
	struct rmqi_lite_subscription *part = &all->items[all->count];
	const struct rmqi_list *list = action == RMQI_LITE_REMOVE ? &s->removed : &s->added;
	struct rmqi_list *node;

	*part = (struct rmqi_lite_subscription){
		.action = action,
		.client_id = (char *)(uintptr_t)rmqi_client_id(s->consumer->client),
		.group = s->consumer->group,
		.topic = s->parent,
		.version = (int64_t)s->version,
	};
	part->count = action == RMQI_LITE_FORGET ? 0 : count_behind(list, since);
	part->lite_topics = rmqi_calloc(part->count + 1, sizeof(*part->lite_topics));
	if (!part->lite_topics)
		return RMQ_ERR_NO_MEMORY;
	node = list->prev;
	for (size_t i = part->count; i-- > 0; node = node->prev)
		part->lite_topics[i] = topic_of(node)->name;
	all->count += part->count > 0 || action == RMQI_LITE_SET || action == RMQI_LITE_FORGET;
	if (all->count == 0 || &all->items[all->count - 1] != part)
		rmqi_free(part->lite_topics);
	return RMQ_OK;
}

static enum rmq_error fill(const struct rmqi_lite_broker *b, struct rmqi_lite_subscriptions *all)
{
	const struct rmqi_lite_topics *s = b->set;
	enum rmq_error err;

	if (b->is_whole)
		return add_part(s, RMQI_LITE_SET, 0, all);
	err = add_part(s, RMQI_LITE_REMOVE, b->is_told ? b->told : s->version, all);
	return err == RMQ_OK ? add_part(s, RMQI_LITE_ADD, b->is_told ? b->told : 0, all) : err;
}

static void free_parts(struct rmqi_lite_subscriptions *all)
{
	while (all->count > 0)
		rmqi_free(all->items[--all->count].lite_topics);
}

static void on_told(struct rmqi_call *call, enum rmq_error error,
		    const struct rmqi_command *response)
{
	struct rmqi_lite_broker *b = RMQI_CONTAINER(call, struct rmqi_lite_broker, call);
	char why[RMQI_TROUBLE_SIZE];

	if (!end_call(b))
		return;
	if (error != RMQ_OK)
		fail(b, error, rmqi_call_explain(call, error, why, sizeof(why)), NULL);
	else if (response->code == RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED)
		fail(b, RMQ_ERR_UNSUPPORTED, "", response);
	else if (response->code != RMQI_RESP_SUCCESS)
		fail(b, rmqi_client_refusal(response), "", response);
	else
		succeed(b);
	if (error == RMQ_OK)
		rmqi_lite_broker_advance(b);
}

static void tell(struct rmqi_lite_broker *b)
{
	struct rmqi_lite_subscription parts[PARTS];
	struct rmqi_lite_subscriptions all = {.items = parts};
	struct rmqi_outgoing request = {.code = RMQI_REQ_LITE_SUBSCRIPTION_CTL};
	struct rmqi_cursor piece;
	struct rmqi_buf body;
	enum rmq_error err;

	b->is_whole = b->is_told && b->told == b->set->version;
	/* What makes it stale meanwhile counts for the next one. */
	if (b->is_whole)
		b->is_stale = false;
	rmqi_buf_init(&body, BODY_MAX);
	err = fill(b, &all);
	if (err == RMQ_OK)
		err = rmqi_lite_subscriptions_encode(&all, &body);
	piece = rmqi_buf_cursor(&body);
	request.body = &piece;
	request.body_count = 1;
	if (err == RMQ_OK)
		ask(b, &request, on_told);
	else if (err == RMQ_ERR_TOO_LARGE)
		fail(b, err, "their names are more than 15 MiB, and do not fit into one request",
		     NULL);
	else
		fail(b, err, rmq_error_text(err), NULL);
	free_parts(&all);
	rmqi_buf_deinit(&body);
}

static bool needs_telling(const struct rmqi_lite_broker *b)
{
	if (!b->is_told)
		return atomic_load(&b->set->live) > 0;
	return b->told < b->set->version || b->is_stale;
}

int64_t rmqi_lite_broker_due(const struct rmqi_lite_broker *b)
{
	if (b->is_asking)
		return RMQI_FOREVER;
	if (needs_telling(b))
		return b->due_us;
	return b->is_told ? b->renew_us : RMQI_FOREVER;
}

bool rmqi_lite_broker_find(struct rmqi_lite_broker *b)
{
	const struct rmqi_lite_topics *s = b->set;
	struct rmqi_topic_route *route = rmqi_client_cached_route(s->consumer->client, s->parent);
	const char *address =
		route ? rmqi_topic_route_address(route, b->name, 0, true, NULL) : NULL;

	snprintf(b->address, sizeof(b->address), "%s", address ? address : "(unknown)");
	rmqi_topic_route_unref(route);
	return address != NULL;
}

static void refuse_old(struct rmqi_lite_broker *b, int32_t version)
{
	char why[RMQI_TROUBLE_SIZE], text[RMQI_VERSION_SIZE];

	snprintf(why, sizeof(why),
		 "it runs %s and does not know lite topics, which came with 5.5.0",
		 rmqi_version_text(version, text));
	fail(b, RMQ_ERR_UNSUPPORTED, why, NULL);
}

void rmqi_lite_broker_advance(struct rmqi_lite_broker *b)
{
	int32_t version;

	if (b->is_gone || b->is_asking || b->set->is_leaving || now_us(b) < b->due_us ||
	    !needs_telling(b))
		return;
	b->asked = b->set->version;
	b->is_whole = false;
	if (!rmqi_lite_broker_find(b)) {
		fail(b, RMQ_ERR_NO_BROKER, "it has no master now", NULL);
		return;
	}
	version = rmqi_client_broker_version(b->set->consumer->client, b->address);
	if (version > 0 && version < RMQI_VERSION_LITE)
		refuse_old(b, version);
	else if (!b->is_looked_at)
		look(b);
	else
		tell(b);
}

/* --- Goodbye ---------------------------------------------------------------------------------------- */

struct goodbye {
	struct rmqi_call call;
	struct rmqi_lite_topics *set;
};

static void on_goodbye(struct rmqi_call *call, enum rmq_error error,
		       const struct rmqi_command *response)
{
	struct goodbye *g = RMQI_CONTAINER(call, struct goodbye, call);

	(void)error;
	(void)response;
	if (--g->set->goodbyes == 0)
		rmqi_event_set(&g->set->gone);
	rmqi_free(g);
}

static void send_goodbye(struct rmqi_lite_broker *b, struct goodbye *g,
			 const struct rmqi_cursor *body)
{
	struct rmqi_consumer *c = b->set->consumer;
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_LITE_SUBSCRIPTION_CTL, .body = body, .body_count = 1};

	g->set = b->set;
	g->call = (struct rmqi_call){.fn = on_goodbye};
	b->set->goodbyes++;
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), b->address, &request,
			    rmqi_consumer_deadline(c, c->set.api_timeout_ms), &g->call);
}

void rmqi_lite_broker_leave(struct rmqi_lite_broker *b)
{
	struct rmqi_lite_subscription parts[PARTS];
	struct rmqi_lite_subscriptions all = {.items = parts};
	struct goodbye *g = b->is_told ? rmqi_calloc(1, sizeof(*g)) : NULL;
	struct rmqi_cursor piece;
	struct rmqi_buf body;
	enum rmq_error err;

	/* It forgets who says nothing, too. */
	if (!g)
		return;
	rmqi_buf_init(&body, BODY_MAX);
	err = add_part(b->set, RMQI_LITE_FORGET, 0, &all);
	if (err == RMQ_OK)
		err = rmqi_lite_subscriptions_encode(&all, &body);
	piece = rmqi_buf_cursor(&body);
	if (err == RMQ_OK)
		send_goodbye(b, g, &piece);
	else
		rmqi_free(g);
	free_parts(&all);
	rmqi_buf_deinit(&body);
}
