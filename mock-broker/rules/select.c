/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/select.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/setting.h"
#include "codec/json.h"
#include "codec/schema.h"
#include "mock-broker/rules/glob.h"

static const struct mb_select_row rows[] = {
#define SELECTOR(name, range, help) {#name, range, help},
#include "mock-broker/rules/select.def"
#undef SELECTOR
};

void mb_select_init(struct mb_select *s)
{
	*s = (struct mb_select){.namesrv = -1};
}

void mb_select_deinit(struct mb_select *s)
{
	for (size_t i = 0; i < MB_SELECT_COUNT; i++)
		rmqi_free(s->text[i]);
	mb_select_init(s);
}

const struct mb_select_row *mb_select_at(size_t key)
{
	return key < RMQI_COUNT(rows) ? &rows[key] : NULL;
}

enum mb_select_key mb_select_find(struct rmqi_str name)
{
	size_t i = 0;

	while (i < MB_SELECT_COUNT && !rmqi_str_is(name, rows[i].name))
		i++;
	return (enum mb_select_key)i;
}

/* --- What a value says ----------------------------------------------------------------------- */

static enum rmq_error unknown_code(struct rmqi_str name, struct rmq_error_detail *detail)
{
	const struct rmqi_request_desc *table;
	struct rmqi_near near;
	size_t count;

	table = rmqi_request_table(&count);
	rmqi_near_init(&near, name);
	for (size_t i = 0; i < count; i++)
		rmqi_near_try(&near, table[i].name);
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "code: there is no request \"%.*s\"%s%s%s", RMQI_STR_ARG(name),
			       near.name ? "; did you mean \"" : "", near.name ? near.name : "",
			       near.name ? "\"?" : "");
}

static enum rmq_error read_code(struct rmqi_str name, int32_t *out, struct rmq_error_detail *detail)
{
	const struct rmqi_request_desc *table;
	size_t count;

	if (rmqi_str_to_i32(name, out))
		return RMQ_OK;
	table = rmqi_request_table(&count);
	for (size_t i = 0; i < count; i++) {
		if (rmqi_str_is(name, table[i].name)) {
			*out = table[i].code;
			return RMQ_OK;
		}
	}
	return unknown_code(name, detail);
}

static enum rmq_error read_codes(struct mb_select *s, struct rmqi_str rest,
				 struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str name;
	bool more = true;

	for (s->code_count = 0; more && err == RMQ_OK; s->code_count++) {
		if (s->code_count == MB_SELECT_CODES_MAX)
			return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
					       "code: there are more than %d",
					       MB_SELECT_CODES_MAX);
		rest = rmqi_str_cut(rest, ",", &name, &more);
		err = read_code(rmqi_str_trim(name), &s->codes[s->code_count], detail);
	}
	return err;
}

static enum rmq_error read_fields(struct mb_select *s, struct rmqi_str rest,
				  struct rmq_error_detail *detail)
{
	bool more = true;

	for (s->field_count = 0; more;) {
		struct rmqi_str line, name, glob;
		bool is_whole;

		rest = rmqi_str_cut(rest, "\n", &line, &more);
		glob = rmqi_str_cut(line, "=", &name, &is_whole);
		if (!is_whole || !name.len)
			return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
					       "field: \"%.*s\" is not NAME=GLOB",
					       RMQI_STR_ARG(line));
		if (s->field_count == MB_SELECT_FIELDS_MAX)
			return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
					       "field: there are more than %d",
					       MB_SELECT_FIELDS_MAX);
		s->fields[s->field_count++] = (struct rmqi_ext){name, glob};
	}
	return RMQ_OK;
}

static enum rmq_error read_number(struct rmqi_str value, const char *name, int64_t low,
				  int64_t high, int32_t *out, struct rmq_error_detail *detail)
{
	const struct rmqi_setting_type type = {RMQI_SETTING_INTEGER, low, high, NULL};
	int64_t number;

	if (!rmqi_setting_parse(&type, value, &number))
		return rmqi_setting_refuse(&type, name, value, detail);
	*out = (int32_t)number;
	return RMQ_OK;
}

