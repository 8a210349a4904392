/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/record.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "codec/crc32.h"
#include "codec/properties.h"
#include "mock-broker/store/big_endian.h"

enum { PAIR_END = 0x02 }; /* MessageDecoder.PROPERTY_SEPARATOR */
enum { DIGITS = 10, AT_DIGITS = 9 }; /* of the checksum's property */
enum { AT_MAGIC = 4, AT_CRC = 8, AT_BORN_HOST = 48 };

/* Each writes at `at`, unchecked, and returns what is behind it. */

static inline uint8_t *put_u16(uint8_t *at, size_t v)
{
	mb_put_u16(at, (uint16_t)v);
	return at + sizeof(uint16_t);
}

static inline uint8_t *put_u32(uint8_t *at, uint32_t v)
{
	mb_put_u32(at, v);
	return at + sizeof(uint32_t);
}

static inline uint8_t *put_i32(uint8_t *at, int32_t v)
{
	return put_u32(at, (uint32_t)v);
}

static inline uint8_t *put_i64(uint8_t *at, int64_t v)
{
	mb_put_i64(at, v);
	return at + sizeof(int64_t);
}

static inline uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t len)
{
	rmqi_memcpy(at, bytes, len);
	return at + len;
}

static inline uint8_t *put_host(uint8_t *at, const struct rmqi_host *h)
{
	size_t len = h->is_v6 ? 16 : 4;

	if (h->is_v6)
		memcpy(at, h->ip, 16);
	else
		memcpy(at, h->ip, 4);
	return put_u32(at + len, h->port);
}

static uint8_t *put_properties(uint8_t *at, const struct mb_put_properties *p)
{
	at = put_bytes(at, p->own.ptr, p->own.len);
	if (mb_put_properties_are_open(p))
		*at++ = PAIR_END;
	return put_bytes(at, p->shared.ptr, p->shared.len);
}

/* The bits say how the hosts are written, so the hosts decide. */
static int32_t sys_flag_of(const struct rmqi_stored_message *m)
{
	int32_t flag = m->sys_flag & ~(RMQI_SYS_BORN_V6 | RMQI_SYS_STORE_V6);

	return flag | (m->born_host.is_v6 ? RMQI_SYS_BORN_V6 : 0) |
	       (m->store_host.is_v6 ? RMQI_SYS_STORE_V6 : 0);
}

static uint32_t body_crc(struct rmqi_cursor body)
{
	return body.len ? rmqi_crc32_31(body.ptr, body.len) : 0;
}

static uint8_t *put_topic(uint8_t *at, const struct rmqi_stored_message *m)
{
	if (m->is_v2)
		at = put_u16(at, m->topic.len); /* topicLen, V2 */
	else
		*at++ = (uint8_t)m->topic.len;            /* topicLen, V1 */
	return put_bytes(at, m->topic.ptr, m->topic.len); /* topic */
}

/* What stands before the body. */
static uint8_t *put_fixed(uint8_t *at, const struct rmqi_stored_message *m)
{
	at = put_u32(at, m->is_v2 ? RMQI_MESSAGE_MAGIC_V2 : RMQI_MESSAGE_MAGIC_V1); /* magic */
	at = put_u32(at, body_crc(m->body));                                        /* bodyCRC */
	at = put_i32(at, m->queue_id);                                              /* queueId */
	at = put_i32(at, m->flag);                                                  /* flag */
	at = put_i64(at, m->queue_offset);                  /* queueOffset */
	at = put_i64(at, m->physical_offset);               /* physicalOffset */
	at = put_i32(at, sys_flag_of(m));                   /* sysFlag */
	at = put_i64(at, m->born_timestamp);                /* bornTimestamp */
	at = put_host(at, &m->born_host);                   /* bornHost */
	at = put_i64(at, m->store_timestamp);               /* storeTimestamp */
	at = put_host(at, &m->store_host);                  /* storeHost */
	at = put_i32(at, m->reconsume_times);               /* reconsumeTimes */
	return put_i64(at, m->prepared_transaction_offset); /* preparedTransactionOffset */
}

/* MessageDecoder.createCrc32 */
static void put_digits(uint8_t *at, uint32_t crc)
{
	memcpy(at, RMQI_PROP_CRC32 "\001", AT_DIGITS);
	for (size_t i = 0; i < DIGITS; i++) {
		at[AT_DIGITS + i] = (uint8_t)('0' + crc % 10);
		crc /= 10;
	}
	at[AT_DIGITS + DIGITS] = PAIR_END;
}

