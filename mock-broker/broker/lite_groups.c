/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_groups.c - groups of lite topics, for operators: how far one is behind, and a look for what is new
 * (LiteManagerProcessor.java, LiteConsumerLagCalculator.java, 5.5.0).
 *
 * Members of bodies stand in the order of their names, as fastjson writes them.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "codec/lite.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/lites.h"

enum { TIMES_MAX = 1024 /* lite topics of one answer that are mapped for their store time */ };

struct writer {
	struct mb_broker *b;
	struct rmqi_jw json;
	struct rmqi_str group;
};

static void member(struct writer *w, const char *name, struct rmqi_str value)
{
	rmqi_jw_name(&w->json, name);
	rmqi_jw_str(&w->json, value);
}

/* One that may be made is (SubscriptionGroupManager.findSubscriptionGroupConfig). */
const struct mb_group *mb_lite_asked_group(struct mb_broker *b, const struct mb_request *r,
					   struct rmqi_str name)
{
	const struct mb_group *g = mb_group_get(b, name);

	if (!g)
		mb_answer_error(&r->ticket, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				"Group [%.*s] not exist.", RMQI_STR_ARG(name));
	return g;
}

static const struct mb_group *find_lite_group(struct mb_broker *b, const struct mb_request *r,
					      struct rmqi_str name)
{
	const struct mb_group *g = mb_lite_asked_group(b, r, name);

	if (!g || (g->lite.bind_topic && g->lite.bind_topic[0] != '\0'))
		return g;
	mb_answer_error(&r->ticket, RMQI_RESP_INVALID_PARAMETER,
			"Group [%.*s] is not a LITE group.", RMQI_STR_ARG(name));
	return NULL;
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

/* The members between group and parentTopic, and what is returned is the total. */
static int64_t write_all(struct writer *w, const struct lags *l, size_t most)
{
	size_t timed, count = l->count < most ? l->count : most;
	struct lag *by_time = rmqi_calloc(l->count + 1, sizeof(*by_time));

	qsort(l->list, l->count, sizeof(*l->list), compare_counts);
	timed = by_time ? read_times(w->b, l) : 0;
	for (size_t i = 0; i < timed; i++)
		by_time[i] = l->list[i];
	if (timed > 0)
		qsort(by_time, timed, sizeof(*by_time), compare_times);
	rmqi_jw_member_i64(&w->json, "earliestUnconsumedTimestamp",
			   timed > 0 ? by_time[0].time : -1);
	member(w, "group", w->group);
	write_lags(w, "lagCountTopK", l->list, count);
	write_lags(w, "lagTimestampTopK", by_time, timed < most ? timed : most);
	rmqi_free(by_time);
	return l->total;
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

static int64_t write_one(struct writer *w, struct rmqi_str lite, struct rmqi_str queue)
{
	const struct mb_queue_offsets *row = mb_offsets_find(&w->b->offsets, queue, w->group, 0);
	int64_t max = mb_store_light_max(w->b->store, queue);
	int64_t committed = row ? row->committed : MB_NO_OFFSET;
	bool is_known = max > 0 && committed >= 0;

	rmqi_jw_member_i64(&w->json, "earliestUnconsumedTimestamp",
			   is_known ? mb_store_time_at(w->b->store, queue, 0, committed) : -1);
	member(w, "group", w->group);
	member(w, "liteTopic", lite);
	if (is_known)
		write_wrapper(w, queue, max, committed);
	if (is_known)
		return max - committed;
	return max > 0 ? 0 : -1;
}

/* The remark is what an answer of Java has that nobody gave one. */
static void answer_unset(struct mb_request *r, const struct rmqi_buf *body)
{
	const struct rmqi_cursor piece = rmqi_buf_cursor(body);
	const struct rmqi_outgoing response = {.remark = RMQI_STR("not set any response code"),
					       .body = &piece,
					       .body_count = piece.len > 0};

	if (rmqi_buf_status(body) == RMQ_OK)
		mb_answer(&r->ticket, &response);
	else
		mb_answer_failure(&r->ticket, rmqi_buf_status(body));
}

static void get_group_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_lite_group_info *h = r->header;
	const struct mb_group *g = find_lite_group(b, r, h->group);
	char queue[RMQI_LITE_QUEUE_MAX + 1];
	struct writer w = {.b = b, .json = {.out = &b->body}, .group = h->group};
	struct lags lags = {0};
	int64_t total;

	if (!g)
		return;
	/* A Java queue of so many cannot be made. */
	if (h->liteTopic.len == 0 && (h->topK < 1 || !find_lags(b, h->group, &lags))) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"java.lang.IllegalArgumentException");
		return;
	}
	rmqi_buf_reset(&b->body);
	rmqi_lite_queue_name(rmqi_str(g->lite.bind_topic), h->liteTopic, queue);
	rmqi_jw_open(&w.json, '{');
	total = h->liteTopic.len > 0 ? write_one(&w, h->liteTopic, rmqi_str(queue))
				     : write_all(&w, &lags, (size_t)h->topK);
	rmqi_jw_member_str(&w.json, "parentTopic", g->lite.bind_topic);
	rmqi_jw_member_i64(&w.json, "totalLagCount", total);
	rmqi_jw_close(&w.json, '}');
	answer_unset(r, &b->body);
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
	rmqi_buf_reset(&b->body);
	answer_unset(r, &b->body);
}

const struct mb_handler mb_lite_group_handlers[] = {
	{RMQI_REQ_GET_LITE_GROUP_INFO, get_group_info},
	{RMQI_REQ_TRIGGER_LITE_DISPATCH, trigger},
	{0, NULL},
};
