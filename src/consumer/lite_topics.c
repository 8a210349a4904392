/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/lite_topics.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"

/* A user who waits until every broker has heard of a change. */
struct wait {
	struct rmqi_list link;
	uint64_t version;
	struct rmqi_event done;
	enum rmq_error error;
	rmq_error_detail *detail;
};

static int64_t now_us(const struct rmqi_lite_topics *s)
{
	return rmqi_clock_us(s->consumer->clock);
}

static struct rmqi_lite_broker *broker_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_lite_broker, link);
}

/* --- Names ------------------------------------------------------------------------------------------ */

struct rmqi_lite_topic *rmqi_lite_topics_find(const struct rmqi_lite_topics *s,
					      struct rmqi_str name)
{
	struct rmqi_lite_topic *t = rmqi_map_get(&s->names, name);

	return t && !t->is_removed ? t : NULL;
}

static struct rmqi_lite_topic *make_name(struct rmqi_str name)
{
	struct rmqi_lite_topic *t = rmqi_calloc(1, sizeof(*t) + name.len + 1);

	if (!t)
		return NULL;
	rmqi_list_init(&t->link);
	memcpy(t->name, name.ptr, name.len);
	return t;
}

static void change_to(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t, bool is_removed)
{
	t->changed = ++s->version;
	t->is_removed = is_removed;
	t->contested_us = 0;
	rmqi_list_remove(&t->link);
	rmqi_list_push(is_removed ? &s->removed : &s->added, &t->link);
}

void rmqi_lite_topics_again(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t)
{
	change_to(s, t, false);
}

static void forget(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t)
{
	rmqi_list_remove(&t->link);
	(void)rmqi_map_remove(&s->names, rmqi_str(t->name));
	rmqi_free(t);
}

void rmqi_lite_topics_lose(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t)
{
	forget(s, t);
	atomic_fetch_sub(&s->live, 1);
	s->taken++;
	/* What was under way to any of them may have named it. */
	RMQI_LIST_EACH(node, &s->brokers)
		broker_of(node)->is_stale = true;
}

static enum rmq_error add_name(struct rmqi_lite_topics *s, struct rmqi_str name)
{
	struct rmqi_lite_topic *t = rmqi_map_get(&s->names, name);
	enum rmq_error err = RMQ_OK;

	if (!t) {
		t = make_name(name);
		err = t ? rmqi_map_set(&s->names, name, t, NULL) : RMQ_ERR_NO_MEMORY;
	}
	if (err != RMQ_OK) {
		rmqi_free(t);
		return err;
	}
	change_to(s, t, false);
	atomic_fetch_add(&s->live, 1);
	return RMQ_OK;
}

static void remove_name(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t)
{
	change_to(s, t, true);
	atomic_fetch_sub(&s->live, 1);
}

/* Up to here all brokers know. */
static uint64_t known_to_all(const struct rmqi_lite_topics *s)
{
	uint64_t known = s->version;

	RMQI_LIST_EACH(node, &s->brokers) {
		const struct rmqi_lite_broker *b = broker_of(node);

		/* What is under way to it may name what was removed since. */
		if ((b->is_told || b->is_asking) && b->told < known)
			known = b->told;
	}
	return known;
}

static void forget_removed(struct rmqi_lite_topics *s)
{
	uint64_t known = known_to_all(s);

	RMQI_LIST_EACH(node, &s->removed) {
		struct rmqi_lite_topic *t = RMQI_LIST_ITEM(node, struct rmqi_lite_topic, link);

		if (t->changed > known)
			return;
		forget(s, t);
	}
}

/* --- Who waits -------------------------------------------------------------------------------------- */

/* Has the broker said what it thinks of this change, or is it not to be waited for? */
static bool is_settled(const struct rmqi_lite_broker *b, uint64_t version)
{
	if (b->is_asking)
		return false;
	return b->tried >= version || b->told >= version || b->error != RMQ_OK;
}

static const struct rmqi_lite_broker *find_refusal(const struct rmqi_lite_topics *s,
						   uint64_t version)
{
	RMQI_LIST_EACH(node, &s->brokers) {
		const struct rmqi_lite_broker *b = broker_of(node);

		if (b->is_refused && b->tried >= version)
			return b;
	}
	return NULL;
}

