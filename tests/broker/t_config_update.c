/* SPDX-License-Identifier: Apache-2.0 */
/* t_config_update.c - settings over the wire: what is allowed, and that nothing else is. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static int32_t update(const char *text)
{
	return peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_BROKER_CONFIG, NULL, NULL, text);
}

static const char *settings(void)
{
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_CONFIG, NULL, NULL, NULL),
			 0);
	return peer_body(peer);
}

START_TEST(update__is_off_unless_told_otherwise)
{
	begin(NULL);

	ck_assert_int_eq(update("traceOn=false\n"), RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(peer_remark(peer), "Can not update config: this is switched off, "
					    "configAllowList of this broker is empty");
	ck_assert_ptr_nonnull(strstr(settings(), "traceOn=true\n"));

	end();
}
END_TEST

START_TEST(update__changes_what_is_allowed)
{
	begin("configAllowList=brokerPermission; autoCreateTopicEnable\n");

	ck_assert_int_eq(peer_send(peer, "New1", 0, "x", NULL), 0);
	ck_assert_int_eq(update("# a comment\r\n\r\nautoCreateTopicEnable = false\r\n"), 0);
	ck_assert_ptr_nonnull(strstr(settings(), "autoCreateTopicEnable=false\n"));
	ck_assert_ptr_nonnull(strstr(peer_ext(peer, "version"), "\"counter\":1,"));
	ck_assert_int_eq(peer_send(peer, "New2", 0, "x", NULL), RMQI_RESP_TOPIC_NOT_EXIST);
	/* The name servers are told at once. */
	ck_assert_int_eq(update("brokerPermission=4"), 0);
	rig_advance(rig, 10);
	ck_assert_int_eq(peer_route(peer, "New1"), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"perm\":4,"));

	end();
}
END_TEST

/* Of a request with one bad line nothing is done. */
START_TEST(update__is_all_or_nothing)
{
	begin("configAllowList=traceOn;transactionCheckMax\n");

	ck_assert_int_eq(update("traceOn=false\ntransactionCheckMax=x\n"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_ptr_nonnull(strstr(peer_remark(peer), "'transactionCheckMax'"));
	ck_assert_int_eq(update("traceOn=false\ntransactionCheckMax=0\n"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(update("traceOn=false\nbrokerName=x\n"), RMQI_RESP_NO_PERMISSION);
	ck_assert_int_eq(update("traceOn=false\nnonsense\n"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_ptr_nonnull(strstr(settings(), "traceOn=true\n"));
	ck_assert_ptr_nonnull(strstr(peer_ext(peer, "version"), "\"counter\":0,"));

	end();
}
END_TEST

/* CVE-2023-33246: paths, homes, and the lists that guard them. */
START_TEST(update__never_takes_a_path_or_a_list)
{
	static const char *const keys[] = {
		"rocketmqHome",      "brokerConfigPath",    "configBlackList",
		"configAllowList",   "storePathRootDir",    "filterServerNums",
		"namesrvAddr",       "brokerName",          "tls.server.keyPath",
		"bindAddress",       "brokerClusterName",   "msgTraceTopicName",
		"messageDelayLevel", "storePathCommitLog", "listenPort",
		"traceOn ;x",        "TRACEON",             "",
	};
	char line[256];

	begin("configAllowList=traceOn\n");
	for (size_t i = 0; i < RMQI_COUNT(keys); i++) {
		(void)snprintf(line, sizeof(line), "traceOn=false\n%s=-c $@|sh . echo touch /tmp/x;",
			       keys[i]);
		ck_assert_msg(update(line) == RMQI_RESP_NO_PERMISSION, "%s is taken", keys[i]);
		ck_assert_ptr_nonnull(strstr(peer_remark(peer), "is not in configAllowList"));
	}
	ck_assert_ptr_nonnull(strstr(settings(), "traceOn=true\n"));
	end();
}
END_TEST

START_TEST(update__has_a_longest_body)
{
	static char text[64 * 1024 + 2];

	begin("configAllowList=traceOn\n");
	memset(text, '\n', sizeof(text) - 1);
	ck_assert_int_eq(update(text), RMQI_RESP_NO_PERMISSION);
	text[64 * 1024] = 0;
	ck_assert_int_eq(update(text), 0);
	end();
}
END_TEST

START_TEST(update__names_live_keys_only)
{
	struct mb_cluster_options o;
	struct rmq_mock_cluster *c = NULL;
	struct rmq_error_detail *detail = rmqi_detail_new();

	rig_options(&o);
	o.broker_conf = "configAllowList=traceOn;storePathRootDir";
	ck_assert_int_eq(mb_cluster_new(&o, &c, detail), RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(detail),
			 "configAllowList: 'storePathRootDir' cannot be changed while the broker runs");
	rmq_error_detail_free(detail);
}
END_TEST

/* CVE-2023-37582. */
START_TEST(update__is_refused_by_name_servers)
{
	begin(NULL);
	ck_assert_int_eq(peer_ask(peer, rig->namesrv, RMQI_REQ_UPDATE_NAMESRV_CONFIG, NULL, NULL,
				  "configStorePath=/tmp/x\n"),
			 RMQI_RESP_NO_PERMISSION);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		update__is_off_unless_told_otherwise,
		update__changes_what_is_allowed,
		update__is_all_or_nothing,
		update__never_takes_a_path_or_a_list,
		update__has_a_longest_body,
		update__names_live_keys_only,
		update__is_refused_by_name_servers,
	};

	return run_suite("config_update", tests, RMQI_COUNT(tests));
}
