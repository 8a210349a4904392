/* SPDX-License-Identifier: Apache-2.0 */
#include "base/recycler.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/thread.h"

/* A checker of addresses is to see who uses what he gave back. */
#ifdef __SANITIZE_ADDRESS__
enum { IS_CHECKED = 1 };
#else
enum { IS_CHECKED = 0 };
#endif

enum { SMALLEST = 1024, CLASSES = 22 };

/* In front of what is handed out. */
struct piece {
	struct rmqi_recycler *owner; /* holds a reference while it is out */
	struct piece *next;          /* kept */
	size_t size;                 /* of its class, with this head */
	unsigned class;
};

enum {
	HEAD = (sizeof(struct piece) + alignof(max_align_t) - 1) / alignof(max_align_t) *
	       alignof(max_align_t)
};

struct rmqi_recycler {
	atomic_size_t refs; /* the owner's, and one a piece that is out */
	struct rmqi_mutex mu;
	size_t most;    /* mu */
	bool is_closed; /* mu */
	size_t held;    /* mu: bytes kept */
	struct {
		struct piece *first;
		size_t count;
		size_t least; /* of `count`, since the last rest: so many were not needed */
	} kept[CLASSES];      /* mu */
};

static size_t size_of(unsigned class)
{
	return (class % 2 ? (size_t)SMALLEST * 3 / 2 : (size_t)SMALLEST) << class / 2;
}

/* CLASSES: too large. */
static unsigned class_of(size_t size)
{
	unsigned class = 0;

	while (class < CLASSES && size_of(class) < size)
		class ++;
	return class;
}

struct rmqi_recycler *rmqi_recycler_new(size_t most)
{
	struct rmqi_recycler *r = rmqi_calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	atomic_init(&r->refs, 1);
	r->most = IS_CHECKED ? 0 : most;
	rmqi_mutex_init(&r->mu);
	return r;
}

static void unref(struct rmqi_recycler *r)
{
	if (atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) > 1)
		return;
	rmqi_mutex_deinit(&r->mu);
	rmqi_free(r);
}

static void free_all(struct piece *p)
{
	while (p) {
		struct piece *next = p->next;

		rmqi_free(p);
		p = next;
	}
}

void rmqi_recycler_close(struct rmqi_recycler *r)
{
	if (!r)
		return;
	rmqi_mutex_lock(&r->mu);
	r->is_closed = true;
	rmqi_mutex_unlock(&r->mu);
	/* Nobody adds to them any more. */
	for (unsigned i = 0; i < CLASSES; i++)
		free_all(r->kept[i].first);
	unref(r);
}

/* NULL: none of this class is kept. @locks: mu held */
static struct piece *pop(struct rmqi_recycler *r, unsigned class)
{
	struct piece *p = r->kept[class].first;

	if (!p)
		return NULL;
	r->kept[class].first = p->next;
	r->kept[class].count--;
	r->held -= p->size;
	return p;
}

static struct piece *take(struct rmqi_recycler *r, unsigned class)
{
	struct piece *p;

	rmqi_mutex_lock(&r->mu);
	p = pop(r, class);
	if (r->kept[class].count < r->kept[class].least)
		r->kept[class].least = r->kept[class].count;
	rmqi_mutex_unlock(&r->mu);
	return p;
}

void rmqi_recycler_rest(struct rmqi_recycler *r)
{
	struct piece *idle = NULL, *p;

	rmqi_mutex_lock(&r->mu);
	for (unsigned i = 0; !r->is_closed && i < CLASSES; i++) {
		for (; r->kept[i].least > 0 && (p = pop(r, i)) != NULL; r->kept[i].least--) {
			p->next = idle;
			idle = p;
		}
		r->kept[i].least = r->kept[i].count;
	}
	rmqi_mutex_unlock(&r->mu);
	free_all(idle);
}

void rmqi_recycler_stop(struct rmqi_recycler *r)
{
	struct piece *first[CLASSES];

	rmqi_mutex_lock(&r->mu);
	r->most = r->held = 0;
	for (unsigned i = 0; i < CLASSES; i++) {
		first[i] = r->kept[i].first;
		r->kept[i].first = NULL;
		r->kept[i].count = r->kept[i].least = 0;
	}
	rmqi_mutex_unlock(&r->mu);
	for (unsigned i = 0; i < CLASSES; i++)
		free_all(first[i]);
}

void *rmqi_recycler_get(struct rmqi_recycler *r, size_t size)
{
	unsigned class = r && size < SIZE_MAX - HEAD ? class_of(HEAD + size) : CLASSES;
	bool is_plain = class == CLASSES;
	struct piece *p = is_plain ? NULL : take(r, class);

	if (!p) {
		size_t whole = is_plain ? HEAD + size : size_of(class);

		p = whole < size ? NULL : rmqi_alloc(whole);
		if (!p)
			return NULL;
		*p = (struct piece){.size = whole, .class = class};
	}
	if (!is_plain)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	p->owner = is_plain ? NULL : r;
	return (char *)p + HEAD;
}

static struct piece *piece_of(const void *memory)
{
	return (struct piece *)(void *)((char *)(uintptr_t)memory - HEAD);
}

/* False: it is to be freed. */
static bool keep(struct rmqi_recycler *r, struct piece *p)
{
	bool is_kept;

	rmqi_mutex_lock(&r->mu);
	is_kept = !r->is_closed && r->held + p->size <= r->most;
	if (is_kept) {
		p->next = r->kept[p->class].first;
		r->kept[p->class].first = p;
		r->kept[p->class].count++;
		r->held += p->size;
	}
	rmqi_mutex_unlock(&r->mu);
	return is_kept;
}

void rmqi_recycler_put(void *memory)
{
	struct piece *p;
	struct rmqi_recycler *r;

	if (!memory)
		return;
	p = piece_of(memory);
	r = p->owner;
	if (!r || !keep(r, p))
		rmqi_free(p);
	if (r)
		unref(r);
}

size_t rmqi_recycler_held(struct rmqi_recycler *r)
{
	size_t held;

	rmqi_mutex_lock(&r->mu);
	held = r->held;
	rmqi_mutex_unlock(&r->mu);
	return held;
}

struct rmqi_recycler *rmqi_recycler_of(const void *memory)
{
	return piece_of(memory)->owner;
}
