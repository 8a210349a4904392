/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - the control plane of a cluster: HTTP and JSON, for programs in any language, `rmq-mock ctl`
 * and a browser.
 *
 *     loop of the cluster                    pool (up to MB_CONTROL_THREADS)
 *     request -> is it meant well? -> operation by method and path -> its handler -> answer
 *
 * What there is stands in operations.def. Handlers block (a node that stops, a wait), so none runs on
 * the loop. Those that wait for something have half of the threads at most, so that what they wait for can be
 * asked for, and end when who asked ends its side of the connection. /metrics and /healthz are here, too.
 *
 * Who listens on loopback can be asked by every page that a browser of the same machine shows. So a request
 * of a foreign page (its Origin is not our address) is refused, and on loopback one that calls us by
 * another name than an IP address or "localhost".
 *
 * Thread: any, but not the loop.
 */
#ifndef MB_CONTROL_CONTROL_H
#define MB_CONTROL_CONTROL_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/macros.h"

struct mb_ask;
struct mb_control;
struct rmq_mock_cluster;

enum { MB_CONTROL_THREADS = 16, MB_CONTROL_WAITS_MAX = MB_CONTROL_THREADS / 2 };

/* Listens at "host:port" from now on (mb_cluster_control) until the cluster ends, which runs in real time. */
enum rmq_error mb_control_open(struct rmq_mock_cluster *c, const char *address,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Around a wait. RMQ_ERR_BUSY: as many as may wait do so already. */
enum rmq_error mb_control_begin_wait(struct mb_ask *a) RMQI_MUST_USE;
void mb_control_end_wait(struct mb_ask *a);
/* For handlers that wait: does anybody still want the answer, and does the control plane go on? */
bool mb_control_is_wanted(const struct mb_ask *a);

#endif
