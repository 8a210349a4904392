/* SPDX-License-Identifier: Apache-2.0 */
/* t_auth.c - a broker with the users and policies of 5.3: who it is, what he may do, and what operators change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/detail.h"
#include "mock-broker/acl/policy.h"
#include "mock-broker/acl/users.h"
#include "tests/broker/rig.h"
#include "tests/support/child.h"

#define ADMIN "admin"
#define PASSWORD "open.sesame"
#define ON                                                                      \
	"authenticationEnabled=true\nauthorizationEnabled=true\n"               \
	"initAuthenticationUser={\"username\":\"admin\",\"password\":\"open.sesame\"}\n" \
	"innerClientAuthenticationCredentials={\"accessKey\":\"inner\",\"secretKey\":\"in.ner\"}\n"

static struct rig *rig;
static struct peer *peer;
static char logged[32768];
static char store[4096];

static void keep_log(enum rmq_log_level level, const char *message, void *arg)
{
	size_t len = strlen(logged);

	(void)arg;
	(void)level;
	snprintf(logged + len, sizeof(logged) - len, "%s\n", message);
}

static void begin(const char *conf)
{
	struct mb_cluster_options o;

	rig_options(&o);
	ck_assert(make_scratch(store, sizeof(store)));
	o.store = store;
	o.broker_conf = conf;
	o.log = keep_log;
	o.log_level = RMQ_LOG_DEBUG;
	logged[0] = 0;
	rig = rig_new_with(&o);
	peer = peer_new(rig);
	peer_sign_as(peer, ADMIN, PASSWORD);
}

static void end(void)
{
	peer_sign_as(peer, NULL, NULL);
	peer_free(peer);
	rig_free(rig);
	remove_tree(store);
	ck_assert_ptr_null(strstr(logged, PASSWORD));
}

static int32_t put_user(int32_t code, const char *name, const char *body)
{
	struct rmqi_h_create_user h = {0};

	RMQI_SET(&h, create_user, username, rmqi_str(name));
	return peer_ask(peer, rig->broker, code, &rmqi_desc_create_user, &h, body);
}

static int32_t create_user(const char *name, const char *password)
{
	char body[256];

	snprintf(body, sizeof(body), "{\"username\":\"%s\",\"password\":\"%s\"}", name, password);
	return put_user(RMQI_REQ_AUTH_CREATE_USER, name, body);
}

static int32_t update_user(const char *name, const char *body)
{
	return put_user(RMQI_REQ_AUTH_UPDATE_USER, name, body);
}

static int32_t of_user(int32_t code, const char *name)
{
	struct rmqi_h_get_user h = {0};

	RMQI_SET(&h, get_user, username, rmqi_str(name));
	return peer_ask(peer, rig->broker, code, &rmqi_desc_get_user, &h, NULL);
}

/* An entry for `resource`; "Allow" or "Deny". */
static int32_t put_entry(const char *user, const char *resource, const char *actions,
			 const char *ips, const char *decision)
{
	struct rmqi_h_create_acl h = {0};
	char subject[64], body[512];

	snprintf(subject, sizeof(subject), "User:%s", user);
	snprintf(body, sizeof(body),
		 "{\"policies\":[{\"policyType\":\"Custom\",\"entries\":[{\"resource\":\"%s\","
		 "\"actions\":[%s],\"sourceIps\":[%s],\"decision\":\"%s\"}]}]}",
		 resource, actions, ips, decision);
	RMQI_SET(&h, create_acl, subject, rmqi_str(subject));
	return peer_ask(peer, rig->broker, RMQI_REQ_AUTH_CREATE_ACL, &rmqi_desc_create_acl, &h,
			body);
}

static int32_t ask_max_offset(const char *topic)
{
	struct rmqi_h_get_max_offset h = {.topic = rmqi_str(topic)};

	return peer_ask(peer, rig->broker, RMQI_REQ_GET_MAX_OFFSET, &rmqi_desc_get_max_offset, &h,
			NULL);
}

