/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "tools/cli/values.h"

static int ends[2] = {-1, -1};
static volatile sig_atomic_t signal_came;
static void (*volatile last_wish)(void);

/* One byte is enough: nobody reads it. */
static void wake(void)
{
	int problem = errno;
	ssize_t written = write(ends[1], "", 1);

	(void)written;
	errno = problem;
}

/* The second one: by the system's own hand, once this returns. */
static void on_signal(int number)
{
	if (signal_came) {
		if (last_wish)
			last_wish();
		signal(number, SIG_DFL);
		raise(number);
		return;
	}
	signal_came = number;
	wake();
}

void stop_set_last_wish(void (*wish)(void))
{
	last_wish = wish;
}

bool stop_init(void)
{
	struct sigaction action;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	return true;
}

static void on_alarm(int number)
{
	(void)number;
	wake();
}

void stop_after(int64_t ms)
{
	struct itimerval after = {{0, 0}, {ms / 1000, ms % 1000 * 1000}};
	struct sigaction action;

	if (ms < 0)
		return;
	if (ms == 0) {
		wake();
		return;
	}
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_alarm;
	action.sa_flags = SA_RESTART;
	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &after, NULL);
}

void stop_now(void)
{
	wake();
}

bool stop_wanted(void)
{
	return stop_wait(0);
}

bool stop_by_signal(void)
{
	return signal_came != 0;
}

/* What is left until `deadline`, for poll. */
static int left_until(int64_t deadline)
{
	int64_t left = deadline - value_ticks();

	if (deadline < 0)
		return -1;
	if (left < 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

static int64_t deadline_of(int64_t ms)
{
	return ms < 0 ? -1 : value_ticks() + ms;
}

int stop_descriptor(void)
{
	return ends[0];
}

bool stop_wait(int64_t ms)
{
	struct pollfd end = {ends[0], POLLIN, 0};
	int64_t deadline = deadline_of(ms);
	int found;

	do
		found = poll(&end, 1, left_until(deadline));
	while (found < 0 && errno == EINTR);
	return found > 0;
}

bool stop_wait_for(int fd, short events, int64_t ms)
{
	struct pollfd both[2] = {{ends[0], POLLIN, 0}, {fd, events, 0}};
	int64_t deadline = deadline_of(ms);
	int found;

	do
		found = poll(both, 2, left_until(deadline));
	while (found < 0 && errno == EINTR);
	return found > 0 && !both[0].revents && both[1].revents;
}
