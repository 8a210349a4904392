/* SPDX-License-Identifier: Apache-2.0 */
/* t_mock.c - the mock cluster: its options, its store, and listeners that let everything fall. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/api/api.h"
#include "tests/support/forks.h"

static char folder[300];

static void make_folder(void)
{
	ck_assert(make_scratch(folder, sizeof(folder)));
}

static void drop_folder(void)
{
	remove_tree(folder);
}

/* Frees the options. */
static void refuse(rmq_mock_options *o, enum rmq_error code, const char *cause)
{
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *d = NULL;

	api_failed(rmq_mock_cluster_new(o, &c, &d), code, &d);
	api_names(d, cause);
	ck_assert_ptr_null(c);
	rmq_error_detail_free(d);
	rmq_mock_options_free(o);
}

/* --- Options ------------------------------------------------------------------------------- */

static void refuse_value(rmq_mock_options *o, const char *key, const char *value,
			 const char *sentence)
{
	rmq_error_detail *d = NULL;

	api_failed(rmq_mock_options_set(o, key, value, &d), RMQ_ERR_CONFIG, &d);
	ck_assert_str_eq(rmq_error_detail_message(d), sentence);
	rmq_error_detail_free(d);
}

START_TEST(options__bad_value_names_key_value_and_range)
{
	rmq_mock_options *o = rmq_mock_options_new();

	refuse_value(o, "brokers", "0", "brokers: \"0\" is not an integer in 1..26");
	refuse_value(o, "brokers", "27", "brokers: \"27\" is not an integer in 1..26");
	refuse_value(o, "brokers", "-1", "brokers: \"-1\" is not an integer in 1..26");
	refuse_value(o, "brokers", "two", "brokers: \"two\" is not an integer in 1..26");
	refuse_value(o, "namesrvs", "9", "namesrvs: \"9\" is not an integer in 1..8");
	refuse_value(o, "virtualTime", "yes", "virtualTime: \"yes\" is not true or false");
	ck_assert_str_eq(rmq_mock_options_get(o, "brokers"), "1"); /* untouched */
	rmq_mock_options_free(o);
}
END_TEST

START_TEST(options__unknown_key_names_the_nearest)
{
	rmq_mock_options *o = rmq_mock_options_new();

	refuse_value(o, "brokrs", "1",
		     "unknown option of a mock cluster \"brokrs\"; did you mean \"brokers\"?");
	/* A flag of the daemon alone. */
	refuse_value(o, "listen", "127.0.0.1:1", "unknown option of a mock cluster \"listen\"");
	ck_assert_ptr_null(rmq_mock_options_get(o, "brokrs"));
	ck_assert_ptr_null(rmq_mock_options_get(o, "listen"));
	rmq_mock_options_free(o);
}
END_TEST

START_TEST(options__empty_text_is_the_default_again)
{
	rmq_mock_options *o = api_options("brokers", "3", "store", "/x", NULL);
	rmq_error_detail *d = NULL;

	ck_assert_str_eq(rmq_mock_options_get(o, "brokers"), "3");
	ck_assert_str_eq(rmq_mock_options_get(o, "store"), "/x");
	api_ok(rmq_mock_options_set(o, "brokers", "", &d), &d);
	api_ok(rmq_mock_options_set(o, "store", "", &d), &d);
	ck_assert_str_eq(rmq_mock_options_get(o, "brokers"), "1");
	ck_assert_str_eq(rmq_mock_options_get(o, "store"), "");
	rmq_mock_options_free(o);
}
END_TEST

/* So that no row is a promise that the setter does not keep. */
/* A value that is not what it is without: an address is checked when it is set. */
static const char *value_of(const rmq_mock_option *row)
{
	const char *value = rmq_mock_option_default_value(row);

	if (*value)
		return value;
	return strcmp(rmq_mock_option_name(row), "control") == 0 ? "127.0.0.1:0" : "x";
}

