/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/topic_attributes.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "codec/json.h"

enum { TEXT_MAX = 64 * 1024 };

#define ANY_TEXT ""

/* Attribute.java and its kinds. */
struct attribute {
	const char *name;
	bool is_changeable;
	const char *values; /* "|A|B|"; ANY_TEXT; NULL: a number */
	int64_t min, max;
	enum mb_release since, until;
};

static const struct attribute of_topics[] = {
	{"queue.type", false, "|BatchCQ|SimpleCQ|", 0, 0, MB_RELEASE_5_3, MB_RELEASE_5_5},
	{"cleanup.policy", false, "|DELETE|COMPACTION|", 0, 0, MB_RELEASE_5_3, MB_RELEASE_5_5},
	{"message.type", true, "|UNSPECIFIED|NORMAL|FIFO|DELAY|TRANSACTION|MIXED|", 0, 0,
	 MB_RELEASE_5_3, MB_RELEASE_5_3},
	{"message.type", true, "|UNSPECIFIED|NORMAL|FIFO|DELAY|TRANSACTION|MIXED|PRIORITY|", 0, 0,
	 MB_RELEASE_5_4, MB_RELEASE_5_4},
	{"message.type", true, "|UNSPECIFIED|NORMAL|FIFO|DELAY|TRANSACTION|MIXED|PRIORITY|LITE|", 0,
	 0, MB_RELEASE_5_5, MB_RELEASE_5_5},
	{"reserve.time", true, NULL, INT64_MIN, INT64_MAX, MB_RELEASE_5_3, MB_RELEASE_5_5},
	{"lite.topic.expiration", true, NULL, -1, 43200, MB_RELEASE_5_5, MB_RELEASE_5_5},
	{NULL, false, NULL, 0, 0, MB_RELEASE_5_3, MB_RELEASE_5_5},
};

static const struct attribute of_groups[] = {
	{"priority.factor", true, NULL, 0, 100, MB_RELEASE_5_4, MB_RELEASE_5_5},
	{"lite.bind.topic", true, ANY_TEXT, 0, 0, MB_RELEASE_5_5, MB_RELEASE_5_5},
	{"lite.sub.model", true, "|Shared|Exclusive|", 0, 0, MB_RELEASE_5_5, MB_RELEASE_5_5},
	{"lite.sub.reset.offset.exclusive", true, "|true|false|", 0, 0, MB_RELEASE_5_5,
	 MB_RELEASE_5_5},
	{"lite.sub.reset.offset.unsubscribe", true, "|true|false|", 0, 0, MB_RELEASE_5_5,
	 MB_RELEASE_5_5},
	{"lite.sub.client.quota", true, NULL, -1, INT64_MAX, MB_RELEASE_5_5, MB_RELEASE_5_5},
	{"lite.sub.client.max.event.cnt", true, NULL, 10, INT64_MAX, MB_RELEASE_5_5,
	 MB_RELEASE_5_5},
	{"lite.sub.wildcard", true, ANY_TEXT, 0, 0, MB_RELEASE_5_5, MB_RELEASE_5_5},
	{NULL, false, NULL, 0, 0, MB_RELEASE_5_4, MB_RELEASE_5_5},
};

/* An object whose attributes are changed. */
struct altering {
	const struct attribute *known; /* ends with a name of NULL */
	enum mb_release release;
	bool is_new;
	const char *what; /* it is: for the remark */
	struct rmqi_map all;
	char *problem;
	size_t size;
};

/* NULL: unknown to this release. */
static const struct attribute *find(const struct altering *a, struct rmqi_str name)
{
	for (const struct attribute *k = a->known; k->name; k++)
		if (a->release >= k->since && a->release <= k->until && rmqi_str_is(name, k->name))
			return k;
	return NULL;
}

static bool is_value(const struct attribute *k, struct rmqi_str value)
{
	char text[64];
	int64_t number;

	if (!k->values)
		return rmqi_str_to_i64(value, &number) && number >= k->min && number <= k->max;
	if (k->values[0] == '\0')
		return true;
	snprintf(text, sizeof(text), "|%.*s|", RMQI_STR_ARG(value));
	return value.len && strstr(k->values, text);
}

