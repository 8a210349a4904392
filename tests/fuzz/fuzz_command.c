/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_command.c - a header in one of the two forms.
 *
 * The lowest bit of the first byte is the form, the rest is the header. A header
 * that is accepted must survive encoding in its own form, and its typed form
 * (if the code is in the table) as well.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/command.h"
#include "codec/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_true)
{
	if (!is_true)
		abort();
}

static void expect_same_ext(const struct rmqi_command *a, const struct rmqi_command *b)
{
	size_t at = 0;

	/* A field with an empty name, and in the binary form one without value, is not written. */
	for (size_t i = 0; i < a->ext_count; i++) {
		if (!a->ext[i].key.len || (!a->ext[i].value.len && a->serialization == RMQI_BINARY))
			continue;
		check(at < b->ext_count);
		check(rmqi_str_eq(a->ext[i].key, b->ext[at].key));
		check(rmqi_str_eq(a->ext[i].value, b->ext[at].value));
		at++;
	}
	check(at == b->ext_count);
}

static void decode_again(const struct rmqi_buf *bytes, struct rmqi_command *again)
{
	struct rmqi_frame f;

	check(rmqi_frame_parse(rmqi_buf_cursor(bytes), &f) == RMQ_OK);
	check(rmqi_command_decode(again, &f) == RMQ_OK);
}

static struct rmqi_command_meta meta_of(const struct rmqi_command *c)
{
	return (struct rmqi_command_meta){c->serialization, c->code, c->language, c->version,
					  c->opaque,        c->flag, c->remark};
}

static void try_encode(const struct rmqi_command *c, struct rmqi_buf *out,
		       struct rmqi_command *again)
{
	struct rmqi_command_meta m = meta_of(c);
	enum rmq_error err = rmqi_command_encode(out, &m, NULL, NULL, c->ext, c->ext_count, 0);

	if (err != RMQ_OK) {
		/* Escapes make a header longer, to over 16 MiB in theory. */
		check(err == RMQ_ERR_TOO_LARGE);
		return;
	}
	decode_again(out, again);
	check(again->code == c->code && again->opaque == c->opaque && again->flag == c->flag);
	check(again->version == c->version && rmqi_str_eq(again->remark, c->remark));
	expect_same_ext(c, again);
}

static void try_header(const struct rmqi_command *c, const struct rmqi_header_desc *desc,
		       struct rmqi_buf *out, struct rmqi_command *again)
{
	struct rmqi_command_meta m = meta_of(c);
	uint64_t header[256] = {0};
	uint64_t back[256] = {0};
	const char *bad;

	if (!desc || rmqi_header_decode(desc, c, header, &bad) != RMQ_OK)
		return;
	rmqi_buf_reset(out);
	if (rmqi_command_encode(out, &m, desc, header, NULL, 0, 0) != RMQ_OK)
		return;
	decode_again(out, again);
	/* Texts that are empty are gone in the binary form, required ones too. */
	if (rmqi_header_decode(desc, again, back, &bad) == RMQ_OK)
		check((back[0] & ~header[0]) == 0);
	else
		check(c->serialization == RMQI_BINARY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rmqi_command command, again;
	const struct rmqi_request_desc *r;
	struct rmqi_frame f = {0};
	struct rmqi_buf out;

	if (!size)
		return 0;
	f.serialization = data[0] & 1 ? RMQI_BINARY : RMQI_JSON;
	f.header = rmqi_cursor(data + 1, size - 1);
	rmqi_command_init(&command);
	rmqi_command_init(&again);
	rmqi_buf_init(&out, RMQI_FRAME_MAX);
	if (rmqi_command_decode(&command, &f) == RMQ_OK) {
		try_encode(&command, &out, &again);
		r = rmqi_request_find(command.code);
		try_header(&command, r ? r->request : &rmqi_desc_send_message_response, &out,
			   &again);
	}
	rmqi_buf_deinit(&out);
	rmqi_command_deinit(&again);
	rmqi_command_deinit(&command);
	return 0;
}