/* Of a record of that size, but for its last property. The word of the size is not there yet. */
static uint32_t record_crc(const uint8_t *record, size_t size)
{
	uint8_t word[sizeof(uint32_t)];
	uint32_t crc;

	mb_put_u32(word, (uint32_t)size);
	crc = rmqi_crc32(word, sizeof(word));
	return rmqi_crc32_on(crc, record + sizeof(word),
			     size - sizeof(word) - MB_RECORD_CRC_SIZE) &
	       0x7FFFFFFFu;
}

/* `at` is behind the other properties, and the end of the record behind the checksum. */
static uint8_t *put_crc(uint8_t *at, size_t size, bool is_open)
{
	uint8_t *record;

	if (is_open)
		*at++ = PAIR_END;
	record = at + MB_RECORD_CRC_SIZE - size;
	put_digits(at, record_crc(record, size));
	return at + MB_RECORD_CRC_SIZE;
}

struct rmqi_str mb_record_write_with(uint8_t *at, size_t size,
				     const struct rmqi_stored_message *m,
				     const struct mb_put_properties *p)
{
	const uint8_t *last = at + size;
	uint8_t *text, *end;
	size_t len;

	at = put_fixed(at + sizeof(uint32_t), m);     /* total: later */
	at = put_u32(at, (uint32_t)m->body.len);      /* bodyLen */
	at = put_bytes(at, m->body.ptr, m->body.len); /* body */
	at = put_topic(at, m);                        /* topicLen, topic */
	text = at + sizeof(uint16_t);
	/* A longer record would run over its neighbour. */
	assert(text + mb_put_properties_len(p) == last);
	len = (size_t)(last - text);
	put_u16(at, len);                /* propertiesLen */
	end = put_properties(text, p);   /* properties */
	if (p->has_crc)
		end = put_crc(end, size, mb_put_properties_end_open(p));
	assert(end == last);
	(void)end;
	return rmqi_str_n(text, len);
}

void mb_record_write(uint8_t *at, size_t size, const struct rmqi_stored_message *m)
{
	const struct mb_put_properties p = {.own = m->properties};

	mb_record_write_with(at, size, m, &p);
}

void mb_record_publish(uint8_t *at, size_t size)
{
	/* Nothing above may be moved below: what is written after the word is lost with the process. */
	atomic_signal_fence(memory_order_release);
	mb_put_u32(at, (uint32_t)size);
}

void mb_record_write_blank(uint8_t *at, size_t left)
{
	mb_put_u32(at + sizeof(uint32_t), RMQI_MESSAGE_MAGIC_BLANK);
	mb_record_publish(at, left);
}

bool mb_topic_is_safe(struct rmqi_str topic)
{
	return topic.len > 0 && topic.len <= MB_TOPIC_NAME_MAX &&
	       !memchr(topic.ptr, '/', topic.len) && !memchr(topic.ptr, '\0', topic.len) &&
	       !rmqi_str_is(topic, ".") && !rmqi_str_is(topic, "..");
}

static size_t host_size(bool is_v6)
{
	return is_v6 ? 20 : 8;
}

static bool read_topic(struct rmqi_cursor *c, bool is_v2, struct rmqi_str *topic)
{
	uint8_t len = 0;
	uint16_t long_len = 0;

	if (is_v2)
		return rmqi_cursor_u16(c, &long_len) && rmqi_cursor_take_str(c, long_len, topic);
	/* Java reads it as a signed byte. */
	return rmqi_cursor_u8(c, &len) && len <= INT8_MAX && rmqi_cursor_take_str(c, len, topic);
}

/* The parts of variable length, up to the end of the record. */
static bool read_tail(struct rmqi_cursor *c, bool is_v2, struct mb_record *r)
{
	uint32_t body_len;
	uint16_t properties_len;

	return rmqi_cursor_u32(c, &body_len) && body_len <= INT32_MAX &&
	       rmqi_cursor_take(c, body_len, &r->body) && /* body */
	       read_topic(c, is_v2, &r->topic) &&         /* topic */
	       rmqi_cursor_u16(c, &properties_len) && properties_len <= INT16_MAX &&
	       rmqi_cursor_take_str(c, properties_len, &r->properties) && /* properties */
	       c->len == 0;
}

static bool is_magic(uint32_t magic)
{
	return magic == RMQI_MESSAGE_MAGIC_V1 || magic == RMQI_MESSAGE_MAGIC_V2;
}

