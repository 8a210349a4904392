/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detail_out.h - the first and the last step of a public function that takes
 * `rmq_error_detail **detail`: an object on failure, NULL on success. Between the two
 * the caller's thread is guarded (guard.h). Most functions take both through entry.h.
 */
#ifndef RMQI_BASE_DETAIL_OUT_H
#define RMQI_BASE_DETAIL_OUT_H

#include "base/detail.h"
#include "base/guard.h"

/* The object to be filled; NULL when the caller does not want one. An end must follow. */
static inline struct rmq_error_detail *rmqi_detail_begin(struct rmq_error_detail **out)
{
	rmqi_guard_enter();
	return out ? rmqi_detail_new() : NULL;
}

/* Hands it out, or frees it after a success; a failure without a sentence gets the text of its code.
 * Returns `error`. */
static inline enum rmq_error rmqi_detail_end(struct rmq_error_detail **out,
					     struct rmq_error_detail *d, enum rmq_error error)
{
	if (error != RMQ_OK && d && rmq_error_detail_code(d) == RMQ_OK)
		(void)rmqi_detail_set(d, error, 0, "%s", rmq_error_text(error));
	if (out)
		*out = error == RMQ_OK ? NULL : d;
	if (error == RMQ_OK)
		rmqi_detail_discard(d);
	rmqi_guard_leave();
	return error;
}

/* A success that never had one. */
static inline enum rmq_error rmqi_detail_none(struct rmq_error_detail **out)
{
	if (out)
		*out = NULL;
	return RMQ_OK;
}

/* RMQ_ERR_INVALID_ARGUMENT: the sentence names the argument, what was given and what is allowed. */
enum rmq_error rmqi_detail_argument(struct rmq_error_detail **out, const char *format, ...)
	RMQI_PRINTF(2, 3);
/* RMQ_ERR_INVALID_ARGUMENT: this argument of the function is NULL. */
static inline enum rmq_error rmqi_detail_null(struct rmq_error_detail **out, const char *function,
					      const char *argument)
{
	return rmqi_detail_argument(out, "%s: %s is NULL", function, argument);
}

#endif
