/* SPDX-License-Identifier: Apache-2.0 */
#include "client/dedup.h"

#include "base/detail.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/planted.h"
#include "base/process.h"
#include "base/siphash.h"
#include "base/thread.h"

enum {
	SHORT_KEY = 47,   /* bytes; the ids of messages have 32, a UUID 36 */
	SWEEP = 2,        /* keys whose time is over that a call drops: more than it adds */
	SWEEP_ALL = 1024, /* the same before they are counted, at a time */
	US_PER_MS = 1000
};

enum place_state { PLACE_FREE = 0, PLACE_WORKING, PLACE_DONE };

struct place {
	struct rmqi_list link; /* in `free` or `done`; in none while it is worked on */
	uint64_t hash;
	int64_t done_us;
	char *long_key; /* owned, with room for `room` bytes */
	uint32_t next;  /* in its bucket: number + 1, 0 at the end */
	uint16_t len;
	uint16_t room;
	uint8_t state;
	char short_key[SHORT_KEY];
};

struct rmq_dedup {
	struct rmqi_mutex mu;
	const struct rmqi_clock *clock;
	uint64_t process;
	struct rmqi_siphash_key secret;
	int64_t ttl_us; /* 0: no limit */
	size_t capacity;
	size_t bucket_mask;
	uint32_t *buckets; /* number + 1 of the first place, 0: none */
	struct place *places;
	/* Under mu, as what the two arrays hold. */
	size_t fresh; /* places behind have never been used: their memory is not touched yet */
	size_t count;
	struct rmqi_list free;
	struct rmqi_list done; /* done first, done last */
};

enum rmq_error rmqi_dedup_new(size_t capacity, int64_t ttl_ms, const struct rmqi_clock *clock,
			      struct rmq_dedup **out)
{
	struct rmq_dedup *d = rmqi_calloc(1, sizeof(*d));
	size_t buckets = 1;

	if (!d)
		return RMQ_ERR_NO_MEMORY;
	while (buckets < capacity)
		buckets *= 2;
	d->clock = clock;
	d->process = rmqi_process_mark();
	d->secret = rmqi_siphash_key_new();
	d->ttl_us = ttl_ms * US_PER_MS;
	d->capacity = capacity;
	d->bucket_mask = buckets - 1;
	d->buckets = rmqi_calloc(buckets, sizeof(*d->buckets));
	d->places = rmqi_calloc(capacity, sizeof(*d->places));
	rmqi_list_init(&d->free);
	rmqi_list_init(&d->done);
	rmqi_mutex_init(&d->mu);
	if (!d->buckets || !d->places) {
		rmqi_dedup_free(d);
		return RMQ_ERR_NO_MEMORY;
	}
	*out = d;
	return RMQ_OK;
}

void rmqi_dedup_free(struct rmq_dedup *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->fresh; i++)
		rmqi_free(d->places[i].long_key);
	rmqi_mutex_deinit(&d->mu);
	rmqi_free(d->places);
	rmqi_free(d->buckets);
	rmqi_free(d);
}

bool rmqi_dedup_is_inherited(const struct rmq_dedup *d)
{
	return rmqi_process_is_child(d->process);
}

/* --- Places: under mu ------------------------------------------------------------------------- */

static struct rmqi_str key_of(const struct place *p)
{
	return rmqi_str_n(p->len > SHORT_KEY ? p->long_key : p->short_key, p->len);
}

static struct place *find(const struct rmq_dedup *d, struct rmqi_str key, uint64_t hash)
{
	for (uint32_t number = d->buckets[hash & d->bucket_mask]; number;) {
		struct place *p = &d->places[number - 1];

		if (p->hash == hash && rmqi_str_eq(key_of(p), key))
			return p;
		number = p->next;
	}
	return NULL;
}

/* The one change of a place's state, and of the list that it stands in. */
static void move(struct rmq_dedup *d, struct place *p, enum place_state state)
{
	rmqi_list_remove(&p->link);
	if (p->state == PLACE_FREE)
		d->count++;
	if (state == PLACE_FREE) {
		d->count--;
		rmqi_list_push(&d->free, &p->link);
	} else if (state == PLACE_DONE) {
		rmqi_list_push(&d->done, &p->link);
	}
	p->state = (uint8_t)state;
}

static void drop(struct rmq_dedup *d, struct place *p)
{
	uint32_t *number = &d->buckets[p->hash & d->bucket_mask];

	while (&d->places[*number - 1] != p)
		number = &d->places[*number - 1].next;
	*number = p->next;
	move(d, p, PLACE_FREE);
}

static struct place *oldest(const struct rmq_dedup *d)
{
	return rmqi_list_is_empty(&d->done) ? NULL
					    : RMQI_LIST_ITEM(d->done.next, struct place, link);
}

static bool is_over(const struct rmq_dedup *d, const struct place *p, int64_t now_us)
{
	return d->ttl_us > 0 && p->state == PLACE_DONE && now_us - p->done_us >= d->ttl_us;
}

/* Drops at most so many keys whose time is over; how many these were. */
static size_t sweep(struct rmq_dedup *d, int64_t now_us, size_t most)
{
	struct place *p;
	size_t dropped = 0;

	for (; dropped < most && (p = oldest(d)) && is_over(d, p, now_us); dropped++)
		drop(d, p);
	return dropped;
}

