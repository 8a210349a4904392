/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_read.c - the part of message_json.h that reads.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tools/cli/complain.h"
#include "tools/cli/message_json.h"

/* What is being made, and the sentence of what is wrong with it. */
struct reading {
	struct json_message *out;
	json_t *object;
	struct text *why;
};

/* False, for `return`. */
static bool refuse(struct reading *r, const char *member, const char *wanted)
{
	text_addf(r->why, "\"%s\": %s is wanted", member, wanted);
	return false;
}

/* What a setter said. */
static bool took(struct reading *r, const char *member, enum rmq_error err, rmq_error_detail *detail)
{
	if (err != RMQ_OK)
		text_addf(r->why, "\"%s\": %s", member, cause_of(err, detail));
	rmq_error_detail_free(detail);
	return err == RMQ_OK;
}

/* A string without a zero byte; NULL, and said: another thing. */
static const char *text_of(struct reading *r, const char *member, const json_t *value)
{
	if (json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value))
		return json_string_value(value);
	refuse(r, member, "a text");
	return NULL;
}

static bool copy_of(struct reading *r, const char *member, const json_t *value, char **out)
{
	const char *text = text_of(r, member, value);

	if (!text || !text[0])
		return text != NULL;
	*out = strdup(text);
	return *out || took(r, member, RMQ_ERR_NO_MEMORY, NULL);
}

/* --- The members --------------------------------------------------------------------------------- */

static bool take_tag(struct reading *r, const json_t *value)
{
	const char *tag = text_of(r, "tag", value);
	rmq_error_detail *detail = NULL;

	if (!tag || !tag[0])
		return tag != NULL;
	return took(r, "tag", rmq_message_set_tag(r->out->message, tag, &detail), detail);
}

static bool take_keys(struct reading *r, const json_t *value)
{
	rmq_error_detail *detail = NULL;
	struct text keys = {0};
	bool is_taken = true;

	if (json_is_string(value))
		text_adds(&keys, json_string_value(value));
	else if (!json_is_array(value))
		return refuse(r, "keys", "a list or a text");
	for (size_t i = 0; i < json_array_size(value) && is_taken; i++) {
		const char *key = text_of(r, "keys", json_array_get(value, i));

		is_taken = key != NULL;
		if (key)
			text_addf(&keys, "%s%s", i ? " " : "", key);
	}
	if (is_taken && keys.len)
		is_taken = took(r, "keys",
				rmq_message_set_keys(r->out->message, text_string(&keys), &detail),
				detail);
	text_free(&keys);
	return is_taken;
}

/* A name that is fine but for this: the system sets it itself, at the broker or here. */
static bool is_of_system(rmq_message *m, const char *name)
{
	rmq_message *probe = rmq_message_new(rmq_message_topic(m), NULL, 0);
	bool is_refused = probe && rmq_message_set_property(probe, name, "x", NULL) ==
					   RMQ_ERR_INVALID_ARGUMENT;

	rmq_message_free(probe);
	return is_refused && name[0] && !strpbrk(name, "\1\2");
}

static bool take_properties(struct reading *r, json_t *value)
{
	const char *name;
	json_t *each;

	if (!json_is_object(value))
		return refuse(r, "properties", "an object of texts");
	json_object_foreach(value, name, each) {
		rmq_error_detail *detail = NULL;
		const char *text = text_of(r, name, each);

		if (!text)
			return false;
		if (is_of_system(r->out->message, name))
			continue;
		if (!took(r, name, rmq_message_set_property(r->out->message, name, text, &detail),
			  detail))
			return false;
	}
	return true;
}

static bool set_body(struct reading *r, const void *body, size_t len)
{
	rmq_error_detail *detail = NULL;

	return took(r, "body", rmq_message_set_body(r->out->message, body, len, &detail), detail);
}

static bool take_base64(struct reading *r, const json_t *value)
{
	struct text body = {0};
	bool is_taken;

	if (!json_is_string(value) ||
	    !text_add_unbase64(&body, json_string_value(value), json_string_length(value)))
		is_taken = refuse(r, "body", "base64");
	else
		is_taken = set_body(r, body.data, body.len);
	text_free(&body);
	return is_taken;
}

static bool take_json_body(struct reading *r, const json_t *value)
{
	char *body = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
	bool is_taken = body ? set_body(r, body, strlen(body))
			     : took(r, "body", RMQ_ERR_NO_MEMORY, NULL);

	free(body);
	return is_taken;
}

static bool take_body(struct reading *r, const json_t *value)
{
	const json_t *said = json_object_get(r->object, "bodyEncoding");
	const char *encoding = said ? json_string_value(said) : "utf8";

	if (encoding && strcmp(encoding, "base64") == 0)
		return take_base64(r, value);
	if (encoding && strcmp(encoding, "json") == 0)
		return take_json_body(r, value);
	if (!encoding || strcmp(encoding, "utf8") != 0)
		return refuse(r, "bodyEncoding", "utf8, base64 or json");
	if (!json_is_string(value))
		return refuse(r, "body", "a text");
	return set_body(r, json_string_value(value), json_string_length(value));
}

