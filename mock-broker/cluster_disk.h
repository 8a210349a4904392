/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_disk.h - the disk of a broker of the cluster (disk.h). What the functions do says
 * <rocketmq/mock_disk.h>.
 *
 * Thread: as cluster.h.
 */
#ifndef MB_CLUSTER_DISK_H
#define MB_CLUSTER_DISK_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/disk.h"

struct rmq_mock_cluster;

enum rmq_error mb_cluster_disk_used(struct rmq_mock_cluster *c, const char *broker, int percent,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_disk_slow(struct rmq_mock_cluster *c, const char *broker,
				    int64_t sync_ms,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_disk_fail(struct rmq_mock_cluster *c, const char *broker,
				    enum mb_disk_op op, uint64_t nth, uint64_t count, int cause,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_crash_power(struct rmq_mock_cluster *c, const char *broker,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
