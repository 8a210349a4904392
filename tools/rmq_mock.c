/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock.c - a RocketMQ cluster, name server or broker as a daemon, for
 * clients in any language (`rmq-mock --help`). Flags and their help come from
 * the table of mock-broker/options.def.
 *
 * The first line on stdout tells where it listens, once it is ready; further ones
 * where its control plane and its pages are. SIGTERM or SIGINT ends it cleanly, a second one at once. SIGHUP
 * opens the log file anew and reads the broker's file again. `exec` runs a command around
 * which the cluster lives (rmq_mock_exec.h); then stdout is the command's.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <rocketmq/version.h>

#include "base/buf.h"
#include "base/detail.h"
#include "base/nearest.h"
#include "mock-broker/control/launch.h"
#include "mock-broker/options.h"
#include "net/address.h"
#include "tools/rmq_mock_ctl.h"
#include "tools/rmq_mock_exec.h"
#include "tools/rmq_mock_help.h"
#include "tools/rmq_mock_log.h"
#include "tools/rmq_mock_ready.h"

enum {
	EXIT_USAGE = 2,
	LONG_FLAG = 256 /* the first id that is no letter */
};

struct daemon {
	const struct command *command;
	struct rmq_mock_options *options;
	struct rmq_error_detail *detail;
	struct mb_cluster_options cluster;
	struct rmqi_address listen;
	char **argv; /* of the command that exec runs */
	pid_t parent;
};

static int wrong_usage(const char *what, const char *value)
{
	fprintf(stderr, "rmq-mock: %s%s%s\nTry 'rmq-mock --help'.\n", what, value ? ": " : "",
		value ? value : "");
	return EXIT_USAGE;
}

/* --- Flags --------------------------------------------------------------------------------------- */

/* The flags of a command as getopt_long wants them. */
struct flags {
	char names[MB_OPTION_COUNT][FLAG_MAX];
	struct option longs[MB_OPTION_COUNT + 2];
	char letters[2 * MB_OPTION_COUNT + 5];
	enum mb_option_id by_letter[128];
};

/* What stands behind the options of exec is the command's. */
static void make_flags(struct flags *f, const struct command *command)
{
	unsigned where = command->where;
	size_t count = 0, len = 0;

	memset(f, 0, sizeof(*f));
	if (command->is_exec)
		f->letters[len++] = '+';
	f->letters[len++] = 'h';
	f->letters[len++] = 'v';
	f->longs[count++] = (struct option){"help", no_argument, NULL, 'h'};
	for (int i = 0; i < MB_OPTION_COUNT; i++) {
		const struct rmq_mock_option *row = mb_option_at((size_t)i);

		if (!(row->where & where))
			continue;
		flag_of(row, f->names[i]);
		f->longs[count++] = (struct option){f->names[i],
						    row->argument ? required_argument : no_argument,
						    NULL, LONG_FLAG + i};
		if (!row->letter)
			continue;
		f->letters[len++] = row->letter;
		f->letters[len++] = ':';
		f->by_letter[(unsigned char)row->letter] = (enum mb_option_id)i;
	}
}

/* What getopt_long said about `given` (it stands on stderr) with a hint behind it. */
static int refuse_flag(const struct daemon *d, const struct flags *f, const char *given)
{
	char name[FLAG_MAX];
	const char *known[MB_OPTION_COUNT];
	const char *near;
	size_t count = 0;

	given += strspn(given, "-");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(given, "="), given);
	for (size_t i = 1; f->longs[i].name; i++)
		known[count++] = f->longs[i].name;
	near = rmqi_nearest(name, known, count);
	if (near && strcmp(near, name) != 0)
		fprintf(stderr, "Did you mean --%s? ", near);
	else if (print_owners(name, d->command->where, stderr))
		fprintf(stderr, "not 'rmq-mock %s'. ", d->command->name);
	fprintf(stderr, "Try 'rmq-mock %s --help'.\n", d->command->name);
	return EXIT_USAGE;
}

