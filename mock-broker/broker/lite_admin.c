/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_admin.c - lite topics, their clients and groups, for operators (LiteManagerProcessor.java, 5.5.0).
 *
 * Members of bodies stand in the order of their names, as fastjson writes them.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "codec/lite.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/lites.h"

enum {
	TOPICS_MAX = 10000, /* LiteManagerProcessor.MAX_RETURN_COUNT */
	TIMES_MAX = 1024    /* lite topics of one answer that are mapped for their store time */
};

struct writer {
	struct mb_broker *b;
	struct rmqi_jw json;
	struct rmqi_str parent; /* whose lite topics, groups are meant */
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

static const struct mb_group *find_group(struct mb_broker *b, const struct mb_request *r,
					 struct rmqi_str name)
{
	const struct mb_group *g = mb_group_find(b, name);

	if (!g)
		mb_answer_error(&r->ticket, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				"Group [%.*s] not exist.", RMQI_STR_ARG(name));
	return g;
}

static const struct mb_group *find_lite_group(struct mb_broker *b, const struct mb_request *r,
					      struct rmqi_str name)
{
	const struct mb_group *g = find_group(b, r, name);

	if (!g || (g->lite.bind_topic && g->lite.bind_topic[0] != '\0'))
		return g;
	mb_answer_error(&r->ticket, RMQI_RESP_INVALID_PARAMETER,
			"Group [%.*s] is not a LITE group.", RMQI_STR_ARG(name));
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
	rmqi_jw_member_i64(&w.json, "liteSubscriptionCount", (int64_t)b->lites.sub_count);
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

/* Those of a group stand side by side; one that has all lite topics is told as a whole. */
static void write_subscribers(struct writer *w, const struct mb_lite_topic *t)
{
	const char *whole = NULL;

	rmqi_jw_name(&w->json, "subscriber");
	rmqi_jw_open(&w->json, '[');
	for (struct rmqi_list *node = t ? t->subs.next : NULL; t && node != &t->subs;
	     node = node->next) {
		const struct mb_lite_client *c =
			RMQI_LIST_ITEM(node, struct mb_lite_sub, of_topic)->client;

		if (!c->has_all)
			write_subscriber(w, c->id, c->group);
		else if (!whole || !rmqi_str_is(rmqi_str(whole), c->group))
			write_subscriber(w, "*", whole = c->group);
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
	write_subscribers(&w, mb_lite_topic_find(b, rmqi_str(queue)));
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

static void get_client_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_lite_client_info *h = r->header;
	const struct mb_lite_client *c;
	const struct mb_group *g;
	struct writer w = begin(b);

	if (!find_parent(b, r, h->parentTopic))
		return;
	g = find_group(b, r, h->group);
	if (!g || !check_bound(r, h, g))
		return;
	c = mb_lite_client_find(b, h->clientId);
	rmqi_jw_open(&w.json, '{');
	member(&w, "clientId", h->clientId);
	member(&w, "group", h->group);
	rmqi_jw_member_i64(&w.json, "lastAccessTime", last_access(b, c));
	rmqi_jw_member_i64(&w.json, "lastConsumeTime", 0); /* nobody sets it there either */
	rmqi_jw_member_i64(&w.json, "liteTopicCount", c ? (int64_t)c->sub_count : -1);
	if (c && h->maxCount > 0)
		write_topics_of(&w, c, h->maxCount);
	member(&w, "parentTopic", h->parentTopic);
	rmqi_jw_close(&w.json, '}');
	mb_answer_body(&r->ticket, &b->body);
}

/* --- How far a group is behind ----------------------------------------------------------------------- */

/* LiteLagInfo.java */
struct lag {
	struct rmqi_str lite;
	struct rmqi_str queue;
	int64_t count;
	int64_t next; /* the first that is not consumed */
	int64_t time; /* its store time */
};

struct lags {
	struct lag *list; /* owned */
	size_t count;
	int64_t total;
};

static void add_lag(struct mb_broker *b, const struct mb_group_offsets *row, struct lags *out)
{
	struct lag *l = &out->list[out->count];
	struct rmqi_str parent;

	if (row->count == 0 || row->rows[0].queue_id != 0 || row->rows[0].committed < 0 ||
	    !rmqi_lite_queue_parse(row->topic, &parent, &l->lite))
		return;
	l->queue = row->topic;
	l->next = row->rows[0].committed;
	l->count = mb_store_light_max(b->store, row->topic) - l->next;
	l->time = -1;
	if (l->count <= 0)
		return;
	out->total += l->count;
	out->count++;
}

static bool find_lags(struct mb_broker *b, struct rmqi_str group, struct lags *out)
{
	const struct rmqi_map *table = &b->offsets.table;

	out->list = rmqi_calloc(table->count + 1, sizeof(*out->list));
	if (!out->list)
		return false;
	for (size_t i = 0; i < table->count; i++) {
		const struct mb_group_offsets *row = rmqi_map_at(table, i, NULL);

		if (rmqi_str_eq(row->group, group))
			add_lag(b, row, out);
	}
	return true;
}

static int compare_counts(const void *a, const void *b)
{
	const struct lag *x = a, *y = b;

	return x->count == y->count ? rmqi_str_cmp(x->lite, y->lite) : x->count < y->count ? 1 : -1;
}

static int compare_times(const void *a, const void *b)
{
	const struct lag *x = a, *y = b;

	return x->time == y->time ? rmqi_str_cmp(x->lite, y->lite) : x->time < y->time ? -1 : 1;
}

static void write_lags(struct writer *w, const char *name, const struct lag *list, size_t count)
{
	rmqi_jw_name(&w->json, name);
	rmqi_jw_open(&w->json, '[');
	for (size_t i = 0; i < count; i++) {
		rmqi_jw_open(&w->json, '{');
		rmqi_jw_member_i64(&w->json, "earliestUnconsumedTimestamp", list[i].time);
		rmqi_jw_member_i64(&w->json, "lagCount", list[i].count);
		member(w, "liteTopic", list[i].lite);
		rmqi_jw_close(&w->json, '}');
	}
	rmqi_jw_close(&w->json, ']');
}

/* Of those that are behind most; the others are not mapped for it. */
static size_t read_times(struct mb_broker *b, const struct lags *l)
{
	size_t count = l->count < TIMES_MAX ? l->count : TIMES_MAX;

	for (size_t i = 0; i < count; i++)
		l->list[i].time = mb_store_time_at(b->store, l->list[i].queue, 0, l->list[i].next);
	return count;
}

static void write_all(struct writer *w, const struct lags *l, size_t most)
{
	size_t timed;

	qsort(l->list, l->count, sizeof(*l->list), compare_counts);
	timed = read_times(w->b, l);
	write_lags(w, "lagCountTopK", l->list, l->count < most ? l->count : most);
	qsort(l->list, timed, sizeof(*l->list), compare_times);
	write_lags(w, "lagTimestampTopK", l->list, timed < most ? timed : most);
	rmqi_jw_member_i64(&w->json, "earliestUnconsumedTimestamp",
			   l->count > 0 ? l->list[0].time : -1);
	rmqi_jw_member_i64(&w->json, "totalLagCount", l->total);
}

/* OffsetWrapper.java */
static void write_wrapper(struct writer *w, struct rmqi_str queue, int64_t max, int64_t committed)
{
	rmqi_jw_name(&w->json, "liteTopicOffsetWrapper");
	rmqi_jw_open(&w->json, '{');
	rmqi_jw_member_i64(&w->json, "brokerOffset", max);
	rmqi_jw_member_i64(&w->json, "consumerOffset", committed);
	rmqi_jw_member_i64(&w->json, "lastTimestamp",
			   committed > 0 ? mb_store_time_at(w->b->store, queue, 0, committed - 1)
					 : 0);
	rmqi_jw_member_i64(&w->json, "pullOffset", 0);
	rmqi_jw_close(&w->json, '}');
}

static void write_one(struct writer *w, struct rmqi_str queue, struct rmqi_str group)
{
	const struct mb_queue_offsets *row = mb_offsets_find(&w->b->offsets, queue, group, 0);
	int64_t max = mb_store_light_max(w->b->store, queue);
	int64_t committed = row ? row->committed : MB_NO_OFFSET;
	bool is_known = max > 0 && committed >= 0;

	rmqi_jw_member_i64(&w->json, "earliestUnconsumedTimestamp",
			   is_known ? mb_store_time_at(w->b->store, queue, 0, committed) : -1);
	if (is_known)
		write_wrapper(w, queue, max, committed);
	rmqi_jw_member_i64(&w->json, "totalLagCount",
			   is_known ? max - committed : max > 0 ? 0 : -1);
}

static void get_group_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_lite_group_info *h = r->header;
	const struct mb_group *g = find_lite_group(b, r, h->group);
	char queue[RMQI_LITE_QUEUE_MAX + 1];
	struct writer w = begin(b);
	struct lags lags = {0};

	if (!g)
		return;
	/* A Java queue of so many cannot be made. */
	if (h->liteTopic.len == 0 && (h->topK < 1 || !find_lags(b, h->group, &lags))) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"java.lang.IllegalArgumentException: topK");
		return;
	}
	rmqi_jw_open(&w.json, '{');
	member(&w, "group", h->group);
	if (h->liteTopic.len > 0)
		member(&w, "liteTopic", h->liteTopic);
	rmqi_jw_member_str(&w.json, "parentTopic", g->lite.bind_topic);
	if (h->liteTopic.len > 0)
		write_one(&w,
			  rmqi_str(rmqi_lite_queue_name(rmqi_str(g->lite.bind_topic), h->liteTopic,
							queue)),
			  h->group);
	else
		write_all(&w, &lags, (size_t)h->topK);
	rmqi_jw_close(&w.json, '}');
	mb_answer_body(&r->ticket, &b->body);
	rmqi_free(lags.list);
}

