/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allocate_ring.c - consistent hashing (AllocateMessageQueueConsistentHash, ConsistentHashRouter).
 *
 *     a member stands at VIRTUAL places of the ring: hash("<client id>-<0..9>"); who comes later takes a place
 *     that is taken
 *     a queue goes to the first place at or behind hash("MessageQueue [topic=.., brokerName=.., queueId=..]"),
 *     else to the first of all
 *     hash = the first four bytes of the MD5
 *
 * The same names go to the same places as in Java. When one member of n comes or goes, about a n-th of
 * the queues move; the others stay where they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/md5.h"
#include "base/mem.h"
#include "consumer/allocate.h"

enum {
	VIRTUAL = 10,
	/* Of what is hashed: a broker's name has no limit of its own but that of a route. */
	TEXT_MAX = 2048
};

struct place {
	uint32_t at;
	uint32_t order; /* of coming */
	size_t member;
};

static uint32_t hash(const char *text, size_t len)
{
	uint8_t digest[RMQI_MD5_SIZE];

	rmqi_md5(text, len, digest);
	return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 |
	       digest[3];
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* Of places that are taken twice the last one counts. */
static size_t drop_taken(struct place *ring, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && ring[i + 1].at == ring[i].at)
			continue;
		ring[kept++] = ring[i];
	}
	return kept;
}

/* Ids are sorted: one that is there twice goes on counting its places. */
static size_t fill(const struct rmqi_contest *c, struct place *ring)
{
	char text[TEXT_MAX];
	size_t count = 0, twin = 0;

	for (size_t i = 0; i < c->member_count; i++) {
		twin = i > 0 && strcmp(c->members[i], c->members[i - 1]) == 0 ? twin + 1 : 0;
		for (size_t k = 0; k < VIRTUAL; k++) {
			int len = snprintf(text, sizeof(text), "%s-%zu", c->members[i],
					   twin * VIRTUAL + k);

			ring[count] = (struct place){.order = (uint32_t)count, .member = i};
			ring[count++].at = hash(
				text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
		}
	}
	qsort(ring, count, sizeof(*ring), by_place);
	return drop_taken(ring, count);
}

static const struct place *find(const struct place *ring, size_t count, uint32_t at)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ring[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return &ring[low < count ? low : 0];
}

static size_t add_number(char *text, size_t at, int32_t number)
{
	char digits[12];
	size_t n = 0;
	uint32_t left = (uint32_t)number; /* never below 0 */

	do {
		digits[n++] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	while (n > 0)
		text[at++] = digits[--n];
	return at;
}

/* MessageQueue.toString, but for the number and the bracket: the same for all queues of a broker. */
static size_t begin_name(const struct rmqi_queue *q, char *text, size_t size)
{
	int n = snprintf(text, size, "MessageQueue [topic=%s, brokerName=%s, queueId=", q->topic,
			 q->broker_name);

	return (size_t)n < size ? (size_t)n : size - 1;
}

enum rmq_error rmqi_allocate_by_ring(const struct rmqi_contest *c, uint8_t *mine)
{
	struct place *ring = rmqi_calloc(c->member_count, VIRTUAL * sizeof(*ring));
	const char *self = c->members[c->self], *broker = "";
	char text[TEXT_MAX + 16];
	size_t places, begun = 0;

	if (!ring)
		return RMQ_ERR_NO_MEMORY;
	places = fill(c, ring);
	for (size_t i = 0; i < c->queue_count; i++) {
		const struct rmqi_queue *q = &c->queues[i];
		size_t len;

		if (i == 0 || strcmp(broker, q->broker_name) != 0) {
			broker = q->broker_name;
			begun = begin_name(q, text, TEXT_MAX);
		}
		len = add_number(text, begun, q->queue_id);
		text[len++] = ']';
		mine[i] =
			strcmp(c->members[find(ring, places, hash(text, len))->member], self) == 0;
	}
	rmqi_free(ring);
	return RMQ_OK;
}
