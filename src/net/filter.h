/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - bytes of a server connection on their way in and out, for faults: cut
 * into pieces, changed, lost. On every transport; behind the decryption of TLS.
 *
 *     peer --> input --> frames           frames --> output --> peer
 *
 * Each byte is shown once to a filter, in order. It may change bytes where they stand, and
 * says how many of them, counted from the front, go on; the rest are lost. A piece
 * limits how many bytes move at a time: input is read, and frames are cut from it, in
 * pieces of so many; output leaves in pieces of so many, RMQI_FILTER_GAP_US or
 * `output_gap_us` apart, so that the peer can see each alone. Without a piece what one wake-up of the loop
 * produced still leaves in one gathered write.
 *
 * To lose the rest of a stream and hang up, pass on less and close the connection:
 * rmqi_conn_close sends what was passed on (at once, whatever the piece),
 * rmqi_conn_abort does not. To fall silent, pass on nothing from then on.
 *
 * Owner: who sets it, with rmqi_conn_set_filter (conn.h); the connection lets go of it
 * before on_closed, and when another one, or NULL, is set.
 *
 * Thread: the connection's loop, everything.
 */
#ifndef RMQI_NET_FILTER_H
#define RMQI_NET_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

enum { RMQI_FILTER_GAP_US = 1 };

struct rmqi_conn;

struct rmqi_filter {
	/* Bytes at a time; 0: as many as there are. May be changed at any time. */
	size_t input_piece;
	size_t output_piece;
	int64_t output_gap_us; /* between pieces of output; 0: RMQI_FILTER_GAP_US */
	/* `bytes` may be changed; returns how many of them go on (<= len). NULL: all do. May close the
	 * connection, but not set another filter. */
	size_t (*input)(struct rmqi_filter *f, struct rmqi_conn *c, uint8_t *bytes, size_t len);
	size_t (*output)(struct rmqi_filter *f, struct rmqi_conn *c, uint8_t *bytes, size_t len);
	/* The rest belongs to net. */
	struct rmqi_conn *conn;
	struct rmqi_timer timer; /* to the next piece of output */
	size_t shown;            /* bytes of the output under way that were shown */
};

#endif
