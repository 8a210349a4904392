/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put.h - stores a message in a cluster, without a producer.
 *
 * Thread: any, but not the loop.
 */
#ifndef MB_CONTROL_PUT_H
#define MB_CONTROL_PUT_H

#include "mock-broker/broker/put_message.h"
#include "mock-broker/cluster.h"

/* `node` NULL: the first master that runs; *node is who took it, borrowed. RMQ_ERR_NOT_FOUND, RMQ_ERR_STATE: no
 * such broker, or it does not run; else as mb_put_message. */
enum rmq_error mb_control_put(struct rmq_mock_cluster *c, const char **node,
			      const struct mb_new_message *m, struct mb_new_place *out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
