/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conformance - runs the behaviours against a target and reports as TAP.
 *
 *     conformance [--target mock|tcp|daemon|external] [--emulate 4.9|5.3|5.4|5.5] [--only TEXT] [--seed N]
 *                 [--jobs N] [--nodes yes|no] [--in-process] [--list] [--verbose]
 *
 * Without --target: RMQ_CONFORMANCE_TARGET, else mock. --emulate, or RMQ_CONFORMANCE_EMULATE: our brokers are taken for
 * that release, and what it has not is skipped. Each behaviour is run in a process of its
 * own, some at a time; those that stop nodes of a shared cluster come last, alone. What is promised of
 * every consumer is run with each kind of them (sink_kind.h). --only runs those whose name contains TEXT, or one of several with commas between; --nodes: only those that stop nodes, or only the others; --in-process (with --only) is for a debugger.
 * Exit status: 0, or 1 when a behaviour failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/member.h"
#include "tests/conformance/scene.h"
#include "tests/support/child.h"

enum { BEHAVIOURS_MAX = 256, JOBS_MAX = 16, LOOK_MS = 5 };

static const struct behaviours *const files[] = {
#define BEHAVIOUR_FILE(name) &behaviours_##name,
#include "tests/conformance/behaviour_files.def"
};
static const struct target *const targets[] = {&target_mock, &target_tcp, &target_daemon,
					       &target_external};

static struct options {
	const struct target *target;
	const char *only;
	uint64_t seed;
	int jobs;          /* 0: as many as the target likes */
	const char *nodes; /* NULL: with and without NEED_NODES */
	bool in_process;
	bool list;
	bool verbose;
} options = {.target = &target_mock, .seed = 1};

/* A behaviour with a kind of consumer. */
struct turn {
	const struct behaviour *behaviour;
	const struct sink_kind *kind;
	char name[160];
};

/* One under way. */
struct job {
	struct turn turn; /* behaviour NULL: free */
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
	printf("not ok %d - %s\n", ++numbered, j->turn.name);
	print_report(j);
	if (j->is_late)
		printf("# it did not end within %lld s\n",
		       (long long)(real_ms() - j->since_ms) / 1000);
	else if (WIFSIGNALED(status))
		printf("# it died of signal %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status) != BEHAVIOUR_FAILED)
		printf("# it ended with status %d\n", WEXITSTATUS(status));
	printf("# again: conformance --target %s --seed %llu --only %s\n", options.target->name,
	       (unsigned long long)options.seed, j->turn.name);
}

static void print_end(const struct job *j, int status)
{
	char why[2000];

	if (!j->is_late && WIFEXITED(status) && WEXITSTATUS(status) == BEHAVIOUR_PASSED) {
		/* What takes long is looked for by it. */
		printf("ok %d - %s # %lld ms\n", ++numbered, j->turn.name,
		       (long long)(real_ms() - j->since_ms));
		if (options.verbose)
			print_report(j);
	} else if (!j->is_late && WIFEXITED(status) && WEXITSTATUS(status) == BEHAVIOUR_SKIPPED) {
		last_line(j, why, sizeof(why));
		printf("ok %d - %s # SKIP %s\n", ++numbered, j->turn.name, why);
	} else {
		print_failure(j, status);
	}
	fflush(stdout);
}

static void print_skipped(const struct turn *t, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++numbered, t->name, why);
	fflush(stdout);
}

/* --- One behaviour ------------------------------------------------------------- */

static void play(const struct turn *t, const char *folder)
{
	char own[700];

	snprintf(own, sizeof(own), "%s/own", folder);
	if (mkdir(own, 0700) != 0)
		fail("cannot make %s: %s", own, strerror(errno));
	scene_enter(options.target, t->kind, t->name, t->behaviour->needs, own, options.seed);
	t->behaviour->run();
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
	play(&j->turn, j->folder);
	exit(BEHAVIOUR_PASSED); /* so that leaks are looked for */
}

static void start_job(struct job *j, const struct turn *t)
{
	static int number;

	*j = (struct job){.turn = *t, .since_ms = real_ms()};
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
	j->turn.behaviour = NULL;
	return true;
}

