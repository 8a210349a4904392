/* SPDX-License-Identifier: Apache-2.0 */
/* b_send.c - what a producer is promised. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { KIB = 1024, MIB = 1024 * KIB };

static void send__round_trip_of_10000_messages_loses_nothing(void)
{
	enum { MESSAGES = 10000 };
	const char *topic = new_topic(QUEUES);
	struct audit *audit = audit_new(MESSAGES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, audit);

	audit_send(audit, p, topic, MESSAGES, 100);

	audit_expect(audit, AUDIT_DISORDER);
	expect_int(sink_count(s), MESSAGES);
	expect_stored(topic, MESSAGES);
}

/* --- Bodies -------------------------------------------------------------------- */

/* Sends `len` bytes, random ones or runs of equal ones, and compares what arrives. */
static void round_trip_body(rmq_producer *p, struct sink *s, const char *topic, size_t len,
			    bool is_random)
{
	unsigned char *body = malloc(len);
	size_t at = sink_count(s), got_len = 0;
	const void *got;

	if (!body)
		fail("out of memory");
	if (is_random)
		random_bytes(len, body, len);
	else
		for (size_t i = 0; i < len; i++)
			body[i] = (unsigned char)(i / 64);
	send_message(p, rmq_message_new(topic, body, len));
	if (!sink_wait(s, at + 1, SOON_MS))
		fail("the body of %zu bytes did not arrive", len);
	got = rmq_message_body(sink_at(s, at), &got_len);
	expect_int(got_len, len);
	if (memcmp(got, body, len) != 0)
		fail("the body of %zu bytes was changed", len);
	free(body);
}

/* Before 5.0 a broker counts the whole record, so the body itself must be smaller. */
static size_t largest_body(void)
{
	return scene.target->version()[0] == '4' ? 4 * MIB - 2 * KIB : 4 * MIB;
}

static void send__bodies_from_1_byte_to_4_mib_arrive_unchanged(void)
{
	static const size_t sizes[] = {1, 2, 255, 4095, 4096, 4097, 65536, MIB};
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer("compressMsgBodyOverHowmuch=2147483647");
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		round_trip_body(p, s, topic, sizes[i], true);
	round_trip_body(p, s, topic, largest_body(), true);
}

static void send__every_byte_value_survives(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	unsigned char body[256];
	size_t len;

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (unsigned char)i;
	send_message(p, rmq_message_new(topic, body, sizeof(body)));

	sink_expect(s, 1);
	expect(memcmp(rmq_message_body(sink_at(s, 0), &len), body, sizeof(body)) == 0);
	expect_int(len, sizeof(body));
}

/* compressType and the bits 8..10 of sysFlag that stand for it. */
static void round_trip_compressed(const char *type, int bits)
{
	char settings[64];
	const char *topic = new_topic(QUEUES);
	rmq_config *c = new_config(NULL);
	rmq_error_detail *detail = NULL;
	rmq_producer *p = NULL;
	struct sink *s;
	int32_t flag;

	if (rmq_config_set(c, "compressType", type, &detail) != RMQ_OK ||
	    rmq_producer_new(c, new_name("P"), &p, &detail) != RMQ_OK)
		scene_skip("%s", rmq_error_detail_message(detail));
	rmq_producer_free(p);
	snprintf(settings, sizeof(settings), "compressType=%s", type);
	p = new_producer(settings);
	s = sink_open(NULL, topic, NULL, NULL, NULL);

	round_trip_body(p, s, topic, 4095, false); /* below the default threshold */
	expect_int(rmq_message_sys_flag(sink_at(s, 0)) >> 8 & 7, 0);
	round_trip_body(p, s, topic, 4096, false);
	round_trip_body(p, s, topic, 4096, true); /* does not get smaller */
	round_trip_body(p, s, topic, 4 * MIB, false);

	/* Bit 0, "compressed", is gone with the compression; how it was done can still be seen. */
	flag = rmq_message_sys_flag(sink_at(s, 3));
	expect_int(flag & 1, 0);
	expect_int(flag >> 8 & 7, bits);
}

static void send__zlib_bodies_arrive_unpacked(void)
{
	round_trip_compressed("ZLIB", 3);
}

static void send__lz4_bodies_arrive_unpacked(void)
{
	round_trip_compressed("LZ4", 1);
}

static void send__zstd_bodies_arrive_unpacked(void)
{
	round_trip_compressed("ZSTD", 2);
}

