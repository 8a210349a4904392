/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/replica.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mock-broker/store/big_endian.h"
#include "mock-broker/store/follow.h"
#include "mock-broker/store/record.h"
#include "mock-broker/store/recovery.h"
#include "mock-broker/store/store_state.h"

enum {
	HEAD_SIZE = 8,  /* size and magic, which tell how long a record is */
	FOLLOW_MAX = 64 /* records that an index which is behind reads with each stretch */
};

bool mb_store_bytes(const struct mb_store *s, int64_t offset, struct rmqi_cursor *out)
{
	return offset < s->commit_log.files.end && mb_files_read(&s->commit_log.files, offset, out);
}

void mb_replica_init(struct mb_store *s)
{
	s->replica = (struct mb_replica){.is_one = true, .told = s->commit_log.files.end};
}

int64_t mb_replica_end(const struct mb_store *s)
{
	return s->replica.has_parted ? s->replica.told : s->commit_log.files.end;
}

/* --- Bytes ------------------------------------------------------------------------------ */

/* The first bytes of an empty log: its first file is the one that they belong to. */
static enum rmq_error begin_at(struct mb_store *s, int64_t offset)
{
	struct mb_files *files = &s->commit_log.files;
	enum rmq_error err;

	if (offset < 0 || offset > INT64_MAX - 2 * (int64_t)files->file_size ||
	    offset % (int64_t)files->file_size != 0)
		return RMQ_ERR_STATE;
	err = mb_files_make(files, offset);
	if (err == RMQ_OK)
		s->replica.told = offset;
	return err;
}

enum rmq_error mb_replica_expect(struct mb_store *s, int64_t offset, size_t len)
{
	struct mb_files *files = &s->commit_log.files;
	enum rmq_error err = RMQ_OK;

	if (s->replica.has_parted)
		return RMQ_ERR_CORRUPT;
	if (!mb_store_is_writable(s))
		return RMQ_ERR_IO;
	if (files->count == 0) {
		if (len == 0)
			return RMQ_OK;
		err = begin_at(s, offset);
	}
	if (err != RMQ_OK)
		return err;
	if (offset != files->end)
		return RMQ_ERR_STATE;
	return len <= mb_files_left(files) ? RMQ_OK : RMQ_ERR_TOO_LARGE;
}

enum rmq_error mb_replica_room(struct mb_store *s, uint8_t **at, size_t *len)
{
	struct mb_files *files = &s->commit_log.files;
	size_t left = mb_files_left(files);
	enum rmq_error err;

	if (*len > left)
		*len = left;
	err = mb_files_reserve(files, *len, at);
	if (err != RMQ_OK && !s->is_full)
		RMQI_LOG(s->log, RMQ_LOG_ERROR, "%s: no room for what the master sends (%s)",
			 s->root, err == RMQ_ERR_IO ? strerror(errno) : rmq_error_text(err));
	s->is_full = err != RMQ_OK;
	return err;
}

/* --- Records ------------------------------------------------------------------------------ */

/* Does what stands there go on behind what we have? */
static bool is_cut_off(struct rmqi_cursor rest, size_t left)
{
	uint32_t total;

	if (rest.len < HEAD_SIZE)
		return true;
	total = mb_get_u32(rest.ptr);
	return mb_get_u32(rest.ptr + 4) != RMQI_MESSAGE_MAGIC_BLANK && total > rest.len &&
	       total <= left - MB_BLANK_SIZE;
}

static void tell(struct mb_store *s, const struct mb_record *r)
{
	const struct mb_arrival arrival = {
		.topic = r->topic,
		.properties = r->properties,
		.physical_offset = r->physical_offset,
		.queue_offset = r->queue_offset,
		.tags_code = mb_tags_code(&s->delays, r->topic, r->properties, r->store_timestamp),
		.store_timestamp = r->store_timestamp,
		.prepared_transaction_offset = r->prepared_transaction_offset,
		.size = r->size,
		.queue_id = r->queue_id,
		.sys_flag = r->sys_flag,
		.in_queue = mb_record_has_entry(r->sys_flag),
	};

	mb_store_tell(s, &arrival);
}

static enum rmq_error part(struct mb_store *s)
{
	s->replica.has_parted = true;
	RMQI_LOG(s->log, RMQ_LOG_ERROR,
		 "%s: what the master sends for %" PRId64
		 " is no record of that place: the logs have parted, and nothing more is taken",
		 s->root, s->replica.told);
	return RMQ_ERR_CORRUPT;
}

static enum rmq_error take_record(struct mb_store *s, const struct mb_record *r)
{
	enum rmq_error err = mb_recovery_dispatch(s, r);

	if (err != RMQ_OK) {
		RMQI_LOG(s->log, RMQ_LOG_ERROR, "%s: no queue entry for the record at %" PRId64
						": %s; it is tried again",
			 s->root, r->physical_offset, rmq_error_text(err));
		return err;
	}
	s->last_store_ms = r->store_timestamp;
	s->replica.told += (int64_t)r->size;
	tell(s, r);
	return RMQ_OK;
}

enum rmq_error mb_replica_catch_up(struct mb_store *s)
{
	struct mb_files *files = &s->commit_log.files;
	struct mb_replica *replica = &s->replica;
	enum rmq_error err = replica->has_parted ? RMQ_ERR_CORRUPT : RMQ_OK;
	struct rmqi_cursor rest;
	struct mb_record r;

	while (err == RMQ_OK && replica->told < files->end) {
		size_t left = (size_t)(mb_commit_log_next_file(&s->commit_log, replica->told) - replica->told);

		if (!mb_files_read(files, replica->told, &rest) || is_cut_off(rest, left))
			break;
		switch (mb_record_check(rest, left, replica->told, false, &r)) {
		case MB_RECORD_MESSAGE:
			err = take_record(s, &r);
			break;
		case MB_RECORD_BLANK:
			replica->told += (int64_t)left;
			break;
		case MB_RECORD_NONE:
		case MB_RECORD_BAD:
			err = part(s);
			break;
		}
	}
	/* It reads whole records only. */
	if (s->index.is_behind && replica->told == files->end)
		mb_index_follow(s, FOLLOW_MAX);
	return err;
}

enum rmq_error mb_replica_took(struct mb_store *s, size_t len)
{
	mb_files_advance(&s->commit_log.files, len);
	mb_flush_touch(&s->flush);
	return mb_replica_catch_up(s);
}
