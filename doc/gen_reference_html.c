/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_reference_html.c - writes pages as one HTML document without any other file.
 */
#include <ctype.h>
#include <string.h>

#include "doc/gen_reference.h"

static const char style[] =
	":root{--back:#fff;--side:#f6f7f9;--text:#1f2328;--mute:#636c76;--line:#d9dee3;--link:#0b62c4;"
	"--code:#f6f8fa;--word:#a0226a;--note:#57606a}"
	"@media(prefers-color-scheme:dark){:root{--back:#15181c;--side:#1b1f24;--text:#d8dee6;"
	"--mute:#98a2ae;--line:#30363d;--link:#6cb1ff;--code:#1c2127;--word:#f08ab8;--note:#98a2ae}}"
	"*{box-sizing:border-box}html{scroll-padding-top:1rem}"
	"body{margin:0;background:var(--back);color:var(--text);"
	"font:16px/1.55 system-ui,-apple-system,'Segoe UI',sans-serif;display:flex}"
	"nav{position:sticky;top:0;height:100vh;overflow-y:auto;flex:0 0 19rem;padding:1.5rem;"
	"background:var(--side);border-right:1px solid var(--line);font-size:14px}"
	"nav h1{font-size:1.15rem;margin:0 0 .2rem}nav p{margin:0 0 1rem;color:var(--mute)}"
	"nav input{width:100%;padding:.4rem .6rem;border:1px solid var(--line);border-radius:6px;"
	"background:var(--back);color:inherit;font:inherit}"
	"nav ul{list-style:none;margin:.3rem 0 1rem;padding:0}nav li a{display:block;padding:.1rem 0;"
	"overflow:hidden;text-overflow:ellipsis}nav b{display:block;margin-top:1rem}"
	"main{flex:1;min-width:0;max-width:60rem;padding:2rem 3rem 8rem}"
	"a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}"
	"h2{margin:4rem 0 1rem;padding-top:1.5rem;border-top:2px solid var(--line);font-size:1.7rem}"
	"main>h2:first-child{margin-top:0;border:0;padding:0}"
	"h3{margin:2.5rem 0 .5rem;font-size:1.15rem}p{margin:.6rem 0}"
	"pre,code{font:13.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}"
	"pre{margin:.6rem 0;padding:.8rem 1rem;background:var(--code);border:1px solid var(--line);"
	"border-radius:8px;overflow-x:auto;tab-size:4}"
	"section{margin:1.8rem 0}section>p,section>ul{margin-left:1rem}"
	"pre i{color:var(--note);font-style:normal}pre u{color:var(--word);text-decoration:none}"
	"pre b:target{background:#ffe58f;color:#000;border-radius:3px}"
	"table{border-collapse:collapse;width:100%}td{padding:.35rem .8rem .35rem 0;vertical-align:top;"
	"border-top:1px solid var(--line)}"
	"@media(max-width:60rem){body{display:block}nav{position:static;height:auto;border:0}"
	"main{padding:1rem}}";

/* Shows the names that hold what was typed. */
static const char script[] =
	"const q=document.querySelector('input'),l=[...document.querySelectorAll('#names li')],"
	"n=document.getElementById('names'),t=document.getElementById('tree');"
	"q.oninput=()=>{const w=q.value.trim().toLowerCase().split(/\\s+/);n.hidden=!q.value.trim();"
	"t.hidden=!n.hidden;l.forEach(e=>e.hidden=!w.every(x=>e.textContent.toLowerCase().includes(x)))};"
	"q.onkeydown=e=>{const f=l.find(e=>!e.hidden);if(e.key=='Enter'&&f)location.hash="
	"f.firstChild.hash}";

static void put(FILE *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '<')
			fputs("&lt;", out);
		else if (bytes[i] == '>')
			fputs("&gt;", out);
		else if (bytes[i] == '&')
			fputs("&amp;", out);
		else if (bytes[i] != MACRO_END)
			putc(bytes[i], out);
	}
}

