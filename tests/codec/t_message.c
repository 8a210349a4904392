/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/compress.h"
#include "codec/message.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* Made by the Java classes: doc/reference/message.md. */
static const char v1_hex[] =
	"0000006d daa320a7 3610a686 00000000 00000000 0000000000000005 00000000000003e8 00000000 "
	"0102030405060708 01020304 00002710 0000000000000009 05060708 00002a9f 00000000 "
	"0000000000000000 00000005 68656c6c6f 09 546f70696354657374 0004 6b017602";
static const char v6_hex[] =
	"00000075 daa320a7 00000000 00000000 00000000 0000000000000000 0000000000000003 00000030 "
	"0000000000000000 00000000000000000000000000000001 00000001 0000000000000000 "
	"fd000000000000000000000000000002 00002a9f 00000000 0000000000000000 00000001 78 01 54 0000";
static const char batch_hex[] =
	"00000034 00000000 00000000 00000000 00000002 6231 001c "
	"4b455953014b31025441475301546167410257414954017472756502 "
	"00000022 00000000 00000000 00000007 00000002 6232 000a 57414954017472756502";

enum { AT_BODY_LENGTH = 84, AT_TOPIC_LENGTH = 93, AT_PROPERTIES_LENGTH = 103 }; /* in v1_hex */

static enum rmq_error decode(const struct golden *g, struct rmqi_stored_message *m)
{
	struct rmqi_cursor c = golden_cursor(g);

	return rmqi_message_decode(&c, m);
}

static struct rmqi_stored_message decoded(const struct golden *g)
{
	struct rmqi_stored_message m;

	ck_assert_int_eq(decode(g, &m), RMQ_OK);
	return m;
}

START_TEST(message__decodes_golden_v1)
{
	struct golden g = golden_hex(v1_hex);
	struct rmqi_stored_message m = decoded(&g);
	char host[64];

	ck_assert(!m.is_v2);
	ck_assert_uint_eq(m.body_crc, 907060870);
	ck_assert_int_eq(m.queue_offset, 5);
	ck_assert_int_eq(m.physical_offset, 1000);
	ck_assert_int_eq(m.born_timestamp, 0x0102030405060708);
	ck_assert_int_eq(m.store_timestamp, 9);
	ck_assert_str_eq(rmqi_host_text(&m.born_host, host, sizeof(host)), "1.2.3.4:10000");
	ck_assert_str_eq(rmqi_host_text(&m.store_host, host, sizeof(host)), "5.6.7.8:10911");
	expect_str(rmqi_cursor_str(m.body), "hello");
	expect_str(m.topic, "TopicTest");
	expect_str(m.properties, "k\1v\2");
	ck_assert_int_eq(rmqi_message_check_crc(&m), RMQ_OK);
}
END_TEST

START_TEST(message__encodes_golden_v1)
{
	struct golden g = golden_hex(v1_hex);
	struct rmqi_stored_message m = decoded(&g);
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	m.body_crc = 0; /* computed again */
	ck_assert_uint_eq(rmqi_message_size(&m), g.len);

	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_OK);

	expect_bytes(&b, g.bytes, g.len);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(message__decodes_and_encodes_golden_v6)
{
	struct golden g = golden_hex(v6_hex);
	struct rmqi_stored_message m = decoded(&g);
	char host[64];
	struct rmqi_buf b;

	ck_assert_int_eq(m.sys_flag, 48);
	ck_assert_str_eq(rmqi_host_text(&m.born_host, host, sizeof(host)), "[::1]:1");
	ck_assert_str_eq(rmqi_host_text(&m.store_host, host, sizeof(host)), "[fd00::2]:10911");
	ck_assert_int_eq(rmqi_message_check_crc(&m), RMQ_OK); /* 0: none */

	rmqi_buf_init(&b, GOLDEN_MAX);
	m.sys_flag = RMQI_SYS_MULTI_TAGS;
	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_OK);
	ck_assert_uint_eq(b.len, g.len);
	ck_assert_uint_eq(rmqi_buf_data(&b)[39], 0x32);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(message__clears_v6_bits_for_v4_hosts)
{
	struct golden g = golden_hex(v1_hex);
	struct rmqi_stored_message m = decoded(&g);
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	m.sys_flag = RMQI_SYS_BORN_V6 | RMQI_SYS_STORE_V6;
	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_OK);
	expect_bytes(&b, g.bytes, g.len);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(message__takes_one_after_the_other)
{
	struct golden one = golden_hex(v1_hex), two = golden_hex(v6_hex), both = one;
	struct rmqi_stored_message m;
	struct rmqi_cursor c;

	memcpy(both.bytes + one.len, two.bytes, two.len);
	both.len += two.len;
	c = golden_cursor(&both);

	ck_assert_int_eq(rmqi_message_decode(&c, &m), RMQ_OK);
	ck_assert_uint_eq(c.len, two.len);
	ck_assert_int_eq(rmqi_message_decode(&c, &m), RMQ_OK);
	ck_assert_int_eq(m.physical_offset, 3);
	ck_assert_int_eq(rmqi_message_decode(&c, &m), RMQ_ERR_CORRUPT);
}
END_TEST

