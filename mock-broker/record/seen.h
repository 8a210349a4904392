/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen.h - one request that a node has seen, and what became of it.
 *
 * Two blocks, each made at once and never changed: the request when it came, the
 * outcome when there is one. So who holds a list of them reads it on any thread while the
 * cluster goes on. Texts end with a NUL, and live in their block.
 *
 * Owner: counted. Thread: making one: loop; reading, ref and unref: any.
 */
#ifndef MB_RECORD_SEEN_H
#define MB_RECORD_SEEN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "base/str.h"
#include "codec/codes.h"
#include "codec/command.h"
#include "codec/schema.h"
#include "mock-broker/faults.h"
#include "mock-broker/observer.h"
#include "mock-broker/rules/subject.h"
#include "net/conn.h"

/* Ext fields by their Java names, gathered before they are packed into a block. */
struct mb_fields {
	size_t count;
	struct rmqi_ext at[RMQI_EXT_MAX];
	char numbers[RMQI_EXT_MAX][32]; /* texts of those that had none */
};

/* Of what came over the wire. `desc` (may be NULL) gives one-letter keys their names. */
void mb_fields_of_command(struct mb_fields *f, const struct rmqi_command *command,
			  const struct rmqi_header_desc *desc);
/* Of what this side sends. */
void mb_fields_of_outgoing(struct mb_fields *f, const struct rmqi_outgoing *outgoing);

enum mb_seen_kind {
	MB_SEEN_REQUEST,   /* of a client, or of another node */
	MB_SEEN_PUSH,      /* of this node to a client */
	MB_SEEN_UNREADABLE /* bytes that are no frame; `problem` says why. The connection was closed */
};

struct mb_seen {
	atomic_uint refs;
	enum mb_seen_kind kind;
	uint64_t number;     /* from 1 */
	uint64_t connection; /* from 1 */
	struct rmqi_str node; /* "broker-a/1", "namesrv-0" */
	int32_t namesrv;      /* its place; -1: a broker */
	struct rmqi_str client_id; /* "" when it is not known */
	struct rmqi_str peer;      /* "ip:port" */
	struct rmqi_str problem;
	int32_t code; /* -1: unreadable */
	int32_t opaque;
	int32_t language;
	int32_t version;
	bool is_oneway;
	int64_t wall_ms;
	int64_t us;
	const struct rmqi_ext *fields;
	size_t field_count;
	struct rmqi_cursor body; /* what is kept of it */
	size_t body_len;         /* all of it */
	size_t size;             /* bytes of this block */
};

struct mb_outcome {
	atomic_uint refs;
	enum mb_end end;
	enum mb_stage stage; /* the last one that the request passed */
	uint64_t fault;      /* the rule that took it; 0: none */
	int64_t wall_ms;
	int64_t us;
	enum rmq_error error; /* of a push */
	int32_t code;         /* of the response; -1: there was none */
	struct rmqi_str remark;
	const struct rmqi_ext *fields;
	size_t field_count;
	size_t body_len;
	struct rmqi_cursor body; /* all of it, of what mb_seen_keeps_all; else nothing */
	int32_t sent_answers;    /* frames that a fault wrote in place of the answer ... */
	int32_t sent_opaque;     /* ... and their opaque */
	size_t size;
};

/* Bodies of these requests and of their answers are kept whole, for who verifies: they say who holds which lock. */
static inline bool mb_seen_keeps_all(int32_t code)
{
	return code == RMQI_REQ_LOCK_BATCH_MQ || code == RMQI_REQ_UNLOCK_BATCH_MQ;
}

/* So much of a body is kept: `usual`, but where topic, group or client stand in the body, so much as rules look into. */
static inline size_t mb_seen_body_max(int32_t code, size_t usual)
{
	if (mb_seen_keeps_all(code))
		return SIZE_MAX;
	if ((code == RMQI_REQ_HEART_BEAT || code == RMQI_REQ_QUERY_ASSIGNMENT) &&
	    usual < MB_SUBJECT_BODY_MAX)
		return MB_SUBJECT_BODY_MAX;
	return usual;
}

/* Copies of what `from` points to, with one reference. The body is cut to body_max bytes. NULL when memory is
 * out. */
struct mb_seen *mb_seen_new(const struct mb_seen *from, size_t body_max);
struct mb_outcome *mb_outcome_new(const struct mb_outcome *from);
struct mb_seen *mb_seen_ref(struct mb_seen *s);
/* NULL is fine. */
void mb_seen_unref(struct mb_seen *s);
struct mb_outcome *mb_outcome_ref(struct mb_outcome *o); /* NULL is fine */
void mb_outcome_unref(struct mb_outcome *o);

/* Of a field; false when there is none. */
bool mb_seen_field(const struct mb_seen *s, const char *key, struct rmqi_str *out);

#endif
