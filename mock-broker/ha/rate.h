/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rate.h - bytes of the last whole second (FlowMonitor.java), counted where they pass.
 *
 * Thread: loop.
 */
#ifndef MB_HA_RATE_H
#define MB_HA_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "net/loop.h"

struct mb_ha_rate {
	int64_t second; /* of `now`, since the clock began */
	int64_t now;
	int64_t before; /* in the second before it */
};

static inline void mb_ha_rate_turn(struct mb_ha_rate *r, int64_t now_us)
{
	int64_t second = now_us / 1000000;

	if (second == r->second)
		return;
	r->before = second == r->second + 1 ? r->now : 0;
	r->now = 0;
	r->second = second;
}

static inline void mb_ha_rate_add(struct mb_ha_rate *r, int64_t now_us, size_t bytes)
{
	mb_ha_rate_turn(r, now_us);
	r->now += (int64_t)bytes;
}

static inline int64_t mb_ha_rate_get(const struct mb_ha_rate *r, struct rmqi_loop *l)
{
	struct mb_ha_rate copy = *r;

	mb_ha_rate_turn(&copy, rmqi_clock_us(rmqi_loop_clock(l)));
	return copy.before;
}

#endif
