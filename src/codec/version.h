/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version.h - the number of a release in a header (MQVersion.java: its place in the enum).
 *
 * Pure; thread: any.
 */
#ifndef RMQI_CODEC_VERSION_H
#define RMQI_CODEC_VERSION_H

#include <stddef.h>
#include <stdint.h>

enum {
	RMQI_VERSION_UNTOLD = -1, /* the peer has not spoken yet; 0: it speaks, but does not tell */
	RMQI_VERSION_TIMER = 413, /* V5_0_0 */
	RMQI_VERSION_POP = 413,
	RMQI_VERSION_BATCH_ACK = 439, /* V5_1_3 */
	RMQI_VERSION_RECALL = 477,    /* V5_3_2 */
	RMQI_VERSION_PRIORITY = 493,  /* V5_4_0 */
	RMQI_VERSION_LITE = 513       /* V5_5_0 */
};

enum { RMQI_VERSION_SIZE = 24 };

/* "5.3.3", "3.x" below 4.0.0, "higher than 5.9.9", "unknown" for 0 and less. Returns buf. */
const char *rmqi_version_text(int32_t version, char buf[RMQI_VERSION_SIZE]);

#endif
