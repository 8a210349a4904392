/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/conf.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/nearest.h"

const struct mb_conf_key *mb_conf_find(const struct mb_conf *conf, struct rmqi_str name)
{
	for (size_t i = 0; i < conf->key_count; i++) {
		if (rmqi_str_is(name, conf->keys[i].name))
			return &conf->keys[i];
	}
	return NULL;
}

const char *mb_conf_why_inert(const struct mb_conf *conf, struct rmqi_str name)
{
	for (size_t i = 0; i < conf->inert_count; i++) {
		if (rmqi_str_is(name, conf->inert[i].name))
			return conf->inert[i].why;
	}
	return NULL;
}

static enum rmq_error bad_value(const struct mb_conf_key *k, struct rmqi_str value,
				struct rmq_error_detail *detail)
{
	if (k->kind == MB_CONF_CHOICE)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "%s is one of %s, not '%.*s'", k->name, k->choices,
				       RMQI_STR_ARG(value));
	if (k->kind == MB_CONF_BOOLEAN)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "%s is true or false, not '%.*s'", k->name,
				       RMQI_STR_ARG(value));
	if (k->kind == MB_CONF_NUMBER)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "%s is a number from %lld to %lld, not '%.*s'", k->name,
				       (long long)k->min, (long long)k->max, RMQI_STR_ARG(value));
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "%s cannot be '%.*s': only \"%s\" is supported", k->name,
			       RMQI_STR_ARG(value), k->otherwise);
}

static bool choose(const char *choices, struct rmqi_str value, int64_t *out)
{
	struct rmqi_str rest = rmqi_str(choices);
	struct rmqi_str one;
	bool more = true;

	for (int64_t at = 0; more; at++) {
		rest = rmqi_str_cut(rest, "|", &one, &more);
		if (rmqi_str_eq(one, value)) {
			*out = at;
			return true;
		}
	}
	return false;
}

static bool read_bool(struct rmqi_str value, bool *out)
{
	if (!rmqi_str_is(value, "true") && !rmqi_str_is(value, "false"))
		return false;
	*out = rmqi_str_is(value, "true");
	return true;
}

static bool read_number(const struct mb_conf_key *k, struct rmqi_str value, int64_t *out)
{
	int64_t number;

	if (!rmqi_str_to_i64(value, &number) || number < k->min || number > k->max)
		return false;
	*out = number;
	return true;
}

enum rmq_error mb_conf_put(void *settings, const struct mb_conf_key *k, struct rmqi_str value,
			   struct rmq_error_detail *detail)
{
	void *member = (char *)settings + k->offset;
	char *text;

	switch (k->kind) {
	case MB_CONF_TEXT:
	case MB_CONF_SECRET:
		text = rmqi_str_dup(value);
		if (!text)
			return RMQ_ERR_NO_MEMORY;
		rmqi_free(*(char **)member);
		*(char **)member = text;
		return RMQ_OK;
	case MB_CONF_NUMBER:
		return read_number(k, value, member) ? RMQ_OK : bad_value(k, value, detail);
	case MB_CONF_BOOLEAN:
		return read_bool(value, member) ? RMQ_OK : bad_value(k, value, detail);
	case MB_CONF_CHOICE:
		return choose(k->choices, value, member) ? RMQ_OK : bad_value(k, value, detail);
	}
	return RMQ_ERR_CONFIG;
}

static bool is_text(const struct mb_conf_key *k)
{
	return k->kind == MB_CONF_TEXT || k->kind == MB_CONF_SECRET;
}

/* Members that are not of the table stay as they are. */
enum rmq_error mb_conf_init(const struct mb_conf *conf, void *settings)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < conf->key_count; i++) {
		if (is_text(&conf->keys[i]))
			*(char **)(void *)((char *)settings + conf->keys[i].offset) = NULL;
	}
	for (size_t i = 0; i < conf->key_count && err == RMQ_OK; i++)
		err = mb_conf_put(settings, &conf->keys[i], rmqi_str(conf->keys[i].otherwise),
				  NULL);
	if (err != RMQ_OK)
		mb_conf_deinit(conf, settings);
	return err;
}

void mb_conf_deinit(const struct mb_conf *conf, void *settings)
{
	for (size_t i = 0; i < conf->key_count; i++) {
		char **text = (char **)(void *)((char *)settings + conf->keys[i].offset);

		if (!is_text(&conf->keys[i]))
			continue;
		rmqi_free(*text);
		*text = NULL;
	}
}

static const char *nearest_name(const struct mb_conf *conf, struct rmqi_str key)
{
	struct rmqi_near near;

	rmqi_near_init(&near, key);
	for (size_t i = 0; i < conf->key_count; i++)
		rmqi_near_try(&near, conf->keys[i].name);
	for (size_t i = 0; i < conf->inert_count; i++)
		rmqi_near_try(&near, conf->inert[i].name);
	return near.name;
}

enum rmq_error mb_conf_set(const struct mb_conf *conf, void *settings, struct rmqi_str key,
			   struct rmqi_str value, struct rmq_error_detail *detail)
{
	const struct mb_conf_key *k = mb_conf_find(conf, key);
	enum rmq_error err;
	const char *nearest;

