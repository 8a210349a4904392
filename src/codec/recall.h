/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recall.h - by what a message that is not due yet can be taken back (RecallMessageHandle.java).
 *
 *     URL-safe Base64, padded, of:  v1 <topic> <broker name> <deliver ms> <UNIQ_KEY>
 *
 * Reading is as lenient as Java's: padding may be missing, what follows the fifth part is not looked at.
 *
 * Pure; thread: any.
 */
#ifndef RMQI_CODEC_RECALL_H
#define RMQI_CODEC_RECALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/str.h"

enum { RMQI_RECALL_TEXT_MAX = 1024 }; /* of what is encoded; a handle that holds more is none */

struct rmqi_recall {
	struct rmqi_str topic;
	struct rmqi_str broker_name;
	struct rmqi_str deliver_ms; /* as it stands there: a broker checks it */
	struct rmqi_str message_id;
};

/* Appends the handle to `out`. */
void rmqi_recall_write(struct rmqi_buf *out, const struct rmqi_recall *r);
/* False: it is none. The parts lie in `text`. */
bool rmqi_recall_read(struct rmqi_str handle, char text[RMQI_RECALL_TEXT_MAX],
		      struct rmqi_recall *out);

#endif
