/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of json.h: one pass over the text, into blocks of memory that the tree owns. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/json.h"
#include "codec/json_letters.h"
#include "codec/scanner.h"
#include "codec/utf8.h"

enum {
	/* Each object that is a name doubles the backslashes of those inside it. Java has none that
	 * is nested. */
	NAME_OBJECTS_MAX = 3,
	FEW_MEMBERS = 16, /* names of so many are compared with each other */
	FIRST_BLOCK_MIN = 512,
	FIRST_BLOCK_MAX = 64 * 1024,
	BLOCK_MAX = 1024 * 1024,
	NUMBER_MAX = 1024 /* digits and signs of a number that is not an integer */
};

struct block {
	struct block *next;
	size_t size, used; /* of bytes */
	_Alignas(max_align_t) uint8_t bytes[];
};

struct tree {
	struct block *blocks; /* the newest first */
	struct rmqi_json root;
};

struct reader {
	struct rmqi_scanner in; /* only its position */
	struct block *blocks;   /* become the tree's */
	enum rmq_error error;   /* why a step returned false */
	size_t values;
	unsigned depth;        /* open brackets */
	unsigned name_objects; /* open objects that stand for a name */
};

static bool read_value(struct reader *r, struct rmqi_json *v);

static bool fail(struct reader *r, enum rmq_error error)
{
	r->error = error;
	return false;
}

static bool add_block(struct reader *r, size_t size)
{
	struct block *b = size < SIZE_MAX - sizeof(*b) ? rmqi_alloc(sizeof(*b) + size) : NULL;

	if (!b)
		return fail(r, RMQ_ERR_NO_MEMORY);
	*b = (struct block){.next = r->blocks, .size = size};
	r->blocks = b;
	return true;
}

static void free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		rmqi_free(b);
		b = next;
	}
}

