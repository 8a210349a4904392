/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/frame.h"

enum {
	LENGTH_SIZE = 4,
	HEADER_WORD_SIZE = 4,
	STEP_MAX = 256 * 1024, /* read at once of a big frame */
	IDLE_KEEP = 64 * 1024, /* kept while nothing is under way */
	/* Room for a whole frame and what was read behind it. */
	INPUT_MAX = RMQI_FRAME_MAX + 2 * STEP_MAX
};

void rmqi_frame_decoder_init(struct rmqi_frame_decoder *d)
{
	rmqi_buf_init(&d->input, INPUT_MAX);
	d->lent = 0;
}

void rmqi_frame_decoder_deinit(struct rmqi_frame_decoder *d)
{
	rmqi_buf_deinit(&d->input);
	d->lent = 0;
}

/* The frame handed out last is over. */
static void end_loan(struct rmqi_frame_decoder *d)
{
	if (!d->lent)
		return;
	rmqi_buf_drop(&d->input, d->lent);
	d->lent = 0;
	if (!d->input.len)
		rmqi_buf_trim(&d->input, IDLE_KEEP);
}

/* A length is judged before anything waits for that many bytes. */
static bool is_legal_length(uint32_t length)
{
	return length >= HEADER_WORD_SIZE && length <= RMQI_FRAME_MAX - LENGTH_SIZE;
}

/* How many bytes the frame under way still lacks; 0 when that is not known (yet). */
static size_t missing(const struct rmqi_frame_decoder *d)
{
	struct rmqi_cursor c = rmqi_buf_cursor(&d->input);
	uint32_t length;

	if (!rmqi_cursor_u32(&c, &length) || !is_legal_length(length) || length <= c.len)
		return 0;
	return length - c.len;
}

enum rmq_error rmqi_frame_decoder_room(struct rmqi_frame_decoder *d, size_t want, uint8_t **out,
				       size_t *out_len)
{
	size_t need, room;
	enum rmq_error err;

	end_loan(d);
	need = missing(d);
	room = need > STEP_MAX ? STEP_MAX : need;
	if (room < want)
		room = want;
	err = rmqi_buf_reserve(&d->input, room, out);
	if (err == RMQ_OK)
		*out_len = room;
	return err;
}

void rmqi_frame_decoder_fed(struct rmqi_frame_decoder *d, size_t n)
{
	rmqi_buf_commit(&d->input, n);
}

/* What follows the length word. */
static enum rmq_error parse(struct rmqi_cursor c, struct rmqi_frame *out)
{
	struct rmqi_frame f;
	uint32_t header_len;
	uint8_t type;

	if (!(rmqi_cursor_u8(&c, &type) &&                  /* type */
	      rmqi_cursor_u24(&c, &header_len) &&           /* header_len */
	      rmqi_cursor_take(&c, header_len, &f.header))) /* header */
		return RMQ_ERR_PROTOCOL;
	if ((type != RMQI_JSON && type != RMQI_BINARY) || !header_len)
		return RMQ_ERR_PROTOCOL;
	f.serialization = type == RMQI_JSON ? RMQI_JSON : RMQI_BINARY;
	f.body = c; /* body: all that is left */
	*out = f;
	return RMQ_OK;
}

enum rmq_error rmqi_frame_decoder_next(struct rmqi_frame_decoder *d, struct rmqi_frame *out)
{
	struct rmqi_cursor c, payload;
	enum rmq_error err;
	uint32_t length;

	end_loan(d);
	c = rmqi_buf_cursor(&d->input);
	if (!rmqi_cursor_u32(&c, &length))
		return RMQ_AGAIN;
	if (!is_legal_length(length))
		return RMQ_ERR_PROTOCOL;
	if (!rmqi_cursor_take(&c, length, &payload))
		return RMQ_AGAIN;
	err = parse(payload, out);
	if (err == RMQ_OK)
		d->lent = LENGTH_SIZE + length;
	return err;
}

bool rmqi_frame_decoder_is_partial(const struct rmqi_frame_decoder *d)
{
	return d->input.len > d->lent;
}

enum rmq_error rmqi_frame_parse(struct rmqi_cursor bytes, struct rmqi_frame *out)
{
	uint32_t length;

	if (!rmqi_cursor_u32(&bytes, &length) || !is_legal_length(length) || length != bytes.len)
		return RMQ_ERR_PROTOCOL;
	return parse(bytes, out);
}
