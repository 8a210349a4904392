/* SPDX-License-Identifier: Apache-2.0 */
/*
 * big_endian.h - numbers into files, and out of them. `at` has room for them; it need not be aligned.
 */
#ifndef MB_STORE_BIG_ENDIAN_H
#define MB_STORE_BIG_ENDIAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void mb_put_u16(uint8_t *at, uint16_t v)
{
	uint16_t be = htobe16(v);

	memcpy(at, &be, sizeof(be));
}

static inline void mb_put_u32(uint8_t *at, uint32_t v)
{
	uint32_t be = htobe32(v);

	memcpy(at, &be, sizeof(be));
}

static inline void mb_put_i64(uint8_t *at, int64_t v)
{
	uint64_t be = htobe64((uint64_t)v);

	memcpy(at, &be, sizeof(be));
}

static inline uint32_t mb_get_u32(const uint8_t *at)
{
	uint32_t be;

	memcpy(&be, at, sizeof(be));
	return be32toh(be);
}

static inline int64_t mb_get_i64(const uint8_t *at)
{
	uint64_t be;

	memcpy(&be, at, sizeof(be));
	return (int64_t)be64toh(be);
}

#endif
