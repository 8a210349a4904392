/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_letters.h - what the letters of a JSON text mean: escapes within quotes, and
 * whether a word is a number. As fastjson's JSONLexerBase reads them, which is more than
 * JSON allows. Of texts alone; no memory.
 */
#ifndef RMQI_CODEC_JSON_LETTERS_H
#define RMQI_CODEC_JSON_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Takes one character, escaped or not, from the head of a text that is not empty. Java's
 * decoder puts U+FFFD in the place of bytes that are no UTF-8. False: an escape that is none,
 * or a NUL: everybody reads texts as C strings. */
bool rmqi_json_take_char(struct rmqi_str *s, uint32_t *out);

/* "-12.5e+3" */
bool rmqi_json_is_number(struct rmqi_str s);

#endif