static enum rmq_error try_message(struct rmqi_cursor c)
{
	struct rmqi_stored_message m;

	return rmqi_message_decode(&c, &m);
}

START_TEST(message__refuses_every_truncation)
{
	struct golden v1 = golden_hex(v1_hex), v6 = golden_hex(v6_hex);

	refuses_every_truncation(v1.bytes, v1.len, try_message);
	refuses_every_truncation(v6.bytes, v6.len, try_message);
}
END_TEST

START_TEST(message__takes_nothing_on_failure)
{
	struct golden g = golden_hex(v1_hex);
	struct rmqi_stored_message m = {.flag = 77};
	struct rmqi_cursor c = rmqi_cursor(g.bytes, g.len - 1), before = c;

	ck_assert_int_eq(rmqi_message_decode(&c, &m), RMQ_ERR_CORRUPT);

	ck_assert_ptr_eq(c.ptr, before.ptr);
	ck_assert_uint_eq(c.len, before.len);
	ck_assert_int_eq(m.flag, 77);
}
END_TEST

/* Every length word, one too many and one too few, negative and huge. */
START_TEST(message__refuses_lengths_that_do_not_add_up)
{
	static const size_t at[] = {3, AT_BODY_LENGTH + 3, AT_TOPIC_LENGTH,
				    AT_PROPERTIES_LENGTH + 1};
	static const size_t high[] = {0, AT_BODY_LENGTH, AT_TOPIC_LENGTH, AT_PROPERTIES_LENGTH};
	struct rmqi_stored_message m;

	for (size_t i = 0; i < RMQI_COUNT(at); i++) {
		struct golden g = golden_hex(v1_hex);

		g.bytes[at[i]]++;
		ck_assert_int_eq(decode(&g, &m), RMQ_ERR_CORRUPT);
		g.bytes[at[i]] = (uint8_t)(g.bytes[at[i]] - 2);
		ck_assert_int_eq(decode(&g, &m), RMQ_ERR_CORRUPT);
		g.bytes[at[i]]++;
		g.bytes[high[i]] |= 0x80;
		ck_assert_int_eq(decode(&g, &m), RMQ_ERR_CORRUPT);
	}
}
END_TEST

START_TEST(message__refuses_unknown_magic)
{
	struct golden g = golden_hex(v1_hex), blank = golden_hex("00000008 cbd43194");
	struct rmqi_stored_message m;

	g.bytes[7] = 0xA8;
	ck_assert_int_eq(decode(&g, &m), RMQ_ERR_CORRUPT);
	ck_assert_int_eq(decode(&blank, &m), RMQ_ERR_CORRUPT);
}
END_TEST

START_TEST(message__finds_a_wrong_crc)
{
	struct golden g = golden_hex(v1_hex);
	struct rmqi_stored_message m;

	g.bytes[AT_BODY_LENGTH + 4] ^= 1;
	m = decoded(&g);
	ck_assert_int_eq(rmqi_message_check_crc(&m), RMQ_ERR_CORRUPT);
}
END_TEST

static struct rmqi_stored_message with_topic(char *text, size_t len, bool is_v2)
{
	memset(text, 't', len);
	return (struct rmqi_stored_message){.is_v2 = is_v2, .topic = rmqi_str_n(text, len)};
}

