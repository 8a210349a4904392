/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - what a fault has made of a connection: it leaves its output in pieces for a while, or is
 * silent: no byte goes in or out.
 *
 * Thread: loop.
 */
#ifndef MB_RULES_WIRE_H
#define MB_RULES_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "net/conn.h"

struct mb_wires {
	struct rmqi_list wires; /* struct wire, one a connection */
};

void mb_wires_init(struct mb_wires *w);
void mb_wires_deinit(struct mb_wires *w);
/* Its output of the next `bytes` bytes leaves in pieces of `piece`, gap_ms apart. Without memory nothing
 * comes of it, as of the next one. */
void mb_wires_slice(struct mb_wires *w, struct rmqi_conn *c, size_t bytes, size_t piece,
		    int64_t gap_ms);
/* `bytes` more go out; nothing comes in. */
void mb_wires_silence(struct mb_wires *w, struct rmqi_conn *c, size_t bytes);
bool mb_wires_is_silent(const struct mb_wires *w, const struct rmqi_conn *c);
/* The connection has closed. */
void mb_wires_forget(struct mb_wires *w, const struct rmqi_conn *c);

#endif
