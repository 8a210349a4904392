/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/message.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "codec/compress.h"
#include "codec/crc32.h"
#include "codec/properties.h"

enum {
	TOPIC_MAX_V1 = INT8_MAX,  /* MessageVersion V1 reads the length as a signed byte */
	TOPIC_MAX_V2 = INT16_MAX, /* V2: as a short */
	HOST_V4 = 8,
	HOST_V6 = 20,
	BATCH_FLAG_AT = 12,
	BATCH_BODY_AT = 20,
	BATCH_FIXED = RMQI_BATCH_ITEM_MIN
};

_Static_assert(RMQI_PROPERTIES_MAX == INT16_MAX, "the length of properties is a signed short");

static bool read_host(struct rmqi_cursor *c, bool is_v6, struct rmqi_host *out)
{
	*out = (struct rmqi_host){.is_v6 = is_v6};
	return rmqi_cursor_copy(c, out->ip, is_v6 ? 16 : 4) && /* ip */
	       rmqi_cursor_u32(c, &out->port);                 /* port */
}

static bool read_topic(struct rmqi_cursor *c, bool is_v2, struct rmqi_str *out)
{
	uint8_t short_len = 0;
	uint16_t len = 0;

	if (!(is_v2 ? rmqi_cursor_u16(c, &len) : rmqi_cursor_u8(c, &short_len)))
		return false;
	if (!is_v2)
		len = short_len;
	return len <= (is_v2 ? TOPIC_MAX_V2 : TOPIC_MAX_V1) && rmqi_cursor_take_str(c, len, out);
}

static bool read_body(struct rmqi_cursor *c, struct rmqi_cursor *out)
{
	uint32_t len;

	return rmqi_cursor_u32(c, &len) && len <= INT32_MAX && rmqi_cursor_take(c, len, out);
}

static bool read_properties(struct rmqi_cursor *c, struct rmqi_str *out)
{
	uint16_t len;

	return rmqi_cursor_u16(c, &len) && len <= RMQI_PROPERTIES_MAX &&
	       rmqi_cursor_take_str(c, len, out);
}

static bool read_record(struct rmqi_cursor *c, struct rmqi_stored_message *m)
{
	uint32_t magic;

	if (!rmqi_cursor_u32(c, &magic)) /* magic */
		return false;
	if (magic != RMQI_MESSAGE_MAGIC_V1 && magic != RMQI_MESSAGE_MAGIC_V2)
		return false;
	m->is_v2 = magic == RMQI_MESSAGE_MAGIC_V2;
	return rmqi_cursor_u32(c, &m->body_crc) &&        /* bodyCRC */
	       rmqi_cursor_i32(c, &m->queue_id) &&        /* queueId */
	       rmqi_cursor_i32(c, &m->flag) &&            /* flag */
	       rmqi_cursor_i64(c, &m->queue_offset) &&    /* queueOffset */
	       rmqi_cursor_i64(c, &m->physical_offset) && /* physicalOffset */
	       rmqi_cursor_i32(c, &m->sys_flag) &&        /* sysFlag */
	       rmqi_cursor_i64(c, &m->born_timestamp) &&  /* bornTimestamp */
	       read_host(c, (m->sys_flag & RMQI_SYS_BORN_V6) != 0, &m->born_host) &&
	       rmqi_cursor_i64(c, &m->store_timestamp) && /* storeTimestamp */
	       read_host(c, (m->sys_flag & RMQI_SYS_STORE_V6) != 0, &m->store_host) &&
	       rmqi_cursor_i32(c, &m->reconsume_times) && /* reconsumeTimes */
	       rmqi_cursor_i64(c,
			       &m->prepared_transaction_offset) && /* preparedTransactionOffset */
	       read_body(c, &m->body) &&                           /* body */
	       read_topic(c, m->is_v2, &m->topic) &&               /* topic */
	       read_properties(c, &m->properties);                 /* properties */
}

/* The bytes behind a total that counts itself, as a view of their own. */
static bool take_total(struct rmqi_cursor *c, struct rmqi_cursor *record)
{
	uint32_t total;

	return rmqi_cursor_u32(c, &total) && total >= sizeof(total) &&
	       rmqi_cursor_take(c, total - sizeof(total), record);
}

/* --- The same at fixed offsets ------------------------------------------------------------- */

