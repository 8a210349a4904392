/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/crc32.h"

#include <libdeflate.h>

uint32_t rmqi_crc32_on(uint32_t before, const void *bytes, size_t len)
{
	return len ? libdeflate_crc32(before, bytes, len) : before;
}

uint32_t rmqi_crc32(const void *bytes, size_t len)
{
	/* libdeflate takes NULL for "the initial value", which is 0 as well. */
	return libdeflate_crc32(0, bytes, len);
}

uint32_t rmqi_crc32_31(const void *bytes, size_t len)
{
	return libdeflate_crc32(0, bytes, len) & 0x7FFFFFFFu;
}