static int take_flag(struct daemon *d, const struct flags *f, int id)
{
	enum mb_option_id option =
		id < LONG_FLAG ? f->by_letter[id] : (enum mb_option_id)(id - LONG_FLAG);
	char label[FLAG_MAX + 2];

	snprintf(label, sizeof(label), "--%s", f->names[option]);
	if (mb_options_put(d->options, option, label, optarg ? optarg : "true", d->detail) ==
	    RMQ_OK)
		return -1;
	return wrong_usage(rmq_error_detail_message(d->detail), NULL);
}

/* -1: go on; else the exit status. argv[0] is the program for getopt_long's messages. */
static int parse(struct daemon *d, int argc, char **argv)
{
	struct flags f;
	int status = -1, id;

	make_flags(&f, d->command);
	while (status < 0 && (id = getopt_long(argc, argv, f.letters, f.longs, NULL)) != -1) {
		if (id == 'h') {
			print_help(d->command->where, stdout);
			status = EXIT_SUCCESS;
		} else if (id == 'v') {
			d->options->log_level =
				d->options->log_level < RMQ_LOG_INFO ? RMQ_LOG_INFO : RMQ_LOG_DEBUG;
		} else if (id == '?') {
			status = refuse_flag(d, &f, argv[optind - 1]);
		} else {
			status = take_flag(d, &f, id);
		}
	}
	d->argv = argv + optind;
	if (status < 0 && d->command->is_exec && optind == argc)
		status = wrong_usage("exec needs a command", NULL);
	else if (status < 0 && !d->command->is_exec && optind < argc)
		status = wrong_usage("unexpected argument", argv[optind]);
	return status;
}

/* --- What a command makes of them -------------------------------------------------------------------- */

static void become_broker(struct mb_cluster_options *c)
{
	c->brokers = 1;
	c->namesrvs = 0;
	c->own_identity = true;
	c->host = NULL; /* its settings say */
	c->namesrv_fallback = getenv("NAMESRV_ADDR");
}

static void become_namesrv(struct mb_cluster_options *c)
{
	c->brokers = 0;
	c->namesrvs = 1;
	c->own_identity = true;
	c->host = NULL; /* its settings say */
}

/* -1: go on; else the exit status. -v says more than logLevel, never less. */
static int set_log(struct daemon *d)
{
	const char *path = mb_options_text(d->options, MB_OPTION_logFile);
	const char *name = mb_options_text(d->options, MB_OPTION_logLevel);
	enum rmq_log_level level;

	if (!log_level_of(name, &level))
		return wrong_usage("--log-level is error, warn, info or debug, not", name);
	if (d->options->log_level == RMQ_LOG_WARN || level > d->options->log_level)
		d->options->log_level = level;
	d->options->log = log_write;
	if (!path || log_to_file(path))
		return -1;
	fprintf(stderr, "rmq-mock: %s cannot be written: %s\n", path, strerror(errno));
	return EXIT_FAILURE;
}

/* -1: go on; else the exit status. */
static int complete(struct daemon *d)
{
	const char *listen = mb_options_text(d->options, MB_OPTION_listen);
	int status = set_log(d);

	if (status >= 0)
		return status;
	if (mb_options_resolve(d->options, &d->cluster, d->detail) != RMQ_OK)
		return wrong_usage(rmq_error_detail_message(d->detail), NULL);
	if (!d->options->text[MB_OPTION_seed])
		d->cluster.seed = (uint64_t)time(NULL);
	if (d->command->where == MB_BROKER) {
		if (!d->cluster.broker_conf_file && !d->cluster.broker_conf)
			return wrong_usage("broker needs -c FILE", NULL);
		become_broker(&d->cluster);
	} else if (d->command->where == MB_NAMESRV) {
		become_namesrv(&d->cluster);
	}
	if (d->command->is_exec && !d->cluster.control)
		d->cluster.control = "127.0.0.1:0";
	/* It was looked at when it was set. */
	if (listen && rmqi_address_parse(rmqi_str(listen), &d->listen) == RMQ_OK) {
		d->cluster.host = d->listen.host;
		d->cluster.port = d->listen.port;
		d->cluster.any_port = d->listen.port == 0;
	}
	return -1;
}

/* --- Running ---------------------------------------------------------------------------------------- */