/* Of a record with two IPv4 hosts, which nearly all are. */
enum {
	AT_MAGIC = 4,
	AT_CRC = 8,
	AT_FLAG = 16,
	AT_BORN_TIMESTAMP = 40,
	AT_BORN_HOST = 48,
	AT_STORE_TIMESTAMP = 56,
	AT_STORE_HOST = 64,
	AT_RECONSUME_TIMES = 72,
	AT_PREPARED_OFFSET = 76,
	AT_BODY_LEN = 84,
	AT_BODY = 88
};

static inline size_t load_u16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

static inline uint32_t load_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline int64_t load_i64(const uint8_t *at)
{
	return (int64_t)((uint64_t)load_u32(at) << 32 | load_u32(at + 4));
}

static inline void load_host(const uint8_t *at, struct rmqi_host *out)
{
	*out = (struct rmqi_host){.ip = {at[0], at[1], at[2], at[3]}, .port = load_u32(at + 4)};
}

/* What stands behind the body: two texts with their lengths, up to the end of the record. */
static inline bool load_texts(const uint8_t *at, size_t len, struct rmqi_stored_message *m)
{
	size_t own = m->is_v2 ? 2 : 1, topic, properties;

	if (len < own + 2)
		return false;
	topic = m->is_v2 ? load_u16(at) : at[0];
	if (topic > (m->is_v2 ? TOPIC_MAX_V2 : TOPIC_MAX_V1) || topic > len - own - 2)
		return false;
	properties = load_u16(at + own + topic);
	if (properties > RMQI_PROPERTIES_MAX || own + topic + 2 + properties != len)
		return false;
	m->topic = rmqi_str_n(at + own, topic);
	m->properties = rmqi_str_n(at + own + topic + 2, properties);
	return true;
}

/* False: the record is another one, or broken; the general decoder says which. Each length is compared
 * with what is left, so that nothing is read outside. */
static inline bool load_record(const uint8_t *at, size_t total, struct rmqi_stored_message *m)
{
	uint32_t magic = load_u32(at + AT_MAGIC), body;

	m->is_v2 = magic == RMQI_MESSAGE_MAGIC_V2;
	m->sys_flag = (int32_t)load_u32(at + RMQI_MESSAGE_AT_SYSFLAG);
	body = load_u32(at + AT_BODY_LEN);
	if ((!m->is_v2 && magic != RMQI_MESSAGE_MAGIC_V1) ||
	    (m->sys_flag & (RMQI_SYS_BORN_V6 | RMQI_SYS_STORE_V6)) || body > total - AT_BODY ||
	    !load_texts(at + AT_BODY + body, total - AT_BODY - body, m))
		return false;
	m->body_crc = load_u32(at + AT_CRC);
	m->queue_id = (int32_t)load_u32(at + RMQI_MESSAGE_AT_QUEUE_ID);
	m->flag = (int32_t)load_u32(at + AT_FLAG);
	m->queue_offset = load_i64(at + RMQI_MESSAGE_AT_QUEUE_OFFSET);
	m->physical_offset = load_i64(at + RMQI_MESSAGE_AT_PHYSICAL_OFFSET);
	m->born_timestamp = load_i64(at + AT_BORN_TIMESTAMP);
	load_host(at + AT_BORN_HOST, &m->born_host);
	m->store_timestamp = load_i64(at + AT_STORE_TIMESTAMP);
	load_host(at + AT_STORE_HOST, &m->store_host);
	m->reconsume_times = (int32_t)load_u32(at + AT_RECONSUME_TIMES);
	m->prepared_transaction_offset = load_i64(at + AT_PREPARED_OFFSET);
	m->body = rmqi_cursor(at + AT_BODY, body);
	return true;
}

enum rmq_error rmqi_message_decode(struct rmqi_cursor *c, struct rmqi_stored_message *out)
{
	size_t total = c->len >= RMQI_MESSAGE_FIXED_V4 ? load_u32(c->ptr) : 0;

	if (total < RMQI_MESSAGE_FIXED_V4 || total > c->len || !load_record(c->ptr, total, out))
		return rmqi_message_decode_any(c, out);
	c->ptr += total;
	c->len -= total;
	return RMQ_OK;
}

enum rmq_error rmqi_message_decode_any(struct rmqi_cursor *c, struct rmqi_stored_message *out)
{
	struct rmqi_stored_message m = {0};
	struct rmqi_cursor rest = *c, record;

	if (!take_total(&rest, &record) || !read_record(&record, &m) || record.len != 0)
		return RMQ_ERR_CORRUPT;
	*c = rest;
	*out = m;
	return RMQ_OK;
}