/* The place that the next key would take: as it is, perhaps done. NULL: all are worked on. */
static struct place *choose_place(struct rmq_dedup *d)
{
	struct place *p;

	if (!rmqi_list_is_empty(&d->free))
		return RMQI_LIST_ITEM(d->free.next, struct place, link);
	if (d->fresh == d->capacity)
		return oldest(d);
	p = &d->places[d->fresh++];
	rmqi_list_init(&p->link);
	rmqi_list_push(&d->free, &p->link);
	return p;
}

/* What it holds stays as it is. */
static enum rmq_error make_room(struct place *p, size_t len)
{
	char *grown;

	if (len <= SHORT_KEY || len <= p->room)
		return RMQ_OK;
	grown = rmqi_realloc(p->long_key, len);
	if (!grown)
		return RMQ_ERR_NO_MEMORY;
	p->long_key = grown;
	p->room = (uint16_t)len;
	return RMQ_OK;
}

static void keep_key(struct place *p, struct rmqi_str key)
{
	if (key.len <= SHORT_KEY) {
		rmqi_free(p->long_key);
		p->long_key = NULL;
		p->room = 0;
	}
	p->len = (uint16_t)key.len;
	rmqi_memcpy(key.len > SHORT_KEY ? p->long_key : p->short_key, key.ptr, key.len);
}

static enum rmq_error add(struct rmq_dedup *d, struct rmqi_str key, uint64_t hash)
{
	struct place *p = choose_place(d);
	uint32_t *bucket = &d->buckets[hash & d->bucket_mask];
	enum rmq_error err = p ? make_room(p, key.len) : RMQ_ERR_BUSY;

	if (err != RMQ_OK)
		return err;
	if (p->state == PLACE_DONE)
		drop(d, p);
	keep_key(p, key);
	p->hash = hash;
	p->next = *bucket;
	*bucket = (uint32_t)(p - d->places) + 1;
	move(d, p, PLACE_WORKING);
	return RMQ_OK;
}

static enum rmq_error begin(struct rmq_dedup *d, struct rmqi_str key, uint64_t hash,
			    enum rmq_dedup_verdict *verdict)
{
	struct place *p;

	sweep(d, rmqi_clock_us(d->clock), SWEEP);
	p = find(d, key, hash);
	if (!p) {
		*verdict = RMQ_DEDUP_NEW;
		return add(d, key, hash);
	}
	*verdict = p->state == PLACE_WORKING ? RMQ_DEDUP_IN_PROGRESS : RMQ_DEDUP_SEEN;
	/* Its time may be over, and others are still before it. */
	if (is_over(d, p, rmqi_clock_us(d->clock))) {
		*verdict = RMQ_DEDUP_NEW;
		move(d, p, PLACE_WORKING);
	}
	return RMQ_OK;
}

/* --- Calls -------------------------------------------------------------------------------------- */

enum rmq_error rmqi_dedup_begin(struct rmq_dedup *d, struct rmqi_str key,
				enum rmq_dedup_verdict *verdict, struct rmq_error_detail *detail)
{
	enum rmq_dedup_verdict found;
	enum rmq_error err;
	uint64_t hash;

	if (RMQI_PLANTED(OTHERS_ARE_DUPLICATES))
		key.len--;
	hash = rmqi_siphash(d->secret, key);
	rmqi_mutex_lock(&d->mu);
	err = begin(d, key, hash, &found);
	rmqi_mutex_unlock(&d->mu);
	if (err == RMQ_ERR_BUSY)
		return rmqi_detail_set(detail, err, RMQ_ERROR_RETRIABLE,
				       "no room for another key: all %zu are in progress, neither "
				       "done nor forgotten",
				       d->capacity);
	if (err == RMQ_OK)
		*verdict = found;
	return err;
}

bool rmqi_dedup_done(struct rmq_dedup *d, struct rmqi_str key)
{
	struct place *p;
	uint64_t hash;
	bool is_working;

	if (RMQI_PLANTED(OTHERS_ARE_DUPLICATES))
		key.len--;
	hash = rmqi_siphash(d->secret, key);
	rmqi_mutex_lock(&d->mu);
	p = find(d, key, hash);
	is_working = p && p->state == PLACE_WORKING;
	if (is_working) {
		/* Read under the lock: the list is in the order of these times. */
		p->done_us = rmqi_clock_us(d->clock);
		move(d, p, PLACE_DONE);
	}
	rmqi_mutex_unlock(&d->mu);
	return is_working;
}

bool rmqi_dedup_forget(struct rmq_dedup *d, struct rmqi_str key)
{
	uint64_t hash = rmqi_siphash(d->secret, key);
	struct place *p;

	rmqi_mutex_lock(&d->mu);
	p = find(d, key, hash);
	if (p)
		drop(d, p);
	rmqi_mutex_unlock(&d->mu);
	return p != NULL;
}

size_t rmqi_dedup_count(struct rmq_dedup *d)
{
	size_t dropped, count;

	/* A long list is swept in pieces, between which others have their turn. */
	do {
		rmqi_mutex_lock(&d->mu);
		dropped = sweep(d, rmqi_clock_us(d->clock), SWEEP_ALL);
		count = d->count;
		rmqi_mutex_unlock(&d->mu);
	} while (dropped == SWEEP_ALL);
	return count;
}