/* --- Properties ---------------------------------------------------------------- */

static const char *const odd_values[] = {
	"plain",
	"a=b=c",
	" blanks around ",
	"tab\tand\nnewline",
	"quote\"back\\slash'",
	"{\"json\":[1,2]}",
	"Gr\xc3\xbc\xc3\x9f",
	"\xe4\xb8\xad\xe6\x96\x87",
	"\xf0\x9f\x9a\x80",
	"100%|^$#",
	"x",
	";,:/?&",
};
enum { ODD_VALUES = sizeof(odd_values) / sizeof(odd_values[0]) };

static void send__properties_of_any_text_survive(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_message *m = rmq_message_new(topic, "body", 4);
	const rmq_message *got;
	char name[32];

	expect_int(rmq_message_set_tag(m, "TagA", NULL), RMQ_OK);
	expect_int(rmq_message_set_keys(m, "key-1 key-2", NULL), RMQ_OK);
	for (int i = 0; i < ODD_VALUES; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		expect_int(rmq_message_set_property(m, name, odd_values[i], NULL), RMQ_OK);
	}
	expect_int(rmq_message_set_property(m, "\xd0\xb8\xd0\xbc\xd1\x8f", "name", NULL), RMQ_OK);
	send_message(p, m);

	sink_expect(s, 1);
	got = sink_at(s, 0);
	expect_text(rmq_message_tag(got), "TagA");
	expect_text(rmq_message_keys(got), "key-1 key-2");
	for (int i = 0; i < ODD_VALUES; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		expect_text(rmq_message_property(got, name), odd_values[i]);
	}
	expect_text(rmq_message_property(got, "\xd0\xb8\xd0\xbc\xd1\x8f"), "name");
	expect(rmq_message_property(got, "p99") == NULL);
}

static void send__flag_survives(void)
{
	static const int32_t flags[] = {0, 1, -1, INT32_MAX, INT32_MIN};
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, "consumeThreadMax=1", NULL);
	rmq_message *m;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		m = rmq_message_new(topic, "body", 4);
		expect_int(rmq_message_set_flag(m, flags[i], NULL), RMQ_OK);
		send_message(p, m);
		if (!sink_wait(s, i + 1, SOON_MS))
			fail("message %zu did not arrive", i);
		expect_int(rmq_message_flag(sink_at(s, i)), flags[i]);
	}
}

/* --- The result ------------------------------------------------------------------ */

static bool is_hex(const char *text, size_t len)
{
	return strlen(text) == len && strspn(text, "0123456789ABCDEF") == len;
}

static void send__result_tells_what_the_consumer_sees(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	int64_t before = now_ms();
	const rmq_send_result *r = send_text(p, topic, NULL, "body");
	const rmq_message *m;

	sink_expect(s, 1);
	m = sink_at(s, 0);
	expect_text(rmq_send_result_queue(r)->topic, topic);
	expect_text(rmq_message_topic(m), topic);
	expect(is_hex(rmq_send_result_message_id(r), 32));
	expect_text(rmq_message_id(m), rmq_send_result_message_id(r));
	expect(is_hex(rmq_send_result_offset_message_id(r), 32));
	expect_text(rmq_message_offset_id(m), rmq_send_result_offset_message_id(r));
	expect_text(rmq_message_queue(m)->broker_name, rmq_send_result_queue(r)->broker_name);
	expect_int(rmq_message_queue(m)->queue_id, rmq_send_result_queue(r)->queue_id);
	expect_int(rmq_message_queue_offset(m), rmq_send_result_queue_offset(r));
	expect_int(rmq_message_reconsume_times(m), 0);
	expect(rmq_message_commit_log_offset(m) >= 0);
	expect(rmq_message_born_ms(m) >= before - 1000 && rmq_message_born_ms(m) <= now_ms());
	expect(rmq_message_store_ms(m) >= rmq_message_born_ms(m));
	expect(strchr(rmq_message_born_host(m), ':') != NULL);
	expect(strchr(rmq_message_store_host(m), ':') != NULL);
	expect_text(rmq_send_result_region_id(r), "DefaultRegion");
}

