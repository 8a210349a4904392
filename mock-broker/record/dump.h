/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump.h - a recorded request as a line of text, for people or as JSON.
 *
 * Thread: any.
 */
#ifndef MB_RECORD_DUMP_H
#define MB_RECORD_DUMP_H

#include "base/buf.h"
#include "mock-broker/record/requests.h"

/* Append one line without its end; a failure is kept in the buffer. */
void mb_dump_text(const struct rmq_mock_request *r, struct rmqi_buf *out);
void mb_dump_json(const struct rmq_mock_request *r, struct rmqi_buf *out);

/* "request", "push", "unreadable"; "answered" ...; "received" ... */
const char *mb_seen_kind_name(enum mb_seen_kind kind);
const char *mb_end_name(const struct rmq_mock_request *r);
const char *mb_stage_name(const struct rmq_mock_request *r);

#endif
