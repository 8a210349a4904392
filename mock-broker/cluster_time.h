/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_time.h - virtual time of a cluster in other steps than a given number of milliseconds, and its wall
 * clock. What the functions do says <rocketmq/mock_time.h>.
 *
 * Thread: as cluster.h.
 */
#ifndef MB_CLUSTER_TIME_H
#define MB_CLUSTER_TIME_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"

struct rmq_mock_cluster;

enum { MB_TIME_SCALE_MAX = 100000 };

enum rmq_error mb_cluster_advance_to_next(struct rmq_mock_cluster *c, int64_t *moved_us,
					  struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_settle(struct rmq_mock_cluster *c, int64_t max_ms,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_step_wall(struct rmq_mock_cluster *c, int64_t ms,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Wall clock of the cluster; that of one node may be skewed. */
int64_t mb_cluster_now_ms(const struct rmq_mock_cluster *c);
/* 1..MB_TIME_SCALE_MAX. RMQ_ERR_STATE: time is virtual. */
enum rmq_error mb_cluster_set_scale(struct rmq_mock_cluster *c, int64_t scale,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_set_skew(struct rmq_mock_cluster *c, const char *broker, int64_t ms,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