static void send__offsets_of_a_queue_rise_by_one(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	const rmq_send_result *r;
	int64_t next[BROKERS] = {0, 0};
	int b;

	for (int i = 0; i < 20; i++) {
		r = send_text(p, topic, NULL, "body");
		b = strcmp(rmq_send_result_queue(r)->broker_name, "broker-a") != 0;
		expect_text(rmq_send_result_queue(r)->broker_name, b ? "broker-b" : "broker-a");
		expect_int(rmq_send_result_queue(r)->queue_id, 0);
		expect_int(rmq_send_result_queue_offset(r), next[b]);
		next[b]++;
	}
}

static void send__rotates_over_all_queues_of_both_brokers(void)
{
	enum { ROUNDS = 5 };
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	int sent[BROKERS][QUEUES] = {{0}};
	const rmq_send_result *r;
	int queue;

	for (int i = 0; i < ROUNDS * ALL_QUEUES; i++) {
		r = send_text(p, topic, NULL, "body");
		queue = rmq_send_result_queue(r)->queue_id;
		expect(queue >= 0 && queue < QUEUES);
		sent[strcmp(rmq_send_result_queue(r)->broker_name, "broker-a") != 0][queue]++;
	}
	for (int b = 0; b < BROKERS; b++)
		for (int q = 0; q < QUEUES; q++)
			expect_int(sent[b][q], ROUNDS);
}

static void send__leaves_the_message_unchanged_and_gives_new_ids(void)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(NULL);
	rmq_message *m = rmq_message_new(topic, "body", 4);
	rmq_send_result *first = NULL, *second = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_send(p, m, NULL, &first, &detail), detail);
	expect_int(rmq_message_property_count(m), 0);
	expect_text(rmq_message_id(m), "");
	expect_ok(rmq_producer_send(p, m, NULL, &second, &detail), detail);
	expect(strcmp(rmq_send_result_message_id(first), rmq_send_result_message_id(second)) != 0);
	rmq_send_result_free(first);
	rmq_send_result_free(second);
	rmq_message_free(m);
}

/* --- Limits ---------------------------------------------------------------------- */

static void refuse(rmq_producer *p, const char *topic, size_t len, enum rmq_error code,
		   const char *cause)
{
	void *body = calloc(1, len + 1);
	rmq_message *m = rmq_message_new(topic, body, len);
	rmq_error_detail *detail = NULL;
	rmq_send_result *r = NULL;

	if (len > 0)
		random_bytes(len, body, len);
	expect_int(rmq_message_set_body(m, body, len, NULL), RMQ_OK);
	expect_int(send_within(p, m, 10 * 1000, &r, &detail), code);
	expect(r == NULL && detail != NULL);
	expect_int(rmq_error_detail_code(detail), code);
	if (!strstr(rmq_error_detail_message(detail), cause))
		fail("\"%s\" does not name the cause, %s", rmq_error_detail_message(detail), cause);
	expect_int(rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED, 0);
	if (code == RMQ_ERR_BROKER)
		expect_int(rmq_error_detail_broker_code(detail), 13);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	free(body);
}

static void send__empty_body_is_refused(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);

	refuse(p, topic, 0, RMQ_ERR_INVALID_ARGUMENT, "body");
	send_text(p, topic, NULL, "x");
	expect_stored(topic, 1);
}

static void send__body_over_the_configured_limit_is_refused(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer("maxMessageSize=1000");

	refuse(p, topic, 1001, RMQ_ERR_TOO_LARGE, "1000");
	refuse(p, topic, MIB, RMQ_ERR_TOO_LARGE, "1000");
	send_text(p, topic, NULL, "x");
	expect_stored(topic, 1);
}

static void send__body_over_the_brokers_limit_is_refused_by_it(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p =
		new_producer("maxMessageSize=16000000 compressMsgBodyOverHowmuch=2147483647");

	refuse(p, topic, 5 * MIB, RMQ_ERR_BROKER, "limit");
	send_text(p, topic, NULL, "x");
	expect_stored(topic, 1);
}

static void send__properties_over_32_kib_are_refused(void)
{
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	rmq_message *m = rmq_message_new(topic, "body", 4);
	char *value = malloc(40 * KIB);
	rmq_error_detail *detail = NULL;
	enum rmq_error error;

	memset(value, 'v', 40 * KIB - 1);
	value[40 * KIB - 1] = '\0';
	/* Either of the two may refuse it, nobody may cut it. */
	error = rmq_message_set_property(m, "large", value, NULL);
	if (error == RMQ_OK) {
		error = rmq_producer_send(p, m, NULL, NULL, &detail);
		expect(detail != NULL);
	}
	expect(error == RMQ_ERR_TOO_LARGE || error == RMQ_ERR_INVALID_ARGUMENT);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	free(value);
	send_text(p, topic, NULL, "x");
	expect_stored(topic, 1);
}

