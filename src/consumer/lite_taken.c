/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_taken.c - a broker says that another client has taken a lite topic over.
 *
 * The word of the broker that owns it (send/lite.h) ends it. Another one knows it, too, as long as it has messages of it:
 * of two clients that subscribe it at once, each may come last at one of the two, and if both gave it up nobody would
 * have it. So what such a broker says waits for the owner's word:
 *
 *     taken at another broker --the owner says so, too--> lost
 *                             --nothing for CONTEST_MS--> the owner has it for us: it is subscribed again
 *                             --the owner is away-------> lost
 *
 * The client that had lost it at the owner has given it up everywhere by then.
 */
#include <string.h>

#include "codec/names.h"
#include "codec/schema.h"
#include "consumer/lite_topics.h"
#include "send/lite.h"

enum { CONTEST_MS = 3000 };

/* Is it about what we had there before we subscribed it again? That it may be told now, and then it is ours: it is told
 * once more, for if it was told first, it has just given it away. */
static bool is_of_before(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t, const char *address)
{
	RMQI_LIST_EACH(node, &s->brokers) {
		const struct rmqi_lite_broker *b =
			RMQI_LIST_ITEM(node, struct rmqi_lite_broker, link);

		if (strcmp(b->address, address) != 0 || !b->is_told || t->changed <= b->told)
			continue;
		if (b->is_asking)
			rmqi_lite_topics_again(s, t);
		return true;
	}
	return false;
}

/* The broker that its messages go to; NULL: it is not known, or does not know us now. */
static const struct rmqi_lite_broker *find_owner(const struct rmqi_lite_topics *s,
						 const struct rmqi_lite_topic *t)
{
	struct rmqi_client *client = s->consumer->client;
	struct rmqi_topic_route *route = rmqi_client_cached_route(client, s->parent);
	const struct rmqi_lite_broker *owner = NULL;
	size_t at = route ? route->publish_count : 0;

	if (at > 0)
		at = rmqi_lite_bucket(rmqi_java_hash(rmqi_str(t->name)), at);
	RMQI_LIST_EACH(node, &s->brokers) {
		const struct rmqi_lite_broker *b =
			RMQI_LIST_ITEM(node, struct rmqi_lite_broker, link);

		if (route && at < route->publish_count &&
		    strcmp(b->name, route->publish[at].broker_name) == 0 &&
		    rmqi_client_registered_us(client, b->address) != RMQI_FOREVER)
			owner = b;
	}
	rmqi_topic_route_unref(route);
	return owner;
}

static void contest(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t)
{
	if (t->contested_us > 0)
		return;
	t->contested_us = rmqi_consumer_deadline(s->consumer, CONTEST_MS);
	if (t->contested_us < s->contest_us)
		s->contest_us = t->contested_us;
}

static void lose(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t, const char *address)
{
	struct rmqi_consumer *c = s->consumer;

	RMQI_LOG(c->log, RMQ_LOG_WARN,
		 "group %s: lite topic %s of topic %s was taken over by another client (broker "
		 "%s): this one does not receive it any more",
		 c->group, t->name, s->parent, address ? address : "unknown");
	rmqi_client_tell(c->client, RMQ_EVENT_TAKEN_OVER, s->parent, address, -1, NULL,
			 "lite topic %s of topic %s was taken over by another client of group "
			 "%s: this one does not receive it any more",
			 t->name, s->parent, c->group);
	rmqi_lite_topics_lose(s, t);
}

void rmqi_lite_topics_taken(struct rmqi_lite_topics *s, const char *address,
			    const struct rmqi_command *request)
{
	struct rmqi_consumer *c = s->consumer;
	struct rmqi_h_notify_unsubscribe_lite h = {0};
	const struct rmqi_lite_broker *owner;
	struct rmqi_lite_topic *t;

	if (s->is_leaving ||
	    rmqi_header_decode(&rmqi_desc_notify_unsubscribe_lite, request, &h, NULL) != RMQ_OK ||
	    !rmqi_str_is(h.consumerGroup, c->group) ||
	    !rmqi_str_is(h.clientId, rmqi_client_id(c->client)))
		return;
	t = rmqi_lite_topics_find(s, h.liteTopic);
	if (!t || is_of_before(s, t, address))
		return;
	owner = find_owner(s, t);
	if (owner && strcmp(owner->address, address) != 0)
		contest(s, t);
	else
		lose(s, t, address);
	rmqi_lite_topics_advance(s);
}

static void decide(struct rmqi_lite_topics *s, struct rmqi_lite_topic *t)
{
	const struct rmqi_lite_broker *owner = find_owner(s, t);

	if (owner && owner->is_told && t->changed <= owner->told)
		rmqi_lite_topics_again(s, t);
	else
		lose(s, t, NULL);
}

void rmqi_lite_topics_decide(struct rmqi_lite_topics *s)
{
	int64_t now = rmqi_clock_us(s->consumer->clock);

	if (s->contest_us > now)
		return;
	s->contest_us = RMQI_FOREVER;
	RMQI_LIST_EACH(node, &s->added) {
		struct rmqi_lite_topic *t = RMQI_LIST_ITEM(node, struct rmqi_lite_topic, link);

		if (t->contested_us > now && t->contested_us < s->contest_us)
			s->contest_us = t->contested_us;
		else if (t->contested_us > 0 && t->contested_us <= now)
			decide(s, t);
	}
}
