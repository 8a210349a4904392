/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/holding.h"

#include <string.h>

#include "base/mem.h"

/* --- What is held ----------------------------------------------------------------------------- */

void rmqi_holding_unref(struct rmqi_holding *h)
{
	if (h && atomic_fetch_sub(&h->refs, 1) == 1)
		rmqi_free(h);
}

/* Those of one broker stand together and share its name. */
static size_t text_size(const struct rmqi_queue *const *keys, size_t count, size_t topic_len)
{
	size_t size = topic_len + 1;

	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(keys[i]->broker_name, keys[i - 1]->broker_name) != 0)
			size += strlen(keys[i]->broker_name) + 1;
	return size;
}

static void fill(struct rmqi_holding *h, const struct rmqi_queue *const *keys, size_t count,
		 struct rmqi_str topic)
{
	char *at = (char *)&h->queues[count];
	const char *name = NULL;

	h->topic = at;
	rmqi_memcpy(at, topic.ptr, topic.len);
	at += topic.len + 1;
	for (size_t i = 0; i < count; i++) {
		const char *broker = keys[i]->broker_name;

		if (!name || strcmp(name, broker) != 0) {
			name = at;
			rmqi_memcpy(at, broker, strlen(broker) + 1);
			at += strlen(broker) + 1;
		}
		h->queues[i] = (struct rmq_queue){h->topic, name, keys[i]->queue_id};
	}
	h->count = count;
}

struct rmqi_holding *rmqi_holding_new(struct rmqi_str topic, const struct rmqi_queue *const *keys,
				      size_t count)
{
	struct rmqi_holding *h;

	h = rmqi_calloc(1, sizeof(*h) + count * sizeof(h->queues[0]) +
				   text_size(keys, count, topic.len));
	if (!h)
		return NULL;
	atomic_init(&h->refs, 1);
	fill(h, keys, count, topic);
	return h;
}

struct rmqi_holding *rmqi_holding_ref(struct rmqi_holding *h)
{
	if (h)
		atomic_fetch_add(&h->refs, 1);
	return h;
}

/* --- What has changed --------------------------------------------------------------------------- */

static int cmp(const struct rmq_queue *a, const struct rmq_queue *b)
{
	int order = strcmp(a->broker_name, b->broker_name);

	return order ? order : (a->queue_id > b->queue_id) - (a->queue_id < b->queue_id);
}

/* Those of `a` that are not in `b`. */
static size_t subtract(const struct rmqi_holding *a, const struct rmqi_holding *b,
		       struct rmq_queue *out)
{
	size_t count = 0, j = 0;

	for (size_t i = 0; a && i < a->count; i++) {
		while (b && j < b->count && cmp(&b->queues[j], &a->queues[i]) < 0)
			j++;
		if (!b || j == b->count || cmp(&b->queues[j], &a->queues[i]) != 0)
			out[count++] = a->queues[i];
	}
	return count;
}

void rmqi_holding_change_free(struct rmqi_holding_change *change)
{
	rmqi_holding_unref(change->now);
	rmqi_holding_unref(change->before);
	rmqi_free(change);
}

struct rmqi_holding_change *rmqi_holding_change_new(struct rmqi_holding *now,
						    struct rmqi_holding *before)
{
	struct rmqi_holding_change *change;
	size_t room = now->count + (before ? before->count : 0);

	change = rmqi_calloc(1, sizeof(*change) + room * sizeof(change->queues[0]));
	if (!change)
		return NULL;
	change->now = rmqi_holding_ref(now);
	change->before = rmqi_holding_ref(before);
	change->assigned_count = subtract(now, before, change->queues);
	change->revoked_count = subtract(before, now, change->queues + change->assigned_count);
	return change;
}
