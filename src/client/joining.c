/* SPDX-License-Identifier: Apache-2.0 */
/*
 * joining.c - brokers that are being greeted: the first heartbeat of a connection, or the first ever, is
 * on its way to them. What must not happen before a broker knows this client (a reply that it has to hand
 * on) waits for these, and for no others: a broker that did not take its heartbeat may be away for days.
 */
#include "client/client_impl.h"

static bool is_joining(const struct rmqi_broker *b)
{
	return b->is_greeting && b->is_calling && !b->is_registered;
}

void rmqi_client_count_joining(struct rmqi_client *c)
{
	struct rmqi_list woken, *node;
	unsigned count = 0;

	for (size_t i = 0; i < c->brokers.count; i++)
		count += is_joining(rmqi_map_at(&c->brokers, i, NULL));
	atomic_store(&c->joining, count);
	if (count > 0)
		return;
	rmqi_list_init(&woken);
	rmqi_list_move_all(&c->join_waits, &woken);
	while ((node = rmqi_list_pop(&woken)) != NULL)
		rmqi_event_set(&RMQI_LIST_ITEM(node, struct rmqi_join_wait, link)->done);
}

bool rmqi_client_is_joining(const struct rmqi_client *c)
{
	return atomic_load(&c->joining) > 0;
}

static void begin_wait(void *arg)
{
	struct rmqi_join_wait *w = arg;

	if (rmqi_client_is_joining(w->client))
		rmqi_list_push(&w->client->join_waits, &w->link);
	else
		rmqi_event_set(&w->done);
}

static void end_wait(void *arg)
{
	struct rmqi_join_wait *w = arg;

	rmqi_list_remove(&w->link);
}

bool rmqi_client_wait_joined(struct rmqi_client *c, int64_t deadline_us)
{
	struct rmqi_join_wait w = {.client = c};
	bool is_done;

	if (!rmqi_client_is_joining(c))
		return true;
	rmqi_list_init(&w.link);
	rmqi_event_init(&w.done, c->env);
	rmqi_loop_call(c->loop, begin_wait, &w);
	is_done = rmqi_event_wait(&w.done, deadline_us);
	rmqi_loop_call(c->loop, end_wait, &w);
	rmqi_event_deinit(&w.done);
	return is_done;
}

const char *rmqi_client_unknown_to(struct rmqi_client *c)
{
	for (size_t i = 0; i < c->brokers.count; i++) {
		const struct rmqi_broker *b = rmqi_map_at(&c->brokers, i, NULL);

		if (b->is_master && !b->is_registered)
			return b->address;
	}
	return NULL;
}