START_TEST(options__every_row_of_the_table_can_be_set)
{
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_error_detail *d = NULL;

	ck_assert_uint_gt(rmq_mock_option_count(), 10);
	for (size_t i = 0; i < rmq_mock_option_count(); i++) {
		const rmq_mock_option *row = rmq_mock_option_at(i);
		const char *name = rmq_mock_option_name(row);
		const char *value = rmq_mock_option_default_value(row);

		ck_assert_str_eq(rmq_mock_options_get(o, name), value);
		if (strcmp(rmq_mock_option_type(row), "string") != 0)
			ck_assert_int_gt((int)strlen(rmq_mock_option_range(row)), 0);
		ck_assert_int_gt((int)strlen(rmq_mock_option_help(row)), 10);
		ck_assert_ptr_nonnull(rmq_mock_option_unit(row));
		api_ok(rmq_mock_options_set(o, name, value_of(row), &d), &d);
		ck_assert_str_eq(rmq_mock_options_get(o, name), value_of(row));
	}
	ck_assert_ptr_null(rmq_mock_option_at(rmq_mock_option_count()));
	rmq_mock_options_free(o);
}
END_TEST

START_TEST(options__that_exclude_each_other_are_named)
{
	refuse(api_options("tlsCertFile", "x", NULL), RMQ_ERR_CONFIG, "tlsKeyFile");
	refuse(api_options("tlsRequired", "true", NULL), RMQ_ERR_CONFIG, "tlsCertFile");
	refuse(api_options("tlsCaFile", "x", NULL), RMQ_ERR_CONFIG, "tlsCertFile");
	refuse(api_options("tlsCertFile", "x", "tlsKeyFile", "x", "virtualTime", "true", NULL),
	       RMQ_ERR_CONFIG, "virtualTime");
}
END_TEST

START_TEST(options__unknown_broker_setting_names_the_nearest)
{
	refuse(api_options("brokerSettings", "maxMesageSize=1000\n", NULL), RMQ_ERR_CONFIG,
	       "maxMessageSize");
	refuse(api_options("brokerSettings", "maxMessageSize=huge\n", NULL), RMQ_ERR_CONFIG,
	       "maxMessageSize");
}
END_TEST

/* The file, then the lines over it. */
START_TEST(options__broker_settings_come_from_a_file_too)
{
	char path[400];
	FILE *f;

	make_folder();
	snprintf(path, sizeof(path), "%s/broker.conf", folder);
	refuse(api_options("brokerConfFile", path, NULL), RMQ_ERR_NOT_FOUND, path);
	f = fopen(path, "w");
	fputs("maxMessageSize=17\nflushDiskTyp=SYNC_FLUSH\n", f);
	fclose(f);
	refuse(api_options("brokerConfFile", path, NULL), RMQ_ERR_CONFIG, "flushDiskType");
	f = fopen(path, "w");
	fputs("maxMessageSize=17\n", f);
	fclose(f);
	for (int i = 0; i < 2; i++) {
		rmq_mock_cluster *c =
			api_cluster(api_options("brokerConfFile", path, "brokerSettings",
						i ? "maxMessageSize=4194304" : "", NULL));
		rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(c)));
		rmq_message *m = rmq_message_new("Topic", "more than seventeen bytes", 25);
		rmq_error_detail *d = NULL;

		ck_assert_int_eq(rmq_producer_send(p, m, NULL, NULL, &d),
				 i ? RMQ_OK : RMQ_ERR_BROKER);
		rmq_error_detail_free(d);
		rmq_message_free(m);
		rmq_producer_free(p);
		rmq_mock_cluster_free(c);
	}
	drop_folder();
}
END_TEST

START_TEST(options__host_that_cannot_be_bound_is_named)
{
	rmq_mock_options *o = api_options("host", "192.0.2.1", NULL); /* TEST-NET-1: never ours */
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *d = NULL;

	ck_assert_int_ne(rmq_mock_cluster_new(o, &c, &d), RMQ_OK);
	api_names(d, "192.0.2.1");
	rmq_error_detail_free(d);
	rmq_mock_options_free(o);
}
END_TEST

START_TEST(options__bad_certificates_are_named)
{
	rmq_mock_options *o = api_options("tlsCertFile", "/nonexistent/cert.pem", "tlsKeyFile",
					  "/nonexistent/key.pem", NULL);
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *d = NULL;

	ck_assert_int_ne(rmq_mock_cluster_new(o, &c, &d), RMQ_OK);
	api_names(d, "/nonexistent/");
	rmq_error_detail_free(d);
	rmq_mock_options_free(o);
}
END_TEST

static void count_lines(enum rmq_log_level level, const char *text, void *arg)
{
	(void)text;
	ck_assert_int_le((int)level, RMQ_LOG_INFO);
	++*(int *)arg;
}

