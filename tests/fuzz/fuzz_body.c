/* SPDX-License-Identifier: Apache-2.0 */
/* Every body decoder on the same bytes; what one accepts it encodes, and accepts again. */
#include <stdlib.h>

#include "codec/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rmqi_buf text;

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static struct rmqi_cursor encoded(enum rmq_error err)
{
	demand(err == RMQ_OK);
	return rmqi_buf_cursor(&text);
}

static void check_route(struct rmqi_cursor c)
{
	struct rmqi_route r, again;

	if (rmqi_route_decode(c, &r) != RMQ_OK)
		return;
	for (int form = 0; form < 2; form++) {
		rmqi_buf_reset(&text);
		demand(rmqi_route_decode(encoded(rmqi_route_encode(&r, form == 1, &text)),
					 &again) == RMQ_OK);
		demand(again.broker_count == r.broker_count && again.queue_count == r.queue_count);
		rmqi_route_deinit(&again);
	}
	demand(rmqi_route_eq(&r, &r));
	rmqi_route_deinit(&r);
}

static void check_heartbeat(struct rmqi_cursor c)
{
	struct rmqi_heartbeat h, again;

	if (rmqi_heartbeat_decode(c, &h) != RMQ_OK)
		return;
	rmqi_buf_reset(&text);
	demand(rmqi_heartbeat_decode(encoded(rmqi_heartbeat_encode(&h, &text)), &again) == RMQ_OK);
	demand(again.consumer_count == h.consumer_count);
	rmqi_heartbeat_deinit(&again);
	rmqi_heartbeat_deinit(&h);
}

static void check_lock(struct rmqi_cursor c)
{
	struct rmqi_lock_body l, again;

	if (rmqi_lock_request_decode(c, &l) == RMQ_OK) {
		rmqi_buf_reset(&text);
		demand(rmqi_lock_request_decode(encoded(rmqi_lock_request_encode(&l, &text)),
						&again) == RMQ_OK);
		rmqi_lock_body_deinit(&again);
		rmqi_lock_body_deinit(&l);
	}
	if (rmqi_lock_response_decode(c, &l) == RMQ_OK)
		rmqi_lock_body_deinit(&l);
}

static void check_list(struct rmqi_cursor c)
{
	struct rmqi_subscription *s;
	char **ids;
	size_t count;

	if (rmqi_consumer_list_decode(c, &ids, &count) == RMQ_OK) {
		rmqi_buf_reset(&text);
		(void)encoded(rmqi_consumer_list_encode(ids, count, &text));
		rmqi_strings_free(ids, count);
	}
	if (rmqi_check_client_decode(c, &s) == RMQ_OK)
		rmqi_subscription_free(s);
}

static void check_table(struct rmqi_topic_table *t)
{
	struct rmqi_topic_table again;

	rmqi_buf_reset(&text);
	demand(rmqi_topic_table_decode_file(encoded(rmqi_topic_table_encode_file(t, &text)),
					    &again) == RMQ_OK);
	rmqi_topic_table_deinit(&again);
	rmqi_buf_reset(&text);
	demand(rmqi_register_body_decode(encoded(rmqi_register_body_encode(t, &text)), false, 479,
					 &again) == RMQ_OK);
	rmqi_topic_table_deinit(&again);
	rmqi_topic_table_deinit(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_cursor c = rmqi_cursor(data, size);
	struct rmqi_topic_table t;

	rmqi_buf_init(&text, 64 << 20);
	check_route(c);
	check_heartbeat(c);
	check_lock(c);
	check_list(c);
	if (rmqi_register_body_decode(c, false, 479, &t) == RMQ_OK)
		check_table(&t);
	if (rmqi_topic_table_decode_file(c, &t) == RMQ_OK)
		check_table(&t);
	rmqi_buf_deinit(&text);
	return 0;
}
