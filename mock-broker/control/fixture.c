/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/control/fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/properties.h"
#include "mock-broker/cluster_faults.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/control/put.h"
#include "mock-broker/rules/fault.h"

enum { QUEUES_USUAL = 8, QUEUES_MAX = 1024, FAULT_MAX = 64 * 1024 };

/* Where we are in the file. */
struct place {
	struct rmq_mock_cluster *c;
	const char *list;
	size_t at;
	struct rmq_error_detail *detail;
};

static enum rmq_error refuse(const struct place *p, const char *why)
{
	return rmqi_detail_set(p->detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL, "fixture: %s[%zu]: %s",
			       p->list, p->at, why);
}

/* The names end with NULL. */
static enum rmq_error check_names(const struct place *p, const struct rmqi_json *object,
				  const char *const *names)
{
	char why[256];

	if (!rmqi_json_is(object, RMQI_JSON_OBJECT))
		return refuse(p, "it is no object");
	RMQI_JSON_EACH(member, object)
	{
		size_t count = 0;
		const char *near;

		while (names[count] && strcmp(names[count], member->name) != 0)
			count++;
		if (names[count])
			continue;
		near = rmqi_nearest(member->name, names, count);
		snprintf(why, sizeof(why), "unknown member \"%.100s\"%s%s%s", member->name,
			 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
		return refuse(p, why);
	}
	if (rmqi_json_text(rmqi_json_get(object, "topic")).len == 0)
		return refuse(p, "\"topic\" is missing");
	return RMQ_OK;
}

static enum rmq_error add_topic(const struct place *p, const struct rmqi_json *o)
{
	static const char *const names[] = {"topic", "queues", NULL};
	int64_t queues = rmqi_json_i64(o, "queues", QUEUES_USUAL);
	enum rmq_error err = check_names(p, o, names);

	if (err == RMQ_OK && (queues < 1 || queues > QUEUES_MAX))
		err = refuse(p, "queues is not in 1..1024");
	if (err != RMQ_OK)
		return err;
	return mb_cluster_create_topic(p->c, rmqi_json_str(o, "topic", ""), (int)queues, p->detail);
}

static enum rmq_error put(const struct place *p, const struct rmqi_json *o, struct rmqi_cursor body,
			  struct rmqi_str properties)
{
	const char *node = rmqi_json_str(o, "node", NULL);
	int64_t queue_id = rmqi_json_i64(o, "queueId", -1);
	const struct mb_new_message m = {
		.topic = rmqi_json_text(rmqi_json_get(o, "topic")),
		.body = body,
		.keys = rmqi_json_text(rmqi_json_get(o, "keys")),
		.tags = rmqi_json_text(rmqi_json_get(o, "tags")),
		.properties = properties,
		.queue_id = queue_id < 0 || queue_id > INT32_MAX ? -1 : (int32_t)queue_id,
	};
	struct mb_new_place place;

	return mb_control_put(p->c, &node, &m, &place, p->detail);
}

static enum rmq_error put_with_body(const struct place *p, const struct rmqi_json *o,
				    struct rmqi_str properties)
{
	struct rmqi_str text = rmqi_json_text(rmqi_json_get(o, "body"));
	struct rmqi_str coded = rmqi_json_text(rmqi_json_get(o, "bodyBase64"));
	uint8_t *bytes;
	enum rmq_error err;
	size_t len;

	if (coded.len == 0)
		return put(p, o, rmqi_cursor(text.ptr, text.len), properties);
	bytes = rmqi_alloc(coded.len);
	if (!bytes)
		return RMQ_ERR_NO_MEMORY;
	len = rmqi_base64_decode(coded, RMQI_BASE64_BASIC, bytes, coded.len);
	err = len ? put(p, o, rmqi_cursor(bytes, len), properties)
		  : refuse(p, "bodyBase64 is no Base64");
	rmqi_free(bytes);
	return err;
}

static enum rmq_error add_message(const struct place *p, const struct rmqi_json *o)
{
	static const char *const names[] = {"topic",   "body", "bodyBase64", "keys", "tags",
					    "queueId", "node", "properties", NULL};
	enum rmq_error err = check_names(p, o, names);
	struct rmqi_buf properties;

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&properties, RMQI_PROPERTIES_MAX);
	RMQI_JSON_EACH(member, rmqi_json_get(o, "properties"))
	{
		if (member->kind != RMQI_JSON_TEXT)
			err = refuse(p, "a property is no text");
		else
			rmqi_properties_add(&properties, rmqi_json_name(member),
					    rmqi_json_text(member));
	}
	if (err == RMQ_OK)
		err = rmqi_buf_status(&properties);
	if (err == RMQ_OK)
		err = put_with_body(p, o, rmqi_cursor_str(rmqi_buf_cursor(&properties)));
	rmqi_buf_deinit(&properties);
	return err;
}

