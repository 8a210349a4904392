/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - looks at eight bytes of a text at once.
 */
#ifndef RMQI_CODEC_WORDS_H
#define RMQI_CODEC_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define RMQI_WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define RMQI_WORD_MARKS RMQI_WORD_EACH(0x80)

/* The first byte in the lowest bits, on every machine. */
static inline uint64_t rmqi_word_load(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	return w;
}

/* Of the high bits, the lowest one set marks the first byte of w that equals `byte`. */
static inline uint64_t rmqi_word_find(uint64_t w, uint8_t byte)
{
	uint64_t x = w ^ RMQI_WORD_EACH(byte);

	return (x - RMQI_WORD_EACH(1)) & ~x;
}

#ifdef __SSE2__
/* Of sixteen bytes: the lowest bit set marks the first one that is either. */
static inline int rmqi_block_find_either(const uint8_t *p, uint8_t a, uint8_t b)
{
	__m128i block;

	memcpy(&block, p, sizeof(block));
	return _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8((char)a)),
					      _mm_cmpeq_epi8(block, _mm_set1_epi8((char)b))));
}

/* Of sixteen bytes: a bit for each that stands in no JSON text as it is: a quote, a backslash, below 0x20. */
static inline int rmqi_block_find_special(const uint8_t *p)
{
	const __m128i last = _mm_set1_epi8(0x1f);
	__m128i block, either;

	memcpy(&block, p, sizeof(block));
	either = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
			      _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
	/* It is the smaller one of itself and 0x1f. */
	return _mm_movemask_epi8(
		_mm_or_si128(either, _mm_cmpeq_epi8(_mm_min_epu8(block, last), block)));
}

/* Of sixteen bytes: a bit for each that is no ASCII. */
static inline int rmqi_block_high_bits(const uint8_t *p)
{
	__m128i block;

	memcpy(&block, p, sizeof(block));
	return _mm_movemask_epi8(block);
}
#endif

/* As rmqi_word_find: the first byte below 0x20. */
static inline uint64_t rmqi_word_control(uint64_t w)
{
	return (w - RMQI_WORD_EACH(0x20)) & ~w;
}

static inline size_t rmqi_word_first(uint64_t marks)
{
	return (size_t)__builtin_ctzll(marks) / 8;
}

#endif
