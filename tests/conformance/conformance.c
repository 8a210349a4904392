/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conformance - runs the behaviours against a target and reports as TAP.
 *
 *     conformance [--target mock|tcp|daemon|external] [--only TEXT] [--seed N] [--jobs N]
 *                 [--in-process] [--list] [--verbose]
 *
 * Without --target: RMQ_CONFORMANCE_TARGET, else mock. Each behaviour is run in a process of its
 * own, some at a time; those that stop nodes of a shared cluster come last, alone. --only runs
 * those whose name contains TEXT; --in-process (with --only) is for a debugger.
 * Exit status: 0, or 1 when a behaviour failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/member.h"
#include "tests/conformance/scene.h"
#include "tests/support/child.h"

enum { BEHAVIOURS_MAX = 256, JOBS_MAX = 16, LOOK_MS = 5 };

static const struct behaviours *const files[] = {
	&behaviours_send,      &behaviours_consume, &behaviours_filter, &behaviours_rebalance,
	&behaviours_offsets,   &behaviours_retry,   &behaviours_topics, &behaviours_close,
	&behaviours_transport, &behaviours_restart,
};
static const struct target *const targets[] = {&target_mock, &target_tcp, &target_daemon,
					       &target_external};

static struct options {
	const struct target *target;
	const char *only;
	uint64_t seed;
	int jobs; /* 0: as many as the target likes */
	bool in_process;
	bool list;
	bool verbose;
} options = {.target = &target_mock, .seed = 1};

/* One behaviour under way. */
struct job {
	const struct behaviour *behaviour; /* NULL: free */
	pid_t pid;
	char folder[600]; /* holds its report, and "own" for its own files */
	int64_t since_ms;
	bool is_late;
};

static struct job jobs[JOBS_MAX];
static char scratch[512];
static int numbered; /* TAP lines so far */
static int failed;

/* --- The report ---------------------------------------------------------------- */

static void print_report(const struct job *j)
{
	char path[700], line[2000];
	FILE *f;

	snprintf(path, sizeof(path), "%s/report", j->folder);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		printf("# %s", line);
	if (f)
		fclose(f);
}

/* What a behaviour said last: why it is skipped. */
static void last_line(const struct job *j, char *out, size_t size)
{
	char path[700], line[2000];
	FILE *f;

	*out = '\0';
	snprintf(path, sizeof(path), "%s/report", j->folder);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(out, size, "%s", line);
	}
	if (f)
		fclose(f);
}

static void print_failure(const struct job *j, int status)
{
	failed++;
	printf("not ok %d - %s\n", ++numbered, j->behaviour->name);
	print_report(j);
	if (j->is_late)
		printf("# it did not end within %lld s\n",
		       (long long)(real_ms() - j->since_ms) / 1000);
	else if (WIFSIGNALED(status))
		printf("# it died of signal %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status) != BEHAVIOUR_FAILED)
		printf("# it ended with status %d\n", WEXITSTATUS(status));
	printf("# again: conformance --target %s --seed %llu --only %s\n", options.target->name,
	       (unsigned long long)options.seed, j->behaviour->name);
}

static void print_end(const struct job *j, int status)
{
	char why[2000];

	if (!j->is_late && WIFEXITED(status) && WEXITSTATUS(status) == BEHAVIOUR_PASSED) {
		printf("ok %d - %s\n", ++numbered, j->behaviour->name);
		if (options.verbose) {
			print_report(j);
			printf("# %lld ms\n", (long long)(real_ms() - j->since_ms));
		}
	} else if (!j->is_late && WIFEXITED(status) && WEXITSTATUS(status) == BEHAVIOUR_SKIPPED) {
		last_line(j, why, sizeof(why));
		printf("ok %d - %s # SKIP %s\n", ++numbered, j->behaviour->name, why);
	} else {
		print_failure(j, status);
	}
	fflush(stdout);
}

static void print_skipped(const struct behaviour *b, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++numbered, b->name, why);
	fflush(stdout);
}

/* --- One behaviour ------------------------------------------------------------- */

static void play(const struct behaviour *b, const char *folder)
{
	char own[700];

	snprintf(own, sizeof(own), "%s/own", folder);
	if (mkdir(own, 0700) != 0)
		fail("cannot make %s: %s", own, strerror(errno));
	scene_enter(options.target, b->name, b->needs, own, options.seed);
	b->run();
	scene_leave();
}

static _Noreturn void play_in_child(const struct job *j)
{
	char path[700];
	int fd;

	setpgid(0, 0); /* with all that it starts */
	snprintf(path, sizeof(path), "%s/report", j->folder);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0)
		_exit(BEHAVIOUR_FAILED);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	play(j->behaviour, j->folder);
	exit(BEHAVIOUR_PASSED); /* so that leaks are looked for */
}

static void start_job(struct job *j, const struct behaviour *b)
{
	static int number;

	*j = (struct job){.behaviour = b, .since_ms = real_ms()};
	snprintf(j->folder, sizeof(j->folder), "%s/%d", scratch, ++number);
	if (mkdir(j->folder, 0700) != 0) {
		perror(j->folder);
		exit(1);
	}
	fflush(stdout);
	j->pid = fork();
	if (j->pid == 0)
		play_in_child(j);
	setpgid(j->pid, j->pid);
}

