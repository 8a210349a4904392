/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/subscription.h"

#include <string.h>
#include <strings.h>

#include "base/macros.h"
#include "base/map.h"
#include "base/mem.h"
#include "codec/names.h"
#include "codec/utf8.h"

#define EVERYTHING "*" /* SubscriptionData.SUB_ALL */
#define TAG "TAG"      /* ExpressionType.TAG */
#define SQL92 "SQL92"

const char *rmqi_expression_name(enum rmqi_expression kind)
{
	return kind == RMQI_EXPRESSION_SQL92 ? SQL92 : TAG;
}

static bool is_tag_type(const struct rmqi_subscription *s)
{
	return !s->expression_type || strcmp(s->expression_type, TAG) == 0;
}

/* How many parts a cut at "||" gives: the room the sets need at most. */
static size_t count_parts(struct rmqi_str expression)
{
	size_t n = 0;
	bool found = true;
	struct rmqi_str part;

	for (; found; n++)
		expression = rmqi_str_cut(expression, "||", &part, &found);
	return n;
}

static bool has_tag(const struct rmqi_subscription *s, struct rmqi_str tag)
{
	for (size_t i = 0; i < s->tag_count; i++)
		if (rmqi_str_is(tag, s->tags[i]))
			return true;
	return false;
}

static bool has_code(const struct rmqi_subscription *s, int32_t code)
{
	for (size_t i = 0; i < s->code_count; i++)
		if (s->codes[i] == code)
			return true;
	return false;
}

/* What an expression has named so far: it may come from a peer and name thousands. */
struct seen {
	struct rmqi_map tags;
	struct rmqi_imap codes;
};

/* The arrays have room. Both are sets in Java: two tags may share a hash. */
static enum rmq_error add_tag(struct rmqi_subscription *s, struct seen *seen, struct rmqi_str tag)
{
	int32_t code = rmqi_java_hash(tag);
	enum rmq_error err;
	char *copy;

	if (rmqi_map_get(&seen->tags, tag))
		return RMQ_OK;
	copy = rmqi_str_dup(tag);
	if (!copy)
		return RMQ_ERR_NO_MEMORY;
	s->tags[s->tag_count++] = copy;
	err = rmqi_map_set(&seen->tags, tag, copy, NULL);
	if (err != RMQ_OK || rmqi_imap_get(&seen->codes, (uint32_t)code))
		return err;
	s->codes[s->code_count++] = code;
	return rmqi_imap_set(&seen->codes, (uint32_t)code, copy);
}

static enum rmq_error reserve_sets(struct rmqi_subscription *s, size_t tags, size_t codes)
{
	s->tags = rmqi_calloc(tags, sizeof(*s->tags));
	s->codes = rmqi_calloc(codes, sizeof(*s->codes));
	return s->tags && s->codes ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

/* FilterAPI.buildSubscriptionData. Java's split leaves nothing, an error, when all parts are
 * empty; blank parts are dropped without one. */
static enum rmq_error fill_sets(struct rmqi_subscription *s, struct rmqi_str expression)
{
	size_t parts = count_parts(expression);
	enum rmq_error err = reserve_sets(s, parts, parts);
	bool found = true, is_empty = true;
	struct rmqi_str part;
	struct seen seen;

	rmqi_map_init(&seen.tags);
	rmqi_imap_init(&seen.codes);
	while (err == RMQ_OK && found) {
		expression = rmqi_str_cut(expression, "||", &part, &found);
		if (part.len > 0)
			is_empty = false;
		part = rmqi_str_trim(part);
		if (part.len > 0)
			err = add_tag(s, &seen, part);
	}
	rmqi_map_deinit(&seen.tags, NULL);
	rmqi_imap_deinit(&seen.codes);
	if (err == RMQ_OK && is_empty)
		return RMQ_ERR_INVALID_ARGUMENT;
	return err;
}

static enum rmq_error fill(struct rmqi_subscription *s, struct rmqi_str topic,
			   struct rmqi_str expression, struct rmqi_str type)
{
	bool is_tag = type.len == 0 || rmqi_str_is(type, TAG);