START_TEST(message__limits_the_topic_by_version)
{
	static char text[32768];
	struct rmqi_stored_message m, back;
	struct rmqi_buf b;
	struct rmqi_cursor c;

	rmqi_buf_init(&b, 1 << 20);
	m = with_topic(text, 128, false);
	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_ERR_INVALID_ARGUMENT);
	m = with_topic(text, 32768, true);
	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_uint_eq(b.len, 0);
	m = with_topic(text, 127, false);
	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_OK);
	m = with_topic(text, 32767, true);
	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_OK);

	c = rmqi_buf_cursor(&b);
	ck_assert_int_eq(rmqi_message_decode(&c, &back), RMQ_OK);
	ck_assert_uint_eq(back.topic.len, 127);
	ck_assert_int_eq(rmqi_message_decode(&c, &back), RMQ_OK);
	ck_assert(back.is_v2);
	ck_assert_uint_eq(back.topic.len, 32767);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(message__limits_properties)
{
	static char text[32768];
	struct rmqi_stored_message m = {.topic = RMQI_STR("T")};
	struct rmqi_buf b;

	rmqi_buf_init(&b, 1 << 20);
	memset(text, 'p', sizeof(text));
	m.properties = rmqi_str_n(text, 32768);
	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_ERR_INVALID_ARGUMENT);
	m.properties.len = 32767;
	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_OK);
	ck_assert_uint_eq(b.len, rmqi_message_size(&m));
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(message__encodes_all_or_nothing)
{
	struct golden g = golden_hex(v1_hex);
	struct rmqi_stored_message m = decoded(&g);
	struct rmqi_buf b;

	rmqi_buf_init(&b, g.len - 1 + 3);
	rmqi_buf_add_text(&b, "abc");
	ck_assert_int_eq(rmqi_message_encode(&b, &m), RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(b.len, 3);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(message__gives_the_plain_body)
{
	static const struct {
		enum rmqi_compression type;
		int32_t flag;
	} cases[] = {
		{RMQI_ZLIB_OLD, 0x001}, {RMQI_ZLIB, 0x301}, {RMQI_LZ4, 0x101}, {RMQI_ZSTD, 0x201}};
	struct golden g = golden_hex(v1_hex);
	struct rmqi_stored_message m = decoded(&g);
	struct rmqi_buf packed, plain;

	rmqi_buf_init(&packed, GOLDEN_MAX);
	rmqi_buf_init(&plain, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_message_plain_body(&m, &plain), RMQ_OK);
	expect_text(&plain, "hello");
	for (size_t i = 0; i < RMQI_COUNT(cases); i++) {
		if (!rmqi_compression_is_built_in(cases[i].type))
			continue;
		rmqi_buf_reset(&packed);
		rmqi_buf_reset(&plain);
		ck_assert_int_eq(rmqi_compress(cases[i].type, 5, text_cursor("hello"), &packed),
				 RMQ_OK);
		m.sys_flag = cases[i].flag;
		m.body = rmqi_buf_cursor(&packed);
		ck_assert_int_eq(rmqi_message_plain_body(&m, &plain), RMQ_OK);
		expect_text(&plain, "hello");
	}
	m.sys_flag = 0x401;
	ck_assert_int_eq(rmqi_message_plain_body(&m, &plain), RMQ_ERR_UNSUPPORTED);
	rmqi_buf_deinit(&packed);
	rmqi_buf_deinit(&plain);
}
END_TEST

START_TEST(host__reads_what_it_writes)
{
	static const char *const texts[] = {"1.2.3.4:10911", "0.0.0.0:0",   "255.255.255.255:65535",
					    "[::1]:10911",   "[fd00::2]:1", "[::ffff:1.2.3.4]:9"};
	char buf[64];

	for (size_t i = 0; i < RMQI_COUNT(texts); i++) {
		struct rmqi_host h;

		ck_assert(rmqi_host_parse(rmqi_str(texts[i]), &h));
		ck_assert_str_eq(rmqi_host_text(&h, buf, sizeof(buf)), texts[i]);
	}
}
END_TEST

START_TEST(host__refuses_other_texts)
{
	static const char *const texts[] = {
		"",
		"1.2.3.4",
		"1.2.3.4:",
		"1.2.3.4:65536",
		"1.2.3.4:-1",
		"1.2.3.4:+1",
		"1.2.3.4: 1",
		"localhost:1",
		"::1:10911",
		"[::1]",
		"[::1]10911",
		"[1.2.3.4]:1",
		"1.2.3:1",
		"1.2.3.4:1x",
		"[",
		"[]:1",
		":1",
		"1.2.3.256:1",
		"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1",
	};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++) {
		struct rmqi_host h = {.port = 7};

		ck_assert_msg(!rmqi_host_parse(rmqi_str(texts[i]), &h), "%s", texts[i]);
		ck_assert_uint_eq(h.port, 7);
	}
	ck_assert(!rmqi_host_parse(RMQI_STR("1.2.3.4\0:1"), &(struct rmqi_host){0}));
}
END_TEST

START_TEST(batch__decodes_golden_bytes)
{
	struct golden g = golden_hex(batch_hex);
	struct rmqi_cursor c = golden_cursor(&g);
	struct rmqi_batch_item item;

	ck_assert_int_eq(rmqi_batch_decode(&c, &item), RMQ_OK);
	expect_str(rmqi_cursor_str(item.body), "b1");
	expect_str(item.properties, "KEYS\1K1\2TAGS\1TagA\2WAIT\1true\2");
	ck_assert_int_eq(item.flag, 0);
	ck_assert_int_eq(rmqi_batch_decode(&c, &item), RMQ_OK);
	expect_str(rmqi_cursor_str(item.body), "b2");
	expect_str(item.properties, "WAIT\1true\2");
	ck_assert_int_eq(item.flag, 7);
	ck_assert_uint_eq(c.len, 0);
	ck_assert_int_eq(rmqi_batch_decode(&c, &item), RMQ_ERR_CORRUPT);
}
END_TEST

START_TEST(batch__encodes_golden_bytes)
{
	struct golden g = golden_hex(batch_hex);
	struct rmqi_batch_item one = {.body = text_cursor("b1"),
				      .properties = RMQI_STR("KEYS\1K1\2TAGS\1TagA\2WAIT\1true\2")};
	struct rmqi_batch_item two = {
		.flag = 7, .body = text_cursor("b2"), .properties = RMQI_STR("WAIT\1true\2")};
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_batch_encode(&b, &one), RMQ_OK);
	ck_assert_int_eq(rmqi_batch_encode(&b, &two), RMQ_OK);
	expect_bytes(&b, g.bytes, g.len);
	rmqi_buf_deinit(&b);
}
END_TEST

