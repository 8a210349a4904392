/* SPDX-License-Identifier: Apache-2.0 */
/* What a message looks like when it reaches the broker, and which messages never do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/codes.h"
#include "codec/compress.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "producer/producer.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2 };

static struct fake_world world;
static struct fake_peer *peer; /* name server and broker a */
static struct rmq_config *config;
static struct rmq_producer *producer;
static struct rmq_message *message;
static struct rmq_error_detail *detail;
static struct rmq_send_result *result;

static void set_up(void)
{
	fake_world_init(&world, 1);
	peer = fake_peer_new(&world.env);
	config = rmqi_config_new();
	config->env = &world.env;
	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", fake_peer_address(peer), NULL),
			 RMQ_OK);
	detail = rmqi_detail_new();
	message = rmq_message_new("T", "hello", 5);
}

static void tear_down(void)
{
	rmqi_free(result);
	result = NULL;
	rmqi_producer_free(producer);
	producer = NULL;
	rmq_message_free(message);
	fake_peer_free(peer);
	rmqi_config_free(config);
	rmq_error_detail_free(detail);
	fake_world_deinit(&world);
}

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(config, key, value, NULL), RMQ_OK);
}

static void start(void)
{
	char text[64];

	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(peer));
	fake_peer_route(peer, "T", text);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
}

static enum rmq_error try_to_send(void)
{
	rmqi_free(result);
	result = NULL;
	rmqi_detail_clear(detail);
	return rmqi_producer_send(producer, message, NULL, &result, detail);
}

/* The request of a message that must arrive. */
static const struct fake_request *send_it(void)
{
	ck_assert_int_eq(try_to_send(), RMQ_OK);
	return fake_peer_last(peer, SEND);
}

static void refused(enum rmq_error error, const char *why)
{
	ck_assert_int_eq(try_to_send(), error);
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	ck_assert_msg(strstr(rmq_error_detail_message(detail), why), "%s",
		      rmq_error_detail_message(detail));
	ck_assert_uint_eq(fake_peer_count(peer, SEND), 0);
}

static const char *property(const struct fake_request *r, const char *name)
{
	const char *value = fake_request_property(r, name);

	return value ? value : "(none)";
}

static void body_of(const char *topic, size_t len, bool is_random)
{
	uint8_t *body = malloc(len + 1);
	uint32_t x = 1;

	ck_assert_ptr_nonnull(body);
	for (size_t i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		body[i] = is_random ? (uint8_t)(x >> 24) : 'a';
	}
	rmq_message_free(message);
	message = rmq_message_new(topic, body, len);
	ck_assert_ptr_nonnull(message);
	free(body);
}

static void put(const char *name, const char *value)
{
	ck_assert_int_eq(rmqi_message_put(message, name, value), RMQ_OK);
}

/* --- Fields -------------------------------------------------------------------------------- */

START_TEST(request__has_the_fields_of_java)
{
	const struct fake_request *r;
	char born[32];
	struct rmqi_str lost;

	set_up();
	start();
	ck_assert_int_eq(rmq_message_set_flag(message, 7, NULL), RMQ_OK);
	snprintf(born, sizeof(born), "%lld", (long long)rmqi_clock_wall_ms(world.env.clock));

	r = send_it();

	ck_assert_str_eq(fake_request_field(r, "a"), "G");
	ck_assert_str_eq(fake_request_field(r, "b"), "T");
	ck_assert_str_eq(fake_request_field(r, "c"), "TBW102");
	ck_assert_str_eq(fake_request_field(r, "d"), "4");
	ck_assert_int_lt(atoi(fake_request_field(r, "e")), 4);
	ck_assert_str_eq(fake_request_field(r, "f"), "0");
	ck_assert_str_eq(fake_request_field(r, "g"), born);
	ck_assert_str_eq(fake_request_field(r, "h"), "7");
	ck_assert_str_ne(fake_request_field(r, "i"), "");
	ck_assert_str_eq(fake_request_field(r, "j"), "0");
	ck_assert_str_eq(fake_request_field(r, "k"), "false");
	ck_assert_str_eq(fake_request_field(r, "l"), "");
	ck_assert_str_eq(fake_request_field(r, "m"), "false");
	ck_assert_str_eq(fake_request_field(r, "n"), "a");
	ck_assert_uint_eq(r->body_len, 5);
	ck_assert_str_eq(r->body, "hello");
	ck_assert(!r->is_binary);
	ck_assert(!rmqi_properties_get(rmqi_str(fake_request_field(r, "i")), "DELAY", &lost));
	tear_down();
}
END_TEST

