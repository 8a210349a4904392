/* SPDX-License-Identifier: Apache-2.0 */
/* The account of a client: which keys go together, and that everything it asks is signed. */
#include "codec/signature.h"
#include "tests/client/scene.h"

static void set_keys(const char *access_key, const char *secret_key, const char *token)
{
	scene_set("accessKey", access_key);
	scene_set("secretKey", secret_key);
	scene_set("securityToken", token);
}

/* --- What goes together ------------------------------------------------------------------------ */

static void expect_refused(const char *why)
{
	struct rmqi_client_owner owner = scene_producer();

	scene_set("namesrvAddr", "127.0.0.1:1");
	ck_assert_int_eq(rmqi_client_new(scene.config, &owner, &scene.client, scene.detail),
			 RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(scene.detail), why);
	ck_assert_uint_eq(rmq_error_detail_flags(scene.detail), RMQ_ERROR_FATAL);
	scene.client = NULL;
}

START_TEST(credentials__keys_go_together)
{
	scene_set_up(1);
	set_keys("me", "", "");
	expect_refused("accessKey is set, but secretKey is not: set both, or neither");
	set_keys("", "secret", "");
	expect_refused("secretKey is set, but accessKey is not: set both, or neither");
	set_keys("", "", "token");
	expect_refused("securityToken is set, but accessKey and secretKey are not");
	scene_tear_down();
}
END_TEST

START_TEST(credentials__a_line_end_in_a_key_is_told)
{
	scene_set_up(1);
	set_keys("me", "secret\n", "");
	expect_refused("secretKey has a control character in it, such as a line end");
	set_keys("me\r", "secret", "");
	expect_refused("accessKey has a control character in it, such as a line end");
	set_keys("me", "secret", "to\tken");
	expect_refused("securityToken has a control character in it, such as a line end");
	scene_tear_down();
}
END_TEST

START_TEST(credentials__secrets_are_not_shown)
{
	scene_set_up(1);
	set_keys("me", "secret", "token");
	ck_assert_str_eq(rmqi_config_get(scene.config, "accessKey"), "me");
	ck_assert_str_eq(rmqi_config_get(scene.config, "secretKey"), "***");
	ck_assert_str_eq(rmqi_config_get(scene.config, "securityToken"), "***");
	scene_tear_down();
}
END_TEST

/* --- What is signed ------------------------------------------------------------------------------ */

enum { EXT_MAX = 16 };

/* As AclUtils sees it: what came, but for the signature. */
static void expect_signed(const struct fake_request *r, const char *secret_key)
{
	struct rmqi_ext ext[EXT_MAX];
	struct rmqi_cursor body = {(const uint8_t *)r->body, r->body_len};
	struct rmqi_signed what = {.extra = ext, .body = &body, .body_count = 1};
	const char *at = r->fields.text, *end = at + r->fields.len;
	struct rmqi_signer *signer = NULL;

	ck_assert_str_eq(fake_request_field(r, "AccessKey"), "me");
	while (at < end) {
		const char *value = at + strlen(at) + 1;

		ck_assert_uint_lt(what.extra_count, EXT_MAX);
		ext[what.extra_count++] = (struct rmqi_ext){rmqi_str(at), rmqi_str(value)};
		at = value + strlen(value) + 1;
	}
	ck_assert_int_eq(rmqi_signer_new(rmqi_str(secret_key), &signer), RMQ_OK);
	ck_assert_msg(
		rmqi_signature_is(signer, &what, rmqi_str(fake_request_field(r, "Signature"))),
		"request %d", (int)r->code);
	rmqi_signer_free(signer);
}

static void expect_all_signed(struct fake_peer *p, size_t at_least)
{
	size_t count = fake_peer_count(p, 0);

	ck_assert_uint_ge(count, at_least);
	for (size_t i = 0; i < count; i++)
		expect_signed(fake_peer_request(p, 0, i), "secret");
}

