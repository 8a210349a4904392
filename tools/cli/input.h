/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.h - cuts what a descriptor gives into records.
 *
 * Thread: one owner.
 */
#ifndef TOOLS_CLI_INPUT_H
#define TOOLS_CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/text.h"

enum { INPUT_RECORD_MAX = 64 * 1024 * 1024 };

enum input_got {
	INPUT_RECORD,
	INPUT_TOO_LONG, /* a record of more than INPUT_RECORD_MAX bytes was passed over */
	INPUT_LATER,    /* nothing is there now */
	INPUT_STOPPED,  /* the program is to stop (stop.h) */
	INPUT_END,
	INPUT_FAILED /* errno */
};

struct input {
	int fd;
	const char *delimiter; /* borrowed; NULL: all of it is one record */
	size_t delimiter_len;
	bool is_tee; /* what is read goes to stdout, too */

	struct text data; /* read, not handed out yet */
	size_t at;        /* what was handed out */
	size_t searched;  /* behind it: holds no delimiter */
	bool is_skipping; /* a record that is too long */
	bool is_ended;
};

void input_init(struct input *in, int fd, const char *delimiter, size_t delimiter_len);
void input_deinit(struct input *in);
/* The next record, borrowed until the next call. may_wait false: INPUT_LATER rather than to wait. What stands
 * behind the last delimiter is a record if it is not empty. */
enum input_got input_next(struct input *in, bool may_wait, const char **record, size_t *len);

#endif
