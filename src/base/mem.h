/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem.h - the only place that calls malloc and free.
 *
 * Every allocation of the library goes through here, so that a test can fail
 * the n-th one, and so that allocations can be counted by a benchmark.
 *
 * Thread: any.
 */
#ifndef RMQI_BASE_MEM_H
#define RMQI_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"

/* NULL when memory is out. `size` 0 is served as 1. */
void *rmqi_alloc(size_t size) RMQI_MUST_USE;
/* Zeroed. NULL also when count * size overflows. */
void *rmqi_calloc(size_t count, size_t size) RMQI_MUST_USE;
/* On failure the old block stays valid. */
void *rmqi_realloc(void *ptr, size_t size) RMQI_MUST_USE;
char *rmqi_strdup(const char *text) RMQI_MUST_USE;
/* A NUL-terminated copy of len bytes. */
char *rmqi_strndup(const char *text, size_t len) RMQI_MUST_USE;
void rmqi_free(void *ptr);

/* memcpy, memmove, memcmp for which a length of 0 makes NULL pointers legal. */
static inline void rmqi_memcpy(void *dst, const void *src, size_t len)
{
	if (len)
		memcpy(dst, src, len);
}

static inline int rmqi_memcmp(const void *a, const void *b, size_t len)
{
	return len ? memcmp(a, b, len) : 0;
}

/* Allocations made by this process so far (alloc, calloc, realloc of NULL). */
uint64_t rmqi_mem_allocations(void);
/* Tests: the allocation `countdown` calls from now fails (1 = the next one),
 * and every one after it if `forever`. 0 switches off. Process-wide. */
void rmqi_mem_fail_after(uint64_t countdown, int forever);

#endif
