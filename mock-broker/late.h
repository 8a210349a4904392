/* SPDX-License-Identifier: Apache-2.0 */
/*
 * late.h - answers that leave later than they were given.
 *
 * They are encoded at once, since what they are made of is borrowed, and wait on
 * the clock of the loop. An answer whose connection has closed meanwhile is lost.
 *
 * Thread: loop.
 */
#ifndef MB_LATE_H
#define MB_LATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/macros.h"
#include "net/conn.h"
#include "net/loop.h"

struct mb_late {
	struct rmqi_loop *loop;
	struct rmqi_list answers; /* struct answer */
};

void mb_late_init(struct mb_late *l, struct rmqi_loop *loop);
/* Drops what still waits. */
void mb_late_deinit(struct mb_late *l);
/* As rmqi_conn_reply, but after delay_ms. False: it cannot be kept (no memory, too large); nothing was
 * sent. */
bool mb_late_reply(struct mb_late *l, struct rmqi_conn *c, int32_t opaque,
		   enum rmqi_serialization serialization, const struct rmqi_outgoing *response,
		   int64_t delay_ms) RMQI_MUST_USE;

#endif
