/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backlog.h - what a slave has received of its master's stream and does not take yet: how one stays behind.
 *
 * The bytes stand in chunks with the time at which they came. The frames are followed, so that it is known how
 * far the log has come in them.
 *
 * Owner: the slave. Thread: loop.
 */
#ifndef MB_HA_BACKLOG_H
#define MB_HA_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "mock-broker/ha/master.h"

enum {
	MB_BACKLOG_MAX = 64 * 1024 * 1024, /* bytes that stand in it; then nothing is read */
	MB_BACKLOG_CHUNK = 256 * 1024,
	MB_LAG_MAX_MS = 24 * 3600 * 1000
};

/* How far a slave stays behind: each byte by so long, and the log by so many bytes. */
struct mb_lag {
	int64_t ms;
	int64_t bytes;
};

struct mb_backlog {
	struct rmqi_list chunks; /* struct chunk */
	size_t len;              /* of all that stands there */
	uint8_t head[MB_HA_HEAD_SIZE];
	size_t head_len;
	size_t body_left;
	int64_t end; /* of the log, in what has come */
};

void mb_backlog_init(struct mb_backlog *b);
void mb_backlog_clear(struct mb_backlog *b);
/* An empty one: the stream stands within this frame. `end`: so far the log has come. */
void mb_backlog_begin(struct mb_backlog *b, const uint8_t *head, size_t head_len, size_t body_left,
		      int64_t end);
static inline bool mb_backlog_is_full(const struct mb_backlog *b)
{
	return b->len >= MB_BACKLOG_MAX;
}
/* Room for up to MB_BACKLOG_CHUNK bytes; NULL when memory is out. mb_backlog_came must follow. */
uint8_t *mb_backlog_room(struct mb_backlog *b);
/* So many were read there (0: none). */
void mb_backlog_came(struct mb_backlog *b, size_t len, int64_t now_us);
/* Takes up to `room` bytes of the oldest, of those that came at `until_us` or before. 0: there are none. */
size_t mb_backlog_take(struct mb_backlog *b, uint8_t *to, size_t room, int64_t until_us);
/* When the oldest came; RMQI_FOREVER: there are none. */
int64_t mb_backlog_first_us(const struct mb_backlog *b);

#endif
