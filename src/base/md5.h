/* SPDX-License-Identifier: Apache-2.0 */
/*
 * md5.h - the digest of RFC 1321, for names that must hash as they do elsewhere; not for secrets.
 *
 * Our own: OpenSSL looks its algorithms up for each digest, allocates, and refuses this one in FIPS mode.
 *
 * Pure; thread: any.
 */
#ifndef RMQI_BASE_MD5_H
#define RMQI_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { RMQI_MD5_SIZE = 16 };

void rmqi_md5(const void *data, size_t len, uint8_t out[RMQI_MD5_SIZE]);

#endif
