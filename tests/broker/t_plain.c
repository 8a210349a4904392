/* SPDX-License-Identifier: Apache-2.0 */
/* t_plain.c - a broker with plain_acl.yml: who may do what, the file while it changes, and accounts over the wire. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/detail.h"
#include "mock-broker/acl/accounts_file.h"
#include "mock-broker/acl/plain.h"
#include "tests/broker/rig.h"

#define SECRET "12345678"

static struct rig *rig;
static struct peer *peer;
static char folder[64];
static char path[96];
static char conf[512];
static char logged[16384];

static const char accounts[] = "# accounts of a test\n"
			       "globalWhiteRemoteAddresses:\n"
			       "  - 10.10.103.*   # a comment\n"
			       "\n"
			       "accounts:\n"
			       "  - accessKey: operator1\n"
			       "    secretKey: 12345678\n"
			       "    whiteRemoteAddress:\n"
			       "    admin: true\n"
			       "\n"
			       "  - accessKey: application1\n"
			       "    secretKey: 12345678\n"
			       "    admin: false\n"
			       "    defaultTopicPerm: DENY\n"
			       "    defaultGroupPerm: SUB\n"
			       "    topicPerms:\n"
			       "      - Both=PUB|SUB\n"
			       "      - Pub=PUB\n"
			       "      - Sub=SUB\n"
			       "      - Deny=DENY\n"
			       "    groupPerms:\n"
			       "      # the group, not its retry topic\n"
			       "      - NoGroup=DENY\n"
			       "      - PubGroup=PUB\n";

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void keep_log(enum rmq_log_level level, const char *message, void *arg)
{
	size_t len = strlen(logged);

	(void)arg;
	(void)level;
	snprintf(logged + len, sizeof(logged) - len, "%s\n", message);
}

static void begin(const char *text, const char *release)
{
	struct mb_cluster_options o;

	snprintf(folder, sizeof(folder), "/tmp/rmq-plain-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/plain_acl.yml", folder);
	write_file(text);
	snprintf(conf, sizeof(conf), "aclEnable=true\nrocketmq.acl.plain.file=%s\nemulate=%s\n", path,
		 release);
	rig_options(&o);
	o.broker_conf = conf;
	o.log = keep_log;
	o.log_level = RMQ_LOG_DEBUG;
	logged[0] = 0;
	rig = rig_new_with(&o);
	peer = peer_new(rig);
	peer_sign_as(peer, "operator1", SECRET);
}

static void end(void)
{
	char backup[128];

	peer_sign_as(peer, NULL, NULL);
	peer_free(peer);
	rig_free(rig);
	snprintf(backup, sizeof(backup), "%s.bak", path);
	(void)unlink(backup);
	(void)unlink(path);
	(void)rmdir(folder);
	ck_assert_ptr_null(strstr(logged, SECRET));
}

static void expect_refused(int32_t code, const char *why)
{
	ck_assert_int_eq(code, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_ptr_nonnull(strstr(peer_remark(peer), "AclException: "));
	ck_assert_msg(strstr(peer_remark(peer), why), "%s", peer_remark(peer));
}

/* The topics of these tests, by the administrator. */
static void make_topics(void)
{
	static const char *const names[] = {"Both", "Pub", "Sub", "Deny", "Other"};

	for (size_t i = 0; i < RMQI_COUNT(names); i++)
		ck_assert_int_eq(peer_create_topic(peer, names[i], 1), 0);
	peer_sign_as(peer, "application1", SECRET);
}

START_TEST(plain__gives_topics_to_producers)
{
	begin(accounts, "4.9");
	make_topics();

	ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "Pub", 0, "x", NULL), 0);
	expect_refused(peer_send(peer, "Sub", 0, "x", NULL), "No default permission for topic:Sub,");
	expect_refused(peer_send(peer, "Deny", 0, "x", NULL), "No default permission for topic:Deny,");
	expect_refused(peer_send(peer, "Other", 0, "x", NULL),
		       "No default permission for topic:Other,");
	peer->send_code = RMQI_REQ_SEND_MESSAGE;
	expect_refused(peer_send(peer, "Sub", 0, "x", NULL), "No default permission for topic:Sub,");
	peer->send_code = RMQI_REQ_SEND_BATCH_MESSAGE;
	expect_refused(peer_send(peer, "Sub", 0, "x", NULL), "No default permission for topic:Sub,");
	peer->send_code = 0;
	ck_assert_int_eq(peer_max_offset(peer, "Sub", 0), 0);

	end();
}
END_TEST