/* A name where it is used: a link when a header declares it. */
static void put_name(FILE *out, const char *name, size_t len)
{
	const struct symbol *s = symbol_find(name, len);

	if (s)
		fprintf(out, "<a href=\"#%s\">", s->name);
	put(out, name, len);
	if (s)
		fputs("</a>", out);
}

/* --- Code ---------------------------------------------------------------------------------- */

static bool is_keyword(const struct token *t)
{
	static const char *const words[] = {"typedef", "struct", "enum", "const",    "void",
					    "int",     "char",   "bool", "unsigned", "define"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token_is(t, words[i]))
			return true;
	return false;
}

static void put_code(FILE *out, const char *code, const struct item *item)
{
	struct token t;

	while (token_next(&code, &t)) {
		struct symbol *s = t.kind == TOKEN_NAME ? symbol_find(t.ptr, t.len) : NULL;
		const char *mark = t.kind == TOKEN_COMMENT ? "i" : is_keyword(&t) ? "u" : NULL;

		if (s && s->item == item && !s->is_anchored) {
			s->is_anchored = true;
			fprintf(out, "<b id=\"%s\">%s</b>", s->name, s->name);
		} else if (mark) {
			fprintf(out, "<%s>", mark);
			put(out, t.ptr, t.len);
			fprintf(out, "</%s>", mark);
		} else {
			put_name(out, t.ptr, t.len);
		}
	}
}

static void put_declarations(FILE *out, const struct item *item)
{
	const char *code = item->code.ptr;
	struct declaration d;

	fputs("<pre>", out);
	while (declaration_next(&code, &d)) {
		put_code(out, d.text.ptr, item);
		if (d.must_use)
			fputs(" <i>/* must use */</i>", out);
	}
	fputs("</pre>\n", out);
}

/* --- Prose --------------------------------------------------------------------------------- */

/* One line with links, and `code` between back quotes. */
static void put_line(FILE *out, const char *line, size_t len)
{
	struct text copy = {0};
	const char *rest;
	struct token t;
	bool is_code = false;

	text_add(&copy, line, len);
	rest = copy.ptr;
	while (token_next(&rest, &t)) {
		if (*t.ptr == '`') {
			is_code = !is_code;
			fputs(is_code ? "<code>" : "</code>", out);
		} else {
			put_name(out, t.ptr, t.len);
		}
	}
	if (is_code)
		fputs("</code>", out);
	putc('\n', out);
}

static void change_shape(FILE *out, enum shape from, enum shape to)
{
	static const char *const opening[] = {"", "<p>", "<ul>", "<pre>"};
	static const char *const closing[] = {"", "</p>\n", "</li></ul>\n", "</pre>\n"};

	if (from == to)
		return;
	fputs(closing[from], out);
	fputs(opening[to], out);
}

/* A line of an example; the blank ones in front of it, which a paragraph might have followed. */
static void put_example(FILE *out, const char *line, size_t len, size_t indent, size_t *blanks)
{
	size_t skip = strspn(line, " ") < indent ? strspn(line, " ") : indent;
	struct text copy = {0};

	if (len <= skip) {
		++*blanks;
		return;
	}
	for (; *blanks > 0; --*blanks)
		putc('\n', out);
	text_add(&copy, line + skip, len - skip);
	put_code(out, copy.ptr, NULL);
	putc('\n', out);
}

static void put_list_line(FILE *out, const char *line, size_t len, bool *is_first)
{
	size_t skip = strspn(line, " ");

	if (strncmp(line + skip, "- ", 2) == 0) {
		fputs(*is_first ? "<li>" : "</li><li>", out);
		*is_first = false;
		skip += 2;
	}
	put_line(out, line + skip, len - skip);
}

