/* SPDX-License-Identifier: Apache-2.0 */
/* The properties of a message: how they are kept, set and read. */
#include <string.h>

#include "base/detail_out.h"
#include "client/message_impl.h"
#include "client/popped.h"
#include "codec/properties.h"
#include "codec/utf8.h"

/* Walks the pairs of C strings: false at the end. */
static bool next_pair(const char **at, const char *end, const char **name, const char **value)
{
	if (*at >= end)
		return false;
	*name = *at;
	*value = *name + strlen(*name) + 1;
	*at = *value + strlen(*value) + 1;
	return true;
}

/* Where the walk begins. */
static const char *properties_of(const struct rmq_message *m)
{
	rmqi_message_ready(m);
	return m->properties;
}

static const char *properties_end(const struct rmq_message *m)
{
	return m->properties + m->properties_len;
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* Appends every pair but those with one of these names. */
static void copy_pairs_without(const struct rmq_message *m, const char *const *names,
			       struct rmqi_buf *out)
{
	const char *at = properties_of(m), *key, *value;

	while (next_pair(&at, properties_end(m), &key, &value)) {
		if (is_one_of(key, names))
			continue;
		rmqi_buf_add(out, key, strlen(key) + 1);
		rmqi_buf_add(out, value, strlen(value) + 1);
	}
}

enum rmq_error rmqi_message_replace(struct rmq_message *m, const char *const *drop,
				    const char *name, const char *value)
{
	struct rmqi_buf fresh;
	enum rmq_error err;

	rmqi_buf_init(&fresh, RMQI_OWN_PROPERTIES_MAX);
	copy_pairs_without(m, drop, &fresh);
	if (value) {
		rmqi_buf_add(&fresh, name, strlen(name) + 1);
		rmqi_buf_add(&fresh, value, strlen(value) + 1);
	}
	err = rmqi_buf_status(&fresh);
	if (err == RMQ_OK) {
		rmqi_buf_swap(&m->own->properties, &fresh);
		rmqi_message_refresh_views(m);
	}
	rmqi_buf_deinit(&fresh);
	return err;
}

enum rmq_error rmqi_message_put(struct rmq_message *m, const char *name, const char *value)
{
	const char *const old[] = {name, NULL};

	return rmqi_message_replace(m, old, name, value);
}

/* Java, brokers too, would put U+FFFD in the place of such bytes. */
static enum rmq_error check_utf8(const char *text, const char *function, const char *argument,
				 struct rmq_error_detail **detail)
{
	struct rmqi_str s = rmqi_str(text);
	size_t good = rmqi_utf8_good(s);

	if (good == s.len)
		return RMQ_OK;
	return rmqi_detail_argument(
		detail,
		"%s: %s is not UTF-8: the byte 0x%02x at place %zu; bytes of any "
		"kind are for the body",
		function, argument, (unsigned)(uint8_t)text[good], good);
}

/* The two separators of the properties text would cut a name or value in two. */
static enum rmq_error check_text(const char *text, const char *function, const char *argument,
				 struct rmq_error_detail **detail)
{
	if (!text)
		return rmqi_detail_null(detail, function, argument);
	if (!text[0])
		return rmqi_detail_argument(detail, "%s: %s is \"\", allowed are 1 byte and more",
					    function, argument);
	if (strpbrk(text, "\x01\x02"))
		return rmqi_detail_argument(detail,
					    "%s: %s holds the byte 1 or 2 (at place %zu), which "
					    "separate properties; all others are allowed",
					    function, argument, strcspn(text, "\x01\x02"));
	return check_utf8(text, function, argument, detail);
}

enum rmq_error rmqi_message_put_checked(struct rmq_message *m, const char *name, const char *value,
					const char *function, const char *argument,
					struct rmq_error_detail **detail)
{
	enum rmq_error err = rmqi_message_check_own(m, function, detail);

	if (err == RMQ_OK)
		err = check_text(value, function, argument, detail);
	if (err != RMQ_OK)
		return err;
	return rmqi_message_changed(rmqi_message_put(m, name, value), function, name, detail);
}

/* An expression is cut at "||", and blanks around a tag are dropped there. */
static const char *tag_problem(struct rmqi_str tag)
{
	for (size_t i = 0; i + 1 < tag.len; i++)
		if (tag.ptr[i] == '|' && tag.ptr[i + 1] == '|')
			return "has \"||\" in it";
	if (tag.len > 0 && rmqi_str_trim(tag).len != tag.len)
		return "begins or ends with a blank";
	return NULL;
}

enum rmq_error rmq_message_set_tag(struct rmq_message *m, const char *tag,
				   rmq_error_detail **detail)
{
	const char *problem = tag ? tag_problem(rmqi_str(tag)) : NULL;

	if (problem)
		return rmqi_detail_argument(detail,
					    "%s: the tag \"%s\" %s: nobody can subscribe to it",
					    __func__, tag, problem);
	return rmqi_message_put_checked(m, RMQI_PROP_TAGS, tag, __func__, "tag", detail);
}

enum rmq_error rmq_message_set_keys(struct rmq_message *m, const char *keys,
				    rmq_error_detail **detail)
{
	return rmqi_message_put_checked(m, RMQI_PROP_KEYS, keys, __func__, "keys", detail);
}

enum rmq_error rmqi_message_check_property(const char *name, const char *value,
					   const char *function, rmq_error_detail **detail)
{
	enum rmq_error err = check_text(name, function, "name", detail);

	if (err != RMQ_OK)
		return err;
	if (rmqi_properties_is_reserved(rmqi_str(name)))
		return rmqi_detail_argument(detail,
					    "%s: name is \"%s\", which the system uses; a name of "
					    "your own is allowed",
					    function, name);
	return check_text(value, function, "value", detail);
}

enum rmq_error rmq_message_set_property(struct rmq_message *m, const char *name, const char *value,
					rmq_error_detail **detail)
{
	enum rmq_error err = check_text(name, __func__, "name", detail);

	if (err != RMQ_OK)
		return err;
	if (rmqi_properties_is_reserved(rmqi_str(name)))
		return rmqi_detail_argument(detail,
					    "%s: name is \"%s\", which the system uses; a name of "
					    "your own is allowed",
					    __func__, name);
	return rmqi_message_put_checked(m, name, value, __func__, "value", detail);
}

enum rmq_error rmq_message_set_wait_store_ok(struct rmq_message *m, bool wait,
					     rmq_error_detail **detail)
{
	return rmqi_message_put_checked(m, RMQI_PROP_WAIT, wait ? "true" : "false", __func__,
					"wait", detail);
}

const char *rmqi_message_property(const struct rmq_message *m, const char *name)
{
	const char *at, *key, *value, *found = NULL;

	/* For this one the properties need not even be split. */
	if (m->popped && strcmp(name, RMQI_PROP_POP_CK) == 0)
		return m->popped->receipt;
	at = properties_of(m);
	/* The last of several wins, as in Java's map. */
	while (next_pair(&at, properties_end(m), &key, &value))
		if (strcmp(key, name) == 0)
			found = value;
	return found;
}

void rmqi_message_wire_properties(const struct rmq_message *m, const char *const *drop,
				  struct rmqi_buf *out)
{
	const char *at = properties_of(m), *key, *value;

	while (next_pair(&at, properties_end(m), &key, &value)) {
		bool is_dropped = false;

		for (const char *const *d = drop; d && *d && !is_dropped; d++)
			is_dropped = strcmp(*d, key) == 0;
		if (!is_dropped)
			rmqi_properties_add(out, rmqi_str(key), rmqi_str(value));
	}
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

const char *rmq_message_property(const struct rmq_message *m, const char *name)
{
	return m && name ? rmqi_message_property(m, name) : NULL;
}

const char *rmq_message_tag(const struct rmq_message *m)
{
	return or_empty(rmq_message_property(m, RMQI_PROP_TAGS));
}

const char *rmq_message_keys(const struct rmq_message *m)
{
	return or_empty(rmq_message_property(m, RMQI_PROP_KEYS));
}

size_t rmq_message_property_count(const struct rmq_message *m)
{
	const char *at, *key, *value;
	size_t count = 0;

	if (!m)
		return 0;
	at = properties_of(m);
	while (next_pair(&at, properties_end(m), &key, &value))
		count++;
	return count;
}

/* A property is where its name stands; the type has no inside. */
const rmq_property *rmq_message_property_at(const struct rmq_message *m, size_t index)
{
	const char *at, *key, *value;

	if (!m)
		return NULL;
	at = properties_of(m);
	while (next_pair(&at, properties_end(m), &key, &value))
		if (index-- == 0)
			return (const rmq_property *)(const void *)key;
	return NULL;
}

const char *rmq_property_name(const rmq_property *p)
{
	return p ? (const char *)p : "";
}

const char *rmq_property_value(const rmq_property *p)
{
	const char *name = rmq_property_name(p);

	return p ? name + strlen(name) + 1 : "";
}