static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* What a SIGHUP asks for. */
static void reload(struct daemon *d, struct rmq_mock_cluster *c)
{
	if (!log_reopen())
		log_write(RMQ_LOG_ERROR, "the log file cannot be opened anew", NULL);
	if (mb_cluster_reload(c, d->detail) != RMQ_OK)
		log_write(RMQ_LOG_ERROR, rmq_error_detail_message(d->detail), NULL);
}

/* Blocks until the first signal that ends it; the next one then kills as it would without us. */
static void wait_for_signal(struct daemon *d, struct rmq_mock_cluster *c, const sigset_t *set)
{
	int number = 0;

	while (number != SIGINT && number != SIGTERM) {
		if (sigwait(set, &number) == 0 && number == SIGHUP)
			reload(d, c);
	}
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, set, NULL);
}

static void write_addresses(const struct daemon *d, const struct rmq_mock_cluster *c,
			    struct rmqi_buf *out)
{
	if (d->command->where == MB_BROKER)
		rmqi_buf_addf(out, "BROKER_ADDR=%s\n",
			      mb_cluster_broker_address(c, mb_cluster_broker_name(c, 0)));
	else
		rmqi_buf_addf(out, "NAMESRV_ADDR=%s\n", mb_cluster_namesrv(c));
	if (mb_cluster_control(c))
		rmqi_buf_addf(out, "RMQ_MOCK_CONTROL=http://%s\n", mb_cluster_control(c));
	if (mb_cluster_pages(c))
		rmqi_buf_addf(out, "METRICS_ADDR=%s\n", mb_cluster_pages(c));
}

/* Until it is to end. The exit status. */
static int serve(struct daemon *d, struct rmq_mock_cluster *c, const sigset_t *set)
{
	int status = EXIT_FAILURE;
	struct rmqi_buf lines;

	rmqi_buf_init(&lines, 64 * 1024);
	write_addresses(d, c, &lines);
	if (!ready_tell(d->options, rmqi_buf_text(&lines))) {
		rmqi_buf_deinit(&lines);
		ready_end(d->options); /* those that could be written */
		return status;
	}
	if (d->command->is_exec) {
		status = exec_run(d->argv, mb_cluster_namesrv(c), mb_cluster_control(c), set);
	} else {
		fputs(rmqi_buf_text(&lines), stdout);
		fflush(stdout);
		wait_for_signal(d, c, set);
		status = EXIT_SUCCESS;
	}
	rmqi_buf_deinit(&lines);
	ready_end(d->options);
	return status;
}

/* The signal is as good as one that somebody sends; it comes at once when the parent is gone already. */
static void end_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		kill(getpid(), SIGTERM);
}

static int run(struct daemon *d)
{
	struct rmq_mock_cluster *c = NULL;
	enum rmq_error err;
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (d->command->is_exec)
		exec_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (d->options->number[MB_OPTION_exitWithParent])
		end_with_parent(d->parent);
	raise_file_limit();
	err = mb_launch(&d->cluster, &c, d->detail);
	if (err != RMQ_OK) {
		const char *cause = rmq_error_detail_message(d->detail);

		fprintf(stderr, "rmq-mock: cannot start: %s\n",
			cause[0] ? cause : rmq_error_text(err));
		return EXIT_FAILURE;
	}
	status = serve(d, c, &set);
	mb_cluster_free(c);
	return status;
}

int main(int argc, char **argv)
{
	static char name[] = "rmq-mock";
	struct daemon d = {.parent = getppid()};
	int status;

	if (argc < 2)
		return wrong_usage("a command is missing", NULL);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(MB_SERVERS, stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("rmq-mock " RMQ_VERSION_STRING);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "ctl") == 0)
		return ctl_main(argc - 2, argv + 2);
	d.command = find_command(argv[1]);
	if (!d.command)
		return wrong_usage("unknown command", argv[1]);
	d.options = mb_options_new();
	d.detail = rmqi_detail_new();
	if (!d.options || !d.detail)
		return EXIT_FAILURE;
	argv[1] = name;
	status = parse(&d, argc - 1, argv + 1);
	if (status < 0)
		status = complete(&d);
	if (status < 0)
		status = run(&d);
	rmq_error_detail_free(d.detail);
	mb_options_free(d.options);
	return status;
}
