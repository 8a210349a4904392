/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_admin.c - lite topics and their clients, for operators (LiteManagerProcessor.java, 5.5.0).
 *
 * Members of bodies stand in the order of their names, as fastjson writes them.
 */
#include "codec/lite.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/lites.h"

enum {
	TOPICS_MAX = 10000,  /* LiteManagerProcessor.MAX_RETURN_COUNT */
	TOPICS_USUAL = 1000 /* GetLiteClientInfoRequestHeader.maxCount */
};

struct writer {
	struct mb_broker *b;
	struct rmqi_jw json;
	struct rmqi_str parent; /* whose lite topics are counted */
	size_t count;
};

static struct writer begin(struct mb_broker *b)
{
	rmqi_buf_reset(&b->body);
	return (struct writer){.b = b, .json = {.out = &b->body}};
}

static void member(struct writer *w, const char *name, struct rmqi_str value)
{
	rmqi_jw_name(&w->json, name);
	rmqi_jw_str(&w->json, value);
}

/* --- What is asked for ------------------------------------------------------------------------------ */

/* NULL: it is answered. */
static const struct mb_topic *find_parent(struct mb_broker *b, const struct mb_request *r,
					  struct rmqi_str name)
{
	const struct mb_topic *t = mb_topic_find(b, name);

	if (!t) {
		mb_answer_error(&r->ticket, RMQI_RESP_TOPIC_NOT_EXIST, "Topic [%.*s] not exist.",
				RMQI_STR_ARG(name));
		return NULL;
	}
	if (t->is_lite)
		return t;
	mb_answer_error(&r->ticket, RMQI_RESP_INVALID_PARAMETER, "Topic [%.*s] type not match.",
			RMQI_STR_ARG(name));
	return NULL;
}

static int64_t not_negative(int64_t n)
{
	return n < 0 ? 0 : n;
}

/* --- The broker ------------------------------------------------------------------------------------- */

/* The groups of a parent topic, as elements. */
static void write_groups_of(struct writer *w, struct rmqi_str parent)
{
	rmqi_jw_open(&w->json, '[');
	for (size_t i = 0; i < w->b->groups.by_name.count; i++) {
		struct rmqi_str name;
		const struct mb_group *g = rmqi_map_at(&w->b->groups.by_name, i, &name);

		if (g->lite.bind_topic && rmqi_str_is(parent, g->lite.bind_topic))
			rmqi_jw_str(&w->json, name);
	}
	rmqi_jw_close(&w->json, ']');
}

/* Was the parent of group number `at` that of one before it? */
static bool is_told(const struct mb_broker *b, size_t at, const char *parent)
{
	for (size_t i = 0; i < at; i++) {
		const struct mb_group *g = rmqi_map_at(&b->groups.by_name, i, NULL);

		if (g->lite.bind_topic && rmqi_str_is(rmqi_str(parent), g->lite.bind_topic))
			return true;
	}
	return false;
}

static void write_group_meta(struct writer *w)
{
	rmqi_jw_name(&w->json, "groupMeta");
	rmqi_jw_open(&w->json, '{');
	for (size_t i = 0; i < w->b->groups.by_name.count; i++) {
		const struct mb_group *g = rmqi_map_at(&w->b->groups.by_name, i, NULL);

		if (!g->lite.bind_topic || is_told(w->b, i, g->lite.bind_topic))
			continue;
		rmqi_jw_name(&w->json, g->lite.bind_topic);
		write_groups_of(w, rmqi_str(g->lite.bind_topic));
	}
	rmqi_jw_close(&w->json, '}');
}

static void write_topic_meta(struct writer *w)
{
	rmqi_jw_name(&w->json, "topicMeta");
	rmqi_jw_open(&w->json, '{');
	for (size_t i = 0; i < w->b->topics.by_name.count; i++) {
		struct rmqi_str name;
		const struct mb_topic *t = rmqi_map_at(&w->b->topics.by_name, i, &name);

		if (!t->is_lite)
			continue;
		rmqi_jw_name_str(&w->json, name);
		rmqi_jw_i64(&w->json, t->lite_expiration_min);
	}
	rmqi_jw_close(&w->json, '}');
}

/* A client that has all lite topics has one subscription. */
static int64_t subscriptions(const struct mb_broker *b)
{
	int64_t n = 0;

	for (size_t i = 0; i < b->lites.clients.count; i++) {
		const struct mb_lite_client *c = rmqi_map_at(&b->lites.clients, i, NULL);

		n += c->has_all ? 1 : (int64_t)c->sub_count;
	}
	return n;
}

static size_t clients_with_events(const struct mb_broker *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->lites.clients.count; i++)
		n += ((const struct mb_lite_client *)rmqi_map_at(&b->lites.clients, i, NULL))
			     ->event_count > 0;
	return n;
}

