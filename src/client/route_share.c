/* SPDX-License-Identifier: Apache-2.0 */
#include "client/route_share.h"

#include <string.h>

void rmqi_route_share_init(struct rmqi_route_share *s, const char *topic, bool use_default,
			   int64_t deadline_us)
{
	rmqi_list_init(&s->link);
	rmqi_list_init(&s->others);
	s->topic = topic;
	s->use_default = use_default;
	s->deadline_us = deadline_us;
}

static bool is_for(const struct rmqi_route_share *question, const struct rmqi_route_share *s)
{
	return question->use_default == s->use_default && question->deadline_us <= s->deadline_us &&
	       strcmp(question->topic, s->topic) == 0;
}

/* Under c->mu. */
static struct rmqi_route_share *find(struct rmqi_client *c, const struct rmqi_route_share *s)
{
	struct rmqi_route_share *question;

	RMQI_LIST_EACH(node, &c->route_questions) {
		question = RMQI_LIST_ITEM(node, struct rmqi_route_share, link);
		if (is_for(question, s))
			return question;
	}
	return NULL;
}

bool rmqi_route_share_join(struct rmqi_client *c, struct rmqi_route_share *s)
{
	struct rmqi_route_share *question = NULL;
	struct rmqi_topic *t;

	rmqi_mutex_lock(&c->mu);
	t = rmqi_map_get(&c->topics, rmqi_str(s->topic));
	if (!t || !t->route) {
		question = find(c, s);
		rmqi_list_push(question ? &question->others : &c->route_questions, &s->link);
	}
	rmqi_mutex_unlock(&c->mu);
	return question != NULL;
}

void rmqi_route_share_leave(struct rmqi_client *c, struct rmqi_route_share *s,
			    struct rmqi_list *others)
{
	rmqi_list_init(others);
	rmqi_mutex_lock(&c->mu);
	rmqi_list_remove(&s->link);
	rmqi_list_move_all(&s->others, others);
	rmqi_mutex_unlock(&c->mu);
}
