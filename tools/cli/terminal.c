/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tools/cli/stop.h"
#include "tools/cli/values.h"

static const char screen_on[] = "\033[?1049h\033[?25l";
static const char screen_off[] = "\033[0m\033[?25h\033[?1049l";

/* What kills a process that does not catch it, beside SIGINT and SIGTERM, which are stop.h's. */
static const int deadly[] = {SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { DEADLY = sizeof(deadly) / sizeof(deadly[0]) };

static struct {
	struct termios before, meanwhile;
	bool has_modes; /* stdin is a terminal, whose modes were changed */
	bool has_screen;
	volatile sig_atomic_t is_on;
	int ends[2]; /* SIGWINCH and SIGCONT write a byte */
	struct sigaction old_deadly[DEADLY], old_stop, old_size;
} us = {.ends = {-1, -1}};

/* --- What it can ------------------------------------------------------------------------------------------ */

bool terminal_can_draw(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && term[0] && strcmp(term, "dumb") != 0;
}

bool terminal_has_colour(void)
{
	const char *none = getenv("NO_COLOR");

	return !none || !none[0];
}

bool terminal_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *locale = getenv(names[i]);
		const char *set = locale && locale[0] ? strrchr(locale, '.') : NULL;

		if (locale && locale[0])
			return set && (strncasecmp(set, ".utf-8", 6) == 0 ||
				       strncasecmp(set, ".utf8", 5) == 0);
	}
	return false;
}

static int from_environment(const char *name, int otherwise)
{
	const char *text = getenv(name);
	int64_t number;

	return text && value_number(text, 1, 10000, &number) ? (int)number : otherwise;
}

struct terminal_size terminal_size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		return (struct terminal_size){size.ws_row, size.ws_col};
	return (struct terminal_size){from_environment("LINES", 24), from_environment("COLUMNS", 80)};
}

/* --- In and out, also of a handler --------------------------------------------------------------------------- */

static void put(const char *sequence, size_t len)
{
	ssize_t written = write(STDOUT_FILENO, sequence, len);

	(void)written; /* the terminal is gone */
}

static void enter(void)
{
	if (us.has_modes)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &us.meanwhile);
	if (us.has_screen)
		put(screen_on, sizeof(screen_on) - 1);
	us.is_on = 1;
}

static void leave(void)
{
	int problem = errno;

	if (!us.is_on)
		return;
	us.is_on = 0;
	if (us.has_screen)
		put(screen_off, sizeof(screen_off) - 1);
	if (us.has_modes)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &us.before);
	errno = problem;
}

static void on_deadly(int number)
{
	leave();
	signal(number, SIG_DFL);
	raise(number);
}

static void wake(void)
{
	int problem = errno;
	ssize_t written = us.ends[1] >= 0 ? write(us.ends[1], "", 1) : 0;

	(void)written; /* one byte is enough */
	errno = problem;
}

static void on_size(int number)
{
	(void)number;
	wake();
}

static void handle(int number, void (*fn)(int), struct sigaction *old)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = fn;
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, old);
}

/* Gives the terminal back, stops as one that does not catch it, and comes back here when it is continued. */
static void on_stop(int number)
{
	int problem = errno;
	sigset_t one;

	leave();
	handle(number, SIG_DFL, NULL);
	raise(number);
	sigemptyset(&one);
	sigaddset(&one, number);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	handle(number, on_stop, NULL);
	enter();
	wake();
	errno = problem;
}

/* --- Begin and end ---------------------------------------------------------------------------------------------- */

static void catch_signals(void)
{
	for (size_t i = 0; i < DEADLY; i++)
		handle(deadly[i], on_deadly, &us.old_deadly[i]);
	handle(SIGTSTP, on_stop, &us.old_stop);
	handle(SIGWINCH, on_size, &us.old_size);
	stop_set_last_wish(leave);
}

static void let_signals(void)
{
	for (size_t i = 0; i < DEADLY; i++)
		sigaction(deadly[i], &us.old_deadly[i], NULL);
	sigaction(SIGTSTP, &us.old_stop, NULL);
	sigaction(SIGWINCH, &us.old_size, NULL);
	stop_set_last_wish(NULL);
}

static void begin(bool has_lines)
{
	us.has_modes = tcgetattr(STDIN_FILENO, &us.before) == 0;
	us.meanwhile = us.before;
	us.meanwhile.c_lflag &= ~(tcflag_t)(ECHO | (has_lines ? 0 : ICANON));
	if (!has_lines) {
		us.meanwhile.c_cc[VMIN] = 1;
		us.meanwhile.c_cc[VTIME] = 0;
	}
	catch_signals();
	enter();
}

bool terminal_begin(void)
{
	if (pipe2(us.ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	us.has_screen = true;
	begin(false);
	return true;
}

bool terminal_hide_input(void)
{
	if (!isatty(STDIN_FILENO))
		return false;
	us.has_screen = false;
	begin(true);
	return true;
}

void terminal_end(void)
{
	if (!us.is_on)
		return;
	leave();
	let_signals();
	for (size_t i = 0; i < 2; i++) {
		if (us.ends[i] >= 0)
			close(us.ends[i]);
		us.ends[i] = -1;
	}
}

/* --- Events ------------------------------------------------------------------------------------------------------- */

static enum terminal_event read_key(char *key)
{
	/* A terminal that has gone is an end, too. */
	return read(STDIN_FILENO, key, 1) == 1 ? TERMINAL_KEY : TERMINAL_STOP;
}

static enum terminal_event forget_size(void)
{
	char bytes[64];

	while (read(us.ends[0], bytes, sizeof(bytes)) > 0)
		;
	return TERMINAL_RESIZED;
}

enum terminal_event terminal_wait(int64_t ms, char *key)
{
	struct pollfd what[] = {{stop_descriptor(), POLLIN, 0},
				{us.ends[0], POLLIN, 0},
				{us.has_modes ? STDIN_FILENO : -1, POLLIN, 0}};
	int64_t deadline = value_ticks() + ms, left = ms;
	int found;

	do {
		found = poll(what, 3, left < INT_MAX ? (int)left : INT_MAX);
		left = deadline - value_ticks();
		left = left > 0 ? left : 0;
	} while (found < 0 && errno == EINTR);
	if (found > 0 && what[0].revents)
		return TERMINAL_STOP;
	if (found > 0 && what[1].revents)
		return forget_size();
	if (found > 0 && what[2].revents)
		return read_key(key);
	return TERMINAL_TIME;
}