static void get_broker_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct writer w = begin(b);

	rmqi_jw_open(&w.json, '{');
	rmqi_jw_member_i64(&w.json, "cqTableSize", 0);
	rmqi_jw_member_i64(&w.json, "currentLmqNum", (int64_t)mb_store_light_count(b->store));
	rmqi_jw_member_i64(&w.json, "eventMapSize", (int64_t)clients_with_events(b));
	write_group_meta(&w);
	rmqi_jw_member_i64(&w.json, "liteSubscriptionCount", subscriptions(b));
	rmqi_jw_member_i64(&w.json, "maxLmqNum", b->config->lmq_max);
	rmqi_jw_member_i64(&w.json, "offsetTableSize", (int64_t)b->offsets.table.count);
	rmqi_jw_member_i64(&w.json, "orderInfoCount", (int64_t)b->lites.outs.count);
	rmqi_jw_member_str(&w.json, "storeType", "default");
	write_topic_meta(&w);
	rmqi_jw_close(&w.json, '}');
	mb_answer_body(&r->ticket, &b->body);
}

/* --- A parent topic, a lite topic -------------------------------------------------------------------- */

static void count_child(void *arg, struct rmqi_str queue)
{
	struct writer *w = arg;
	struct rmqi_str parent, lite;

	w->count += rmqi_lite_queue_parse(queue, &parent, &lite) && rmqi_str_eq(parent, w->parent);
}

static void get_parent_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_parent_topic_info *h = r->header;
	const struct mb_topic *t = find_parent(b, r, h->topic);
	struct writer w = begin(b);

	if (!t)
		return;
	w.parent = h->topic;
	mb_store_lights(b->store, count_child, &w);
	rmqi_jw_open(&w.json, '{');
	rmqi_jw_name(&w.json, "groups");
	write_groups_of(&w, h->topic);
	rmqi_jw_member_i64(&w.json, "liteTopicCount", (int64_t)w.count);
	rmqi_jw_member_i64(&w.json, "lmqNum", (int64_t)mb_store_light_count(b->store));
	member(&w, "topic", h->topic);
	rmqi_jw_member_i64(&w.json, "ttl", t->lite_expiration_min);
	rmqi_jw_close(&w.json, '}');
	mb_answer_body(&r->ticket, &b->body);
}

static void write_subscriber(struct writer *w, const char *client, const char *group)
{
	rmqi_jw_open(&w->json, '{');
	rmqi_jw_member_str(&w->json, "clientId", client);
	rmqi_jw_member_str(&w->json, "group", group);
	rmqi_jw_close(&w->json, '}');
}

/* Of the clients that have all lite topics of the parent: is this the first of its group? */
static bool is_first(const struct mb_broker *b, size_t at, struct rmqi_str parent)
{
	const struct mb_lite_client *c = rmqi_map_at(&b->lites.clients, at, NULL);

	if (!c->has_all || !rmqi_str_is(parent, c->parent))
		return false;
	for (size_t i = 0; i < at; i++) {
		const struct mb_lite_client *o = rmqi_map_at(&b->lites.clients, i, NULL);

		if (o->has_all && rmqi_str_is(rmqi_str(o->group), c->group))
			return false;
	}
	return true;
}

/* A group that has all lite topics is told as a whole. */
static void write_subscribers(struct writer *w, const struct mb_lite_topic *t,
			      struct rmqi_str parent)
{
	const struct rmqi_map *clients = &w->b->lites.clients;

	rmqi_jw_name(&w->json, "subscriber");
	rmqi_jw_open(&w->json, '[');
	for (struct rmqi_list *node = t ? t->subs.next : NULL; t && node != &t->subs;
	     node = node->next) {
		const struct mb_lite_client *c =
			RMQI_LIST_ITEM(node, struct mb_lite_sub, of_topic)->client;

		if (!c->has_all)
			write_subscriber(w, c->id, c->group);
	}
	for (size_t i = 0; i < clients->count; i++) {
		const struct mb_lite_client *c = rmqi_map_at(clients, i, NULL);

		if (is_first(w->b, i, parent))
			write_subscriber(w, "*", c->group);
	}
	rmqi_jw_close(&w->json, ']');
}

static void write_topic_offset(struct writer *w, struct rmqi_str queue)
{
	struct mb_store *s = w->b->store;
	int64_t max = mb_store_light_max(s, queue);
	int64_t min = max > 0 ? mb_store_min_offset(s, queue, 0) : 0;
	int64_t last = max > 0 ? mb_store_time_at(s, queue, 0, max - 1) : 0;

	rmqi_jw_name(&w->json, "topicOffset");
	rmqi_jw_open(&w->json, '{');
	rmqi_jw_member_i64(&w->json, "lastUpdateTimestamp", last);
	rmqi_jw_member_i64(&w->json, "maxOffset", max);
	rmqi_jw_member_i64(&w->json, "minOffset", not_negative(min));
	rmqi_jw_close(&w->json, '}');
}

