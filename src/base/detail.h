/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detail.h - builds the public rmq_error_detail (rocketmq/error.h).
 *
 * Internal functions take `struct rmq_error_detail *detail`, which may be NULL:
 * then nothing is recorded. The api layer makes one with rmqi_detail_new only
 * when the user asked for it. Memory failures inside lose text, never the code.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_BASE_DETAIL_H
#define RMQI_BASE_DETAIL_H

#include <stdarg.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"

struct rmq_error_detail *rmqi_detail_new(void);
/* Frees one that was never handed out, or keeps it for the next rmqi_detail_new of any thread. */
void rmqi_detail_discard(struct rmq_error_detail *d);
/* Sets code, flags (bits of enum rmq_error_flag) and sentence. Returns `code`, so that a caller
 * may `return rmqi_detail_set(...)`. Replaces what was set; attempts and broker stay. */
enum rmq_error rmqi_detail_set(struct rmq_error_detail *d, enum rmq_error code, unsigned flags,
			       const char *format, ...) RMQI_PRINTF(4, 5);
enum rmq_error rmqi_detail_vset(struct rmq_error_detail *d, enum rmq_error code, unsigned flags,
				const char *format, va_list args) RMQI_PRINTF(4, 0);
/* The peer's response code and remark. */
void rmqi_detail_set_broker(struct rmq_error_detail *d, int broker_code, struct rmqi_str remark);
/* Of a send: its message, and where that may be stored (NULL: nowhere). */
void rmqi_detail_set_message(struct rmq_error_detail *d, const char *message_id,
			     const struct rmq_queue *queue);
void rmqi_detail_add_attempt(struct rmq_error_detail *d, const char *address, enum rmq_phase phase,
			     enum rmq_error code, int broker_code, int64_t elapsed_ms);
/* Takes over sentence, code, flags and broker of `from`, and adds its attempts. Either may be NULL. */
void rmqi_detail_copy(struct rmq_error_detail *d, const struct rmq_error_detail *from);
/* Back to fresh. */
void rmqi_detail_clear(struct rmq_error_detail *d);

#endif
