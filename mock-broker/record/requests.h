/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requests.h - lists of recorded requests, and which of them a filter takes.
 *
 * Owner: the caller. Thread: making one: loop; all else any.
 */
#ifndef MB_RECORD_REQUESTS_H
#define MB_RECORD_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/record/record.h"
#include "mock-broker/record/seen.h"
#include "mock-broker/rules/select.h"

enum { MB_REQUEST_NAME_SIZE = 48 };

struct rmq_mock_request {
	struct mb_seen *seen;       /* a reference */
	struct mb_outcome *outcome; /* NULL: none yet */
	char name[MB_REQUEST_NAME_SIZE];          /* of the request's code */
	char response_name[MB_REQUEST_NAME_SIZE]; /* "" without a response */
};

struct rmq_mock_requests {
	uint64_t left; /* from the record, by then */
	size_t count;
	struct rmq_mock_request at[];
};

bool mb_seen_matches(const struct mb_seen *s, const struct mb_select *filter);
/* Those that are kept now. Thread: loop. */
size_t mb_record_count(const struct mb_record *r, const struct mb_select *filter);
enum rmq_error mb_requests_new(const struct mb_record *r, const struct mb_select *filter,
			       struct rmq_mock_requests **out) RMQI_MUST_USE;
/* NULL is fine. */
void mb_requests_free(struct rmq_mock_requests *l);

#endif
