/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/record.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "codec/crc32.h"
#include "mock-broker/store/big_endian.h"

/* Writes forward inside the bytes it was given. */
struct writer {
	uint8_t *at;
	size_t left;
};

/* The next `len` bytes, now written. */
static uint8_t *take(struct writer *w, size_t len)
{
	uint8_t *at = w->at;

	/* The size was computed before; a longer record would run over its neighbour. */
	assert(len <= w->left);
	w->at += len;
	w->left -= len;
	return at;
}

static void put(struct writer *w, const void *bytes, size_t len)
{
	rmqi_memcpy(take(w, len), bytes, len);
}

static void put_u8(struct writer *w, size_t v)
{
	*take(w, sizeof(uint8_t)) = (uint8_t)v;
}

static void put_u16(struct writer *w, size_t v)
{
	mb_put_u16(take(w, sizeof(uint16_t)), (uint16_t)v);
}

static void put_u32(struct writer *w, uint32_t v)
{
	mb_put_u32(take(w, sizeof(uint32_t)), v);
}

static void put_i32(struct writer *w, int32_t v)
{
	put_u32(w, (uint32_t)v);
}

static void put_i64(struct writer *w, int64_t v)
{
	mb_put_i64(take(w, sizeof(int64_t)), v);
}

static void put_host(struct writer *w, const struct rmqi_host *h)
{
	if (h->is_v6)
		memcpy(take(w, 16), h->ip, 16);
	else
		memcpy(take(w, 4), h->ip, 4);
	put_u32(w, h->port);
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

void mb_record_write(uint8_t *at, size_t size, const struct rmqi_stored_message *m)
{
	struct writer w = {at + sizeof(uint32_t), size - sizeof(uint32_t)}; /* total: later */

	put_u32(&w, m->is_v2 ? RMQI_MESSAGE_MAGIC_V2 : RMQI_MESSAGE_MAGIC_V1); /* magic */
	put_u32(&w, body_crc(m->body));                                        /* bodyCRC */
	put_i32(&w, m->queue_id);                                              /* queueId */
	put_i32(&w, m->flag);                                                  /* flag */
	put_i64(&w, m->queue_offset);                                          /* queueOffset */
	put_i64(&w, m->physical_offset);                                       /* physicalOffset */
	put_i32(&w, sys_flag_of(m));                                           /* sysFlag */
	put_i64(&w, m->born_timestamp);                                        /* bornTimestamp */
	put_host(&w, &m->born_host);                                           /* bornHost */
	put_i64(&w, m->store_timestamp);                                       /* storeTimestamp */
	put_host(&w, &m->store_host);                                          /* storeHost */
	put_i32(&w, m->reconsume_times);                                       /* reconsumeTimes */
	put_i64(&w, m->prepared_transaction_offset); /* preparedTransactionOffset */
	put_u32(&w, (uint32_t)m->body.len);          /* bodyLen */
	put(&w, m->body.ptr, m->body.len);           /* body */
	if (m->is_v2)
		put_u16(&w, m->topic.len); /* topicLen, V2 */
	else
		put_u8(&w, m->topic.len);              /* topicLen, V1 */
	put(&w, m->topic.ptr, m->topic.len);           /* topic */
	put_u16(&w, m->properties.len);                /* propertiesLen */
	put(&w, m->properties.ptr, m->properties.len); /* properties */
	/* The size is that of the message. */
	assert(w.left == 0);
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

bool mb_properties_are_torn(struct rmqi_str properties)
{
	return properties.len > 0 && properties.ptr[properties.len - 1] == '\0';
}

bool mb_record_has_entry(int32_t sys_flag)
{
	int32_t kind = sys_flag & RMQI_SYS_TRANSACTION_MASK;

	return kind != RMQI_SYS_PREPARED && kind != RMQI_SYS_ROLLBACK;
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

bool mb_record_read(struct rmqi_cursor record, struct mb_record *out)
{
	struct rmqi_cursor c = record;
	struct mb_record r = {.size = record.len};
	uint32_t size, magic;

	if (!(rmqi_cursor_u32(&c, &size) && /* total */
	      rmqi_cursor_u32(&c, &magic))) /* magic */
		return false;
	if (size != record.len ||
	    (magic != RMQI_MESSAGE_MAGIC_V1 && magic != RMQI_MESSAGE_MAGIC_V2))
		return false;
	if (!(rmqi_cursor_u32(&c, &r.body_crc) &&                               /* bodyCRC */
	      rmqi_cursor_i32(&c, &r.queue_id) &&                               /* queueId */
	      rmqi_cursor_skip(&c, sizeof(uint32_t)) &&                         /* flag */
	      rmqi_cursor_i64(&c, &r.queue_offset) &&                           /* queueOffset */
	      rmqi_cursor_i64(&c, &r.physical_offset) &&                        /* physicalOffset */
	      rmqi_cursor_i32(&c, &r.sys_flag) &&                               /* sysFlag */
	      rmqi_cursor_skip(&c, sizeof(uint64_t)) &&                         /* bornTimestamp */
	      rmqi_cursor_skip(&c, host_size(r.sys_flag & RMQI_SYS_BORN_V6)) && /* bornHost */
	      rmqi_cursor_i64(&c, &r.store_timestamp) &&                        /* storeTimestamp */
	      rmqi_cursor_skip(&c, host_size(r.sys_flag & RMQI_SYS_STORE_V6)) && /* storeHost */
	      rmqi_cursor_skip(&c, sizeof(uint32_t)) && /* reconsumeTimes */
	      rmqi_cursor_skip(&c, sizeof(uint64_t)) && /* preparedTransactionOffset */
	      read_tail(&c, magic == RMQI_MESSAGE_MAGIC_V2, &r)))
		return false;
	*out = r;
	return true;
}

static bool is_valid(const struct mb_record *r, int64_t offset, bool check_crc)
{
	return r->physical_offset == offset && r->queue_id >= 0 && r->queue_offset >= 0 &&
	       r->queue_offset < MB_QUEUE_OFFSET_MAX && mb_topic_is_safe(r->topic) &&
	       !mb_properties_are_torn(r->properties) &&
	       (!check_crc || r->body_crc == body_crc(r->body));
}

enum mb_record_kind mb_record_check(struct rmqi_cursor rest, size_t left, int64_t offset,
				    bool check_crc, struct mb_record *out)
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
	    !mb_record_read(record, &r) || !is_valid(&r, offset, check_crc))
		return MB_RECORD_BAD;
	*out = r;
	return MB_RECORD_MESSAGE;
}
