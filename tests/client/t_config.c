/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/config.h"
#include "tests/support/suite.h"

static struct rmq_config *config;
static struct rmq_error_detail *detail;

static void set_up(void)
{
	config = rmqi_config_new();
	detail = rmqi_detail_new();
}

static void tear_down(void)
{
	rmqi_config_free(config);
	rmq_error_detail_free(detail);
}

static enum rmq_error set(const char *key, const char *value)
{
	return rmqi_config_set(config, key, value, detail);
}

START_TEST(config__has_the_defaults_of_the_java_client)
{
	set_up();

	ck_assert_int_eq(rmqi_config_i64(config, RMQI_CFG_sendMsgTimeout), 3000);
	ck_assert_int_eq(rmqi_config_i64(config, RMQI_CFG_retryTimesWhenSendFailed), 2);
	ck_assert_int_eq(rmqi_config_i64(config, RMQI_CFG_compressMsgBodyOverHowmuch), 4096);
	ck_assert_int_eq(rmqi_config_i64(config, RMQI_CFG_pullBatchSize), 32);
	ck_assert_int_eq(rmqi_config_i64(config, RMQI_CFG_consumeThreadMax), 20);
	ck_assert_str_eq(rmqi_config_str(config, RMQI_CFG_createTopicKey), "TBW102");
	ck_assert(rmqi_config_bool(config, RMQI_CFG_tlsVerify));
	ck_assert(!rmqi_config_bool(config, RMQI_CFG_useTLS));
	ck_assert_ptr_null(rmqi_config_str(config, RMQI_CFG_namesrvAddr));
	tear_down();
}
END_TEST

START_TEST(config__every_default_is_legal)
{
	const struct rmq_config_key *key;

	set_up();
	for (size_t i = 0; (key = rmqi_config_key_at(i)); i++)
		if (key->default_value[0])
			ck_assert_msg(set(key->name, key->default_value) == RMQ_OK, "%s",
				      key->name);
	tear_down();
}
END_TEST

START_TEST(config__unknown_key_names_the_nearest)
{
	set_up();

	ck_assert_int_eq(set("sendMsgTimeOut", "1"), RMQ_ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "\"sendMsgTimeout\""));
	ck_assert_int_eq(set("nameserver.address", "x"), RMQ_ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "nameserver.address"));
	tear_down();
}
END_TEST

START_TEST(config__refuses_a_value_out_of_range_and_keeps_the_old_one)
{
	set_up();
	ck_assert_int_eq(set("pullBatchSize", "16"), RMQ_OK);

	ck_assert_int_eq(set("pullBatchSize", "1025"), RMQ_ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "1..1024"));
	ck_assert_int_eq(set("pullBatchSize", "many"), RMQ_ERR_CONFIG);
	ck_assert_int_eq(set("useTLS", "perhaps"), RMQ_ERR_CONFIG);
	ck_assert_int_eq(set("serializeType", "XML"), RMQ_ERR_CONFIG);

	ck_assert_int_eq(rmqi_config_i64(config, RMQI_CFG_pullBatchSize), 16);
	ck_assert_str_eq(rmqi_config_get(config, "pullBatchSize"), "16");
	tear_down();
}
END_TEST

START_TEST(config__an_enum_is_the_index_of_its_choice)
{
	set_up();

	ck_assert_int_eq(rmqi_config_i64(config, RMQI_CFG_serializeType), 0);
	ck_assert_int_eq(set("serializeType", "ROCKETMQ"), RMQ_OK);
	ck_assert_int_eq(rmqi_config_i64(config, RMQI_CFG_serializeType), 1);
	tear_down();
}
END_TEST

START_TEST(config__blanks_around_a_value_that_is_no_text_are_dropped)
{
	set_up();

	ck_assert_int_eq(set("consumeFromWhere", " CONSUME_FROM_TIMESTAMP "), RMQ_OK);
	ck_assert_int_eq(set("sendMsgTimeout", " 12 "), RMQ_OK);

	/* It goes on the wire as it stands. */
	ck_assert_str_eq(rmqi_config_str(config, RMQI_CFG_consumeFromWhere),
			 "CONSUME_FROM_TIMESTAMP");
	ck_assert_int_eq(rmqi_config_i64(config, RMQI_CFG_sendMsgTimeout), 12);
	tear_down();
}
END_TEST

START_TEST(config__an_empty_text_is_the_default_again)
{
	set_up();
	ck_assert_int_eq(set("createTopicKey", "OTHER"), RMQ_OK);
	ck_assert_int_eq(set("unitName", "unit"), RMQ_OK);

	ck_assert_int_eq(set("createTopicKey", ""), RMQ_OK);
	ck_assert_int_eq(set("unitName", ""), RMQ_OK);

	ck_assert_str_eq(rmqi_config_str(config, RMQI_CFG_createTopicKey), "TBW102");
	ck_assert_ptr_null(rmqi_config_str(config, RMQI_CFG_unitName));
	ck_assert_int_eq(set("sendMsgTimeout", ""), RMQ_ERR_CONFIG);
	tear_down();
}
END_TEST

START_TEST(config__a_secret_is_never_shown)
{
	set_up();
	ck_assert_int_eq(set("tlsKeyPassword", "swordfish"), RMQ_OK);

	ck_assert_str_eq(rmqi_config_get(config, "tlsKeyPassword"), "***");
	ck_assert_str_eq(rmqi_config_str(config, RMQI_CFG_tlsKeyPassword), "swordfish");
	tear_down();
}
END_TEST

START_TEST(config__a_copy_is_independent)
{
	struct rmq_config *copy;

	set_up();
	ck_assert_int_eq(set("namesrvAddr", "a:1"), RMQ_OK);
	copy = rmqi_config_dup(config);
	ck_assert_int_eq(set("namesrvAddr", "b:2"), RMQ_OK);

	ck_assert_str_eq(rmqi_config_str(copy, RMQI_CFG_namesrvAddr), "a:1");
	rmqi_config_free(copy);
	tear_down();
}
END_TEST

START_TEST(config__survives_every_failed_allocation)
{
	set_up();
	ck_assert_int_eq(set("namesrvAddr", "a:1"), RMQ_OK);
	for (uint64_t n = 1; n <= 3; n++) {
		struct rmq_config *copy;

		rmqi_mem_fail_after(n, 1);
		copy = rmqi_config_dup(config);
		rmqi_mem_fail_after(0, 0);
		rmqi_config_free(copy);
	}
	rmqi_mem_fail_after(1, 1);
	ck_assert_int_eq(set("namesrvAddr", "c:3"), RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	ck_assert_str_eq(rmqi_config_str(config, RMQI_CFG_namesrvAddr), "a:1");
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		config__has_the_defaults_of_the_java_client,
		config__every_default_is_legal,
		config__unknown_key_names_the_nearest,
		config__refuses_a_value_out_of_range_and_keeps_the_old_one,
		config__an_enum_is_the_index_of_its_choice,
		config__blanks_around_a_value_that_is_no_text_are_dropped,
		config__an_empty_text_is_the_default_again,
		config__a_secret_is_never_shown,
		config__a_copy_is_independent,
		config__survives_every_failed_allocation,
	};

	return run_suite("config", tests, sizeof(tests) / sizeof(tests[0]));
}