START_TEST(plain__gives_topics_and_groups_to_consumers)
{
	begin(accounts, "4.9");
	make_topics();

	ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "Both", "*", 1), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "Sub", "*", 1), 0);
	expect_refused(peer_consumer_beat(peer, "c", "G", "Pub", "*", 1),
		       "No default permission for topic:Pub,");
	expect_refused(peer_consumer_beat(peer, "c", "NoGroup", "Sub", "*", 1),
		       "No default permission for group:NoGroup,");
	expect_refused(peer_consumer_beat(peer, "c", "PubGroup", "Sub", "*", 1),
		       "No default permission for group:PubGroup,");
	ck_assert_int_eq(peer_pull(peer, "G", "Sub", 0, 0, 0), RMQI_RESP_PULL_NOT_FOUND);
	expect_refused(peer_pull(peer, "G", "Pub", 0, 0, 0), "topic:Pub,");
	expect_refused(peer_pull(peer, "NoGroup", "Sub", 0, 0, 0), "group:NoGroup,");
	expect_refused(peer_commit(peer, "NoGroup", "Sub", 0, 0), "group:NoGroup,");
	expect_refused(peer_send_back(peer, "NoGroup", 0, 1), "group:NoGroup,");
	expect_refused(peer_unregister(peer, "c", "NoGroup"), "group:NoGroup,");
	/* A retry topic is its group. */
	expect_refused(peer_pull(peer, "G", "%RETRY%NoGroup", 0, 0, 0), "group:NoGroup,");

	end();
}
END_TEST

START_TEST(plain__keeps_administration_to_administrators)
{
	begin(accounts, "4.9");
	make_topics();

	expect_refused(peer_create_topic(peer, "New", 1),
		       "Need admin permission for request code=17, but accessKey=application1 is not,");
	expect_refused(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_BROKER_CONFIG, NULL, NULL, "a=b"),
		       "Need admin permission for request code=25, ");
	expect_refused(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_CLUSTER_ACL_CONFIG, NULL,
				NULL, NULL),
		       "Need admin permission for request code=54, ");
	/* Anything else is his who has an account. */
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_RUNTIME_INFO, NULL, NULL,
				  NULL),
			 0);

	end();
}
END_TEST

START_TEST(plain__reads_the_file_when_it_has_changed)
{
	begin(accounts, "4.9");
	make_topics();

	write_file("accounts:\n- accessKey: application1\n  secretKey: 12345678\n"
		   "  defaultTopicPerm: PUB\n");
	ck_assert_int_ne(peer_send(peer, "Other", 0, "x", NULL), 0);
	rig_advance(rig, MB_PLAIN_WATCH_MS + 1);
	ck_assert_int_eq(peer_send(peer, "Other", 0, "x", NULL), 0);
	/* One that cannot be read changes nothing, and is told once, without what stands in it. */
	write_file("accounts:\n- accessKey: application1\n  secretKey: 12345678 : x\n");
	rig_advance(rig, 10 * MB_PLAIN_WATCH_MS);
	ck_assert_int_eq(peer_send(peer, "Other", 0, "x", NULL), 0);
	ck_assert_ptr_nonnull(strstr(logged, "cannot be read, so the accounts stay as they are: line 3:"));
	ck_assert_ptr_null(strstr(strstr(logged, "cannot be read") + 1, "cannot be read"));
	/* Nor does one that is gone. */
	ck_assert_int_eq(unlink(path), 0);
	rig_advance(rig, 10 * MB_PLAIN_WATCH_MS);
	ck_assert_int_eq(peer_send(peer, "Other", 0, "x", NULL), 0);
	write_file("accounts: []\n");
	rig_advance(rig, MB_PLAIN_WATCH_MS + 1);
	expect_refused(peer_send(peer, "Other", 0, "x", NULL), "No acl config for application1,");

	end();
}
END_TEST

