/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_fork.c - what was made before a fork is of no use in the child, says so at once, and leaves the
 * parent alone. Each child ends by _exit with the line of what was wrong, 0 when all was right.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/api/api.h"
#include "tests/support/forks.h"

enum { CHILD_S = 60, ID_DIGITS = 32 };

struct scene {
	rmq_mock_cluster *cluster;
	rmq_producer *producer;
	rmq_push_consumer *consumer;
	rmq_admin *admin;
	atomic_int consumed;
};

static struct scene scene;

static enum rmq_consume_status count(rmq_push_consumer *c, const rmq_message *const *messages,
				     size_t n, rmq_consume_context *context, void *arg)
{
	(void)c, (void)messages, (void)context;
	atomic_fetch_add((atomic_int *)arg, (int)n);
	return RMQ_CONSUME_SUCCESS;
}

static rmq_push_consumer *start_consumer(const char *group, rmq_consume_fn fn, void *arg)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(scene.cluster));
	rmq_push_consumer *c = NULL;
	rmq_error_detail *d = NULL;

	api_ok(rmq_push_consumer_new(config, group, &c, &d), &d);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &d), &d);
	api_ok(rmq_push_consumer_set_listener(c, fn, arg, &d), &d);
	api_ok(rmq_push_consumer_start(c, &d), &d);
	api_ok(rmq_push_consumer_wait_ready(c, SOON_MS, &d), &d);
	rmq_config_free(config);
	return c;
}

static void open_scene(void)
{
	rmq_config *config;
	rmq_error_detail *d = NULL;

	scene.cluster = api_cluster(NULL);
	config = api_config(rmq_mock_cluster_namesrv(scene.cluster));
	scene.producer = api_producer(api_config(rmq_mock_cluster_namesrv(scene.cluster)));
	api_ok(rmq_admin_new(config, &scene.admin, &d), &d);
	rmq_config_free(config);
	atomic_store(&scene.consumed, 0);
	scene.consumer = start_consumer("fork-group", count, &scene.consumed);
	api_send_ok(scene.producer, "Topic");
}

static void close_scene(void)
{
	rmq_push_consumer_free(scene.consumer);
	rmq_producer_free(scene.producer);
	rmq_admin_free(scene.admin);
	rmq_mock_cluster_free(scene.cluster);
}

/* Check's own handler would end more than this process. */
static void limit_child(void)
{
	signal(SIGALRM, SIG_DFL);
	alarm(CHILD_S);
}

/* Runs `fn` in a child; a child that hangs dies by the alarm. */
static pid_t begin_child(int (*fn)(void))
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		limit_child();
		_exit(fn());
	}
	return pid;
}

