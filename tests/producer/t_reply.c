/* SPDX-License-Identifier: Apache-2.0 */
/* Replies: those that come, which of them end a request, and those that are sent. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/reply.h"
#include "codec/compress.h"
#include "send/batched.h"
#include "tests/producer/request_scene.h"

START_TEST(reply__that_is_late_or_second_or_strange_is_dropped)
{
	char id[64];

	begin();

	ask();
	snprintf(id, sizeof(id), "%s", asked(0, "CORRELATION_ID"));
	ck_assert_int_eq(reply(id, own_id(), "first"), 0);
	ck_assert_int_eq(reply(id, own_id(), "second"), 0);
	ck_assert_int_eq(reply("not-one-of-ours", own_id(), "x"), 0);
	ask();
	rig_advance(rig, TIMEOUT_MS);
	ck_assert_int_eq(reply(asked(1, "CORRELATION_ID"), own_id(), "late"), 0);
	rig_advance(rig, 5);
	ck_assert_uint_eq(ends.ended, 2);
	ck_assert_uint_eq(ends.ok, 1);
	ck_assert_uint_eq(producer->requests.counts.late, 2);
	ck_assert_uint_eq(producer->requests.counts.unknown, 1);

	end();
}
END_TEST

START_TEST(reply__without_a_correlation_id_is_refused)
{
	begin();

	ask();
	ck_assert_int_eq(reply(NULL, own_id(), "x"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_uint_eq(ends.ended, 0);
	ck_assert_int_eq(reply(asked(0, "CORRELATION_ID"), own_id(), "pong"), 0);
	rig_advance(rig, 5);
	ck_assert_uint_eq(ends.ok, 1);

	end();
}
END_TEST

/* A broker that hands a reply to the wrong client: two connections share that id there. */
START_TEST(reply__for_another_client_is_dropped)
{
	char properties[256];
	struct rmq_producer *other;

	begin();

	other = open_producer("PG2");
	ask();
	ck_assert_int_eq(rmqi_producer_request_async(other, message, NULL, on_reply, NULL, detail),
			 RMQ_OK);
	rig_advance(rig, 5);
	snprintf(properties, sizeof(properties), "%s", asked(0, "CORRELATION_ID"));
	ck_assert_int_eq(reply(properties, rmqi_client_id(other->client), "x"), 0);
	rig_advance(rig, 5);
	ck_assert_uint_eq(ends.ended, 0);
	ck_assert_uint_eq(other->requests.counts.unknown, 1);
	rmqi_producer_free(other);

	end();
}
END_TEST

static void set_lz4(struct rmqi_h_send_message *h)
{
	h->sysFlag = RMQI_SYS_COMPRESSED | (RMQI_LZ4 << RMQI_SYS_COMPRESSION_SHIFT);
}

START_TEST(reply__with_a_corrupt_body_ends_the_request)
{
	char properties[256];

	begin();

	ask();
	snprintf(properties, sizeof(properties), "CORRELATION_ID=%s,REPLY_TO_CLIENT=%s",
		 asked(0, "CORRELATION_ID"), own_id());
	ck_assert_int_eq(peer_send_with(replier, REPLIES, 0, "no lz4 at all", properties, set_lz4),
			 RMQI_RESP_SYSTEM_ERROR);
	rig_advance(rig, 5);
	ck_assert_uint_eq(ends.ended, 1);
	ck_assert_int_eq(ends.error, RMQ_ERR_CORRUPT);
	ck_assert_uint_eq(ends.flags & RMQ_ERROR_MAYBE_STORED, RMQ_ERROR_MAYBE_STORED);
	ck_assert_ptr_nonnull(strstr(ends.text, "cannot be read"));

	end();
}
END_TEST

START_TEST(reply__is_unpacked_whatever_its_type)
{
	static const enum rmqi_compression types[] = {RMQI_ZLIB_OLD, RMQI_LZ4, RMQI_ZSTD,
						      RMQI_ZLIB};
	char plain[5000];

	memset(plain, 'x', sizeof(plain));
	for (size_t i = 0; i < RMQI_COUNT(types); i++) {
		struct rmqi_h_reply_message h = {
			.topic = rmqi_str(REPLIES),
			.properties = RMQI_STR("a\001b\002"),
			.bornHost = RMQI_STR("1.2.3.4:5"),
			.sysFlag = RMQI_SYS_COMPRESSED |
				   ((int32_t)types[i] << RMQI_SYS_COMPRESSION_SHIFT)};
		enum rmqi_compression made = types[i] == RMQI_ZLIB_OLD ? RMQI_ZLIB : types[i];
		struct rmq_message *m = NULL;
		struct rmqi_buf packed;

		if (!rmqi_compression_is_built_in(made))
			continue;
		rmqi_buf_init(&packed, 64 * 1024);
		ck_assert_int_eq(rmqi_compress(made, 5, rmqi_cursor(plain, sizeof(plain)), &packed),
				 RMQ_OK);
		ck_assert_int_eq(rmqi_reply_decode(&h, rmqi_buf_cursor(&packed), 77, &m), RMQ_OK);
		ck_assert_uint_eq(m->body_len, sizeof(plain));
		ck_assert_int_eq(rmqi_memcmp(m->body, plain, sizeof(plain)), 0);
		ck_assert_int_eq(rmq_message_sys_flag(m) & RMQI_SYS_COMPRESSED, 0);
		ck_assert_str_eq(rmq_message_property(m, "a"), "b");
		ck_assert_str_eq(rmq_message_property(m, "ARRIVE_TIME"), "77");
		ck_assert_str_eq(rmq_message_born_host(m), "1.2.3.4:5");
		ck_assert_str_eq(rmq_message_offset_id(m), "");
		rmq_message_free(m);
		rmqi_buf_deinit(&packed);
	}
}
END_TEST