/* --- Delay ----------------------------------------------------------------------- */

static const rmq_message *find_body(struct sink *s, const char *body)
{
	const void *is;
	size_t len;

	for (size_t i = 0; i < sink_count(s); i++) {
		is = rmq_message_body(sink_at(s, i), &len);
		if (len == strlen(body) && memcmp(is, body, len) == 0)
			return sink_at(s, i);
	}
	fail("\"%s\" did not come", body);
}

/* The last one is sent first; where time is real a slow machine may send the next one when that has come. */
static void send__delayed_messages_arrive_in_time_and_not_before(void)
{
	static const int64_t delay_ms[] = {0, 1000, 5000, 10000};
	static const char *const bodies[] = {"now", "1 s", "5 s", "10 s"};
	const char *topic = new_topic(1);
	rmq_producer *p = new_producer(NULL);
	struct sink *s = sink_open(NULL, topic, NULL, NULL, NULL);
	rmq_message *m;
	const rmq_message *got;
	int64_t late;

	sink_expect_queues(s, BROKERS);
	for (int level = 3; level >= 0; level--) {
		m = rmq_message_new(topic, bodies[level], strlen(bodies[level]));
		expect_int(rmq_message_set_delay_level(m, level, NULL), RMQ_OK);
		send_message(p, m);
	}

	sink_expect(s, 4);
	for (size_t i = 0; i < 4; i++) {
		got = find_body(s, bodies[i]);
		expect(scene.target != &target_mock || got == sink_at(s, i));
		expect_text(rmq_message_topic(got), topic);
		late = rmq_message_store_ms(got) - rmq_message_born_ms(got) - delay_ms[i];
		if (late < 0)
			fail("\"%s\" was there %lld ms too early", bodies[i], -(long long)late);
		if (late > (scene.target == &target_mock ? 5000 : SOON_MS))
			fail("\"%s\" was %lld ms late", bodies[i], (long long)late);
	}
}

/* --- Unknown topic ---------------------------------------------------------------- */

static void send__unknown_topic_is_created_by_the_first_send(void)
{
	const char *topic = new_name("T");
	rmq_producer *p = new_producer("defaultTopicQueueNums=3");
	struct sink *s;
	const rmq_send_result *r = send_text(p, topic, NULL, "first");

	expect(rmq_send_result_queue(r)->queue_id >= 0 && rmq_send_result_queue(r)->queue_id < 3);
	s = sink_open(NULL, topic, NULL, NULL, NULL);
	sink_expect(s, 1);
	expect_text(rmq_message_topic(sink_at(s, 0)), topic);
}

static const struct behaviour send_list[] = {
	BEHAVIOUR(send__round_trip_of_10000_messages_loses_nothing, 0),
	BEHAVIOUR(send__bodies_from_1_byte_to_4_mib_arrive_unchanged, 0),
	BEHAVIOUR(send__every_byte_value_survives, 0),
	BEHAVIOUR(send__zlib_bodies_arrive_unpacked, 0),
	BEHAVIOUR(send__lz4_bodies_arrive_unpacked, 0),
	BEHAVIOUR(send__zstd_bodies_arrive_unpacked, 0),
	BEHAVIOUR(send__properties_of_any_text_survive, 0),
	BEHAVIOUR(send__flag_survives, 0),
	BEHAVIOUR(send__result_tells_what_the_consumer_sees, 0),
	BEHAVIOUR(send__offsets_of_a_queue_rise_by_one, 0),
	BEHAVIOUR(send__rotates_over_all_queues_of_both_brokers, 0),
	BEHAVIOUR(send__leaves_the_message_unchanged_and_gives_new_ids, 0),
	BEHAVIOUR(send__empty_body_is_refused, 0),
	BEHAVIOUR(send__body_over_the_configured_limit_is_refused, 0),
	BEHAVIOUR(send__body_over_the_brokers_limit_is_refused_by_it, 0),
	BEHAVIOUR(send__properties_over_32_kib_are_refused, 0),
	BEHAVIOUR(send__delayed_messages_arrive_in_time_and_not_before, 0),
	BEHAVIOUR(send__unknown_topic_is_created_by_the_first_send, 0),
};
BEHAVIOURS(send);