START_TEST(credentials__sign_all_that_is_asked)
{
	const struct rmqi_outgoing oneway = {.code = SEND};

	scene_set_up(1);
	set_keys("me", "secret", _i & 1 ? "token" : "");
	scene_set("serializeType", _i & 2 ? "ROCKETMQ" : "JSON");
	scene_open(scene_producer());
	fake_peer_always(scene.broker[0], SEND, FAKE_EMPTY);
	ck_assert_int_eq(scene_look("T", true, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 31000);
	ck_assert_int_eq(scene_ask_broker(0), RMQ_OK);
	ck_assert_int_eq(
		rmqi_rpc_oneway(scene.client->rpc, fake_peer_address(scene.broker[0]), &oneway),
		RMQ_OK);
	scene_close(); /* says goodbye */

	expect_all_signed(scene.ns[0], 2);
	expect_all_signed(scene.broker[0], 5);
	ck_assert_uint_ge(fake_peer_count(scene.broker[0], BEAT), 2);
	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BYE), 1);
	ck_assert(fake_peer_last(scene.broker[0], SEND)->is_oneway);
	ck_assert_str_eq(fake_request_field(fake_peer_last(scene.broker[0], BEAT), "SecurityToken"),
			 _i & 1 ? "token" : "");
	scene_tear_down();
}
END_TEST

/* Sent again on a new connection, it carries the signature that it had. */
START_TEST(credentials__sign_what_is_sent_again_after_go_away)
{
	struct rmqi_outgoing request = {.code = SEND};

	scene_set_up(1);
	set_keys("me", "secret", "");
	scene_open(scene_producer());
	fake_peer_next(scene.broker[0], SEND, RMQI_RESP_GO_AWAY);
	fake_peer_always(scene.broker[0], SEND, FAKE_EMPTY);
	ck_assert_int_eq(rmqi_rpc_call(scene.client->rpc, fake_peer_address(scene.broker[0]),
				       &request, rmqi_clock_deadline(scene.world.env.clock, 3000),
				       NULL, NULL, scene.detail),
			 RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(scene.broker[0], SEND), 2);
	expect_all_signed(scene.broker[0], 2);
	scene_tear_down();
}
END_TEST

/* --- Refusals ------------------------------------------------------------------------------------- */

/* A proxy in front of brokers with ACL 2.0. */
START_TEST(credentials__a_denied_route_is_told_and_asked_once)
{
	scene_set_up(1);
	fake_peer_always(scene.ns[0], ROUTE, RMQI_RESP_NO_PERMISSION);
	fake_peer_remark(scene.ns[0], "User:me is not found.");
	set_keys("me", "secret", "");
	scene_open_as(scene_producer(), scene_addresses(scene_server(0), scene_server(1), NULL));
	ck_assert_int_eq(scene_look("T", true, 3000), RMQ_ERR_DENIED);
	ck_assert_str_eq(rmq_error_detail_message(scene.detail),
			 "topic T: the name server denies access to accessKey \"me\" "
			 "(NO_PERMISSION: User:me is not found.): check accessKey, secretKey and "
			 "what this account may do");
	ck_assert_uint_eq(rmq_error_detail_flags(scene.detail), RMQ_ERROR_FATAL);
	scene_expect_attempt(0, scene_server(0), RMQ_PHASE_ANSWER, RMQ_ERR_DENIED);
	ck_assert_uint_eq(fake_peer_count(scene.ns[1], 0), 0);
	scene_tear_down();
}
END_TEST

START_TEST(credentials__a_denied_heartbeat_is_told)
{
	struct rmqi_client_trouble trouble;

	scene_set_up(1);
	fake_peer_always(scene.broker[0], BEAT, RMQI_RESP_SYSTEM_ERROR);
	fake_peer_remark(scene.broker[0], "AclException: No accessKey is configured");
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", true, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 10);
	ck_assert(rmqi_client_trouble(scene.client, RMQI_TROUBLE_BROKER, NULL, &trouble));
	ck_assert_int_eq(trouble.error, RMQ_ERR_DENIED);
	ck_assert_int_eq(trouble.code, RMQI_RESP_SYSTEM_ERROR);
	scene_tear_down();
}
END_TEST