START_TEST(options__log_is_told_up_to_its_level)
{
	rmq_mock_options *o = api_options("virtualTime", "true", NULL);
	int lines = 0;

	rmq_mock_options_set_log(o, count_lines, RMQ_LOG_INFO, &lines);
	rmq_mock_cluster_free(api_cluster(o));
	ck_assert_int_gt(lines, 0);
}
END_TEST

/* --- The store ----------------------------------------------------------------------------- */

START_TEST(store__folder_that_cannot_be_written_is_named)
{
	char path[400];

	make_folder();
	/* Root may write anywhere; not even root makes a folder below a file or in /proc. */
	snprintf(path, sizeof(path), "%s/file", folder);
	fclose(fopen(path, "w"));
	snprintf(path, sizeof(path), "%s/file/store", folder);
	refuse(api_options("store", path, NULL), RMQ_ERR_IO, path);
	refuse(api_options("store", "/proc/no-such-store", NULL), RMQ_ERR_NOT_FOUND,
	       "/proc/no-such-store");
	if (geteuid() != 0) {
		snprintf(path, sizeof(path), "%s/locked", folder);
		ck_assert_int_eq(mkdir(path, 0500), 0);
		refuse(api_options("store", path, NULL), RMQ_ERR_IO, path);
	}
	drop_folder();
}
END_TEST

START_TEST(store__in_use_is_told_and_unharmed)
{
	rmq_mock_cluster *c;
	rmq_producer *p;

	make_folder();
	c = api_cluster(api_options("store", folder, NULL));
	p = api_producer(api_config(rmq_mock_cluster_namesrv(c)));
	api_send_ok(p, "Topic");
	refuse(api_options("store", folder, NULL), RMQ_ERR_LOCKED, folder);
	api_send_ok(p, "Topic"); /* the first one goes on */
	rmq_producer_free(p);
	rmq_mock_cluster_free(c);

	c = api_cluster(api_options("store", folder, NULL)); /* free again, with what was stored */
	ck_assert_int_eq((int)(rmq_mock_cluster_max_offset(c, "broker-a", "Topic", 0) +
			       rmq_mock_cluster_max_offset(c, "broker-a", "Topic", 1)),
			 2);
	rmq_mock_cluster_free(c);
	drop_folder();
}
END_TEST

/* The store of a broker that had a static topic: one logical queue, which it leads. */
START_TEST(store__with_a_static_topic_is_one_for_the_client)
{
	static const char mapping[] =
		"{\"topicQueueMappingInfoMap\":{\"Topic\":{\"bname\":\"broker-a\",\"epoch\":1,"
		"\"hostedQueues\":{0:[{\"bname\":\"broker-a\"}]},\"topic\":\"Topic\","
		"\"totalQueues\":1}}}";
	rmq_error_detail *d;
	enum rmq_error error;
	rmq_mock_cluster *c;
	rmq_producer *p;
	char path[400];
	FILE *file;

	make_folder();
	rmq_mock_cluster_free(api_cluster(api_options("store", folder, NULL)));
	snprintf(path, sizeof(path), "%s/broker-a/config/topicQueueMapping.json", folder);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(mapping, file), 0);
	ck_assert_int_eq(fclose(file), 0);

	c = api_cluster(api_options("store", folder, NULL));
	p = api_producer(api_config(rmq_mock_cluster_namesrv(c)));
	d = api_send(p, "Topic", 3000, &error);
	api_failed(error, RMQ_ERR_UNSUPPORTED, &d);
	api_names(d, "Topic is a static topic");
	rmq_error_detail_free(d);
	rmq_producer_free(p);
	rmq_mock_cluster_free(c);
	drop_folder();
}
END_TEST

/* The other process: holds the store until it is told to end. */
static _Noreturn void hold_store(int ready, int end)
{
	rmq_mock_options *o = api_options("store", folder, NULL);
	rmq_mock_cluster *c = NULL;
	char byte = 'r';

	if (rmq_mock_cluster_new(o, &c, NULL) != RMQ_OK)
		_exit(1);
	rmq_mock_options_free(o);
	if (write(ready, &byte, 1) != 1 || read(end, &byte, 1) < 0)
		_exit(1);
	rmq_mock_cluster_free(c);
	_exit(0);
}