static void end_wait(struct rmqi_lite_topics *s, struct wait *w)
{
	const struct rmqi_lite_broker *b = find_refusal(s, w->version);

	rmqi_list_remove(&w->link);
	if (b) {
		if (b->code >= 0)
			rmqi_detail_set_broker(w->detail, b->code, rmqi_str(b->why));
		w->error = rmqi_detail_set(
			w->detail, b->error, RMQ_ERROR_FATAL,
			"the lite topics of topic %s are not subscribed at broker %s (%s): %s",
			s->parent, b->name, b->address, b->why);
	}
	rmqi_event_set(&w->done);
}

static bool is_heard(const struct rmqi_lite_topics *s, const struct wait *w)
{
	RMQI_LIST_EACH(node, &s->brokers) {
		if (!is_settled(broker_of(node), w->version))
			return false;
	}
	return true;
}

/* --- Time ------------------------------------------------------------------------------------------- */

static void arm(struct rmqi_lite_topics *s)
{
	int64_t next = s->contest_us;

	RMQI_LIST_EACH(node, &s->brokers) {
		int64_t at = rmqi_lite_broker_due(broker_of(node));

		next = at < next ? at : next;
	}
	if (next != RMQI_FOREVER)
		rmqi_timer_start(&s->timer, next);
	else
		rmqi_timer_stop(&s->timer);
}

void rmqi_lite_topics_moved(struct rmqi_lite_topics *s)
{
	forget_removed(s);
	RMQI_LIST_EACH(node, &s->waits) {
		struct wait *w = RMQI_LIST_ITEM(node, struct wait, link);

		if (is_heard(s, w))
			end_wait(s, w);
	}
	arm(s);
	if (s->on_moved)
		s->on_moved(s->arg);
}

void rmqi_lite_topics_advance(struct rmqi_lite_topics *s)
{
	RMQI_LIST_EACH(node, &s->brokers)
		rmqi_lite_broker_advance(broker_of(node));
	rmqi_lite_topics_moved(s);
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_lite_topics *s = RMQI_CONTAINER(t, struct rmqi_lite_topics, timer);

	RMQI_LIST_EACH(node, &s->brokers) {
		struct rmqi_lite_broker *b = broker_of(node);

		if (b->is_told && b->renew_us <= now_us(s)) {
			b->is_stale = true;
			b->renew_us = RMQI_FOREVER;
		}
	}
	if (s->is_leaving)
		return;
	rmqi_lite_topics_decide(s);
	rmqi_lite_topics_advance(s);
}

/* --- Changes ---------------------------------------------------------------------------------------- */

struct change_call {
	struct rmqi_lite_topics *set;
	const char *parent;
	const char *name;
	bool is_added;
	struct wait wait;
};

static enum rmq_error take_parent(struct rmqi_lite_topics *s, const char *parent,
				  rmq_error_detail *detail)
{
	if (s->parent && strcmp(s->parent, parent) == 0)
		return RMQ_OK;
	if (s->parent)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "this consumer receives lite topics of topic %s: those of "
				       "topic %s need another consumer, and another group",
				       s->parent, parent);
	s->parent = rmqi_strdup(parent);
	if (!s->parent)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the topic");
	atomic_store(&s->is_used, true);
	return RMQ_OK;
}

/* A person may have helped since it refused. */
static void try_now(struct rmqi_lite_topics *s)
{
	RMQI_LIST_EACH(node, &s->brokers) {
		struct rmqi_lite_broker *b = broker_of(node);

		if (!b->is_refused)
			continue;
		b->due_us = 0;
		b->is_refused = false;
		b->error = RMQ_OK;
	}
}

static enum rmq_error change_name(struct change_call *call)
{
	struct rmqi_lite_topics *s = call->set;
	struct rmqi_lite_topic *t = rmqi_lite_topics_find(s, rmqi_str(call->name));

	if (call->is_added)
		return t ? RMQ_OK : add_name(s, rmqi_str(call->name));
	if (!t || strcmp(s->parent, call->parent) != 0)
		return rmqi_detail_set(call->wait.detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_FATAL,
				       "lite topic %s of topic %s was not subscribed", call->name,
				       call->parent);
	remove_name(s, t);
	return RMQ_OK;
}

