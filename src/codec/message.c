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
	BATCH_FIXED = 4 + 4 + 4 + 4 + 4 + 2
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

enum rmq_error rmqi_message_decode(struct rmqi_cursor *c, struct rmqi_stored_message *out)
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

enum rmq_error rmqi_batch_decode(struct rmqi_cursor *c, struct rmqi_batch_item *out)
{
	struct rmqi_batch_item item = {0};
	struct rmqi_cursor rest = *c, record;
	uint32_t magic, crc;

	if (!(take_total(&rest, &record) &&               /* total */
	      rmqi_cursor_u32(&record, &magic) &&         /* magic: ignored */
	      rmqi_cursor_u32(&record, &crc) &&           /* crc: ignored */
	      rmqi_cursor_i32(&record, &item.flag) &&     /* flag */
	      read_body(&record, &item.body) &&           /* body */
	      read_properties(&record, &item.properties)) /* properties */
	    || record.len != 0)
		return RMQ_ERR_CORRUPT;
	*c = rest;
	*out = item;
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
