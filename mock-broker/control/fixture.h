/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - a file that says what is in a cluster before anybody comes.
 *
 *     {"topics":   [{"topic":"orders", "queues":4}],
 *      "messages": [{"topic":"orders", "body":"first", "keys":"k1", "tags":"A", "queueId":0,
 *                    "node":"broker-a", "properties":{"color":"red"}}],
 *      "faults":   [{"code":"SEND_MESSAGE_V2", "reply":"SYSTEM_BUSY", "count":2}]}
 *
 * Faults are those of rocketmq/mock_fault.h. Of the others all but "topic" may be left out; a body that is no text is a "bodyBase64". A member that means nothing is an
 * error, which names it and its place.
 *
 * Thread: any, but not the loop.
 */
#ifndef MB_CONTROL_FIXTURE_H
#define MB_CONTROL_FIXTURE_H

#include <rocketmq/error.h>

#include "base/macros.h"

struct rmq_mock_cluster;

enum { MB_FIXTURE_MAX = 64 * 1024 * 1024 }; /* bytes of the file */

/* RMQ_ERR_IO: it cannot be read; RMQ_ERR_CONFIG: what it says is wrong. What stood before that is in the cluster
 * then. */
enum rmq_error mb_fixture_load(struct rmq_mock_cluster *c, const char *path,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
