/* SPDX-License-Identifier: Apache-2.0 */
/* What decodes encodes to the same record again, but for the CRC, which is computed. */
#include <stdlib.h>
#include <string.h>

#include "codec/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check_message(const struct rmqi_stored_message *m, struct rmqi_cursor bytes)
{
	enum { CRC_AT = 8, CRC_END = 12 };
	struct rmqi_buf b;
	char host[64];

	rmqi_buf_init(&b, 1 << 20);
	demand(rmqi_message_size(m) == bytes.len);
	demand(rmqi_message_encode(&b, m) == RMQ_OK);
	demand(b.len == bytes.len);
	demand(memcmp(rmqi_buf_data(&b), bytes.ptr, CRC_AT) == 0);
	demand(memcmp(rmqi_buf_data(&b) + CRC_END, bytes.ptr + CRC_END, b.len - CRC_END) == 0);
	rmqi_buf_reset(&b);
	(void)!rmqi_message_plain_body(m, &b);
	(void)!rmqi_message_check_crc(m);
	demand(rmqi_host_text(&m->store_host, host, sizeof(host)) == host);
	rmqi_buf_deinit(&b);
}

/* At fixed offsets and field by field it is the same. */
static void check_ways(struct rmqi_cursor c)
{
	struct rmqi_cursor one = c, other = c;
	struct rmqi_stored_message a, b;
	enum rmq_error err = rmqi_message_decode(&one, &a);

	demand(rmqi_message_decode_any(&other, &b) == err);
	demand(one.ptr == other.ptr && one.len == other.len);
	if (err != RMQ_OK)
		return;
	demand(a.is_v2 == b.is_v2 && a.body_crc == b.body_crc && a.sys_flag == b.sys_flag);
	demand(a.queue_id == b.queue_id && a.flag == b.flag);
	demand(a.queue_offset == b.queue_offset && a.physical_offset == b.physical_offset);
	demand(a.born_timestamp == b.born_timestamp && a.store_timestamp == b.store_timestamp);
	demand(a.born_host.port == b.born_host.port && a.store_host.port == b.store_host.port);
	demand(memcmp(a.born_host.ip, b.born_host.ip, sizeof(a.born_host.ip)) == 0);
	demand(memcmp(a.store_host.ip, b.store_host.ip, sizeof(a.store_host.ip)) == 0);
	demand(a.reconsume_times == b.reconsume_times);
	demand(a.prepared_transaction_offset == b.prepared_transaction_offset);
	demand(a.body.ptr == b.body.ptr && a.body.len == b.body.len);
	demand(a.topic.ptr == b.topic.ptr && a.topic.len == b.topic.len);
	demand(a.properties.ptr == b.properties.ptr && a.properties.len == b.properties.len);
}

static void check_batch(struct rmqi_cursor c)
{
	struct rmqi_batch_item item;
	struct rmqi_buf b;

	rmqi_buf_init(&b, 1 << 20);
	while (rmqi_batch_decode(&c, &item) == RMQ_OK) {
		rmqi_buf_reset(&b);
		demand(rmqi_batch_encode(&b, &item) == RMQ_OK);
	}
	rmqi_buf_deinit(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_cursor c = rmqi_cursor(data, size), before = c;
	struct rmqi_stored_message m;
	struct rmqi_host host;

	check_ways(c);
	for (; rmqi_message_decode(&c, &m) == RMQ_OK; before = c) {
		check_message(&m, rmqi_cursor(before.ptr, before.len - c.len));
		check_ways(c);
	}
	check_batch(rmqi_cursor(data, size));
	(void)rmqi_host_parse(rmqi_str_n(data, size), &host);
	return 0;
}
