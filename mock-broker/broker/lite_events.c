/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_events.c - what is new for whom (LiteEventDispatcher.java), and the end of what nobody needs
 * (AbstractLiteLifecycleManager.java).
 */
#include "base/mem.h"
#include "codec/lite.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/lites.h"
#include "mock-broker/broker/pop_order.h"

enum {
	CHECK_MS = 10000,        /* liteEventCheckInterval */
	IDLE_MS = 10000,         /* who fetches nothing for so long loses its events */
	FULL_SCAN_MS = 10000,    /* liteEventFullDispatchDelayTime */
	SILENT_MS = 180000,      /* liteSubscriptionCheckTimeoutMills */
	EXPIRY_MS = 120000,      /* liteTtlCheckInterval */
	EXPIRY_LEAST_MS = 900000, /* minLiteTTl */
	SLICE_MS = 10,           /* between the turns of a round of expiry, */
	SLICE_NAMES = 4096,      /* of which each goes over so many names */
	SLICE_READS = 16         /* and wakes so many queues */
};

bool mb_lites_are_on(const struct mb_broker *b)
{
	return b->config->release >= MB_RELEASE_5_5 && b->config->lmq && b->config->multi_dispatch;
}

/* --- Events ---------------------------------------------------------------------------------------- */

bool mb_lite_has_more(const struct mb_broker *b, struct rmqi_str queue, struct rmqi_str group)
{
	const struct mb_queue_offsets *row = mb_offsets_find(&b->offsets, queue, group, 0);
	int64_t next = row && row->committed != MB_NO_OFFSET ? row->committed : 0;

	return mb_store_light_max(b->store, queue) > next;
}

static bool has_event(const struct mb_lite_sub *s)
{
	return !rmqi_list_is_empty(&s->event);
}

void mb_lite_event_take(struct mb_lite_sub *s)
{
	if (!has_event(s))
		return;
	rmqi_list_remove(&s->event);
	s->client->event_count--;
}

/* lite.sub.client.max.event.cnt of its group */
static size_t most_events(const struct mb_broker *b, const struct mb_lite_client *c)
{
	const struct mb_group *g = mb_group_find(b, rmqi_str(c->group));

	return (size_t)(g && g->lite.max_events > 0 ? g->lite.max_events
						    : b->config->lite_client_events);
}

void mb_lite_event(struct mb_broker *b, struct mb_lite_sub *s)
{
	struct mb_lite_client *c = s->client;
	struct mb_parked *first = mb_hold_list_first(&c->waiting);

	if (!has_event(s) && c->event_count >= most_events(b, c)) {
		/* All it has is looked at later. */
		if (c->scan_ms == 0)
			c->scan_ms = mb_broker_now_ms(b) + FULL_SCAN_MS;
	} else if (!has_event(s)) {
		rmqi_list_push(&c->events, &s->event);
		c->event_count++;
	}
	if (first)
		mb_holds_wake(b, first);
}

static bool is_idle(const struct mb_broker *b, const struct mb_lite_client *c)
{
	return c->event_count > 0 && c->waiting.count == 0 &&
	       mb_broker_now_ms(b) - c->fetched_ms >= IDLE_MS;
}

/* One of those from *node on that are of the same group; *node then stands behind them. One that is not idle, if
 * there is one. */
static struct mb_lite_sub *choose(struct mb_broker *b, const struct mb_lite_topic *t,
				  struct rmqi_list **node)
{
	struct mb_lite_sub *first = RMQI_LIST_ITEM(*node, struct mb_lite_sub, of_topic);
	struct mb_lite_sub *chosen = NULL;
	uint64_t seen = 0;

	for (; *node != &t->subs; *node = (*node)->next) {
		struct mb_lite_sub *s = RMQI_LIST_ITEM(*node, struct mb_lite_sub, of_topic);

		if (!rmqi_str_is(rmqi_str(s->client->group), first->client->group))
			break;
		if (!is_idle(b, s->client) && rmqi_rand_below(&b->rand, ++seen) == 0)
			chosen = s;
	}
	return chosen ? chosen : first;
}

void mb_lite_event_of_group(struct mb_broker *b, const struct mb_lite_topic *t,
			    struct rmqi_str group)
{
	RMQI_LIST_EACH(node, &t->subs) {
		struct rmqi_list *from = node;
		const struct mb_lite_sub *s =
			RMQI_LIST_ITEM(node, struct mb_lite_sub, of_topic);

		if (!rmqi_str_is(group, s->client->group))
			continue;
		mb_lite_event(b, choose(b, t, &from));
		return;
	}
}

/* A group that has all lite topics of the parent: those of its clients get a new one with its first message. */
static void give_to_wildcards(struct mb_broker *b, struct rmqi_str queue, struct rmqi_str parent)
{
	for (size_t i = 0; i < b->lites.clients.count; i++) {
		struct mb_lite_client *c = rmqi_map_at(&b->lites.clients, i, NULL);

		if (c->has_all && rmqi_str_is(parent, c->parent))
			(void)mb_lite_sub_get(b, c, queue); /* without memory: at the next one */
	}
}

