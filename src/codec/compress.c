/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/compress.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdatomic.h>

#include <libdeflate.h>
#if HAVE_LZ4
#include <lz4frame.h>
#endif
#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/mem.h"

enum {
	ROOM_MIN = 16 * 1024, /* first guess of a decompressed size, and the step of the streams */
	GUESS_RATIO = 4,      /* JSON and text: a second try is rare */
	KEPT_MAX = 4 * 1024 * 1024,
	LEVEL_MIN = 1,
	LEVEL_MAX = 9 /* java.util.zip.Deflater */
};

/* Room that the buffer's limit leaves. */
static size_t room_left(const struct rmqi_buf *out)
{
	return out->max - out->len;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int level_between(int level, int min, int max)
{
	return level < min ? min : level > max ? max : level;
}

/*
 * What is expensive to make is kept for the next message: a zlib compressor is
 * some hundred KiB, the zstd contexts about as much. A zlib decompressor costs 60 ns
 * to make and is not kept.
 *
 * They wait in places that a thread takes one from and puts it back to, no two at
 * once and without a lock. A thread begins at a place of its own, so that it mostly
 * finds what it left. (Not a thread's own data: its destructor would be called when the
 * thread ends, maybe after the code was unloaded.) What finds no place is freed.
 */
struct kept {
	int level;
	struct libdeflate_compressor *compressor;
#if HAVE_ZSTD
	ZSTD_CCtx *zstd_out;
	ZSTD_DStream *zstd_in;
#endif
};

enum { PLACES = 16 };

static _Atomic(struct kept *) places[PLACES];
static _Atomic unsigned threads_seen;
static _Thread_local unsigned own_place; /* counted from 1; 0: none yet */

static void free_kept(struct kept *k)
{
	libdeflate_free_compressor(k->compressor);
#if HAVE_ZSTD
	ZSTD_freeCCtx(k->zstd_out);
	ZSTD_freeDStream(k->zstd_in);
#endif
	rmqi_free(k);
}

static _Atomic(struct kept *) *place(unsigned i)
{
	if (own_place == 0)
		own_place = 1 + atomic_fetch_add(&threads_seen, 1) % PLACES;
	return &places[(own_place + i) % PLACES];
}

/* NULL when memory is out; else put_kept must follow. */
static struct kept *take_kept(void)
{
	for (unsigned i = 0; i < PLACES; i++) {
		struct kept *k = atomic_exchange(place(i), NULL);

		if (k)
			return k;
	}
	return rmqi_calloc(1, sizeof(struct kept));
}

static void put_kept(struct kept *k)
{
	for (unsigned i = 0; i < PLACES && k; i++) {
		struct kept *none = NULL;

		if (atomic_compare_exchange_strong(place(i), &none, k))
			return;
	}
	if (k)
		free_kept(k);
}

/* False when memory is out. */
static bool need_compressor(struct kept *k, int level)
{
	if (k->compressor && k->level == level)
		return true;
	libdeflate_free_compressor(k->compressor);
	k->compressor = libdeflate_alloc_compressor(level);
	k->level = level;
	return k->compressor != NULL;
}

static enum rmq_error deflate_all(struct libdeflate_compressor *c, struct rmqi_cursor in,
				  struct rmqi_buf *out)
{
	size_t bound = smaller(libdeflate_zlib_compress_bound(c, in.len), room_left(out)), len;
	uint8_t *room;
	enum rmq_error err = rmqi_buf_reserve(out, bound, &room);

	if (err != RMQ_OK)
		return err;
	len = libdeflate_zlib_compress(c, in.ptr, in.len, room, bound);
	if (len == 0)
		return RMQ_ERR_TOO_LARGE; /* the limit of `out`: the bound itself always does */
	rmqi_buf_commit(out, len);
	return RMQ_OK;
}

static enum rmq_error zlib_compress(int level, struct rmqi_cursor in, struct rmqi_buf *out)
{
	struct kept *k = take_kept();
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (k && need_compressor(k, level_between(level, LEVEL_MIN, LEVEL_MAX)))
		err = deflate_all(k->compressor, in, out);
	put_kept(k);
	return err;
}

/* libdeflate wants all the room at once: guess, and double while it does not do. */
static enum rmq_error inflate_all(struct libdeflate_decompressor *d, struct rmqi_cursor in,
				  struct rmqi_buf *out)
{
	size_t left = room_left(out);
	size_t guess = in.len > SIZE_MAX / GUESS_RATIO ? SIZE_MAX : in.len * GUESS_RATIO;

	for (guess = smaller(guess > ROOM_MIN ? guess : ROOM_MIN, left);;
	     guess = guess > left / 2 ? left : guess * 2) {
		size_t taken, len;
		uint8_t *room;
		enum rmq_error err = rmqi_buf_reserve(out, guess, &room);

		if (err != RMQ_OK)
			return err;
		switch (libdeflate_zlib_decompress_ex(d, in.ptr, in.len, room, guess, &taken,
						      &len)) {
		case LIBDEFLATE_SUCCESS:
			rmqi_buf_commit(out, len);
			return RMQ_OK;
		case LIBDEFLATE_INSUFFICIENT_SPACE:
			if (guess == left)
				return RMQ_ERR_TOO_LARGE;
			break;
		case LIBDEFLATE_BAD_DATA:
		case LIBDEFLATE_SHORT_OUTPUT:
			return RMQ_ERR_CORRUPT;
		}
	}
}

static enum rmq_error zlib_decompress(struct rmqi_cursor in, struct rmqi_buf *out)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum rmq_error err;

	if (!d)
		return RMQ_ERR_NO_MEMORY;
	err = inflate_all(d, in, out);
	libdeflate_free_decompressor(d);
	return err;
}