/* The peers of a rig are 127.0.0.1. */
START_TEST(plain__asks_no_signature_of_white_addresses)
{
	begin("globalWhiteRemoteAddresses:\n- 127.0.0.1\n", "4.9");
	peer_sign_as(peer, NULL, NULL);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	end();
	begin("accounts:\n- accessKey: operator1\n  secretKey: anotherone\n"
	      "  whiteRemoteAddress: 127.0.0.{1,2}\n",
	      "4.9");
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	peer_sign_as(peer, NULL, NULL);
	expect_refused(peer_send(peer, "T", 0, "x", NULL), "No accessKey is configured");
	end();
}
END_TEST

START_TEST(plain__does_not_start_without_its_file)
{
	struct mb_cluster_options o;
	struct rmq_mock_cluster *c = NULL;
	struct rmq_error_detail *detail = rmqi_detail_new();

	rig_options(&o);
	o.broker_conf = "aclEnable=true\nrocketmq.acl.plain.file=/nowhere/plain_acl.yml\n";
	ck_assert_int_eq(mb_cluster_new(&o, &c, detail), RMQ_ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "/nowhere/plain_acl.yml"));
	rmq_error_detail_free(detail);
}
END_TEST

/* --- Over the wire --------------------------------------------------------------------------- */

static int32_t put_account(const char *access_key, const char *secret, const char *topics)
{
	struct rmqi_h_create_access_config h = {0};

	h.accessKey = rmqi_str(access_key);
	if (secret)
		RMQI_SET(&h, create_access_config, secretKey, rmqi_str(secret));
	if (topics)
		RMQI_SET(&h, create_access_config, topicPerms, rmqi_str(topics));
	RMQI_SET(&h, create_access_config, admin, false);
	RMQI_SET(&h, create_access_config, defaultTopicPerm, RMQI_STR("DENY"));
	return peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_ACL_CONFIG,
			&rmqi_desc_create_access_config, &h, NULL);
}

static int32_t delete_account(const char *access_key)
{
	struct rmqi_h_delete_access_config h = {.accessKey = rmqi_str(access_key)};

	return peer_ask(peer, rig->broker, RMQI_REQ_DELETE_ACL_CONFIG,
			&rmqi_desc_delete_access_config, &h, NULL);
}

static int32_t put_whites(const char *addresses, const char *file)
{
	struct rmqi_h_update_global_white_addrs_config h = {.globalWhiteAddrs = rmqi_str(addresses)};

	if (file)
		RMQI_SET(&h, update_global_white_addrs_config, aclFileFullPath, rmqi_str(file));
	return peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_GLOBAL_WHITE_ADDRS_CONFIG,
			&rmqi_desc_update_global_white_addrs_config, &h, NULL);
}

START_TEST(admin__makes_changes_and_deletes_accounts)
{
	begin(accounts, "4.9");
	ck_assert_int_eq(peer_create_topic(peer, "New", 1), 0);
	ck_assert_int_eq(put_account("newcomer", "it's a 'secret'", "New=PUB,Old=SUB"), 0);
	peer_sign_as(peer, "newcomer", "it's a 'secret'");
	ck_assert_int_eq(peer_send(peer, "New", 0, "x", NULL), 0);
	peer_sign_as(peer, "operator1", SECRET);
	/* What is not said stays. */
	ck_assert_int_eq(put_account("newcomer", NULL, "New=SUB"), 0);
	peer_sign_as(peer, "newcomer", "it's a 'secret'");
	expect_refused(peer_send(peer, "New", 0, "x", NULL), "topic:New,");
	/* The file holds it: what was read again is the same. */
	rig_advance(rig, 2 * MB_PLAIN_WATCH_MS);
	expect_refused(peer_send(peer, "New", 0, "x", NULL), "topic:New,");
	peer_sign_as(peer, "operator1", SECRET);
	ck_assert_int_eq(delete_account("newcomer"), 0);
	ck_assert_int_eq(delete_account("newcomer"), 210);
	ck_assert_str_eq(peer_remark(peer), "The accesskey[newcomer] corresponding to accessConfig "
					    "has been deleted failed.");
	peer_sign_as(peer, "newcomer", "it's a 'secret'");
	expect_refused(peer_send(peer, "New", 0, "x", NULL), "No acl config for newcomer,");
	end();
}
END_TEST

