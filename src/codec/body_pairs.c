/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "codec/body_read.h"

enum { FIRST_ROOM = 32, VALUE_MAX = 1024 * 1024 };

static enum rmq_error make_room(struct rmqi_pairs *p)
{
	size_t room = p->room ? 2 * p->room : FIRST_ROOM;
	struct rmqi_pair *items;

	if (p->count < p->room)
		return RMQ_OK;
	if (p->count >= RMQI_PAIRS_MAX)
		return RMQ_ERR_TOO_LARGE;
	items = rmqi_realloc(p->items, room * sizeof(*items));
	if (!items)
		return RMQ_ERR_NO_MEMORY;
	p->items = items;
	p->room = room;
	return RMQ_OK;
}

enum rmq_error rmqi_pairs_add(struct rmqi_pairs *p, struct rmqi_str name, struct rmqi_str value)
{
	struct rmqi_pair pair;
	enum rmq_error err = make_room(p);

	if (err != RMQ_OK)
		return err;
	pair = (struct rmqi_pair){rmqi_str_dup(name), rmqi_str_dup(value)};
	if (!pair.name || !pair.value) {
		rmqi_free(pair.name);
		rmqi_free(pair.value);
		return RMQ_ERR_NO_MEMORY;
	}
	p->items[p->count++] = pair;
	return RMQ_OK;
}

const char *rmqi_pairs_find(const struct rmqi_pairs *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->items[i].name, name) == 0)
			return p->items[i].value;
	return NULL;
}

void rmqi_pairs_deinit(struct rmqi_pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		rmqi_free(p->items[i].name);
		rmqi_free(p->items[i].value);
	}
	rmqi_free(p->items);
	*p = (struct rmqi_pairs){0};
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct rmqi_pair *)a)->name, ((const struct rmqi_pair *)b)->name);
}

static enum rmq_error hand_out(enum rmq_error err, struct rmqi_pairs *made, struct rmqi_pairs *out)
{
	if (err != RMQ_OK) {
		rmqi_pairs_deinit(made);
		return err;
	}
	if (made->count > 1)
		qsort(made->items, made->count, sizeof(made->items[0]), by_name);
	*out = *made;
	return RMQ_OK;
}

/* --- Tables ---------------------------------------------------------------------------------------- */

static enum rmq_error add_member(struct rmqi_pairs *p, const struct rmqi_json *member)
{
	char *text = NULL;
	enum rmq_error err;

	if (member->kind == RMQI_JSON_NULL)
		return RMQ_OK;
	if (member->kind == RMQI_JSON_TEXT)
		return rmqi_pairs_add(p, rmqi_json_name(member), rmqi_json_text(member));
	err = rmqi_json_dup_text(member, &text);
	if (err == RMQ_OK)
		err = rmqi_pairs_add(p, rmqi_json_name(member), rmqi_str(text));
	rmqi_free(text);
	return err;
}

enum rmq_error rmqi_pairs_decode_table(struct rmqi_cursor body, struct rmqi_pairs *out)
{
	struct rmqi_pairs made = {0};
	struct rmqi_json *root;
	const struct rmqi_json *table;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	table = rmqi_member_of_kind(root, "table", RMQI_JSON_OBJECT, &err);
	RMQI_JSON_EACH(member, table) {
		if (err == RMQ_OK)
			err = add_member(&made, member);
	}
	rmqi_json_free(root);
	return hand_out(err, &made, out);
}

/* --- Deep ones ------------------------------------------------------------------------------------- */

static enum rmq_error add_named(struct rmqi_pairs *p, const struct rmqi_buf *name,
				const struct rmqi_json *value)
{
	struct rmqi_str s = rmqi_str_n((const char *)rmqi_buf_data(name), name->len);
	char *text = NULL;
	enum rmq_error err;

	if (value->kind == RMQI_JSON_NULL)
		return RMQ_OK;
	if (value->kind == RMQI_JSON_TEXT)
		return rmqi_pairs_add(p, s, rmqi_json_text(value));
	err = rmqi_json_dup_text(value, &text);
	if (err == RMQ_OK)
		err = rmqi_pairs_add(p, s, rmqi_str(text));
	rmqi_free(text);
	return err;
}

/* As deep as a tree may be: RMQI_JSON_DEPTH_MAX. */
static enum rmq_error add_flat(struct rmqi_pairs *p, struct rmqi_buf *name,
			       const struct rmqi_json *value)
{
	bool is_array = rmqi_json_is(value, RMQI_JSON_ARRAY);
	enum rmq_error err = RMQ_OK;
	size_t len = name->len;
	int64_t at = 0;

	if (!is_array && !rmqi_json_is(value, RMQI_JSON_OBJECT))
		return add_named(p, name, value);
	RMQI_JSON_EACH(inner, value) {
		if (len > 0)
			rmqi_buf_add_text(name, ".");
		if (is_array)
			rmqi_buf_add_dec(name, at++);
		else
			rmqi_buf_add_str(name, rmqi_json_name(inner));
		err = rmqi_buf_status(name);
		if (err == RMQ_OK)
			err = add_flat(p, name, inner);
		if (err != RMQ_OK)
			return err;
		rmqi_buf_cut(name, len);
	}
	return err;
}

enum rmq_error rmqi_pairs_decode_flat(struct rmqi_cursor body, struct rmqi_pairs *out)
{
	struct rmqi_pairs made = {0};
	struct rmqi_json *root;
	struct rmqi_buf name;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&name, RMQI_PAIRS_NAME_MAX);
	err = add_flat(&made, &name, root);
	rmqi_buf_deinit(&name);
	rmqi_json_free(root);
	return hand_out(err, &made, out);
}

/* --- Lines ----------------------------------------------------------------------------------------- */

static struct rmqi_str without_return(struct rmqi_str line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* The value goes on in the next line. */
static enum rmq_error go_on(struct rmqi_pair *pair, struct rmqi_str line)
{
	struct rmqi_buf text;
	enum rmq_error err;
	char *value = NULL;

	rmqi_buf_init(&text, VALUE_MAX);
	rmqi_buf_add_text(&text, pair->value);
	rmqi_buf_add_text(&text, "\n");
	rmqi_buf_add_str(&text, line);
	err = rmqi_buf_status(&text);
	if (err == RMQ_OK) {
		value = rmqi_strdup(rmqi_buf_text(&text));
		err = value ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	}
	rmqi_buf_deinit(&text);
	if (err != RMQ_OK)
		return err;
	rmqi_free(pair->value);
	pair->value = value;
	return RMQ_OK;
}

static enum rmq_error add_line(struct rmqi_pairs *p, struct rmqi_str line)
{
	struct rmqi_str name, value;
	bool is_pair;

	if (line.len == 0)
		return RMQ_OK;
	value = rmqi_str_cut(line, "=", &name, &is_pair);
	if (is_pair)
		return rmqi_pairs_add(p, name, value);
	return p->count > 0 ? go_on(&p->items[p->count - 1], line) : RMQ_ERR_PROTOCOL;
}

enum rmq_error rmqi_pairs_decode_lines(struct rmqi_cursor body, struct rmqi_pairs *out)
{
	struct rmqi_str rest = rmqi_cursor_str(body), line;
	struct rmqi_pairs made = {0};
	enum rmq_error err = RMQ_OK;

	while (rest.len > 0 && err == RMQ_OK) {
		rest = rmqi_str_cut(rest, "\n", &line, NULL);
		err = add_line(&made, without_return(line));
	}
	return hand_out(err, &made, out);
}
