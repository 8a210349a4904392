/* SPDX-License-Identifier: Apache-2.0 */
#include "client/route_fetch.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "client/namespace.h"
#include "client/route_share.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

/* One fetch. Thread: loop, but for its making. */
struct fetch {
	struct rmqi_client *client;
	struct rmqi_route_share share;
	char *topic; /* the name behind it */
	struct rmqi_h_get_route_info header;
	struct rmqi_outgoing request;
	enum rmqi_route_purpose purpose;
	bool use_default;
	bool asks_default; /* the second question: for TBW102 */
	bool is_answered;
	bool has_asked_again; /* after it had joined another */
	int64_t deadline_us;
	rmqi_client_route_fn fn;
	void *arg;
	char name[];
};

struct rmqi_topic *rmqi_topic_find(struct rmqi_client *c, const char *name)
{
	struct rmqi_topic *t;

	rmqi_mutex_lock(&c->mu);
	t = rmqi_map_get(&c->topics, rmqi_str(name));
	rmqi_mutex_unlock(&c->mu);
	return t;
}

void rmqi_topic_free(void *value)
{
	struct rmqi_topic *t = value;

	rmqi_topic_route_unref(t->route);
	rmqi_free(t->name);
	rmqi_free(t);
}

struct rmqi_topic *rmqi_topic_obtain(struct rmqi_client *c, const char *name)
{
	struct rmqi_topic *t = rmqi_topic_find(c, name);
	enum rmq_error err;

	if (t)
		return t;
	t = rmqi_calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->name = rmqi_strdup(name);
	if (!t->name) {
		rmqi_free(t);
		return NULL;
	}
	rmqi_mutex_lock(&c->mu);
	err = rmqi_map_set(&c->topics, rmqi_str(name), t, NULL);
	rmqi_mutex_unlock(&c->mu);
	if (err == RMQ_OK)
		return t;
	rmqi_topic_free(t);
	return NULL;
}

struct rmqi_topic_route *rmqi_client_cached_route(struct rmqi_client *c, const char *topic)
{
	struct rmqi_topic_route *r = NULL;
	struct rmqi_topic *t;

	rmqi_mutex_lock(&c->mu);
	t = rmqi_map_get(&c->topics, rmqi_str(topic));
	if (t && t->route)
		r = rmqi_topic_route_ref(t->route);
	rmqi_mutex_unlock(&c->mu);
	return r;
}

bool rmqi_client_find_master(struct rmqi_client *c, const char *broker_name, char *address,
			     size_t size)
{
	for (size_t i = 0; i < c->topics.count; i++) {
		const struct rmqi_topic *t = rmqi_map_at(&c->topics, i, NULL);
		const char *found =
			t->route ? rmqi_topic_route_address(t->route, broker_name, 0, true, NULL)
				 : NULL;

		if (!found)
			continue;
		snprintf(address, size, "%s", found);
		return true;
	}
	return false;
}

static void begin(struct fetch *f);

static void tell(struct fetch *f, enum rmq_error error, struct rmqi_topic_route *route,
		 const struct rmq_error_detail *detail)
{
	f->fn(f->arg, error, route, detail);
	rmqi_free(f);
}

/* Of one who joined `f`, which has failed. A name server that answered would say the same again; one that did not, or
 * not in f's time, may answer who has more. Once, but when the time of `f` was over, so that it ends. */
static bool asks_again(struct fetch *joined, const struct fetch *f, int64_t now_us)
{
	bool is_late = now_us >= f->deadline_us, may = is_late || !joined->has_asked_again;

	joined->has_asked_again = true;
	return may && now_us < joined->deadline_us && joined->deadline_us > f->deadline_us;
}

