/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_frame.c - a stream of bytes in pieces of any size.
 *
 * The first byte seeds the sizes of the pieces, the rest is the stream. Whatever
 * the pieces, the frames must be those that rmqi_frame_parse sees in the whole.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_true)
{
	if (!is_true)
		abort();
}

static void expect_same(struct rmqi_cursor a, struct rmqi_cursor b)
{
	check(a.len == b.len && rmqi_memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The next frame of the whole stream must be the same; steps over it. */
static void expect_frame(struct rmqi_cursor *stream, const struct rmqi_frame *f)
{
	size_t size = RMQI_FRAME_PREFIX + f->header.len + f->body.len;
	struct rmqi_cursor one;
	struct rmqi_frame whole;

	check(rmqi_cursor_take(stream, size, &one));
	check(rmqi_frame_parse(one, &whole) == RMQ_OK);
	check(whole.serialization == f->serialization);
	expect_same(whole.header, f->header);
	expect_same(whole.body, f->body);
}

static int feed(struct rmqi_frame_decoder *d, struct rmqi_cursor piece)
{
	uint8_t *room;
	size_t len;

	if (rmqi_frame_decoder_room(d, piece.len, &room, &len) != RMQ_OK)
		return 0;
	check(len >= piece.len);
	rmqi_memcpy(room, piece.ptr, piece.len);
	rmqi_frame_decoder_fed(d, piece.len);
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_cursor left = rmqi_cursor(data, size);
	struct rmqi_cursor stream, piece;
	struct rmqi_frame_decoder d;
	enum rmq_error err = RMQ_AGAIN;
	struct rmqi_frame f;
	uint8_t seed;

	if (!rmqi_cursor_u8(&left, &seed))
		return 0;
	stream = left;
	rmqi_frame_decoder_init(&d);
	while (left.len && err == RMQ_AGAIN) {
		seed = (uint8_t)(seed * 5 + 1);
		check(rmqi_cursor_take(&left, seed % left.len + 1, &piece));
		if (!feed(&d, piece))
			break;
		while ((err = rmqi_frame_decoder_next(&d, &f)) == RMQ_OK)
			expect_frame(&stream, &f);
		check(err == RMQ_AGAIN || err == RMQ_ERR_PROTOCOL);
	}
	rmqi_frame_decoder_deinit(&d);
	return 0;
}