#if HAVE_LZ4 || HAVE_ZSTD
/*
 * A step of a stream: takes what it can of *in, writes up to `size` bytes to
 * `room`, tells how many it wrote and whether a frame ended.
 */
typedef enum rmq_error (*step_fn)(void *stream, struct rmqi_cursor *in, uint8_t *room, size_t size,
				  size_t *written, bool *is_end);

/* Room for the next step: doubling, up to the limit. */
static size_t step_room(const struct rmqi_buf *out, size_t start)
{
	size_t so_far = out->len - start;

	return smaller(so_far > ROOM_MIN ? so_far : ROOM_MIN, room_left(out));
}

/* Runs to the end of the input. At the limit one more step with a scratch byte
 * tells "exactly full" from "too large". */
static enum rmq_error run_steps(void *stream, step_fn step, struct rmqi_cursor in,
				struct rmqi_buf *out)
{
	size_t start = out->len;
	bool is_end = false;

	while (in.len > 0 || !is_end) {
		size_t size = step_room(out, start), written, left = in.len;
		uint8_t spare, *room = &spare;
		enum rmq_error err = RMQ_OK;

		if (size > 0)
			err = rmqi_buf_reserve(out, size, &room);
		if (err == RMQ_OK)
			err = step(stream, &in, room, size ? size : 1, &written, &is_end);
		if (err != RMQ_OK)
			return err;
		if (size == 0 && written > 0)
			return RMQ_ERR_TOO_LARGE;
		if (size > 0)
			rmqi_buf_commit(out, written);
		if (written == 0 && left == in.len && !(is_end && in.len == 0))
			return RMQ_ERR_CORRUPT; /* cut off */
	}
	return RMQ_OK;
}

static enum rmq_error run_stream(void *stream, step_fn step, struct rmqi_cursor in,
				 struct rmqi_buf *out)
{
	size_t start = out->len;
	enum rmq_error err = run_steps(stream, step, in, out);

	if (err != RMQ_OK)
		rmqi_buf_cut(out, start);
	return err;
}
#endif

#if HAVE_LZ4
static enum rmq_error lz4_compress(struct rmqi_cursor in, struct rmqi_buf *out)
{
	size_t bound = LZ4F_compressFrameBound(in.len, NULL), len;
	uint8_t *room;
	/* The frame functions want the whole bound, also when less comes of it. */
	enum rmq_error err = rmqi_buf_reserve(out, bound, &room);

	if (err != RMQ_OK)
		return err;
	len = LZ4F_compressFrame(room, bound, in.ptr, in.len, NULL);
	if (LZ4F_isError(len))
		return RMQ_ERR_NO_MEMORY;
	rmqi_buf_commit(out, len);
	return RMQ_OK;
}

static enum rmq_error lz4_step(void *stream, struct rmqi_cursor *in, uint8_t *room, size_t size,
			       size_t *written, bool *is_end)
{
	size_t taken = in->len, hint;

	*written = size;
	hint = LZ4F_decompress(stream, room, written, in->ptr, &taken, NULL);
	if (LZ4F_isError(hint) || !rmqi_cursor_skip(in, taken))
		return RMQ_ERR_CORRUPT;
	*is_end = hint == 0;
	return RMQ_OK;
}

