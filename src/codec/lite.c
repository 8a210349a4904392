/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/lite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/body_read.h"
#include "codec/json.h"

#define QUEUE_PREFIX "%LMQ%$"

/* --- Queues ------------------------------------------------------------------------------------- */

const char *rmqi_lite_queue_name(struct rmqi_str parent, struct rmqi_str lite_topic,
				 char out[RMQI_LITE_QUEUE_MAX + 1])
{
	int n = snprintf(out, RMQI_LITE_QUEUE_MAX + 1, "%s%.*s$%.*s", QUEUE_PREFIX,
			 RMQI_STR_ARG(parent), RMQI_STR_ARG(lite_topic));

	if (n < 0 || n > RMQI_LITE_QUEUE_MAX)
		out[0] = '\0';
	return out;
}

bool rmqi_lite_queue_parse(struct rmqi_str name, struct rmqi_str *parent,
			   struct rmqi_str *lite_topic)
{
	size_t prefix = sizeof(QUEUE_PREFIX) - 1;
	struct rmqi_str topic, lite;

	if (name.len <= prefix || !rmqi_str_has_prefix(name, QUEUE_PREFIX))
		return false;
	lite = rmqi_str_cut(rmqi_str_n(name.ptr + prefix, name.len - prefix), "$", &topic, NULL);
	if (topic.len == 0 || lite.len == 0 || memchr(lite.ptr, '$', lite.len))
		return false;
	*parent = topic;
	*lite_topic = lite;
	return true;
}

/* --- Times ---------------------------------------------------------------------------------------- */

/* "0 qo0%<offset> <times>": false: it is another one. */
static bool read_counted(struct rmqi_str item, int64_t *offset, int32_t *times)
{
	static const char mark[] = "0 qo0%";
	struct rmqi_str text;

	if (!rmqi_str_has_prefix(item, mark))
		return false;
	item = rmqi_str_n(item.ptr + sizeof(mark) - 1, item.len - (sizeof(mark) - 1));
	item = rmqi_str_cut(item, " ", &text, NULL);
	return rmqi_str_to_i64(text, offset) && rmqi_str_to_i32(item, times);
}

/* Leaves out items of messages that did not say their offset, if behind them is one of this offset. */
static void pass_unplaced(struct rmqi_lite_counts *c, int64_t offset)
{
	struct rmqi_str item, rest = c->rest;
	int64_t of;
	int32_t times;

	for (unsigned passed = 0; passed <= c->unplaced; passed++) {
		struct rmqi_str behind = rmqi_str_cut(rest, ";", &item, NULL);

		if (!read_counted(item, &of, &times))
			return;
		if (of == offset) {
			c->rest = rest;
			c->unplaced -= passed;
			return;
		}
		rest = behind;
	}
}

int32_t rmqi_lite_times(struct rmqi_lite_counts *c, int64_t offset)
{
	struct rmqi_str item, behind;
	int64_t of = 0;
	int32_t times = 0;

	pass_unplaced(c, offset);
	behind = rmqi_str_cut(c->rest, ";", &item, NULL);
	if (read_counted(item, &of, &times)) {
		if (of != offset)
			return 0; /* it waits for its message */
	} else if (!rmqi_str_to_i32(item, &times)) {
		times = 0;
	}
	c->rest = behind;
	return times > 0 ? times : 0;
}

void rmqi_lite_times_skip(struct rmqi_lite_counts *c)
{
	struct rmqi_str item, behind = rmqi_str_cut(c->rest, ";", &item, NULL);
	int64_t of;
	int32_t times;

	if (read_counted(item, &of, &times))
		c->unplaced++;
	else
		c->rest = behind;
}

static void add_item(struct rmqi_buf *list)
{
	if (list->len > 0)
		rmqi_buf_add_u8(list, ';');
}

void rmqi_lite_add_times(struct rmqi_buf *list, const int64_t *offsets, const int32_t *times,
			 size_t count)
{
	bool is_new = true;

	for (size_t i = 0; i < count; i++)
		is_new = is_new && times[i] <= 0;
	for (size_t i = 0; i < count; i++) {
		if (!is_new && times[i] <= 0)
			continue;
		add_item(list);
		if (is_new)
			rmqi_buf_add_u8(list, '0');
		else
			rmqi_buf_addf(list, "0 qo0%%%" PRId64 " %" PRId32, offsets[i], times[i]);
	}
}

/* --- Subscriptions ---------------------------------------------------------------------------------- */

static const char *const actions[] = {"PARTIAL_ADD", "PARTIAL_REMOVE", "COMPLETE_ADD",
				      "COMPLETE_REMOVE"};

/* POLICY has three values of its own, before the other types. */
static const struct {
	const char *type;
	int64_t policy; /* -1: the value is the user's */
} starts[] = {
	[RMQI_LITE_FROM_HERE] = {"POLICY", 0},  [RMQI_LITE_FROM_FIRST] = {"POLICY", 1},
	[RMQI_LITE_FROM_END] = {"POLICY", 2},   [RMQI_LITE_FROM_OFFSET] = {"OFFSET", -1},
	[RMQI_LITE_FROM_TAIL] = {"TAIL_N", -1},
};

