/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/spoil.h"

#include "codec/frame.h"

enum {
	WORD = 4,
	HEADER_LENGTH_MASK = 0xFFFFFF,
	/* In a message (MessageDecoder.java): size, magic number, CRC of the body. */
	MAGIC_AT = 4,
	CRC_AT = 8,
	MESSAGE_MIN = 12,
	BINARY_REMARK_AT = 13 /* in a header of RocketMQSerializable.java: length of the remark */
};

static const uint32_t magics[] = {0xDAA320A7, 0xDAA320AB};

static uint32_t word_at(const struct rmqi_buf *frame, size_t at)
{
	struct rmqi_cursor c = rmqi_buf_cursor(frame);
	uint32_t word = 0;

	(void)(rmqi_cursor_skip(&c, at) && rmqi_cursor_u32(&c, &word));
	return word;
}

static void flip(struct rmqi_buf *frame, size_t at)
{
	rmqi_buf_patch_u32(frame, at, word_at(frame, at) ^ 0xFFFFFFFFu);
}

static bool spoil_header(struct rmqi_buf *frame, size_t header_len)
{
	bool is_binary = word_at(frame, WORD) >> 24 != RMQI_JSON;
	size_t at = RMQI_FRAME_PREFIX + (is_binary ? BINARY_REMARK_AT : 0);

	if (at + WORD > RMQI_FRAME_PREFIX + header_len)
		return false;
	rmqi_buf_patch_u32(frame, at, 0x7D7D7D7D);
	return true;
}

static bool spoil_message(struct rmqi_buf *frame, size_t body_at, size_t at)
{
	uint32_t magic = word_at(frame, body_at + MAGIC_AT);

	if (frame->len < body_at + MESSAGE_MIN || (magic != magics[0] && magic != magics[1]))
		return false;
	flip(frame, body_at + at);
	return true;
}

static bool spoil_body(struct rmqi_buf *frame, size_t body_at)
{
	size_t len = frame->len - body_at;
	struct rmqi_cursor byte = rmqi_buf_cursor(frame);
	uint16_t pair;

	if (len < 2)
		return false;
	if (!rmqi_cursor_skip(&byte, body_at + len / 2 - 1) || !rmqi_cursor_u16(&byte, &pair))
		return false;
	rmqi_buf_patch_u16(frame, body_at + len / 2 - 1, pair ^ 0x5555u);
	return true;
}

bool mb_spoil(struct rmqi_buf *frame, enum mb_fault_corrupt what)
{
	size_t header_len = word_at(frame, WORD) & HEADER_LENGTH_MASK;
	size_t body_at = RMQI_FRAME_PREFIX + header_len;

	if (frame->len < body_at)
		return false;
	switch (what) {
	case MB_CORRUPT_LENGTH:
		rmqi_buf_patch_u32(frame, 0, INT32_MAX);
		return true;
	case MB_CORRUPT_HEADER_LENGTH:
		rmqi_buf_patch_u32(frame, WORD, word_at(frame, WORD) | HEADER_LENGTH_MASK);
		return true;
	case MB_CORRUPT_HEADER:
		return spoil_header(frame, header_len);
	case MB_CORRUPT_CRC:
		return spoil_message(frame, body_at, CRC_AT);
	case MB_CORRUPT_MAGIC:
		return spoil_message(frame, body_at, MAGIC_AT);
	case MB_CORRUPT_BODY:
		return spoil_body(frame, body_at);
	}
	return false;
}