/* --- Replies that are sent ------------------------------------------------------------------------ */

static struct rmq_message *received(const char *cluster)
{
	struct rmq_message *m = rmq_message_new("T", "ping", 4);

	m->queue.queue_id = 0;
	ck_assert_int_eq(rmqi_message_put(m, "CORRELATION_ID", "c1"), RMQ_OK);
	ck_assert_int_eq(rmqi_message_put(m, "REPLY_TO_CLIENT", "asker@1"), RMQ_OK);
	ck_assert_int_eq(rmqi_message_put(m, "TTL", "3000"), RMQ_OK);
	if (cluster)
		ck_assert_int_eq(rmqi_message_put(m, "CLUSTER", cluster), RMQ_OK);
	return m;
}

START_TEST(new_reply__is_made_of_the_request)
{
	struct rmq_message *m = received("C1"), *r = NULL, *copy;
	struct rmqi_batched batched;

	ck_assert_int_eq(rmqi_reply_new(m, "pong", 4, &r, NULL), RMQ_OK);
	ck_assert_str_eq(rmq_message_topic(r), "C1_REPLY_TOPIC");
	ck_assert_str_eq(rmq_message_property(r, "MSG_TYPE"), "reply");
	ck_assert_str_eq(rmq_message_property(r, "CORRELATION_ID"), "c1");
	ck_assert_str_eq(rmq_message_property(r, "REPLY_TO_CLIENT"), "asker@1");
	ck_assert_str_eq(rmq_message_property(r, "TTL"), "3000");
	ck_assert_ptr_null(rmq_message_property(r, "CLUSTER"));
	ck_assert_int_eq(rmq_message_set_property(r, "a", "b", NULL), RMQ_OK);
	copy = rmq_message_dup(r);
	ck_assert(copy->is_reply);
	rmqi_batched_read(&batched, copy, NULL);
	ck_assert_str_eq(batched.obstacle, "somebody to reply to");
	rmqi_batched_deinit(&batched);
	rmq_message_free(copy);
	rmq_message_free(r);
	rmq_message_free(m);
}
END_TEST

START_TEST(new_reply__to_no_request_is_refused)
{
	struct rmq_message *m = received(NULL), *r = NULL;

	detail = rmqi_detail_new();
	ck_assert_int_eq(rmqi_reply_new(m, "pong", 4, &r, detail), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "no property CLUSTER"));
	ck_assert_ptr_null(r);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
}
END_TEST

START_TEST(reply__is_no_request)
{
	struct rmq_message *m = received("DefaultCluster"), *r = NULL, *got = NULL;

	begin();

	ck_assert_int_eq(rmqi_reply_new(m, "pong", 4, &r, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_request(producer, r, NULL, &got, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	rmq_message_free(r);
	rmq_message_free(m);

	end();
}
END_TEST

/* Nobody would be helped, were the broker put aside because who asked is gone. */
START_TEST(reply__that_nobody_takes_is_no_fault_of_its_broker)
{
	struct rmq_message *m = received("DefaultCluster"), *r = NULL;

	begin();

	ck_assert_int_eq(rmqi_reply_new(m, "pong", 4, &r, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_send(producer, r, NULL, NULL, detail), RMQ_ERR_BROKER);
	ck_assert_str_eq(rmq_error_detail_remark(detail),
			 "push reply message fail, channel of <asker@1> not found.");
	ck_assert(rmqi_faults_is_available(rmqi_client_faults(producer->client), BROKER,
					   rmqi_clock_us(rig->env->clock)));
	rmq_message_free(r);
	rmq_message_free(m);

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reply__that_is_late_or_second_or_strange_is_dropped,
		reply__without_a_correlation_id_is_refused,
		reply__for_another_client_is_dropped,
		reply__with_a_corrupt_body_ends_the_request,
		reply__is_unpacked_whatever_its_type,
		new_reply__is_made_of_the_request,
		new_reply__to_no_request_is_refused,
		reply__is_no_request,
		reply__that_nobody_takes_is_no_fault_of_its_broker,
	};

	return run_suite("reply", tests, RMQI_COUNT(tests));
}
