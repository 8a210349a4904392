/* SPDX-License-Identifier: Apache-2.0 */
/* TopicConfig, DataVersion, and the tables of topics: RegisterBrokerBody, topics.json, answer of
 * GET_ALL_TOPIC_CONFIG. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/body.h"
#include "codec/body_admin.h"
#include "codec/body_read.h"
#include "codec/compress.h"
#include "codec/json.h"

/* TopicConfig.java */
#define DEFAULT_FILTER "SINGLE_TAG"
enum { DEFAULT_QUEUES = 16, DEFAULT_PERM = RMQI_PERM_READ | RMQI_PERM_WRITE };

enum {
	VERSION_WITH_MAPPINGS = 413, /* MQVersion.V5_0_0 */
	ZLIB_FIRST_BYTE = 0x78,      /* RFC 1950: deflate with a 32 KiB window */
	COMPRESSED_BODY_MAX = RMQI_JSON_SIZE_MAX
};

bool rmqi_data_version_eq(const struct rmqi_data_version *a, const struct rmqi_data_version *b)
{
	return a->timestamp == b->timestamp && a->counter == b->counter &&
	       a->state_version == b->state_version;
}

static char *dup_text(const char *text, enum rmq_error *err)
{
	char *copy = text ? rmqi_strdup(text) : NULL;

	if (text && !copy)
		*err = RMQ_ERR_NO_MEMORY;
	return copy;
}

static enum rmq_error finish_config(enum rmq_error err, struct rmqi_topic_config *made,
				    struct rmqi_topic_config *out)
{
	if (err != RMQ_OK)
		rmqi_topic_config_deinit(made);
	else
		*out = *made;
	return err;
}

enum rmq_error rmqi_topic_config_init(struct rmqi_topic_config *t, const char *name,
				      int32_t read_queues, int32_t write_queues, int32_t perm)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_topic_config made = {
		.read_queue_nums = read_queues, .write_queue_nums = write_queues, .perm = perm};

	made.topic_name = dup_text(name, &err);
	made.topic_filter_type = dup_text(DEFAULT_FILTER, &err);
	return finish_config(err, &made, t);
}

enum rmq_error rmqi_topic_config_copy(struct rmqi_topic_config *to,
				      const struct rmqi_topic_config *from)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_topic_config made = *from;

	made.topic_name = dup_text(from->topic_name, &err);
	made.topic_filter_type = dup_text(from->topic_filter_type, &err);
	made.attributes_json = dup_text(from->attributes_json, &err);
	return finish_config(err, &made, to);
}

void rmqi_topic_config_deinit(struct rmqi_topic_config *t)
{
	rmqi_free(t->topic_name);
	rmqi_free(t->topic_filter_type);
	rmqi_free(t->attributes_json);
	*t = (struct rmqi_topic_config){0};
}

static void write_empty_object(struct rmqi_jw *w, const char *name)
{
	rmqi_jw_name(w, name);
	rmqi_jw_open(w, '{');
	rmqi_jw_close(w, '}');
}

static void write_version(struct rmqi_jw *w, const char *name, struct rmqi_data_version version)
{
	rmqi_jw_name(w, name);
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "counter", version.counter);
	rmqi_jw_member_i64(w, "stateVersion", version.state_version);
	rmqi_jw_member_i64(w, "timestamp", version.timestamp);
	rmqi_jw_close(w, '}');
}

/* The text is read again: it must be an object, and the pretty form lays it out. */
static enum rmq_error write_attributes(struct rmqi_jw *w, const char *text)
{
	struct rmqi_str s = rmqi_str(text);
	enum rmq_error err;
	struct rmqi_json *tree;

	if (s.len == 0) {
		write_empty_object(w, "attributes");
		return RMQ_OK;
	}
	err = rmqi_json_parse(rmqi_cursor(s.ptr, s.len), &tree);
	if (err != RMQ_OK)
		return err == RMQ_ERR_PROTOCOL ? RMQ_ERR_INVALID_ARGUMENT : err;
	rmqi_jw_name(w, "attributes");
	if (!rmqi_json_is(tree, RMQI_JSON_OBJECT))
		err = RMQ_ERR_INVALID_ARGUMENT;
	else if (!rmqi_jw_value(w, tree, false))
		err = RMQ_ERR_TOO_LARGE;
	rmqi_json_free(tree);
	return err;
}

