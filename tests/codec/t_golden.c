/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_golden.c - the codec against frames recorded from Apache RocketMQ
 * (tests/data/frames, INDEX.tsv: file, version, serialization, direction, code,
 * opaque, flag, note).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/command.h"
#include "codec/schema.h"
#include "tests/codec/hex.h"
#include "tests/support/suite.h"
#include "tests/support/tree.h"

enum { COLUMNS = 8, FRAME_BYTES_MAX = 1 << 20 };

struct sample {
	char *column[COLUMNS]; /* of `line` */
	char line[1024];
	uint8_t bytes[FRAME_BYTES_MAX];
	size_t len;
	struct rmqi_frame frame;
	struct rmqi_command command;
};

static struct sample sample;

static FILE *open_data(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/frames/%s", tree_sources(), name);
	return fopen(path, "rb");
}

static void load_frame(struct sample *s)
{
	FILE *f = open_data(s->column[0]);

	ck_assert_msg(f != NULL, "no file %s", s->column[0]);
	s->len = fread(s->bytes, 1, sizeof(s->bytes), f);
	fclose(f);
	ck_assert_uint_lt(s->len, sizeof(s->bytes));
}

static void split(struct sample *s)
{
	char *at = s->line;

	s->line[strcspn(s->line, "\r\n")] = '\0';
	for (int i = 0; i < COLUMNS; i++) {
		s->column[i] = at ? at : s->line + strlen(s->line);
		at = at ? strchr(at, '\t') : NULL;
		if (at)
			*at++ = '\0';
	}
}

static void decode(struct sample *s)
{
	load_frame(s);
	ck_assert_msg(rmqi_frame_parse(rmqi_cursor(s->bytes, s->len), &s->frame) == RMQ_OK, "%s",
		      s->column[0]);
	ck_assert_msg(rmqi_command_decode(&s->command, &s->frame) == RMQ_OK, "%s", s->column[0]);
}

/* Calls `check` for every recorded frame, decoded. */
static void for_each_sample(void (*check)(struct sample *s))
{
	FILE *index = open_data("INDEX.tsv");
	unsigned count = 0;

	ck_assert_ptr_nonnull(index);
	rmqi_command_init(&sample.command);
	while (fgets(sample.line, sizeof(sample.line), index)) {
		if (strncmp(sample.line, "file\t", 5) == 0 || sample.line[0] == '#')
			continue;
		split(&sample);
		decode(&sample);
		check(&sample);
		count++;
	}
	ck_assert_uint_gt(count, 0);
	rmqi_command_deinit(&sample.command);
	fclose(index);
}

static long number(const char *text)
{
	return strtol(text, NULL, 10);
}

static void check_index(struct sample *s)
{
	const char *name = s->column[0];
	bool is_json = strcmp(s->column[2], "json") == 0;

	ck_assert_msg((s->frame.serialization == RMQI_JSON) == is_json, "%s", name);
	ck_assert_msg(s->command.code == number(s->column[4]), "%s", name);
	ck_assert_msg(s->command.opaque == number(s->column[5]), "%s", name);
	ck_assert_msg(s->command.flag == number(s->column[6]), "%s", name);
	ck_assert_msg(s->command.language >= 0, "%s", name);
	ck_assert_msg(s->command.version > 0, "%s", name);
}

START_TEST(golden__frames_say_what_the_index_says)
{
	for_each_sample(check_index);
}
END_TEST

static void check_truncations(struct sample *s)
{
	struct rmqi_cursor header = s->frame.header;
	struct rmqi_frame f = s->frame;

	for (size_t len = 0; len < s->len; len++)
		ck_assert_msg(rmqi_frame_parse(rmqi_cursor(s->bytes, len), &f) == RMQ_ERR_PROTOCOL,
			      "%s", s->column[0]);
	f = s->frame;
	for (size_t len = 0; len < header.len; len++) {
		f.header = exact_copy(header, len);
		ck_assert_msg(rmqi_command_decode(&s->command, &f) == RMQ_ERR_PROTOCOL, "%s",
			      s->column[0]);
		free_exact(f.header);
	}
}

START_TEST(golden__every_truncation_is_refused)
{
	for_each_sample(check_truncations);
}
END_TEST

static void expect_same(const struct rmqi_command *a, const struct rmqi_command *b,
			const char *name)
{
	ck_assert_msg(a->code == b->code && a->language == b->language, "%s", name);
	ck_assert_msg(a->version == b->version && a->opaque == b->opaque, "%s", name);
	ck_assert_msg(a->flag == b->flag && rmqi_str_eq(a->remark, b->remark), "%s", name);
	ck_assert_msg(a->ext_count == b->ext_count, "%s", name);
	for (size_t i = 0; i < a->ext_count; i++)
		ck_assert_msg(rmqi_str_eq(a->ext[i].key, b->ext[i].key) &&
				      rmqi_str_eq(a->ext[i].value, b->ext[i].value),
			      "%s", name);
}

/* The header is as long as Java's: but empty extFields, an empty remark and, in the binary form, an
 * empty value are lost. */
static void expect_length(const struct sample *s, const struct rmqi_frame *again)
{
	static const size_t empty_remark = sizeof("\"remark\":\"\",") - 1;
	size_t java = s->frame.header.len;

	if (s->command.ext_count == 0 && s->command.has_ext)
		return;
	if (s->frame.serialization == RMQI_JSON)
		ck_assert_msg(again->header.len == java || again->header.len + empty_remark == java,
			      "%s", s->column[0]);
	else
		ck_assert_msg(again->header.len <= java, "%s", s->column[0]);
}

