/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - tells brokers what became of messages, in Apache's format
 * (AsyncTraceDispatcher.java, doc/reference/trace.md): enableTrace, traceTopic.
 *
 *     any thread: record --> the chunk that fills --> (full, traceMsgBatchNum records, 5 s) --> its loop:
 *     one asynchronous send a chunk, a few at once
 *
 * It has a client of its own, as in Java: its connections and its loop do not get in the way of the user's
 * sends, and it is there when these have ended. Nothing of it waits for a broker: what does not fit into its
 * chunks is dropped, counted, and told in the log, seldom. What a broker does not take is not sent again by
 * it (but by the rules of sends), and told likewise.
 *
 *     new -> start -> (records) -> close -> free
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_SEND_TRACE_H
#define RMQI_SEND_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/client.h"
#include "codec/trace_record.h"
#include "send/sender.h"

enum {
	RMQI_TRACE_CHUNKS = 16,             /* that there are at most: fill, wait, are sent */
	RMQI_TRACE_CHUNK_BYTES = 64 * 1000, /* of records: a chunk that has more is full */
	RMQI_TRACE_CHUNK_KEYS = 16 * 1000,  /* of keys, likewise: properties end at 32767 */
	RMQI_TRACE_SENDS = 4,               /* under way at once */
	RMQI_TRACE_PERIOD_MS = 5000
};

struct rmqi_trace;

struct rmqi_trace_counts {
	uint64_t recorded; /* records that were taken */
	uint64_t stored;   /* ... and told to a broker */
	uint64_t failed;   /* ... and not taken by any */
	uint64_t dropped;  /* not taken: all chunks were full */
	uint64_t waiting;  /* recorded, and not ended */
};

/* Whose it is: its own group is called by it (TraceDispatcher.Type). */
enum rmqi_trace_of { RMQI_TRACE_PRODUCE, RMQI_TRACE_CONSUME };

/* For the client and group of a producer or consumer: *out is NULL when enableTrace is off. The errors of
 * rmqi_client_new. */
enum rmq_error rmqi_trace_new(const struct rmqi_client *owner, const char *group,
			      enum rmqi_trace_of whose, struct rmqi_trace **out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_trace_start(struct rmqi_trace *t,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Begins to send what it has, and waits for nothing: before a close waits for something else. NULL is harmless, here
 * and below. Not on a loop. */
void rmqi_trace_hurry(struct rmqi_trace *t);
/* Takes no more, and waits until what it has is stored, or the deadline. False: some is lost; the log tells.
 * Idempotent. Not on a loop. */
bool rmqi_trace_close(struct rmqi_trace *t, int64_t deadline_us);
void rmqi_trace_free(struct rmqi_trace *t);

/* Tells it of the sends of a sender: all but those to the trace topic, one-way ones, of which nobody knows what
 * became, and what brokers do not want to be traced (TRACE_ON). NULL of NULL. */
struct rmqi_sends_observer *rmqi_trace_observer(struct rmqi_trace *t);
/* A transaction was ended by us, or a broker's question about it was answered; of `r` what trace_record.h names for it,
 * but region and message type. */
void rmqi_trace_ended(struct rmqi_trace *t, const struct rmqi_trace_record *r);
/* A broker has recalled a message, or refused to; without a region it is the default one. */
void rmqi_trace_recalled(struct rmqi_trace *t, const struct rmqi_trace_record *r);

/* A message is given to a listener, or was (`is_over`): SubBefore, SubAfter. Of `r` what trace_record.h names for it,
 * and the topic: that of the trace itself is not traced. */
void rmqi_trace_consumed(struct rmqi_trace *t, const struct rmqi_trace_record *r, bool is_over);

void rmqi_trace_count(struct rmqi_trace *t, struct rmqi_trace_counts *out);

#endif