static void allow(const char *resource, const char *actions)
{
	ck_assert_int_eq(put_entry("app", resource, actions, "", "Allow"), 0);
}

static void as_app(void)
{
	peer_sign_as(peer, "app", "app.secret");
}

static void as_admin(void)
{
	peer_sign_as(peer, ADMIN, PASSWORD);
}

/* Topics by the super user, and the user "app" who may nothing yet. */
static void begin_with_app(void)
{
	static const char *const topics[] = {"Both", "Order1", "Order2", "Other"};

	begin(ON);
	for (size_t i = 0; i < RMQI_COUNT(topics); i++)
		ck_assert_int_eq(peer_create_topic(peer, topics[i], 1), 0);
	ck_assert_int_eq(create_user("app", "app.secret"), 0);
}

static void expect_denied(int32_t code, const char *remark)
{
	ck_assert_int_eq(code, RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(peer_remark(peer), remark);
}

START_TEST(auth__asks_who_it_is)
{
	begin_with_app();
	peer_sign_as(peer, NULL, NULL);
	expect_denied(peer_send(peer, "Both", 0, "x", NULL), "username cannot be null.");
	expect_denied(peer_ask(peer, rig->broker, 9999, NULL, NULL, NULL),
		      "username cannot be null.");
	peer_sign_as(peer, "nobody", "x");
	expect_denied(peer_send(peer, "Both", 0, "x", NULL), "User:nobody is not found.");
	peer_sign_as(peer, "app", "another.secret");
	expect_denied(peer_send(peer, "Both", 0, "x", NULL), "check signature failed.");
	as_admin();
	ck_assert_int_eq(update_user("app", "{\"userStatus\":\"disable\"}"), 0);
	as_app();
	expect_denied(peer_send(peer, "Both", 0, "x", NULL), "User:app is disabled.");
	/* The super users of the settings. */
	as_admin();
	ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), 0);
	peer_sign_as(peer, "inner", "in.ner");
	ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), 0);
	end();
}
END_TEST

START_TEST(auth__gives_topics_to_producers)
{
	begin_with_app();
	as_app();
	expect_denied(peer_send(peer, "Both", 0, "x", NULL),
		      "User:app has no permission to access Topic:Both from 127.0.0.1, no matched "
		      "policies.");
	as_admin();
	allow("Topic:Both", "\"Pub\"");
	allow("Topic:Order*", "\"Pub\",\"Sub\"");
	as_app();
	ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "Order1", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "Order2", 0, "x", NULL), 0);
	expect_denied(peer_send(peer, "Other", 0, "x", NULL),
		      "User:app has no permission to access Topic:Other from 127.0.0.1, no matched "
		      "policies.");
	ck_assert_int_eq(peer_pull(peer, "G", "Both", 0, 0, 0), RMQI_RESP_NO_PERMISSION);
	end();
}
END_TEST

START_TEST(auth__gives_topics_and_groups_to_consumers)
{
	begin_with_app();
	allow("Topic:Both", "\"Sub\"");
	as_app();
	expect_denied(peer_consumer_beat(peer, "c", "G", "Both", "*", 1),
		      "User:app has no permission to access Group:G from 127.0.0.1, no matched "
		      "policies.");
	as_admin();
	allow("Group:G", "\"Sub\"");
	as_app();
	ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "Both", "*", 1), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "Both", 0, 0, 0), RMQI_RESP_PULL_NOT_FOUND);
	ck_assert_int_eq(peer_commit(peer, "G", "Both", 0, 0), 0);
	ck_assert_int_eq(peer_pull(peer, "H", "Both", 0, 0, 0), RMQI_RESP_NO_PERMISSION);
	ck_assert_int_eq(peer_pull(peer, "G", "Other", 0, 0, 0), RMQI_RESP_NO_PERMISSION);
	ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), RMQI_RESP_NO_PERMISSION);
	end();
}
END_TEST