static bool take_place(struct reading *r, const json_t *value)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > INT32_MAX)
		return refuse(r, "queue", "a number from 0 on");
	r->out->queue = (int)json_integer_value(value);
	return true;
}

/* Those that are one number. */
static bool take_number(struct reading *r, const char *member, const json_t *value)
{
	rmq_message *m = r->out->message;
	rmq_error_detail *detail = NULL;
	int64_t number = json_integer_value(value);
	enum rmq_error err;

	if (!json_is_integer(value) || number < INT32_MIN ||
	    (number > INT32_MAX && !strstr(member, "Ms")))
		return refuse(r, member, "a number");
	if (strcmp(member, "flag") == 0)
		err = rmq_message_set_flag(m, (int32_t)number, &detail);
	else if (strcmp(member, "delayLevel") == 0)
		err = rmq_message_set_delay_level(m, (int)number, &detail);
	else if (strcmp(member, "delayMs") == 0)
		err = rmq_message_set_delay_time_ms(m, number, &detail);
	else if (strcmp(member, "deliverAtMs") == 0)
		err = rmq_message_set_deliver_time_ms(m, number, &detail);
	else
		err = rmq_message_set_priority(m, (int)number, &detail);
	return took(r, member, err, detail);
}

static bool take_lite_topic(struct reading *r, const json_t *value)
{
	const char *name = text_of(r, "liteTopic", value);
	rmq_error_detail *detail = NULL;

	return name && took(r, "liteTopic",
			    rmq_message_set_lite_topic(r->out->message, name, &detail), detail);
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static bool take_member(struct reading *r, const char *name, json_t *value)
{
	static const char *const stored[] = {"topic",   "offset",    "physicalOffset",
					     "msgId",   "uniqId",    "bornTs",
					     "storeTs", "bornHost",  "storeHost",
					     "sysFlag", "bodyEncoding", "reconsumeTimes",
					     NULL};
	static const char *const numbers[] = {"flag",        "delayLevel", "delayMs",
					      "deliverAtMs", "priority",   NULL};

	if (is_one_of(name, stored))
		return true;
	if (is_one_of(name, numbers))
		return take_number(r, name, value);
	if (strcmp(name, "tag") == 0)
		return take_tag(r, value);
	if (strcmp(name, "keys") == 0)
		return take_keys(r, value);
	if (strcmp(name, "properties") == 0)
		return take_properties(r, value);
	if (strcmp(name, "body") == 0)
		return take_body(r, value);
	if (strcmp(name, "queue") == 0)
		return take_place(r, value);
	if (strcmp(name, "broker") == 0)
		return copy_of(r, name, value, &r->out->broker);
	if (strcmp(name, "shardKey") == 0)
		return copy_of(r, name, value, &r->out->shard_key);
	if (strcmp(name, "liteTopic") == 0)
		return take_lite_topic(r, value);
	text_addf(r->why, "\"%s\" means nothing here", name);
	return false;
}

/* --- The line --------------------------------------------------------------------------------------- */

static bool begin(struct reading *r, const char *topic)
{
	const json_t *named = json_object_get(r->object, "topic");

	if (named && !topic)
		topic = text_of(r, "topic", named);
	if (!topic) {
		if (!r->why->len)
			text_adds(r->why, "neither the line nor -t names a topic");
		return false;
	}
	r->out->message = rmq_message_new(topic, NULL, 0);
	return r->out->message || took(r, "topic", RMQ_ERR_NO_MEMORY, NULL);
}

static bool read_object(struct reading *r, const char *topic)
{
	const char *name;
	json_t *value;

	if (!begin(r, topic))
		return false;
	json_object_foreach(r->object, name, value) {
		if (!take_member(r, name, value))
			return false;
	}
	return true;
}

bool message_from_json(const char *line, size_t len, const char *topic, struct json_message *out,
		       struct text *why)
{
	json_error_t error;
	struct reading r = {out, NULL, why};
	bool is_read = false;

	*out = (struct json_message){.queue = -1};
	r.object = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!r.object)
		text_addf(why, "no JSON object: %s", error.text);
	else if (!json_is_object(r.object))
		text_adds(why, "no JSON object");
	else
		is_read = read_object(&r, topic);
	json_decref(r.object);
	if (!is_read)
		json_message_deinit(out);
	return is_read;
}

void json_message_deinit(struct json_message *m)
{
	rmq_message_free(m->message);
	free(m->broker);
	free(m->shard_key);
	*m = (struct json_message){.queue = -1};
}