static enum rmq_error write_config(struct rmqi_jw *w, const struct rmqi_topic_config *t)
{
	enum rmq_error err;

	rmqi_jw_name(w, t->topic_name);
	rmqi_jw_open(w, '{');
	err = write_attributes(w, t->attributes_json);
	rmqi_jw_member_bool(w, "order", t->order);
	rmqi_jw_member_i64(w, "perm", t->perm);
	rmqi_jw_member_i64(w, "readQueueNums", t->read_queue_nums);
	rmqi_jw_member_str(w, "topicFilterType",
			   t->topic_filter_type ? t->topic_filter_type : DEFAULT_FILTER);
	rmqi_jw_member_str(w, "topicName", t->topic_name);
	rmqi_jw_member_i64(w, "topicSysFlag", t->topic_sys_flag);
	rmqi_jw_member_i64(w, "writeQueueNums", t->write_queue_nums);
	rmqi_jw_close(w, '}');
	return err;
}

static enum rmq_error write_configs(struct rmqi_jw *w, const struct rmqi_topic_table *t)
{
	enum rmq_error err = RMQ_OK;

	rmqi_jw_name(w, "topicConfigTable");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; err == RMQ_OK && i < t->topic_count; i++)
		err = write_config(w, &t->topics[i]);
	rmqi_jw_close(w, '}');
	return err;
}

static enum rmq_error write_mappings(struct rmqi_jw *w, const struct rmqi_topic_table *t)
{
	enum rmq_error err = RMQ_OK;

	rmqi_jw_name(w, "topicQueueMappingInfoMap");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; err == RMQ_OK && i < t->mapping_count; i++) {
		rmqi_jw_name(w, t->mappings[i].topic);
		err = rmqi_jw_parsed(w, rmqi_str(t->mappings[i].json));
	}
	rmqi_jw_close(w, '}');
	return err;
}

/* TopicConfigAndMappingSerializeWrapper.java, without details of static topics. */
static enum rmq_error write_wrapper(struct rmqi_jw *w, const struct rmqi_topic_table *t)
{
	enum rmq_error err;

	rmqi_jw_open(w, '{');
	write_version(w, "dataVersion", t->version);
	write_version(w, "mappingDataVersion",
		      (struct rmqi_data_version){.timestamp = t->version.timestamp});
	err = write_configs(w, t);
	write_empty_object(w, "topicQueueMappingDetailMap");
	if (err == RMQ_OK)
		err = write_mappings(w, t);
	rmqi_jw_close(w, '}');
	return err;
}

static enum rmq_error finish_text(enum rmq_error err, struct rmqi_buf *out, size_t start)
{
	if (err == RMQ_OK)
		return rmqi_body_settle(out, start);
	rmqi_buf_cut(out, start);
	return err;
}

enum rmq_error rmqi_register_body_encode(const struct rmqi_topic_table *t, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;
	enum rmq_error err;

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "filterServerList");
	rmqi_jw_open(&w, '[');
	rmqi_jw_close(&w, ']');
	rmqi_jw_name(&w, "topicConfigSerializeWrapper");
	err = write_wrapper(&w, t);
	rmqi_jw_close(&w, '}');
	return finish_text(err, out, start);
}

static void read_version(const struct rmqi_json *value, struct rmqi_data_version *v,
			 enum rmq_error *err)
{
	v->timestamp = rmqi_member_i64(value, "timestamp", 0, err);
	v->counter = rmqi_member_i64(value, "counter", 0, err);
	v->state_version = rmqi_member_i64(value, "stateVersion", 0, err);
}

/* The compact text of an object; NULL when it is absent or empty. */
static char *object_text(const struct rmqi_json *object, enum rmq_error *err)
{
	char *copy = NULL;

	if (*err != RMQ_OK || rmqi_json_count(object) == 0)
		return NULL;
	*err = rmqi_json_dup_text(object, &copy);
	return copy;
}

