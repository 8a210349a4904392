/* SPDX-License-Identifier: Apache-2.0 */
/* t_mock_brokers.c - the key mockBrokers, in a program that has the mock library. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/api/api.h"
#include "tests/support/forks.h"

static char warning[1024]; /* the last line of the log that names the key */

static void log_line(enum rmq_log_level level, const char *text, void *arg)
{
	(void)arg;
	if (level == RMQ_LOG_WARN && strstr(text, "mockBrokers"))
		snprintf(warning, sizeof(warning), "%s", text);
}

static rmq_config *make_config(void)
{
	rmq_config *config = rmq_config_new();

	ck_assert_ptr_nonnull(config);
	ck_assert_int_eq(rmq_config_set(config, "namesrvAddr", "production.example:9876", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_config_set(config, "mockBrokers", "2", NULL), RMQ_OK);
	rmq_config_set_log(config, log_line, RMQ_LOG_WARN, NULL);
	return config;
}

static rmq_producer *make_producer(const rmq_config *config)
{
	rmq_producer *p = NULL;

	ck_assert_int_eq(rmq_producer_new(config, "P", &p, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_start(p, NULL), RMQ_OK);
	return p;
}

static void send_one(rmq_producer *p)
{
	rmq_message *m = rmq_message_new("T", "x", 1);

	ck_assert_int_eq(rmq_producer_send(p, m, NULL, NULL, NULL), RMQ_OK);
	rmq_message_free(m);
}

/* Two producers, which stay when the configuration is gone: all at one cluster. */
START_TEST(mock_brokers__clients_of_a_configuration_share_a_cluster)
{
	rmq_config *config = make_config();
	rmq_producer *first, *second;

	first = make_producer(config);
	ck_assert_ptr_nonnull(strstr(warning, "mockBrokers=2: a mock cluster in this process, 127.0.0.1:"));
	ck_assert_ptr_nonnull(strstr(warning, "takes the place of production.example:9876"));
	second = make_producer(config);
	rmq_config_free(config);
	send_one(first);
	send_one(second);
	rmq_producer_free(first);
	send_one(second);
	rmq_producer_free(second);
}
END_TEST

START_TEST(mock_brokers__set_again_is_another_cluster)
{
	rmq_config *config = make_config();
	char before[1024];
	rmq_producer *p;

	p = make_producer(config);
	snprintf(before, sizeof(before), "%s", warning);
	ck_assert_int_eq(rmq_config_set(config, "mockBrokers", "2", NULL), RMQ_OK);
	send_one(p); /* where it was */
	rmq_producer_free(p);
	rmq_producer_free(make_producer(config));
	ck_assert_str_ne(before, warning);
	rmq_config_free(config);
}
END_TEST

START_TEST(mock_brokers__not_with_the_environment_of_another_cluster)
{
	rmq_config *config = make_config();
	rmq_mock_options *o = api_options("virtualTime", "true", NULL);
	rmq_mock_cluster *c = NULL;
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_mock_cluster_new(o, &c, NULL), RMQ_OK);
	rmq_mock_options_free(o);
	rmq_config_set_environment(config, rmq_mock_cluster_environment(c));
	ck_assert_int_eq(rmq_producer_new(config, "P", &p, &d), RMQ_ERR_CONFIG);
	api_names(d, "exclude each other");
	rmq_error_detail_free(d);
	rmq_config_free(config);
	rmq_mock_cluster_free(c);
}
END_TEST

/* What the child frees is the parent's. */
START_TEST(mock_brokers__child_of_a_fork_ends_no_cluster)
{
	rmq_config *config = make_config();
	rmq_producer *p = NULL;
	int status = -1;
	pid_t child;

	p = make_producer(config);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		rmq_config_free(config);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	send_one(p);
	rmq_producer_free(p);
	rmq_config_free(config);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		mock_brokers__clients_of_a_configuration_share_a_cluster,
		mock_brokers__set_again_is_another_cluster,
		mock_brokers__not_with_the_environment_of_another_cluster,
		mock_brokers__child_of_a_fork_ends_no_cluster,
	};

	return run_suite("mock_brokers", tests, sizeof(tests) / sizeof(tests[0]));
}