/* Texts that it points at stay with `value`. */
static enum rmq_error read_value(struct mb_select *s, enum mb_select_key key, struct rmqi_str value,
				 struct rmq_error_detail *detail)
{
	switch (key) {
	case MB_SELECT_code:
		return read_codes(s, value, detail);
	case MB_SELECT_field:
		return read_fields(s, value, detail);
	case MB_SELECT_namesrv:
		return read_number(value, "namesrv", 0, MB_SELECT_NAMESRVS_MAX - 1, &s->namesrv, detail);
	case MB_SELECT_queueId:
		return read_number(value, "queueId", -1, INT32_MAX, &s->queue_id, detail);
	default:
		return RMQ_OK;
	}
}

static enum rmq_error check(struct rmqi_str value, enum mb_select_key key,
			    struct rmq_error_detail *detail)
{
	struct mb_select tried;

	if (value.len > MB_SELECT_TEXT_MAX)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "%s: a value of %zu bytes; allowed are %d", rows[key].name,
				       value.len, MB_SELECT_TEXT_MAX);
	mb_select_init(&tried);
	return value.len ? read_value(&tried, key, value, detail) : RMQ_OK;
}

enum rmq_error mb_select_put(struct mb_select *s, enum mb_select_key key, struct rmqi_str value,
			     struct rmq_error_detail *detail)
{
	enum rmq_error err = check(value, key, detail);
	char *copy = NULL;

	if (err != RMQ_OK)
		return err;
	if (value.len) {
		copy = rmqi_str_dup(value);
		if (!copy)
			return RMQ_ERR_NO_MEMORY;
	}
	rmqi_free(s->text[key]);
	s->text[key] = copy;
	/* What was read once is read again. */
	return copy ? read_value(s, key, rmqi_str(copy), detail) : RMQ_OK;
}

/* --- One text of several ----------------------------------------------------------------------- */

static enum rmq_error unknown_key(struct rmqi_str name, struct rmq_error_detail *detail)
{
	const char *names[MB_SELECT_COUNT];
	char *copy = rmqi_str_dup(name);
	enum rmq_error err;

	if (!copy)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < MB_SELECT_COUNT; i++)
		names[i] = rows[i].name;
	err = rmqi_setting_unknown("selector", copy, names, MB_SELECT_COUNT, detail);
	rmqi_free(copy);
	return err;
}

/* A further line of `field`. */
static enum rmq_error add_field(struct mb_select *s, struct rmqi_str value,
				struct rmq_error_detail *detail)
{
	struct rmqi_buf both;
	enum rmq_error err;

	rmqi_buf_init(&both, 2 * MB_SELECT_TEXT_MAX); /* mb_select_put says what is too long */
	rmqi_buf_addf(&both, "%s\n%.*s", s->text[MB_SELECT_field], RMQI_STR_ARG(value));
	err = rmqi_buf_status(&both);
	if (err == RMQ_OK)
		err = mb_select_put(s, MB_SELECT_field, rmqi_cursor_str(rmqi_buf_cursor(&both)),
				    detail);
	rmqi_buf_deinit(&both);
	return err;
}

static enum rmq_error parse_word(struct mb_select *s, struct rmqi_str word,
				 struct rmq_error_detail *detail)
{
	struct rmqi_str name, value;
	enum mb_select_key key;
	bool is_pair;

	value = rmqi_str_cut(word, "=", &name, &is_pair);
	if (!is_pair)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "\"%.*s\" is not selector=value", RMQI_STR_ARG(word));
	key = mb_select_find(name);
	if (key == MB_SELECT_COUNT)
		return unknown_key(name, detail);
	if (!s->text[key])
		return mb_select_put(s, key, value, detail);
	if (key == MB_SELECT_field)
		return add_field(s, value, detail);
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL, "%s is there twice",
			       rows[key].name);
}

enum rmq_error mb_select_parse(struct mb_select *s, const char *text,
			       struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;

	while (err == RMQ_OK) {
		size_t len;

		text += strspn(text, " \t\r\n");
		len = strcspn(text, " \t\r\n");
		if (!len)
			break;
		err = parse_word(s, rmqi_str_n(text, len), detail);
		text += len;
	}
	return err;
}

