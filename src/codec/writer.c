/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/writer.h"

#include <assert.h>

/* A send header with an ordinary property text fits into one chunk. */
enum { CHUNK = 512 };

static void set_place(struct rmqi_writer *w, uint8_t *at, size_t n)
{
	w->begin = at;
	w->at = at;
	w->end = at + n;
}

void rmqi_writer_fail(struct rmqi_writer *w, enum rmq_error error)
{
	if (w->error == RMQ_OK)
		w->error = error;
	w->end = w->at;
}

static bool flush(struct rmqi_writer *w)
{
	if (w->at != w->begin)
		rmqi_buf_commit(w->buf, (size_t)(w->at - w->begin));
	/* The commit closed what is left of the chunk: the next write reserves again. */
	w->begin = w->at;
	w->end = w->at;
	return w->error == RMQ_OK;
}

bool rmqi_writer_grow(struct rmqi_writer *w, size_t n)
{
	size_t chunk = n > CHUNK ? n : CHUNK;
	enum rmq_error err;
	uint8_t *at;

	if (!flush(w))
		return false;
	err = rmqi_buf_reserve(w->buf, chunk, &at);
	/* Near the buffer's maximum a whole chunk may be too much. */
	if (err == RMQ_ERR_TOO_LARGE && chunk > n) {
		chunk = n;
		err = rmqi_buf_reserve(w->buf, chunk, &at);
	}
	if (err != RMQ_OK) {
		rmqi_writer_fail(w, err);
		return false;
	}
	set_place(w, at, chunk);
	return true;
}

void rmqi_writer_open(struct rmqi_writer *w, struct rmqi_buf *buf)
{
	*w = (struct rmqi_writer){.buf = buf, .error = rmqi_buf_status(buf)};
}

enum rmq_error rmqi_writer_close(struct rmqi_writer *w)
{
	flush(w);
	return w->error;
}

void rmqi_writer_patch_u32(struct rmqi_writer *w, size_t position, uint32_t v)
{
	if (w->error != RMQ_OK)
		return;
	if (position >= w->buf->len) {
		rmqi_writer_put_u32(w->begin + (position - w->buf->len), v);
		return;
	}
	/* A word is written in one piece and so stands in one chunk. */
	assert(position + 4 <= w->buf->len);
	rmqi_buf_patch_u32(w->buf, position, v);
}

/* v < 10^8, without zeros in front. Behind it seven bytes are touched. */
static inline uint8_t *put_short(uint8_t *at, uint64_t v)
{
	uint64_t w = rmqi_writer_eight_digits(v);
	/* The last digit counts, whatever it is. */
	unsigned zeros =
		(unsigned)__builtin_ctzll((w & UINT64_C(0x0f0f0f0f0f0f0f0f)) | UINT64_C(1) << 56) /
		8;

	rmqi_writer_put_word(at, w >> 8 * zeros);
	return at + (8 - zeros);
}

static inline uint8_t *put_eight(uint8_t *at, uint64_t v)
{
	rmqi_writer_put_word(at, rmqi_writer_eight_digits(v));
	return at + 8;
}

uint8_t *rmqi_writer_put_big_dec(uint8_t *at, int64_t v)
{
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	uint64_t front, back;

	if (v < 0)
		*at++ = '-';
	if (rest < 100000000)
		return put_short(at, rest);
	front = rest / 100000000;
	back = rest % 100000000;
	if (front < 100000000)
		return put_eight(put_short(at, front), back);
	at = put_eight(put_short(at, front / 100000000), front % 100000000);
	return put_eight(at, back);
}
