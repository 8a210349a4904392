/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h - why a call failed, as a sentence: "no answer from 127.0.0.1:9876 within
 * 3000 ms". For logs and details; no decision reads it.
 *
 * Thread: any.
 */
#ifndef RMQI_NET_EXPLAIN_H
#define RMQI_NET_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

/* `reason` is the connection's, "" when it is not lost; `ms` the time that was given, -1: not told. */
void rmqi_explain(char *buf, size_t size, enum rmq_error error, const char *address,
		  enum rmq_phase phase, const char *reason, int64_t ms);

#endif
