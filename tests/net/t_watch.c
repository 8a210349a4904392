/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_watch.c - the poller, and system calls that fail: a descriptor that cannot be watched
 * is a connection that is lost, not one that is deaf.
 *
 * epoll_ctl and accept4 of this program fail when they are told to.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/listener.h"
#include "net/poller.h"
#include "tests/net/world.h"
#include "tests/support/suite.h"

static struct world w;
static _Atomic int ctl_fails, accepts_to_fail, accept_calls;

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	if (operation != EPOLL_CTL_DEL && atomic_load(&ctl_fails)) {
		errno = ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

#ifdef __GLIBC__
typedef __SOCKADDR_ARG peer_arg; /* a union of all kinds of addresses */
#define PEER_OF(arg) ((arg).__sockaddr__)
#else
typedef struct sockaddr *peer_arg;
#define PEER_OF(arg) (arg)
#endif

int accept4(int fd, peer_arg peer, socklen_t *len, int flags)
{
	atomic_fetch_add(&accept_calls, 1);
	if (atomic_load(&accepts_to_fail) > 0) {
		atomic_fetch_sub(&accepts_to_fail, 1);
		errno = EMFILE;
		return -1;
	}
	return (int)syscall(SYS_accept4, fd, PEER_OF(peer), len, flags);
}

/* --- The poller ------------------------------------------------------------------------------ */

struct end {
	struct rmqi_watch watch;
	int fds[2]; /* of a pair of sockets; the first is watched */
	unsigned ready;
	int calls;
	struct rmqi_watch *victim; /* is stopped by the call; may be NULL */
};

static struct rmqi_poller *poller;

static void note(struct rmqi_watch *watch, unsigned ready)
{
	struct end *e = RMQI_CONTAINER(watch, struct end, watch);

	e->ready = ready;
	e->calls++;
	if (e->victim)
		rmqi_watch_stop(e->victim);
}

static void open_end(struct end *e)
{
	*e = (struct end){0};
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, e->fds), 0);
	rmqi_watch_init(&e->watch, poller, e->fds[0], note);
}

static void close_end(struct end *e)
{
	rmqi_watch_stop(&e->watch);
	close(e->fds[0]);
	close(e->fds[1]);
}

static void look(void)
{
	rmqi_poller_run(poller, false);
}

START_TEST(watch__is_told_what_it_wants_for_as_long_as_it_is_so)
{
	struct end e;

	ck_assert_int_eq(rmqi_poller_new(&poller), RMQ_OK);
	open_end(&e);
	raw_send(e.fds[1], "x", 1);
	look();
	ck_assert_int_eq(e.calls, 0); /* wants nothing */
	ck_assert_int_eq(rmqi_watch_set(&e.watch, RMQI_READABLE), 0);
	look();
	look();
	ck_assert_int_eq(e.calls, 2);
	ck_assert_uint_eq(e.ready, RMQI_READABLE);
	ck_assert_int_eq(rmqi_watch_set(&e.watch, RMQI_READABLE | RMQI_WRITABLE), 0);
	look();
	ck_assert_uint_eq(e.ready, RMQI_READABLE | RMQI_WRITABLE);
	ck_assert_int_eq(rmqi_watch_set(&e.watch, 0), 0);
	look();
	ck_assert_int_eq(e.calls, 3);
	close_end(&e);
	rmqi_poller_free(poller);
}
END_TEST

START_TEST(watch__of_a_peer_that_hung_up_is_told_as_what_is_wanted)
{
	struct end e;

	ck_assert_int_eq(rmqi_poller_new(&poller), RMQ_OK);
	open_end(&e);
	ck_assert_int_eq(rmqi_watch_set(&e.watch, RMQI_WRITABLE), 0);
	shutdown(e.fds[1], SHUT_RDWR);
	look();
	ck_assert_uint_eq(e.ready, RMQI_WRITABLE);
	ck_assert_int_eq(rmqi_watch_set(&e.watch, RMQI_READABLE), 0);
	look();
	ck_assert_uint_eq(e.ready, RMQI_READABLE);
	ck_assert_int_eq(rmqi_watch_set(&e.watch, 0), 0);
	look();
	ck_assert_int_eq(e.calls, 2); /* else it would be told for ever */
	close_end(&e);
	rmqi_poller_free(poller);
}
END_TEST

START_TEST(watch__that_was_stopped_in_the_same_round_is_not_called)
{
	struct end a, b;

	ck_assert_int_eq(rmqi_poller_new(&poller), RMQ_OK);
	open_end(&a);
	open_end(&b);
	a.victim = &b.watch;
	b.victim = &a.watch;
	ck_assert_int_eq(rmqi_watch_set(&a.watch, RMQI_WRITABLE), 0);
	ck_assert_int_eq(rmqi_watch_set(&b.watch, RMQI_WRITABLE), 0);
	look();
	ck_assert_int_eq(a.calls + b.calls, 1);
	close_end(&a);
	close_end(&b);
	rmqi_poller_free(poller);
}
END_TEST

