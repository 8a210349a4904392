/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shot.h - an answer that leaves as a fault wants it: later, twice, cut, in pieces, with wrong bytes,
 * behind the next one, and what becomes of the connection then.
 *
 * It is encoded at once; what it was made of is borrowed. When its connection closes, it is lost.
 *
 * Thread: loop.
 */
#ifndef MB_RULES_SHOT_H
#define MB_RULES_SHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/macros.h"
#include "mock-broker/faults.h"
#include "mock-broker/rules/fault.h"
#include "mock-broker/rules/wire.h"
#include "net/loop.h"

struct mb_shots {
	struct rmqi_loop *loop;
	struct rmqi_list shots; /* struct shot */
	struct mb_wires wires;
};

void mb_shots_init(struct mb_shots *s, struct rmqi_loop *loop);
/* Drops what has not left. */
void mb_shots_deinit(struct mb_shots *s);
/* Keeps the answer of a passage in MB_STAGE_RESPONSE (faults.h: is_kept, delay_ms). `delay_ms`: with its
 * jitter. False: it cannot be (no memory, too large, or what is to be corrupted is not there); nothing was
 * sent. */
bool mb_shots_fire(struct mb_shots *s, struct mb_passage *p, const struct rmq_mock_fault *f,
		   int64_t delay_ms) RMQI_MUST_USE;
/* Notes in the ticket what was fired. */
void mb_shots_tell(struct mb_ticket *t, const struct rmq_mock_fault *f);
/* Instead of an answer. */
void mb_shots_close(struct mb_shots *s, struct rmqi_conn *c, enum mb_fault_close how);
/* Another answer is about to leave on the connection: what waits for it follows. */
void mb_shots_passed(struct mb_shots *s, const struct rmqi_conn *c);
/* Nothing waits, and no connection was changed. */
bool mb_shots_are_idle(const struct mb_shots *s);
/* The connection has closed. */
void mb_shots_forget(struct mb_shots *s, const struct rmqi_conn *c);

#endif
