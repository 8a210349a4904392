/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry.h - one call of a public function that takes `rmq_error_detail **detail`: what stands
 * before its work and after it.
 *
 *	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
 *
 *	if (rmqi_entry_has(&entry, "config", config) && rmqi_entry_has(&entry, "out", out))
 *		entry.error = rmqi_admin_new(config, out, entry.detail);
 *	return rmqi_entry_end(&entry);
 *
 * From begin to end the caller's thread is guarded (guard.h). Checks are joined with &&: the first
 * one that fails says why in the detail, and its error is the call's.
 *
 * Owner: the stack of the public function. Thread: the caller's.
 */
#ifndef RMQI_BASE_ENTRY_H
#define RMQI_BASE_ENTRY_H

#include <stdbool.h>

#include "base/detail_out.h"

struct rmqi_entry {
	const char *function; /* its name, for sentences */
	struct rmq_error_detail **out;
	struct rmq_error_detail *detail; /* to be filled; NULL when the caller does not want one */
	enum rmq_error error;            /* of the check or of the work that failed */
};

/* An end must follow. */
static inline struct rmqi_entry rmqi_entry_begin(const char *function,
						 struct rmq_error_detail **out)
{
	return (struct rmqi_entry){function, out, rmqi_detail_begin(out), RMQ_OK};
}

/* Hands the detail out, or NULL after a success. Returns the call's error. */
static inline enum rmq_error rmqi_entry_end(struct rmqi_entry *e)
{
	return rmqi_detail_end(e->out, e->detail, e->error);
}

/* RMQ_ERR_INVALID_ARGUMENT: the sentence names function and argument, what was given and what is
 * allowed. Returns false. */
bool rmqi_entry_refuse(struct rmqi_entry *e, const char *format, ...) RMQI_PRINTF(2, 3);
/* RMQ_ERR_FORKED: the object was made before a fork, and this is the child. Returns false. */
bool rmqi_entry_refuse_child(struct rmqi_entry *e);

/* An argument that must not be NULL; a pointer is given as it is, of whatever kind. */
static inline bool rmqi_entry_has(struct rmqi_entry *e, const char *name, bool argument)
{
	return argument || rmqi_entry_refuse(e, "%s: %s is NULL", e->function, name);
}

#endif