static void read_config(const struct rmqi_json *value, struct rmqi_topic_config *t,
			enum rmq_error *err)
{
	if (*err == RMQ_OK && value->kind != RMQI_JSON_OBJECT)
		*err = RMQ_ERR_PROTOCOL;
	t->topic_name = rmqi_member_text_or(value, "topicName", value->name, err);
	t->read_queue_nums = rmqi_member_i32(value, "readQueueNums", DEFAULT_QUEUES, err);
	t->write_queue_nums = rmqi_member_i32(value, "writeQueueNums", DEFAULT_QUEUES, err);
	t->perm = rmqi_member_i32(value, "perm", DEFAULT_PERM, err);
	t->topic_filter_type = rmqi_member_text_or(value, "topicFilterType", DEFAULT_FILTER, err);
	t->topic_sys_flag = rmqi_member_i32(value, "topicSysFlag", 0, err);
	t->order = rmqi_member_bool(value, "order", false);
	t->attributes_json =
		object_text(rmqi_member_of_kind(value, "attributes", RMQI_JSON_OBJECT, err), err);
}

enum rmq_error rmqi_topic_config_decode(struct rmqi_cursor body, struct rmqi_topic_config *out)
{
	struct rmqi_topic_config made = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	if (!rmqi_member(root, "topicName"))
		err = RMQ_ERR_PROTOCOL;
	else
		read_config(root, &made, &err);
	rmqi_json_free(root);
	return finish_config(err, &made, out);
}

/* `topic` NULL: it says so itself. */
static void read_mapping(const struct rmqi_json *value, const char *topic,
			 struct rmqi_topic_mapping *m, enum rmq_error *err)
{
	if (*err == RMQ_OK && rmqi_json_count(value) == 0)
		*err = RMQ_ERR_PROTOCOL;
	m->topic = topic ? dup_text(topic, err) : rmqi_member_text_required(value, "topic", err);
	m->broker_name = rmqi_member_text_or(value, "bname", "", err);
	m->json = object_text(value, err);
}

static void read_mappings(const struct rmqi_json *map, struct rmqi_topic_table *t,
			  enum rmq_error *err)
{
	if (*err != RMQ_OK || rmqi_json_count(map) == 0)
		return;
	t->mappings = rmqi_body_array(rmqi_json_count(map), sizeof(*t->mappings), err);
	if (!t->mappings)
		return;
	RMQI_JSON_EACH(value, map) {
		if (*err == RMQ_OK)
			read_mapping(value, value->name, &t->mappings[t->mapping_count++], err);
	}
}

static void read_table(const struct rmqi_json *object, struct rmqi_topic_table *t,
		       enum rmq_error *err)
{
	const struct rmqi_json *table =
		rmqi_member_of_kind(object, "topicConfigTable", RMQI_JSON_OBJECT, err);

	read_version(rmqi_member_of_kind(object, "dataVersion", RMQI_JSON_OBJECT, err), &t->version,
		     err);
	read_mappings(
		rmqi_member_of_kind(object, "topicQueueMappingInfoMap", RMQI_JSON_OBJECT, err), t,
		err);
	t->topics = rmqi_body_array(rmqi_json_count(table), sizeof(*t->topics), err);
	if (!t->topics)
		return;
	RMQI_JSON_EACH(value, table) {
		if (*err == RMQ_OK)
			read_config(value, &t->topics[t->topic_count++], err);
	}
}

/* The list as it came; nothing when it is absent or empty. */
static void read_filters(const struct rmqi_json *list, struct rmqi_topic_table *t,
			 enum rmq_error *err)
{
	if (*err == RMQ_OK && rmqi_json_count(list))
		*err = rmqi_json_dup_text(list, &t->filter_servers);
}

static enum rmq_error finish_table(enum rmq_error err, struct rmqi_topic_table *made,
				   struct rmqi_topic_table *out)
{
	if (err != RMQ_OK)
		rmqi_topic_table_deinit(made);
	else
		*out = *made;
	return err;
}

