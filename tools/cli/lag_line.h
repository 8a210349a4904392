/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lag_line.h - a line of the picture of lag_view.h: filled from the left, what does not fit is cut.
 *
 * Thread: one owner.
 */
#ifndef TOOLS_CLI_LAG_LINE_H
#define TOOLS_CLI_LAG_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/cli/lag_view.h"

struct line {
	const struct lag_view *view;
	struct text *out;
	int left; /* columns */
};

void line_begin(struct line *l, const struct lag_view *v, struct text *out);
void line_end(struct line *l);
/* So many columns of it, or as many as there are left; filled up with blanks, in front when is_right. width 0: as
 * long as it is. Control characters become '?'. */
void line_add(struct line *l, const char *text, int width, bool is_right);
/* The number of a colour (ECMA-48); "0": none. Nothing where there are no colours. */
void line_colour(struct line *l, const char *code);
void line_strong(struct line *l, const char *text);
/* `width` columns for `most`; drawn in eighths of one where there is UTF-8. What is not 0 is seen. */
void line_bar(struct line *l, int64_t value, int64_t most, int width);

#endif