/* As over HTTP. */
static enum rmq_error add_fault(const struct place *p, const struct rmqi_json *o)
{
	struct rmq_mock_fault *f = NULL;
	struct rmqi_buf text;
	enum rmq_error err;
	uint64_t id;

	rmqi_buf_init(&text, FAULT_MAX);
	err = rmqi_json_write(o, &text);
	if (err == RMQ_OK)
		err = mb_fault_parse(rmqi_buf_cursor(&text), &f, p->detail);
	if (err == RMQ_OK)
		err = mb_cluster_add_fault(p->c, f, &id, p->detail);
	mb_fault_free(f);
	rmqi_buf_deinit(&text);
	return err;
}

static const struct {
	const char *name;
	enum rmq_error (*add)(const struct place *p, const struct rmqi_json *o);
} lists[] = {
	{"topics", add_topic},
	{"messages", add_message},
	{"faults", add_fault},
};

static enum rmq_error add_list(struct rmq_mock_cluster *c, size_t which,
			       const struct rmqi_json *list, struct rmq_error_detail *detail)
{
	struct place p = {.c = c, .list = lists[which].name, .detail = detail};
	enum rmq_error err = RMQ_OK;

	if (!rmqi_json_is(list, RMQI_JSON_ARRAY))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "fixture: \"%s\" is no list", lists[which].name);
	RMQI_JSON_EACH(item, list)
	{
		if (err == RMQ_OK)
			err = lists[which].add(&p, item);
		p.at++;
	}
	return err;
}

/* RMQI_COUNT(lists): there is none of this name. */
static size_t find_list(const char *name)
{
	size_t i = 0;

	while (i < RMQI_COUNT(lists) && strcmp(lists[i].name, name) != 0)
		i++;
	return i;
}

/* In the order of our table, whatever that of the file is. */
static enum rmq_error add_all(struct rmq_mock_cluster *c, const struct rmqi_json *root,
			      struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;

	if (!rmqi_json_is(root, RMQI_JSON_OBJECT))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "fixture: it is no JSON object");
	RMQI_JSON_EACH(member, root)
	{
		if (find_list(member->name) == RMQI_COUNT(lists))
			return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
					       "fixture: unknown member \"%.100s\"", member->name);
	}
	for (size_t i = 0; i < RMQI_COUNT(lists) && err == RMQ_OK; i++) {
		const struct rmqi_json *list = rmqi_json_get(root, lists[i].name);

		if (list)
			err = add_list(c, i, list, detail);
	}
	return err;
}

static enum rmq_error read_file(const char *path, struct rmqi_buf *out,
				struct rmq_error_detail *detail)
{
	FILE *f = fopen(path, "r");
	uint8_t *room;
	size_t n = 1;
	bool is_good = f != NULL;

	while (is_good && n > 0) {
		is_good = rmqi_buf_reserve(out, 64 * 1024, &room) == RMQ_OK;
		n = is_good ? fread(room, 1, 64 * 1024, f) : 0;
		rmqi_buf_commit(out, n);
	}
	is_good = is_good && !ferror(f);
	if (f)
		fclose(f);
	if (is_good)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_IO, RMQ_ERROR_FATAL, "fixture: %s cannot be read",
			       path);
}

enum rmq_error mb_fixture_load(struct rmq_mock_cluster *c, const char *path,
			       struct rmq_error_detail *detail)
{
	struct rmqi_json *root = NULL;
	struct rmqi_buf text;
	enum rmq_error err;

	rmqi_buf_init(&text, MB_FIXTURE_MAX);
	err = read_file(path, &text, detail);
	if (err == RMQ_OK && rmqi_json_parse(rmqi_buf_cursor(&text), &root) != RMQ_OK)
		err = rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				      "fixture: %s is no JSON", path);
	if (err == RMQ_OK)
		err = add_all(c, root, detail);
	rmqi_json_free(root);
	rmqi_buf_deinit(&text);
	return err;
}