/* The table inside the object `wrapper` of the text, or in the text itself. */
static enum rmq_error decode_json(struct rmqi_cursor text, const char *wrapper,
				  struct rmqi_topic_table *out)
{
	struct rmqi_topic_table t = {0};
	const struct rmqi_json *object;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	object = wrapper ? rmqi_member_of_kind(root, wrapper, RMQI_JSON_OBJECT, &err) : root;
	if (err == RMQ_OK)
		read_table(object, &t, &err);
	if (wrapper)
		read_filters(
			rmqi_member_of_kind(root, "filterServerList", RMQI_JSON_ARRAY, &err), &t,
			&err);
	rmqi_json_free(root);
	return finish_table(err, &t, out);
}

/* A part of the compressed form: i4 length and that many bytes. */
static bool take_part(struct rmqi_cursor *c, struct rmqi_cursor *out)
{
	uint32_t len;

	return rmqi_cursor_u32(c, &len) && rmqi_cursor_take(c, len, out);
}

static bool take_number(struct rmqi_str *line, int32_t *out)
{
	struct rmqi_str word;

	*line = rmqi_str_cut(*line, " ", &word, NULL);
	return rmqi_str_to_i32(word, out);
}

static enum rmq_error parse_attributes(struct rmqi_str text, char **out)
{
	enum rmq_error err;
	struct rmqi_json *tree;

	if (text.len == 0)
		return RMQ_OK;
	/* TopicConfig.decode ignores attributes that it cannot read. */
	err = rmqi_json_parse(rmqi_cursor(text.ptr, text.len), &tree);
	if (err != RMQ_OK)
		return err == RMQ_ERR_NO_MEMORY ? err : RMQ_OK;
	if (rmqi_json_is(tree, RMQI_JSON_OBJECT))
		*out = object_text(tree, &err);
	rmqi_json_free(tree);
	return err;
}

/* "<name> <read queues> <write queues> <perm> <filter type> [<attributes>]" (TopicConfig.decode) */
static enum rmq_error parse_line(struct rmqi_str line, struct rmqi_topic_config *t)
{
	struct rmqi_str name, filter;

	line = rmqi_str_cut(line, " ", &name, NULL);
	if (name.len == 0 || !take_number(&line, &t->read_queue_nums) ||
	    !take_number(&line, &t->write_queue_nums) || !take_number(&line, &t->perm))
		return RMQ_ERR_PROTOCOL;
	line = rmqi_str_cut(line, " ", &filter, NULL);
	if (filter.len == 0)
		return RMQ_ERR_PROTOCOL;
	t->topic_name = rmqi_str_dup(name);
	t->topic_filter_type = rmqi_str_dup(filter);
	if (!t->topic_name || !t->topic_filter_type)
		return RMQ_ERR_NO_MEMORY;
	return parse_attributes(line, &t->attributes_json);
}

static enum rmq_error parse_lines(struct rmqi_cursor *c, struct rmqi_topic_table *t)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_cursor part;
	uint32_t count;

	/* Each line takes its length word at least. */
	if (!rmqi_cursor_u32(c, &count) || count > c->len / sizeof(uint32_t))
		return RMQ_ERR_PROTOCOL;
	t->topics = rmqi_body_array(count, sizeof(*t->topics), &err);
	while (err == RMQ_OK && t->topic_count < count) {
		if (!take_part(c, &part))
			return RMQ_ERR_PROTOCOL;
		err = parse_line(rmqi_cursor_str(part), &t->topics[t->topic_count++]);
	}
	return err;
}

static enum rmq_error parse_mapping(struct rmqi_cursor text, struct rmqi_topic_mapping *m)
{
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	read_mapping(root, NULL, m, &err);
	rmqi_json_free(root);
	return err;
}

static enum rmq_error parse_mappings(struct rmqi_cursor *c, struct rmqi_topic_table *t)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_cursor part;
	uint32_t count;

	/* Each takes its length word at least. */
	if (!rmqi_cursor_u32(c, &count) || count > c->len / sizeof(uint32_t))
		return RMQ_ERR_PROTOCOL;
	t->mappings = rmqi_body_array(count, sizeof(*t->mappings), &err);
	while (err == RMQ_OK && t->mapping_count < count) {
		if (!take_part(c, &part))
			return RMQ_ERR_PROTOCOL;
		err = parse_mapping(part, &t->mappings[t->mapping_count++]);
	}
	return err;
}

