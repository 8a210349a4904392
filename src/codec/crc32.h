/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crc32.h - CRC-32 (zlib polynomial) with the top bit cleared, as
 * UtilAll.crc32 does for message bodies.
 */
#ifndef RMQI_CODEC_CRC32_H
#define RMQI_CODEC_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* 0 <= result < 2^31. */
uint32_t rmqi_crc32_31(const void *bytes, size_t len);
/* All 32 bits. */
uint32_t rmqi_crc32(const void *bytes, size_t len);
/* Of what begins with bytes whose CRC is `before`; all 32 bits. */
uint32_t rmqi_crc32_on(uint32_t before, const void *bytes, size_t len);

#endif