static enum rmq_error lz4_decompress(struct rmqi_cursor in, struct rmqi_buf *out)
{
	LZ4F_dctx *stream;
	enum rmq_error err;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&stream, LZ4F_VERSION)))
		return RMQ_ERR_NO_MEMORY;
	err = run_stream(stream, lz4_step, in, out);
	LZ4F_freeDecompressionContext(stream);
	return err;
}
#endif

#if HAVE_ZSTD
static enum rmq_error zstd_compress_by(ZSTD_CCtx *c, int level, struct rmqi_cursor in,
				       struct rmqi_buf *out)
{
	size_t bound = smaller(ZSTD_compressBound(in.len), room_left(out)), len;
	uint8_t *room;
	enum rmq_error err = rmqi_buf_reserve(out, bound, &room);

	if (err != RMQ_OK)
		return err;
	len = ZSTD_compressCCtx(c, room, bound, in.ptr, in.len,
				level_between(level, LEVEL_MIN, ZSTD_maxCLevel()));
	if (ZSTD_isError(len))
		return bound == room_left(out) ? RMQ_ERR_TOO_LARGE : RMQ_ERR_NO_MEMORY;
	rmqi_buf_commit(out, len);
	return RMQ_OK;
}

static enum rmq_error zstd_compress(int level, struct rmqi_cursor in, struct rmqi_buf *out)
{
	struct kept *k = take_kept();
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (k && !k->zstd_out)
		k->zstd_out = ZSTD_createCCtx();
	if (k && k->zstd_out)
		err = zstd_compress_by(k->zstd_out, level, in, out);
	put_kept(k);
	return err;
}

static enum rmq_error zstd_step(void *stream, struct rmqi_cursor *in, uint8_t *room, size_t size,
				size_t *written, bool *is_end)
{
	ZSTD_inBuffer from = {in->ptr, in->len, 0};
	ZSTD_outBuffer to = {room, size, 0};
	size_t hint = ZSTD_decompressStream(stream, &to, &from);

	if (ZSTD_isError(hint) || !rmqi_cursor_skip(in, from.pos))
		return RMQ_ERR_CORRUPT;
	*written = to.pos;
	*is_end = hint == 0;
	return RMQ_OK;
}

/* A frame may ask for a window of up to 128 MiB: that much is not kept. */
static void trim_stream(struct kept *k)
{
	if (ZSTD_sizeof_DStream(k->zstd_in) <= KEPT_MAX)
		return;
	ZSTD_freeDStream(k->zstd_in);
	k->zstd_in = NULL;
}

static enum rmq_error zstd_decompress(struct rmqi_cursor in, struct rmqi_buf *out)
{
	struct kept *k = take_kept();
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (k && !k->zstd_in)
		k->zstd_in = ZSTD_createDStream();
	if (k && k->zstd_in && !ZSTD_isError(ZSTD_initDStream(k->zstd_in))) {
		err = run_stream(k->zstd_in, zstd_step, in, out);
		trim_stream(k);
	}
	put_kept(k);
	return err;
}
#endif

bool rmqi_compression_is_built_in(enum rmqi_compression type)
{
	switch (type) {
	case RMQI_ZLIB_OLD:
	case RMQI_ZLIB:
		return true;
	case RMQI_LZ4:
#if HAVE_LZ4
		return true;
#else
		return false;
#endif
	case RMQI_ZSTD:
#if HAVE_ZSTD
		return true;
#else
		return false;
#endif
	}
	return false;
}

enum rmq_error rmqi_compress(enum rmqi_compression type, int level, struct rmqi_cursor in,
			     struct rmqi_buf *out)
{
	switch (type) {
	case RMQI_ZLIB_OLD:
	case RMQI_ZLIB:
		return zlib_compress(level, in, out);
	case RMQI_LZ4:
#if HAVE_LZ4
		return lz4_compress(in, out);
#else
		break;
#endif
	case RMQI_ZSTD:
#if HAVE_ZSTD
		return zstd_compress(level, in, out);
#else
		break;
#endif
	}
	return RMQ_ERR_UNSUPPORTED;
}

enum rmq_error rmqi_decompress(int type, struct rmqi_cursor in, struct rmqi_buf *out)
{
	switch (type) {
	case RMQI_ZLIB_OLD:
	case RMQI_ZLIB:
		return zlib_decompress(in, out);
#if HAVE_LZ4
	case RMQI_LZ4:
		return lz4_decompress(in, out);
#endif
#if HAVE_ZSTD
	case RMQI_ZSTD:
		return zstd_decompress(in, out);
#endif
	default: /* a number from the wire */
		return RMQ_ERR_UNSUPPORTED;
	}
}