START_TEST(store__locked_by_another_process_is_told)
{
	int ready[2], end[2];
	char byte;
	pid_t pid;

	make_folder();
	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(end), 0);
	pid = fork();
	if (pid == 0) {
		close(end[1]);
		hold_store(ready[1], end[0]);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq((int)read(ready[0], &byte, 1), 1);
	refuse(api_options("store", folder, NULL), RMQ_ERR_LOCKED, folder);
	close(end[1]);
	close(end[0]);
	close(ready[0]);
	close(ready[1]);
	drop_folder();
}
END_TEST

START_TEST(store__temporary_one_is_removed)
{
	rmq_mock_cluster *c;

	make_folder();
	setenv("TMPDIR", folder, 1);
	c = api_cluster(NULL);
	rmq_mock_cluster_free(c);
	ck_assert_int_eq(rmdir(folder), 0); /* so it is empty */
}
END_TEST

/* --- Listeners that let everything fall ------------------------------------------------------- */

enum { MESSAGES = 20 };

struct faller {
	int calls;
	int level; /* delay level to set; 0: none */
};

static enum rmq_consume_status let_fall(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_consume_context *context, void *arg)
{
	struct faller *f = arg;

	(void)c;
	(void)messages;
	(void)count;
	f->calls++;
	rmq_consume_context_set_delay_level(context, f->level);
	return RMQ_RECONSUME_LATER;
}

struct world {
	rmq_mock_cluster *cluster;
	rmq_config *config;
	rmq_producer *producer;
	rmq_push_consumer *consumer;
};

/* In virtual time, because this takes hours. */
static void open_world(struct world *w, rmq_consume_fn listener, void *arg,
		       const char *max_reconsume_times)
{
	rmq_error_detail *d = NULL;

	w->cluster = api_cluster(api_options("virtualTime", "true", NULL));
	w->config = api_config(rmq_mock_cluster_namesrv(w->cluster));
	rmq_config_set_environment(w->config, rmq_mock_cluster_environment(w->cluster));
	api_set(w->config, "maxReconsumeTimes", max_reconsume_times);
	api_ok(rmq_producer_new(w->config, "p", &w->producer, &d), &d);
	api_ok(rmq_producer_start(w->producer, &d), &d);
	api_ok(rmq_push_consumer_new(w->config, "g", &w->consumer, &d), &d);
	api_ok(rmq_push_consumer_subscribe(w->consumer, "Topic", "*", &d), &d);
	ck_assert_int_eq(rmq_push_consumer_set_listener(w->consumer, listener, arg, NULL), RMQ_OK);
	api_ok(rmq_push_consumer_start(w->consumer, &d), &d);
	for (int i = 0; i < MESSAGES; i++)
		api_send_ok(w->producer, "Topic");
}

static void close_world(struct world *w)
{
	rmq_push_consumer_free(w->consumer);
	rmq_producer_free(w->producer);
	rmq_config_free(w->config);
	rmq_mock_cluster_free(w->cluster);
}

static bool all_dead(void *arg)
{
	struct world *w = arg;

	return rmq_mock_cluster_max_offset(w->cluster, "broker-a", "%DLQ%g", 0) == MESSAGES;
}

START_TEST(listener__that_takes_nothing_loses_nothing)
{
	struct faller f = {0, 0};
	struct world w;

	open_world(&w, let_fall, &f, "-1");
	if (!rmq_mock_cluster_run_until(w.cluster, all_dead, &w, INT64_C(6) * 3600 * 1000))
		ck_abort_msg(
			"%d calls, %lld dead letters", f.calls,
			(long long)rmq_mock_cluster_max_offset(w.cluster, "broker-a", "%DLQ%g", 0));
	ck_assert_int_eq(f.calls, MESSAGES * 17);
	close_world(&w);
}
END_TEST

/* Delay levels that do not exist: ignored or cut, never lost. */
START_TEST(listener__with_impossible_delay_levels_loses_nothing)
{
	static const int levels[] = {19, 1000, INT32_MAX, -2, INT32_MIN};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct faller f = {0, levels[i]};
		struct world w;

		open_world(&w, let_fall, &f, "1");
		/* The highest level is 2 h. */
		if (!rmq_mock_cluster_run_until(w.cluster, all_dead, &w, INT64_C(3) * 3600 * 1000))
			ck_abort_msg("level %d: %d calls, %lld dead letters", levels[i], f.calls,
				     (long long)rmq_mock_cluster_max_offset(w.cluster, "broker-a",
									    "%DLQ%g", 0));
		close_world(&w);
	}
}
END_TEST

