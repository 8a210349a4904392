/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template_usual.h - the quick form of a binary template (template.h), for headers whose varying numbers are as
 * they usually are: an i32 of one digit, an i64 of thirteen (a time in milliseconds, until the
 * year 2286). Such numbers have fixed places, so that only texts cut the literals:
 *
 *     | literal with places for digits | text | literal with places ... | text | ... | literal |
 *
 * Immutable once made; thread: any.
 */
#ifndef RMQI_CODEC_TEMPLATE_USUAL_H
#define RMQI_CODEC_TEMPLATE_USUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/macros.h"
#include "codec/schema.h"

enum {
	RMQI_USUAL_TEXTS = 4,
	RMQI_USUAL_NUMBERS = 6,
	RMQI_USUAL_SIZE = 512,
	RMQI_USUAL_SLACK = 64 /* bytes behind what is written that are touched, too */
};

/* Behind each but the last stands a text, the length word of which is its end. */
struct rmqi_usual_part {
	uint16_t literal; /* bytes */
	uint16_t offset;  /* of the text in the header struct */
};

struct rmqi_usual_number {
	uint16_t offset; /* of the member in the header struct */
	uint8_t part;
	uint8_t at; /* from the beginning of that part */
};

/* {0}: none. */
struct rmqi_usual {
	size_t text_count; /* 0: it fits nothing */
	size_t digit_count;
	size_t time_count; /* 0 or 1 */
	uint64_t
		time_front; /* of all the times in the literals: what stands before their last digits */
	struct rmqi_usual_part parts[RMQI_USUAL_TEXTS + 1];
	struct rmqi_usual_number digits[RMQI_USUAL_NUMBERS];
	struct rmqi_usual_number times[1];
	uint8_t literals[RMQI_USUAL_SIZE + RMQI_USUAL_SLACK];
};

/* `frame` is what the encoder makes of `header`, without a body; `sample` is that header: its varying
 * numbers are usual ones. False: none can be made, and *u is {0}. */
bool rmqi_usual_init(struct rmqi_usual *u, const struct rmqi_header_desc *desc,
		     struct rmqi_cursor frame, const void *sample, uint64_t varying);

#endif
