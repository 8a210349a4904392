/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/repeats.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENURES_SEEN = 4, LOOKS_TO_AGREE = 2 };

/* The tenures that one message came in, the last ones. */
struct place {
	uint16_t tenures[TENURES_SEEN]; /* 0: none */
};

struct tenure {
	uint16_t number; /* 0: it never had the queue */
	bool holds;
	int64_t floor; /* what is before was committed when it began; -1: not known */
};

struct held_queue {
	char broker[32];
	int32_t id;
	struct tenure members[REPEATS_MEMBERS_MAX]; /* the last one of each */
	uint16_t tenures;
	size_t holders;
	int64_t committed; /* -1: not known */
	uint64_t settled;  /* the end of the last time that two had it */
	int agreeing;      /* looks since */
	struct place *places;
	size_t place_count;
};

struct repeats {
	struct held_queue queues[REPEATS_QUEUES_MAX];
	size_t count, tenures, floored;
	uint64_t tick; /* counts what happens */
};

static _Noreturn void give_up(const char *why)
{
	fprintf(stderr, "repeats: %s\n", why);
	exit(1);
}

struct repeats *repeats_new(void)
{
	return calloc(1, sizeof(struct repeats));
}

void repeats_free(struct repeats *r)
{
	for (size_t i = 0; r && i < r->count; i++)
		free(r->queues[i].places);
	free(r);
}

static struct held_queue *find(struct repeats *r, const char *broker, int32_t id)
{
	struct held_queue *q;

	for (size_t i = 0; i < r->count; i++)
		if (r->queues[i].id == id && strcmp(r->queues[i].broker, broker) == 0)
			return &r->queues[i];
	if (r->count == REPEATS_QUEUES_MAX || strlen(broker) >= sizeof(q->broker))
		give_up("too many queues, or too long a name");
	q = &r->queues[r->count++];
	snprintf(q->broker, sizeof(q->broker), "%s", broker);
	q->id = id;
	q->committed = -1;
	return q;
}

static struct tenure *tenure_of(struct held_queue *q, int member)
{
	if (member < 0 || member >= REPEATS_MEMBERS_MAX)
		give_up("no such member");
	return &q->members[member];
}

/* Two have it, or had it until now: what is committed may go back. */
static void unsettle(struct repeats *r, struct held_queue *q)
{
	q->committed = -1;
	q->agreeing = 0;
	q->settled = r->tick;
}

void repeats_assigned(struct repeats *r, int member, const char *broker, int32_t queue)
{
	struct held_queue *q = find(r, broker, queue);
	struct tenure *t = tenure_of(q, member);

	r->tick++;
	if (q->tenures == UINT16_MAX)
		give_up("too many tenures");
	q->holders += !t->holds;
	*t = (struct tenure){.number = ++q->tenures, .holds = true, .floor = q->committed};
	r->tenures++;
	r->floored += t->floor >= 0;
	if (q->holders > 1)
		unsettle(r, q);
}

void repeats_revoked(struct repeats *r, int member, const char *broker, int32_t queue)
{
	struct held_queue *q = find(r, broker, queue);
	struct tenure *t = tenure_of(q, member);

	r->tick++;
	if (q->holders > 1)
		unsettle(r, q);
	q->holders -= t->holds;
	t->holds = false;
}

uint64_t repeats_look(struct repeats *r)
{
	return ++r->tick;
}

void repeats_committed(struct repeats *r, uint64_t look, const char *broker, int32_t queue,
		       int64_t offset)
{
	struct held_queue *q = find(r, broker, queue);

	if (q->holders > 1 || look < q->settled || offset < 0)
		return;
	if (++q->agreeing >= LOOKS_TO_AGREE && offset > q->committed)
		q->committed = offset;
}

static struct place *place_at(struct held_queue *q, int64_t offset)
{
	size_t count = q->place_count;
	struct place *more;

	if (offset < 0 || offset >= REPEATS_OFFSETS_MAX)
		give_up("an offset beyond the limit");
	if ((size_t)offset < count)
		return &q->places[offset];
	count = ((size_t)offset + 1) * 2;
	more = realloc(q->places, count * sizeof(*more));
	if (!more)
		give_up("memory is out");
	memset(more + q->place_count, 0, (count - q->place_count) * sizeof(*more));
	q->places = more;
	q->place_count = count;
	return &q->places[offset];
}

/* True when it had come in this tenure already. */
static bool place_add(struct place *p, uint16_t tenure)
{
	for (size_t i = 0; i < TENURES_SEEN; i++)
		if (p->tenures[i] == tenure)
			return true;
	memmove(p->tenures + 1, p->tenures, sizeof(p->tenures) - sizeof(p->tenures[0]));
	p->tenures[0] = tenure;
	return false;
}

enum repeat repeats_delivered(struct repeats *r, int member, const char *broker, int32_t queue,
			      int64_t offset)
{
	struct held_queue *q = find(r, broker, queue);
	struct tenure *t = tenure_of(q, member);
	struct place *p = place_at(q, offset);
	bool is_first = p->tenures[0] == 0;

	/* Also that of one who was never given the queue. */
	if (t->number == 0 || place_add(p, t->number))
		return REPEAT_UNEXPLAINED;
	if (is_first)
		return REPEAT_NONE;
	if (offset < t->floor)
		return REPEAT_UNEXPLAINED;
	return q->holders > 1 ? REPEAT_SHARED : REPEAT_UNCOMMITTED;
}

size_t repeats_held(const struct repeats *r)
{
	size_t held = 0;

	for (size_t i = 0; i < r->count; i++)
		held += r->queues[i].holders;
	return held;
}

size_t repeats_shared(const struct repeats *r)
{
	size_t shared = 0;

	for (size_t i = 0; i < r->count; i++)
		shared += r->queues[i].holders > 1;
	return shared;
}

size_t repeats_tenures(const struct repeats *r)
{
	return r->tenures;
}

size_t repeats_floored(const struct repeats *r)
{
	return r->floored;
}
