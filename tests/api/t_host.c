/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_host.c - the process that hosts the library is its user's: signals, errno, cancellation.
 * Every test has a process of its own (Check forks), so handlers and masks are free to be set.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/api/api.h"
#include "tests/support/bad_peer.h"

enum { CAUGHT = 99 };

static rmq_push_consumer *start_consumer(rmq_mock_cluster *cluster, rmq_consume_fn fn, void *arg)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_push_consumer *c = NULL;
	rmq_error_detail *d = NULL;

	api_ok(rmq_push_consumer_new(config, "host-group", &c, &d), &d);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &d), &d);
	api_ok(rmq_push_consumer_set_listener(c, fn, arg, &d), &d);
	api_ok(rmq_push_consumer_start(c, &d), &d);
	rmq_config_free(config);
	return c;
}

static int is_set(void *arg)
{
	return atomic_load((atomic_int *)arg) != -1;
}

/* --- Signals ------------------------------------------------------------------------------ */

static void on_fault(int number)
{
	(void)number;
	_exit(CAUGHT);
}

static enum rmq_consume_status fault(rmq_push_consumer *c, const rmq_message *const *messages,
				     size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)messages, (void)count, (void)context;
	raise(*(const int *)arg);
	_exit(0); /* it is blocked; raised by the processor it would have killed the process */
}

/* Ends in on_fault. */
static _Noreturn void be_crashing(int number)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));

	signal(SIGALRM, SIG_DFL); /* Check's would end more than this process */
	alarm(60);
	signal(number, on_fault);
	start_consumer(cluster, fault, &number);
	api_send_ok(p, "Topic");
	for (;;)
		pause();
}

static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

START_TEST(signals__a_fault_in_a_listener_reaches_the_handler)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		be_crashing(faults[_i]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		ck_abort_msg("ended by signal %d", WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), CAUGHT);
}
END_TEST

static enum rmq_consume_status run_command(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)messages, (void)count, (void)context;
	atomic_store((atomic_int *)arg, system("kill -TERM $$; exit 77")); /* 77: it lived on */
	return RMQ_CONSUME_SUCCESS;
}

START_TEST(signals__a_command_of_a_listener_can_be_ended)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	atomic_int status = -1;
	rmq_push_consumer *c = start_consumer(cluster, run_command, &status);

	api_send_ok(p, "Topic");
	ck_assert(wait_real(is_set, &status, SOON_MS));
	ck_assert(WIFSIGNALED(atomic_load(&status)));
	ck_assert_int_eq(WTERMSIG(atomic_load(&status)), SIGTERM);
	rmq_push_consumer_free(c);
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

static enum rmq_consume_status look_at_mask(rmq_push_consumer *c,
					    const rmq_message *const *messages, size_t count,
					    rmq_consume_context *context, void *arg)
{
	sigset_t mask;

	(void)c, (void)messages, (void)count, (void)context;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	atomic_store((atomic_int *)arg,
		     sigismember(&mask, SIGUSR1) + 2 * sigismember(&mask, SIGTERM));
	return RMQ_CONSUME_SUCCESS;
}

static void block(int how)
{
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(how, &usr1, NULL);
}

START_TEST(signals__a_listener_has_the_mask_of_the_thread_that_made_the_consumer)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	atomic_int mask = -1;
	rmq_push_consumer *c;

	block(SIG_BLOCK);
	c = start_consumer(cluster, look_at_mask, &mask);
	block(SIG_UNBLOCK);
	api_send_ok(p, "Topic");
	ck_assert(wait_real(is_set, &mask, SOON_MS));
	ck_assert_int_eq(atomic_load(&mask), 1);
	rmq_push_consumer_free(c);
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

static volatile sig_atomic_t pipes;

static void on_pipe(int number)
{
	(void)number;
	pipes++;
}

START_TEST(signals__a_lost_connection_raises_no_sigpipe)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	rmq_error_detail *d = NULL;
	enum rmq_error error;

	signal(SIGPIPE, on_pipe);
	for (int i = 0; i < 5; i++) {
		api_send_ok(p, "Topic");
		api_ok(rmq_mock_broker_crash(cluster, "broker-a", &d), &d);
		rmq_error_detail_free(api_send(p, "Topic", CALL_MS, &error));
		ck_assert_int_ne(error, RMQ_OK);
		api_ok(rmq_mock_broker_start(cluster, "broker-a", &d), &d);
	}
	ck_assert_int_eq(pipes, 0);
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
}
END_TEST

/* --- errno and cancellation ------------------------------------------------------------------- */

START_TEST(errno__is_kept_by_calls_that_fail_and_that_do_not)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_producer *p = api_producer(api_config(rmq_mock_cluster_namesrv(cluster)));
	rmq_producer *lost = api_producer(api_config("127.0.0.1:1"));
	rmq_message *m = rmq_message_new("Topic", "x", 1);
	enum rmq_error error;

	errno = EDOM;
	error = rmq_producer_send(p, m, NULL, NULL, NULL);
	ck_assert_int_eq(errno, EDOM);
	ck_assert_int_eq(error, RMQ_OK);
	error = rmq_producer_send(lost, m, NULL, NULL, NULL);
	ck_assert_int_eq(errno, EDOM);
	ck_assert_int_ne(error, RMQ_OK);
	rmq_producer_free(lost);
	rmq_producer_free(p);
	rmq_mock_cluster_free(cluster);
	ck_assert_int_eq(errno, EDOM);
	rmq_message_free(m);
}
END_TEST

struct caller {
	rmq_producer *producer;
	atomic_int has_begun;
	atomic_int has_returned;
	enum rmq_error error;
};

static _Noreturn void *send_to_silence(void *arg)
{
	struct caller *caller = arg;
	rmq_message *m = rmq_message_new("Topic", "x", 1);

	atomic_store(&caller->has_begun, 1);
	caller->error = api_send_within(caller->producer, m, CALL_MS, NULL);
	rmq_message_free(m);
	atomic_store(&caller->has_returned, 1);
	for (;;)
		pthread_testcancel();
}

START_TEST(cancellation__waits_for_the_end_of_the_call)
{
	struct bad_peer *peer = bad_peer_start(PEER_SILENT);
	struct caller caller = {.producer = api_producer(api_config(bad_peer_address(peer))),
				.has_begun = -1};
	rmq_error_detail *d = NULL;
	pthread_t thread;
	void *result;

	ck_assert_int_eq(pthread_create(&thread, NULL, send_to_silence, &caller), 0);
	ck_assert(wait_real(is_set, &caller.has_begun, SOON_MS));
	while (bad_peer_received(peer) == 0)
		pause_ms(1);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	ck_assert_int_eq(atomic_load(&caller.has_returned), 1);
	ck_assert_int_eq(caller.error, RMQ_ERR_TIMEOUT);
	api_ok(rmq_producer_close(caller.producer, -1, &d), &d);
	rmq_producer_free(caller.producer);
	bad_peer_stop(peer);
}
END_TEST

int main(void)
{
	struct suite s;
	const TTest *const tests[] = {
		signals__a_command_of_a_listener_can_be_ended,
		signals__a_listener_has_the_mask_of_the_thread_that_made_the_consumer,
		signals__a_lost_connection_raises_no_sigpipe,
		errno__is_kept_by_calls_that_fail_and_that_do_not,
		cancellation__waits_for_the_end_of_the_call,
	};

	suite_open(&s, "host");
	suite_add_loop(&s, signals__a_fault_in_a_listener_reaches_the_handler,
		       sizeof(faults) / sizeof(faults[0]));
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	return suite_run(&s);
}