START_TEST(credentials__nothing_is_added_without_them)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", true, 3000), RMQ_OK);
	ck_assert_str_eq(fake_request_field(fake_peer_last(scene.ns[0], ROUTE), "AccessKey"), "");
	ck_assert_str_eq(fake_request_field(fake_peer_last(scene.ns[0], ROUTE), "Signature"), "");
	scene_tear_down();
}
END_TEST

START_TEST(credentials__cost_a_message_no_memory)
{
	struct rmqi_outgoing request = {.code = SEND};
	struct rmqi_hooked hooked;
	struct rmqi_hook hook;
	uint64_t before;

	scene_set_up(1);
	set_keys("me", "secret", "token");
	scene_open(scene_producer());
	hook = rmqi_credentials_hook(scene.client->credentials);
	before = rmqi_mem_allocations();
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(rmqi_hooks_before(&hook, 1, "", &request, &hooked), RMQ_OK);
		rmqi_hooks_sent(&hook, 1, &hooked);
	}
	ck_assert_uint_eq(rmqi_mem_allocations(), before);
	scene_tear_down();
}
END_TEST

/* --- The function ----------------------------------------------------------------------------------- */

static struct {
	unsigned asked;
	int64_t at_ms[64];
	enum rmq_error error; /* what it says */
	bool gives_nothing;
	const char *secret;
	unsigned on_loop;
} issuer;

static enum rmq_error issue(rmq_credentials *to, void *arg)
{
	ck_assert_ptr_eq(arg, &issuer);
	issuer.at_ms[issuer.asked++ % 64] = fake_world_now(&scene.world);
	if (scene.client && rmqi_loop_is_current(scene.client->loop))
		issuer.on_loop++;
	if (issuer.error != RMQ_OK || issuer.gives_nothing)
		return issuer.error;
	return rmqi_credentials_give(to, "me", issuer.secret, "", scene.detail);
}

static void set_up_issuer(void)
{
	scene_set_up(1);
	memset(&issuer, 0, sizeof(issuer));
	issuer.secret = "first";
	scene.config->credentials_fn = issue;
	scene.config->credentials_arg = &issuer;
}

static void expect_last_beat(const char *secret)
{
	expect_signed(fake_peer_last(scene.broker[0], BEAT), secret);
}

START_TEST(issuer__is_asked_once_and_then_in_its_period)
{
	set_up_issuer();
	scene_set("credentialsRefreshInterval", "60000");
	scene_open(scene_producer());
	ck_assert_uint_eq(issuer.asked, 1);
	ck_assert_int_eq(scene_look("T", true, 3000), RMQ_OK);
	fake_peer_always(scene.broker[0], SEND, FAKE_EMPTY);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(scene_ask_broker(0), RMQ_OK);
	fake_world_advance(&scene.world, 59000);
	ck_assert_uint_eq(issuer.asked, 1);
	expect_last_beat("first");

	issuer.secret = "second";
	fake_world_advance(&scene.world, 32000);
	ck_assert_uint_eq(issuer.asked, 2);
	ck_assert_int_eq(issuer.at_ms[1], 60000);
	expect_last_beat("second");
	fake_world_advance(&scene.world, 600 * 1000);
	ck_assert_uint_eq(issuer.asked, 12);
	ck_assert_uint_eq(issuer.on_loop, 0);
	scene_tear_down();
}
END_TEST