static mode_t mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(name, &st), 0);
	return st.st_mode & 07777;
}

START_TEST(admin__writes_files_for_their_owner_only)
{
	char backup[128];

	begin(accounts, "4.9");
	snprintf(backup, sizeof(backup), "%s.bak", path);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(put_account("newcomer", "it's a 'secret'", "New=PUB"), 0);
	ck_assert_int_eq(mode_of(path), 0600);
	/* What its administrator wrote, with the mode that it had. */
	ck_assert_int_eq(mode_of(backup), 0600);
	end();
}
END_TEST

START_TEST(admin__refuses_what_is_no_account)
{
	begin(accounts, "4.9");
	ck_assert_int_eq(put_account("short", SECRET, NULL), 209);
	ck_assert_str_eq(peer_remark(peer), "The accessKey=short and secretKey=****** cannot be null "
					    "and length should longer than 6");
	ck_assert_int_eq(put_account("longenough", "short", NULL), 209);
	ck_assert_ptr_null(strstr(peer_remark(peer), "=short"));
	ck_assert_int_eq(put_account("longenough", SECRET, "New=READ"), 209);
	ck_assert_str_eq(peer_remark(peer), "Parse resource permission error for New=READ.\nThe expected "
					    "permissions are 'SUB' or 'PUB' or 'SUB|PUB' or 'PUB|SUB'.");
	ck_assert_int_eq(put_account("longenough", SECRET, "New"), 209);
	ck_assert_str_eq(peer_remark(peer), "Parse Resource format error for New.\nThe expected resource "
					    "format is 'Res=Perm'. For example: topicA=SUB");
	ck_assert_int_eq(put_account("line\nbreak", SECRET, NULL), 209);
	ck_assert_int_eq(put_account("longenough", SECRET "\n- accessKey: 'intruder'", NULL), 209);
	ck_assert_int_eq(put_whites("10.1.1.300", NULL), 211);
	ck_assert_int_eq(put_whites("10.1.1.1", "/etc/passwd"), 211);
	ck_assert_int_eq(put_whites("10.1.1.1,::1", path), 0);
	ck_assert_int_eq(put_whites("10.1.1.1", NULL), 0);
	end();
}
END_TEST

START_TEST(admin__tells_accounts_without_secrets)
{
	begin(accounts, "4.9");
	ck_assert_int_eq(put_whites("10.1.1.1", NULL), 0);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_CLUSTER_ACL_CONFIG, NULL,
				  NULL, NULL),
			 0);
	ck_assert_str_eq(peer_body(peer),
			 "{\"globalWhiteAddrs\":[\"10.1.1.1\"],\"plainAccessConfigs\":["
			 "{\"accessKey\":\"operator1\",\"admin\":true},"
			 "{\"accessKey\":\"application1\",\"admin\":false,\"defaultGroupPerm\":\"SUB\","
			 "\"defaultTopicPerm\":\"DENY\",\"groupPerms\":[\"NoGroup=DENY\","
			 "\"PubGroup=PUB\"],\"topicPerms\":[\"Both=PUB|SUB\",\"Pub=PUB\",\"Sub=SUB\","
			 "\"Deny=DENY\"]}]}");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_CLUSTER_ACL_INFO, NULL,
				  NULL, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_ext(peer, "version"), "\"counter\":1,"));
	ck_assert_ptr_nonnull(strstr(peer_ext(peer, "allAclFileVersion"), "plain_acl.yml\":{"));
	end();
	/* 5.3.3 knows these codes no more. */
	begin(accounts, "5.3");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_CLUSTER_ACL_INFO, NULL,
				  NULL, NULL),
			 RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	end();
}
END_TEST

/* --- The file, and addresses ------------------------------------------------------------------------- */

static const char *parse(const char *text)
{
	static char problem[256];
	struct mb_accounts *a = NULL;
	enum rmq_error err = mb_accounts_parse(rmqi_str(text), &a, problem, sizeof(problem));

	mb_accounts_free(a);
	return err == RMQ_OK ? NULL : problem;
}

