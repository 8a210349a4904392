/* SPDX-License-Identifier: Apache-2.0 */
#include "base/guard.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>

static _Thread_local struct {
	unsigned depth;
	int cancel_state;
	int error;
} guard;

void rmqi_guard_enter(void)
{
	if (guard.depth++ > 0)
		return;
	guard.error = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard.cancel_state);
}

void rmqi_guard_leave(void)
{
	int ignored;

	/* Every entry has one exit. */
	assert(guard.depth > 0);
	if (--guard.depth > 0)
		return;
	pthread_setcancelstate(guard.cancel_state, &ignored);
	errno = guard.error;
}
