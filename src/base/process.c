/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

static const uint64_t pid_bit = UINT64_C(1) << 63;

static pthread_once_t page_once = PTHREAD_ONCE_INIT;
static _Atomic uint64_t *page;     /* NULL: the pid does */
static _Atomic uint64_t last_mark; /* a child counts on from its parent's */

static void map_page(void)
{
	size_t size = sizeof(*page); /* the kernel gives a whole page */
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return;
	if (madvise(at, size, MADV_WIPEONFORK) == 0)
		page = at;
	else
		munmap(at, size);
}

uint64_t rmqi_process_mark(void)
{
	uint64_t mark, fresh;

	pthread_once(&page_once, map_page);
	if (!page)
		return (uint64_t)getpid() | pid_bit;
	mark = atomic_load_explicit(page, memory_order_relaxed);
	if (mark)
		return mark;
	fresh = atomic_fetch_add(&last_mark, 1) + 1;
	return atomic_compare_exchange_strong(page, &mark, fresh) ? fresh : mark;
}
