/* SPDX-License-Identifier: Apache-2.0 */
#include "send/shelf.h"

#include <string.h>

#include "base/mem.h"
#include "send/refusals.h"

enum { FIRST_SLOTS = 64 };

static struct rmqi_bundle *by_key(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_bundle, link);
}

static struct rmqi_bundle *by_topic(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_bundle, leads);
}

static struct rmqi_shelf_slot *slot_of(const struct rmqi_shelf *s, uint64_t hash)
{
	return &s->slots[hash & (s->slot_count - 1)];
}

/* False: memory is out, and nothing changed. */
static bool set_slots(struct rmqi_shelf *s, size_t count)
{
	struct rmqi_shelf_slot *slots = rmqi_calloc(count, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < count; i++) {
		rmqi_list_init(&slots[i].keys);
		rmqi_list_init(&slots[i].topics);
	}
	rmqi_free(s->slots);
	s->slots = slots;
	s->slot_count = count;
	return true;
}

static void enlist(struct rmqi_shelf *s, struct rmqi_bundle *b, bool leads)
{
	rmqi_list_push(&slot_of(s, b->hash)->keys, &b->link);
	if (leads)
		rmqi_list_push(&slot_of(s, b->topic_hash)->topics, &b->leads);
}

static void grow(struct rmqi_shelf *s)
{
	/* The lists of the old slots are not touched once these are gone. */
	if (!set_slots(s, s->slot_count * 2))
		return;
	RMQI_LIST_EACH(node, &s->by_age) {
		struct rmqi_bundle *b = RMQI_LIST_ITEM(node, struct rmqi_bundle, open);

		enlist(s, b, !rmqi_list_is_empty(&b->leads));
	}
}

enum rmq_error rmqi_shelf_init(struct rmqi_shelf *s)
{
	*s = (struct rmqi_shelf){0};
	if (!set_slots(s, FIRST_SLOTS))
		return RMQ_ERR_NO_MEMORY;
	rmqi_list_init(&s->by_age);
	return RMQ_OK;
}

void rmqi_shelf_deinit(struct rmqi_shelf *s)
{
	rmqi_free(s->slots);
	*s = (struct rmqi_shelf){0};
}

struct rmqi_shelf_key rmqi_shelf_key(const struct rmqi_batched *message)
{
	const struct rmqi_publish_queue *queue = message->queue;
	struct rmqi_shelf_key k = {
		.topic = message->message->topic, .waits = message->waits, .queue = queue};

	k.topic_hash = rmqi_refusals_hash(RMQI_REFUSALS_HASH_START, k.topic);
	k.hash = k.topic_hash + k.waits;
	if (queue)
		k.hash = rmqi_refusals_hash(k.hash + (uint64_t)queue->queue_id + 1,
					    queue->broker_name);
	return k;
}

static bool is_of_topic(const struct rmqi_bundle *b, const char *topic, uint64_t hash)
{
	return b->topic_hash == hash && strcmp((const char *)rmqi_buf_data(&b->topic), topic) == 0;
}

static bool is_of(const struct rmqi_bundle *b, const struct rmqi_shelf_key *k)
{
	if (b->hash != k->hash || b->waits != k->waits || b->has_queue != (k->queue != NULL) ||
	    !is_of_topic(b, k->topic, k->topic_hash))
		return false;
	return !k->queue || (b->queue.queue_id == k->queue->queue_id &&
			     strcmp(b->queue.broker_name, k->queue->broker_name) == 0);
}

struct rmqi_bundle *rmqi_shelf_find(struct rmqi_shelf *s, const struct rmqi_shelf_key *key)
{
	if (s->last && is_of(s->last, key))
		return s->last;
	RMQI_LIST_EACH(node, &slot_of(s, key->hash)->keys) {
		if (!is_of(by_key(node), key))
			continue;
		s->last = by_key(node);
		return s->last;
	}
	return NULL;
}

static struct rmqi_bundle *find_leader(const struct rmqi_shelf *s, const char *topic, uint64_t hash)
{
	RMQI_LIST_EACH(node, &slot_of(s, hash)->topics) {
		if (is_of_topic(by_topic(node), topic, hash))
			return by_topic(node);
	}
	return NULL;
}

void rmqi_shelf_put(struct rmqi_shelf *s, struct rmqi_bundle *b, const struct rmqi_shelf_key *key)
{
	struct rmqi_bundle *leader;

	if (s->count >= s->slot_count)
		grow(s);
	leader = find_leader(s, key->topic, key->topic_hash);
	b->hash = key->hash;
	b->topic_hash = key->topic_hash;
	enlist(s, b, !leader);
	if (leader) /* at the end of the ring */
		rmqi_list_insert_before(&leader->peers, &b->peers);
	rmqi_list_push(&s->by_age, &b->open);
	s->count++;
	s->last = b;
}

/* The next oldest of its topic leads from here on. */
static void hand_over(struct rmqi_bundle *b)
{
	struct rmqi_bundle *next = RMQI_LIST_ITEM(b->peers.next, struct rmqi_bundle, peers);

	if (rmqi_list_is_empty(&b->leads))
		return;
	if (next != b)
		rmqi_list_insert_before(&b->leads, &next->leads);
	rmqi_list_remove(&b->leads);
}

void rmqi_shelf_remove(struct rmqi_shelf *s, struct rmqi_bundle *b)
{
	hand_over(b);
	rmqi_list_remove(&b->peers);
	rmqi_list_remove(&b->link);
	rmqi_list_remove(&b->open);
	s->count--;
	if (s->last == b)
		s->last = NULL;
}

struct rmqi_bundle *rmqi_shelf_oldest(const struct rmqi_shelf *s)
{
	if (rmqi_list_is_empty(&s->by_age))
		return NULL;
	return RMQI_LIST_ITEM(s->by_age.next, struct rmqi_bundle, open);
}

struct rmqi_bundle *rmqi_shelf_oldest_of(const struct rmqi_shelf *s, const char *topic)
{
	return find_leader(s, topic, rmqi_refusals_hash(RMQI_REFUSALS_HASH_START, topic));
}