static void start_change(void *arg)
{
	struct change_call *call = arg;
	struct rmqi_lite_topics *s = call->set;
	struct wait *w = &call->wait;
	uint64_t before = s->version;

	w->error = s->is_leaving ? rmqi_detail_set(w->detail, RMQ_ERR_CANCELLED, 0,
						   "the consumer was closed")
				 : RMQ_OK;
	if (w->error == RMQ_OK && call->is_added)
		w->error = take_parent(s, call->parent, w->detail);
	if (w->error == RMQ_OK)
		w->error = change_name(call);
	if (w->error == RMQ_ERR_NO_MEMORY)
		(void)rmqi_detail_set(w->detail, w->error, 0, "no memory for the lite topic");
	if (w->error != RMQ_OK || s->version == before) {
		rmqi_event_set(&w->done);
		return;
	}
	w->version = s->version;
	rmqi_list_push(&s->waits, &w->link);
	try_now(s);
	rmqi_lite_topics_advance(s);
}

/* What brokers refuse is not subscribed: those that took it are told so. */
static void undo(void *arg)
{
	struct change_call *call = arg;
	struct rmqi_lite_topic *t = rmqi_lite_topics_find(call->set, rmqi_str(call->name));

	if (!t || call->set->is_leaving)
		return;
	remove_name(call->set, t);
	try_now(call->set);
	rmqi_lite_topics_advance(call->set);
}

enum rmq_error rmqi_lite_topics_change(struct rmqi_lite_topics *s, const char *parent,
				       const char *name, bool is_added,
				       struct rmq_error_detail *detail)
{
	struct change_call call = {.set = s,
				   .parent = parent,
				   .name = name,
				   .is_added = is_added,
				   .wait = {.detail = detail}};

	rmqi_list_init(&call.wait.link);
	rmqi_event_init(&call.wait.done, rmqi_client_env(s->consumer->client));
	rmqi_loop_call(s->consumer->loop, start_change, &call);
	(void)rmqi_event_wait(&call.wait.done, RMQI_FOREVER);
	rmqi_event_deinit(&call.wait.done);
	if (call.wait.version == 0 || call.wait.error == RMQ_OK)
		return call.wait.error;
	if (is_added && call.wait.error != RMQ_ERR_CANCELLED)
		rmqi_loop_call(s->consumer->loop, undo, &call);
	/* What cannot be taken off at once is taken off with all that is told later. */
	return is_added ? call.wait.error : RMQ_OK;
}

static void give_up(void *arg)
{
	struct rmqi_lite_topics *s = arg;

	if (atomic_load(&s->live) > 0 || !s->parent)
		return;
	while (!rmqi_list_is_empty(&s->brokers))
		rmqi_lite_broker_drop(broker_of(s->brokers.next));
	forget_removed(s);
	rmqi_free(s->parent);
	s->parent = NULL;
	atomic_store(&s->is_used, false);
}

bool rmqi_lite_topics_give_up(struct rmqi_lite_topics *s)
{
	rmqi_loop_call(s->consumer->loop, give_up, s);
	return !atomic_load(&s->is_used);
}

/* --- Brokers ---------------------------------------------------------------------------------------- */

static struct rmqi_lite_broker *find_broker(const struct rmqi_lite_topics *s, const char *name)
{
	RMQI_LIST_EACH(node, &s->brokers) {
		if (strcmp(broker_of(node)->name, name) == 0)
			return broker_of(node);
	}
	return NULL;
}

/* Without memory it is made with the next route. */
static void make_broker(struct rmqi_lite_topics *s, const char *name)
{
	struct rmqi_lite_broker *b = rmqi_calloc(1, sizeof(*b));
	char *copy = rmqi_strdup(name);

	if (!b || !copy) {
		rmqi_free(b);
		rmqi_free(copy);
		return;
	}
	b->set = s;
	b->name = copy;
	b->renew_us = RMQI_FOREVER;
	rmqi_list_push(&s->brokers, &b->link);
}

static bool is_in_route(const struct rmqi_route *route, const char *name)
{
	for (size_t i = 0; i < route->queue_count; i++)
		if (strcmp(route->queues[i].broker_name, name) == 0)
			return true;
	return false;
}