static void write_start(struct rmqi_jw *w, const struct rmqi_lite_subscription *s)
{
	int64_t policy = starts[s->start].policy;

	rmqi_jw_name(w, "offsetOption");
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "type", starts[s->start].type);
	rmqi_jw_member_i64(w, "value", policy >= 0 ? policy : s->start_value);
	rmqi_jw_close(w, '}');
}

static void write_subscription(struct rmqi_jw *w, const struct rmqi_lite_subscription *s)
{
	rmqi_jw_open(w, '{');
	if (s->action != RMQI_LITE_UNKNOWN)
		rmqi_jw_member_str(w, "action", actions[s->action]);
	rmqi_jw_member_str(w, "clientId", s->client_id);
	rmqi_jw_member_str(w, "group", s->group);
	rmqi_jw_name(w, "liteTopicSet");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < s->count; i++)
		rmqi_jw_str(w, rmqi_str(s->lite_topics[i]));
	rmqi_jw_close(w, ']');
	if (s->start != RMQI_LITE_FROM_HERE)
		write_start(w, s);
	rmqi_jw_member_str(w, "topic", s->topic);
	rmqi_jw_member_i64(w, "version", s->version);
	rmqi_jw_close(w, '}');
}

enum rmq_error rmqi_lite_subscriptions_encode(const struct rmqi_lite_subscriptions *l,
					      struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "subscriptionSet");
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < l->count; i++)
		write_subscription(&w, &l->items[i]);
	rmqi_jw_close(&w, ']');
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

static enum rmqi_lite_action read_action(const struct rmqi_json *object)
{
	struct rmqi_str text = rmqi_json_text(rmqi_member(object, "action"));

	for (size_t i = 0; i < RMQI_COUNT(actions); i++)
		if (rmqi_str_is(text, actions[i]))
			return (enum rmqi_lite_action)i;
	return RMQI_LITE_UNKNOWN;
}

/* What is none of them (TIMESTAMP, too) changes nothing at a broker. */
static void read_start(const struct rmqi_json *option, struct rmqi_lite_subscription *s,
		       enum rmq_error *err)
{
	struct rmqi_str type = rmqi_json_text(rmqi_member(option, "type"));
	int64_t value = rmqi_member_i64(option, "value", 0, err);

	s->start_value = value;
	for (size_t i = 0; i < RMQI_COUNT(starts); i++)
		if (rmqi_str_is(type, starts[i].type) &&
		    (starts[i].policy < 0 || starts[i].policy == value))
			s->start = (enum rmqi_lite_start)i;
}

static void read_subscription(const struct rmqi_json *value, struct rmqi_lite_subscription *s,
			      enum rmq_error *err)
{
	const struct rmqi_json *set =
		rmqi_member_of_kind(value, "liteTopicSet", RMQI_JSON_ARRAY, err);
	const struct rmqi_json *option = rmqi_member(value, "offsetOption");

	s->action = read_action(value);
	s->client_id = rmqi_member_text_or(value, "clientId", "", err);
	s->group = rmqi_member_text_or(value, "group", "", err);
	s->topic = rmqi_member_text_or(value, "topic", "", err);
	s->version = rmqi_member_i64(value, "version", 0, err);
	s->lite_topics = rmqi_body_array(rmqi_json_count(set), sizeof(*s->lite_topics), err);
	RMQI_JSON_EACH(name, set) {
		if (*err == RMQ_OK)
			s->lite_topics[s->count++] = rmqi_text_of(name, err);
	}
	if (rmqi_json_is(option, RMQI_JSON_OBJECT))
		read_start(option, s, err);
}

enum rmq_error rmqi_lite_subscriptions_decode(struct rmqi_cursor body,
					      struct rmqi_lite_subscriptions *out)
{
	struct rmqi_lite_subscriptions l = {0};
	const struct rmqi_json *array;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	array = rmqi_member_of_kind(root, "subscriptionSet", RMQI_JSON_ARRAY, &err);
	l.items = rmqi_body_array(rmqi_json_count(array), sizeof(*l.items), &err);
	RMQI_JSON_EACH(value, array) {
		if (err == RMQ_OK)
			read_subscription(value, &l.items[l.count++], &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_lite_subscriptions_deinit(&l);
	else
		*out = l;
	return err;
}

void rmqi_lite_subscriptions_deinit(struct rmqi_lite_subscriptions *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct rmqi_lite_subscription *s = &l->items[i];

		for (size_t j = 0; j < s->count; j++)
			rmqi_free(s->lite_topics[j]);
		rmqi_free(s->lite_topics);
		rmqi_free(s->client_id);
		rmqi_free(s->group);
		rmqi_free(s->topic);
	}
	rmqi_free(l->items);
	*l = (struct rmqi_lite_subscriptions){0};
}