/* What has an annotation only. */
START_TEST(auth__keeps_administration_to_who_may)
{
	begin_with_app();
	as_app();
	expect_denied(create_user("x", "y"),
		      "User:app has no permission to access Cluster:DefaultCluster from 127.0.0.1, "
		      "no matched policies.");
	expect_denied(peer_create_topic(peer, "New", 1),
		      "User:app has no permission to access Topic:New from 127.0.0.1, no matched "
		      "policies.");
	expect_denied(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_BROKER_CONFIG, NULL, NULL, "a=b"),
		      "User:app has no permission to access Cluster:DefaultCluster from 127.0.0.1, "
		      "no matched policies.");
	expect_denied(ask_max_offset("Both"),
		      "User:app has no permission to access Topic:Both from 127.0.0.1, no matched "
		      "policies.");
	as_admin();
	allow("Topic:*", "\"Create\",\"Get\"");
	allow("Cluster:*", "\"All\"");
	as_app();
	ck_assert_int_eq(peer_create_topic(peer, "New", 1), 0);
	ck_assert_int_eq(peer_max_offset(peer, "Both", 0), 0);
	ck_assert_int_eq(create_user("x", "y"), 0);
	/* But only a super user makes and changes super users. */
	ck_assert_int_eq(put_user(RMQI_REQ_AUTH_CREATE_USER, "root",
				  "{\"password\":\"p\",\"userType\":\"Super\"}"),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "The super user can only be create by super user");
	ck_assert_int_eq(update_user(ADMIN, "{\"password\":\"mine\"}"), RMQI_RESP_NO_PERMISSION);
	ck_assert_int_eq(update_user("x", "{\"userType\":\"Super\"}"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(of_user(RMQI_REQ_AUTH_DELETE_USER, ADMIN), RMQI_RESP_NO_PERMISSION);
	end();
}
END_TEST

START_TEST(auth__looks_where_it_comes_from)
{
	begin_with_app();
	ck_assert_int_eq(put_entry("app", "Topic:Both", "\"Pub\"", "\"10.0.0.0/8\",\"::1\"", "Allow"),
			 0);
	as_app();
	ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), RMQI_RESP_NO_PERMISSION);
	as_admin();
	ck_assert_int_eq(put_entry("app", "Topic:Both", "\"Pub\"", "\"127.0.0.0/8\"", "Allow"), 0);
	as_app();
	ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), 0);
	as_admin();
	ck_assert_int_eq(put_entry("app", "Topic:Both", "\"Pub\"", "\"\"", "Allow"), 16);
	ck_assert_str_eq(peer_remark(peer), "The source ip is empty.");
	ck_assert_int_eq(put_entry("app", "Topic:Both", "\"Pub\"", "\"127.0.0.0/33\"", "Allow"), 16);
	ck_assert_str_eq(peer_remark(peer), "The source ip is invalid.");
	end();
}
END_TEST

START_TEST(auth__has_white_lists_of_codes)
{
	begin(ON "authenticationWhitelist=310, 11\nauthorizationWhitelist=310\n");
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	peer_sign_as(peer, NULL, NULL);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	expect_denied(peer_pull(peer, "G", "T", 0, 0, 0),
		      "Authorization failed. Please verify your access rights and try again.");
	end();
}
END_TEST

/* --- What operators change -------------------------------------------------------------------- */

START_TEST(admin__tells_users_without_passwords)
{
	begin_with_app();
	ck_assert_int_eq(of_user(RMQI_REQ_AUTH_GET_USER, "app"), 0);
	ck_assert_str_eq(peer_body(peer), "{\"userStatus\":\"enable\",\"userType\":\"Normal\","
					  "\"username\":\"app\"}");
	ck_assert_int_eq(of_user(RMQI_REQ_AUTH_GET_USER, "nobody"), 0);
	ck_assert_str_eq(peer_body(peer), "");
	ck_assert_int_eq(of_user(RMQI_REQ_AUTH_GET_USER, " "), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_AUTH_LIST_USER, NULL, NULL, NULL), 0);
	ck_assert_str_eq(peer_body(peer),
			 "[{\"userStatus\":\"enable\",\"userType\":\"Super\",\"username\":\"admin\"},"
			 "{\"userStatus\":\"enable\",\"userType\":\"Normal\",\"username\":\"app\"},"
			 "{\"userStatus\":\"enable\",\"userType\":\"Super\",\"username\":\"inner\"}]");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_CONFIG, NULL, NULL, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "initAuthenticationUser=\n"));
	ck_assert_ptr_null(strstr(peer_body(peer), PASSWORD));
	end();
}
END_TEST