void rmqi_lite_topics_placed(struct rmqi_lite_topics *s, struct rmqi_sub *sub)
{
	const struct rmqi_route *route = sub->route && !sub->is_removed ? &sub->route->route : NULL;

	if (!s->parent || !route || strcmp(rmqi_sub_topic(sub), s->parent) != 0 || s->is_leaving)
		return;
	RMQI_LIST_EACH(node, &s->brokers) {
		if (!is_in_route(route, broker_of(node)->name))
			rmqi_lite_broker_drop(broker_of(node));
	}
	for (size_t i = 0; i < route->queue_count; i++)
		if (!find_broker(s, route->queues[i].broker_name))
			make_broker(s, route->queues[i].broker_name);
	rmqi_lite_topics_advance(s);
}

void rmqi_lite_topics_registered(struct rmqi_lite_topics *s, const char *address)
{
	if (s->is_leaving)
		return;
	RMQI_LIST_EACH(node, &s->brokers) {
		struct rmqi_lite_broker *b = broker_of(node);

		if (!rmqi_lite_broker_find(b) || strcmp(b->address, address) != 0)
			continue;
		b->is_stale = true;
		b->is_looked_at = false;
		b->due_us = 0;
	}
	rmqi_lite_topics_advance(s);
}

bool rmqi_lite_topics_has(const struct rmqi_lite_topics *s, const char *name)
{
	return rmqi_lite_topics_find(s, rmqi_str(name)) != NULL;
}

enum rmq_error rmqi_lite_topics_at(struct rmqi_lite_topics *s, const char *broker_name,
				   const struct rmqi_lite_broker **out)
{
	const struct rmqi_lite_broker *b = find_broker(s, broker_name);

	if (!b)
		return RMQ_AGAIN;
	*out = b;
	/* What it knew before it has, whatever became of the last change. */
	if (b->is_told)
		return RMQ_OK;
	return b->error != RMQ_OK ? b->error : RMQ_AGAIN;
}

/* --- Life ------------------------------------------------------------------------------------------- */

void rmqi_lite_topics_init(struct rmqi_lite_topics *s, const struct rmqi_env *env)
{
	*s = (struct rmqi_lite_topics){.contest_us = RMQI_FOREVER};
	atomic_init(&s->live, 0);
	atomic_init(&s->is_used, false);
	rmqi_map_init(&s->names);
	rmqi_list_init(&s->added);
	rmqi_list_init(&s->removed);
	rmqi_list_init(&s->brokers);
	rmqi_list_init(&s->waits);
	rmqi_event_init(&s->gone, env);
}

void rmqi_lite_topics_deinit(struct rmqi_lite_topics *s)
{
	rmqi_map_deinit(&s->names, rmqi_free);
	rmqi_free(s->parent);
	rmqi_event_deinit(&s->gone);
}

enum rmq_error rmqi_lite_topics_set_up(struct rmqi_lite_topics *s, struct rmqi_consumer *c)
{
	s->consumer = c;
	return rmqi_timer_init(&s->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_lite_topics_tear_down(struct rmqi_lite_topics *s)
{
	rmqi_timer_deinit(&s->timer);
	while (!rmqi_list_is_empty(&s->brokers))
		rmqi_lite_broker_drop(broker_of(s->brokers.next));
}

void rmqi_lite_topics_stop(struct rmqi_lite_topics *s)
{
	s->is_leaving = true;
	rmqi_timer_stop(&s->timer);
	RMQI_LIST_EACH(node, &s->waits) {
		struct wait *w = RMQI_LIST_ITEM(node, struct wait, link);

		rmqi_list_remove(&w->link);
		w->error =
			rmqi_detail_set(w->detail, RMQ_ERR_CANCELLED, 0, "the consumer was closed");
		rmqi_event_set(&w->done);
	}
}

static void leave(void *arg)
{
	struct rmqi_lite_topics *s = arg;

	RMQI_LIST_EACH(node, &s->brokers)
		rmqi_lite_broker_leave(broker_of(node));
	if (s->goodbyes == 0)
		rmqi_event_set(&s->gone);
}

void rmqi_lite_topics_leave(struct rmqi_lite_topics *s, int64_t until_us)
{
	rmqi_loop_call(s->consumer->loop, leave, s);
	(void)rmqi_event_wait(&s->gone, until_us);
}
