/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_descriptors.c - a process that has nearly run out of descriptors: errors only, at every number
 * that is left. Each number is a child of its own, which also must not write to stderr.
 */
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/api/api.h"

enum { LEFT_MAX = 20, CHILD_S = 60, FINE = 0, REFUSED = 42 };

static rmq_mock_cluster *cluster; /* of the parent; its address is what the child uses */

/* So many more may be opened. */
static void leave(int left)
{
	int next = dup(STDIN_FILENO);
	struct rlimit limit = {.rlim_cur = (rlim_t)(next + left),
			       .rlim_max = (rlim_t)(next + left)};

	close(next);
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		_exit(1);
}

/* A child's verdict: what was refused has a sentence. */
static int judge(enum rmq_error error, rmq_error_detail *d)
{
	if (error == RMQ_OK)
		return FINE;
	if (error == RMQ_ERR_SYSTEM && !strstr(rmq_error_detail_message(d), "no descriptor"))
		return 3;
	return d && strlen(rmq_error_detail_message(d)) > 10 ? REFUSED : 2;
}

static int use_producer(int left)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_message *m = rmq_message_new("Topic", "x", 1);
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;
	enum rmq_error error;

	leave(left);
	error = rmq_producer_new(config, "g", &p, &d);
	if (error == RMQ_OK)
		error = rmq_producer_start(p, &d);
	if (error == RMQ_OK)
		error = api_send_within(p, m, CALL_MS, &d);
	rmq_producer_free(p);
	return judge(error, d);
}

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)messages, (void)count, (void)context, (void)arg;
	return RMQ_CONSUME_SUCCESS;
}

static int use_consumer(int left)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_push_consumer *c = NULL;
	rmq_error_detail *d = NULL;
	enum rmq_error error;

	leave(left);
	error = rmq_push_consumer_new(config, "g", &c, &d);
	if (error == RMQ_OK)
		error = rmq_push_consumer_subscribe(c, "Topic", "*", &d);
	if (error == RMQ_OK)
		error = rmq_push_consumer_set_listener(c, take, NULL, &d);
	if (error == RMQ_OK)
		error = rmq_push_consumer_start(c, &d);
	if (error == RMQ_OK)
		error = rmq_push_consumer_wait_ready(c, CALL_MS, &d);
	rmq_push_consumer_free(c);
	return judge(error, d);
}

static int use_admin(int left)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_topic_offsets *offsets = NULL;
	rmq_admin *a = NULL;
	rmq_error_detail *d = NULL;
	enum rmq_error error;

	leave(left);
	error = rmq_admin_new(config, &a, &d);
	if (error == RMQ_OK)
		error = rmq_admin_topic_offsets(a, "Topic", NULL, NULL, &offsets, &d);
	rmq_topic_offsets_free(offsets);
	rmq_admin_free(a);
	return judge(error, d);
}

static int use_mock(int left)
{
	rmq_mock_cluster *own = NULL;
	rmq_error_detail *d = NULL;
	enum rmq_error error;

	leave(left);
	error = rmq_mock_cluster_new(NULL, &own, &d);
	rmq_mock_cluster_free(own);
	return judge(error, d);
}

/* What the child of `use` with so many descriptors said on stderr must be nothing. */
static int run_child(int (*use)(int left), int left)
{
	char said[512];
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(CHILD_S);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		_exit(use(left));
	}
	close(ends[1]);
	n = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (n != 0)
		ck_abort_msg("%d left: it wrote \"%.*s\"", left, (int)n, said);
	if (!WIFEXITED(status))
		ck_abort_msg("%d left: ended by signal %d", left, WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int (*const uses[])(int) = {use_producer, use_consumer, use_admin, use_mock};

START_TEST(descriptors__that_are_missing_cause_errors_only)
{
	int last = REFUSED;

	cluster = api_cluster(NULL);
	for (int left = 0; left <= LEFT_MAX; left++) {
		last = run_child(uses[_i], left);
		if (last != FINE && last != REFUSED)
			ck_abort_msg("%d left: the child ended with %d", left, last);
		if (left == 0)
			ck_assert_int_eq(last, REFUSED);
	}
	ck_assert_int_eq(last, FINE); /* so many are enough */
	rmq_mock_cluster_free(cluster);
}
END_TEST

/* --- The mock accepts --------------------------------------------------------------------------- */

enum { GUESTS = 8 };

static _Atomic int warnings;

static void count_warnings(enum rmq_log_level level, const char *text, void *arg)
{
	(void)level, (void)arg;
	if (strstr(text, "cannot accept connections"))
		warnings++;
}

/* Serves with two descriptors until it is told to end; 0: it warned, once for each of its listeners. */
static _Noreturn void serve(int out, int in)
{
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_producer *p;
	const char *address;
	char byte;

	rmq_mock_options_set_log(o, count_warnings, RMQ_LOG_WARN, NULL);
	cluster = api_cluster(o);
	address = rmq_mock_cluster_namesrv(cluster);
	p = api_producer(api_config(address));
	for (int i = 0; i < 4; i++)
		api_send_ok(p, "Topic"); /* the files of its queues are there */
	rmq_producer_free(p);
	leave(2);
	if (write(out, address, strlen(address)) < 0 || read(in, &byte, 1) != 1)
		_exit(3);
	_exit(warnings >= 1 && warnings <= 2 ? 0 : 4);
}

START_TEST(descriptors__of_the_mock_that_are_missing_cost_only_the_guests_who_wait)
{
	rmq_producer *producers[GUESTS];
	rmq_message *m = rmq_message_new("Topic", "x", 1);
	char address[64] = "";
	int out[2], in[2], status, failed = 0;
	pid_t pid;

	ck_assert(pipe(out) == 0 && pipe(in) == 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(CHILD_S);
		serve(out[1], in[0]);
	}
	ck_assert_int_gt(read(out[0], address, sizeof(address) - 1), 0);
	for (int i = 0; i < GUESTS; i++) {
		producers[i] = api_producer(api_config(address));
		failed += api_send_within(producers[i], m, CALL_MS, NULL) != RMQ_OK;
	}
	ck_assert_int_ge(failed, GUESTS - 2);
	for (int i = 0; i < GUESTS; i++)
		rmq_producer_free(producers[i]);
	/* Places are free again: it goes on. */
	producers[0] = api_producer(api_config(address));
	ck_assert_int_eq(api_send_within(producers[0], m, SOON_MS, NULL), RMQ_OK);
	rmq_producer_free(producers[0]);
	rmq_message_free(m);
	ck_assert_int_eq(write(in[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	struct suite s;
	const TTest *const tests[] = {
		descriptors__of_the_mock_that_are_missing_cost_only_the_guests_who_wait,
	};

	suite_open(&s, "descriptors");
	if (SUITE_HAS_THREADS_AFTER_FORK)
		suite_add_loop(&s, descriptors__that_are_missing_cause_errors_only,
			       sizeof(uses) / sizeof(uses[0]));
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	return suite_run(&s);
}