	/* FilterAPI.build: "Expression can't be null!" */
	if (!is_tag && expression.len == 0)
		return RMQ_ERR_INVALID_ARGUMENT;
	if (expression.len == 0)
		expression = RMQI_STR(EVERYTHING);
	s->topic = rmqi_str_dup(topic);
	s->sub_string = rmqi_str_dup(expression);
	s->expression_type = rmqi_str_dup(is_tag ? RMQI_STR(TAG) : type);
	if (!s->topic || !s->sub_string || !s->expression_type)
		return RMQ_ERR_NO_MEMORY;
	if (!is_tag || rmqi_str_is(expression, EVERYTHING))
		return RMQ_OK;
	return fill_sets(s, expression);
}

static bool is_word_of_sql(struct rmqi_str word)
{
	static const char *const words[] = {"AND", "OR", "NOT", "IN", "IS", "BETWEEN", "LIKE"};

	for (size_t i = 0; i < RMQI_COUNT(words); i++)
		if (word.len == strlen(words[i]) && strncasecmp(word.ptr, words[i], word.len) == 0)
			return true;
	return false;
}

/* A tag may hold blanks; with an operator between them it is a mistake. */
static bool is_sentence(struct rmqi_str tag)
{
	struct rmqi_str rest = tag, word;
	bool found = true;

	if (!memchr(tag.ptr, ' ', tag.len))
		return false;
	while (found) {
		rest = rmqi_str_cut(rest, " ", &word, &found);
		if (is_word_of_sql(word) || (word.len > 0 && strchr("<>=!|&,;", word.ptr[0])))
			return true;
	}
	return false;
}

static const char *part_problem(struct rmqi_str part)
{
	for (size_t i = 0; i + 1 < part.len; i++)
		if (part.ptr[i] == '&' && part.ptr[i + 1] == '&')
			return "has \"&&\": a message has one tag, so only \"||\" joins tags";
	if (part.len > 0 && is_sentence(part))
		return "is no list of tags (\"TagA || TagB\"); SQL is for _subscribe_sql";
	/* Java would look for a tag of that name. */
	if (rmqi_str_is(part, EVERYTHING))
		return "has \"*\" in a list: only \"*\" alone stands for all messages";
	return NULL;
}

static const char *tags_problem(struct rmqi_str expression)
{
	const char *problem = NULL;
	struct rmqi_str part;
	bool found = true;

	if (rmqi_str_is(expression, EVERYTHING))
		return NULL;
	while (found && !problem) {
		expression = rmqi_str_cut(expression, "||", &part, &found);
		problem = part_problem(rmqi_str_trim(part));
	}
	return problem;
}

/* Whether it is SQL is the broker's to say: releases differ. */
static const char *sql_problem(struct rmqi_str expression)
{
	if (rmqi_str_trim(expression).len == 0)
		return "is empty: SQL92 needs a condition";
	if (rmqi_str_is(expression, EVERYTHING))
		return "is a tag expression: SQL92 needs a condition";
	return NULL;
}

const char *rmqi_expression_problem(enum rmqi_expression kind, struct rmqi_str expression)
{
	if (rmqi_utf8_good(expression) != expression.len)
		return "is not UTF-8";
	return kind == RMQI_EXPRESSION_SQL92 ? sql_problem(expression) : tags_problem(expression);
}

enum rmq_error rmqi_subscription_new(struct rmqi_str topic, struct rmqi_str expression,
				     struct rmqi_str type, int64_t sub_version,
				     struct rmqi_subscription **out)
{
	struct rmqi_subscription *s = rmqi_calloc(1, sizeof(*s));
	enum rmq_error err;

	if (!s)
		return RMQ_ERR_NO_MEMORY;
	s->sub_version = sub_version;
	err = fill(s, topic, expression, type);
	if (err != RMQ_OK) {
		rmqi_subscription_free(s);
		return err;
	}
	*out = s;
	return RMQ_OK;
}

static char *dup_or_null(const char *text, enum rmq_error *err)
{
	char *copy = text ? rmqi_strdup(text) : NULL;

	if (text && !copy)
		*err = RMQ_ERR_NO_MEMORY;
	return copy;
}

static enum rmq_error copy_sets(struct rmqi_subscription *to, const struct rmqi_subscription *from)
{
	enum rmq_error err = reserve_sets(to, from->tag_count, from->code_count);

	for (size_t i = 0; err == RMQ_OK && i < from->tag_count; i++)
		to->tags[to->tag_count++] = dup_or_null(from->tags[i], &err);
	if (err != RMQ_OK)
		return err;
	rmqi_memcpy(to->codes, from->codes, from->code_count * sizeof(*to->codes));
	to->code_count = from->code_count;
	return RMQ_OK;
}

enum rmq_error rmqi_subscription_dup(const struct rmqi_subscription *s,
				     struct rmqi_subscription **out)
{
	struct rmqi_subscription *copy = rmqi_calloc(1, sizeof(*copy));
	enum rmq_error err = RMQ_OK;

	if (!copy)
		return RMQ_ERR_NO_MEMORY;
	copy->topic = dup_or_null(s->topic, &err);
	copy->sub_string = dup_or_null(s->sub_string, &err);
	copy->expression_type = dup_or_null(s->expression_type, &err);
	copy->sub_version = s->sub_version;
	if (err == RMQ_OK)
		err = copy_sets(copy, s);
	if (err != RMQ_OK) {
		rmqi_subscription_free(copy);
		return err;
	}
	*out = copy;
	return RMQ_OK;
}

void rmqi_subscription_free(struct rmqi_subscription *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->tag_count; i++)
		rmqi_free(s->tags[i]);
	rmqi_free(s->tags);
	rmqi_free(s->codes);
	rmqi_free(s->topic);
	rmqi_free(s->sub_string);
	rmqi_free(s->expression_type);
	rmqi_free(s);
}

bool rmqi_subscription_matches_code(const struct rmqi_subscription *s, int64_t tags_code)
{
	/* SQL92 looks at the properties later. */
	if (!is_tag_type(s) || strcmp(s->sub_string, EVERYTHING) == 0)
		return true;
	/* Long.intValue() */
	return has_code(s, (int32_t)(uint32_t)(uint64_t)tags_code);
}

bool rmqi_subscription_is_same(const struct rmqi_subscription *a, const struct rmqi_subscription *b)
{
	if (strcmp(a->expression_type, b->expression_type) != 0 || a->tag_count != b->tag_count)
		return false;
	if (!is_tag_type(a))
		return strcmp(a->sub_string, b->sub_string) == 0;
	for (size_t i = 0; i < a->tag_count; i++)
		if (!has_tag(b, rmqi_str(a->tags[i])))
			return false;
	return true;
}

bool rmqi_subscription_matches_tag(const struct rmqi_subscription *s, struct rmqi_str tag)
{
	if (!is_tag_type(s))
		return true;
	if (s->tag_count == 0)
		return strcmp(s->sub_string, EVERYTHING) == 0;
	return has_tag(s, tag);
}
