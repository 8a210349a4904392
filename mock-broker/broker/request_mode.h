/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_mode.h - whether a group pulls a topic or pops it, and messageRequestMode.json
 * (MessageRequestModeManager.java). A member that asks for its queues is told (assignment.c).
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_REQUEST_MODE_H
#define MB_BROKER_REQUEST_MODE_H

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/str.h"
#include "codec/body_pop.h"

struct mb_broker;

struct mb_request_modes {
	struct rmqi_map table; /* "topic@group" -> struct rmqi_request_mode, owned */
};

enum rmq_error mb_request_modes_load(struct mb_broker *b) RMQI_MUST_USE;
void mb_request_modes_deinit(struct mb_request_modes *m);

/* NULL: nobody has set one. Borrowed until the next one is set. */
const struct rmqi_request_mode *mb_request_mode_find(const struct mb_broker *b,
						     struct rmqi_str topic, struct rmqi_str group);
/* *mode is moved, also on failure; the file is written. */
enum rmq_error mb_request_mode_set(struct mb_broker *b,
				   struct rmqi_request_mode *mode) RMQI_MUST_USE;

/* The text of messageRequestMode.json; half of it may stand there when `out` has failed. */
void mb_request_modes_write(const struct mb_request_modes *m, bool is_pretty, struct rmqi_buf *out);
/* Of a slave: the answer to GET_ALL_MESSAGE_REQUEST_MODE takes the place of the table. */
enum rmq_error mb_request_modes_take(struct mb_broker *b, struct rmqi_cursor text) RMQI_MUST_USE;

#endif
