/* SPDX-License-Identifier: Apache-2.0 */
/* t_mock.c - the mock cluster: its options, its store, and listeners that let everything fall. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/api/api.h"

static char folder[300];

static void make_folder(void)
{
	ck_assert(make_scratch(folder, sizeof(folder)));
}

static void drop_folder(void)
{
	remove_tree(folder);
}

static void refuse(const struct rmq_mock_options *o, enum rmq_error code, const char *cause)
{
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *d = NULL;

	api_failed(rmq_mock_cluster_new(o, &c, &d), code, &d);
	api_names(d, cause);
	ck_assert_ptr_null(c);
	rmq_error_detail_free(d);
}

/* --- Options ------------------------------------------------------------------------------- */

START_TEST(options__out_of_range_are_named)
{
	struct rmq_mock_options o;

#define REFUSE(field, value, cause)                          \
	do {                                                 \
		rmq_mock_options_init(&o);                   \
		o.field = value;                             \
		refuse(&o, RMQ_ERR_INVALID_ARGUMENT, cause); \
	} while (0)
	REFUSE(brokers, 0, "brokers");
	REFUSE(brokers, 27, "brokers");
	REFUSE(brokers, -1, "brokers");
	REFUSE(namesrvs, 0, "namesrvs");
	REFUSE(namesrvs, 9, "namesrvs");
	REFUSE(size, 1, "rmq_mock_options_init");
	REFUSE(tls_cert_file, "x", "tls_key_file");
	REFUSE(tls_required, 1, "tls_cert_file");
}
END_TEST

START_TEST(options__unknown_broker_setting_names_the_nearest)
{
	struct rmq_mock_options o;

	rmq_mock_options_init(&o);
	o.broker_conf = "maxMesageSize=1000\n";
	refuse(&o, RMQ_ERR_CONFIG, "maxMessageSize");
	o.broker_conf = "maxMessageSize=huge\n";
	refuse(&o, RMQ_ERR_CONFIG, "maxMessageSize");
}
END_TEST

START_TEST(options__host_that_cannot_be_bound_is_named)
{
	struct rmq_mock_options o;
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *d = NULL;

	rmq_mock_options_init(&o);
	o.host = "192.0.2.1"; /* TEST-NET-1: never ours */
	ck_assert_int_ne(rmq_mock_cluster_new(&o, &c, &d), RMQ_OK);
	api_names(d, "192.0.2.1");
	rmq_error_detail_free(d);
}
END_TEST

START_TEST(options__bad_certificates_are_named)
{
	struct rmq_mock_options o;
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *d = NULL;

	rmq_mock_options_init(&o);
	o.tls_cert_file = "/nonexistent/cert.pem";
	o.tls_key_file = "/nonexistent/key.pem";
	ck_assert_int_ne(rmq_mock_cluster_new(&o, &c, &d), RMQ_OK);
	api_names(d, "/nonexistent/");
	rmq_error_detail_free(d);
}
END_TEST

/* --- The store ----------------------------------------------------------------------------- */

START_TEST(store__folder_that_cannot_be_written_is_named)
{
	struct rmq_mock_options o;
	char path[400];

	make_folder();
	rmq_mock_options_init(&o);
	/* Root may write anywhere; not even root makes a folder below a file or in /proc. */
	snprintf(path, sizeof(path), "%s/file", folder);
	fclose(fopen(path, "w"));
	snprintf(path, sizeof(path), "%s/file/store", folder);
	o.store = path;
	refuse(&o, RMQ_ERR_IO, path);
	o.store = "/proc/no-such-store";
	refuse(&o, RMQ_ERR_NOT_FOUND, "/proc/no-such-store");
	if (geteuid() != 0) {
		snprintf(path, sizeof(path), "%s/locked", folder);
		ck_assert_int_eq(mkdir(path, 0500), 0);
		o.store = path;
		refuse(&o, RMQ_ERR_IO, path);
	}
	drop_folder();
}
END_TEST

START_TEST(store__in_use_is_told_and_unharmed)
{
	struct rmq_mock_options o;
	rmq_mock_cluster *c;
	rmq_producer *p;

	make_folder();
	rmq_mock_options_init(&o);
	o.store = folder;
	c = api_cluster(&o);
	p = api_producer(api_config(rmq_mock_cluster_namesrv(c)));
	api_send_ok(p, "Topic");
	refuse(&o, RMQ_ERR_LOCKED, folder);
	api_send_ok(p, "Topic"); /* the first one goes on */
	rmq_producer_free(p);
	rmq_mock_cluster_free(c);

	c = api_cluster(&o); /* free again, with what was stored */
	ck_assert_int_eq((int)(rmq_mock_cluster_max_offset(c, "broker-a", "Topic", 0) +
			       rmq_mock_cluster_max_offset(c, "broker-a", "Topic", 1)),
			 2);
	rmq_mock_cluster_free(c);
	drop_folder();
}
END_TEST

