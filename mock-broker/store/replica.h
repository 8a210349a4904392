/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replica.h - the commit log as a row of bytes: what a master hands out, and what a slave takes
 * (DefaultMessageStore.getCommitLogData, appendToCommitLog, ReputMessageService).
 *
 *     0 ........ told ........ end
 *       records     bytes of a record that is not whole yet
 *
 * The bytes of a master come in stretches that end anywhere but behind the end of a file. They are
 * written where they stood there; each record that is whole gets its queue entry and is told to the
 * listeners of the store, as a put would be. A store that has become a replica takes no puts
 * (SERVICE_NOT_AVAILABLE).
 *
 * What follows the last record must begin with a record that says it stands there. If not, the two logs
 * have parted: RMQ_ERR_CORRUPT, and nothing is taken any more until the store is opened again, whose
 * recovery cuts the log behind the last record.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_REPLICA_H
#define MB_STORE_REPLICA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "base/macros.h"

struct mb_store;

/* The bytes in use from `offset` to the end of their file, borrowed until control returns to the loop.
 * False: there are none. */
bool mb_store_bytes(const struct mb_store *s, int64_t offset, struct rmqi_cursor *out);

/* From now on it is one. */
void mb_replica_init(struct mb_store *s);
/* What it may say that it has: the end of its log, of its last record when the logs have parted. */
int64_t mb_replica_end(const struct mb_store *s);
/* May `len` bytes (0: a sign of life) of offset `offset` come next? RMQ_ERR_STATE: another offset is next.
 * An empty log begins where a file may. RMQ_ERR_TOO_LARGE: they cross the end of a file of ours.
 * RMQ_ERR_CORRUPT: see above. */
enum rmq_error mb_replica_expect(struct mb_store *s, int64_t offset, size_t len) RMQI_MUST_USE;
/* Room for up to *len bytes, maybe fewer; what was expected must not be passed. RMQ_ERR_IO: the disk is
 * full; told in the log, once. */
enum rmq_error mb_replica_room(struct mb_store *s, uint8_t **at, size_t *len) RMQI_MUST_USE;
/* So many bytes were written there: those that make a record are told. As mb_replica_catch_up. */
enum rmq_error mb_replica_took(struct mb_store *s, size_t len) RMQI_MUST_USE;
/* Tells what is whole and was not told, for the queue had no room. RMQ_ERR_CORRUPT, RMQ_ERR_IO. */
enum rmq_error mb_replica_catch_up(struct mb_store *s) RMQI_MUST_USE;

#endif
