/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_reference_text.c - what both kinds of pages make of comments and code.
 */
#include <string.h>

#include "doc/gen_reference.h"

enum { CODE_WIDTH = 84 };

/* --- Code ---------------------------------------------------------------------------------- */

/* A function as one line, or with its parameters below each other. */
static void lay_out(const char *declaration, struct text *out)
{
	const char *paren = strchr(declaration, '(');
	size_t indent = paren ? (size_t)(paren - declaration) + 1 : 0;
	size_t column = 0;
	char blanks[128];

	memset(blanks, ' ', sizeof(blanks));
	while (*declaration) {
		size_t len = strcspn(declaration, ",");

		len += declaration[len] == ',';
		if (column > indent && column + len > CODE_WIDTH && indent < sizeof(blanks)) {
			text_add(out, "\n", 1);
			text_add(out, blanks, indent);
			declaration += *declaration == ' ';
			len -= len > 0;
			column = indent;
		}
		text_add(out, declaration, len);
		column += len;
		declaration += len;
	}
}

/* Without what only a compiler wants. */
static const char *read_function(const char *code, struct declaration *out)
{
	struct text words = {0};
	struct token t;
	bool is_end = false;

	while (!is_end && token_next(&code, &t)) {
		is_end = *t.ptr == ';';
		out->must_use = out->must_use || token_is(&t, "RMQ_MUST_USE");
		if (token_is(&t, "RMQ_API") || token_is(&t, "RMQ_MUST_USE"))
			continue;
		if (t.kind != TOKEN_BLANK)
			text_add(&words, t.ptr, t.len);
		else if (words.len > 0 && words.ptr[words.len - 1] != '*')
			text_add(&words, " ", 1);
	}
	lay_out(words.ptr, &out->text);
	return code;
}

bool declaration_next(const char **code, struct declaration *out)
{
	const char *end = strstr(*code, "RMQ_API ");
	size_t len;

	*out = (struct declaration){0};
	if (!**code)
		return false;
	if (end == *code) {
		*code = read_function(*code, out);
		return true;
	}
	len = end ? (size_t)(end - *code) : strlen(*code);
	text_add(&out->text, *code, len);
	if (!end && len > 0 && out->text.ptr[len - 1] == '\n')
		out->text.ptr[len - 1] = '\0';
	*code += len;
	return true;
}

/* --- Prose --------------------------------------------------------------------------------- */

enum shape prose_shape(const char *line, size_t len, enum shape now)
{
	size_t indent = strspn(line, " \t");

	if (indent >= len)
		return now == SHAPE_EXAMPLE ? SHAPE_EXAMPLE : SHAPE_NOTHING;
	if (len > indent + 1 && strncmp(line + indent, "- ", 2) == 0 && indent < 4)
		return SHAPE_LIST;
	if (now == SHAPE_LIST && indent > 0)
		return SHAPE_LIST;
	return indent >= 2 ? SHAPE_EXAMPLE : SHAPE_PARAGRAPH; /* a picture or a small table, too */
}

const char *page_purpose(const struct page *page, size_t *len)
{
	const char *text = page->comment.ptr ? page->comment.ptr : "";
	const char *dash = strstr(text, " - ");

	text = dash ? dash + 3 : text;
	for (*len = 0; text[*len]; ++*len)
		if (strncmp(text + *len, "\n\n", 2) == 0 || strncmp(text + *len, ". ", 2) == 0 ||
		    strncmp(text + *len, ".\n", 2) == 0)
			break;
	return text;
}
