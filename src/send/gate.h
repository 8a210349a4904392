/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate.h - who comes back from the user's code goes on with a sender only while it is there.
 *
 *     open --close--> closed
 *
 * A selector may block for longer than its producer lives. So nothing of the producer is used around the
 * call, and what follows it passes the gate, which is counted and outlives both: enter, a few
 * instructions, leave.
 *
 * Thread: any.
 */
#ifndef RMQI_SEND_GATE_H
#define RMQI_SEND_GATE_H

#include <stdbool.h>

#include "base/macros.h"

struct rmqi_gate;

struct rmqi_gate *rmqi_gate_new(void); /* NULL: memory is out */
struct rmqi_gate *rmqi_gate_ref(struct rmqi_gate *g);
void rmqi_gate_unref(struct rmqi_gate *g); /* NULL is harmless, here and below */
/* True: leave must follow soon, and nothing between may block. */
bool rmqi_gate_enter(struct rmqi_gate *g) RMQI_MUST_USE;
void rmqi_gate_leave(struct rmqi_gate *g);
/* When it returns nobody is inside, and nobody enters any more. */
void rmqi_gate_close(struct rmqi_gate *g);

#endif
