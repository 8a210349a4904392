/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/topic_attributes.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/json.h"

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

static enum rmq_error alter_one(json_t *all, bool is_new, struct rmqi_str change, char *problem,
				size_t size)
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
	else if (!is_add && !json_object_get(all, name))
		snprintf(problem, size, "attempt to delete a nonexistent key: %s", name);
	else if (is_add && !is_value(at, value))
		snprintf(problem, size, "value is not in range. key: %s, value: %.*s", name,
			 RMQI_STR_ARG(value));
	else if (is_add && json_object_set_new(all, name, json_stringn(value.ptr, value.len)) != 0)
		return RMQ_ERR_NO_MEMORY;
	else if (is_add || json_object_del(all, name) == 0)
		return RMQ_OK;
	return RMQ_ERR_INVALID_ARGUMENT;
}

static enum rmq_error write_json(const json_t *all, char **out)
{
	struct rmqi_buf text;
	enum rmq_error err;
	char *copy = NULL;

	if (json_object_size(all) == 0) {
		*out = NULL;
		return RMQ_OK;
	}
	rmqi_buf_init(&text, 64 * 1024);
	err = rmqi_json_write(all, &text);
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

enum rmq_error mb_topic_attributes_alter(const char *old_json, bool is_new, struct rmqi_str changes,
					 char **out, char *problem, size_t size)
{
	json_t *all = NULL;
	enum rmq_error err = RMQ_OK;
	struct rmqi_str one;
	bool more = changes.len > 0;

	if (old_json)
		err = rmqi_json_parse(rmqi_cursor(old_json, strlen(old_json)), &all);
	else
		all = json_object();
	if (err == RMQ_OK && !all)
		err = RMQ_ERR_NO_MEMORY;
	while (more && err == RMQ_OK) {
		changes = rmqi_str_cut(changes, ",", &one, &more);
		one = rmqi_str_trim(one);
		if (one.len)
			err = alter_one(all, is_new, one, problem, size);
	}
	if (err == RMQ_OK)
		err = write_json(all, out);
	json_decref(all);
	return err;
}
