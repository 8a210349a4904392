/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incoming.h - what predicates and handlers of <rocketmq/mock_fault.h> are given.
 *
 * Thread: loop.
 */
#ifndef MB_RULES_INCOMING_H
#define MB_RULES_INCOMING_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>
#include <rocketmq/mock_fault.h>

#include "base/buf.h"
#include "base/macros.h"
#include "mock-broker/rules/subject.h"
#include "net/conn.h"

enum {
	MB_REPLY_FIELDS_MAX = 64,
	MB_REPLY_SIZE_MAX = 4 * 1024 * 1024 /* bytes of a body, and of all texts */
};

struct rmq_mock_incoming {
	struct mb_subject subject;
	bool is_oneway;
};

struct rmq_mock_reply {
	int32_t code;
	struct rmqi_buf remark; /* owned, as the following */
	char *fields[MB_REPLY_FIELDS_MAX][2];
	size_t field_count;
	struct rmqi_buf body;
};

void mb_reply_init(struct rmq_mock_reply *r);
void mb_reply_deinit(struct rmq_mock_reply *r);
enum rmq_error mb_reply_set(struct rmq_mock_reply *r, int32_t code,
			    const char *remark) RMQI_MUST_USE;
enum rmq_error mb_reply_add_field(struct rmq_mock_reply *r, const char *name,
				  const char *value) RMQI_MUST_USE;
enum rmq_error mb_reply_set_body(struct rmq_mock_reply *r, const void *body,
				 size_t len) RMQI_MUST_USE;
/* Fills *out; fields and the body's piece stand in the caller's places. Borrowed from `r`. */
void mb_reply_show(const struct rmq_mock_reply *r, struct rmqi_outgoing *out,
		   struct rmqi_ext fields[MB_REPLY_FIELDS_MAX], struct rmqi_cursor *piece);

#endif
