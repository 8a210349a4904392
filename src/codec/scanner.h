/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner.h - reads the JSON of a header in one pass, as leniently as fastjson.
 *
 * Texts stay where they are; one with an escape is undone into scratch.
 * Unescaped text is never longer than escaped text, so the first escape reserves
 * the length of the whole JSON and scratch never moves again under the slices
 * that point into it. Scratch must be empty at the start.
 *
 * What ordinary headers hold is read inline here; the rest in scanner.c. Every
 * function returns false on a breach of the format; `error` then tells whether it
 * was only memory.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_CODEC_SCANNER_H
#define RMQI_CODEC_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/str.h"
#include "codec/words.h"

struct rmqi_scanner {
	const uint8_t *at; /* every step forward is checked against end first */
	const uint8_t *end;
	struct rmqi_buf *scratch; /* borrowed; texts whose escapes are undone */
	size_t total;             /* length of the whole JSON */
	enum rmq_error error;     /* why a step returned false */
};

enum rmqi_scanned_kind {
	RMQI_SCANNED_TEXT,
	RMQI_SCANNED_INT, /* bare, up to 9 digits */
	RMQI_SCANNED_BARE,
	RMQI_SCANNED_TREE,
	RMQI_SCANNED_NULL
};

struct rmqi_scanned {
	enum rmqi_scanned_kind kind;
	int32_t number;       /* of RMQI_SCANNED_INT */
	struct rmqi_str text; /* without quotes; of a tree its JSON */
};

/* Ready at the first byte of `json`, which must not be empty. */
void rmqi_scanner_init(struct rmqi_scanner *s, struct rmqi_cursor json, struct rmqi_buf *scratch);

static inline bool rmqi_scan_left(const struct rmqi_scanner *s)
{
	return s->at < s->end;
}

static inline bool rmqi_scan_is_blank(uint8_t b)
{
	return b == ' ' || (b >= '\b' && b <= '\r');
}

static inline void rmqi_scan_blanks(struct rmqi_scanner *s)
{
	while (rmqi_scan_left(s) && *s->at <= ' ' && rmqi_scan_is_blank(*s->at))
		s->at++;
}

/* Steps over `byte` if it is next. */
static inline bool rmqi_scan_accept(struct rmqi_scanner *s, uint8_t byte)
{
	if (!rmqi_scan_left(s) || *s->at != byte)
		return false;
	s->at++;
	return true;
}

/* Is `byte` next, maybe behind blanks? Then it steps over it. */
static inline bool rmqi_scan_token(struct rmqi_scanner *s, uint8_t byte)
{
	if (rmqi_scan_accept(s, byte))
		return true;
	rmqi_scan_blanks(s);
	return rmqi_scan_accept(s, byte);
}

/* Moves to the next `quote` or backslash; false when there is none. */
static inline bool rmqi_scan_find_end(struct rmqi_scanner *s, uint8_t quote)
{
#ifdef __SSE2__
	while (s->end - s->at >= 16) {
		int marks = rmqi_block_find_either(s->at, quote, '\\');

		if (marks) {
			s->at += __builtin_ctz((unsigned)marks);
			return true;
		}
		s->at += 16;
	}
#endif
	while (s->end - s->at >= 8) {
		uint64_t w = rmqi_word_load(s->at);
		uint64_t marks =
			(rmqi_word_find(w, quote) | rmqi_word_find(w, '\\')) & RMQI_WORD_MARKS;

		if (marks) {
			s->at += rmqi_word_first(marks);
			return true;
		}
		s->at += 8;
	}
	while (rmqi_scan_left(s) && *s->at != quote && *s->at != '\\')
		s->at++;
	return rmqi_scan_left(s);
}

/* From `start` to the closing quote, into scratch; s->at is at the first backslash. */
bool rmqi_scan_undo(struct rmqi_scanner *s, const uint8_t *start, uint8_t quote,
		    struct rmqi_str *out);
/* Blanks may stand before both. */
bool rmqi_scan_rare_value(struct rmqi_scanner *s, struct rmqi_scanned *out);
bool rmqi_scan_rare_name(struct rmqi_scanner *s, struct rmqi_str *out);

/* Behind the opening quote. */
static inline bool rmqi_scan_text(struct rmqi_scanner *s, uint8_t quote, struct rmqi_str *out)
{
	const uint8_t *start = s->at;

	/* A letter of SEND_MESSAGE_V2, a digit. */
	if (s->end - start >= 2 && start[1] == quote && start[0] != quote && start[0] != '\\') {
		*out = (struct rmqi_str){(const char *)start, 1};
		s->at = start + 2;
		return true;
	}
	if (!rmqi_scan_find_end(s, quote))
		return false;
	if (*s->at != quote)
		return rmqi_scan_undo(s, start, quote, out);
	*out = (struct rmqi_str){(const char *)start, (size_t)(s->at - start)};
	s->at++;
	return true;
}

/* The numbers of ordinary headers; moves nothing when this is another value. */
static inline bool rmqi_scan_int(struct rmqi_scanner *s, struct rmqi_scanned *out)
{
	const uint8_t *at = s->at;
	int32_t number = 0;

	while (at < s->end && at - s->at < 9 && (uint8_t)(*at - '0') <= 9)
		number = number * 10 + (*at++ - '0');
	if (at == s->at || at == s->end || (*at != ',' && *at != '}'))
		return false;
	out->kind = RMQI_SCANNED_INT;
	out->number = number;
	out->text = (struct rmqi_str){(const char *)s->at, (size_t)(at - s->at)};
	s->at = at;
	return true;
}

/* Blanks may stand before it. */
static inline bool rmqi_scan_value(struct rmqi_scanner *s, struct rmqi_scanned *out)
{
	if (rmqi_scan_accept(s, '"')) {
		out->kind = RMQI_SCANNED_TEXT;
		return rmqi_scan_text(s, '"', &out->text);
	}
	return rmqi_scan_int(s, out) || rmqi_scan_rare_value(s, out);
}

/* The name of a member and its colon. */
static inline bool rmqi_scan_member(struct rmqi_scanner *s, struct rmqi_str *name)
{
	if (!(rmqi_scan_accept(s, '"') ? rmqi_scan_text(s, '"', name)
				       : rmqi_scan_rare_name(s, name)))
		return false;
	return rmqi_scan_token(s, ':');
}

/* Behind a value: takes the comma. False at the closing brace (taken) and on an error. A comma
 * before the brace is allowed, as in fastjson. */
static inline bool rmqi_scan_more(struct rmqi_scanner *s, bool *is_bad)
{
	if (rmqi_scan_token(s, ','))
		return !rmqi_scan_token(s, '}');
	*is_bad = !rmqi_scan_accept(s, '}');
	return false;
}

#endif
