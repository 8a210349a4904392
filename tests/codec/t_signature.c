/* SPDX-License-Identifier: Apache-2.0 */
/* The signature of a request: Java's, whatever the form of its header. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"
#include "codec/schema.h"
#include "codec/signature.h"
#include "tests/support/suite.h"

static struct rmqi_signer *signer;

static void set_up(const char *secret)
{
	ck_assert_int_eq(rmqi_signer_new(rmqi_str(secret), &signer), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_signer_free(signer);
}

static const char *sign(const struct rmqi_signed *r)
{
	static char text[RMQI_SIGNATURE_LEN + 1];

	rmqi_sign(signer, r, text);
	return text;
}

static struct rmqi_ext ext(const char *key, const char *value)
{
	return (struct rmqi_ext){rmqi_str(key), rmqi_str(value)};
}

static struct rmqi_cursor cursor(const char *text)
{
	return (struct rmqi_cursor){(const uint8_t *)text, strlen(text)};
}

/* The request of the vectors in doc/reference/acl.md. */
static struct rmqi_h_send_message send_header(void)
{
	struct rmqi_h_send_message h = {.producerGroup = rmqi_str("pg"),
					.topic = rmqi_str("TopicTest"),
					.defaultTopic = rmqi_str("TBW102"),
					.defaultTopicQueueNums = 4,
					.queueId = 1,
					.bornTimestamp = 1700000000000};

	RMQI_SET(&h, send_message, properties, rmqi_str("TAGS\x01TagA\x02WAIT\x01true\x02"));
	RMQI_SET(&h, send_message, reconsumeTimes, 0);
	RMQI_SET(&h, send_message, unitMode, false);
	RMQI_SET(&h, send_message, batch, false);
	RMQI_SET(&h, send_message, bname, rmqi_str("broker-a"));
	return h;
}

START_TEST(signature__of_a_send_is_javas)
{
	struct rmqi_h_send_message h = send_header();
	struct rmqi_ext extra[] = {ext("AccessKey", "rocketmq2"), ext("SecurityToken", "tok")};
	struct rmqi_cursor body[] = {cursor("he"), cursor(""), cursor("llo")};
	struct rmqi_signed r = {&rmqi_desc_send_message_v2, &h, extra, 1, body, 3};

	set_up("12345678");
	ck_assert_str_eq(sign(&r), "QCh3SIECMqESjoDFJtfTzwA6KnQ=");
	r.extra_count = 2;
	ck_assert_str_eq(sign(&r), "aEnUa5N9fMamxMDs17tFN3X9RtE=");
	tear_down();
}
END_TEST

START_TEST(signature__of_a_request_without_header_and_body_is_javas)
{
	struct rmqi_ext extra[] = {ext("AccessKey", "rocketmq2")};
	struct rmqi_signed r = {.extra = extra, .extra_count = 1};

	set_up("12345678");
	ck_assert_str_eq(sign(&r), "Ou1T58RIcyZWaTIwzkhJZWn/Zvs=");
	tear_down();
}
END_TEST

/* OpenSSL's own HMAC, over what is signed of a request with one ext field. */
static void expect_same(const char *secret, const char *value, size_t body_len)
{
	struct rmqi_ext extra[] = {ext("k", value)};
	struct rmqi_cursor body = {rmqi_calloc(1, body_len), body_len};
	struct rmqi_signed r = {.extra = extra, .extra_count = 1, .body = &body, .body_count = 1};
	size_t len = strlen(value) + body_len;
	uint8_t *text = malloc(len + 1), bytes[20];
	char base64[32];
	unsigned n = 0;

	memset((void *)(uintptr_t)body.ptr, 'b', body_len);
	memcpy(text, value, strlen(value));
	memcpy(text + strlen(value), body.ptr, body_len);
	set_up(secret);
	ck_assert_ptr_nonnull(HMAC(EVP_sha1(), secret, (int)strlen(secret), text, len, bytes, &n));
	EVP_EncodeBlock((uint8_t *)base64, bytes, 20);
	ck_assert_str_eq(sign(&r), base64);
	tear_down();
	free(text);
	rmqi_free((void *)(uintptr_t)body.ptr);
}

START_TEST(signature__agrees_with_another_hmac)
{
	char secret[200] = "";

	for (size_t i = 0; i < sizeof(secret) - 1; i++) {
		expect_same(secret, "v", i);
		secret[i] = (char)('!' + i % 90);
	}
	expect_same(secret, "v", 100000);
}
END_TEST

START_TEST(signature__does_not_depend_on_the_order_of_the_fields)
{
	struct rmqi_ext up[] = {ext("A", "1"), ext("B", "2"), ext("_", "3"), ext("a", "4")};
	struct rmqi_ext down[] = {up[3], up[2], up[1], up[0]};
	struct rmqi_signed r = {.extra = up, .extra_count = 4};
	char first[RMQI_SIGNATURE_LEN + 1];

	set_up("12345678");
	strcpy(first, sign(&r));
	r.extra = down;
	ck_assert_str_eq(sign(&r), first);
	tear_down();
}
END_TEST