	if (k && conf->allows && !conf->allows(k, value))
		return bad_value(k, value, detail);
	if (k) {
		err = mb_conf_put(settings, k, value, detail);
		return err == RMQ_OK && conf->changed ? conf->changed(settings, k, detail) : err;
	}
	if (mb_conf_why_inert(conf, key))
		return RMQ_OK;
	nearest = nearest_name(conf, key);
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "unknown %s setting '%.*s'%s%s%s", conf->what, RMQI_STR_ARG(key),
			       nearest ? "; did you mean '" : "", nearest ? nearest : "",
			       nearest ? "'?" : "");
}

struct rmqi_str mb_conf_line(struct rmqi_str text, struct rmqi_str *key, struct rmqi_str *value,
			     bool *found, bool *more)
{
	struct rmqi_str line, rest = rmqi_str_cut(text, "\n", &line, more);

	line = rmqi_str_trim(line);
	*found = true;
	*key = *value = (struct rmqi_str){0};
	if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '!')
		return rest;
	*value = rmqi_str_trim(rmqi_str_cut(line, "=", key, found));
	*key = rmqi_str_trim(*found ? *key : line);
	return rest;
}

enum rmq_error mb_conf_parse(const struct mb_conf *conf, void *settings, struct rmqi_str text,
			     const char *origin, struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str key, value;
	bool more = true, found;

	for (int at = 1; more && err == RMQ_OK; at++) {
		text = mb_conf_line(text, &key, &value, &found, &more);
		if (!found)
			return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
					       "%s line %d is not key=value: '%.*s'", origin, at,
					       RMQI_STR_ARG(key));
		if (key.len || value.len)
			err = mb_conf_set(conf, settings, key, value, detail);
	}
	return err;
}

void mb_conf_tell_inert(const struct mb_conf *conf, struct rmqi_str text,
			const struct rmqi_log *log)
{
	struct rmqi_str key, value;
	bool more = true, found;

	while (more) {
		const char *why;

		text = mb_conf_line(text, &key, &value, &found, &more);
		why = found ? mb_conf_why_inert(conf, key) : NULL;
		if (why)
			RMQI_LOG(log, RMQ_LOG_INFO, "%s setting %.*s has no effect: %s", conf->what,
				 RMQI_STR_ARG(key), why);
	}
}

static void write_choice(const struct mb_conf_key *k, int64_t value, struct rmqi_buf *out)
{
	struct rmqi_str rest = rmqi_str(k->choices);
	struct rmqi_str one;
	bool more;

	for (; value >= 0; value--)
		rest = rmqi_str_cut(rest, "|", &one, &more);
	rmqi_buf_add_str(out, one);
}

void mb_conf_write_value(const struct mb_conf_key *key, const void *settings, struct rmqi_buf *out)
{
	const void *member = (const char *)settings + key->offset;

	switch (key->kind) {
	case MB_CONF_SECRET:
		break;
	case MB_CONF_TEXT:
		rmqi_buf_add_text(out, *(char *const *)member);
		break;
	case MB_CONF_NUMBER:
		rmqi_buf_add_dec(out, *(const int64_t *)member);
		break;
	case MB_CONF_BOOLEAN:
		rmqi_buf_add_text(out, *(const bool *)member ? "true" : "false");
		break;
	case MB_CONF_CHOICE:
		write_choice(key, *(const int64_t *)member, out);
		break;
	}
}

static void write_key(const struct mb_conf_key *key, const void *settings, struct rmqi_buf *out)
{
	rmqi_buf_addf(out, "%s=", key->name);
	mb_conf_write_value(key, settings, out);
	rmqi_buf_add_u8(out, '\n');
}

void mb_conf_write(const struct mb_conf *conf, const void *settings, struct rmqi_buf *out)
{
	for (size_t i = 0; i < conf->key_count; i++)
		write_key(&conf->keys[i], settings, out);
}

void mb_conf_write_all(const struct mb_conf *conf, const void *settings, struct rmqi_buf *out)
{
	size_t key = 0;

	for (size_t i = 0; i < conf->inert_count; i++) {
		const struct mb_conf_inert *row = &conf->inert[i];

		while (key < conf->key_count && strcmp(conf->keys[key].name, row->name) < 0)
			write_key(&conf->keys[key++], settings, out);
		if (row->otherwise)
			rmqi_buf_addf(out, "%s=%s\n", row->name, row->otherwise);
	}
	while (key < conf->key_count)
		write_key(&conf->keys[key++], settings, out);
}

bool mb_conf_list_has(struct rmqi_str list, struct rmqi_str name)
{
	struct rmqi_str one;
	bool more = true;

	if (rmqi_str_is(list, "*"))
		return true;
	while (more) {
		list = rmqi_str_cut(list, ";", &one, &more);
		if (name.len && rmqi_str_eq(rmqi_str_trim(one), name))
			return true;
	}
	return false;
}