static void arrived_in(struct mb_broker *b, struct rmqi_str queue)
{
	const struct mb_lite_topic *t;
	struct rmqi_str parent, lite;

	mb_holds_check_queue(b, queue, 0); /* pulls with a liteTopic */
	if (b->lites.wildcards > 0 && rmqi_lite_queue_parse(queue, &parent, &lite))
		give_to_wildcards(b, queue, parent);
	t = mb_lite_topic_find(b, queue);
	for (struct rmqi_list *node = t ? t->subs.next : NULL; t && node != &t->subs;)
		mb_lite_event(b, choose(b, t, &node));
}

void mb_lites_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a)
{
	struct mb_broker *b = RMQI_CONTAINER(listener, struct mb_broker, lites.arrivals);
	struct rmqi_str rest, one;
	bool more = true;

	if (b->lites.clients.count + b->holds.count == 0 || !a->in_queue || !mb_lites_are_on(b) ||
	    !rmqi_properties_get(a->properties, RMQI_PROP_MULTI_DISPATCH, &rest))
		return;
	while (more) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		arrived_in(b, one);
	}
}

/* --- From time to time ------------------------------------------------------------------------------ */

void mb_lite_scan(struct mb_broker *b, struct mb_lite_client *c)
{
	c->scan_ms = 0;
	RMQI_LIST_EACH(node, &c->subs) {
		struct mb_lite_sub *s = RMQI_LIST_ITEM(node, struct mb_lite_sub, of_client);

		if (!has_event(s) && mb_lite_has_more(b, s->topic->queue, rmqi_str(c->group)))
			mb_lite_event(b, s);
	}
}

/* Events that are not fetched go to others that have the same. */
static void pass_on(struct mb_broker *b, struct mb_lite_client *c)
{
	struct rmqi_list all;

	rmqi_list_init(&all);
	rmqi_list_move_all(&c->events, &all);
	c->event_count = 0;
	while (!rmqi_list_is_empty(&all)) {
		struct mb_lite_sub *s = RMQI_LIST_ITEM(all.next, struct mb_lite_sub, event);

		rmqi_list_remove(&s->event);
		mb_lite_event_of_group(b, s->topic, rmqi_str(c->group));
	}
}

static void check(struct rmqi_timer *timer)
{
	struct mb_broker *b = RMQI_CONTAINER(timer, struct mb_broker, lites.check);
	int64_t now_ms = mb_broker_now_ms(b);

	/* Backwards: one that goes is replaced by the last. */
	for (size_t i = b->lites.clients.count; i-- > 0;) {
		struct mb_lite_client *c = rmqi_map_at(&b->lites.clients, i, NULL);

		if (c->conn && now_ms - c->last_ms >= SILENT_MS)
			mb_lite_client_clear(b, c);
		else if (c->scan_ms > 0 && c->scan_ms <= now_ms)
			mb_lite_scan(b, c);
		else if (is_idle(b, c))
			pass_on(b, c);
	}
	rmqi_timer_start_ms(timer, CHECK_MS);
}

/* --- The end of lite topics -------------------------------------------------------------------------- */

struct ending {
	struct rmqi_str parent;
	struct rmqi_buf names; /* a comma behind each, which is in none */
};

static void note(void *arg, struct rmqi_str queue)
{
	struct ending *e = arg;
	struct rmqi_str parent, lite;

	if (!rmqi_lite_queue_parse(queue, &parent, &lite) || !rmqi_str_eq(parent, e->parent))
		return;
	rmqi_buf_add_str(&e->names, queue);
	rmqi_buf_add_u8(&e->names, ',');
}

static void end_one(struct mb_broker *b, struct rmqi_str queue)
{
	struct mb_lite_topic *t = mb_lite_topic_find(b, queue);
	size_t left = 0;

	if (t)
		RMQI_LIST_EACH(node, &t->subs)
			left++;
	/* With the last one the topic itself is gone. */
	for (; left > 0; left--)
		mb_lite_sub_remove(b, RMQI_LIST_ITEM(t->subs.next, struct mb_lite_sub, of_topic));
	mb_lite_outs_forget(b, queue);
	mb_offsets_remove_topic(&b->offsets, queue);
	if (mb_store_delete_topic(b->store, queue) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_WARN, "broker: cannot delete the lite topic %.*s",
			 RMQI_STR_ARG(queue));
}

static void end_all(struct mb_broker *b, struct rmqi_str parent)
{
	struct ending e = {.parent = parent};
	struct rmqi_str rest, one;

	rmqi_buf_init(&e.names, RMQI_FRAME_MAX);
	mb_store_lights(b->store, note, &e);
	rest = rmqi_cursor_str(rmqi_buf_cursor(&e.names));
	while (rest.len > 0) {
		rest = rmqi_str_cut(rest, ",", &one, NULL);
		end_one(b, one);
	}
	rmqi_buf_deinit(&e.names);
}

