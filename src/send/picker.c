/* SPDX-License-Identifier: Apache-2.0 */
#include "send/picker.h"

#include <stdio.h>
#include <string.h>

static const struct rmqi_publish_queue *pick_next(void *arg, struct rmqi_topic_route *route,
						  const struct rmqi_publish_queue *last,
						  int64_t now_us)
{
	(void)arg;
	(void)now_us;
	return rmqi_topic_route_choose(route, last ? last->broker_name : NULL);
}

typedef bool fits_fn(struct rmqi_faults *f, const char *broker_name, int64_t now_us);

/* The first of all whose broker fits and did not fail last. */
static const struct rmqi_publish_queue *find_fitting(fits_fn *fits, struct rmqi_faults *faults,
						     const struct rmqi_topic_route *route,
						     const struct rmqi_publish_queue *last,
						     int64_t now_us)
{
	for (size_t i = 0; i < route->publish_count; i++) {
		const struct rmqi_publish_queue *q = &route->publish[i];

		if ((!last || strcmp(q->broker_name, last->broker_name) != 0) &&
		    fits(faults, q->broker_name, now_us))
			return q;
	}
	return NULL;
}

/* The next in turn. The queues of a broker stand together, so each broker is looked up about once. Threads
 * share the turns: who saw only those of one broker, as others took the rest, looks at all. */
static const struct rmqi_publish_queue *pick_fitting(fits_fn *fits, struct rmqi_faults *faults,
						     struct rmqi_topic_route *route,
						     const struct rmqi_publish_queue *last,
						     int64_t now_us)
{
	const char *unfit = NULL;

	for (size_t i = 0; i < route->publish_count; i++) {
		const struct rmqi_publish_queue *q = rmqi_topic_route_choose(route, NULL);

		if (q->broker_name == unfit ||
		    (last && strcmp(q->broker_name, last->broker_name) == 0))
			continue;
		if (fits(faults, q->broker_name, now_us))
			return q;
		unfit = q->broker_name;
	}
	return find_fitting(fits, faults, route, last, now_us);
}

static bool is_reachable(struct rmqi_faults *f, const char *broker_name, int64_t now_us)
{
	return !rmqi_faults_is_unreachable(f, broker_name, now_us);
}

/* MQFaultStrategy.selectOneMessageQueue: an available one, else one that answers, if slowly or with
 * refusals, else as if there were no strategy. */
static const struct rmqi_publish_queue *pick_available(void *arg, struct rmqi_topic_route *route,
						       const struct rmqi_publish_queue *last,
						       int64_t now_us)
{
	struct rmqi_faults *faults = arg;
	const struct rmqi_publish_queue *q;

	if (!rmqi_faults_any(faults, now_us))
		return pick_next(NULL, route, last, now_us);
	q = pick_fitting(rmqi_faults_is_available, faults, route, last, now_us);
	if (!q)
		q = pick_fitting(is_reachable, faults, route, last, now_us);
	return q ? q : pick_next(NULL, route, last, now_us);
}

static const struct rmqi_publish_queue *pick_fixed(void *arg, struct rmqi_topic_route *route,
						   const struct rmqi_publish_queue *last,
						   int64_t now_us)
{
	const struct rmqi_publish_queue *wanted = arg;

	(void)last;
	(void)now_us;
	for (size_t i = 0; i < route->publish_count; i++) {
		const struct rmqi_publish_queue *q = &route->publish[i];

		if (q->queue_id == wanted->queue_id &&
		    strcmp(q->broker_name, wanted->broker_name) == 0)
			return q;
	}
	return NULL;
}

static void explain_fixed(const void *arg, const struct rmqi_topic_route *route, char *out,
			  size_t size)
{
	const struct rmqi_publish_queue *wanted = arg;

	snprintf(out, size, "topic %s has no queue %d on a master of broker %s that can be written",
		 route->topic, (int)wanted->queue_id, wanted->broker_name);
}

static void ask(struct rmqi_selector *s, struct rmqi_topic_route *route)
{
	if (!s->was_none || s->answer < route->publish_count)
		s->answer = s->select(s->arg, route);
	s->was_none = false;
}

static const struct rmqi_publish_queue *pick_selected(void *arg, struct rmqi_topic_route *route,
						      const struct rmqi_publish_queue *last,
						      int64_t now_us)
{
	struct rmqi_selector *s = arg;

	(void)now_us;
	if (last)
		return last; /* the choice is made once */
	if (route->publish_count == 0)
		return NULL;
	if (!s->has_answer)
		ask(s, route);
	s->has_answer = false;
	return s->answer < route->publish_count ? &route->publish[s->answer] : NULL;
}

void rmqi_picker_ask(const struct rmqi_picker *p, struct rmqi_topic_route *route)
{
	struct rmqi_selector *s = p->arg;

	if (route->publish_count == 0)
		return;
	ask(s, route);
	s->has_answer = true;
}

static void explain_selected(const void *arg, const struct rmqi_topic_route *route, char *out,
			     size_t size)
{
	const struct rmqi_selector *s = arg;

	if (s->answer == route->publish_count)
		snprintf(out, size, "the queue selector chose none of the %zu queues of topic %s",
			 route->publish_count, route->topic);
	else
		snprintf(out, size,
			 "the queue selector returned %zu, but topic %s has %zu queues to write: "
			 "allowed are 0 to %zu",
			 s->answer, route->topic, route->publish_count, route->publish_count - 1);
}

static const struct rmqi_publish_queue *pick_hashed(void *arg, struct rmqi_topic_route *route,
						    const struct rmqi_publish_queue *last,
						    int64_t now_us)
{
	const int32_t *hash = arg;

	(void)now_us;
	if (last)
		return last;
	if (route->publish_count == 0)
		return NULL;
	return &route->publish[rmqi_hash_index(*hash, route->publish_count)];
}

struct rmqi_picker rmqi_picker_round_robin(void)
{
	return (struct rmqi_picker){.pick = pick_next};
}

struct rmqi_picker rmqi_picker_fault(struct rmqi_faults *faults)
{
	return (struct rmqi_picker){.pick = pick_available, .arg = faults};
}

struct rmqi_picker rmqi_picker_fixed(const struct rmqi_publish_queue *queue)
{
	return (struct rmqi_picker){.pick = pick_fixed,
				    .arg = (void *)(uintptr_t)queue,
				    .explain = explain_fixed,
				    .is_bound = true};
}

struct rmqi_picker rmqi_picker_selected(struct rmqi_selector *selector)
{
	return (struct rmqi_picker){.pick = pick_selected,
				    .arg = selector,
				    .explain = explain_selected,
				    .is_bound = true,
				    .asks_user = true};
}

struct rmqi_picker rmqi_picker_hashed(const int32_t *hash)
{
	return (struct rmqi_picker){
		.pick = pick_hashed, .arg = (void *)(uintptr_t)hash, .is_bound = true};
}
