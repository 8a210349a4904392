/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sequence.h - is a list of requests what a text says (rocketmq/mock_record.h)?
 *
 * The text becomes steps; "A+" is "A A*". All places where the text may be after some of the requests
 * are followed at once, a bit for each, so nothing is tried twice.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_RECORD_SEQUENCE_H
#define MB_RECORD_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/record/requests.h"

enum { MB_STEPS_MAX = 63 };

enum mb_times { MB_ONCE, MB_ONCE_OR_NOT, MB_ANY_TIMES };

struct mb_step {
	struct mb_select select; /* code and node */
	struct rmqi_str text;    /* in the sequence's text */
	enum mb_times times;
};

struct mb_sequence {
	char *text; /* owned */
	size_t count;
	struct mb_step steps[MB_STEPS_MAX];
};

/* RMQ_ERR_CONFIG: it cannot be read, or is empty; nothing is to be freed. */
enum rmq_error mb_sequence_new(const char *text, struct mb_sequence **out,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
void mb_sequence_free(struct mb_sequence *s);
/* RMQ_ERR_NOT_FOUND: no; the detail says where it differs. Requests whose code no step names do not
 * count. */
enum rmq_error mb_sequence_check(const struct mb_sequence *s, const struct rmq_mock_requests *l,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
