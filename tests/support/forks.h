/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forks.h - for a test whose process has threads when it forks, and whose child allocates.
 *
 * GCC 12's address sanitizer keeps the stack of each allocation in a table that has a lock of its own, which nobody takes
 * before a fork: when another thread holds it then, the child spins for ever in its first allocation. Without stacks
 * of allocations the table is not used. A leak is still found, but not told where it was made.
 */
#ifndef TESTS_SUPPORT_FORKS_H
#define TESTS_SUPPORT_FORKS_H

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "malloc_context_size=0";
}
#endif

#endif
