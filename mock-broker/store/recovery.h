/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery.h - finds out what a store holds after it was opened
 * (DefaultMessageStore.recover; doc/reference/store.md).
 */
#ifndef MB_STORE_RECOVERY_H
#define MB_STORE_RECOVERY_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/macros.h"

struct mb_record;
struct mb_store;

/* The commit log and the queues are mapped, the checkpoint is read, s->was_abnormal is known.
 * `is_damaged`: some queue is known to lack entries. Afterwards the store is consistent and on disk. */
enum rmq_error mb_recover(struct mb_store *s, bool is_damaged) RMQI_MUST_USE;
/* Gives one more record its queue entry, that of the queue offset which stands in it. */
enum rmq_error mb_recovery_dispatch(struct mb_store *s, const struct mb_record *r) RMQI_MUST_USE;

#endif