/* The other process: holds the store until it is told to end. */
static _Noreturn void hold_store(int ready, int end)
{
	struct rmq_mock_options o;
	rmq_mock_cluster *c = NULL;
	char byte = 'r';

	rmq_mock_options_init(&o);
	o.store = folder;
	if (rmq_mock_cluster_new(&o, &c, NULL) != RMQ_OK)
		_exit(1);
	if (write(ready, &byte, 1) != 1 || read(end, &byte, 1) < 0)
		_exit(1);
	rmq_mock_cluster_free(c);
	_exit(0);
}

START_TEST(store__locked_by_another_process_is_told)
{
	struct rmq_mock_options o;
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
	rmq_mock_options_init(&o);
	o.store = folder;
	refuse(&o, RMQ_ERR_LOCKED, folder);
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
	struct rmq_mock_options o;
	rmq_error_detail *d = NULL;

	rmq_mock_options_init(&o);
	o.virtual_time = 1;
	w->cluster = api_cluster(&o);
	w->config = api_config(rmq_mock_cluster_namesrv(w->cluster));
	rmq_config_set_environment(w->config, rmq_mock_cluster_environment(w->cluster));
	api_set(w->config, "maxReconsumeTimes", max_reconsume_times);
	api_ok(rmq_producer_new(w->config, "p", &w->producer, &d), &d);
	api_ok(rmq_producer_start(w->producer, &d), &d);
	api_ok(rmq_push_consumer_new(w->config, "g", &w->consumer, &d), &d);
	api_ok(rmq_push_consumer_subscribe(w->consumer, "Topic", "*", &d), &d);
	ck_assert_int_eq(rmq_push_consumer_set_listener(w->consumer, listener, arg), RMQ_OK);
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

static int all_dead(void *arg)
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
	struct rmq_mock_options o;
	struct faller f = {0, 0};
	struct world w;
	uint64_t trace;
	rmq_error_detail *d = NULL;

	rmq_mock_options_init(&o);
	o.virtual_time = 1;
	o.seed = seed;
	w.cluster = api_cluster(&o);
	w.config = api_config(rmq_mock_cluster_namesrv(w.cluster));
	rmq_config_set_environment(w.config, rmq_mock_cluster_environment(w.cluster));
	api_ok(rmq_push_consumer_new(w.config, "g", &w.consumer, &d), &d);
	api_ok(rmq_push_consumer_subscribe(w.consumer, "Topic", "*", &d), &d);
	ck_assert_int_eq(rmq_push_consumer_set_listener(w.consumer, let_fall, &f), RMQ_OK);
	api_ok(rmq_push_consumer_start(w.consumer, &d), &d);
	ck_assert_int_eq(rmq_mock_cluster_advance(w.cluster, 600 * 1000), RMQ_OK);
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
	struct rmq_mock_options o;
	rmq_mock_cluster *c;
	int64_t start;

	rmq_mock_options_init(&o);
	o.virtual_time = 1;
	o.start_ms = 1000000;
	c = api_cluster(&o);
	start = rmq_mock_cluster_now_ms(c);
	ck_assert_int_ge(start, 1000000);
	pause_ms(20);
	ck_assert_int_eq(rmq_mock_cluster_now_ms(c), start);
	ck_assert_int_eq(rmq_mock_cluster_advance(c, 1234), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_now_ms(c), start + 1234);
	ck_assert_int_eq(rmq_mock_cluster_advance(c, -1), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(rmq_mock_cluster_environment(c));
	rmq_mock_cluster_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		options__out_of_range_are_named,
		options__unknown_broker_setting_names_the_nearest,
		options__host_that_cannot_be_bound_is_named,
		options__bad_certificates_are_named,
		store__folder_that_cannot_be_written_is_named,
		store__in_use_is_told_and_unharmed,
		store__locked_by_another_process_is_told,
		store__temporary_one_is_removed,
		listener__that_takes_nothing_loses_nothing,
		listener__with_impossible_delay_levels_loses_nothing,
		listener__that_answers_nonsense_loses_nothing,
		virtual_time__a_seed_gives_the_same_run,
		virtual_time__moves_only_when_told,
	};

	return api_main("mock", tests, sizeof(tests) / sizeof(tests[0]));
}