enum rmq_error rmqi_message_check_crc(const struct rmqi_stored_message *m)
{
	if (m->body_crc == 0 || m->body_crc == rmqi_crc32_31(m->body.ptr, m->body.len))
		return RMQ_OK;
	return RMQ_ERR_CORRUPT;
}

static size_t host_size(const struct rmqi_host *h)
{
	return h->is_v6 ? HOST_V6 : HOST_V4;
}

size_t rmqi_message_size(const struct rmqi_stored_message *m)
{
	return RMQI_MESSAGE_FIXED_V4 - 2 * (size_t)HOST_V4 + host_size(&m->born_host) +
	       host_size(&m->store_host) + (m->is_v2 ? 1 : 0) + m->body.len + m->topic.len +
	       m->properties.len;
}

static void add_host(struct rmqi_buf *out, const struct rmqi_host *h)
{
	rmqi_buf_add(out, h->ip, h->is_v6 ? 16 : 4);
	rmqi_buf_add_u32(out, h->port);
}

/* The bits say how the hosts are written, so the hosts decide. */
static int32_t flag_with_hosts(const struct rmqi_stored_message *m)
{
	int32_t flag = m->sys_flag & ~(RMQI_SYS_BORN_V6 | RMQI_SYS_STORE_V6);

	return flag | (m->born_host.is_v6 ? RMQI_SYS_BORN_V6 : 0) |
	       (m->store_host.is_v6 ? RMQI_SYS_STORE_V6 : 0);
}

static void add_record(struct rmqi_buf *out, const struct rmqi_stored_message *m, size_t total)
{
	rmqi_buf_add_u32(out, total);
	rmqi_buf_add_u32(out, m->is_v2 ? RMQI_MESSAGE_MAGIC_V2 : RMQI_MESSAGE_MAGIC_V1);
	rmqi_buf_add_u32(out, rmqi_crc32_31(m->body.ptr, m->body.len));
	rmqi_buf_add_i32(out, m->queue_id);
	rmqi_buf_add_i32(out, m->flag);
	rmqi_buf_add_i64(out, m->queue_offset);
	rmqi_buf_add_i64(out, m->physical_offset);
	rmqi_buf_add_i32(out, flag_with_hosts(m));
	rmqi_buf_add_i64(out, m->born_timestamp);
	add_host(out, &m->born_host);
	rmqi_buf_add_i64(out, m->store_timestamp);
	add_host(out, &m->store_host);
	rmqi_buf_add_i32(out, m->reconsume_times);
	rmqi_buf_add_i64(out, m->prepared_transaction_offset);
	rmqi_buf_add_u32(out, m->body.len);
	rmqi_buf_add(out, m->body.ptr, m->body.len);
	if (m->is_v2)
		rmqi_buf_add_u16(out, m->topic.len);
	else
		rmqi_buf_add_u8(out, m->topic.len);
	rmqi_buf_add_str(out, m->topic);
	rmqi_buf_add_u16(out, m->properties.len);
	rmqi_buf_add_str(out, m->properties);
}

/* What a run of appends came to: all of it, or nothing of it. */
static enum rmq_error settle(struct rmqi_buf *out, size_t start)
{
	enum rmq_error err = rmqi_buf_status(out);

	if (err != RMQ_OK)
		rmqi_buf_cut(out, start);
	return err;
}

enum rmq_error rmqi_message_encode(struct rmqi_buf *out, const struct rmqi_stored_message *m)
{
	size_t start = out->len, total;
	enum rmq_error err;
	uint8_t *room;

	if (m->topic.len > (m->is_v2 ? TOPIC_MAX_V2 : TOPIC_MAX_V1) ||
	    m->properties.len > RMQI_PROPERTIES_MAX)
		return RMQ_ERR_INVALID_ARGUMENT;
	if (m->body.len > INT32_MAX)
		return RMQ_ERR_TOO_LARGE;
	total = rmqi_message_size(m);
	if (total > INT32_MAX)
		return RMQ_ERR_TOO_LARGE;
	err = rmqi_buf_reserve(out, total, &room); /* grow once */
	if (err != RMQ_OK)
		return err;
	add_record(out, m, total);
	return settle(out, start);
}

enum rmq_error rmqi_message_plain_body(const struct rmqi_stored_message *m, struct rmqi_buf *out)
{
	size_t start = out->len;

