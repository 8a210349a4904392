/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - one record of the commit log; the layout stands in codec/message.h.
 *
 * A record at offset p is valid when
 *
 *   - its size word is what its lengths add up to and leaves 8 bytes of the file (the blank record),
 *   - its magic is V1 or V2,
 *   - its physicalOffset is p (so bytes of a body, or of a former life of the file, are no record),
 *   - its topic may be a folder's name and its queue id and queue offset are not negative,
 *   - the CRC of a body that is not empty is that of the body,
 *   - its properties do not end with a zero byte: the end of the record did not reach the disk,
 *   - with MB_CHECK_RECORD: when they end with __CRC32#, that is the checksum of all before it.
 *
 * Without that property (enabledAppendPropCRC, off as in Apache) nothing is a checksum over the other fields: a zeroed
 * sector in the middle of long properties is not seen. With the setting off it is not looked at: Apache keeps one
 * that a client has sent. Ours takes it away when it puts.
 *
 *     __CRC32# 01 | ten digits, the last one of the number first | 02      20 bytes (MessageDecoder.createCrc32)
 *
 * A writer stores the size word last: the record of a process that died while
 * it wrote has size 0 and is not there.
 *
 * The last record of a file is blank: size u32 = all that is left | magic u32 0xCBD43194.
 * At least these 8 bytes always remain.
 */
#ifndef MB_STORE_RECORD_H
#define MB_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "codec/message.h"

enum {
	MB_BLANK_SIZE = 8,
	MB_RECORD_CRC_SIZE = 20,
	MB_TOPIC_NAME_MAX = 255 /* bytes: NAME_MAX */
};

/* A queue offset at or above it is no queue offset: 20 times it still is a file offset. */
#define MB_QUEUE_OFFSET_MAX (INT64_C(1) << 52)

/* The properties of a message that is put: its own, and behind them those that it gets, which are one text
 * for many. Where both are there, a separator stands between them. */
struct mb_put_properties {
	struct rmqi_str own;
	struct rmqi_str shared;
	bool has_crc; /* the checksum of the record comes last */
};

/* Does a separator (MessageDecoder.PROPERTY_SEPARATOR) have to be put behind these, when something follows? */
static inline bool mb_properties_are_open(struct rmqi_str p)
{
	return p.len > 0 && p.ptr[p.len - 1] != 0x02;
}

static inline bool mb_put_properties_are_open(const struct mb_put_properties *p)
{
	return p->shared.len > 0 && mb_properties_are_open(p->own);
}

/* The same behind all of them: the checksum follows. */
static inline bool mb_put_properties_end_open(const struct mb_put_properties *p)
{
	return mb_properties_are_open(p->shared.len > 0 ? p->shared : p->own);
}

static inline size_t mb_put_properties_len(const struct mb_put_properties *p)
{
	size_t len = p->own.len + (mb_put_properties_are_open(p) ? 1 : 0) + p->shared.len;

	if (p->has_crc)
		len += MB_RECORD_CRC_SIZE + (mb_put_properties_end_open(p) ? 1u : 0u);
	return len;
}

/* As rmqi_message_size, with so many bytes of properties. */
static inline size_t mb_record_size(const struct rmqi_stored_message *m, size_t properties_len)
{
	return RMQI_MESSAGE_FIXED_V4 + (m->born_host.is_v6 ? 12u : 0) +
	       (m->store_host.is_v6 ? 12u : 0) + (m->is_v2 ? 1u : 0) + m->body.len + m->topic.len +
	       properties_len;
}

/* Writes all but the size word into the `size` bytes at `at`. size = rmqi_message_size(m). */
void mb_record_write(uint8_t *at, size_t size, const struct rmqi_stored_message *m);
/* The same with these properties in the place of m->properties: size is that of the message with them. Returns
 * them as they stand in the record. */
struct rmqi_str mb_record_write_with(uint8_t *at, size_t size,
				     const struct rmqi_stored_message *m,
				     const struct mb_put_properties *p);
/* Stores the size word: from here on it is a record. */
void mb_record_publish(uint8_t *at, size_t size);
/* A blank record over the `left` bytes to the file's end; left >= MB_BLANK_SIZE. */
void mb_record_write_blank(uint8_t *at, size_t left);

/* What the store itself wants to know of a record; the rest is for the client. */
struct mb_record {
	size_t size;
	uint32_t body_crc;
	int32_t queue_id;
	int64_t queue_offset;
	int64_t physical_offset;
	int32_t sys_flag;
	int64_t store_timestamp;
	int64_t prepared_transaction_offset;
	struct rmqi_cursor body; /* borrowed from the record, as are topic and properties */
	struct rmqi_str topic;
	struct rmqi_str properties;
};

/* False when it is no message: a strange magic, or a size that is not what its lengths add up to.
 * `record` holds it and nothing else. */
bool mb_record_read(struct rmqi_cursor record, struct mb_record *out);
/* Prepared and rolled back halves have no queue entry. */
static inline bool mb_record_has_entry(int32_t sys_flag)
{
	int32_t kind = sys_flag & RMQI_SYS_TRANSACTION_MASK;

	return kind != RMQI_SYS_PREPARED && kind != RMQI_SYS_ROLLBACK;
}

enum mb_record_kind {
	MB_RECORD_MESSAGE,
	MB_RECORD_BLANK,
	MB_RECORD_NONE, /* zeroes: nothing was written here */
	MB_RECORD_BAD
};

enum { MB_CHECK_NONE = 0, MB_CHECK_BODY = 1, MB_CHECK_RECORD = 2 }; /* which checksums */

/* Judges what stands at `offset`. `rest` are the bytes from there that can be read, the file goes on for
 * `left`. MESSAGE: *out is it. `checks`: bits of MB_CHECK_. */
enum mb_record_kind mb_record_check(struct rmqi_cursor rest, size_t left, int64_t offset,
				    unsigned checks, struct mb_record *out);

/* The properties without a checksum at their end; the first is its slow part. */
struct rmqi_str mb_properties_cut_crc(struct rmqi_str properties);
static inline struct rmqi_str mb_properties_without_crc(struct rmqi_str properties)
{
	bool may_be_there = properties.len >= MB_RECORD_CRC_SIZE &&
			    properties.ptr[properties.len - MB_RECORD_CRC_SIZE] == '_';

	return may_be_there ? mb_properties_cut_crc(properties) : properties;
}

/* Do they end as no properties do? A put refuses them, so that recovery may. */
static inline bool mb_properties_are_torn(struct rmqi_str properties)
{
	return properties.len > 0 && properties.ptr[properties.len - 1] == '\0';
}
/* May it be the name of a folder? */
bool mb_topic_is_safe(struct rmqi_str topic);

#endif