/* Who joined hears the same after it, in the order in which they came, or asks again. */
static void finish(struct fetch *f, enum rmq_error error, struct rmqi_topic_route *route,
		   const struct rmq_error_detail *detail)
{
	int64_t now_us = rmqi_clock_us(f->client->env->clock);
	bool is_final = f->is_answered || error == RMQ_ERR_CANCELLED || error == RMQ_ERR_NO_MEMORY;
	struct fetch asked = *f, *joined;
	struct rmqi_list others, *node;

	rmqi_route_share_leave(f->client, &f->share, &others);
	if (route)
		rmqi_topic_route_ref(route);
	tell(f, error, route, detail);
	while ((node = rmqi_list_pop(&others))) {
		joined = RMQI_LIST_ITEM(node, struct fetch, share.link);
		if (!is_final && asks_again(joined, &asked, now_us))
			begin(joined);
		else
			tell(joined, error, route ? rmqi_topic_route_ref(route) : NULL, detail);
	}
	rmqi_topic_route_unref(route);
}

/* Puts the snapshot in the place of the old one and tells the owner and the heartbeats. */
static void publish(struct rmqi_client *c, struct rmqi_topic *t, struct rmqi_topic_route *route)
{
	struct rmqi_topic_route *old;

	rmqi_mutex_lock(&c->mu);
	old = t->route;
	t->route = rmqi_topic_route_ref(route);
	rmqi_mutex_unlock(&c->mu);
	rmqi_topic_route_unref(old);
	RMQI_LOG(c->log, RMQ_LOG_INFO, "route of %s: %zu brokers, %zu queues to write, %zu to read",
		 t->name, route->route.broker_count, route->publish_count, route->subscribe_count);
	rmqi_client_update_brokers(c);
	if (c->owner.on_route)
		c->owner.on_route(c->owner.arg, t->name, route);
}

/* What is cached says the same, or more than the answer about TBW102 that comes now: the topic may have
 * been made since we asked for it. */
static bool is_cached_enough(const struct fetch *f, const struct rmqi_topic *t,
			     const struct rmqi_route *route)
{
	if (!t->route)
		return false;
	if (f->asks_default)
		return !t->route->is_default;
	return !t->route->is_default && rmqi_route_eq(&t->route->route, route);
}

/* `route` is moved. */
static enum rmq_error make_route(struct fetch *f, struct rmqi_route *route,
				 struct rmqi_topic_route **out)
{
	struct rmqi_client *c = f->client;
	int32_t cap = 0;
	enum rmq_error err;

	if (f->asks_default)
		cap = (int32_t)rmqi_config_i64(c->config, RMQI_CFG_defaultTopicQueueNums);
	err = rmqi_topic_route_new(f->topic, route, cap, (unsigned)rmqi_rand_next(&c->rand), out);
	if (err == RMQ_OK)
		rmqi_topic_route_hide(
			*out, rmqi_namespace_hidden(rmqi_client_namespace(c), rmqi_str(f->topic)));
	return err;
}

/* `route` is moved. */
static enum rmq_error keep_route(struct fetch *f, struct rmqi_topic *t, struct rmqi_route *route,
				 struct rmqi_topic_route **out)
{
	enum rmq_error err;

	t->is_watched = true;
	if (is_cached_enough(f, t, route)) {
		rmqi_route_deinit(route);
		*out = rmqi_topic_route_ref(t->route);
		return RMQ_OK;
	}
	err = make_route(f, route, out);
	if (err == RMQ_OK)
		publish(f->client, t, *out);
	return err;
}

/* `route` is moved. */
static enum rmq_error accept_route(struct fetch *f, struct rmqi_route *route,
				   struct rmqi_topic_route **out)
{
	struct rmqi_topic *t = NULL;

	switch (f->purpose) {
	case RMQI_ROUTE_TO_LOOK:
		return make_route(f, route, out);
	case RMQI_ROUTE_TO_REFRESH:
		t = rmqi_topic_find(f->client, f->topic);
		if (t && t->is_watched)
			return keep_route(f, t, route, out);
		rmqi_route_deinit(route);
		return RMQ_OK;
	case RMQI_ROUTE_TO_KEEP:
		break;
	}
	t = rmqi_topic_obtain(f->client, f->topic);
	if (t)
		return keep_route(f, t, route, out);
	rmqi_route_deinit(route);
	return RMQ_ERR_NO_MEMORY;
}

static void on_answer(void *arg, enum rmq_error error, const struct rmqi_command *response,
		      const struct rmq_error_detail *detail);