/* --- Events -------------------------------------------------------------------------------------------- */

/* TRIGGER_LITE_DISPATCH: what is new is looked for now. */
static void trigger(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_trigger_lite_dispatch *h = r->header;
	const struct mb_group *g = find_lite_group(b, r, h->group);

	if (!g)
		return;
	/* Who waits is answered later, so that no client goes meanwhile. */
	for (size_t i = 0; i < b->lites.clients.count; i++) {
		struct mb_lite_client *c = rmqi_map_at(&b->lites.clients, i, NULL);

		if (rmqi_str_is(h->group, c->group) &&
		    (h->clientId.len == 0 || rmqi_str_is(h->clientId, c->id)))
			mb_lite_scan(b, c);
	}
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

const struct mb_handler mb_lite_admin_handlers[] = {
	{RMQI_REQ_GET_BROKER_LITE_INFO, get_broker_info},
	{RMQI_REQ_GET_PARENT_TOPIC_INFO, get_parent_info},
	{RMQI_REQ_GET_LITE_TOPIC_INFO, get_lite_info},
	{RMQI_REQ_GET_LITE_CLIENT_INFO, get_client_info},
	{RMQI_REQ_GET_LITE_GROUP_INFO, get_group_info},
	{RMQI_REQ_TRIGGER_LITE_DISPATCH, trigger},
	{0, NULL},
};