enum rmq_error mb_select_copy(struct mb_select *s, const struct mb_select *from)
{
	enum rmq_error err = RMQ_OK;

	for (int i = 0; i < MB_SELECT_COUNT && err == RMQ_OK; i++)
		err = mb_select_put(s, (enum mb_select_key)i, rmqi_str(from->text[i]), NULL);
	return err;
}

/* --- Which requests ---------------------------------------------------------------------------- */

static const char *const topics[] = {"topic", NULL};
static const char *const queues[] = {"queueId", NULL};
static const char *const groups[] = {"consumerGroup", "producerGroup", "group", "groupName", NULL};
static const char *const clients[] = {"clientId", "clientID", NULL};

static bool has_code(const struct mb_select *s, int32_t code)
{
	for (size_t i = 0; i < s->code_count; i++) {
		if (s->codes[i] == code)
			return true;
	}
	return false;
}

static bool is_like(const char *glob, struct rmqi_str text)
{
	return mb_glob_matches(rmqi_str(glob), text);
}

/* In a message a user's JSON would be looked into. */
static bool has_json(const struct mb_subject *subject)
{
	switch (subject->code) {
	case RMQI_REQ_HEART_BEAT:
	case RMQI_REQ_LOCK_BATCH_MQ:
	case RMQI_REQ_UNLOCK_BATCH_MQ:
	case RMQI_REQ_QUERY_ASSIGNMENT:
		return subject->body.len && subject->body.len <= MB_SUBJECT_BODY_MAX &&
		       subject->body.ptr[0] == '{';
	default:
		return false;
	}
}

/* A text of that object. */
static bool body_is_like(const struct mb_subject *subject, const char *const *names,
			 const char *glob)
{
	struct rmqi_json *root = NULL;
	bool is_so = false;

	if (!has_json(subject) || rmqi_json_parse(subject->body, &root) != RMQ_OK)
		return false;
	for (; *names && !is_so; names++) {
		const struct rmqi_json *value = rmqi_json_get(root, *names);

		is_so = rmqi_json_is(value, RMQI_JSON_TEXT) && is_like(glob, rmqi_json_text(value));
	}
	rmqi_json_free(root);
	return is_so;
}

static bool has(const struct mb_subject *subject, const char *const *names, const char *glob)
{
	struct rmqi_str value;

	if (!glob)
		return true;
	if (mb_subject_any(subject, names, &value))
		return is_like(glob, value);
	return body_is_like(subject, names, glob);
}

static bool has_client(const struct mb_select *s, const struct mb_subject *subject)
{
	const char *glob = s->text[MB_SELECT_clientId];

	return has(subject, clients, glob) ||
	       (subject->client_id && is_like(glob, rmqi_str(subject->client_id)));
}

static bool has_queue(const struct mb_select *s, const struct mb_subject *subject)
{
	struct rmqi_str value;
	int32_t id;

	return !s->text[MB_SELECT_queueId] || (mb_subject_any(subject, queues, &value) &&
					       rmqi_str_to_i32(value, &id) && id == s->queue_id);
}

static bool is_at(const struct mb_select *s, const struct mb_subject *subject)
{
	const char *node = s->text[MB_SELECT_node];

	if (s->text[MB_SELECT_namesrv] && subject->namesrv != s->namesrv)
		return false;
	return !node || (subject->namesrv < 0 && is_like(node, rmqi_str(subject->node)));
}

static bool has_fields(const struct mb_select *s, const struct mb_subject *subject)
{
	for (size_t i = 0; s->text[MB_SELECT_field] && i < s->field_count; i++) {
		struct rmqi_str value;

		if (!mb_subject_field(subject, s->fields[i].key, &value) ||
		    !mb_glob_matches(s->fields[i].value, value))
			return false;
	}
	return true;
}

bool mb_select_matches(const struct mb_select *s, const struct mb_subject *subject)
{
	if (s->text[MB_SELECT_code] && !has_code(s, subject->code))
		return false;
	return is_at(s, subject) && has_queue(s, subject) &&
	       has(subject, topics, s->text[MB_SELECT_topic]) &&
	       has(subject, groups, s->text[MB_SELECT_group]) && has_client(s, subject) &&
	       has_fields(s, subject);
}
