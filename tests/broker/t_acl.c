/* SPDX-License-Identifier: Apache-2.0 */
/* A broker that admits one account, as the plain ACL of 4.9 does. */
#include <string.h>

#include "codec/signature.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;
static struct rmqi_signer *signer;

static void set_up(const char *my_secret)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.access_key = "rocketmq2";
	o.secret_key = "12345678";
	rig = rig_new_with(&o);
	peer = peer_new(rig);
	ck_assert_int_eq(rmqi_signer_new(rmqi_str(my_secret), &signer), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_signer_free(signer);
	peer_free(peer);
	rig_free(rig);
}

/* A request with a header and a body, by that account (NULL: none); the signature, if there is one, is
 * made before `late` (may be NULL) is added. */
static int32_t ask(int32_t code, const char *access_key, bool is_signed, const char *late)
{
	static const struct rmqi_h_heartbeat header = {0};
	static const struct rmqi_cursor body = {(const uint8_t *)"{\"clientID\":\"c\"}", 16};
	struct rmqi_ext ext[3];
	struct rmqi_signed what = {&rmqi_desc_heartbeat, &header, ext, 0, &body, 1};
	struct rmqi_outgoing request = {.code = code,
					.desc = what.desc,
					.header = what.header,
					.extra = ext,
					.body = &body,
					.body_count = 1};
	char signature[RMQI_SIGNATURE_LEN];

	if (access_key)
		ext[request.extra_count++] =
			(struct rmqi_ext){RMQI_STR(RMQI_EXT_ACCESS_KEY), rmqi_str(access_key)};
	what.extra_count = request.extra_count;
	rmqi_sign(signer, &what, signature);
	if (is_signed)
		ext[request.extra_count++] = (struct rmqi_ext){
			RMQI_STR(RMQI_EXT_SIGNATURE), rmqi_str_n(signature, sizeof(signature))};
	if (late)
		ext[request.extra_count++] = (struct rmqi_ext){rmqi_str(late), RMQI_STR("true")};
	ck_assert_int_eq(rmqi_rpc_call(peer->rpc, rig->broker, &request,
				       rmqi_clock_deadline(rig->env->clock, 3000), &peer->answer,
				       NULL, NULL),
			 RMQ_OK);
	return peer->answer.command.code;
}

static void expect_refused(int32_t code, const char *why)
{
	ck_assert_int_eq(code, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_msg(strstr(peer_remark(peer), why), "%s", peer_remark(peer));
	ck_assert_ptr_nonnull(strstr(peer_remark(peer), "AclException"));
}

START_TEST(acl__admits_who_signs)
{
	set_up("12345678");
	ck_assert_int_eq(ask(RMQI_REQ_HEART_BEAT, "rocketmq2", true, NULL), RMQI_RESP_SUCCESS);
	tear_down();
}
END_TEST

START_TEST(acl__refuses_who_says_no_name)
{
	set_up("12345678");
	expect_refused(ask(RMQI_REQ_HEART_BEAT, NULL, false, NULL), "No accessKey is configured");
	expect_refused(peer_send(peer, "T", 0, "body", NULL), "No accessKey is configured");
	tear_down();
}
END_TEST

START_TEST(acl__refuses_another_account)
{
	set_up("12345678");
	expect_refused(ask(RMQI_REQ_HEART_BEAT, "rocketmq", true, NULL),
		       "No acl config for rocketmq,");
	tear_down();
}
END_TEST

START_TEST(acl__refuses_a_wrong_or_missing_signature)
{
	set_up("12345679");
	expect_refused(ask(RMQI_REQ_HEART_BEAT, "rocketmq2", true, NULL),
		       "Check signature failed for accessKey=rocketmq2,");
	expect_refused(ask(RMQI_REQ_HEART_BEAT, "rocketmq2", false, NULL),
		       "Check signature failed for accessKey=rocketmq2,");
	tear_down();
}
END_TEST

START_TEST(acl__refuses_what_was_changed_on_the_way)
{
	set_up("12345678");
	expect_refused(ask(RMQI_REQ_HEART_BEAT, "rocketmq2", true, "more"),
		       "Check signature failed");
	tear_down();
}
END_TEST

/* Java's client adds it after it has signed (MQAdminImpl). */
START_TEST(acl__does_not_sign_the_mark_of_a_query)
{
	set_up("12345678");
	ck_assert_int_eq(ask(RMQI_REQ_HEART_BEAT, "rocketmq2", true, "_UNIQUE_KEY_QUERY"),
			 RMQI_RESP_SUCCESS);
	tear_down();
}
END_TEST

/* Before anyone looks at the code. */
START_TEST(acl__comes_before_the_request_code)
{
	set_up("12345678");
	expect_refused(ask(9999, NULL, false, NULL), "No accessKey is configured");
	ck_assert_uint_eq(mb_cluster_unsupported_count(rig->cluster), 0);
	ck_assert_int_eq(ask(9999, "rocketmq2", true, NULL), RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	tear_down();
}
END_TEST

START_TEST(acl__is_the_brokers_alone)
{
	set_up("12345678");
	ck_assert_int_eq(mb_cluster_create_topic(rig->cluster, "T", 1, NULL), RMQ_OK);
	ck_assert_int_eq(peer_route(peer, "T"), RMQI_RESP_SUCCESS);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		acl__admits_who_signs,
		acl__refuses_who_says_no_name,
		acl__refuses_another_account,
		acl__refuses_a_wrong_or_missing_signature,
		acl__refuses_what_was_changed_on_the_way,
		acl__does_not_sign_the_mark_of_a_query,
		acl__comes_before_the_request_code,
		acl__is_the_brokers_alone,
	};

	return run_suite("acl", tests, RMQI_COUNT(tests));
}