/* RangeAttribute.java has other words than EnumAttribute.java. */
static void say_bad_value(const struct altering *a, const struct attribute *k,
			  struct rmqi_str value)
{
	if (k->values || k->min == INT64_MIN)
		snprintf(a->problem, a->size, "value is not in range. key: %s, value: %.*s", k->name,
			 RMQI_STR_ARG(value));
	else
		snprintf(a->problem, a->size, "value is not in range(%lld, %lld)",
			 (long long)k->min, (long long)k->max);
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

/* "+name", "-name"; `value` NULL: none was said. */
static enum rmq_error alter_one(struct altering *a, struct rmqi_str change,
				const struct rmqi_str *value)
{
	bool is_add = change.len && change.ptr[0] == '+';
	struct rmqi_str key;
	char name[64];
	const struct attribute *k;

	if (!is_add && !(change.len && change.ptr[0] == '-')) {
		snprintf(a->problem, a->size, "add/alter attribute format is wrong: %.*s",
			 RMQI_STR_ARG(change));
		return RMQ_ERR_INVALID_ARGUMENT;
	}
	key = rmqi_str_n(change.ptr + 1, change.len - 1);
	snprintf(name, sizeof(name), "%.*s", RMQI_STR_ARG(key));
	k = find(a, key);
	if (!k)
		snprintf(a->problem, a->size, "unsupported key: %s", name);
	else if (is_add != (value != NULL))
		snprintf(a->problem, a->size, "add/alter attribute format is wrong: %s", name);
	else if (a->is_new && !is_add)
		snprintf(a->problem, a->size,
			 "only add attribute is supported while creating %s. key: %s", a->what,
			 name);
	else if (!a->is_new && !k->is_changeable)
		snprintf(a->problem, a->size, "attempt to update an unchangeable attribute. key: %s",
			 name);
	else if (!is_add && !rmqi_map_get(&a->all, key))
		snprintf(a->problem, a->size, "attempt to delete a nonexistent key: %s", name);
	else if (is_add && !is_value(k, *value))
		say_bad_value(a, k, *value);
	else
		return apply(&a->all, name, is_add, is_add ? *value : (struct rmqi_str){0});
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

/* "+name=value,-name" */
static enum rmq_error alter_by_text(struct altering *a, struct rmqi_str changes)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str one, name, value;
	bool more = changes.len > 0, has_value;

	while (more && err == RMQ_OK) {
		changes = rmqi_str_cut(changes, ",", &one, &more);
		one = rmqi_str_trim(one);
		if (!one.len)
			continue;
		value = rmqi_str_cut(one, "=", &name, &has_value);
		err = alter_one(a, name, has_value ? &value : NULL);
	}
	return err;
}

/* {"+name":"value","-name":""} */
static enum rmq_error alter_by_object(struct altering *a, const struct rmqi_json *changes)
{
	enum rmq_error err = RMQ_OK;

	RMQI_JSON_EACH(one, changes) {
		struct rmqi_str name = rmqi_json_name(one), value = rmqi_json_text(one);
		bool is_removal = name.len && name.ptr[0] == '-';

		if (err == RMQ_OK)
			err = alter_one(a, name, is_removal ? NULL : &value);
	}
	return err;
}

enum rmq_error mb_topic_attributes_alter(const struct mb_attributes *old, struct rmqi_str changes,
					 char **out, char *problem, size_t size)
{
	struct altering a = {.known = of_topics,
			     .release = old->release,
			     .is_new = old->is_new,
			     .what = "topic",
			     .problem = problem,
			     .size = size};
	enum rmq_error err;

	rmqi_map_init(&a.all);
	err = read_json(old->json, &a.all);
	if (err == RMQ_OK)
		err = alter_by_text(&a, changes);
	if (err == RMQ_OK)
		err = write_json(&a.all, out);
	rmqi_map_deinit(&a.all, rmqi_free);
	return err;
}

enum rmq_error mb_group_attributes_alter(const struct mb_attributes *old,
					 const struct rmqi_json *changes, char **out,
					 char *problem, size_t size)
{
	struct altering a = {.known = of_groups,
			     .release = old->release,
			     .is_new = old->is_new,
			     .what = "topic", /* AttributeUtil.java says so of groups, too */
			     .problem = problem,
			     .size = size};
	enum rmq_error err;

	rmqi_map_init(&a.all);
	err = read_json(old->json, &a.all);
	if (err == RMQ_OK && rmqi_json_is(changes, RMQI_JSON_OBJECT))
		err = alter_by_object(&a, changes);
	if (err == RMQ_OK)
		err = write_json(&a.all, out);
	rmqi_map_deinit(&a.all, rmqi_free);
	return err;
}