START_TEST(admin__changes_users)
{
	begin_with_app();
	expect_denied(create_user("app", "again"), "The user is existed");
	expect_denied(create_user("new", ""), "password can not be blank");
	ck_assert_int_eq(create_user("", "x"), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_str_eq(peer_remark(peer), "The username is blank");
	expect_denied(update_user("new", "{}"), "The user is not exist");
	ck_assert_int_eq(update_user("app", "{\"password\":\"changed\"}"), 0);
	allow("*", "\"All\"");
	peer_sign_as(peer, "app", "changed");
	ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), 0);
	ck_assert_int_eq(of_user(RMQI_REQ_AUTH_DELETE_USER, "app"), 0);
	expect_denied(peer_send(peer, "Both", 0, "x", NULL), "User:app is not found.");
	/* What he may has gone with him. */
	as_admin();
	ck_assert_int_eq(create_user("app", "changed"), 0);
	peer_sign_as(peer, "app", "changed");
	ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), RMQI_RESP_NO_PERMISSION);
	end();
}
END_TEST

static int32_t delete_entry(const char *subject, const char *resource)
{
	struct rmqi_h_delete_acl h = {0};

	RMQI_SET(&h, delete_acl, subject, rmqi_str(subject));
	if (resource)
		RMQI_SET(&h, delete_acl, resource, rmqi_str(resource));
	return peer_ask(peer, rig->broker, RMQI_REQ_AUTH_DELETE_ACL, &rmqi_desc_delete_acl, &h, NULL);
}

static int32_t get_acl(const char *subject)
{
	struct rmqi_h_get_acl h = {0};

	RMQI_SET(&h, get_acl, subject, rmqi_str(subject));
	return peer_ask(peer, rig->broker, RMQI_REQ_AUTH_GET_ACL, &rmqi_desc_get_acl, &h, NULL);
}

START_TEST(admin__changes_policies)
{
	struct rmqi_h_list_acls list = {0};

	begin_with_app();
	ck_assert_int_eq(get_acl("User:app"), 0);
	ck_assert_str_eq(peer_body(peer), "");
	allow("Topic:Both", "\"Pub\",\"sub\",\"Nonsense\"");
	allow("Group:*", "\"Sub\"");
	ck_assert_int_eq(put_entry("app", "Topic:Both", "\"Get\"", "\"10.0.0.1\"", "Deny"), 0);
	ck_assert_int_eq(get_acl("User:app"), 0);
	ck_assert_str_eq(peer_body(peer),
			 "{\"policies\":[{\"entries\":[{\"actions\":[\"Get\"],\"decision\":\"Deny\","
			 "\"resource\":\"Topic:Both\",\"sourceIps\":[\"10.0.0.1\"]},"
			 "{\"actions\":[\"Sub\"],\"decision\":\"Allow\",\"resource\":\"Group:*\"}],"
			 "\"policyType\":\"Custom\"}],\"subject\":\"User:app\"}");
	RMQI_SET(&list, list_acls, resourceFilter, RMQI_STR("Group"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_AUTH_LIST_ACL, &rmqi_desc_list_acls,
				  &list, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "Group:*"));
	ck_assert_ptr_null(strstr(peer_body(peer), "Topic:Both"));
	ck_assert_int_eq(delete_entry("User:app", "Topic:Both"), 0);
	ck_assert_int_eq(delete_entry("User:app", "Group:*"), 0);
	ck_assert_int_eq(get_acl("User:app"), 0);
	ck_assert_str_eq(peer_body(peer), "");
	expect_denied(delete_entry("User:app", NULL), "The acl is not exist.");
	expect_denied(delete_entry("User:nobody", NULL), "The subject is not exist.");
	expect_denied(delete_entry("app", NULL), "The subject is null.");
	end();
}
END_TEST

