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

	for (; rmqi_message_decode(&c, &m) == RMQ_OK; before = c)
		check_message(&m, rmqi_cursor(before.ptr, before.len - c.len));
	check_batch(rmqi_cursor(data, size));
	(void)rmqi_host_parse(rmqi_str_n(data, size), &host);
	return 0;
}
