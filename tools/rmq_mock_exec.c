/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/rmq_mock_exec.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macros.h"
#include "base/mem.h"

extern char **environ;

enum { NOT_RUN = 126, NOT_FOUND = 127, BY_SIGNAL = 128 };

static const int waited[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};

void exec_signals(sigset_t *out)
{
	sigemptyset(out);
	for (size_t i = 0; i < RMQI_COUNT(waited); i++)
		sigaddset(out, waited[i]);
}

/* Has it the name of one of them? */
static bool is_one_of(const char *variable, char *const *settings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(variable, settings[i], strcspn(settings[i], "=") + 1) == 0)
			return true;
	return false;
}

/* Ours with other values of "NAME=value", which are borrowed. NULL: memory is out. */
static char **make_environment(char *const *settings, size_t setting_count)
{
	size_t count = 0, kept = 0;
	char **made;

	while (environ[count])
		count++;
	made = rmqi_calloc(count + setting_count + 1, sizeof(*made));
	if (!made)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (!is_one_of(environ[i], settings, setting_count))
			made[kept++] = environ[i];
	}
	memcpy(made + kept, settings, setting_count * sizeof(*made));
	return made;
}

/* As if its parent were a shell: nothing is blocked or ignored. 0, or errno. */
static int spawn(char **argv, char **environment, pid_t *child)
{
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int problem;

	sigemptyset(&none);
	exec_signals(&all);
	sigaddset(&all, SIGPIPE);
	problem = posix_spawnattr_init(&attributes);
	if (problem)
		return problem;
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	problem = posix_spawnp(child, argv[0], NULL, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	return problem;
}

/* True: it has ended. */
static bool has_ended(pid_t child, int *status)
{
	int wait_status;

	if (waitpid(child, &wait_status, WNOHANG) != child)
		return false;
	*status = WIFSIGNALED(wait_status) ? BY_SIGNAL + WTERMSIG(wait_status)
					   : WEXITSTATUS(wait_status);
	return true;
}

static int wait_for(pid_t child, const sigset_t *signals)
{
	siginfo_t info;
	int status = 0;

	while (!has_ended(child, &status)) {
		int number = sigwaitinfo(signals, &info);

		if (number <= 0 || number == SIGCHLD)
			continue;
		if (number != SIGINT || info.si_code <= 0)
			kill(child, number);
	}
	return status;
}

int exec_run(char **argv, const char *namesrv, const char *control, const sigset_t *signals)
{
	char address[4096], url[512];
	char *const settings[] = {address, url};
	char **environment;
	pid_t child;
	int problem;

	/* Ignored by whoever started us, it would leave nothing to wait for. */
	(void)signal(SIGCHLD, SIG_DFL);
	snprintf(address, sizeof(address), "NAMESRV_ADDR=%s", namesrv);
	snprintf(url, sizeof(url), "RMQ_MOCK_CONTROL=http://%s", control);
	environment = make_environment(settings, RMQI_COUNT(settings));
	problem = environment ? spawn(argv, environment, &child) : ENOMEM;
	rmqi_free(environment);
	if (problem) {
		fprintf(stderr, "rmq-mock: %s cannot be run: %s\n", argv[0], strerror(problem));
		return problem == ENOENT ? NOT_FOUND : NOT_RUN;
	}
	return wait_for(child, signals);
}
