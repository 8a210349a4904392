/* SPDX-License-Identifier: Apache-2.0 */
/* t_broker_config.c - broker.conf. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/detail.h"
#include "mock-broker/broker/config.h"
#include "tests/broker/rig.h"

static struct mb_broker_config config;
static struct rmq_error_detail *detail;

static enum rmq_error parse(const char *text)
{
	rmq_error_detail_free(detail);
	detail = rmqi_detail_new();
	return mb_broker_config_parse(&config, rmqi_str(text), "my.conf", detail);
}

static void begin(void)
{
	ck_assert_int_eq(mb_broker_config_init(&config), RMQ_OK);
}

static void end(void)
{
	rmq_error_detail_free(detail);
	mb_broker_config_deinit(&config);
}

START_TEST(conf__reads_apaches_file)
{
	begin();

	ck_assert_int_eq(parse("# comment\n"
			       "brokerClusterName = Cl\r\n"
			       "\n"
			       "brokerName=b1\n"
			       "brokerId = 0\n"
			       "deleteWhen = 04\n"
			       "fileReservedTime = 48\n"
			       "brokerRole = ASYNC_MASTER\n"
			       "flushDiskType = SYNC_FLUSH\n"
			       "listenPort=12345"),
			 RMQ_OK);
	ck_assert_str_eq(config.broker_cluster_name, "Cl");
	ck_assert_str_eq(config.broker_name, "b1");
	ck_assert_int_eq(config.flush_disk_type, MB_SYNC_FLUSH);
	ck_assert_int_eq(config.listen_port, 12345);
	ck_assert(config.auto_create_topic);

	end();
}
END_TEST

START_TEST(conf__names_the_nearest_key)
{
	begin();

	ck_assert_int_eq(parse("autoCreateTopicEnabled=true"), RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(detail),
			 "unknown broker setting 'autoCreateTopicEnabled'; did you mean "
			 "'autoCreateTopicEnable'?");
	ck_assert_int_eq(parse("zzz=1"), RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(detail), "unknown broker setting 'zzz'");

	end();
}
END_TEST

START_TEST(conf__says_why_a_setting_has_no_effect)
{
	const struct mb_conf *conf = mb_broker_conf();
	const char *last = "";

	begin();

	ck_assert_int_eq(parse("sendMessageThreadPoolNums=4\nwarmMapedFileEnable=true"), RMQ_OK);
	ck_assert_str_eq(mb_conf_why_inert(conf, RMQI_STR("sendMessageThreadPoolNums")),
			 "one loop serves every request: there are no pools and no queues of them");
	ck_assert_ptr_null(mb_conf_why_inert(conf, RMQI_STR("brokerName")));
	for (size_t i = 0; i < conf->inert_count; i++) {
		const char *name = conf->inert[i].name;

		ck_assert_msg(strcmp(last, name) < 0, "%s stands behind %s", name, last);
		ck_assert_msg(!mb_conf_find(conf, rmqi_str(name)), "%s is in both tables", name);
		last = name;
	}

	end();
}
END_TEST

static char told[4096];

static void note(enum rmq_log_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	strncat(told, text, sizeof(told) - strlen(told) - 1);
}

START_TEST(cluster__tells_settings_without_effect)
{
	struct mb_cluster_options o;
	struct rmq_mock_cluster *c = NULL;

	rig_options(&o);
	told[0] = '\0';
	o.broker_conf = "storeType=default";
	o.log = note;
	o.log_level = RMQ_LOG_INFO;
	ck_assert_int_eq(mb_cluster_new(&o, &c, NULL), RMQ_OK);
	ck_assert_ptr_nonnull(strstr(told, "broker setting storeType has no effect: there is one"));
	mb_cluster_free(c);
}
END_TEST

START_TEST(conf__refuses_bad_values)
{
	static const char *const bad[] = {
		"listenPort=70000",
		"listenPort=x",
		"autoCreateTopicEnable=yes",
		"flushDiskType=NOW",
		"brokerId=-1",
		"brokerRole=LEADER",
		"no equals sign",
		"messageDelayLevel=1s 2s",
	};

	begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i]) == RMQ_ERR_CONFIG, "%s is accepted", bad[i]);
	ck_assert_int_eq(parse("\n\nnonsense"), RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(detail),
			 "my.conf line 3 is not key=value: 'nonsense'");

	end();
}
END_TEST

START_TEST(conf__writes_sorted_lines_that_it_can_read)
{
	struct rmqi_buf text;
	const char *last = "";
	char *copy, *save = NULL;

	begin();
	rmqi_buf_init(&text, 1 << 16);
	mb_broker_config_write(&config, &text);
	ck_assert_int_eq(parse(rmqi_buf_text(&text)), RMQ_OK);
	copy = strdup(rmqi_buf_text(&text));
	for (const char *line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		ck_assert_int_lt(strcmp(last, line), 0);
		last = line;
	}
	free(copy);
	rmqi_buf_deinit(&text);

	end();
}
END_TEST

START_TEST(cluster__refuses_an_unknown_key)
{
	struct mb_cluster_options o;
	struct rmq_mock_cluster *c = NULL;

	begin();
	detail = rmqi_detail_new();
	rig_options(&o);
	o.broker_conf = "brokerClusterNam=x";
	ck_assert_int_eq(mb_cluster_new(&o, &c, detail), RMQ_ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "brokerClusterName"));
	o.broker_conf = "brokerClusterName=a/b";
	ck_assert_int_eq(mb_cluster_new(&o, &c, detail), RMQ_ERR_CONFIG);
	ck_assert_ptr_null(c);

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		conf__reads_apaches_file,        conf__names_the_nearest_key,
		conf__refuses_bad_values,        conf__writes_sorted_lines_that_it_can_read,
		cluster__refuses_an_unknown_key, conf__says_why_a_setting_has_no_effect,
		cluster__tells_settings_without_effect,
	};

	return run_suite("broker_config", tests, sizeof(tests) / sizeof(tests[0]));
}