/* True when it ended. */
static bool look_at(struct job *j)
{
	int status = 0;

	if (waitpid(j->pid, &status, WNOHANG) == 0) {
		if (real_ms() - j->since_ms < options.target->limit_ms)
			return false;
		j->is_late = true;
		kill(-j->pid, SIGABRT);
		kill(j->pid, SIGKILL);
		waitpid(j->pid, &status, 0);
	}
	kill(-j->pid, SIGKILL); /* what it left running */
	print_end(j, status);
	remove_tree(j->folder);
	j->behaviour = NULL;
	return true;
}

/* Waits until fewer than `allowed` run. */
static void wait_for_jobs(int allowed)
{
	for (;;) {
		int running = 0;

		for (int i = 0; i < JOBS_MAX; i++)
			if (jobs[i].behaviour && !look_at(&jobs[i]))
				running++;
		if (running < allowed)
			return;
		pause_ms(LOOK_MS);
	}
}

static struct job *free_job(void)
{
	int i = 0;

	while (jobs[i].behaviour)
		i++;
	return &jobs[i];
}

/* --- All of them ---------------------------------------------------------------- */

static bool is_wanted(const struct behaviour *b)
{
	return !options.only || strstr(b->name, options.only);
}

static bool is_alone(const struct behaviour *b)
{
	return options.target->is_shared && b->needs & NEED_NODES;
}

static void run(const struct behaviour *b, int at_a_time)
{
	const char *why = options.target->cannot(b->needs);

	if (why) {
		print_skipped(b, why);
	} else if (options.in_process) {
		play(b, scratch);
		printf("ok %d - %s\n", ++numbered, b->name);
	} else {
		wait_for_jobs(at_a_time);
		start_job(free_job(), b);
	}
}

static void run_all(bool alone, int at_a_time)
{
	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++)
		for (size_t i = 0; i < files[f]->count; i++)
			if (is_wanted(&files[f]->list[i]) && is_alone(&files[f]->list[i]) == alone)
				run(&files[f]->list[i], at_a_time);
	wait_for_jobs(1);
}

static int count_wanted(void)
{
	int n = 0;

	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++)
		for (size_t i = 0; i < files[f]->count; i++) {
			if (!is_wanted(&files[f]->list[i]))
				continue;
			n++;
			if (options.list)
				puts(files[f]->list[i].name);
		}
	return n;
}

/* --- Options -------------------------------------------------------------------- */

static const struct target *find_target(const char *name)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (strcmp(targets[i]->name, name) == 0)
			return targets[i];
	fprintf(stderr, "conformance: no target '%s'; there are mock, tcp, daemon, external\n",
		name);
	exit(2);
}

static const char *value_of(int argc, char **argv, int *i)
{
	if (*i + 1 == argc) {
		fprintf(stderr, "conformance: %s needs a value\n", argv[*i]);
		exit(2);
	}
	return argv[++*i];
}

static void read_option(int argc, char **argv, int *i)
{
	const char *o = argv[*i];

	if (strcmp(o, "--target") == 0)
		options.target = find_target(value_of(argc, argv, i));
	else if (strcmp(o, "--only") == 0)
		options.only = value_of(argc, argv, i);
	else if (strcmp(o, "--seed") == 0)
		options.seed = strtoull(value_of(argc, argv, i), NULL, 10);
	else if (strcmp(o, "--jobs") == 0)
		options.jobs = (int)strtol(value_of(argc, argv, i), NULL, 10);
	else if (strcmp(o, "--in-process") == 0)
		options.in_process = true;
	else if (strcmp(o, "--list") == 0)
		options.list = true;
	else if (strcmp(o, "--verbose") == 0)
		options.verbose = true;
	else {
		fprintf(stderr, "conformance: unknown option %s\n", o);
		exit(2);
	}
}

static void read_options(int argc, char **argv)
{
	const char *target = getenv("RMQ_CONFORMANCE_TARGET");
	const char *seed = getenv("RMQ_CONFORMANCE_SEED");

	if (target && *target)
		options.target = find_target(target);
	if (seed && *seed)
		options.seed = strtoull(seed, NULL, 10);
	for (int i = 1; i < argc; i++)
		read_option(argc, argv, &i);
	/* Virtual time only computes; the others mostly wait. */
	if (options.jobs < 1)
		options.jobs = options.target == &target_mock ? 2
			       : options.target->is_shared    ? 4
							      : 8;
	if (options.jobs > JOBS_MAX)
		options.jobs = JOBS_MAX;
}

/* The scratch folder goes, and the children of the target die with us. */
static void on_signal(int number)
{
	(void)number;
	for (int i = 0; i < JOBS_MAX; i++)
		if (jobs[i].behaviour)
			kill(-jobs[i].pid, SIGKILL);
	_exit(1);
}

int main(int argc, char **argv)
{
	const char *why = "";

	if (argc > 1 && strcmp(argv[1], "--member") == 0)
		return member_main(argc, argv);
	read_options(argc, argv);
	if (options.list)
		return count_wanted() == 0;
	printf("1..%d\n# target %s, seed %llu\n", count_wanted(), options.target->name,
	       (unsigned long long)options.seed);
	if (!make_scratch(scratch, sizeof(scratch)) || !options.target->open(scratch, &why)) {
		printf("Bail out! %s: %s\n", options.target->name, why);
		return 1;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGPIPE, SIG_IGN);
	run_all(false, options.jobs);
	run_all(true, 1);
	options.target->close();
	remove_tree(scratch);
	return failed > 0;
}