static void end_child(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		ck_abort_msg("the child ended by signal %d", WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static int64_t stored(void)
{
	return rmq_mock_cluster_max_offset(scene.cluster, "broker-a", "Topic", 0) +
	       rmq_mock_cluster_max_offset(scene.cluster, "broker-a", "Topic", 1);
}

/* --- What is inherited ------------------------------------------------------------------------ */

#define MUST(condition)                        \
	do {                                   \
		if (!(condition))              \
			return __LINE__ & 255; \
	} while (0)

static bool is_refused(enum rmq_error error, rmq_error_detail **d)
{
	bool is_told = error == RMQ_ERR_FORKED && rmq_error_detail_code(*d) == RMQ_ERR_FORKED &&
		       strstr(rmq_error_detail_message(*d), "fork") &&
		       rmq_error_detail_flags(*d) == RMQ_ERROR_FATAL;

	rmq_error_detail_free(*d);
	*d = NULL;
	return is_told;
}

static void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *detail,
		     void *arg)
{
	(void)error, (void)reply, (void)detail, (void)arg;
	abort();
}

static int use_producer(void)
{
	rmq_message *m = rmq_message_new("Topic", "x", 1), *reply = NULL;
	rmq_error_detail *d = NULL;

	MUST(is_refused(rmq_producer_send(scene.producer, m, NULL, NULL, &d), &d));
	MUST(is_refused(rmq_producer_start(scene.producer, &d), &d));
	MUST(is_refused(rmq_producer_close(scene.producer, 1000, &d), &d));
	MUST(is_refused(rmq_producer_request(scene.producer, m, NULL, &reply, &d), &d));
	MUST(is_refused(rmq_producer_request_async(scene.producer, m, NULL, on_reply, NULL, &d),
			&d));
	MUST(!reply);
	MUST(strlen(rmq_producer_client_id(scene.producer)) > 0);
	rmq_producer_free(scene.producer);
	rmq_message_free(m);
	return 0;
}

static int use_consumer(void)
{
	rmq_push_consumer *c = scene.consumer;
	rmq_error_detail *d = NULL;

	MUST(is_refused(rmq_push_consumer_subscribe(c, "Other", "*", &d), &d));
	MUST(is_refused(rmq_push_consumer_unsubscribe(c, "Topic", &d), &d));
	MUST(is_refused(rmq_push_consumer_set_listener(c, count, NULL, &d), &d));
	MUST(is_refused(rmq_push_consumer_start(c, &d), &d));
	MUST(is_refused(rmq_push_consumer_wait_ready(c, -1, &d), &d));
	MUST(is_refused(rmq_push_consumer_suspend(c, &d), &d));
	MUST(is_refused(rmq_push_consumer_resume(c, &d), &d));
	MUST(is_refused(rmq_push_consumer_close(c, 1000, &d), &d));
	MUST(rmq_push_consumer_queue_count(c) == 0);
	rmq_push_consumer_free(c);
	return 0;
}

static int use_admin(void)
{
	rmq_topic_offsets *offsets = NULL;
	rmq_error_detail *d = NULL;

	MUST(is_refused(rmq_admin_create_topic(scene.admin, NULL, "New", NULL, NULL, &d), &d));
	MUST(is_refused(rmq_admin_topic_offsets(scene.admin, "Topic", NULL, NULL, &offsets, &d),
			&d));
	MUST(!offsets);
	rmq_admin_free(scene.admin);
	return 0;
}

static int use_cluster(void)
{
	rmq_mock_cluster *c = scene.cluster;
	rmq_error_detail *d = NULL;

	MUST(is_refused(rmq_mock_cluster_create_topic(c, "New", 1, &d), &d));
	MUST(is_refused(rmq_mock_broker_stop(c, "broker-a", &d), &d));
	MUST(is_refused(rmq_mock_broker_crash(c, "broker-a", &d), &d));
	MUST(is_refused(rmq_mock_broker_start(c, "broker-a", &d), &d));
	MUST(is_refused(rmq_mock_namesrv_stop(c, 0, &d), &d));
	MUST(is_refused(rmq_mock_cluster_advance(c, 1, &d), &d));
	MUST(rmq_mock_cluster_max_offset(c, "broker-a", "Topic", 0) == -1);
	MUST(rmq_mock_cluster_request_count(c, 10) == 0);
	MUST(strlen(rmq_mock_cluster_namesrv(c)) > 0);
	rmq_mock_cluster_free(c);
	return 0;
}

static int (*const uses[])(void) = {use_producer, use_consumer, use_admin, use_cluster};

START_TEST(inherited__every_call_fails_at_once_with_its_own_error)
{
	open_scene();
	end_child(begin_child(uses[_i]));
	/* The parent goes on as if nothing had been. */
	api_send_ok(scene.producer, "Topic");
	ck_assert_int_eq(stored(), 2);
	close_scene();
}
END_TEST

static int be_grandparent(void)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		limit_child();
		_exit(use_producer() | use_consumer());
	}
	waitpid(pid, &status, 0);
	MUST(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(inherited__fails_in_a_grandchild_too)
{
	open_scene();
	end_child(begin_child(be_grandparent));
	close_scene();
}
END_TEST

static int send_many(void)
{
	rmq_message *m = rmq_message_new("Topic", "x", 1);

	for (int i = 0; i < 20; i++)
		MUST(rmq_producer_send(scene.producer, m, NULL, NULL, NULL) == RMQ_ERR_FORKED);
	return 0;
}

START_TEST(parent__is_untouched_by_children_that_try_to_send)
{
	enum { SENDS = 100, EVERY = 10 };
	pid_t children[SENDS / EVERY];
	int64_t before;

	open_scene();
	before = stored();
	for (int i = 0; i < SENDS; i++) {
		if (i % EVERY == 0)
			children[i / EVERY] = begin_child(send_many);
		api_send_ok(scene.producer, "Topic");
	}
	for (int i = 0; i < SENDS / EVERY; i++)
		end_child(children[i]);
	ck_assert_int_eq(stored() - before, SENDS);
	close_scene();
}
END_TEST

/* A child of a consume thread, where the library's own thread is what forks. */
static enum rmq_consume_status fork_here(rmq_push_consumer *c, const rmq_message *const *messages,
					 size_t n, rmq_consume_context *context, void *arg)
{
	pid_t pid = fork();
	int status = -1;

	(void)c, (void)messages, (void)n, (void)context;
	if (pid == 0) {
		limit_child();
		_exit(use_producer() | use_consumer());
	}
	waitpid(pid, &status, 0);
	atomic_store((atomic_int *)arg, WIFEXITED(status) ? WEXITSTATUS(status) : 1000);
	return RMQ_CONSUME_SUCCESS;
}

static int has_forked(void *arg)
{
	return atomic_load((atomic_int *)arg) >= 0;
}

START_TEST(listener__may_fork_and_its_child_is_told_as_well)
{
	atomic_int result = -1;
	rmq_push_consumer *c;

	open_scene();
	c = start_consumer("forking-group", fork_here, &result);
	api_send_ok(scene.producer, "Topic");
	ck_assert(wait_real(has_forked, &result, SOON_MS));
	ck_assert_int_eq(atomic_load(&result), 0);
	rmq_push_consumer_free(c);
	close_scene();
}
END_TEST

/* --- What the child makes itself ------------------------------------------------------------------ */

static int ids[2];

/* The first id of a new producer, to `out`: its parts before the time stand for all that follow. */
static bool send_for_id(rmq_producer *p, char *out)
{
	rmq_message *m = rmq_message_new("Topic", "x", 1);
	rmq_send_result *result = NULL;
	bool is_sent = rmq_producer_send(p, m, NULL, &result, NULL) == RMQ_OK;

	if (is_sent)
		snprintf(out, ID_DIGITS + 1, "%s", rmq_send_result_message_id(result));
	rmq_send_result_free(result);
	rmq_message_free(m);
	return is_sent;
}

static int got_some(void *arg)
{
	return atomic_load((atomic_int *)arg) > 0;
}

static int live(void)
{
	rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(scene.cluster)));
	atomic_int consumed = 0;
	rmq_push_consumer *c = start_consumer("child-group", count, &consumed);
	char id[ID_DIGITS + 1];

	MUST(send_for_id(p, id));
	MUST(wait_real(got_some, &consumed, SOON_MS));
	MUST(write(ids[1], id, sizeof(id)) == (ssize_t)sizeof(id));
	MUST(rmq_push_consumer_close(c, -1, NULL) == RMQ_OK);
	rmq_push_consumer_free(c);
	rmq_producer_free(p);
	return 0;
}