START_TEST(admin__refuses_what_is_no_policy)
{
	static const struct {
		const char *resource, *actions, *decision, *remark;
	} bad[] = {
		{"", "\"Pub\"", "Allow", "The resource is null."},
		{"Thing:x", "\"Pub\"", "Allow", "The resource is null."},
		{"Topic:x", "", "Allow", "The actions is empty."},
		{"Topic:x", "\"Nonsense\"", "Allow", "The actions is empty."},
		{"Topic:x", "\"Any\"", "Allow", "The actions can not be Any."},
		{"Topic:x", "\"Pub\"", "Maybe", "The decision is null or illegal."},
	};

	begin_with_app();
	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		expect_denied(put_entry("app", bad[i].resource, bad[i].actions, "", bad[i].decision),
			      bad[i].remark);
	expect_denied(put_entry("nobody", "Topic:x", "\"Pub\"", "", "Allow"),
		      "The subject of User:nobody is not exist.");
	ck_assert_int_eq(get_acl("User:app"), 0);
	ck_assert_str_eq(peer_body(peer), "");
	end();
}
END_TEST

/* What is kept is there after a stop and after a crash. */
START_TEST(admin__keeps_users_and_policies)
{
	begin_with_app();
	allow("Topic:Both", "\"Pub\"");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, i == 1, NULL), RMQ_OK);
		ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
		as_app();
		ck_assert_int_eq(peer_send(peer, "Both", 0, "x", NULL), 0);
		ck_assert_int_eq(peer_send(peer, "Other", 0, "x", NULL), RMQI_RESP_NO_PERMISSION);
	}
	end();
}
END_TEST

START_TEST(admin__writes_files_for_their_owner_only)
{
	static const char *const names[] = {"auth.json", "auth.json.bak"};
	char path[8192];
	struct stat st;

	begin_with_app();
	for (size_t i = 0; i < RMQI_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/broker-a/config/%s", store, names[i]);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(st.st_mode & 07777, 0600);
	}
	end();
}
END_TEST

static int32_t delete_user(const char *name)
{
	return of_user(RMQI_REQ_AUTH_DELETE_USER, name);
}

static void restart(void)
{
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
}

