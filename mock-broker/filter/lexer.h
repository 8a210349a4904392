/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lexer.h - cuts an expression into tokens (the token part of SelectorParser.jj).
 *
 * The longest match counts; of two of one length the one that stands first there. Blanks, line comments
 * that end with a line, and block comments are skipped. One token is read at a time: what
 * stands behind the last one that was asked for may be anything.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_FILTER_LEXER_H
#define MB_FILTER_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

enum mb_token_kind {
	MB_TOKEN_EOF,
	MB_TOKEN_NOT,
	MB_TOKEN_AND,
	MB_TOKEN_OR,
	MB_TOKEN_BETWEEN,
	MB_TOKEN_IN,
	MB_TOKEN_TRUE,
	MB_TOKEN_FALSE,
	MB_TOKEN_NULL,
	MB_TOKEN_IS,
	MB_TOKEN_CONTAINS,
	MB_TOKEN_STARTSWITH,
	MB_TOKEN_ENDSWITH,
	MB_TOKEN_DECIMAL,
	MB_TOKEN_FLOAT,
	MB_TOKEN_STRING, /* with its quotes */
	MB_TOKEN_ID,
	MB_TOKEN_EQUAL,
	MB_TOKEN_NOT_EQUAL,
	MB_TOKEN_GREATER,
	MB_TOKEN_GREATER_EQUAL,
	MB_TOKEN_LESS,
	MB_TOKEN_LESS_EQUAL,
	MB_TOKEN_OPEN,
	MB_TOKEN_COMMA,
	MB_TOKEN_CLOSE,
	MB_TOKEN_PLUS,
	MB_TOKEN_MINUS,
	MB_TOKEN_BAD /* none, up to the character that shows it: the lexer stays there */
};

struct mb_token {
	enum mb_token_kind kind;
	struct rmqi_str text; /* borrowed from the expression */
};

struct mb_lexer {
	struct rmqi_str text; /* borrowed */
	size_t at;
};

void mb_lexer_init(struct mb_lexer *l, struct rmqi_str text);
struct mb_token mb_lexer_next(struct mb_lexer *l);

/* Where a token stands, from 1 on, in UTF-16 units, tabs of 8 (SimpleCharStream.java). */
void mb_lexer_place(const struct mb_lexer *l, struct rmqi_str token, int *line, int *column);
/* What Java says of a token that is not expected there, first line only. */
void mb_lexer_explain(const struct mb_lexer *l, struct mb_token token, struct rmqi_buf *out);

#endif
