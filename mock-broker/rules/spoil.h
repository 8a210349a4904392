/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spoil.h - makes a part of a frame wrong.
 *
 * Pure. Thread: any.
 */
#ifndef MB_RULES_SPOIL_H
#define MB_RULES_SPOIL_H

#include <stdbool.h>

#include "base/buf.h"
#include "mock-broker/rules/fault.h"

/* `frame` is one whole frame. False: it has no such part, and is as before. */
bool mb_spoil(struct rmqi_buf *frame, enum mb_fault_corrupt what);

#endif