static enum rmq_error parse_data_version(struct rmqi_cursor text, struct rmqi_data_version *v)
{
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	read_version(root, v, &err);
	rmqi_json_free(root);
	return err;
}

static enum rmq_error parse_filters(struct rmqi_cursor text, struct rmqi_topic_table *t)
{
	struct rmqi_json *root;
	enum rmq_error err;

	if (text.len == 0)
		return RMQ_OK;
	err = rmqi_json_parse(text, &root);
	if (err != RMQ_OK)
		return err;
	if (rmqi_json_is(root, RMQI_JSON_ARRAY))
		read_filters(root, t, &err);
	rmqi_json_free(root);
	return err;
}

static enum rmq_error parse_parts(struct rmqi_cursor c, int32_t version, struct rmqi_topic_table *t)
{
	struct rmqi_cursor data_version, filters;
	enum rmq_error err;

	if (!take_part(&c, &data_version))
		return RMQ_ERR_PROTOCOL;
	err = parse_data_version(data_version, &t->version);
	if (err == RMQ_OK)
		err = parse_lines(&c, t);
	if (err != RMQ_OK)
		return err;
	if (!take_part(&c, &filters))
		return RMQ_ERR_PROTOCOL;
	err = parse_filters(filters, t);
	if (err == RMQ_OK && version >= VERSION_WITH_MAPPINGS)
		err = parse_mappings(&c, t);
	return err;
}

static enum rmq_error decode_compressed(struct rmqi_cursor body, int32_t version,
					struct rmqi_topic_table *out)
{
	struct rmqi_topic_table t = {0};
	struct rmqi_buf plain;
	enum rmq_error err;

	rmqi_buf_init(&plain, COMPRESSED_BODY_MAX);
	err = rmqi_decompress(RMQI_ZLIB, body, &plain);
	if (err == RMQ_ERR_CORRUPT)
		err = RMQ_ERR_PROTOCOL;
	if (err == RMQ_OK)
		err = parse_parts(rmqi_buf_cursor(&plain), version, &t);
	rmqi_buf_deinit(&plain);
	return finish_table(err, &t, out);
}

enum rmq_error rmqi_register_body_decode(struct rmqi_cursor body, bool is_compressed,
					 int32_t version, struct rmqi_topic_table *out)
{
	struct rmqi_cursor look = body;
	uint8_t first;

	/* BrokerOuterAPI of 5.x compresses and says that it did not. */
	if (rmqi_cursor_u8(&look, &first) && first == ZLIB_FIRST_BYTE)
		is_compressed = true;
	if (is_compressed)
		return decode_compressed(body, version, out);
	return decode_json(body, "topicConfigSerializeWrapper", out);
}

enum rmq_error rmqi_topic_table_encode_file(const struct rmqi_topic_table *t, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out, .is_pretty = true};
	size_t start = out->len;
	enum rmq_error err;

	rmqi_jw_open(&w, '{');
	write_version(&w, "dataVersion", t->version);
	err = write_configs(&w, t);
	rmqi_jw_close(&w, '}');
	return finish_text(err, out, start);
}

enum rmq_error rmqi_topic_table_decode_file(struct rmqi_cursor text, struct rmqi_topic_table *out)
{
	return decode_json(text, NULL, out);
}

enum rmq_error rmqi_topic_table_encode(const struct rmqi_topic_table *t, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	return finish_text(write_wrapper(&w, t), out, start);
}

void rmqi_topic_table_deinit(struct rmqi_topic_table *t)
{
	for (size_t i = 0; i < t->topic_count; i++)
		rmqi_topic_config_deinit(&t->topics[i]);
	for (size_t i = 0; i < t->mapping_count; i++) {
		rmqi_free(t->mappings[i].topic);
		rmqi_free(t->mappings[i].broker_name);
		rmqi_free(t->mappings[i].json);
	}
	rmqi_free(t->mappings);
	rmqi_free(t->topics);
	rmqi_free(t->filter_servers);
	*t = (struct rmqi_topic_table){0};
}
