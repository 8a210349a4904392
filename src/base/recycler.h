/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recycler.h - memory that is needed again and again in about the same size: what is given
 * back is kept for the next who asks, up to a limit. No Java twin (there it is the collector's).
 *
 * Fresh memory is dear: the kernel zeroes each page at its first touch (some microseconds a page), and the
 * allocator gives a large piece back at once. A recycled one is still in the cache.
 *
 * Sizes are rounded up to classes (1, 1.5, 2, 3, 4, 6 KiB ... 1.5 MiB), each with a list of its own, last in,
 * first out. Larger pieces are not kept.
 *
 * A piece may outlive the owner's rmqi_recycler_close: it is then freed when it comes back, and the last one frees
 * the recycler.
 *
 * Thread: any. Locks: its own, for a few instructions.
 */
#ifndef RMQI_BASE_RECYCLER_H
#define RMQI_BASE_RECYCLER_H

#include <stddef.h>

#include "base/macros.h"

struct rmqi_recycler;

/* Keeps at most so many bytes that nobody uses. NULL: memory is out. */
struct rmqi_recycler *rmqi_recycler_new(size_t most) RMQI_MUST_USE;
/* Frees of what is kept the pieces that nobody needed since the last call. To be called now and then: so
 * after a burst all goes back with the second call, and under traffic what it needs stays. */
void rmqi_recycler_rest(struct rmqi_recycler *r);
/* Frees what is kept, and keeps nothing from now on: there will be no more traffic. */
void rmqi_recycler_stop(struct rmqi_recycler *r);
/* Frees what is kept. NULL is harmless. */
void rmqi_recycler_close(struct rmqi_recycler *r);

/* Memory of any content, aligned for everything; `r` NULL: plain memory. NULL: memory is out. */
void *rmqi_recycler_get(struct rmqi_recycler *r, size_t size) RMQI_MUST_USE;
/* Gives it back to where it came from. NULL is harmless. */
void rmqi_recycler_put(void *memory);
/* Bytes that it keeps now. */
size_t rmqi_recycler_held(struct rmqi_recycler *r);
/* Where this piece came from; NULL: plain memory, or too large to be kept. */
struct rmqi_recycler *rmqi_recycler_of(const void *memory);

#endif
