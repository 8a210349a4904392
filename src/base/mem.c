/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint_fast64_t allocations;

/* Failure injection. `is_armed` keeps the other two out of the way of production. */
static atomic_bool is_armed;
static atomic_bool fails_forever;
static atomic_int_fast64_t calls_left;

static bool must_fail(void)
{
	int_fast64_t before;

	if (!atomic_load_explicit(&is_armed, memory_order_acquire))
		return false;
	before = atomic_fetch_sub(&calls_left, 1);
	if (before == 1)
		return true;
	return before < 1 && atomic_load(&fails_forever);
}

static void count(void)
{
	atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
}

void *rmqi_alloc(size_t size)
{
	count();
	return must_fail() ? NULL : malloc(size ? size : 1);
}

void *rmqi_calloc(size_t n, size_t size)
{
	count();
	/* Asked here, as a sanitizer's calloc does not return from an overflow. */
	if (must_fail() || (size && n > SIZE_MAX / size))
		return NULL;
	return n && size ? calloc(n, size) : calloc(1, 1);
}

void *rmqi_realloc(void *ptr, size_t size)
{
	if (!ptr)
		count();
	return must_fail() ? NULL : realloc(ptr, size ? size : 1);
}

char *rmqi_strdup(const char *text)
{
	return rmqi_strndup(text, strlen(text));
}

char *rmqi_strndup(const char *text, size_t len)
{
	char *copy = len < SIZE_MAX ? rmqi_alloc(len + 1) : NULL;

	if (!copy)
		return NULL;
	rmqi_memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

void rmqi_free(void *ptr)
{
	free(ptr);
}

uint64_t rmqi_mem_allocations(void)
{
	return atomic_load_explicit(&allocations, memory_order_relaxed);
}

void rmqi_mem_fail_after(uint64_t countdown, int forever)
{
	atomic_store(&is_armed, false);
	atomic_store(&fails_forever, forever != 0);
	atomic_store(&calls_left, countdown < INT64_MAX ? (int64_t)countdown : INT64_MAX);
	atomic_store(&is_armed, countdown > 0);
}