static size_t rounded(size_t n)
{
	return (n + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
}

/* Room for n bytes; keep() takes what was needed of them. NULL: memory is out. */
static uint8_t *room(struct reader *r, size_t n)
{
	struct block *b = r->blocks;

	if (b->size - b->used < n) {
		size_t size = b->size < BLOCK_MAX / 2 ? b->size * 2 : BLOCK_MAX;

		if (!add_block(r, rounded(n) > size ? rounded(n) : size))
			return NULL;
		b = r->blocks;
	}
	return b->bytes + b->used;
}

/* Texts lie behind each other without gaps; a value is aligned. */
static void keep(struct reader *r, size_t n)
{
	r->blocks->used += n;
}

static struct rmqi_json *new_value(struct reader *r)
{
	const size_t unit = _Alignof(struct rmqi_json);
	size_t gap = (unit - r->blocks->used % unit) % unit;
	uint8_t *at = room(r, gap + sizeof(struct rmqi_json));
	struct rmqi_json *v;

	if (!at)
		return NULL;
	if (r->blocks->used % unit == 0)
		gap = 0; /* a new block */
	v = (struct rmqi_json *)(void *)(at + gap);
	keep(r, gap + sizeof(*v));
	*v = (struct rmqi_json){0};
	return v;
}

/* The next byte without taking it; -1 at the end. */
static int peek(const struct reader *r)
{
	return rmqi_scan_left(&r->in) ? *r->in.at : -1;
}

/* A slice of the text, from `start` to where the reader is. */
static struct rmqi_str since(const struct reader *r, const uint8_t *start)
{
	return rmqi_str_n(start, (size_t)(r->in.at - start));
}

/* ASCII without a NUL? */
static bool is_plain(struct rmqi_str s)
{
	const uint8_t *at = (const uint8_t *)s.ptr, *end = at + s.len;

	for (; end - at >= 8; at += 8) {
		uint64_t w = rmqi_word_load(at);

		if (((w | (w - RMQI_WORD_EACH(1))) & RMQI_WORD_MARKS) != 0)
			return false;
	}
	for (; at < end; at++)
		if (*at == 0 || *at >= 0x80)
			return false;
	return true;
}

static bool put_text(struct reader *r, struct rmqi_str s, const char **text, uint32_t *len)
{
	uint8_t *to = room(r, s.len + 1);

	if (!to)
		return false;
	rmqi_memcpy(to, s.ptr, s.len);
	to[s.len] = '\0';
	keep(r, s.len + 1);
	*text = (const char *)to;
	*len = (uint32_t)s.len;
	return true;
}

/* What stands between two quotes and is not plain. U+FFFD is longer than the byte it replaces. */
static bool put_undone(struct reader *r, struct rmqi_str s, const char **text, uint32_t *len)
{
	uint8_t *start = room(r, 3 * s.len + 1), *to = start;
	uint32_t code;

	if (!start)
		return false;
	while (s.len > 0) {
		if (!rmqi_json_take_char(&s, &code))
			return fail(r, RMQ_ERR_PROTOCOL);
		to = rmqi_utf8_put(to, code);
	}
	*to = '\0';
	*text = (const char *)start;
	*len = (uint32_t)(to - start);
	keep(r, (size_t)(to - start) + 1);
	return true;
}

/* A text in quotes of either kind. */
static bool read_text(struct reader *r, const char **text, uint32_t *len)
{
	uint8_t quote = *r->in.at++;
	const uint8_t *start = r->in.at;
	bool has_escapes = false;
	struct rmqi_str raw;

	while (rmqi_scan_find_end(&r->in, quote) && *r->in.at == '\\') {
		has_escapes = true;
		if (r->in.end - r->in.at < 2)
			return false;
		r->in.at += 2;
	}
	if (!rmqi_scan_left(&r->in))
		return false;
	raw = since(r, start);
	r->in.at++;
	return !has_escapes && is_plain(raw) ? put_text(r, raw, text, len)
					     : put_undone(r, raw, text, len);
}

static bool is_word_char(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '$' || c == '.' || c == '-' || c == '+';
}

/* Letters, digits and what numbers are made of: a number, a literal or an unquoted name. */
static struct rmqi_str word(struct reader *r)
{
	const uint8_t *start = r->in.at;

	while (is_word_char(peek(r)))
		r->in.at++;
	return since(r, start);
}

/* The process may have a locale with another decimal point. */
static bool to_real(struct reader *r, const char *text, double *out)
{
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	if (!plain)
		return fail(r, RMQ_ERR_NO_MEMORY);
	*out = strtod_l(text, NULL, plain);
	freelocale(plain);
	return isfinite(*out);
}

static bool read_number(struct reader *r, struct rmqi_str s, struct rmqi_json *v)
{
	char text[NUMBER_MAX + 1];

	if (rmqi_str_to_i64(s, &v->integer)) {
		v->kind = RMQI_JSON_INTEGER;
		return true;
	}
	if (!rmqi_json_is_number(s))
		return false;
	if (s.len > NUMBER_MAX)
		return fail(r, RMQ_ERR_TOO_LARGE);
	rmqi_memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	v->kind = RMQI_JSON_REAL;
	return to_real(r, text, &v->real);
}

/* true, false, null or a number. */
static bool read_literal(struct reader *r, struct rmqi_json *v)
{
	struct rmqi_str s = word(r);

	if (s.len == 0)
		return false;
	if (s.ptr[0] <= '9')
		return read_number(r, s, v);
	if (rmqi_str_is(s, "true") || rmqi_str_is(s, "false")) {
		v->kind = RMQI_JSON_BOOL;
		v->boolean = s.ptr[0] == 't';
		return true;
	}
	v->kind = RMQI_JSON_NULL;
	/* JSONLexer reads the last two so. */
	return rmqi_str_is(s, "null") || rmqi_str_is(s, "NaN") || rmqi_str_is(s, "undefined");
}

static bool put_written(struct reader *r, const struct rmqi_json *object, struct rmqi_json *member)
{
	struct rmqi_buf text;
	enum rmq_error err;
	bool is_put = false;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	err = rmqi_json_write(object, &text);
	if (err == RMQ_OK)
		is_put = put_text(r, rmqi_cursor_str(rmqi_buf_cursor(&text)), &member->name,
				  &member->name_len);
	else
		(void)fail(r, err);
	rmqi_buf_deinit(&text);
	return is_put;
}

/* An object as a name becomes a text that holds the object's JSON. */
static bool read_object_name(struct reader *r, struct rmqi_json *member)
{
	struct rmqi_json object = {0};
	bool is_read;

	if (r->name_objects >= NAME_OBJECTS_MAX)
		return fail(r, RMQ_ERR_TOO_LARGE);
	r->name_objects++;
	is_read = read_value(r, &object);
	r->name_objects--;
	return is_read && put_written(r, &object, member);
}

/* Up to the colon, and over it. */
static bool read_name(struct reader *r, struct rmqi_json *member)
{
	bool is_read;

	rmqi_scan_blanks(&r->in);
	switch (peek(r)) {
	case '"':
	case '\'':
		is_read = read_text(r, &member->name, &member->name_len);
		break;
	case '{':
		is_read = read_object_name(r, member);
		break;
	default:
		is_read = is_word_char(peek(r)) &&
			  put_text(r, word(r), &member->name, &member->name_len);
	}
	return is_read && rmqi_scan_token(&r->in, ':');
}

static bool is_named_alike(const struct rmqi_json *a, const struct rmqi_json *b)
{
	return rmqi_str_eq(rmqi_json_name(a), rmqi_json_name(b));
}

/* The value of `from` for the member `to`, which keeps its place. */
static void replace_value(struct rmqi_json *to, const struct rmqi_json *from)
{
	struct rmqi_json made = *from;

	made.next = to->next;
	made.name = to->name;
	made.name_len = to->name_len;
	*to = made;
}

/* The last of a name wins, at the place of the first. Drops a member whose name is there. */
static bool replaces_one(const struct rmqi_json *object, const struct rmqi_json *member)
{
	struct rmqi_json *at = object->first;

	for (uint32_t i = 0; i < object->count; i++, at = at->next) {
		if (is_named_alike(at, member)) {
			replace_value(at, member);
			return true;
		}
	}
	return false;
}

struct placed {
	struct rmqi_json *member;
	size_t place;
};

static int compare_names(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = rmqi_str_cmp(rmqi_json_name(x->member), rmqi_json_name(y->member));

	return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

/* Sorted by name, then place: takes the values of later ones, whose names are cleared. */
static void merge_alike(const struct placed *all, size_t count)
{
	size_t first = 0;

	for (size_t i = 1; i < count; i++) {
		if (!is_named_alike(all[i].member, all[first].member)) {
			first = i;
			continue;
		}
		replace_value(all[first].member, all[i].member);
		all[i].member->name = NULL;
	}
}

static void drop_nameless(struct rmqi_json *object)
{
	struct rmqi_json **link = &object->first;

	object->count = 0;
	while (*link) {
		if ((*link)->name) {
			object->count++;
			link = &(*link)->next;
		} else {
			*link = (*link)->next;
		}
	}
}

/* The same for many, without comparing each with each: sorted, not hashed, as a peer chooses the
 * names. */
static bool drop_alike(struct reader *r, struct rmqi_json *object)
{
	struct placed *all = rmqi_calloc(object->count, sizeof(*all));
	struct rmqi_json *member = object->first;

	if (!all)
		return fail(r, RMQ_ERR_NO_MEMORY);
	for (size_t i = 0; i < object->count; i++, member = member->next)
		all[i] = (struct placed){member, i};
	qsort(all, object->count, sizeof(*all), compare_names);
	merge_alike(all, object->count);
	drop_nameless(object);
	rmqi_free(all);
	return true;
}

/* What stands between two brackets: members of an object or values of an array. `last` is where the
 * next one is linked. */
static bool read_item(struct reader *r, struct rmqi_json *around, struct rmqi_json ***last)
{
	bool is_object = around->kind == RMQI_JSON_OBJECT;
	struct rmqi_json *v = new_value(r);

	if (!v)
		return false;
	if (is_object && !read_name(r, v))
		return false;
	if (!read_value(r, v))
		return false;
	if (is_object && around->count <= FEW_MEMBERS && replaces_one(around, v))
		return true;
	**last = v;
	*last = &v->next;
	around->count++;
	return true;
}

static bool read_items(struct reader *r, struct rmqi_json *v, uint8_t end)
{
	struct rmqi_json *first = NULL, **last = &first;

	r->in.at++;
	if (rmqi_scan_token(&r->in, end))
		return true;
	for (;;) {
		if (!read_item(r, v, &last))
			return false;
		v->first = first;
		if (rmqi_scan_token(&r->in, end))
			break;
		if (!rmqi_scan_accept(&r->in, ','))
			return false;
	}
	return end == ']' || v->count <= FEW_MEMBERS || drop_alike(r, v);
}

static bool read_brackets(struct reader *r, struct rmqi_json *v)
{
	bool is_object = peek(r) == '{', is_read;

	if (r->depth >= RMQI_JSON_DEPTH_MAX)
		return fail(r, RMQ_ERR_TOO_LARGE);
	r->depth++;
	v->kind = is_object ? RMQI_JSON_OBJECT : RMQI_JSON_ARRAY;
	is_read = read_items(r, v, is_object ? '}' : ']');
	r->depth--;
	return is_read;
}

static bool read_value(struct reader *r, struct rmqi_json *v)
{
	if (++r->values > RMQI_JSON_VALUES_MAX)
		return fail(r, RMQ_ERR_TOO_LARGE);
	rmqi_scan_blanks(&r->in);
	switch (peek(r)) {
	case '"':
	case '\'':
		v->kind = RMQI_JSON_TEXT;
		return read_text(r, &v->text, &v->count);
	case '{':
	case '[':
		return read_brackets(r, v);
	default:
		return read_literal(r, v);
	}
}

/* The whole text, and nothing behind it. */
static bool read_all(struct reader *r, struct tree *tree)
{
	if (!read_value(r, &tree->root))
		return false;
	rmqi_scan_blanks(&r->in);
	return !rmqi_scan_left(&r->in);
}

/* A tree takes about three times the bytes of its text. */
static size_t first_block(size_t len)
{
	if (len < FIRST_BLOCK_MIN / 4)
		return FIRST_BLOCK_MIN;
	return len < FIRST_BLOCK_MAX / 4 ? rounded(4 * len) : FIRST_BLOCK_MAX;
}

enum rmq_error rmqi_json_parse(struct rmqi_cursor text, struct rmqi_json **out)
{
	struct reader r = {.error = RMQ_ERR_PROTOCOL};
	struct tree *tree;

	if (text.len > RMQI_JSON_SIZE_MAX)
		return RMQ_ERR_TOO_LARGE;
	if (text.len == 0)
		return RMQ_ERR_PROTOCOL;
	rmqi_scanner_init(&r.in, text, NULL);
	if (!add_block(&r, rounded(sizeof(*tree)) + first_block(text.len)))
		return r.error;
	tree = (struct tree *)(void *)r.blocks->bytes;
	*tree = (struct tree){0};
	keep(&r, sizeof(*tree));
	if (!read_all(&r, tree)) {
		free_blocks(r.blocks);
		return r.error;
	}
	tree->blocks = r.blocks;
	*out = &tree->root;
	return RMQ_OK;
}

void rmqi_json_free(struct rmqi_json *root)
{
	if (root)
		free_blocks(RMQI_CONTAINER(root, struct tree, root)->blocks);
}
