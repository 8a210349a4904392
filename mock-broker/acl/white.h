/* SPDX-License-Identifier: Apache-2.0 */
/*
 * white.h - addresses that need no signature (RemoteAddressStrategyFactory):
 *
 *     (blank)                      nobody
 *     *  *.*.*.*  *:*:*:*:*:*:*:*  everybody
 *     10.1.2.3  ::1                one
 *     10.1.2.{3,4}  10.1.2.3,::1   some
 *     10.1.2.*  10.1.2.3-9         a range in one part; what stands behind that part is any
 *     10.1.3-9.*  1::2:3-a:*
 *
 * Immutable after creation; thread: any.
 */
#ifndef MB_ACL_WHITE_H
#define MB_ACL_WHITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"
#include "codec/message.h"

enum { MB_WHITE_MAX = 256 }; /* addresses of one text */

struct mb_white_address {
	bool is_v6;
	unsigned parts; /* that are compared: at most 4, or 8 */
	uint16_t low[8];
	uint16_t high[8];
};

struct mb_white {
	bool is_everybody;
	struct mb_white_address *at; /* owned */
	size_t count;
};

/* RMQ_ERR_CONFIG: it is none of these. */
enum rmq_error mb_white_init(struct mb_white *w, struct rmqi_str text) RMQI_MUST_USE;
/* Harmless on a zeroed struct. */
void mb_white_deinit(struct mb_white *w);
bool mb_white_has(const struct mb_white *w, const struct rmqi_host *peer);

#endif
