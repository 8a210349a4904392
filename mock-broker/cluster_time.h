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

enum rmq_error mb_cluster_advance_to_next(struct rmq_mock_cluster *c, int64_t *moved_us,
					  struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_settle(struct rmq_mock_cluster *c, int64_t max_ms,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_step_wall(struct rmq_mock_cluster *c, int64_t ms,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_set_skew(struct rmq_mock_cluster *c, const char *broker, int64_t ms,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
