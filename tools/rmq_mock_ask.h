/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock_ask.h - one HTTP request to the control plane of a cluster.
 *
 * Thread: main.
 */
#ifndef TOOLS_RMQ_MOCK_ASK_H
#define TOOLS_RMQ_MOCK_ASK_H

#include <stdint.h>

#include "base/buf.h"

enum { ASK_ANSWER_MAX = 16 * 1024 * 1024 };

/* `address` is host:port, or that as http://host:port. Appends the body of the answer and returns its status; -1, and
 * the cause in `body`: nobody answers. After max_ms without a byte it is given up. */
int ask_http(const char *address, const char *method, const char *target, const char *text,
	     int64_t max_ms, struct rmqi_buf *body);

#endif
