/* SPDX-License-Identifier: Apache-2.0 */
#include "send/queues.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/namespace.h"

struct rmq_queues *rmqi_queues_new(struct rmqi_topic_route *route)
{
	struct rmq_queues *q = rmqi_calloc(1, sizeof(*q));

	if (!q) {
		rmqi_topic_route_unref(route);
		return NULL;
	}
	*q = rmqi_queues_of(route);
	q->route = route;
	return q;
}

static int cmp_queues(const void *a, const void *b)
{
	return rmqi_queue_cmp(*(const struct rmqi_queue *const *)a,
			      *(const struct rmqi_queue *const *)b);
}

/* The text behind `at`, which moves on. */
static const char *put(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *here = *at;

	rmqi_memcpy(here, text, size);
	*at += size;
	return here;
}

/* queues | the order of those given | texts */
struct rmq_queues *rmqi_queues_copy(const struct rmqi_queue *const *queues, size_t count,
				    const char *space)
{
	size_t head = sizeof(struct rmq_queues) + count * sizeof(struct rmq_queue), texts = 1;
	const struct rmqi_queue **order;
	struct rmq_queues *q;
	struct rmq_queue *list;
	char *at;

	for (size_t i = 0; i < count; i++)
		texts += strlen(queues[i]->topic) + strlen(queues[i]->broker_name) + 2;
	q = rmqi_calloc(1, head + count * sizeof(*order) + texts);
	if (!q)
		return NULL;
	list = (struct rmq_queue *)(void *)(q + 1);
	order = (const struct rmqi_queue **)(void *)(list + count);
	at = (char *)(order + count);
	*q = (struct rmq_queues){.list = list, .count = count, .texts = at};
	for (size_t i = 0; i < count; i++)
		order[i] = queues[i];
	qsort(order, count, sizeof(*order), cmp_queues);
	for (size_t i = 0; i < count; i++)
		list[i] = (struct rmq_queue){
			put(&at, order[i]->topic) +
				rmqi_namespace_hidden(space, rmqi_str(order[i]->topic)),
			put(&at, order[i]->broker_name), order[i]->queue_id};
	return q;
}

void rmqi_queues_free(struct rmq_queues *q)
{
	if (!q || (!q->route && !q->texts))
		return; /* a selector's list is not its own */
	if (q->route)
		rmqi_topic_route_unref(q->route);
	rmqi_free(q);
}