static enum rmq_consume_status nonsense(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_consume_context *context, void *arg)
{
	struct faller *f = arg;
	enum rmq_consume_status status;
	int bits = -1;

	(void)c;
	(void)messages;
	(void)count;
	f->calls++;
	rmq_consume_context_set_ack_index(context, f->calls % 2 ? INT32_MIN : INT32_MAX);
	memcpy(&status, &bits, sizeof(status));
	return status;
}

START_TEST(listener__that_answers_nonsense_loses_nothing)
{
	struct faller f = {0, 0};
	struct world w;

	open_world(&w, nonsense, &f, "3");
	if (!rmq_mock_cluster_run_until(w.cluster, all_dead, &w, INT64_C(6) * 3600 * 1000))
		ck_abort_msg("%d calls", f.calls);
	close_world(&w);
}
END_TEST

/* --- Virtual time --------------------------------------------------------------------------- */

static uint64_t trace_of(uint64_t seed)
{
	struct faller f = {0, 0};
	struct world w;
	uint64_t trace;
	char text[32];
	rmq_error_detail *d = NULL;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)seed);
	w.cluster = api_cluster(api_options("virtualTime", "true", "seed", text, NULL));
	w.config = api_config(rmq_mock_cluster_namesrv(w.cluster));
	rmq_config_set_environment(w.config, rmq_mock_cluster_environment(w.cluster));
	api_ok(rmq_push_consumer_new(w.config, "g", &w.consumer, &d), &d);
	api_ok(rmq_push_consumer_subscribe(w.consumer, "Topic", "*", &d), &d);
	ck_assert_int_eq(rmq_push_consumer_set_listener(w.consumer, let_fall, &f, NULL), RMQ_OK);
	api_ok(rmq_push_consumer_start(w.consumer, &d), &d);
	ck_assert_int_eq(rmq_mock_cluster_advance(w.cluster, 600 * 1000, NULL), RMQ_OK);
	trace = rmq_mock_cluster_request_count(w.cluster, -1) * 1000003u +
		(uint64_t)rmq_mock_cluster_now_ms(w.cluster);
	rmq_push_consumer_free(w.consumer);
	rmq_config_free(w.config);
	rmq_mock_cluster_free(w.cluster);
	return trace;
}

START_TEST(virtual_time__a_seed_gives_the_same_run)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		ck_assert_uint_eq(trace_of(seed), trace_of(seed));
}
END_TEST

START_TEST(virtual_time__moves_only_when_told)
{
	rmq_mock_cluster *c =
		api_cluster(api_options("virtualTime", "true", "startTimestamp", "1000000", NULL));
	rmq_error_detail *d = NULL;
	int64_t start;

	start = rmq_mock_cluster_now_ms(c);
	ck_assert_int_ge(start, 1000000);
	pause_ms(20);
	ck_assert_int_eq(rmq_mock_cluster_now_ms(c), start);
	ck_assert_int_eq(rmq_mock_cluster_advance(c, 1234, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_now_ms(c), start + 1234);
	api_failed(rmq_mock_cluster_advance(c, -1, &d), RMQ_ERR_INVALID_ARGUMENT, &d);
	api_names(d, "not -1");
	rmq_error_detail_free(d);
	ck_assert_ptr_nonnull(rmq_mock_cluster_environment(c));
	rmq_mock_cluster_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		options__bad_value_names_key_value_and_range,
		options__unknown_key_names_the_nearest,
		options__empty_text_is_the_default_again,
		options__every_row_of_the_table_can_be_set,
		options__that_exclude_each_other_are_named,
		options__unknown_broker_setting_names_the_nearest,
		options__broker_settings_come_from_a_file_too,
		options__host_that_cannot_be_bound_is_named,
		options__bad_certificates_are_named,
		options__log_is_told_up_to_its_level,
		store__folder_that_cannot_be_written_is_named,
		store__in_use_is_told_and_unharmed,
		store__with_a_static_topic_is_one_for_the_client,
		store__locked_by_another_process_is_told,
		store__temporary_one_is_removed,
		listener__that_takes_nothing_loses_nothing,
		listener__with_impossible_delay_levels_loses_nothing,
		listener__that_answers_nonsense_loses_nothing,
		virtual_time__a_seed_gives_the_same_run,
		virtual_time__moves_only_when_told,
	};

	return run_suite("mock", tests, sizeof(tests) / sizeof(tests[0]));
}
