/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/frame.h"

enum {
	LENGTH_SIZE = 4,
	HEADER_WORD_SIZE = 4,
	STEP_MAX = 256 * 1024,   /* read at once */
	IDLE_KEEP = 64 * 1024,   /* kept while nothing is under way */
	BUSY_KEEP = 1024 * 1024, /* the same when more than that was under way a moment ago */
	MOMENT = 256,            /* so many times in a row that little came: the moment is over */
	/* Room for a whole frame and what was read behind it. */
	INPUT_MAX = RMQI_FRAME_MAX + 2 * STEP_MAX
};

void rmqi_frame_decoder_init(struct rmqi_frame_decoder *d)
{
	*d = (struct rmqi_frame_decoder){0};
	rmqi_buf_init(&d->input, INPUT_MAX);
}

void rmqi_frame_decoder_deinit(struct rmqi_frame_decoder *d)
{
	rmqi_buf_deinit(&d->input);
	d->lent = 0;
}

/* Nothing is under way. What was needed a moment ago is needed again: to give it back each time would cost an
 * allocation a wake-up, and fresh pages. */
static void rest(struct rmqi_frame_decoder *d)
{
	d->little = d->was_much ? 0 : d->little + 1;
	d->was_much = false;
	if (d->input.cap <= BUSY_KEEP && d->little < MOMENT)
		return;
	rmqi_buf_trim(&d->input, IDLE_KEEP);
	d->ahead = 0;
	d->little = 0;
}

/* The frame handed out last is over. */
static inline void end_loan(struct rmqi_frame_decoder *d)
{
	if (!d->lent)
		return;
	rmqi_buf_drop(&d->input, d->lent);
	d->lent = 0;
	if (!d->input.len)
		rest(d);
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
	if (room < d->ahead)
		room = d->ahead;
	err = rmqi_buf_reserve(&d->input, room, out);
	if (err != RMQ_OK)
		return err;
	d->room = room;
	*out_len = room;
	return RMQ_OK;
}

void rmqi_frame_decoder_fed(struct rmqi_frame_decoder *d, size_t n)
{
	rmqi_buf_commit(&d->input, n);
	d->was_much |= d->input.len > IDLE_KEEP;
	/* The peer may have had more to say. */
	if (n == d->room)
		d->ahead = n < STEP_MAX / 2 ? 2 * n : STEP_MAX;
}

/* What follows the length word. */
static inline enum rmq_error parse(struct rmqi_cursor c, struct rmqi_frame *out)
{
	uint32_t word, type, header_len;

	if (!rmqi_cursor_u32(&c, &word)) /* type u8 | header_len u24 */
		return RMQ_ERR_PROTOCOL;
	type = word >> 24;
	header_len = word & 0xffffff;
	if (type > RMQI_BINARY || header_len - 1 >= c.len)
		return RMQ_ERR_PROTOCOL;
	out->serialization = (enum rmqi_serialization)type;
	out->header = rmqi_cursor(c.ptr, header_len);
	out->body = rmqi_cursor(c.ptr + header_len, c.len - header_len); /* all that is left */
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