START_TEST(watch__says_why_it_cannot_be_set_and_stays_as_it_was)
{
	struct end e;

	ck_assert_int_eq(rmqi_poller_new(&poller), RMQ_OK);
	open_end(&e);
	ck_assert_int_eq(rmqi_watch_set(&e.watch, RMQI_WRITABLE), 0);
	atomic_store(&ctl_fails, 1);
	ck_assert_int_eq(rmqi_watch_set(&e.watch, RMQI_READABLE), ENOSPC);
	atomic_store(&ctl_fails, 0);
	look();
	ck_assert_uint_eq(e.ready, RMQI_WRITABLE);
	close_end(&e);
	rmqi_poller_free(poller);
}
END_TEST

/* --- Connections that cannot be watched --------------------------------------------------------- */

enum { LONG_MS = 10 * 1000 };

/* Whether the watch of the connection fails or, when the loop was quick, that of the next one. */
static void expect_lost(const struct noted *n)
{
	if (n->error != RMQ_ERR_CONNECTION_LOST && n->error != RMQ_ERR_CONNECT &&
	    n->error != RMQ_ERR_TLS)
		ck_abort_msg("%s: %s", rmq_error_text(n->error), n->why);
}

static void do_nothing(void *arg)
{
	(void)arg;
}

/* A synchronous call leaves a connection that the loop does not watch, until it was quiet for a moment:
 * then the asynchronous one goes through. */
static bool goes_through(void)
{
	struct noted n = {0};

	atomic_store(&ctl_fails, 0);
	world_expect_echo(&w, "before");
	rmqi_loop_call(w.client_loop, do_nothing, NULL);
	atomic_store(&ctl_fails, 1);
	world_call_async(&w, W_ECHO, "x", LONG_MS, &n);
	world_wait_end(&w, &n);
	if (n.error != RMQ_OK)
		expect_lost(&n);
	return n.error == RMQ_OK;
}

START_TEST(conn__that_cannot_be_watched_any_more_is_lost)
{
	int tries = 0;

	world_init(&w, W_TCP);
	world_open(&w);
	while (goes_through())
		ck_assert_int_lt(++tries, 1000);
	atomic_store(&ctl_fails, 0);
	world_expect_echo(&w, "after");
	world_close(&w);
}
END_TEST

START_TEST(conn__that_cannot_be_watched_from_the_start_is_not_made)
{
	struct noted n = {0};

	world_init(&w, (enum transport)_i);
	world_open(&w);
	atomic_store(&ctl_fails, 1);
	world_call_async(&w, W_ECHO, "x", LONG_MS, &n);
	world_wait_end(&w, &n);
	expect_lost(&n);
	ck_assert_ptr_nonnull(strstr(n.why, "No space left on device"));
	atomic_store(&ctl_fails, 0);
	world_expect_echo(&w, "after");
	world_close(&w);
}
END_TEST

START_TEST(server__closes_a_connection_that_it_cannot_watch)
{
	char frame[512];
	size_t len;
	int fd;

	world_init(&w, W_TCP);
	world_open(&w);
	fd = raw_connect(w.address);
	len = raw_frame(frame, sizeof(frame), W_ECHO, 1, 0, "x");
	raw_send(fd, frame, len);
	world_wait_count(&w, &w.requests, 1);
	atomic_store(&ctl_fails, 1);
	/* More than the socket takes, and nobody reads. */
	len = raw_frame(frame, sizeof(frame), W_FLOOD, 2, 0, "16000000");
	raw_send(fd, frame, len);
	world_wait_count(&w, &w.closed, 1);
	atomic_store(&ctl_fails, 0);
	close(fd);
	world_expect_echo(&w, "after");
	world_close(&w);
}
END_TEST

/* --- The listener ---------------------------------------------------------------------------------- */

static _Atomic unsigned warnings, again;

static void note_line(enum rmq_log_level level, const char *text, void *arg)
{
	(void)arg;
	if (level == RMQ_LOG_WARN && strstr(text, "cannot accept connections"))
		atomic_fetch_add(&warnings, 1);
	if (strstr(text, "accepts connections again"))
		atomic_fetch_add(&again, 1);
}

START_TEST(listener__pauses_between_failed_accepts_and_says_it_once)
{
	enum { FAILURES = 4 };
	int calls;

	world_init(&w, W_TCP);
	w.log = (struct rmqi_log){.fn = note_line, .level = RMQ_LOG_INFO};
	atomic_store(&accepts_to_fail, FAILURES);
	world_open(&w);
	world_expect_echo(&w, "x");
	calls = atomic_load(&accept_calls);
	/* A failure, a pause, a failure, ...; then the one that came, and the look for another one. */
	ck_assert_int_eq(calls, FAILURES + 2);
	ck_assert_uint_eq(atomic_load(&warnings), 1);
	ck_assert_uint_eq(atomic_load(&again), 1);
	world_close(&w);
}
END_TEST

int main(void)
{
	struct suite s;
	const TTest *const tests[] = {
		watch__is_told_what_it_wants_for_as_long_as_it_is_so,
		watch__of_a_peer_that_hung_up_is_told_as_what_is_wanted,
		watch__that_was_stopped_in_the_same_round_is_not_called,
		watch__says_why_it_cannot_be_set_and_stays_as_it_was,
		conn__that_cannot_be_watched_any_more_is_lost,
		server__closes_a_connection_that_it_cannot_watch,
		listener__pauses_between_failed_accepts_and_says_it_once,
	};

	suite_open(&s, "watch");
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, conn__that_cannot_be_watched_from_the_start_is_not_made, W_TLS + 1);
	return suite_run(&s);
}
