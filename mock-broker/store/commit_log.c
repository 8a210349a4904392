/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/commit_log.h"

bool mb_commit_log_fits_here(const struct mb_commit_log *l, size_t size)
{
	return size <= mb_files_left(&l->files) - MB_BLANK_SIZE;
}

/* The next file comes first: without it the blank record would close the only one we have. */
static enum rmq_error close_file(struct mb_commit_log *l, size_t left)
{
	struct mb_files *files = &l->files;
	uint8_t *at;
	enum rmq_error err = mb_files_make(files, files->end + (int64_t)left);

	if (err == RMQ_OK)
		err = mb_files_reserve(files, MB_BLANK_SIZE, &at);
	if (err != RMQ_OK)
		return err;
	mb_record_write_blank(at, left);
	mb_files_close_tail(files);
	return RMQ_OK;
}

enum rmq_error mb_commit_log_reserve(struct mb_commit_log *l, size_t size, struct mb_space *out)
{
	enum rmq_error err = RMQ_OK;

	if (!mb_commit_log_fits_here(l, size))
		err = close_file(l, mb_files_left(&l->files));
	if (err == RMQ_OK)
		err = mb_files_reserve(&l->files, size, &out->at);
	if (err == RMQ_OK)
		out->offset = l->files.end;
	return err;
}

bool mb_commit_log_read(const struct mb_commit_log *l, int64_t offset, size_t size,
			struct rmqi_cursor *out)
{
	struct rmqi_cursor rest;

	return mb_files_read(&l->files, offset, &rest) && rmqi_cursor_take(&rest, size, out);
}

int64_t mb_commit_log_next_file(const struct mb_commit_log *l, int64_t offset)
{
	int64_t size = (int64_t)l->files.file_size;

	return offset - offset % size + size;
}

enum mb_record_kind mb_commit_log_look(const struct mb_commit_log *l, int64_t offset,
				       unsigned checks, struct mb_record *out)
{
	struct rmqi_cursor rest;

	if (!mb_files_read(&l->files, offset, &rest))
		return MB_RECORD_NONE;
	return mb_record_check(rest, (size_t)(mb_commit_log_next_file(l, offset) - offset), offset,
			       checks, out);
}
