/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revive_log.h - the records by which a broker that starts knows what is out (revive.h): the topic
 * rmq_sys_REVIVE_LOG_<cluster>.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_REVIVE_LOG_H
#define MB_BROKER_REVIVE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/list.h"
#include "base/macros.h"
#include "mock-broker/broker/check_points.h"

struct mb_broker;

#define MB_REVIVE_GROUP "CID_RMQ_SYS_REVIVE_GROUP"

/* One queue of the log. */
struct mb_revive_log {
	struct rmqi_list live; /* struct mb_check_point.of_log, in the order of the log */
	int64_t last;          /* offset of the record that was written last; -1: none */
	bool is_dirty;         /* what can be committed may have changed */
};

/* Reads what is out. Topics, groups and offsets are loaded. */
enum rmq_error mb_revive_log_load(struct mb_broker *b) RMQI_MUST_USE;
/* Commits how far it is done with. */
void mb_revive_log_commit(struct mb_broker *b);
/* "ck": from now on it is in the log. False: the store refused it. */
bool mb_revive_log_point(struct mb_broker *b, struct mb_check_point *p);
/* "ack", "bAck": these messages of it. `bits` is not 0. */
bool mb_revive_log_ack(struct mb_broker *b, const struct mb_check_point *p, uint32_t bits);
/* It is over: more may be committed. */
void mb_revive_log_done(struct mb_broker *b, const struct mb_check_point *p);

#endif