static enum rmq_error try_batch_item(struct rmqi_cursor c)
{
	struct rmqi_batch_item item;

	return rmqi_batch_decode(&c, &item);
}

START_TEST(batch__refuses_every_truncation)
{
	struct golden g = golden_hex(batch_hex);

	refuses_every_truncation(g.bytes, 0x34, try_batch_item);
}
END_TEST

START_TEST(batch__limits_properties)
{
	static char text[32768];
	struct rmqi_batch_item item = {.properties = rmqi_str_n(text, sizeof(text))};
	struct rmqi_buf b;

	rmqi_buf_init(&b, 1 << 20);
	ck_assert_int_eq(rmqi_batch_encode(&b, &item), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_uint_eq(b.len, 0);
	rmqi_buf_deinit(&b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		message__decodes_golden_v1,
		message__encodes_golden_v1,
		message__decodes_and_encodes_golden_v6,
		message__clears_v6_bits_for_v4_hosts,
		message__takes_one_after_the_other,
		message__refuses_every_truncation,
		message__takes_nothing_on_failure,
		message__refuses_lengths_that_do_not_add_up,
		message__refuses_unknown_magic,
		message__finds_a_wrong_crc,
		message__limits_the_topic_by_version,
		message__limits_properties,
		message__encodes_all_or_nothing,
		message__gives_the_plain_body,
		host__reads_what_it_writes,
		host__refuses_other_texts,
		batch__decodes_golden_bytes,
		batch__encodes_golden_bytes,
		batch__refuses_every_truncation,
		batch__limits_properties,
	};

	return run_suite("message", tests, RMQI_COUNT(tests));
}
