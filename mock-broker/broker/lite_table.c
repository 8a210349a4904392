/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_table.c - clients, lite topics and who has which.
 */
#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/lites.h"

/* --- Clients -------------------------------------------------------------------------------------- */

struct mb_lite_client *mb_lite_client_find(const struct mb_broker *b, struct rmqi_str id)
{
	return rmqi_map_get(&b->lites.clients, id);
}

static void client_free(struct mb_lite_client *c)
{
	mb_hold_list_deinit(&c->waiting);
	if (c->conn)
		rmqi_conn_unref(c->conn);
	rmqi_free(c->id);
	rmqi_free(c->group);
	rmqi_free(c->parent);
	rmqi_free(c);
}

static struct mb_lite_client *client_new(struct rmqi_str id, struct rmqi_str group,
					 struct rmqi_str parent)
{
	struct mb_lite_client *c = rmqi_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	rmqi_list_init(&c->subs);
	rmqi_list_init(&c->events);
	mb_hold_list_init(&c->waiting);
	c->id = rmqi_str_dup(id);
	c->group = rmqi_str_dup(group);
	c->parent = rmqi_str_dup(parent);
	if (c->id && c->group && c->parent)
		return c;
	client_free(c);
	return NULL;
}

struct mb_lite_client *mb_lite_client_get(struct mb_broker *b, struct rmqi_str id,
					  struct rmqi_str group, struct rmqi_str parent)
{
	struct mb_lite_client *c = mb_lite_client_find(b, id);

	if (c)
		return c;
	c = client_new(id, group, parent);
	if (c && rmqi_map_set(&b->lites.clients, id, c, NULL) == RMQ_OK) {
		c->last_ms = c->fetched_ms = mb_broker_now_ms(b);
		return c;
	}
	if (c)
		client_free(c);
	return NULL;
}

void mb_lite_client_settle(struct mb_broker *b, struct mb_lite_client *c)
{
	if (c->sub_count > 0 || c->has_all || c->waiting.count > 0)
		return;
	rmqi_map_remove(&b->lites.clients, rmqi_str(c->id));
	client_free(c);
}

void mb_lite_client_clear(struct mb_broker *b, struct mb_lite_client *c)
{
	b->lites.wildcards -= c->has_all;
	c->has_all = false;
	c->scan_ms = 0;
	while (!rmqi_list_is_empty(&c->subs))
		mb_lite_sub_remove(b, RMQI_LIST_ITEM(c->subs.next, struct mb_lite_sub, of_client));
	mb_lite_client_settle(b, c);
}

/* --- Lite topics ----------------------------------------------------------------------------------- */

struct mb_lite_topic *mb_lite_topic_find(const struct mb_broker *b, struct rmqi_str queue)
{
	return rmqi_map_get(&b->lites.topics, queue);
}

static struct mb_lite_topic *topic_get(struct mb_lites *l, struct rmqi_str queue)
{
	struct mb_lite_topic *t = rmqi_map_get(&l->topics, queue);

	if (t)
		return t;
	t = rmqi_calloc(1, sizeof(*t));
	if (!t || rmqi_map_set(&l->topics, queue, t, NULL) != RMQ_OK) {
		rmqi_free(t);
		return NULL;
	}
	rmqi_list_init(&t->subs);
	rmqi_map_at(&l->topics, l->topics.count - 1, &t->queue);
	return t;
}

static void topic_settle(struct mb_lites *l, struct mb_lite_topic *t)
{
	if (!rmqi_list_is_empty(&t->subs))
		return;
	rmqi_map_remove(&l->topics, t->queue);
	rmqi_free(t);
}

/* --- Who has which ---------------------------------------------------------------------------------- */

struct mb_lite_sub *mb_lite_sub_find(const struct mb_lite_client *c, const struct mb_lite_topic *t)
{
	if (!t)
		return NULL;
	RMQI_LIST_EACH(node, &t->subs) {
		struct mb_lite_sub *s = RMQI_LIST_ITEM(node, struct mb_lite_sub, of_topic);

		if (s->client == c)
			return s;
	}
	return NULL;
}

/* Behind another one of its group, so that those of a group stand side by side. */
static void stand_in(struct mb_lite_topic *t, struct mb_lite_sub *s)
{
	RMQI_LIST_EACH(node, &t->subs) {
		const struct mb_lite_sub *other =
			RMQI_LIST_ITEM(node, struct mb_lite_sub, of_topic);

		if (rmqi_str_is(rmqi_str(other->client->group), s->client->group)) {
			rmqi_list_insert_before(node->next, &s->of_topic);
			return;
		}
	}
	rmqi_list_push(&t->subs, &s->of_topic);
}

struct mb_lite_sub *mb_lite_sub_get(struct mb_broker *b, struct mb_lite_client *c,
				    struct rmqi_str queue)
{
	struct mb_lite_topic *t = topic_get(&b->lites, queue);
	struct mb_lite_sub *s = mb_lite_sub_find(c, t);

	if (s || !t)
		return s;
	s = rmqi_alloc(sizeof(*s));
	if (!s) {
		topic_settle(&b->lites, t);
		return NULL;
	}
	*s = (struct mb_lite_sub){.client = c, .topic = t};
	rmqi_list_init(&s->event);
	stand_in(t, s);
	rmqi_list_push(&c->subs, &s->of_client);
	c->sub_count++;
	b->lites.sub_count++;
	return s;
}

void mb_lite_sub_remove(struct mb_broker *b, struct mb_lite_sub *s)
{
	struct mb_lite_topic *t = s->topic;

	mb_lite_event_take(s);
	rmqi_list_remove(&s->of_client);
	rmqi_list_remove(&s->of_topic);
	s->client->sub_count--;
	b->lites.sub_count--;
	rmqi_free(s);
	topic_settle(&b->lites, t);
}