static void ask(struct fetch *f)
{
	f->header = (struct rmqi_h_get_route_info){0};
	f->header.topic = rmqi_str(f->asks_default ? RMQI_DEFAULT_TOPIC : f->topic);
	RMQI_SET(&f->header, get_route_info, acceptStandardJsonOnly, true);
	f->request = (struct rmqi_outgoing){.code = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC,
					    .desc = &rmqi_desc_get_route_info,
					    .header = &f->header};
	rmqi_client_ask_namesrv(f->client, &f->request, f->deadline_us, on_answer, f);
}

/*
 * A static topic (5.x, TopicQueueMappingUtils.java): its queues are logical, each mapped to parts of queues
 * on several brokers. Taken for an ordinary topic, half of the sends would be refused (501) and what is
 * consumed would be a part of it. So it is no route of ours at all.
 */
static void refuse_static(struct fetch *f)
{
	struct rmq_error_detail *d = rmqi_detail_new();

	rmqi_detail_set(d, RMQ_ERR_UNSUPPORTED, RMQ_ERROR_FATAL,
			"topic %s is a static topic (logical queues), which this client does not "
			"support: neither sends nor consumes work on it",
			f->topic);
	finish(f, RMQ_ERR_UNSUPPORTED, NULL, d);
	rmq_error_detail_free(d);
}

/* `attempts` (may be NULL) tells which name server said so. */
static void refuse(struct fetch *f, enum rmq_error error, const struct rmqi_command *response,
		   const struct rmq_error_detail *attempts, const char *why)
{
	struct rmq_error_detail *d = rmqi_detail_new();

	rmqi_detail_copy(d, attempts);
	if (response)
		rmqi_detail_set_broker(d, response->code, response->remark);
	rmqi_detail_set(d, error, error == RMQ_ERR_DENIED ? RMQ_ERROR_FATAL : RMQ_ERROR_RETRIABLE,
			"topic %s: %s", f->topic, why);
	finish(f, error, NULL, d);
	rmq_error_detail_free(d);
}

/* A proxy answers for name servers, too; these check nothing themselves. */
static void refuse_denied(struct fetch *f, const struct rmqi_command *response,
			  const struct rmq_error_detail *attempts)
{
	static const char who[] = "the name server ";
	char why[sizeof(who) + RMQI_DENIAL_SIZE];

	memcpy(why, who, sizeof(who));
	rmqi_client_explain_denial(f->client, response->code, response->remark,
				   why + sizeof(who) - 1, RMQI_DENIAL_SIZE);
	refuse(f, RMQ_ERR_DENIED, response, attempts, why);
}

/* The server that answered or failed last; NULL: not known. */
const char *rmqi_route_last_address(const struct rmq_error_detail *detail)
{
	size_t count = rmq_error_detail_attempt_count(detail);

	return count > 0 ? rmq_attempt_address(rmq_error_detail_attempt_at(detail, count - 1))
			 : NULL;
}

/* It answers, but not as a name server does. */
static void refuse_query(struct fetch *f, const struct rmqi_command *response,
			 const struct rmq_error_detail *attempts)
{
	struct rmqi_failure failure = {
		.kind = RMQI_TROUBLE_NAMESRVS, .code = response->code, .why = response->remark};
	char why[RMQI_TROUBLE_SIZE], text[RMQI_TROUBLE_SIZE + RMQI_ADDRESS_MAX + 64];
	const char *address = rmqi_route_last_address(attempts);

	snprintf(text, sizeof(text), "name server %s: route query %s", address ? address : "",
		 rmqi_failure_explain(&failure, why, sizeof(why)));
	refuse(f, RMQ_ERR_BROKER, response, attempts, text);
}

static void on_refusal(struct fetch *f, const struct rmqi_command *response,
		       const struct rmq_error_detail *attempts)
{
	if (rmqi_client_refusal(response) == RMQ_ERR_DENIED) {
		refuse_denied(f, response, attempts);
	} else if (response->code != RMQI_RESP_TOPIC_NOT_EXIST) {
		refuse_query(f, response, attempts);
	} else if (f->use_default && !f->asks_default) {
		f->asks_default = true;
		ask(f);
	} else {
		refuse(f, RMQ_ERR_NO_ROUTE, response, attempts,
		       f->asks_default
			       ? "unknown to the name server, and no broker makes topics by itself"
			       : "unknown to the name server");
	}
}