	if (m->sys_flag & RMQI_SYS_COMPRESSED)
		return rmqi_decompress((m->sys_flag & RMQI_SYS_COMPRESSION_MASK) >>
					       RMQI_SYS_COMPRESSION_SHIFT,
				       m->body, out);
	rmqi_buf_add(out, m->body.ptr, m->body.len);
	return settle(out, start);
}

const char *rmqi_host_text(const struct rmqi_host *h, char *buf, size_t size)
{
	char ip[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(h->is_v6 ? AF_INET6 : AF_INET, h->ip, ip, sizeof(ip));
	(void)snprintf(buf, size, h->is_v6 ? "[%s]:%u" : "%s:%u", ip, (unsigned)h->port);
	return buf;
}

static bool parse_port(struct rmqi_str text, uint32_t *out)
{
	int64_t port;

	if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9')
		return false;
	if (!rmqi_str_to_i64(text, &port) || port < 0 || port > UINT16_MAX)
		return false;
	*out = (uint32_t)port;
	return true;
}

static bool parse_ip(struct rmqi_str text, struct rmqi_host *out)
{
	char ip[INET6_ADDRSTRLEN];

	if (text.len >= sizeof(ip))
		return false;
	rmqi_cursor_copy(&(struct rmqi_cursor){(const uint8_t *)text.ptr, text.len}, ip, text.len);
	ip[text.len] = '\0';
	/* A NUL inside would hide what follows it. */
	return strlen(ip) == text.len &&
	       inet_pton(out->is_v6 ? AF_INET6 : AF_INET, ip, out->ip) == 1;
}

bool rmqi_host_parse(struct rmqi_str text, struct rmqi_host *out)
{
	struct rmqi_host h = {0};
	struct rmqi_str ip, port;
	bool found;

	h.is_v6 = text.len > 0 && text.ptr[0] == '[';
	if (h.is_v6)
		text = rmqi_str_n(text.ptr + 1, text.len - 1);
	port = rmqi_str_cut(text, h.is_v6 ? "]:" : ":", &ip, &found);
	if (!found || !parse_ip(ip, &h) || !parse_port(port, &h.port))
		return false;
	*out = h;
	return true;
}

/* Without a cursor: a batch has hundreds of them. Each length is compared with what is left, so that nothing
 * is read outside. Magic and CRC are ignored. */
enum rmq_error rmqi_batch_decode(struct rmqi_cursor *c, struct rmqi_batch_item *out)
{
	const uint8_t *at = c->ptr, *behind;
	size_t total, body, properties;

	if (c->len < BATCH_FIXED)
		return RMQ_ERR_CORRUPT;
	total = load_u32(at); /* total */
	if (total < BATCH_FIXED || total > c->len)
		return RMQ_ERR_CORRUPT;
	body = load_u32(at + BATCH_BODY_AT - 4); /* bodyLen */
	if (body > INT32_MAX || body > total - BATCH_FIXED)
		return RMQ_ERR_CORRUPT;
	behind = at + BATCH_BODY_AT + body;
	properties = load_u16(behind); /* propertiesLen */
	if (properties > RMQI_PROPERTIES_MAX || BATCH_FIXED + body + properties != total)
		return RMQ_ERR_CORRUPT;
	out->flag = (int32_t)load_u32(at + BATCH_FLAG_AT); /* flag */
	out->body = rmqi_cursor(at + BATCH_BODY_AT, body);
	out->properties = rmqi_str_n(behind + 2, properties);
	c->ptr += total;
	c->len -= total;
	return RMQ_OK;
}

enum rmq_error rmqi_batch_encode(struct rmqi_buf *out, const struct rmqi_batch_item *item)
{
	size_t start = out->len, total;

	if (item->properties.len > RMQI_PROPERTIES_MAX)
		return RMQ_ERR_INVALID_ARGUMENT;
	if (item->body.len > INT32_MAX - BATCH_FIXED - RMQI_PROPERTIES_MAX)
		return RMQ_ERR_TOO_LARGE;
	total = BATCH_FIXED + item->body.len + item->properties.len;
	rmqi_buf_add_u32(out, total);
	rmqi_buf_add_u32(out, 0); /* magic */
	rmqi_buf_add_u32(out, 0); /* crc */
	rmqi_buf_add_i32(out, item->flag);
	rmqi_buf_add_u32(out, item->body.len);
	rmqi_buf_add(out, item->body.ptr, item->body.len);
	rmqi_buf_add_u16(out, item->properties.len);
	rmqi_buf_add_str(out, item->properties);
	return settle(out, start);
}
