/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/own_share.h"

#include <stdio.h>

#include "base/mem.h"
#include "client/callbacks.h"
#include "client/namespace.h"
#include "consumer/holding.h"
#include "send/queues.h"

static void free_share(struct rmqi_own_share *s)
{
	rmqi_strings_free(s->members, s->member_count);
	rmqi_free(s->mine);
	rmqi_free(s);
}

static void refuse(struct rmqi_own_share *s, const char *what, size_t number)
{
	s->error = RMQ_ERR_CONFIG;
	snprintf(s->why, sizeof(s->why), "the allocate function %s %zu, of %zu queues", what,
		 number, s->route->subscribe_count);
}

/* --- On a callback thread ------------------------------------------------------------------------ */

static void check(struct rmqi_own_share *s, const size_t *chosen, size_t count)
{
	size_t queues = s->route->subscribe_count;

	if (count > queues) {
		refuse(s, "returned", count);
		return;
	}
	for (size_t i = 0; i < count && s->error == RMQ_OK; i++) {
		if (chosen[i] >= queues)
			refuse(s, "chose a queue that is not there:", chosen[i]);
		else if (s->mine[chosen[i]])
			refuse(s, "chose a queue twice:", chosen[i]);
		else
			s->mine[chosen[i]] = 1;
	}
}

static void call(struct rmqi_own_share *s, struct rmqi_holding *all, size_t *chosen)
{
	atomic_uint next;
	struct rmq_queues queues = {all->queues, all->count, &next, NULL, NULL};

	atomic_init(&next, 0);
	check(s, chosen,
	      s->strategy->fn(&queues, (const char *const *)s->members, s->member_count, s->self,
			      chosen, s->strategy->arg));
}

/* The queues as users see them. NULL: memory is out. */
static struct rmqi_holding *list_queues(const struct rmqi_own_share *s)
{
	const char *space = rmqi_client_namespace(s->consumer->client);
	size_t count = s->route->subscribe_count;
	const struct rmqi_queue **keys = rmqi_calloc(count + 1, sizeof(const struct rmqi_queue *));
	struct rmqi_holding *all;

	if (!keys)
		return NULL;
	for (size_t i = 0; i < count; i++)
		keys[i] = &s->route->subscribe[i];
	all = rmqi_holding_new(rmqi_namespace_plain(space, rmqi_str(s->route->topic)), keys, count);
	rmqi_free(keys);
	return all;
}

static void finish(void *arg)
{
	struct rmqi_own_share *s = arg;

	s->done(s);
	rmqi_sub_unref(s->sub);
	rmqi_topic_route_unref(s->route);
}

static void run(struct rmqi_task *task)
{
	struct rmqi_own_share *s = RMQI_CONTAINER(task, struct rmqi_own_share, task);
	struct rmqi_consumer *c = s->consumer;
	struct rmqi_holding *all = list_queues(s);
	size_t *chosen = rmqi_calloc(s->route->subscribe_count + 1, sizeof(*chosen));

	if (all && chosen) {
		call(s, all, chosen);
	} else {
		s->error = RMQ_ERR_NO_MEMORY;
		snprintf(s->why, sizeof(s->why), "no memory");
	}
	rmqi_holding_unref(all);
	rmqi_free(chosen);
	rmqi_loop_call(c->loop, finish, s);
	free_share(s);
	rmqi_consumer_unref(c);
}

/* --- Asking --------------------------------------------------------------------------------------- */

enum rmq_error rmqi_own_share_ask(const struct rmqi_own_strategy *strategy, struct rmqi_consumer *c,
				  struct rmqi_sub *sub, char **members, size_t member_count,
				  size_t self, void (*done)(struct rmqi_own_share *s))
{
	struct rmqi_own_share *s = rmqi_calloc(1, sizeof(*s));

	if (!s) {
		rmqi_strings_free(members, member_count);
		return RMQ_ERR_NO_MEMORY;
	}
	s->task.run = run;
	s->strategy = strategy;
	s->members = members;
	s->member_count = member_count;
	s->self = self;
	s->done = done;
	s->mine = rmqi_calloc(sub->route->subscribe_count + 1, 1);
	if (!s->mine) {
		free_share(s);
		return RMQ_ERR_NO_MEMORY;
	}
	s->consumer = rmqi_consumer_ref(c);
	s->sub = rmqi_sub_ref(sub);
	s->route = rmqi_topic_route_ref(sub->route);
	rmqi_client_callback(c->client, &s->task);
	return RMQ_OK;
}
