/* SPDX-License-Identifier: Apache-2.0 */
/* t_config.c - the table of configuration, seen from outside. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/api/api.h"

static void refuse(rmq_config *c, const char *key, const char *value, const char *cause)
{
	rmq_error_detail *d = NULL;
	char before[300];
	const char *is = rmq_config_get(c, key);

	snprintf(before, sizeof(before), "%s", is ? is : "(none)");
	api_names(api_failed(rmq_config_set(c, key, value, &d), RMQ_ERR_CONFIG, &d), cause);
	api_names(d, key);
	ck_assert_int_ne((int)rmq_error_detail_flags(d) & RMQ_ERROR_FATAL, 0);
	rmq_error_detail_free(d);
	is = rmq_config_get(c, key);
	ck_assert_str_eq(is ? is : "(none)", before);
}

START_TEST(config__unknown_key_names_the_nearest)
{
	static const struct {
		const char *key, *nearest;
	} cases[] = {
		{"namesrvaddr", "namesrvAddr"},
		{"nameSrvAddr", "namesrvAddr"},
		{"sendMsgTimeOut", "sendMsgTimeout"},
		{"sendMessageTimeout", "sendMsgTimeout"},
		{"consumeThreadsMax", "consumeThreadMax"},
		{"useTls", "useTLS"},
		{"maxReconsumeTime", "maxReconsumeTimes"},
		{"pullBatchsize", "pullBatchSize"},
	};
	rmq_config *c = rmq_config_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse(c, cases[i].key, "1", cases[i].nearest);
	refuse(c, "", "1", "unknown");
	refuse(c, "somethingElseAltogether", "1", "unknown");
	rmq_config_free(c);
}
END_TEST

START_TEST(config__bad_value_names_the_range)
{
	rmq_config *c = rmq_config_new();

	refuse(c, "consumeThreadMax", "0", "1..1000");
	refuse(c, "consumeThreadMax", "1001", "1..1000");
	refuse(c, "consumeThreadMax", "many", "1..1000");
	refuse(c, "consumeThreadMax", "", "1..1000");
	refuse(c, "consumeThreadMax", "1.5", "1..1000");
	refuse(c, "consumeThreadMax", "99999999999999999999", "1..1000");
	refuse(c, "consumeMessageBatchMaxSize", "1025", "1..1024");
	refuse(c, "useTLS", "maybe", "true or false");
	refuse(c, "serializeType", "XML", "JSON|ROCKETMQ");
	refuse(c, "compressType", "GZIP", "LZ4|ZSTD|ZLIB");
	refuse(c, "consumeFromWhere", "HERE", "CONSUME_FROM_LAST_OFFSET");
	refuse(c, "messageModel", "BROADCAST", "CLUSTERING");
	rmq_config_free(c);
}
END_TEST

START_TEST(config__every_key_has_a_row_and_its_default)
{
	rmq_config *c = rmq_config_new();
	const rmq_config_key *k;
	size_t n = 0;

	for (; (k = rmq_config_key_at(n)); n++) {
		ck_assert(rmq_config_key_name(k)[0] && rmq_config_key_type(k)[0] &&
			  rmq_config_key_scope(k)[0] && rmq_config_key_help(k)[0]);
		ck_assert_ptr_nonnull(rmq_config_key_range(k));
		ck_assert_ptr_nonnull(rmq_config_key_unit(k));
		ck_assert_str_eq(rmq_config_get(c, rmq_config_key_name(k)),
				 rmq_config_key_default_value(k));
		/* The default is a legal value. */
		if (rmq_config_key_default_value(k)[0])
			ck_assert_int_eq(rmq_config_set(c, rmq_config_key_name(k),
							rmq_config_key_default_value(k), NULL),
					 RMQ_OK);
	}
	ck_assert_uint_ge(n, 40);
	ck_assert_uint_eq(rmq_config_key_count(), n);
	ck_assert_ptr_null(rmq_config_key_at(n + 1));
	ck_assert_ptr_null(rmq_config_key_at(SIZE_MAX));
	rmq_config_free(c);
}
END_TEST

/* Both ends of every integer's range are taken, and what lies beyond is not. */
START_TEST(config__ranges_are_what_they_say)
{
	rmq_config *c = rmq_config_new();
	const rmq_config_key *k;
	char text[32], *end;

	for (size_t n = 0; (k = rmq_config_key_at(n)); n++) {
		long long low, high;

		if (strcmp(rmq_config_key_type(k), "integer") != 0)
			continue;
		low = strtoll(rmq_config_key_range(k), &end, 10);
		ck_assert_msg(strncmp(end, "..", 2) == 0, "%s: range %s", rmq_config_key_name(k),
			      rmq_config_key_range(k));
		high = strtoll(end + 2, NULL, 10);
		snprintf(text, sizeof(text), "%lld", low);
		ck_assert_int_eq(rmq_config_set(c, rmq_config_key_name(k), text, NULL), RMQ_OK);
		ck_assert_str_eq(rmq_config_get(c, rmq_config_key_name(k)), text);
		snprintf(text, sizeof(text), "%lld", high);
		ck_assert_int_eq(rmq_config_set(c, rmq_config_key_name(k), text, NULL), RMQ_OK);
		snprintf(text, sizeof(text), "%lld", low - 1);
		refuse(c, rmq_config_key_name(k), text, rmq_config_key_range(k));
		snprintf(text, sizeof(text), "%lld", high + 1);
		refuse(c, rmq_config_key_name(k), text, rmq_config_key_range(k));
	}
	rmq_config_free(c);
}
END_TEST

