/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.h - what a public call owes the thread that makes it.
 *
 * A thread that is cancelled within a call would take locks and roles of a
 * connection with it. So from entry to exit its cancellation is held off: it takes
 * effect at its next cancellation point after the call. And errno is what it was:
 * no error of ours is told by it.
 *
 * Calls nest: a listener under virtual time sends within the call that runs it.
 * Only the outermost one does anything.
 *
 * Thread: any.
 */
#ifndef RMQI_BASE_GUARD_H
#define RMQI_BASE_GUARD_H

void rmqi_guard_enter(void);
void rmqi_guard_leave(void);

#endif