/* Every message that is read passes here: up to the first host all stands at fixed places, and is there, since no
 * record is smaller. */
bool mb_record_read(struct rmqi_cursor record, struct mb_record *out)
{
	const uint8_t *p = record.ptr;
	struct mb_record r = {.size = record.len};
	struct rmqi_cursor c = record;
	size_t born, store, head;

	if (record.len < RMQI_MESSAGE_FIXED_V4 || mb_get_u32(p) != record.len ||
	    !is_magic(mb_get_u32(p + AT_MAGIC)))
		return false;
	r.body_crc = mb_get_u32(p + AT_CRC);
	r.queue_id = (int32_t)mb_get_u32(p + RMQI_MESSAGE_AT_QUEUE_ID);
	r.queue_offset = mb_get_i64(p + RMQI_MESSAGE_AT_QUEUE_OFFSET);
	r.physical_offset = mb_get_i64(p + RMQI_MESSAGE_AT_PHYSICAL_OFFSET);
	r.sys_flag = (int32_t)mb_get_u32(p + RMQI_MESSAGE_AT_SYSFLAG);
	born = host_size(r.sys_flag & RMQI_SYS_BORN_V6);
	store = host_size(r.sys_flag & RMQI_SYS_STORE_V6);
	r.store_timestamp = mb_get_i64(p + AT_BORN_HOST + born);
	head = AT_BORN_HOST + born + sizeof(uint64_t) + store +
	       sizeof(uint32_t); /* reconsumeTimes */
	if (!rmqi_cursor_skip(&c, head + sizeof(uint64_t)))
		return false;
	r.prepared_transaction_offset = mb_get_i64(p + head);
	if (!read_tail(&c, mb_get_u32(p + AT_MAGIC) == RMQI_MESSAGE_MAGIC_V2, &r))
		return false;
	*out = r;
	return true;
}

static bool ends_with_crc(struct rmqi_str properties)
{
	const char *at;

	if (properties.len < MB_RECORD_CRC_SIZE || properties.ptr[properties.len - 1] != PAIR_END)
		return false;
	at = properties.ptr + properties.len - MB_RECORD_CRC_SIZE;
	return memcmp(at, RMQI_PROP_CRC32 "\001", AT_DIGITS) == 0;
}

struct rmqi_str mb_properties_cut_crc(struct rmqi_str properties)
{
	while (ends_with_crc(properties))
		properties.len -= MB_RECORD_CRC_SIZE;
	return properties;
}

/* There is none, or it is right. */
static bool is_crc_right(const struct mb_record *r, const uint8_t *record)
{
	uint8_t expected[MB_RECORD_CRC_SIZE];
	const uint8_t *at = record + r->size - MB_RECORD_CRC_SIZE;

	if (!ends_with_crc(r->properties))
		return true;
	put_digits(expected, record_crc(record, r->size));
	return memcmp(at, expected, MB_RECORD_CRC_SIZE) == 0;
}

static bool is_valid(const struct mb_record *r, int64_t offset, unsigned checks)
{
	return r->physical_offset == offset && r->queue_id >= 0 && r->queue_offset >= 0 &&
	       r->queue_offset < MB_QUEUE_OFFSET_MAX && mb_topic_is_safe(r->topic) &&
	       !mb_properties_are_torn(r->properties) &&
	       (!(checks & MB_CHECK_BODY) || r->body_crc == body_crc(r->body));
}

enum mb_record_kind mb_record_check(struct rmqi_cursor rest, size_t left, int64_t offset,
				    unsigned checks, struct mb_record *out)
{
	struct rmqi_cursor at = rest, head = rest, record;
	struct mb_record r;
	uint32_t total, magic;

	if (!(rmqi_cursor_u32(&head, &total) && rmqi_cursor_u32(&head, &magic)))
		return MB_RECORD_NONE;
	if (total == 0 && magic == 0)
		return MB_RECORD_NONE;
	if (magic == RMQI_MESSAGE_MAGIC_BLANK)
		return total == left ? MB_RECORD_BLANK : MB_RECORD_BAD;
	if (!rmqi_cursor_take(&at, total, &record) || left - total < MB_BLANK_SIZE ||
	    !mb_record_read(record, &r) || !is_valid(&r, offset, checks) ||
	    ((checks & MB_CHECK_RECORD) && !is_crc_right(&r, record.ptr)))
		return MB_RECORD_BAD;
	*out = r;
	return MB_RECORD_MESSAGE;
}