static void check_again(struct sample *s, enum rmqi_serialization serialization)
{
	struct rmqi_command_meta m = {serialization,      s->command.code,   s->command.language,
				      s->command.version, s->command.opaque, s->command.flag,
				      s->command.remark};
	static struct rmqi_command again;
	struct rmqi_frame f;
	struct rmqi_buf out;
	enum rmq_error err;

	rmqi_buf_init(&out, RMQI_FRAME_MAX);
	rmqi_command_init(&again);
	err = rmqi_command_encode(&out, &m, NULL, NULL, s->command.ext, s->command.ext_count, 0);
	if (serialization == RMQI_BINARY && s->command.code > 32767) {
		ck_assert_int_eq(err, RMQ_ERR_UNSUPPORTED);
	} else {
		ck_assert_int_eq(err, RMQ_OK);
		ck_assert_int_eq(rmqi_frame_parse(rmqi_buf_cursor(&out), &f), RMQ_OK);
		ck_assert_int_eq(rmqi_command_decode(&again, &f), RMQ_OK);
		if (serialization == s->frame.serialization) {
			expect_length(s, &f);
			expect_same(&s->command, &again, s->column[0]);
		}
	}
	rmqi_command_deinit(&again);
	rmqi_buf_deinit(&out);
}

static void check_reencoded(struct sample *s)
{
	check_again(s, RMQI_JSON);
	check_again(s, RMQI_BINARY);
}

START_TEST(golden__encoded_again_is_the_same)
{
	for_each_sample(check_reencoded);
}
END_TEST

static void expect_typed(struct sample *s, const struct rmqi_header_desc *desc)
{
	uint64_t header[256] = {0};
	const char *bad = "";

	if (!desc)
		return;
	ck_assert_uint_le(desc->struct_size, sizeof(header));
	ck_assert_msg(rmqi_header_decode(desc, &s->command, header, &bad) == RMQ_OK, "%s: %s.%s",
		      s->column[0], desc->java_name, bad);
}

/* Keys that any request may carry (doc/protocol.md, header classes). */
static bool is_common_key(struct rmqi_str key)
{
	static const char *const keys[] = {
		"ns",          "nsd",           "oway",       "lo",
		"ReqT",        "AccessKey",     "bname",      "Signature",
		"__ZONE_NAME", "SecurityToken", "__ZONE_MODE"};

	for (size_t i = 0; i < RMQI_COUNT(keys); i++)
		if (rmqi_str_is(key, keys[i]))
			return true;
	return false;
}

static void expect_known_keys(struct sample *s, const struct rmqi_header_desc *desc)
{
	for (size_t i = 0; i < s->command.ext_count; i++) {
		struct rmqi_str key = s->command.ext[i].key;
		bool is_known = is_common_key(key);

		for (size_t j = 0; desc && j < desc->field_count; j++)
			is_known |= rmqi_str_eq(key, rmqi_field_wire(&desc->fields[j]));
		ck_assert_msg(is_known, "%s: unknown key %.*s", s->column[0], RMQI_STR_ARG(key));
	}
}

/* Was recorded without a topic on purpose, to see what a broker answers. */
static bool is_probe(const struct sample *s)
{
	return s->command.code == RMQI_REQ_QUERY_CONSUMER_OFFSET && s->command.ext_count == 1;
}

static void check_request(struct sample *s)
{
	const struct rmqi_request_desc *r = rmqi_request_find(s->command.code);

	if (rmqi_command_is_response(&s->command) || !r)
		return;
	ck_assert_msg(rmqi_str_has_prefix(rmqi_str(s->column[7]), r->name), "%s: %s", s->column[0],
		      r->name);
	if (!is_probe(s))
		expect_typed(s, r->request);
	expect_known_keys(s, r->request);
}

START_TEST(golden__requests_match_the_table)
{
	for_each_sample(check_request);
}
END_TEST

/* Which request is answered, by the note "answer to NAME: SUCCESS". */
static const struct rmqi_request_desc *answered(const char *note)
{
	static const char prefix[] = "answer to ";
	size_t count;
	const struct rmqi_request_desc *table = rmqi_request_table(&count);
	struct rmqi_str name;
	bool found;

	if (strncmp(note, prefix, sizeof(prefix) - 1) != 0 || !strstr(note, ": SUCCESS"))
		return NULL;
	rmqi_str_cut(rmqi_str(note + sizeof(prefix) - 1), ":", &name, &found);
	for (size_t i = 0; i < count; i++)
		if (rmqi_str_is(name, table[i].name))
			return &table[i];
	return NULL;
}

static void check_answer(struct sample *s)
{
	const struct rmqi_request_desc *r = answered(s->column[7]);

	if (!r)
		return;
	ck_assert_msg(rmqi_command_is_response(&s->command), "%s", s->column[0]);
	expect_typed(s, r->response);
	expect_known_keys(s, r->response);
}

START_TEST(golden__answers_match_the_table)
{
	for_each_sample(check_answer);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		golden__frames_say_what_the_index_says, golden__every_truncation_is_refused,
		golden__encoded_again_is_the_same,      golden__requests_match_the_table,
		golden__answers_match_the_table,
	};

	return run_suite("golden", tests, RMQI_COUNT(tests));
}