/* Waits until fewer than `allowed` run. */
static void wait_for_jobs(int allowed)
{
	for (;;) {
		int running = 0;

		for (int i = 0; i < JOBS_MAX; i++)
			if (jobs[i].turn.behaviour && !look_at(&jobs[i]))
				running++;
		if (running < allowed)
			return;
		pause_ms(LOOK_MS);
	}
}

static struct job *free_job(void)
{
	int i = 0;

	while (jobs[i].turn.behaviour)
		i++;
	return &jobs[i];
}

/* --- All of them ---------------------------------------------------------------- */

static bool is_wanted(const struct turn *t)
{
	const char *text = options.only;
	size_t len;

	if (options.nodes &&
	    (strcmp(options.nodes, "yes") == 0) != ((t->behaviour->needs & NEED_NODES) != 0))
		return false;
	for (; text && *text; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		if (memmem(t->name, strlen(t->name), text, len))
			return true;
	}
	return !options.only;
}

/* False: not one of the behaviour's kinds. */
static bool take_turn(struct turn *t, const struct behaviour *b, size_t kind)
{
	*t = (struct turn){.behaviour = b, .kind = sink_kind_at(kind)};
	snprintf(t->name, sizeof(t->name), "%s%s%s", b->name, kind > 0 ? "@" : "",
		 kind > 0 ? t->kind->name : "");
	return kind == 0 || (b->is_each && (t->kind->gives & b->asks) == b->asks);
}

/* Each turn that is wanted. */
static void each_turn(void (*visit)(const struct turn *t, void *arg), void *arg)
{
	struct turn t;

	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++)
		for (size_t i = 0; i < files[f]->count; i++)
			for (size_t k = 0; sink_kind_at(k); k++)
				if (take_turn(&t, &files[f]->list[i], k) && is_wanted(&t))
					visit(&t, arg);
}

/* Those that stop nodes of a shared cluster come last, one by one. */
struct pass {
	bool alone;
	int at_a_time;
};

static void run(const struct turn *t, void *arg)
{
	const struct pass *pass = arg;
	unsigned needs = t->behaviour->needs | t->kind->needs;
	const char *why = options.target->cannot(needs);

	if ((options.target->is_shared && needs & NEED_NODES) != pass->alone)
		return;
	if (why) {
		print_skipped(t, why);
	} else if (options.in_process) {
		play(t, scratch);
		printf("ok %d - %s\n", ++numbered, t->name);
	} else {
		wait_for_jobs(pass->at_a_time);
		start_job(free_job(), t);
	}
}

static void run_all(bool alone, int at_a_time)
{
	struct pass pass = {alone, at_a_time};

	each_turn(run, &pass);
	wait_for_jobs(1);
}

static void count(const struct turn *t, void *arg)
{
	int *n = arg;

	++*n;
	if (options.list)
		puts(t->name);
}

static int count_wanted(void)
{
	int n = 0;

	each_turn(count, &n);
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
	else if (strcmp(o, "--emulate") == 0)
		setenv("RMQ_CONFORMANCE_EMULATE", value_of(argc, argv, i), 1);
	else if (strcmp(o, "--only") == 0)
		options.only = value_of(argc, argv, i);
	else if (strcmp(o, "--seed") == 0)
		options.seed = strtoull(value_of(argc, argv, i), NULL, 10);
	else if (strcmp(o, "--jobs") == 0)
		options.jobs = (int)strtol(value_of(argc, argv, i), NULL, 10);
	else if (strcmp(o, "--nodes") == 0)
		options.nodes = value_of(argc, argv, i);
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
		if (jobs[i].turn.behaviour)
			kill(-jobs[i].pid, SIGKILL);
	_exit(1);
}

/* Virtual hours sync hundreds of files in a second: on a busy disk each may take longer than its share of the limit.
 * What is in memory is as good there, when there is room for it. */
static void keep_stores_in_memory(void)
{
	static const char folder[] = "/dev/shm";
	const uint64_t least = (uint64_t)1 << 30;
	struct statvfs v;

	if (strcmp(options.target->name, "mock") == 0 && access(folder, W_OK) == 0 &&
	    statvfs(folder, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize >= least)
		setenv("TMPDIR", folder, 0);
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
	keep_stores_in_memory();
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