START_TEST(config__secrets_are_not_shown)
{
	rmq_config *c = rmq_config_new();
	const rmq_config_key *k;
	int secrets = 0;

	for (size_t n = 0; (k = rmq_config_key_at(n)); n++) {
		if (strcmp(rmq_config_key_type(k), "secret") != 0)
			continue;
		secrets++;
		ck_assert_int_eq(rmq_config_set(c, rmq_config_key_name(k), "hunter2", NULL),
				 RMQ_OK);
		ck_assert_str_eq(rmq_config_get(c, rmq_config_key_name(k)), "***");
	}
	ck_assert_int_gt(secrets, 0);
	rmq_config_free(c);
}
END_TEST

START_TEST(config__client_keeps_its_own_copy)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_config *c = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_producer *p = NULL;

	ck_assert_int_eq(rmq_producer_new(c, "g", &p, NULL), RMQ_OK);
	api_set(c, "namesrvAddr", "127.0.0.1:1");
	rmq_config_free(c);
	ck_assert_int_eq(rmq_producer_start(p, NULL), RMQ_OK);
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

START_TEST(config__unknown_key_reads_as_null)
{
	rmq_config *c = rmq_config_new();

	ck_assert_ptr_null(rmq_config_get(c, "noSuchKey"));
	ck_assert_ptr_null(rmq_config_get(c, ""));
	rmq_config_free(c);
}
END_TEST

static void refuse_client(const char *key, const char *value)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_push_consumer *k = NULL;
	rmq_error_detail *d = NULL;
	enum rmq_error error = rmq_config_set(c, key, value, &d);

	/* At the latest when the client is made. */
	if (error == RMQ_OK)
		error = rmq_push_consumer_new(c, "g", &k, &d);
	if (error == RMQ_OK)
		ck_abort_msg("%s=%s is accepted", key, value);
	api_names(d, key);
	ck_assert_ptr_null(k);
	rmq_error_detail_free(d);
	rmq_config_free(c);
}

START_TEST(config__text_keys_with_a_form_are_checked_too)
{
	refuse_client("consumeTimestamp", "yesterday");
	refuse_client("consumeTimestamp", "20261399000000");
}
END_TEST

/* --- Log --------------------------------------------------------------------------------- */

struct lines {
	int count;
	bool bad;
};

static void on_line(enum rmq_log_level level, const char *text, void *arg)
{
	struct lines *l = arg;

	__atomic_add_fetch(&l->count, 1, __ATOMIC_SEQ_CST);
	if (level < RMQ_LOG_ERROR || level > RMQ_LOG_WARN || strchr(text, '\n'))
		l->bad = true;
}

START_TEST(log__callback_gets_lines_up_to_its_level)
{
	struct lines lines = {0, false};
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_producer *p;
	enum rmq_error error;

	rmq_config_set_log(c, on_line, RMQ_LOG_WARN, &lines);
	p = api_producer(c);
	rmq_error_detail_free(api_send(p, "Topic", CALL_MS, &error));
	ck_assert_int_ne(error, RMQ_OK);
	rmq_producer_free(p);
	ck_assert_int_gt(lines.count, 0);
	ck_assert(!lines.bad);
}
END_TEST

static int log_to(char *out, size_t size, enum rmq_log_level level, const char *text)
{
	int pair[2], saved = dup(STDERR_FILENO);
	ssize_t len;

	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_int_ge(dup2(pair[1], STDERR_FILENO), 0);
	rmq_log_stderr(level, text, NULL);
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close(saved);
	close(pair[1]);
	len = read(pair[0], out, size - 1);
	ck_assert_int_gt(len, 0);
	out[len] = '\0';
	close(pair[0]);
	return (int)len;
}

START_TEST(log__stderr_line_has_time_level_and_text)
{
	char line[2048], text[1024];
	int year, len;

	log_to(line, sizeof(line), RMQ_LOG_WARN, "a text");
	ck_assert_msg(sscanf(line, "%d-%*d-%*dT%*d:%*d:%*d.%*3dZ", &year) == 1 && year > 2000, "%s",
		      line);
	ck_assert_str_eq(line + strlen("2026-01-31T12:00:00.123Z "), "WARN  a text\n");

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	len = log_to(line, sizeof(line), RMQ_LOG_ERROR, text);
	ck_assert_int_eq(line[len - 1], '\n');
	ck_assert_ptr_nonnull(strstr(line, text));
	(void)log_to(line, sizeof(line), (enum rmq_log_level)99, NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		config__unknown_key_names_the_nearest,
		config__bad_value_names_the_range,
		config__every_key_has_a_row_and_its_default,
		config__ranges_are_what_they_say,
		config__secrets_are_not_shown,
		config__client_keeps_its_own_copy,
		config__unknown_key_reads_as_null,
		config__text_keys_with_a_form_are_checked_too,
		log__callback_gets_lines_up_to_its_level,
		log__stderr_line_has_time_level_and_text,
	};

	return run_suite("config", tests, sizeof(tests) / sizeof(tests[0]));
}