START_TEST(signature__leaves_out_itself_what_has_no_key_and_what_comes_again)
{
	struct rmqi_ext once[] = {ext("a", "2")};
	struct rmqi_ext more[] = {ext("a", "1"), ext("Signature", "x"), ext("", "y"),
				  ext("a", "2")};
	struct rmqi_signed r = {.extra = once, .extra_count = 1};
	char first[RMQI_SIGNATURE_LEN + 1];

	set_up("12345678");
	strcpy(first, sign(&r));
	r.extra = more;
	r.extra_count = RMQI_COUNT(more);
	ck_assert_str_eq(sign(&r), first);
	ck_assert(rmqi_signature_is(signer, &r, rmqi_str(first)));
	tear_down();
}
END_TEST

/* What was signed with the typed header is right for who reads the frame. */
static void expect_verified(enum rmqi_serialization form, const struct rmqi_header_desc *desc,
			    const void *header)
{
	struct rmqi_command_meta meta = {
		.serialization = form, .code = 10, .version = RMQI_VERSION};
	struct rmqi_ext extra[] = {ext("AccessKey", "me"), ext("zzz", "\"quoted\" \\ \n")};
	struct rmqi_cursor body = cursor("body");
	struct rmqi_signed r = {desc, header, extra, 2, &body, 1}, seen;
	struct rmqi_frame frame;
	struct rmqi_command c;
	struct rmqi_buf out;
	char signature[RMQI_SIGNATURE_LEN];

	rmqi_sign(signer, &r, signature);
	rmqi_buf_init(&out, RMQI_FRAME_MAX);
	ck_assert_int_eq(rmqi_command_encode(&out, &meta, desc, header, extra, 2, body.len),
			 RMQ_OK);
	rmqi_buf_add(&out, body.ptr, body.len);
	rmqi_command_init(&c);
	ck_assert_int_eq(rmqi_frame_parse(rmqi_buf_cursor(&out), &frame), RMQ_OK);
	ck_assert_int_eq(rmqi_command_decode(&c, &frame), RMQ_OK);
	seen = (struct rmqi_signed){
		.extra = c.ext, .extra_count = c.ext_count, .body = &c.body, .body_count = 1};
	ck_assert(rmqi_signature_is(signer, &seen, rmqi_str_n(signature, sizeof(signature))));
	seen.body_count = 0;
	ck_assert(!rmqi_signature_is(signer, &seen, rmqi_str_n(signature, sizeof(signature))));
	ck_assert(!rmqi_signature_is(signer, &seen, rmqi_str("")));
	rmqi_command_deinit(&c);
	rmqi_buf_deinit(&out);
}

START_TEST(signature__is_right_for_both_forms_of_the_header)
{
	struct rmqi_h_send_message h = send_header();
	struct rmqi_h_pull_message pull = {.consumerGroup = rmqi_str("G"),
					   .topic = rmqi_str("T"),
					   .queueOffset = INT64_MIN,
					   .commitOffset = INT64_MAX,
					   .maxMsgNums = INT32_MIN};

	set_up("12345678");
	/* Empty is not sent in the binary form, and adds nothing to what is signed. */
	RMQI_SET(&pull, pull_message, subscription, rmqi_str(""));
	for (int i = 0; i < 2; i++) {
		enum rmqi_serialization form = i ? RMQI_BINARY : RMQI_JSON;

		expect_verified(form, &rmqi_desc_send_message_v2, &h);
		expect_verified(form, &rmqi_desc_send_message, &h);
		expect_verified(form, &rmqi_desc_pull_message, &pull);
		expect_verified(form, NULL, NULL);
	}
	tear_down();
}
END_TEST

START_TEST(signature__has_room_for_the_largest_header)
{
	static char keys[RMQI_EXT_MAX][8];
	static struct rmqi_ext extra[RMQI_EXT_MAX];
	struct rmqi_h_send_message h = send_header();
	struct rmqi_signed r = {&rmqi_desc_send_message, &h, extra, RMQI_EXT_MAX, NULL, 0};
	uint64_t before;

	for (int i = 0; i < RMQI_EXT_MAX; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%d", RMQI_EXT_MAX - i);
		extra[i] = ext(keys[i], "v");
	}
	h.has = (UINT64_C(1) << rmqi_desc_send_message.field_count) - 1;
	set_up("12345678");
	before = rmqi_mem_allocations();
	ck_assert(rmqi_signature_is(signer, &r, rmqi_str(sign(&r))));
	ck_assert_uint_eq(rmqi_mem_allocations(), before);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		signature__of_a_send_is_javas,
		signature__of_a_request_without_header_and_body_is_javas,
		signature__agrees_with_another_hmac,
		signature__does_not_depend_on_the_order_of_the_fields,
		signature__leaves_out_itself_what_has_no_key_and_what_comes_again,
		signature__is_right_for_both_forms_of_the_header,
		signature__has_room_for_the_largest_header,
	};

	return run_suite("signature", tests, RMQI_COUNT(tests));
}