START_TEST(child__lives_with_clients_of_its_own)
{
	open_scene();
	ck_assert_int_eq(pipe(ids), 0);
	end_child(begin_child(live));
	close(ids[0]);
	close(ids[1]);
	close_scene();
}
END_TEST

START_TEST(child__message_ids_never_meet_those_of_the_parent)
{
	/* ip 8, pid 4, constant 8; time and counter follow. */
	enum { PREFIX = 20, ALL = 4 };
	char seen[ALL + 1][ID_DIGITS + 1];

	open_scene();
	ck_assert_int_eq(pipe(ids), 0);
	ck_assert(send_for_id(scene.producer, seen[ALL]));
	for (int i = 0; i < ALL; i++) {
		end_child(begin_child(live));
		ck_assert_int_eq(read(ids[0], seen[i], sizeof(seen[i])), sizeof(seen[i]));
	}
	for (int i = 0; i <= ALL; i++)
		for (int j = 0; j < i; j++)
			ck_assert(memcmp(seen[i], seen[j], PREFIX) != 0);
	close(ids[0]);
	close(ids[1]);
	close_scene();
}
END_TEST

int main(void)
{
	struct suite s;
	const TTest *const tests[] = {
		inherited__fails_in_a_grandchild_too,
		parent__is_untouched_by_children_that_try_to_send,
		listener__may_fork_and_its_child_is_told_as_well,
	};
	const TTest *const of_threads[] = {
		child__lives_with_clients_of_its_own,
		child__message_ids_never_meet_those_of_the_parent,
	};

	suite_open(&s, "fork");
	suite_add_loop(&s, inherited__every_call_fails_at_once_with_its_own_error,
		       sizeof(uses) / sizeof(uses[0]));
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	if (SUITE_HAS_THREADS_AFTER_FORK)
		suite_add(&s, of_threads, sizeof(of_threads) / sizeof(of_threads[0]));
	return suite_run(&s);
}
