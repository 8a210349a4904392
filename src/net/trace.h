/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - each request as a line of the log, at RMQ_LOG_DEBUG:
 *
 *     -> 127.0.0.1:10911 PULL_MESSAGE #12 consumerGroup=G topic=T queueId=0 queueOffset=7
 *     <- 127.0.0.1:10911 PULL_MESSAGE #12: PULL_NOT_FOUND in 15002 ms
 *     <- 127.0.0.1:40312 NOTIFY_CONSUMER_IDS_CHANGED #3 (one-way) consumerGroup=G
 *
 * Both ends of a connection, all kinds of calls. Of a header only the fields that say what it is about are
 * told (topic, group, queue, offset), never a signature or a key. Without a log at that level nothing is
 * read, made or kept: each call asks rmqi_trace_is_on first.
 *
 * Thread: any; never under a lock.
 */
#ifndef RMQI_NET_TRACE_H
#define RMQI_NET_TRACE_H

#include "net/conn_impl.h"

static inline bool rmqi_trace_is_on(const struct rmqi_conn *c)
{
	const struct rmqi_log *log = c->config.log;

	return log && log->fn && log->level >= RMQ_LOG_DEBUG;
}

/* A request leaves; flag: RMQI_FLAG_ONEWAY or 0. */
void rmqi_trace_sent(const struct rmqi_conn *c, const struct rmqi_outgoing *request, int32_t opaque,
		     int32_t flag);
/* Its answer came, or it ended without one. */
void rmqi_trace_answered(const struct rmqi_conn *c, const struct rmqi_call *call, int32_t code);
void rmqi_trace_failed(const struct rmqi_conn *c, const struct rmqi_call *call,
		       enum rmq_error error);
/* A request of the peer came; remembers when. */
void rmqi_trace_received(struct rmqi_conn *c, const struct rmqi_command *request);
/* Its answer leaves. */
void rmqi_trace_replied(struct rmqi_conn *c, int32_t opaque, int32_t code);

#endif
