/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

extern char **environ;

static int64_t read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t real_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t wall_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

bool wait_real(int (*done)(void *arg), void *arg, int64_t max_ms)
{
	enum { LOOK_EVERY_MS = 5 };
	int64_t end = real_ms() + max_ms;

	while (!done(arg)) {
		if (real_ms() >= end)
			return false;
		pause_ms(LOOK_EVERY_MS);
	}
	return true;
}

void pause_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* The child's side of the fork. */
static _Noreturn void become(const char *const *argv, int out, const char *log, pid_t parent)
{
	int fd;

#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
#else
	(void)parent;
#endif
	dup2(out, STDOUT_FILENO);
	if (log) {
		fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd >= 0)
			dup2(fd, STDERR_FILENO);
	}
	/* exec does not write to them; the type only says so in words. */
	execve(argv[0], (char *const *)(uintptr_t)argv, environ);
	_exit(127);
}

bool child_start(struct child *c, const char *const *argv, const char *log)
{
	int ends[2];
	pid_t parent = getpid();

	*c = (struct child){.out = -1};
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	c->pid = fork();
	if (c->pid == 0)
		become(argv, ends[1], log, parent);
	close(ends[1]);
	if (c->pid < 0) {
		close(ends[0]);
		c->pid = 0;
		return false;
	}
	c->out = ends[0];
	return true;
}

/* Moves the first line of what was read to `out`. */
static bool take_line(struct child *c, char *out, size_t size)
{
	char *end = memchr(c->line, '\n', c->len);
	size_t len = end ? (size_t)(end - c->line) : c->len;

	if (!end && c->len < sizeof(c->line))
		return false;
	snprintf(out, size, "%.*s", (int)len, c->line);
	if (end)
		len++;
	memmove(c->line, c->line + len, c->len - len);
	c->len -= len;
	return true;
}

bool child_read_line(struct child *c, char *out, size_t size, int64_t max_ms)
{
	int64_t deadline = real_ms() + max_ms;
	struct pollfd p = {.fd = c->out, .events = POLLIN};
	int64_t left;
	ssize_t got;

	while (!take_line(c, out, size)) {
		left = deadline - real_ms();
		if (poll(&p, 1, left > 0 ? (int)left : 0) <= 0)
			return false;
		got = read(c->out, c->line + c->len, sizeof(c->line) - c->len);
		if (got <= 0)
			return false;
		c->len += (size_t)got;
	}
	return true;
}

/* Keeps the pipe from filling up while it ends. */
static void drain(struct child *c)
{
	struct pollfd p = {.fd = c->out, .events = POLLIN};
	char waste[4096];

	if (c->out >= 0 && poll(&p, 1, 2) > 0 && read(c->out, waste, sizeof(waste)) <= 0) {
		close(c->out);
		c->out = -1;
	} else if (c->out < 0) {
		pause_ms(2);
	}
}

int child_end(struct child *c, int signal_number, int64_t max_ms)
{
	int64_t deadline = real_ms() + max_ms;
	int status = 0;
	bool killed = false;

	if (c->pid == 0)
		return 0;
	kill(c->pid, signal_number);
	while (waitpid(c->pid, &status, WNOHANG) == 0) {
		if (!killed && real_ms() >= deadline) {
			kill(c->pid, SIGKILL);
			killed = true;
		}
		drain(c);
	}
	if (c->out >= 0)
		close(c->out);
	*c = (struct child){.out = -1};
	return killed ? -1 : status;
}

static socklen_t loopback(const char *host, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	return inet_pton(AF_INET6, host, &six->sin6_addr) == 1 ? sizeof(*six) : 0;
}

static bool can_listen(const char *host, int port)
{
	struct sockaddr_storage a;
	socklen_t len = loopback(host, &a);
	int fd = len ? socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	bool can;

	if (fd < 0)
		return false;
	/* The port is at the same place in both families. */
	((struct sockaddr_in *)&a)->sin_port = htons((uint16_t)port);
	can = bind(fd, (struct sockaddr *)&a, len) == 0;
	close(fd);
	return can;
}

int free_port(const char *host)
{
	/* Below what outgoing connections use: nobody gets it by chance until it is used. */
	enum { LOW = 12000, COUNT = 20000, TRIES = 200 };
	uint16_t draw;

	for (int i = 0; i < TRIES; i++) {
		if (getrandom(&draw, sizeof(draw), 0) != (ssize_t)sizeof(draw))
			return -1;
		if (can_listen(host, LOW + draw % COUNT))
			return LOW + draw % COUNT;
	}
	return -1;
}

bool ipv6_loopback_works(void)
{
	return free_port("::1") > 0;
}

bool make_scratch(char *out, size_t size)
{
	const char *base = getenv("TMPDIR");

	if (!base || !*base)
		base = "/tmp";
	return snprintf(out, size, "%s/rmq-test.XXXXXX", base) < (int)size && mkdtemp(out);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
