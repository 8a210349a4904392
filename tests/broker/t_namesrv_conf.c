/* SPDX-License-Identifier: Apache-2.0 */
/* t_namesrv_conf.c - what a name server keeps: its settings (namesrv.conf), shown and changed, and its key-value table. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/detail.h"
#include "tests/broker/rig.h"
#include "tests/support/child.h"

static struct rig *rig;
static struct peer *p;

static void begin(const char *conf)
{
	rig = rig_new_namesrv(conf);
	p = peer_new(rig);
}

static void end(void)
{
	peer_free(p);
	rig_free(rig);
}

static int32_t ask(int32_t code, const char *body)
{
	return peer_ask(p, rig->namesrv, code, NULL, NULL, body);
}

static bool body_has(const char *text)
{
	return strstr(peer_body(p), text) != NULL;
}

START_TEST(config__is_shown_sorted_and_changed_by_nobody)
{
	begin(NULL);
	ck_assert_int_eq(ask(RMQI_REQ_GET_NAMESRV_CONFIG, NULL), 0);
	ck_assert(body_has("\nclientRequestThreadPoolNums=8\n"));
	ck_assert(body_has("\nenableTopicList=true\nkvConfigPath=\n"));
	ck_assert(body_has("\nwaitSecondsForService=45\n"));

	ck_assert_int_eq(ask(RMQI_REQ_UPDATE_NAMESRV_CONFIG, "enableTopicList=false\n"),
			 RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(peer_remark(p), "Can not update config that is not in configAllowList.");
	ck_assert_int_eq(ask(RMQI_REQ_UPDATE_NAMESRV_CONFIG, "kvConfigPath=/etc/passwd\n"),
			 RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(peer_remark(p), "Can not update config in black list.");
	ck_assert_int_eq(ask(RMQI_REQ_GET_UNIT_TOPIC_LIST, NULL), 0);
	end();
}
END_TEST

START_TEST(config__what_the_list_allows_is_changed)
{
	static const char *const refused[] = {
		"enableTopicList=false\nlistenPort=1", "configAllowList=*",
		"enableTopicList=false\nrocketmqHome=/", "enableTopicList=false\nconfigBlackList=",
	};

	begin("configAllowList=enableTopicList;supportActingMaster");
	for (size_t i = 0; i < RMQI_COUNT(refused); i++)
		ck_assert_int_eq(ask(RMQI_REQ_UPDATE_NAMESRV_CONFIG, refused[i]),
				 RMQI_RESP_NO_PERMISSION);
	ck_assert_int_eq(ask(RMQI_REQ_GET_UNIT_TOPIC_LIST, NULL), 0);
	ck_assert_int_eq(ask(RMQI_REQ_UPDATE_NAMESRV_CONFIG, "enableTopicList=nonsense"), 0);
	ck_assert_int_eq(ask(RMQI_REQ_GET_UNIT_TOPIC_LIST, NULL), 0);
	ck_assert_int_eq(ask(RMQI_REQ_UPDATE_NAMESRV_CONFIG, "# off\nenableTopicList=false\n"), 0);
	ck_assert_int_eq(ask(RMQI_REQ_GET_UNIT_TOPIC_LIST, NULL), RMQI_RESP_SYSTEM_ERROR);
	end();
}
END_TEST

START_TEST(config__names_the_nearest_key)
{
	struct rmq_error_detail *detail = rmqi_detail_new();
	struct rmq_mock_cluster *c = NULL;
	struct mb_cluster_options o;

	rig_options(&o);
	o.namesrv_conf = "orderMessageEnabled=true";
	ck_assert_int_eq(mb_cluster_new(&o, &c, detail), RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(detail),
			 "unknown name server setting 'orderMessageEnabled'; did you mean "
			 "'orderMessageEnable'?");
	rmq_error_detail_free(detail);
}
END_TEST

/* Of a name server that keeps its table in `path`. */
static const char *kept(const char *path)
{
	struct rmqi_h_get_kv_config get = {.namespace = rmqi_str("N"), .key = rmqi_str("k")};
	static char value[64];
	char conf[4096];

	snprintf(conf, sizeof(conf), "kvConfigPath=%s", path);
	begin(conf);
	if (peer_ask(p, rig->namesrv, RMQI_REQ_GET_KV_CONFIG, &rmqi_desc_get_kv_config, &get,
		     NULL) == 0)
		snprintf(value, sizeof(value), "%s", peer_ext(p, "value"));
	else
		value[0] = '\0';
	end();
	return value;
}

START_TEST(kv__is_kept_in_its_file)
{
	struct rmqi_h_put_kv_config put = {
		.namespace = rmqi_str("N"), .key = rmqi_str("k"), .value = rmqi_str("v1")};
	char scratch[2048], path[3000], bak[3100], conf[3100], text[256] = "";
	FILE *f;

	ck_assert(make_scratch(scratch, sizeof(scratch)));
	snprintf(path, sizeof(path), "%s/sub/kvConfig.json", scratch);
	snprintf(bak, sizeof(bak), "%s.bak", path);
	snprintf(conf, sizeof(conf), "kvConfigPath=%s", path);
	ck_assert_str_eq(kept(path), "");
	begin(conf);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_PUT_KV_CONFIG,
					  &rmqi_desc_put_kv_config, &put, NULL),
				 0);
		put.value = rmqi_str("v2");
	}
	end();
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	ck_assert_str_eq(text, "{\"configTable\":{\"N\":{\"k\":\"v2\"}}}");
	ck_assert_str_eq(kept(path), "v2");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_str_eq(kept(path), "v1"); /* a save that broke off left this */
	remove_tree(scratch);
}
END_TEST

START_TEST(kv__a_file_that_cannot_be_read_is_no_empty_table)
{
	struct rmq_error_detail *detail = rmqi_detail_new();
	struct rmq_mock_cluster *c = NULL;
	char scratch[2048], path[3000], conf[3100];
	struct mb_cluster_options o;
	FILE *f;

	ck_assert(make_scratch(scratch, sizeof(scratch)));
	snprintf(path, sizeof(path), "%s/kvConfig.json", scratch);
	snprintf(conf, sizeof(conf), "kvConfigPath=%s", path);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("{\"configTable\":{\"N\":", f);
	fclose(f);
	rig_options(&o);
	o.namesrv_conf = conf;
	ck_assert_int_ne(mb_cluster_new(&o, &c, detail), RMQ_OK);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "kvConfig.json cannot be read"));
	o.namesrvs = 2;
	ck_assert_int_eq(mb_cluster_new(&o, &c, detail), RMQ_ERR_CONFIG);
	rmq_error_detail_free(detail);
	remove_tree(scratch);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		config__is_shown_sorted_and_changed_by_nobody,
		config__what_the_list_allows_is_changed,
		config__names_the_nearest_key,
		kv__is_kept_in_its_file,
		kv__a_file_that_cannot_be_read_is_no_empty_table,
	};

	return run_suite("namesrv_conf", tests, RMQI_COUNT(tests));
}
