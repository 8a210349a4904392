/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw.h - what a bench is measured against: one blocking socket, one thread,
 * frames that were encoded before, answers of which only the length, the code
 * and the opaque are read.
 *
 * Thread: one owner at a time.
 */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/str.h"
#include "codec/command.h"
#include "codec/schema.h"

struct raw {
	int fd;
	uint8_t *input;
	size_t at; /* of the first byte that was not taken */
	size_t end;
};

struct raw_answer {
	int32_t code;
	int32_t opaque;
	struct rmqi_cursor frame; /* all of it; until the next raw_read, as `body` */
	struct rmqi_cursor body;
};

/* Numeric address. */
void raw_open(struct raw *r, const char *address);
void raw_close(struct raw *r);
/* All of it; blocks. */
void raw_write(struct raw *r, const void *bytes, size_t len);
/* One recv, which blocks; what was not taken stays. */
void raw_read(struct raw *r);
/* The next whole answer that was read; false: raw_read again. */
bool raw_take(struct raw *r, struct raw_answer *out);
/* Writes one request and reads until its answer is there. */
void raw_call(struct raw *r, const void *bytes, size_t len, struct raw_answer *out);

/* Appends one whole request. */
void raw_encode(struct rmqi_buf *out, enum rmqi_serialization serialization, int32_t code,
		int32_t opaque, const struct rmqi_header_desc *desc, const void *header,
		struct rmqi_cursor body);

#endif