START_TEST(file__refuses_what_it_does_not_know)
{
	static const char *const bad[] = {
		"accounts:\n- accessKey: abcdefg\n",
		"accounts:\n- accessKey: abcdef\n  secretKey: abcdefgh\n",
		"accounts:\n- secretKey: abcdefgh\n",
		"accounts:\n\t- accessKey: abcdefg\n",
		"accounts:\n- accessKey: abcdefg\n secretKey: abcdefgh\n",
		"accounts:\n- accessKey: abcdefg\n  secretKey: abcdefgh\n  acessKey: x\n",
		"accounts:\n- accessKey: abcdefg\n  accessKey: abcdefg\n  secretKey: abcdefgh\n",
		"accounts:\n- accessKey: abcdefg\n  secretKey: abcdefgh\n  admin: yes\n",
		"accounts:\n- accessKey: abcdefg\n  secretKey: !!str abcdefgh\n",
		"accounts:\n- accessKey: &a abcdefg\n  secretKey: abcdefgh\n",
		"accounts:\n- accessKey: \"abcdefg\n  secretKey: abcdefgh\n",
		"accounts:\n- accessKey: 'abc' d\n  secretKey: abcdefgh\n",
		"accounts:\n- accessKey: \"abc\\ndefg\"\n  secretKey: abcdefgh\n",
		"accounts:\n- accessKey: {a: b}\n  secretKey: abcdefgh\n",
		"accounts:\n- accessKey: |\n  secretKey: abcdefgh\n",
		"accounts:\n- accessKey: abcdefg\n  secretKey: abcdefgh\n  topicPerms:\n  - a\n",
		"accounts:\n- accessKey: abcdefg\n  secretKey: abcdefgh\n  topicPerms:\n - a=PUB\n",
		"accounts:\n- accessKey: abcdefg\n  secretKey: abcdefgh\n  topicPerms: [a]\n",
		"accounts:\n- accessKey: abcdefg\n  secretKey: abcdefgh\n  whiteRemoteAddress: x\n",
		"accounts:\n- accessKey: abcdefg\n  secretKey: abcdefgh\n"
		"- accessKey: abcdefg\n  secretKey: abcdefgh\n",
		"accounts: x\n",
		"accounts:\naccounts:\n",
		"account:\n",
		"- accessKey: abcdefg\n",
		"nonsense\n",
		"globalWhiteRemoteAddresses:\n- 1.2.3\n",
		"globalWhiteRemoteAddresses:\n- a: b\n",
		"dataVersion:\n- counter: x\n",
	};

	for (size_t i = 0; i < RMQI_COUNT(bad); i++) {
		const char *problem = parse(bad[i]);

		ck_assert_msg(problem, "accepted: %s", bad[i]);
		ck_assert_msg(!strstr(problem, "abcdefg"), "%s", problem);
		ck_assert_msg(strncmp(problem, "line ", 5) == 0, "%s", problem);
	}
	ck_assert_ptr_null(parse(""));
	ck_assert_ptr_null(parse("---\n# nothing\n"));
	ck_assert_ptr_null(parse(accounts));
}
END_TEST

/* A quote that is part of a text does not end it, so that what follows is no comment. */
START_TEST(file__reads_quotes_before_a_hash)
{
	static const char *const texts[] = {
		"accounts:\n- accessKey: abcdefg\n  secretKey: 'it''s # 12345' # comment\n",
		"accounts:\n- accessKey: abcdefg\n  secretKey: \"it's # 12345\"\n",
	};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++) {
		struct mb_accounts *a = NULL, *again = NULL;
		struct rmqi_buf written;
		char problem[256];

		ck_assert_int_eq(mb_accounts_parse(rmqi_str(texts[i]), &a, problem, sizeof(problem)),
				 RMQ_OK);
		ck_assert_str_eq(a->at[0]->secret_key, "it's # 12345");
		rmqi_buf_init(&written, 4096);
		mb_accounts_write(a, &written);
		ck_assert_int_eq(mb_accounts_parse(rmqi_str(rmqi_buf_text(&written)), &again,
						   problem, sizeof(problem)),
				 RMQ_OK);
		ck_assert_str_eq(again->at[0]->secret_key, "it's # 12345");
		rmqi_buf_deinit(&written);
		mb_accounts_free(again);
		mb_accounts_free(a);
	}
}
END_TEST

