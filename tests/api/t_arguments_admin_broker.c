/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong arguments of the calls about brokers and name servers. */
#include "tests/api/arguments.h"

static rmq_config *config;
static rmq_admin *a;

static void set_up(void)
{
	config = api_config("127.0.0.1:1");
	ck_assert_int_eq(rmq_admin_new(config, &a, NULL), RMQ_OK);
}

static void tear_down(void)
{
	rmq_admin_free(a);
	rmq_config_free(config);
}

START_TEST(brokers__refuse_what_is_missing)
{
	rmq_brokers *l = NULL;
	rmq_properties *p = NULL;

	INVALID_TOLD(rmq_admin_brokers(NULL, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_brokers(a, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_clean_expired_queues(NULL, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_clean_expired_queues(a, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_ha_status(NULL, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_ha_status(a, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_broker_config(NULL, "b", NULL, &p, &d));
	INVALID_TOLD(rmq_admin_broker_config(a, NULL, NULL, &p, &d));
	INVALID_TOLD(rmq_admin_broker_config(a, "", NULL, &p, &d));
	INVALID_TOLD(rmq_admin_broker_config(a, "b", NULL, NULL, &d));
	ck_assert(!l && !p);
}
END_TEST

START_TEST(settings__refuse_what_is_no_line)
{
	INVALID_TOLD(rmq_admin_set_broker_config(NULL, "b", "n", "v", NULL, &d));
	INVALID_TOLD(rmq_admin_set_broker_config(a, NULL, "n", "v", NULL, &d));
	INVALID_TOLD(rmq_admin_set_broker_config(a, "b", NULL, "v", NULL, &d));
	INVALID_TOLD(rmq_admin_set_broker_config(a, "b", "", "v", NULL, &d));
	INVALID_TOLD(rmq_admin_set_broker_config(a, "b", "n=m", "v", NULL, &d));
	INVALID_TOLD(rmq_admin_set_broker_config(a, "b", "n m", "v", NULL, &d));
	INVALID_TOLD(rmq_admin_set_broker_config(a, "b", "n", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_set_broker_config(a, "b", "n", "v\nm=1", NULL, &d));
	INVALID_TOLD(rmq_admin_set_broker_config(a, "b", "n", "\xC3\xA4", NULL, &d));
	INVALID_TOLD(rmq_admin_set_namesrv_config(NULL, "n", "v", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_set_namesrv_config(a, NULL, "v", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_set_namesrv_config(a, "n", NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_set_namesrv_config(a, "n", "v\r", NULL, NULL, &d));
}
END_TEST

START_TEST(namesrvs__refuse_what_is_missing)
{
	rmq_namesrvs *l = NULL;
	rmq_properties *p = NULL;

	INVALID_TOLD(rmq_admin_namesrvs(NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_namesrvs(a, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_wipe_write_permission(NULL, "b", NULL, &l, &d));
	INVALID_TOLD(rmq_admin_wipe_write_permission(a, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_wipe_write_permission(a, "", NULL, &l, &d));
	INVALID_TOLD(rmq_admin_add_write_permission(NULL, "b", NULL, &l, &d));
	INVALID_TOLD(rmq_admin_add_write_permission(a, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_put_kv(NULL, "s", "k", "v", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_put_kv(a, NULL, "k", "v", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_put_kv(a, "s", "", "v", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_put_kv(a, "s", "k", NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_kv(NULL, "s", "k", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_kv(a, "", "k", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_kv(a, "s", NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_kv_pairs(NULL, "s", NULL, &p, &d));
	INVALID_TOLD(rmq_admin_kv_pairs(a, NULL, NULL, &p, &d));
	INVALID_TOLD(rmq_admin_kv_pairs(a, "s", NULL, NULL, &d));
	ck_assert(!l && !p);
}
END_TEST

START_TEST(null__has_nothing)
{
	ck_assert_uint_eq(rmq_brokers_count(NULL), 0);
	ck_assert_ptr_null(rmq_brokers_at(NULL, 0));
	rmq_brokers_free(NULL);
	ck_assert_str_eq(rmq_broker_cluster(NULL), "");
	ck_assert_str_eq(rmq_broker_name(NULL), "");
	ck_assert_str_eq(rmq_broker_address(NULL), "");
	ck_assert_int_eq(rmq_broker_id(NULL), -1);
	ck_assert_int_eq(rmq_broker_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_broker_detail(NULL));
	ck_assert_str_eq(rmq_broker_version(NULL), "");
	ck_assert(!rmq_broker_is_active(NULL));
	ck_assert(rmq_broker_in_tps(NULL) < 0);
	ck_assert(rmq_broker_out_tps(NULL) < 0);
	ck_assert_ptr_null(rmq_broker_runtime(NULL));
	ck_assert_uint_eq(rmq_namesrvs_count(NULL), 0);
	ck_assert_ptr_null(rmq_namesrvs_at(NULL, 0));
	rmq_namesrvs_free(NULL);
	ck_assert_str_eq(rmq_namesrv_address(NULL), "");
	ck_assert_int_eq(rmq_namesrv_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_namesrv_detail(NULL));
	ck_assert_ptr_null(rmq_namesrv_config(NULL));
	ck_assert_int_eq(rmq_namesrv_topics(NULL), -1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		brokers__refuse_what_is_missing,
		settings__refuse_what_is_no_line,
		namesrvs__refuse_what_is_missing,
		null__has_nothing,
	};
	struct suite s;

	suite_open(&s, "arguments_admin_broker");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	return suite_run(&s);
}
