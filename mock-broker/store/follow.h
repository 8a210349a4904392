/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.h - the index reads from the commit log what it was not told: after a start, and after the disk had no
 * room for it.
 */
#ifndef MB_STORE_FOLLOW_H
#define MB_STORE_FOLLOW_H

#include <stddef.h>

#include <rocketmq/error.h>

#include "base/macros.h"

struct mb_store;

/* The commit log is recovered. Afterwards the index has all of it, or is behind. */
enum rmq_error mb_index_open(struct mb_store *s) RMQI_MUST_USE;
/* Tells an index that is behind of at most `records` records. */
void mb_index_follow(struct mb_store *s, size_t records);

#endif