static void put_prose(FILE *out, const char *text)
{
	enum shape now = SHAPE_NOTHING;
	size_t indent = 0, blanks = 0;
	bool is_first = true;

	while (*text) {
		size_t len = strcspn(text, "\n");
		enum shape next = prose_shape(text, len, now);

		change_shape(out, now, next);
		if (next != now) {
			indent = strspn(text, " ");
			blanks = 0;
			is_first = true;
		}
		now = next;
		if (now == SHAPE_EXAMPLE)
			put_example(out, text, len, indent, &blanks);
		else if (now == SHAPE_LIST)
			put_list_line(out, text, len, &is_first);
		else if (now == SHAPE_PARAGRAPH)
			put_line(out, text, len);
		text += len + (text[len] == '\n');
	}
	change_shape(out, now, SHAPE_NOTHING);
}

/* --- The document -------------------------------------------------------------------------- */

static void anchor_of(const char *section, char *out, size_t size)
{
	size_t len = 0;

	for (; *section && len < size - 1; section++)
		out[len++] = isalnum((unsigned char)*section) ? *section : '-';
	out[len] = '\0';
}

static void put_navigation(FILE *out, const struct page *pages, size_t count, const char *version)
{
	fprintf(out,
		"<nav><h1>rocketmq-c</h1><p>API reference, %s</p>"
		"<input placeholder=\"Find a name\" autofocus><ul id=\"names\" hidden>\n",
		version);
	for (size_t i = 0; symbol_at(i); i++)
		fprintf(out, "<li><a href=\"#%s\">%s</a></li>", symbol_at(i)->name,
			symbol_at(i)->name);
	fputs("</ul><div id=\"tree\">\n", out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "<b><a href=\"#%s\">%s</a></b><ul>\n", pages[i].name, pages[i].name);
		for (size_t j = 0; j < pages[i].count; j++) {
			const char *section = pages[i].items[j].section;
			char anchor[160];

			if (!section)
				continue;
			anchor_of(section, anchor, sizeof(anchor));
			fprintf(out, "<li><a href=\"#%s-%s\">", pages[i].name, anchor);
			put(out, section, strlen(section));
			fputs("</a></li>\n", out);
		}
		fputs("</ul>\n", out);
	}
	fputs("</div></nav>\n", out);
}

static void put_page(FILE *out, const struct page *page)
{
	char *prose = page->comment.ptr, *dash = prose ? strstr(prose, " - ") : NULL;

	fprintf(out, "<h2 id=\"%s\">&lt;rocketmq/%s&gt;</h2>\n", page->name, page->name);
	if (dash)
		dash[3] = (char)toupper((unsigned char)dash[3]);
	put_prose(out, dash ? dash + 3 : "");
	for (size_t i = 0; i < page->count; i++) {
		const struct item *item = &page->items[i];

		if (item->section) {
			char anchor[160];

			anchor_of(item->section, anchor, sizeof(anchor));
			fprintf(out, "<h3 id=\"%s-%s\">", page->name, anchor);
			put(out, item->section, strlen(item->section));
			fputs("</h3>\n", out);
		}
		fputs("<section>", out);
		put_declarations(out, item);
		if (item->comment.ptr)
			put_prose(out, item->comment.ptr);
		fputs("</section>\n", out);
	}
}

void html_write(const struct page *pages, size_t count, const char *version, FILE *out)
{
	fprintf(out,
		"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
		"<title>rocketmq-c %s: API reference</title><style>%s</style></head><body>\n",
		version, style);
	put_navigation(out, pages, count, version);
	fputs("<main><h2>rocketmq-c</h2>\n<p>The public headers, which are the manual: what each function "
	      "does, who owns what, which thread may call, what each result means.</p><table>\n",
	      out);
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *text = page_purpose(&pages[i], &len);

		fprintf(out, "<tr><td><a href=\"#%s\">%s</a></td><td>", pages[i].name,
			pages[i].name);
		put_line(out, text, len);
		fputs("</td></tr>\n", out);
	}
	fputs("</table>\n", out);
	for (size_t i = 0; i < count; i++)
		put_page(out, &pages[i]);
	fprintf(out, "</main><script>%s</script></body></html>\n", script);
}
