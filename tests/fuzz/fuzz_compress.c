/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte says what the rest is: bits 0..2 the type, bit 7 plain bytes that are compressed
 * and come back, else compressed bytes under a limit. */
#include <stdlib.h>
#include <string.h>

#include "codec/compress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void round_trip(int type, int level, struct rmqi_cursor in)
{
	struct rmqi_buf packed, plain;

	rmqi_buf_init(&packed, 4 << 20);
	rmqi_buf_init(&plain, in.len);
	demand(rmqi_compress((enum rmqi_compression)type, level, in, &packed) == RMQ_OK);
	demand(rmqi_decompress(type, rmqi_buf_cursor(&packed), &plain) == RMQ_OK);
	demand(plain.len == in.len &&
	       (in.len == 0 || memcmp(rmqi_buf_data(&plain), in.ptr, in.len) == 0));
	rmqi_buf_deinit(&packed);
	rmqi_buf_deinit(&plain);
}

static void unpack(int type, struct rmqi_cursor in)
{
	enum { LIMIT = 100000 };
	struct rmqi_buf plain;
	enum rmq_error err;

	rmqi_buf_init(&plain, LIMIT);
	err = rmqi_decompress(type, in, &plain);
	demand(plain.len <= LIMIT && (err == RMQ_OK || plain.len == 0));
	rmqi_buf_deinit(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_cursor c = rmqi_cursor(data, size);
	uint8_t how;
	int type;

	if (!rmqi_cursor_u8(&c, &how))
		return 0;
	type = how & 7;
	if (!(how & 0x80))
		unpack(type, c);
	else if (type < 4 && rmqi_compression_is_built_in((enum rmqi_compression)type))
		round_trip(type, (how >> 3) & 15, c);
	return 0;
}
