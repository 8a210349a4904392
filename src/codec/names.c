/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/names.h"

#include <stdint.h>
#include <stdio.h>

#include "base/macros.h"
#include "codec/utf8.h"

#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

/* TopicValidator.SYSTEM_TOPIC_SET */
static const struct rmqi_str system_topics[] = {
	NAME(RMQI_DEFAULT_TOPIC),    NAME(RMQI_TOPIC_SCHEDULE), NAME("BenchmarkTest"),
	NAME(RMQI_TOPIC_HALF),       NAME(RMQI_TOPIC_OP_HALF),  NAME("TRANS_CHECK_MAX_TIME_TOPIC"),
	NAME("RMQ_SYS_TRACE_TOPIC"), NAME("SELF_TEST_TOPIC"),   NAME("OFFSET_MOVED_EVENT"),
	NAME("CHECKPOINT_TOPIC"),
};

/* TopicValidator.NOT_ALLOWED_SEND_TOPIC_SET */
static const struct rmqi_str unsendable_topics[] = {
	NAME(RMQI_TOPIC_SCHEDULE),          NAME(RMQI_TOPIC_HALF),   NAME(RMQI_TOPIC_OP_HALF),
	NAME("TRANS_CHECK_MAX_TIME_TOPIC"), NAME("SELF_TEST_TOPIC"), NAME("OFFSET_MOVED_EVENT"),
};

/* TopicValidator.VALID_CHAR_BIT_MAP: ^[%|a-zA-Z0-9_-]+$, a bit each */
static const uint64_t legal_chars[4] = {UINT64_C(0x03ff202000000000), UINT64_C(0x17fffffe87fffffe)};

static bool is_legal_char(char c)
{
	return legal_chars[(uint8_t)c >> 6] >> ((uint8_t)c & 63) & 1;
}

static bool has_illegal_char(struct rmqi_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_legal_char(s.ptr[i]))
			return true;
	return false;
}

/* A name from outside may be of any length, the text for it is not. */
#define QUOTED_MAX 512
#define QUOTED(s) (int)((s).len < QUOTED_MAX ? (s).len : QUOTED_MAX), (s).ptr

static const char *common_problem(struct rmqi_str name, const char *what, char *buf, size_t size)
{
	/* Blanks are not legal either. */
	if (name.len > 0 && !has_illegal_char(name))
		return NULL;
	if (rmqi_str_trim(name).len == 0)
		(void)snprintf(buf, size, "The specified %s is blank.", what);
	else
		(void)snprintf(buf, size,
			       "The specified %s: %.*s, contains illegal characters, "
			       "allowing only ^[%%|a-zA-Z0-9_-]+$",
			       what, QUOTED(name));
	return buf;
}

const char *rmqi_topic_problem(struct rmqi_str topic, char *buf, size_t size)
{
	if (common_problem(topic, "topic", buf, size))
		return buf;
	if (rmqi_topic_is_retry(topic) || rmqi_topic_is_dlq(topic)) {
		if (topic.len <= RMQI_RETRY_TOPIC_MAX)
			return NULL;
		(void)snprintf(buf, size,
			       "The specified topic is DLQ or Retry topic: %.*s, "
			       "and it's longer than topic max length: %d",
			       QUOTED(topic), RMQI_RETRY_TOPIC_MAX);
		return buf;
	}
	if (topic.len <= RMQI_TOPIC_MAX)
		return NULL;
	(void)snprintf(buf, size, "The specified topic: %.*s, is longer than topic max length: %d",
		       QUOTED(topic), RMQI_TOPIC_MAX);
	return buf;
}

const char *rmqi_group_problem(struct rmqi_str group, char *buf, size_t size)
{
	if (common_problem(group, "group", buf, size))
		return buf;
	if (group.len <= RMQI_GROUP_MAX)
		return NULL;
	(void)snprintf(buf, size, "The specified group: %.*s, is longer than group max length: %d",
		       QUOTED(group), RMQI_GROUP_MAX);
	return buf;
}

static bool has_control_char(struct rmqi_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return true;
	return false;
}

const char *rmqi_label_problem(struct rmqi_str label, const char *what, char *buf, size_t size)
{
	if (label.len == 0)
		(void)snprintf(buf, size, "%s is empty", what);
	else if (label.len > RMQI_LABEL_MAX)
		(void)snprintf(buf, size, "%s is longer than %d bytes", what, RMQI_LABEL_MAX);
	else if (has_control_char(label))
		(void)snprintf(buf, size, "%s holds control characters", what);
	else
		return NULL;
	return buf;
}

bool rmqi_topic_is_retry(struct rmqi_str topic)
{
	return rmqi_str_has_prefix(topic, RMQI_RETRY_PREFIX);
}

bool rmqi_topic_is_dlq(struct rmqi_str topic)
{
	return rmqi_str_has_prefix(topic, RMQI_DLQ_PREFIX);
}

static bool is_one_of(struct rmqi_str name, const struct rmqi_str *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (name.len == names[i].len && rmqi_str_eq(name, names[i]))
			return true;
	return false;
}

bool rmqi_topic_is_system(struct rmqi_str topic)
{
	return rmqi_str_has_prefix(topic, "rmq_sys_") ||
	       is_one_of(topic, system_topics, RMQI_COUNT(system_topics));
}

bool rmqi_topic_is_send_forbidden(struct rmqi_str topic)
{
	return is_one_of(topic, unsendable_topics, RMQI_COUNT(unsendable_topics));
}

/* Arithmetic is unsigned: Java wraps, signed C does not. */
static uint32_t hash_unit(uint32_t h, uint32_t unit)
{
	return 31u * h + unit;
}

static uint32_t hash_code_point(uint32_t h, uint32_t code)
{
	if (code == RMQI_UTF8_BAD)
		code = 0xFFFD;
	if (code < 0x10000)
		return hash_unit(h, code);
	code -= 0x10000;
	h = hash_unit(h, 0xD800 + (code >> 10));
	return hash_unit(h, 0xDC00 + (code & 0x3FF));
}

/* Four characters at once, as far as they are ASCII: the key of an index entry has some fifty. */
static inline uint32_t hash_fours(uint32_t h, struct rmqi_str text, size_t *at)
{
	const uint8_t *p = (const uint8_t *)text.ptr;
	size_t i = *at;

	for (; text.len - i >= 4 && ((p[i] | p[i + 1] | p[i + 2] | p[i + 3]) & 0x80) == 0; i += 4)
		h = h * (31u * 31 * 31 * 31) + p[i] * (31u * 31 * 31) + p[i + 1] * (31u * 31) +
		    p[i + 2] * 31u + p[i + 3];
	*at = i;
	return h;
}

int32_t rmqi_java_hash_on(int32_t before, struct rmqi_str text)
{
	uint32_t h = (uint32_t)before, code;
	size_t at = 0;

	h = hash_fours(h, text, &at);
	while (at < text.len) {
		if ((uint8_t)text.ptr[at] < 0x80) {
			h = hash_unit(h, (uint8_t)text.ptr[at++]);
			continue;
		}
		at += rmqi_utf8_at(text, at, &code);
		h = hash_code_point(h, code);
	}
	return (int32_t)h;
}

int32_t rmqi_java_hash(struct rmqi_str text)
{
	return rmqi_java_hash_on(0, text);
}
