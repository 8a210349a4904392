/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/command.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "codec/command_form.h"

enum {
	/* A header with escapes of this size is rare: more scratch is given back. */
	SCRATCH_KEEP = 64 * 1024,
	BINARY_CODE_MIN = -32768, /* the code is a signed 16 bit number there */
	BINARY_CODE_MAX = 32767
};

#define NAME(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
static const struct rmqi_str languages[] = {
	NAME("JAVA"),   NAME("CPP"),  NAME("DOTNET"), NAME("PYTHON"), NAME("DELPHI"),
	NAME("ERLANG"), NAME("RUBY"), NAME("OTHER"),  NAME("HTTP"),   NAME("GO"),
	NAME("PHP"),    NAME("OMS"),  NAME("RUST"),   NAME("NODE_JS")};
#undef NAME
_Static_assert(RMQI_COUNT(languages) == RMQI_LANGUAGES, "command_form.h counts them");

const char *rmqi_language_name(int32_t language)
{
	if (language < 0 || (size_t)language >= RMQI_COUNT(languages))
		return NULL;
	return languages[language].ptr;
}

/* Byte-wise equality first: peers write the exact name. */
static bool is_language(struct rmqi_str wanted, struct rmqi_str name)
{
	return wanted.len == name.len && (memcmp(wanted.ptr, name.ptr, name.len) == 0 ||
					  strncasecmp(wanted.ptr, name.ptr, name.len) == 0);
}

int32_t rmqi_language_of(struct rmqi_str name)
{
	for (size_t i = 0; i < RMQI_COUNT(languages); i++)
		if (is_language(languages[i], name))
			return (int32_t)i;
	return -1;
}

void rmqi_command_init(struct rmqi_command *c)
{
	memset(c, 0, sizeof(*c));
	rmqi_buf_init(&c->scratch, RMQI_FRAME_MAX);
}

void rmqi_command_deinit(struct rmqi_command *c)
{
	rmqi_buf_deinit(&c->scratch);
}

/* Everything but ext[], whose first ext_count entries alone count. */
static void forget(struct rmqi_command *c)
{
	c->code = 0;
	c->language = 0;
	c->version = 0;
	c->opaque = 0;
	c->flag = 0;
	c->remark = (struct rmqi_str){NULL, 0};
	c->has_ext = false;
	c->ext_count = 0;
	c->letters.is_read = false;
	if (c->scratch.len)
		rmqi_buf_reset(&c->scratch);
	if (c->scratch.cap > SCRATCH_KEEP)
		rmqi_buf_trim(&c->scratch, SCRATCH_KEEP);
}

enum rmq_error rmqi_command_decode(struct rmqi_command *c, const struct rmqi_frame *f)
{
	enum rmq_error err;

	forget(c);
	c->serialization = f->serialization;
	c->body = f->body;
	if (f->serialization == RMQI_JSON)
		err = rmqi_command_json_decode(c, f->header);
	else
		err = rmqi_command_binary_decode(c, f->header);
	/* A half-read header must not look like a whole one. */
	if (err != RMQ_OK)
		forget(c);
	return err;
}

bool rmqi_command_ext(const struct rmqi_command *c, const char *key, struct rmqi_str *out)
{
	/* Of a key that was sent twice the last counts, as in Java's map. */
	for (size_t i = c->ext_count; i-- > 0;) {
		if (rmqi_str_is(c->ext[i].key, key)) {
			*out = c->ext[i].value;
			return true;
		}
	}
	return false;
}

void rmqi_command_raw_double(struct rmqi_writer *w, double v)
{
	char text[RMQI_VALUE_MAX];
	int len = snprintf(text, sizeof(text), "%.17g", v);

	if (len > 0 && (size_t)len < sizeof(text))
		rmqi_writer_raw(w, text, (size_t)len);
}

/* The two words before the header, once its length is known. */
static void patch_prefix(struct rmqi_writer *w, size_t start, enum rmqi_serialization serialization,
			 size_t body_len)
{
	size_t header_len = rmqi_writer_position(w) - start - RMQI_FRAME_PREFIX;
	size_t room = RMQI_FRAME_MAX - RMQI_FRAME_PREFIX;

	if (w->error != RMQ_OK)
		return;
	if (header_len > room || body_len > room - header_len) {
		rmqi_writer_fail(w, RMQ_ERR_TOO_LARGE);
		return;
	}
	rmqi_writer_patch_u32(w, start, (uint32_t)(4 + header_len + body_len));
	rmqi_writer_patch_u32(w, start + 4, (uint32_t)serialization << 24 | (uint32_t)header_len);
}

enum rmq_error rmqi_command_encode(struct rmqi_buf *out, const struct rmqi_command_meta *meta,
				   const struct rmqi_header_desc *desc, const void *header,
				   const struct rmqi_ext *extra, size_t extra_count,
				   size_t body_len)
{
	struct rmqi_command_parts parts = {meta, desc, header, extra, extra_count};
	size_t start = out->len;
	struct rmqi_writer w;
	enum rmq_error err;

	if (meta->serialization == RMQI_BINARY &&
	    (meta->code < BINARY_CODE_MIN || meta->code > BINARY_CODE_MAX))
		return RMQ_ERR_UNSUPPORTED;
	rmqi_writer_open(&w, out);
	rmqi_writer_add(&w, "\0\0\0\0\0\0\0", RMQI_FRAME_PREFIX);
	if (meta->serialization == RMQI_JSON)
		rmqi_command_json_encode(&w, &parts);
	else
		rmqi_command_binary_encode(&w, &parts);
	patch_prefix(&w, start, meta->serialization, body_len);
	err = rmqi_writer_close(&w);
	if (err != RMQ_OK)
		rmqi_buf_cut(out, start);
	return err;
}