/* 0: for ever. */
static int64_t ttl_of(const struct mb_broker *b, struct rmqi_str queue)
{
	struct rmqi_str parent, lite;
	const struct mb_topic *t =
		rmqi_lite_queue_parse(queue, &parent, &lite) ? mb_topic_find(b, parent) : NULL;
	int64_t ms = t && t->is_lite ? t->lite_expiration_min * 60000 : 0;

	return ms > 0 && ms < EXPIRY_LEAST_MS ? EXPIRY_LEAST_MS : ms;
}

static void keep_place(void *arg, const struct mb_queue_entry_view *e)
{
	*(int64_t *)arg = e->physical_offset;
}

/* There were messages, and the log has none of them any more. A queue that cannot be read is no such one. */
static bool is_emptied(struct mb_broker *b, struct rmqi_str queue, int64_t max)
{
	int64_t place = -1;

	if (max <= 0)
		return false;
	if (mb_store_min_offset(b->store, queue, 0) >= max)
		return true;
	return mb_store_entries(b->store, queue, 0, max - 1, 1, keep_place, &place) &&
	       place < mb_store_min_physical_offset(b->store);
}

static void end_if_old(struct mb_broker *b, struct rmqi_str queue, int64_t ttl_ms)
{
	int64_t max = mb_store_light_max(b->store, queue);
	int64_t newest = mb_store_time_at(b->store, queue, 0, max - 1);
	char *name;

	if (newest < 0 ? !is_emptied(b, queue, max) : mb_broker_wall_ms(b) - newest <= ttl_ms)
		return;
	/* With the queue its name is gone. */
	name = rmqi_strndup(queue.ptr, queue.len);
	if (name)
		end_one(b, rmqi_str(name));
	rmqi_free(name);
}

/* From the last one on: who takes the place of one that is deleted was looked at before. */
static void expire_some(struct mb_broker *b)
{
	struct mb_lites *l = &b->lites;
	int reads = 0;

	for (int i = 0; i < SLICE_NAMES && reads < SLICE_READS && l->to_expire > 0; i++) {
		size_t count = mb_store_light_count(b->store);
		struct rmqi_str queue;
		int64_t ttl_ms;

		l->to_expire = l->to_expire < count ? l->to_expire : count;
		if (l->to_expire == 0)
			return;
		queue = mb_store_light_at(b->store, --l->to_expire);
		ttl_ms = ttl_of(b, queue);
		if (ttl_ms <= 0)
			continue;
		end_if_old(b, queue, ttl_ms);
		reads++;
	}
}

/* To read the time of one is to map it: a hundred thousand at once would stop the broker for seconds. */
static void expire(struct rmqi_timer *timer)
{
	struct mb_broker *b = RMQI_CONTAINER(timer, struct mb_broker, lites.expiry);
	struct mb_lites *l = &b->lites;

	if (l->to_expire == 0 && mb_broker_wall_ms(b) - b->boot_ms >= EXPIRY_LEAST_MS)
		l->to_expire = mb_store_light_count(b->store);
	expire_some(b);
	rmqi_timer_start_ms(timer, l->to_expire > 0 ? SLICE_MS : EXPIRY_MS);
}

void mb_lites_forget_parent(struct mb_broker *b, struct rmqi_str parent)
{
	if (mb_lites_are_on(b))
		end_all(b, parent);
}

/* --- All of it ----------------------------------------------------------------------------------------- */

enum rmq_error mb_lites_init(struct mb_broker *b)
{
	struct mb_lites *l = &b->lites;
	enum rmq_error err = rmqi_timer_init(&l->check, rmqi_loop_inner_timers(b->loop), check);

	rmqi_map_init(&l->topics);
	rmqi_map_init(&l->clients);
	rmqi_map_init(&l->outs);
	rmqi_buf_init(&l->times, 64 * 1024);
	rmqi_buf_init(&l->scratch, 64 * 1024);
	return err != RMQ_OK ? err
			     : rmqi_timer_init(&l->expiry, rmqi_loop_inner_timers(b->loop), expire);
}

void mb_lites_start(struct mb_broker *b)
{
	if (!mb_lites_are_on(b))
		return;
	rmqi_timer_start_ms(&b->lites.check, CHECK_MS);
	rmqi_timer_start_ms(&b->lites.expiry, EXPIRY_MS);
}

void mb_lites_deinit(struct mb_broker *b)
{
	struct mb_lites *l = &b->lites;

	rmqi_timer_deinit(&l->check);
	rmqi_timer_deinit(&l->expiry);
	while (l->clients.count > 0)
		mb_lite_client_clear(b, rmqi_map_at(&l->clients, l->clients.count - 1, NULL));
	rmqi_map_deinit(&l->clients, NULL);
	rmqi_map_deinit(&l->topics, NULL);
	rmqi_map_deinit(&l->outs, mb_lite_out_free);
	rmqi_buf_deinit(&l->times);
	rmqi_buf_deinit(&l->scratch);
}
