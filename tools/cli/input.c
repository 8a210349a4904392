/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/input.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/output.h"
#include "tools/cli/stop.h"

enum { PIECE = 64 * 1024 };

void input_init(struct input *in, int fd, const char *delimiter, size_t delimiter_len)
{
	*in = (struct input){.fd = fd, .delimiter = delimiter, .delimiter_len = delimiter_len};
}

void input_deinit(struct input *in)
{
	text_free(&in->data);
}

/* The place of the delimiter behind `at`, or NULL; what was searched is not searched again. */
static const char *find(struct input *in)
{
	size_t from = in->at > in->searched ? in->at : in->searched;
	const char *found;

	if (!in->delimiter || in->data.len == from)
		return NULL;
	found = memmem(in->data.data + from, in->data.len - from, in->delimiter, in->delimiter_len);
	if (!found && in->data.len >= in->delimiter_len)
		in->searched = in->data.len - in->delimiter_len + 1;
	return found;
}

static void drop_taken(struct input *in)
{
	text_drop(&in->data, in->at);
	in->searched = in->searched > in->at ? in->searched - in->at : 0;
	in->at = 0;
}

/* A record that is too long is forgotten as it comes, but for what may be the beginning of its delimiter. */
static void skip(struct input *in)
{
	size_t keep = in->delimiter ? in->delimiter_len - 1 : 0;

	if (in->data.len - in->at <= (in->is_skipping ? keep : INPUT_RECORD_MAX))
		return;
	in->is_skipping = true;
	in->at = in->data.len - keep;
}

/* INPUT_RECORD: something came, or the end did. */
static enum input_got read_more(struct input *in, bool may_wait)
{
	char piece[PIECE];
	ssize_t got;

	drop_taken(in);
	if (!stop_wait_for(in->fd, POLLIN, may_wait ? -1 : 0))
		return stop_wanted() ? INPUT_STOPPED : INPUT_LATER;
	got = read(in->fd, piece, sizeof(piece));
	if (got < 0)
		return errno == EINTR || errno == EAGAIN ? INPUT_RECORD : INPUT_FAILED;
	if (got == 0)
		in->is_ended = true;
	if (in->is_tee && got > 0 && (!output_add(piece, (size_t)got) || !output_flush()))
		return INPUT_STOPPED;
	text_add(&in->data, piece, (size_t)got);
	errno = ENOMEM;
	return in->data.is_broken ? INPUT_FAILED : INPUT_RECORD;
}

static enum input_got hand_out(struct input *in, size_t len, size_t behind, const char **record,
			       size_t *out_len)
{
	bool is_too_long = in->is_skipping;

	*record = in->data.data + in->at;
	*out_len = len;
	in->at += len + behind;
	in->is_skipping = false;
	return is_too_long ? INPUT_TOO_LONG : INPUT_RECORD;
}

enum input_got input_next(struct input *in, bool may_wait, const char **record, size_t *len)
{
	for (;;) {
		const char *end = find(in);
		size_t left = in->data.len - in->at;
		enum input_got got;

		if (end)
			return hand_out(in, (size_t)(end - in->data.data) - in->at,
					in->delimiter_len, record, len);
		if (in->is_ended && (left || in->is_skipping))
			return hand_out(in, left, 0, record, len);
		if (in->is_ended)
			return INPUT_END;
		skip(in);
		got = read_more(in, may_wait);
		if (got != INPUT_RECORD)
			return got;
	}
}
