/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/lag_line.h"

/* --- Lines ------------------------------------------------------------------------------------------------- */

void line_begin(struct line *l, const struct lag_view *v, struct text *out)
{
	*l = (struct line){v, out, v->size.columns};
}

void line_end(struct line *l)
{
	text_adds(l->out, "\033[K\n");
}

void line_add(struct line *l, const char *text, int width, bool is_right)
{
	int used = 0;

	for (const char *c = text; *c; c++)
		used += ((unsigned char)*c & 0xC0) != 0x80;
	width = width ? width : used;
	width = width < l->left ? width : l->left;
	l->left -= width;
	if (is_right && used < width)
		text_addf(l->out, "%*s", width - used, "");
	for (; *text && width >= 0; text++) {
		bool is_start = ((unsigned char)*text & 0xC0) != 0x80;

		if (is_start && width-- == 0)
			break;
		text_addc(l->out, (unsigned char)*text < ' ' || *text == 127 ? '?' : *text);
		used -= is_start && !is_right;
	}
	if (!is_right && width > 0)
		text_addf(l->out, "%*s", width, "");
}

void line_colour(struct line *l, const char *code)
{
	if (l->view->has_colour)
		text_addf(l->out, "\033[%sm", code);
}

void line_strong(struct line *l, const char *text)
{
	text_adds(l->out, l->view->has_colour ? "\033[1m" : "");
	line_add(l, text, 0, false);
	text_adds(l->out, l->view->has_colour ? "\033[0m" : "");
}

/* --- A bar -------------------------------------------------------------------------------------------------- */

void line_bar(struct line *l, int64_t value, int64_t most, int width)
{
	static const char *const parts[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	int64_t eighths = most > 0 ? (int64_t)((double)value / (double)most * width * 8 + 0.5) : 0;
	int full, i;

	eighths = value > 0 && eighths < 1 ? 1 : eighths;
	full = (int)(eighths / 8 < width ? eighths / 8 : width);
	for (i = 0; i < full; i++)
		line_add(l, l->view->is_utf8 ? "█" : "#", 1, false);
	if (i < width && eighths % 8) {
		line_add(l, l->view->is_utf8 ? parts[eighths % 8] : "-", 1, false);
		i++;
	}
	line_add(l, "", width - i, false);
}