/* The keys were changed before the period was over. */
START_TEST(issuer__is_asked_after_a_denial_but_once_a_second)
{
	set_up_issuer();
	scene_set("credentialsRefreshInterval", "86400000");
	scene_open(scene_producer());
	fake_peer_always(scene.broker[0], BEAT, RMQI_RESP_NO_PERMISSION);
	fake_peer_remark(scene.broker[0], "check signature failed.");
	fake_peer_always(scene.broker[0], SEND, RMQI_RESP_NO_PERMISSION);
	ck_assert_int_eq(scene_look("T", true, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 5000);
	for (int i = 0; i < 100; i++) {
		(void)!scene_ask_broker(0);
		fake_world_advance(&scene.world, 100);
	}
	ck_assert_uint_ge(issuer.asked, 3);
	for (unsigned i = 1; i < issuer.asked; i++)
		ck_assert_int_ge(issuer.at_ms[i] - issuer.at_ms[i - 1], 1000);

	issuer.secret = "second";
	fake_world_advance(&scene.world, 60000);
	fake_peer_always(scene.broker[0], BEAT, FAKE_BEHAVE);
	fake_world_advance(&scene.world, 60000);
	expect_last_beat("second");
	scene_tear_down();
}
END_TEST

START_TEST(issuer__that_gives_none_later_leaves_what_was)
{
	set_up_issuer();
	scene_set("credentialsRefreshInterval", "10000");
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", true, 3000), RMQ_OK);
	issuer.error = RMQ_ERR_TIMEOUT;
	fake_world_advance(&scene.world, 35000);
	ck_assert_uint_ge(issuer.asked, 3);
	expect_last_beat("first");
	scene_tear_down();
}
END_TEST

static void expect_not_made(enum rmq_error error, const char *why)
{
	struct rmqi_client_owner owner = scene_producer();

	scene_set("namesrvAddr", "127.0.0.1:1");
	ck_assert_int_eq(rmqi_client_new(scene.config, &owner, &scene.client, scene.detail), error);
	ck_assert_str_eq(rmq_error_detail_message(scene.detail), why);
	scene.client = NULL;
}

START_TEST(issuer__that_gives_none_at_first_is_an_error)
{
	set_up_issuer();
	issuer.error = RMQ_ERR_TIMEOUT;
	expect_not_made(RMQ_ERR_TIMEOUT, "the credentials function gave none: timeout");
	issuer.error = RMQ_OK;
	issuer.gives_nothing = true;
	expect_not_made(RMQ_ERR_CONFIG, "the credentials function gave none: bad configuration");
	set_keys("me", "secret", "");
	expect_not_made(RMQ_ERR_CONFIG, "accessKey, secretKey or securityToken is set, and a "
					"credentials function, too: either, not both");
	scene_tear_down();
}
END_TEST

START_TEST(issuer__cannot_give_what_cannot_be_right)
{
	set_up_issuer();
	issuer.secret = "";
	expect_not_made(RMQ_ERR_CONFIG, "the credentials function gave none: bad configuration");
	issuer.secret = "line\n";
	expect_not_made(RMQ_ERR_CONFIG, "the credentials function gave none: bad configuration");
	scene_tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		credentials__keys_go_together,
		credentials__a_line_end_in_a_key_is_told,
		credentials__secrets_are_not_shown,
		credentials__sign_what_is_sent_again_after_go_away,
		credentials__a_denied_route_is_told_and_asked_once,
		credentials__a_denied_heartbeat_is_told,
		issuer__is_asked_once_and_then_in_its_period,
		issuer__is_asked_after_a_denial_but_once_a_second,
		issuer__that_gives_none_later_leaves_what_was,
		issuer__that_gives_none_at_first_is_an_error,
		issuer__cannot_give_what_cannot_be_right,
		credentials__nothing_is_added_without_them,
		credentials__cost_a_message_no_memory,
	};
	struct suite suite;

	suite_open(&suite, "credentials");
	suite_add(&suite, tests, RMQI_COUNT(tests));
	suite_add_loop(&suite, credentials__sign_all_that_is_asked, 4);
	return suite_run(&suite);
}