/* Every prefix of a file, and every byte of it another one: read or refused. */
START_TEST(file__survives_any_bytes)
{
	char text[sizeof(accounts)];

	for (size_t i = 0; i < sizeof(accounts); i++) {
		memcpy(text, accounts, sizeof(accounts));
		text[i] = 0;
		(void)parse(text);
		for (const char *c = "\n -:#'\"\t\x01\xff[*"; *c && i + 1 < sizeof(accounts); c++) {
			text[i] = *c;
			(void)parse(text);
		}
	}
}
END_TEST

static bool has(const char *white, const char *address)
{
	struct mb_white w;
	struct rmqi_host h;
	bool yes;

	ck_assert_msg(mb_white_init(&w, rmqi_str(white)) == RMQ_OK, "%s", white);
	ck_assert(rmqi_host_parse(rmqi_str(address), &h));
	yes = mb_white_has(&w, &h);
	mb_white_deinit(&w);
	return yes;
}

START_TEST(white__knows_the_forms_of_java)
{
	static const char *const bad[] = {
		"1.2.3",     "1.2.3.256", "1.2.3.4.5",   "a",	    "1.2.*.4",     "*.2.3.4",
		"1.2.3.9-1", "1.2.3.-4",  "1.2.3.{4",    "1.2.3.4}", "1.2.3.4,,",   "1.2.3.{4,x}",
		"1.2.3.1-",  "::1::2",    "1::2:fffff-", "2::*:1",   "1.2.3-4.5-6",
	};
	struct mb_white w;

	ck_assert(!has("", "1.2.3.4:1"));
	ck_assert(has("*", "1.2.3.4:1") && has("*.*.*.*", "[::1]:1"));
	ck_assert(has("1.2.3.4", "1.2.3.4:1") && !has("1.2.3.4", "1.2.3.5:1"));
	ck_assert(has("1.2.3.*", "1.2.3.200:1") && !has("1.2.3.*", "1.2.4.1:1"));
	ck_assert(has("1.2.*.*", "1.2.9.200:1") && !has("1.2.*.*", "1.3.4.1:1"));
	ck_assert(has("1.2.3.10-20", "1.2.3.10:1") && has("1.2.3.10-20", "1.2.3.20:1"));
	ck_assert(!has("1.2.3.10-20", "1.2.3.21:1") && !has("1.2.3.10-20", "1.2.3.9:1"));
	ck_assert(has("1.2.3-5.*", "1.2.4.77:1") && !has("1.2.3-5.*", "1.2.6.77:1"));
	ck_assert(has("1.2.3.{4,7}", "1.2.3.7:1") && !has("1.2.3.{4,7}", "1.2.3.5:1"));
	ck_assert(has("1.2.3.4,::1", "[::1]:1") && has("1.2.3.4, 1.2.3.5", "1.2.3.5:1"));
	ck_assert(has("0:0:0:0:0:0:0:1", "[::1]:9") && !has("::1", "0.0.0.1:9"));
	ck_assert(has("2::ac5:78:1-200:*", "[2::ac5:78:1ff:3]:1"));
	ck_assert(!has("2::ac5:78:1-200:*", "[2::ac5:78:201:3]:1"));
	ck_assert(has("1:2:3:4:5:6:7:*", "[1:2:3:4:5:6:7:ffff]:1"));
	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_msg(mb_white_init(&w, rmqi_str(bad[i])) == RMQ_ERR_CONFIG, "%s is taken",
			      bad[i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		plain__gives_topics_to_producers,
		plain__gives_topics_and_groups_to_consumers,
		plain__keeps_administration_to_administrators,
		plain__reads_the_file_when_it_has_changed,
		plain__asks_no_signature_of_white_addresses,
		plain__does_not_start_without_its_file,
		admin__makes_changes_and_deletes_accounts,
		admin__writes_files_for_their_owner_only,
		admin__refuses_what_is_no_account,
		admin__tells_accounts_without_secrets,
		file__refuses_what_it_does_not_know,
		file__reads_quotes_before_a_hash,
		file__survives_any_bytes,
		white__knows_the_forms_of_java,
	};

	return run_suite("plain", tests, RMQI_COUNT(tests));
}
