/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expression.h - a compiled SQL92 expression on the properties of a message (Apache's filter module:
 * SelectorParser.jj and org.apache.rocketmq.filter.expression).
 *
 *     text --lexer--> tokens --parser--> nodes --evaluate--> TRUE, FALSE, unknown, or a failure
 *
 * Only TRUE lets a message through. The dialect, its corner cases and what Java refuses stand in
 * doc/reference/filter.md. It is compiled once; evaluating takes one walk over the properties and no
 * memory.
 *
 * Limits of ours, which Apache has not: MB_EXPRESSION_MAX bytes, MB_NODE_DEPTH (node.h) levels of nesting.
 *
 * Shared (counted). Thread: one owner at a time (the values of the message that is looked at are kept inside).
 */
#ifndef MB_FILTER_EXPRESSION_H
#define MB_FILTER_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/str.h"

enum { MB_EXPRESSION_MAX = 16 * 1024 };

struct mb_expression;

/* RMQ_ERR_INVALID_ARGUMENT: it cannot be compiled; `why` (may be NULL) gets what Java says of it, the first
 * line. RMQ_ERR_NO_MEMORY. */
enum rmq_error mb_expression_new(struct rmqi_str text, struct mb_expression **out,
				 struct rmqi_buf *why) RMQI_MUST_USE;
struct mb_expression *mb_expression_ref(struct mb_expression *e);
void mb_expression_unref(struct mb_expression *e); /* NULL is harmless */
/* Is it TRUE for a message with these properties (codec/properties.h)? */
bool mb_expression_matches(struct mb_expression *e, struct rmqi_str properties);

#endif
