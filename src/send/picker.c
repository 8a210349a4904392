/* SPDX-License-Identifier: Apache-2.0 */
#include "send/picker.h"

#include <string.h>

static const struct rmqi_publish_queue *pick_next(void *arg, struct rmqi_topic_route *route,
						  const struct rmqi_publish_queue *last,
						  int64_t now_us)
{
	(void)arg;
	(void)now_us;
	return rmqi_topic_route_choose(route, last ? last->broker_name : NULL);
}

/* MQFaultStrategy.selectOneMessageQueue: one round among the available ones, else as if there were no
 * strategy. The queues of a broker stand together, so each broker is looked up about once. */
static const struct rmqi_publish_queue *pick_available(void *arg, struct rmqi_topic_route *route,
						       const struct rmqi_publish_queue *last,
						       int64_t now_us)
{
	struct rmqi_faults *faults = arg;
	const char *put_aside = NULL;

	if (!rmqi_faults_any(faults, now_us))
		return pick_next(NULL, route, last, now_us);
	for (size_t i = 0; i < route->publish_count; i++) {
		const struct rmqi_publish_queue *q = rmqi_topic_route_choose(route, NULL);

		if (q->broker_name == put_aside ||
		    (last && strcmp(q->broker_name, last->broker_name) == 0))
			continue;
		if (rmqi_faults_is_available(faults, q->broker_name, now_us))
			return q;
		put_aside = q->broker_name;
	}
	return pick_next(NULL, route, last, now_us);
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

static const struct rmqi_publish_queue *pick_selected(void *arg, struct rmqi_topic_route *route,
						      const struct rmqi_publish_queue *last,
						      int64_t now_us)
{
	const struct rmqi_selector *s = arg;
	size_t at;

	(void)now_us;
	if (last)
		return last; /* the choice is made once */
	if (route->publish_count == 0)
		return NULL;
	at = s->select(s->arg, route);
	return at < route->publish_count ? &route->publish[at] : NULL;
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
	return (struct rmqi_picker){
		.pick = pick_fixed, .arg = (void *)(uintptr_t)queue, .is_bound = true};
}

struct rmqi_picker rmqi_picker_selected(const struct rmqi_selector *selector)
{
	return (struct rmqi_picker){.pick = pick_selected,
				    .arg = (void *)(uintptr_t)selector,
				    .is_bound = true,
				    .asks_user = true};
}
