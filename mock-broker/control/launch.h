/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.h - a cluster with all that its options ask for: its nodes, and what stands above them.
 *
 * Thread: any.
 */
#ifndef MB_CONTROL_LAUNCH_H
#define MB_CONTROL_LAUNCH_H

#include "mock-broker/cluster.h"

/* mb_cluster_new, what the fixture says, then the control plane. mb_cluster_free ends all. */
enum rmq_error mb_launch(const struct mb_cluster_options *options, struct rmq_mock_cluster **out,
			 struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