START_TEST(request__has_the_configured_template_and_serialization)
{
	const struct fake_request *r;

	set_up();
	set("createTopicKey", "TEMPLATE");
	set("defaultTopicQueueNums", "9");
	set("serializeType", "ROCKETMQ");
	start();

	r = send_it();

	ck_assert_str_eq(fake_request_field(r, "c"), "TEMPLATE");
	ck_assert_str_eq(fake_request_field(r, "d"), "9");
	ck_assert(r->is_binary);
	tear_down();
}
END_TEST

START_TEST(request__names_the_queue_of_each_attempt)
{
	set_up();
	start();
	fake_peer_next(peer, SEND, RMQI_RESP_SYSTEM_ERROR);

	send_it();

	ck_assert_str_ne(fake_request_field(fake_peer_request(peer, SEND, 0), "e"),
			 fake_request_field(fake_peer_request(peer, SEND, 1), "e"));
	tear_down();
}
END_TEST

/* --- Properties ------------------------------------------------------------------------------- */

START_TEST(properties__are_those_of_the_message_and_wait_and_uniq_key)
{
	const struct fake_request *r;

	set_up();
	start();
	ck_assert_int_eq(rmq_message_set_tag(message, "tag", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_keys(message, "k1 k2", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(message, "mine", "its value", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_delay_level(message, 3, NULL), RMQ_OK);

	r = send_it();

	ck_assert_str_eq(property(r, "TAGS"), "tag");
	ck_assert_str_eq(property(r, "KEYS"), "k1 k2");
	ck_assert_str_eq(property(r, "mine"), "its value");
	ck_assert_str_eq(property(r, "DELAY"), "3");
	ck_assert_str_eq(property(r, "WAIT"), "true");
	ck_assert_str_eq(property(r, "UNIQ_KEY"), result->message_id);
	tear_down();
}
END_TEST

START_TEST(properties__wait_is_left_as_it_was_set)
{
	set_up();
	start();
	ck_assert_int_eq(rmq_message_set_wait_store_ok(message, false, NULL), RMQ_OK);

	ck_assert_str_eq(property(send_it(), "WAIT"), "false");
	tear_down();
}
END_TEST

START_TEST(uniq_key__is_fresh_for_each_send_and_leaves_the_message_alone)
{
	char first[64];

	set_up();
	start();
	snprintf(first, sizeof(first), "%s", property(send_it(), "UNIQ_KEY"));

	ck_assert_str_ne(property(send_it(), "UNIQ_KEY"), first);

	ck_assert_uint_eq(rmq_message_property_count(message), 0);
	tear_down();
}
END_TEST

START_TEST(uniq_key__is_the_same_for_all_attempts_of_a_send)
{
	char first[64];

	set_up();
	start();
	fake_peer_next(peer, SEND, RMQI_RESP_SYSTEM_ERROR);

	send_it();

	snprintf(first, sizeof(first), "%s",
		 property(fake_peer_request(peer, SEND, 0), "UNIQ_KEY"));
	ck_assert_str_eq(property(fake_peer_request(peer, SEND, 1), "UNIQ_KEY"), first);
	tear_down();
}
END_TEST

/* As a consumer gets it and keeps a copy. */
static void was_received(void)
{
	message->queue.queue_id = 3;
	message->reconsume_times = 2;
	message->sys_flag = RMQI_SYS_COMPRESSED;
	put("UNIQ_KEY", "OLD");
	put("TAGS", "tag");
	put("mine", "mine");
}

START_TEST(received__what_the_cluster_put_into_it_is_not_sent_again)
{
	static const char *const names[] = {"MSG_REGION",
					    "TRACE_ON",
					    "CLUSTER",
					    "TRAN_MSG",
					    "PGROUP",
					    "MIN_OFFSET",
					    "MAX_OFFSET",
					    "RETRY_TOPIC",
					    "REAL_QID",
					    "POP_CK",
					    "REAL_TOPIC",
					    "ORIGIN_MESSAGE_ID",
					    "__transactionId__",
					    "RECONSUME_TIME",
					    "CONSUME_START_TIME",
					    "MAX_RECONSUME_TIMES",
					    "TIMER_OUT_MS",
					    "__CRC32#"};
	const struct fake_request *r;

	set_up();
	start();
	was_received();
	for (size_t i = 0; i < RMQI_COUNT(names); i++)
		put(names[i], "1");

	r = send_it();

	for (size_t i = 0; i < RMQI_COUNT(names); i++)
		ck_assert_msg(!fake_request_property(r, names[i]), "%s", names[i]);
	ck_assert_str_eq(property(r, "TAGS"), "tag");
	ck_assert_str_eq(property(r, "mine"), "mine");
	ck_assert_str_eq(property(r, "UNIQ_KEY"), result->message_id);
	ck_assert_str_eq(fake_request_field(r, "f"), "0");
	ck_assert_str_eq(fake_request_field(r, "j"), "0");
	tear_down();
}
END_TEST

START_TEST(received__after_its_delay_is_not_delayed_again)
{
	set_up();
	start();
	was_received();
	put("DELAY", "3");
	put("REAL_TOPIC", "T");

	ck_assert_str_eq(property(send_it(), "DELAY"), "(none)");
	tear_down();
}
END_TEST

START_TEST(received__is_delayed_again_when_that_is_asked_for)
{
	set_up();
	start();
	was_received();
	put("DELAY", "3");
	put("REAL_TOPIC", "T");
	ck_assert_int_eq(rmq_message_set_delay_level(message, 5, NULL), RMQ_OK);

	ck_assert_str_eq(property(send_it(), "DELAY"), "5");
	tear_down();
}
END_TEST

/* --- Compression ----------------------------------------------------------------------------------- */

static void expect_compressed(const struct fake_request *r, enum rmqi_compression type, size_t len)
{
	struct rmqi_buf plain;
	char sys_flag[16];

	snprintf(sys_flag, sizeof(sys_flag), "%d",
		 (int)(RMQI_SYS_COMPRESSED | (int)type << RMQI_SYS_COMPRESSION_SHIFT));
	ck_assert_str_eq(fake_request_field(r, "f"), sys_flag);
	ck_assert_uint_lt(r->body_len, len);
	rmqi_buf_init(&plain, len);
	ck_assert_int_eq(rmqi_decompress((int)type, rmqi_cursor(r->body, r->body_len), &plain),
			 RMQ_OK);
	ck_assert_uint_eq(plain.len, len);
	ck_assert_int_eq(rmqi_memcmp(rmqi_buf_data(&plain), message->body, len), 0);
	rmqi_buf_deinit(&plain);
}

START_TEST(compression__of_a_long_body_is_zlib)
{
	set_up();
	start();
	body_of("T", 4096, false);

	expect_compressed(send_it(), RMQI_ZLIB, 4096);

	ck_assert_str_eq(fake_request_field(fake_peer_last(peer, SEND), "f"), "769"); /* 0x301 */
	tear_down();
}
END_TEST

START_TEST(compression__begins_at_compressMsgBodyOverHowmuch)
{
	set_up();
	start();
	body_of("T", 4095, false);
	ck_assert_uint_eq(send_it()->body_len, 4095);
	ck_assert_str_eq(fake_request_field(fake_peer_last(peer, SEND), "f"), "0");
	rmqi_producer_free(producer);

	set("compressMsgBodyOverHowmuch", "100");
	start();
	body_of("T", 100, false);
	expect_compressed(send_it(), RMQI_ZLIB, 100);
	tear_down();
}
END_TEST

START_TEST(compression__may_be_of_another_type)
{
	static const struct {
		const char *name;
		enum rmqi_compression type;
	} cases[] = {{"LZ4", RMQI_LZ4}, {"ZSTD", RMQI_ZSTD}, {"ZLIB", RMQI_ZLIB}};

	for (size_t i = 0; i < RMQI_COUNT(cases); i++) {
		set_up();
		set("compressType", cases[i].name);
		start();
		body_of("T", 10000, false);

		if (rmqi_compression_is_built_in(cases[i].type))
			expect_compressed(send_it(), cases[i].type, 10000);
		else
			refused(RMQ_ERR_UNSUPPORTED, cases[i].name);
		tear_down();
	}
}
END_TEST

START_TEST(compression__that_does_not_shrink_is_left_out)
{
	set_up();
	start();
	body_of("T", 10000, true);

	ck_assert_uint_eq(send_it()->body_len, 10000);

	ck_assert_str_eq(fake_request_field(fake_peer_last(peer, SEND), "f"), "0");
	ck_assert_int_eq(memcmp(fake_peer_last(peer, SEND)->body, message->body, 10000), 0);
	tear_down();
}
END_TEST

/* --- What is never sent -------------------------------------------------------------------------------- */

START_TEST(limit__an_empty_body_is_refused)
{
	set_up();
	start();
	body_of("T", 0, false);

	refused(RMQ_ERR_INVALID_ARGUMENT, "body length is zero");
	tear_down();
}
END_TEST

START_TEST(limit__a_body_may_have_maxMessageSize_and_no_more)
{
	set_up();
	set("maxMessageSize", "1000");
	start();
	body_of("T", 1001, false);
	refused(RMQ_ERR_TOO_LARGE, "1001 bytes, maxMessageSize is 1000");

	body_of("T", 1000, false);
	ck_assert_uint_eq(send_it()->body_len, 1000);
	tear_down();
}
END_TEST

START_TEST(limit__is_that_of_the_body_before_compression)
{
	set_up();
	start();
	body_of("T", 4 * 1024 * 1024 + 1, false);
	refused(RMQ_ERR_TOO_LARGE, "maxMessageSize is 4194304");

	body_of("T", 4 * 1024 * 1024, true);
	ck_assert_uint_eq(send_it()->body_len, 4 * 1024 * 1024);
	tear_down();
}
END_TEST

START_TEST(limit__the_largest_message_fits_into_a_frame)
{
	char value[32 * 1024 - 128];

	set_up();
	set("maxMessageSize", "16000000");
	set("sendMsgTimeout", "60000");
	start();
	body_of("T", 16000000, true);
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	put("p", value);

	ck_assert_uint_eq(send_it()->body_len, 16000000);
	tear_down();
}
END_TEST

/* All properties together, UNIQ_KEY and WAIT included. */
START_TEST(limit__of_the_properties_is_32767_bytes)
{
	size_t own = strlen("UNIQ_KEY") + 1 + 32 + 1 + strlen("WAIT") + 1 + 4 + 1;
	size_t room = RMQI_PROPERTIES_MAX - own - strlen("p") - 2;
	char *value = calloc(1, room + 2);

	ck_assert_ptr_nonnull(value);
	set_up();
	start();
	memset(value, 'v', room + 1);
	put("p", value);
	refused(RMQ_ERR_TOO_LARGE, "over 32767 bytes");

	value[room] = '\0';
	put("p", value);
	ck_assert_uint_eq(strlen(fake_request_field(send_it(), "i")), RMQI_PROPERTIES_MAX);
	free(value);
	tear_down();
}
END_TEST

START_TEST(topic__that_is_none_is_refused)
{
	char longest[RMQI_TOPIC_MAX + 2];

	set_up();
	start();
	memset(longest, 't', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';

	body_of("", 5, false);
	refused(RMQ_ERR_INVALID_ARGUMENT, "topic");
	body_of("a topic", 5, false);
	refused(RMQ_ERR_INVALID_ARGUMENT, "topic");
	body_of(longest, 5, false);
	refused(RMQ_ERR_INVALID_ARGUMENT, "127");
	ck_assert_uint_eq(fake_peer_count(peer, 0), 0);
	tear_down();
}
END_TEST

START_TEST(topic__of_the_system_is_refused)
{
	set_up();
	start();
	body_of(RMQI_TOPIC_SCHEDULE, 5, false);

	refused(RMQ_ERR_INVALID_ARGUMENT, "is forbidden");
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		request__has_the_fields_of_java,
		request__has_the_configured_template_and_serialization,
		request__names_the_queue_of_each_attempt,
		properties__are_those_of_the_message_and_wait_and_uniq_key,
		properties__wait_is_left_as_it_was_set,
		uniq_key__is_fresh_for_each_send_and_leaves_the_message_alone,
		uniq_key__is_the_same_for_all_attempts_of_a_send,
		received__what_the_cluster_put_into_it_is_not_sent_again,
		received__after_its_delay_is_not_delayed_again,
		received__is_delayed_again_when_that_is_asked_for,
		compression__of_a_long_body_is_zlib,
		compression__begins_at_compressMsgBodyOverHowmuch,
		compression__may_be_of_another_type,
		compression__that_does_not_shrink_is_left_out,
		limit__an_empty_body_is_refused,
		limit__a_body_may_have_maxMessageSize_and_no_more,
		limit__is_that_of_the_body_before_compression,
		limit__the_largest_message_fits_into_a_frame,
		limit__of_the_properties_is_32767_bytes,
		topic__that_is_none_is_refused,
		topic__of_the_system_is_refused,
	};

	return run_suite("send_request", tests, sizeof(tests) / sizeof(tests[0]));
}
