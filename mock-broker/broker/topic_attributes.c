/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/topic_attributes.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "codec/json.h"

enum { TEXT_MAX = 64 * 1024 };

static const struct {
	const char *name;
	bool is_changeable;
	const char *values; /* "|A|B|"; NULL: a number */
} known[] = {
	{"queue.type", false, "|BatchCQ|SimpleCQ|"},
	{"cleanup.policy", false, "|DELETE|COMPACTION|"},
	{"message.type", true, "|UNSPECIFIED|NORMAL|FIFO|DELAY|TRANSACTION|MIXED|"},
	{"reserve.time", true, NULL},
};

static bool is_value(size_t at, struct rmqi_str value)
{
	char text[64];
	int64_t number;

	if (!known[at].values)
		return rmqi_str_to_i64(value, &number);
	snprintf(text, sizeof(text), "|%.*s|", RMQI_STR_ARG(value));
	return value.len && strstr(known[at].values, text);
}

/* The value as JSON text, as the table keeps it. */
static enum rmq_error put_text(struct rmqi_map *all, const char *name, struct rmqi_buf *text)
{
	void *old = NULL;
	char *copy;
	enum rmq_error err = rmqi_buf_status(text);

	if (err != RMQ_OK)
		return err;
	copy = rmqi_strdup(rmqi_buf_text(text));
	err = copy ? rmqi_map_set(all, rmqi_str(name), copy, &old) : RMQ_ERR_NO_MEMORY;
	rmqi_free(err == RMQ_OK ? old : copy);
	return err;
}

static enum rmq_error put(struct rmqi_map *all, const char *name, struct rmqi_str value)
{
	struct rmqi_buf text;
	enum rmq_error err;

	rmqi_buf_init(&text, TEXT_MAX);
	rmqi_json_add_string(&text, value);
	err = put_text(all, name, &text);
	rmqi_buf_deinit(&text);
	return err;
}

static enum rmq_error apply(struct rmqi_map *all, const char *name, bool is_add,
			    struct rmqi_str value)
{
	if (is_add)
		return put(all, name, value);
	rmqi_free(rmqi_map_remove(all, rmqi_str(name)));
	return RMQ_OK;
}

static enum rmq_error alter_one(struct rmqi_map *all, bool is_new, struct rmqi_str change,
				char *problem, size_t size)
{
	bool is_add = change.len && change.ptr[0] == '+';
	bool has_value;
	struct rmqi_str key, value;
	char name[64];
	size_t at = 0;

	if (!is_add && !(change.len && change.ptr[0] == '-')) {
		snprintf(problem, size, "add/alter attribute format is wrong: %.*s",
			 RMQI_STR_ARG(change));
		return RMQ_ERR_INVALID_ARGUMENT;
	}
	value = rmqi_str_cut(rmqi_str_n(change.ptr + 1, change.len - 1), "=", &key, &has_value);
	snprintf(name, sizeof(name), "%.*s", RMQI_STR_ARG(key));
	while (at < RMQI_COUNT(known) && !rmqi_str_is(key, known[at].name))
		at++;
	if (at == RMQI_COUNT(known))
		snprintf(problem, size, "unsupported key: %s", name);
	else if (is_add != has_value)
		snprintf(problem, size, "add/alter attribute format is wrong: %s", name);
	else if (is_new && !is_add)
		snprintf(problem, size,
			 "only add attribute is supported while creating topic. key: %s", name);
	else if (!is_new && !known[at].is_changeable)
		snprintf(problem, size, "attempt to update an unchangeable attribute. key: %s",
			 name);
	else if (!is_add && !rmqi_map_get(all, key))
		snprintf(problem, size, "attempt to delete a nonexistent key: %s", name);
	else if (is_add && !is_value(at, value))
		snprintf(problem, size, "value is not in range. key: %s, value: %.*s", name,
			 RMQI_STR_ARG(value));
	else
		return apply(all, name, is_add, value);
	return RMQ_ERR_INVALID_ARGUMENT;
}

static void write_all(struct rmqi_buf *text, const struct rmqi_map *all)
{
	struct rmqi_str name;

	for (size_t i = 0; i < all->count; i++) {
		const char *value = rmqi_map_at(all, i, &name);

		rmqi_buf_add_u8(text, i == 0 ? '{' : ',');
		rmqi_json_add_string(text, name);
		rmqi_buf_add_u8(text, ':');
		rmqi_buf_add_text(text, value);
	}
	rmqi_buf_add_u8(text, '}');
}

static enum rmq_error write_json(const struct rmqi_map *all, char **out)
{
	struct rmqi_buf text;
	enum rmq_error err;
	char *copy = NULL;

	if (all->count == 0) {
		*out = NULL;
		return RMQ_OK;
	}
	rmqi_buf_init(&text, TEXT_MAX);
	write_all(&text, all);
	err = rmqi_buf_status(&text);
	if (err == RMQ_OK) {
		copy = rmqi_strdup(rmqi_buf_text(&text));
		if (!copy)
			err = RMQ_ERR_NO_MEMORY;
	}
	if (err == RMQ_OK)
		*out = copy;
	rmqi_buf_deinit(&text);
	return err;
}

static enum rmq_error read_members(const struct rmqi_json *root, struct rmqi_map *all)
{
	struct rmqi_buf text;
	enum rmq_error err = RMQ_OK;

	rmqi_buf_init(&text, TEXT_MAX);
	RMQI_JSON_EACH(member, root) {
		rmqi_buf_reset(&text);
		if (err == RMQ_OK)
			err = rmqi_json_write(member, &text);
		if (err == RMQ_OK)
			err = put_text(all, member->name, &text);
	}
	rmqi_buf_deinit(&text);
	return err;
}

/* What the topic has; NULL: nothing yet. */
static enum rmq_error read_json(const char *json, struct rmqi_map *all)
{
	struct rmqi_json *root;
	enum rmq_error err;

	if (!json)
		return RMQ_OK;
	err = rmqi_json_parse(rmqi_cursor(json, strlen(json)), &root);
	if (err != RMQ_OK)
		return err;
	if (rmqi_json_is(root, RMQI_JSON_OBJECT))
		err = read_members(root, all);
	rmqi_json_free(root);
	return err;
}

enum rmq_error mb_topic_attributes_alter(const char *old_json, bool is_new, struct rmqi_str changes,
					 char **out, char *problem, size_t size)
{
	enum rmq_error err;
	struct rmqi_map all;
	struct rmqi_str one;
	bool more = changes.len > 0;

	rmqi_map_init(&all);
	err = read_json(old_json, &all);
	while (more && err == RMQ_OK) {
		changes = rmqi_str_cut(changes, ",", &one, &more);
		one = rmqi_str_trim(one);
		if (one.len)
			err = alter_one(&all, is_new, one, problem, size);
	}
	if (err == RMQ_OK)
		err = write_json(&all, out);
	rmqi_map_deinit(&all, rmqi_free);
	return err;
}