static void get_lite_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_lite_topic_info *h = r->header;
	char queue[RMQI_LITE_QUEUE_MAX + 1];
	struct writer w = begin(b);

	if (!find_parent(b, r, h->parentTopic))
		return;
	rmqi_lite_queue_name(h->parentTopic, h->liteTopic, queue);
	rmqi_jw_open(&w.json, '{');
	member(&w, "liteTopic", h->liteTopic);
	member(&w, "parentTopic", h->parentTopic);
	/* Every lite topic that is subscribed here is (lites.h). */
	rmqi_jw_member_bool(&w.json, "shardingToBroker", true);
	write_subscribers(&w, mb_lite_topic_find(b, rmqi_str(queue)), h->parentTopic);
	write_topic_offset(&w, rmqi_str(queue));
	rmqi_jw_close(&w.json, '}');
	mb_answer_body(&r->ticket, &b->body);
}

/* --- A client --------------------------------------------------------------------------------------- */

static bool check_bound(const struct mb_request *r, const struct rmqi_h_get_lite_client_info *h,
			const struct mb_group *g)
{
	if (g->lite.bind_topic && rmqi_str_is(h->parentTopic, g->lite.bind_topic))
		return true;
	mb_answer_error(&r->ticket, RMQI_RESP_INVALID_PARAMETER,
			"Subscription [%.*s]-[%.*s] not match.", RMQI_STR_ARG(h->group),
			RMQI_STR_ARG(h->parentTopic));
	return false;
}

static void write_topics_of(struct writer *w, const struct mb_lite_client *c, int64_t most)
{
	int64_t left = most < TOPICS_MAX ? most : TOPICS_MAX;

	rmqi_jw_name(&w->json, "liteTopicSet");
	rmqi_jw_open(&w->json, '[');
	RMQI_LIST_EACH(node, &c->subs) {
		const struct mb_lite_sub *s = RMQI_LIST_ITEM(node, struct mb_lite_sub, of_client);

		if (left-- <= 0)
			break;
		rmqi_jw_str(&w->json, s->topic->queue);
	}
	rmqi_jw_close(&w->json, ']');
}

static int64_t last_access(const struct mb_broker *b, const struct mb_lite_client *c)
{
	return c ? mb_broker_wall_ms(b) - (mb_broker_now_ms(b) - c->fetched_ms) : -1;
}

/* How many lite topics are asked for; 0: it is answered. */
static int64_t count_of(const struct mb_request *r, const struct rmqi_h_get_lite_client_info *h)
{
	int64_t count = RMQI_HAS(h, get_lite_client_info, maxCount) ? h->maxCount : TOPICS_USUAL;

	if (count > 0)
		return count;
	mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
			"org.apache.rocketmq.remoting.exception.RemotingCommandException: "
			"[maxCount] field invalid");
	return 0;
}

static void get_client_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_lite_client_info *h = r->header;
	int64_t count = count_of(r, h);
	const struct mb_lite_client *c;
	const struct mb_group *g;
	struct writer w = begin(b);

	if (count == 0 || !find_parent(b, r, h->parentTopic))
		return;
	g = mb_lite_asked_group(b, r, h->group);
	if (!g || !check_bound(r, h, g))
		return;
	c = mb_lite_client_find(b, h->clientId);
	rmqi_jw_open(&w.json, '{');
	member(&w, "clientId", h->clientId);
	member(&w, "group", h->group);
	rmqi_jw_member_i64(&w.json, "lastAccessTime", last_access(b, c));
	rmqi_jw_member_i64(&w.json, "lastConsumeTime", 0); /* nobody sets it there either */
	rmqi_jw_member_i64(&w.json, "liteTopicCount", c ? (int64_t)c->sub_count : -1);
	if (c)
		write_topics_of(&w, c, count);
	member(&w, "parentTopic", h->parentTopic);
	rmqi_jw_close(&w.json, '}');
	mb_answer_body(&r->ticket, &b->body);
}

const struct mb_handler mb_lite_admin_handlers[] = {
	{RMQI_REQ_GET_BROKER_LITE_INFO, get_broker_info},
	{RMQI_REQ_GET_PARENT_TOPIC_INFO, get_parent_info},
	{RMQI_REQ_GET_LITE_TOPIC_INFO, get_lite_info},
	{RMQI_REQ_GET_LITE_CLIENT_INFO, get_client_info},
	{0, NULL},
};