static uint64_t hash_of(const struct rmqi_client *c, struct rmqi_cursor body)
{
	return rmqi_siphash(c->route_key, rmqi_cursor_str(body));
}

/* Most refreshes bring what the last one brought: the same bytes are not read again. By a keyed hash of 64 bits, which
 * takes another answer for the same once in 2^64. NULL: it is another one, or is not refreshed. */
static struct rmqi_topic_route *find_same(const struct fetch *f, struct rmqi_cursor body)
{
	const struct rmqi_topic *t = NULL;

	if (f->purpose == RMQI_ROUTE_TO_REFRESH && !f->asks_default)
		t = rmqi_topic_find(f->client, f->topic);
	if (!t || !t->is_watched || !t->route || t->route->is_default ||
	    t->answer_len != body.len || t->answer_hash != hash_of(f->client, body))
		return NULL;
	return rmqi_topic_route_ref(t->route);
}

/* If the topic has this route, it is what that was made of. */
static void note_answer(const struct fetch *f, const struct rmqi_topic_route *route,
			struct rmqi_cursor body)
{
	struct rmqi_topic *t = rmqi_topic_find(f->client, f->topic);

	if (!t || !route || t->route != route || f->asks_default)
		return;
	t->answer_len = body.len;
	t->answer_hash = hash_of(f->client, body);
}

static void on_answer(void *arg, enum rmq_error error, const struct rmqi_command *response,
		      const struct rmq_error_detail *detail)
{
	struct fetch *f = arg;
	struct rmqi_topic_route *route = NULL;
	struct rmqi_route decoded;

	if (error != RMQ_OK) {
		finish(f, error, NULL, detail);
		return;
	}
	f->is_answered = true;
	if (response->code != RMQI_RESP_SUCCESS) {
		on_refusal(f, response, detail);
		return;
	}
	route = find_same(f, response->body);
	if (route) {
		finish(f, RMQ_OK, route, NULL);
		return;
	}
	error = rmqi_route_decode(response->body, &decoded);
	if (error == RMQ_OK && decoded.is_static) {
		rmqi_route_deinit(&decoded);
		refuse_static(f);
		return;
	}
	if (error == RMQ_OK)
		error = accept_route(f, &decoded, &route);
	if (error == RMQ_OK)
		note_answer(f, route, response->body);
	if (error == RMQ_OK)
		finish(f, RMQ_OK, route, NULL);
	else if (error == RMQ_ERR_NO_MEMORY)
		finish(f, error, NULL, NULL);
	else
		refuse(f, error, NULL, detail, "the name server's answer cannot be used");
}

static void begin(struct fetch *f)
{
	if (f->purpose != RMQI_ROUTE_TO_KEEP || !rmqi_route_share_join(f->client, &f->share))
		ask(f);
}

void rmqi_route_fetch(struct rmqi_client *c, const char *topic, enum rmqi_route_purpose purpose,
		      bool use_default, int64_t deadline_us, rmqi_client_route_fn fn, void *arg)
{
	size_t size = strlen(topic) + 1;
	struct fetch *f = rmqi_calloc(1, sizeof(*f) + size);

	if (!f) {
		fn(arg, RMQ_ERR_NO_MEMORY, NULL, NULL);
		return;
	}
	memcpy(f->name, topic, size);
	f->topic = f->name;
	f->client = c;
	f->purpose = purpose;
	f->use_default = use_default;
	f->deadline_us = deadline_us;
	f->fn = fn;
	f->arg = arg;
	rmqi_route_share_init(&f->share, f->topic, use_default, deadline_us);
	begin(f);
}

/* Already cached, it is fetched again: who asks has looked. */
void rmqi_client_route_async(struct rmqi_client *c, const char *topic, bool use_default,
			     int64_t deadline_us, rmqi_client_route_fn fn, void *arg)
{
	rmqi_route_fetch(c, topic, RMQI_ROUTE_TO_KEEP, use_default, deadline_us, fn, arg);
}