START_TEST(admin__change_that_cannot_be_written_is_none)
{
	char bak[8192];

	begin_with_app();
	snprintf(bak, sizeof(bak), "%s/broker-a/config/auth.json.bak", store);
	ck_assert_int_eq(unlink(bak), 0);
	ck_assert_int_eq(mkdir(bak, 0700), 0); /* no file can take its place */
	ck_assert_int_eq(delete_user("app"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(create_user("new", "new.secret"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(put_entry("app", "Topic:Both", "\"Pub\"", "", "Allow"),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(of_user(RMQI_REQ_AUTH_GET_USER, "new"), 0);
	ck_assert_str_eq(peer_body(peer), "");
	as_app();
	expect_denied(peer_send(peer, "Both", 0, "x", NULL),
		      "User:app has no permission to access Topic:Both from 127.0.0.1, "
		      "no matched policies.");
	as_admin();
	ck_assert_int_eq(rmdir(bak), 0);
	ck_assert_int_eq(delete_user("app"), 0);
	restart();
	as_app();
	expect_denied(peer_send(peer, "Both", 0, "x", NULL), "User:app is not found.");
	end();
}
END_TEST

START_TEST(admin__needs_users)
{
	begin(NULL);
	ck_assert_int_eq(create_user("x", "y"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "An system error occurred, please try again later.");
	end();
	begin("authenticationMetadataProvider=org.apache.rocketmq.auth.LocalProvider\n");
	peer_sign_as(peer, NULL, NULL);
	ck_assert_int_eq(create_user("x", "y"), 0);
	end();
}
END_TEST

START_TEST(auth__refuses_settings_that_are_no_user)
{
	struct mb_cluster_options o;
	struct rmq_mock_cluster *c = NULL;
	struct rmq_error_detail *detail = rmqi_detail_new();

	rig_options(&o);
	o.broker_conf = "authenticationEnabled=true\ninitAuthenticationUser={\"username\":\"a\"}\n";
	ck_assert_int_eq(mb_cluster_new(&o, &c, detail), RMQ_ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "initAuthenticationUser"));
	rmq_error_detail_free(detail);
}
END_TEST

/* --- The decision, without a wire ------------------------------------------------------------------- */

static const char *decide(const char *entries, const char *topic)
{
	struct rmqi_host peer_host = {.ip = {10, 1, 2, 3}};
	struct mb_need need = {MB_RESOURCE_TOPIC, rmqi_str(topic), MB_ACTION_PUB};
	struct mb_policies p = {0};
	struct rmqi_json *root = NULL;
	const char *problem = NULL;
	char text[2048];

	snprintf(text, sizeof(text), "{\"policies\":[{\"entries\":[%s]}]}", entries);
	ck_assert_int_eq(rmqi_json_parse(rmqi_cursor(text, strlen(text)), &root), RMQ_OK);
	ck_assert_int_eq(mb_policies_read(root, &p, &problem), RMQ_OK);
	problem = mb_policies_problem(&p, &need, &peer_host);
	mb_policies_deinit(&p);
	rmqi_json_free(root);
	return problem;
}

#define ENTRY(resource, decision) \
	"{\"resource\":\"" resource "\",\"actions\":[\"Pub\"],\"decision\":\"" decision "\"}"

/* As 5.3.3 decides, which is not always what its comments say. */
START_TEST(policy__decides_as_5_3_3)
{
	ck_assert_ptr_null(decide(ENTRY("Topic:T", "Allow"), "T"));
	ck_assert_str_eq(decide(ENTRY("Topic:T", "Deny"), "T"), "the decision is deny.");
	ck_assert_str_eq(decide(ENTRY("Topic:T", "Allow"), "U"), "no matched policies.");
	ck_assert_str_eq(decide(ENTRY("Group:T", "Allow"), "T"), "no matched policies.");
	ck_assert_ptr_null(decide(ENTRY("*", "Allow"), "T"));
	/* What names a kind goes before what names none. */
	ck_assert_str_eq(decide(ENTRY("*", "Allow") "," ENTRY("Topic:T", "Deny"), "T"),
			 "the decision is deny.");
	ck_assert_ptr_null(decide(ENTRY("*", "Deny") "," ENTRY("Topic:T", "Allow"), "T"));
	/* The shorter prefix. */
	ck_assert_str_eq(decide(ENTRY("Topic:Tab*", "Allow") "," ENTRY("Topic:T*", "Deny"), "Table"),
			 "the decision is deny.");
	/* Of a name and a prefix the one that stands last. */
	ck_assert_str_eq(decide(ENTRY("Topic:T*", "Allow") "," ENTRY("Topic:T", "Deny"), "T"),
			 "the decision is deny.");
	ck_assert_ptr_null(decide(ENTRY("Topic:T", "Deny") "," ENTRY("Topic:T*", "Allow"), "T"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		auth__asks_who_it_is,
		auth__gives_topics_to_producers,
		auth__gives_topics_and_groups_to_consumers,
		auth__keeps_administration_to_who_may,
		auth__looks_where_it_comes_from,
		auth__has_white_lists_of_codes,
		admin__tells_users_without_passwords,
		admin__changes_users,
		admin__changes_policies,
		admin__refuses_what_is_no_policy,
		admin__keeps_users_and_policies,
		admin__writes_files_for_their_owner_only,
		admin__change_that_cannot_be_written_is_none,
		admin__needs_users,
		auth__refuses_settings_that_are_no_user,
		policy__decides_as_5_3_3,
	};

	return run_suite("auth", tests, RMQI_COUNT(tests));
}
