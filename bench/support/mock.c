/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/mock.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/support/measure.h"

enum { PATIENCE_MS = 20 * 1000 };

static pid_t pid;
static int output = -1; /* its stdout */
static char namesrv[512];
/* It keeps its store in a folder that it makes in here and removes itself when it ends; a second
 * remover after it only has to take this one away. */
static char folder[PATH_MAX];

static void find_program(const char *argv0, char *out, size_t size)
{
	const char *given = getenv("RMQ_MOCK");
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", argv0);
	if (given)
		snprintf(out, size, "%s", given);
	else
		snprintf(out, size, "%s/../tools/rmq-mock", dirname(copy));
	if (access(out, X_OK) != 0)
		bench_die("%s: %s (make tools/rmq-mock, or set RMQ_MOCK)", out, strerror(errno));
}

static _Noreturn void run_program(const char *program, const char *const *flags, int out)
{
	const char *args[2 + MOCK_FLAGS + 1] = {program, "cluster"};
	union {
		const char **in;
		char **out;
	} argv = {.in = args}; /* only read */

	for (size_t i = 0; flags && flags[i] && i < MOCK_FLAGS; i++)
		args[2 + i] = flags[i];
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* we may be killed: it must not stay */
#endif
	setenv("TMPDIR", folder, 1);
	dup2(out, STDOUT_FILENO);
	execv(program, argv.out);
	fprintf(stderr, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

/* Waits until it says so, or has ended. */
static bool read_namesrv(void)
{
	static const char key[] = "NAMESRV_ADDR=";
	char line[sizeof(namesrv)];
	struct pollfd p = {.fd = output, .events = POLLIN};
	size_t len = 0;
	ssize_t n;

	while (!memchr(line, '\n', len) && len < sizeof(line) - 1 && poll(&p, 1, PATIENCE_MS) > 0) {
		n = read(output, line + len, sizeof(line) - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, key, strlen(key)) != 0)
		return false;
	snprintf(namesrv, sizeof(namesrv), "%s", line + strlen(key));
	return true;
}

/* Async-signal-safe. Its end closes our end of its stdout. */
static void end_program(void)
{
	struct pollfd p = {.fd = output, .events = 0};

	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	kill(pid, SIGCONT); /* it may be frozen */
	while (!(p.revents & POLLHUP) && poll(&p, 1, PATIENCE_MS) > 0)
		;
	if (!(p.revents & POLLHUP))
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pid = 0;
	rmdir(folder);
}

static void on_signal(int number)
{
	end_program();
	signal(number, SIG_DFL);
	raise(number);
}

void mock_stop(void)
{
	if (pid <= 0)
		return;
	end_program();
	close(output);
	output = -1;
}

static void start_once(void)
{
	static bool is_started;

	if (is_started)
		return;
	is_started = true;
	atexit(mock_stop);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
	signal(SIGPIPE, SIG_IGN);
}

void mock_start(const char *argv0)
{
	mock_start_with(argv0, NULL);
}

bool mock_is_given(void)
{
	const char *given = getenv("BENCH_NAMESRV");

	return given && *given;
}

void mock_freeze(void)
{
	if (pid <= 0)
		bench_die("a cluster that was given cannot be stopped");
	kill(pid, SIGSTOP);
}

void mock_thaw(void)
{
	if (pid > 0)
		kill(pid, SIGCONT);
}

void mock_start_with(const char *argv0, const char *const *flags)
{
	const char *tmp = getenv("TMPDIR");
	char program[PATH_MAX];
	int out[2];

	if (mock_is_given()) {
		snprintf(namesrv, sizeof(namesrv), "%s", getenv("BENCH_NAMESRV"));
		return;
	}
	find_program(argv0, program, sizeof(program));
	snprintf(folder, sizeof(folder), "%s/rmq-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		bench_die("%s: %s", folder, strerror(errno));
	if (pipe(out) != 0)
		bench_die("pipe: %s", strerror(errno));
	start_once();
	pid = fork();
	if (pid < 0)
		bench_die("fork: %s", strerror(errno));
	if (pid == 0) {
		close(out[0]);
		run_program(program, flags, out[1]);
	}
	close(out[1]);
	output = out[0];
	if (!read_namesrv())
		bench_die("%s does not start", program);
}

const char *mock_namesrv(void)
{
	return namesrv;
}

double mock_cpu_us(void)
{
	struct timespec t;
	clockid_t id;

	if (pid <= 0 || clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &t) != 0)
		return 0;
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

double mock_resident_kib(void)
{
	static const char key[] = "VmRSS:";
	char path[64], line[256];
	double kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	f = pid > 0 ? fopen(path, "r") : NULL;
	while (f && kib == 0 && fgets(line, sizeof(line), f))
		if (strncmp(line, key, sizeof(key) - 1) == 0)
			kib = strtod(line + sizeof(key) - 1, NULL);
	if (f)
		fclose(f);
	return kib;
}
