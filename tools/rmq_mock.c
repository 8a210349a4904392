/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock.c - a RocketMQ cluster, name server or broker as a daemon, for
 * clients in any language (`rmq-mock --help`).
 *
 * The first line on stdout tells where it listens, once it is ready. SIGTERM or
 * SIGINT ends it cleanly, a second one at once.
 */
#include <rocketmq/version.h>

#include "base/detail.h"
#include "mock-broker/cluster.h"
#include "mock-broker/store/fs.h"
#include "net/address.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { EXIT_USAGE = 2, CONF_MAX = 1024 * 1024 };

static const char usage_text[] =
	"rmq-mock - Apache RocketMQ name server and broker for tests\n"
	"\n"
	"usage:\n"
	"  rmq-mock cluster [options]          name servers and brokers in one process\n"
	"  rmq-mock namesrv [options]          one name server\n"
	"  rmq-mock broker -c FILE [options]   one broker with Apache's broker.conf\n"
	"  rmq-mock --help | --version\n"
	"\n"
	"cluster:\n"
	"  --brokers N         1..26, named broker-a, broker-b, ... (default 1)\n"
	"  --namesrvs N        1..8 (default 1)\n"
	"  --store DIR         keep the stores there, one folder a broker\n"
	"                      (default: a temporary folder, removed at the end)\n"
	"  --host H            listen on this address (default 127.0.0.1)\n"
	"  --port P            first name server on P, the next ones and then the brokers\n"
	"                      on the ports that follow (default: free ones)\n"
	"  --broker-conf FILE  settings of every broker, as in broker.conf\n"
	"\n"
	"namesrv:\n"
	"  --listen H:P        (default 127.0.0.1:9876; port 0: a free one)\n"
	"  -c FILE             listenPort, bindAddress, kvConfigPath\n"
	"\n"
	"broker:\n"
	"  -c FILE             brokerName, namesrvAddr, listenPort, storePathRootDir, ...\n"
	"  -n ADDRESSES        name servers, separated by ';' (default: namesrvAddr of the file,\n"
	"                      else NAMESRV_ADDR of the environment)\n"
	"  --listen H:P        instead of bindAddress and listenPort\n"
	"\n"
	"all:\n"
	"  --tls-cert FILE --tls-key FILE   PEM; TLS and plain clients on the same port\n"
	"  --tls-ca FILE                    ask clients for a certificate of this CA\n"
	"  --tls-required                   refuse plain clients\n"
	"  -v                               log to stderr; twice: every request\n"
	"\n"
	"When it is ready, the first line on stdout is NAMESRV_ADDR=host:port[;host:port]\n"
	"(broker: BROKER_ADDR=host:port). SIGTERM and SIGINT end it cleanly, a second signal\n"
	"at once. Exit status: 0 after a clean end, 1 when it cannot start, 2 for wrong usage.\n";

enum option_id {
	OPT_BROKERS = 256,
	OPT_NAMESRVS,
	OPT_STORE,
	OPT_HOST,
	OPT_PORT,
	OPT_BROKER_CONF,
	OPT_LISTEN,
	OPT_TLS_CERT,
	OPT_TLS_KEY,
	OPT_TLS_CA,
	OPT_TLS_REQUIRED,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{"brokers", required_argument, NULL, OPT_BROKERS},
	{"namesrvs", required_argument, NULL, OPT_NAMESRVS},
	{"store", required_argument, NULL, OPT_STORE},
	{"host", required_argument, NULL, OPT_HOST},
	{"port", required_argument, NULL, OPT_PORT},
	{"broker-conf", required_argument, NULL, OPT_BROKER_CONF},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"tls-cert", required_argument, NULL, OPT_TLS_CERT},
	{"tls-key", required_argument, NULL, OPT_TLS_KEY},
	{"tls-ca", required_argument, NULL, OPT_TLS_CA},
	{"tls-required", no_argument, NULL, OPT_TLS_REQUIRED},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

enum command { CLUSTER, NAMESRV, BROKER };

struct args {
	enum command command;
	struct mb_cluster_options cluster;
	const char *conf_path; /* -c or --broker-conf */
	struct rmqi_address listen;
	bool has_listen;
	struct rmqi_buf conf; /* the text of that file */
};

static int wrong_usage(const char *what, const char *value)
{
	fprintf(stderr, "rmq-mock: %s%s%s\nTry 'rmq-mock --help'.\n", what, value ? ": " : "",
		value ? value : "");
	return EXIT_USAGE;
}

static bool read_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	return rmqi_str_to_i64(rmqi_str(text), out) && *out >= min && *out <= max;
}

static void write_log(enum rmq_log_level level, const char *text, void *arg)
{
	static const char *const names[] = {"?", "ERROR", "WARN", "INFO", "DEBUG"};

	(void)arg;
	fprintf(stderr, "%s %s\n", names[level], text);
}

/* Which options belong to which command. */
static bool belongs(enum command command, int id)
{
	switch (id) {
	case OPT_BROKERS:
	case OPT_NAMESRVS:
	case OPT_STORE:
	case OPT_HOST:
	case OPT_PORT:
	case OPT_BROKER_CONF:
		return command == CLUSTER;
	case OPT_LISTEN:
	case 'c':
		return command != CLUSTER;
	case 'n':
		return command == BROKER;
	default:
		return true;
	}
}

/* A listening address may have port 0, which rmqi_address_parse may refuse. */
static bool read_listen(const char *text, struct args *a)
{
	const char *colon = strrchr(text, ':');
	struct rmqi_str host;
	int64_t port;

	if (!colon || !read_number(colon + 1, 0, 65535, &port))
		return false;
	host = rmqi_str_n(text, (size_t)(colon - text));
	if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
		host = rmqi_str_n(host.ptr + 1, host.len - 2);
	if (host.len == 0 || host.len >= sizeof(a->listen.host))
		return false;
	snprintf(a->listen.host, sizeof(a->listen.host), "%.*s", RMQI_STR_ARG(host));
	a->listen.port = (uint16_t)port;
	a->has_listen = true;
	return true;
}

static bool take_option(struct args *a, int id)
{
	struct mb_cluster_options *c = &a->cluster;
	int64_t n = 0;

	switch (id) {
	case OPT_BROKERS:
		if (!read_number(optarg, 1, MB_BROKERS_MAX, &n))
			return false;
		c->brokers = (int)n;
		return true;
	case OPT_NAMESRVS:
		if (!read_number(optarg, 1, MB_NAMESRVS_MAX, &n))
			return false;
		c->namesrvs = (int)n;
		return true;
	case OPT_PORT:
		if (!read_number(optarg, 0, 65535 - MB_BROKERS_MAX - MB_NAMESRVS_MAX, &n))
			return false;
		c->port = (uint16_t)n;
		return true;
	case OPT_STORE:
		c->store = optarg;
		return true;
	case OPT_HOST:
		c->host = optarg;
		return true;
	case OPT_BROKER_CONF:
	case 'c':
		a->conf_path = optarg;
		return true;
	case OPT_LISTEN:
		return read_listen(optarg, a);
	case 'n':
		c->namesrv_addr = optarg;
		return true;
	case OPT_TLS_CERT:
		c->tls_cert_file = optarg;
		return true;
	case OPT_TLS_KEY:
		c->tls_key_file = optarg;
		return true;
	case OPT_TLS_CA:
		c->tls_ca_file = optarg;
		return true;
	case OPT_TLS_REQUIRED:
		c->tls_required = true;
		return true;
	case 'v':
		c->log_level = c->log_level < RMQ_LOG_INFO ? RMQ_LOG_INFO : RMQ_LOG_DEBUG;
		return true;
	default:
		return false;
	}
}

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct args *a)
{
	int id;

	while ((id = getopt_long(argc, argv, "+c:n:vh", options, NULL)) != -1) {
		if (id == OPT_HELP || id == 'h') {
			fputs(usage_text, stdout);
			return EXIT_SUCCESS;
		}
		if (id == '?')
			return wrong_usage("unknown or incomplete option", NULL);
		if (!belongs(a->command, id))
			return wrong_usage("an option that this command does not have",
					   argv[optind - 1]);
		if (!take_option(a, id))
			return wrong_usage("bad value", optarg);
	}
	if (optind < argc)
		return wrong_usage("unexpected argument", argv[optind]);
	if (!a->cluster.tls_cert_file != !a->cluster.tls_key_file)
		return wrong_usage("--tls-cert and --tls-key go together", NULL);
	if (!a->cluster.tls_cert_file && (a->cluster.tls_required || a->cluster.tls_ca_file))
		return wrong_usage("TLS needs --tls-cert and --tls-key", NULL);
	if (a->command == BROKER && !a->conf_path)
		return wrong_usage("broker needs -c FILE", NULL);
	return -1;
}

/* The settings of a name server. */
static bool take_namesrv_conf(struct args *a, struct rmqi_str text, char *kv_path, size_t kv_size)
{
	struct rmqi_str line, key, value;
	bool more = true, found;
	int64_t port;

	while (more) {
		text = rmqi_str_cut(text, "\n", &line, &more);
		value = rmqi_str_trim(rmqi_str_cut(rmqi_str_trim(line), "=", &key, &found));
		key = rmqi_str_trim(key);
		if (!found || key.len == 0 || key.ptr[0] == '#')
			continue;
		if (rmqi_str_is(key, "kvConfigPath")) {
			snprintf(kv_path, kv_size, "%.*s", RMQI_STR_ARG(value));
			a->cluster.kv_path = kv_path;
		} else if (rmqi_str_is(key, "listenPort") && !a->has_listen) {
			if (!rmqi_str_to_i64(value, &port) || port < 0 || port > 65535)
				return false;
			a->listen.port = (uint16_t)port;
		} else if (rmqi_str_is(key, "bindAddress") && !a->has_listen) {
			snprintf(a->listen.host, sizeof(a->listen.host), "%.*s",
				 RMQI_STR_ARG(value));
		}
	}
	return true;
}

static bool read_conf(struct args *a)
{
	const struct mb_fs *fs = mb_fs_posix();
	enum rmq_error err;

	rmqi_buf_init(&a->conf, CONF_MAX);
	if (!a->conf_path)
		return true;
	err = fs->read_file(fs, a->conf_path, &a->conf);
	if (err == RMQ_OK)
		return true;
	fprintf(stderr, "rmq-mock: %s cannot be read: %s\n", a->conf_path, rmq_error_text(err));
	return false;
}

/* What the command and its file make of the options. */
static bool complete(struct args *a, char *kv_path, size_t kv_size)
{
	struct mb_cluster_options *c = &a->cluster;

	c->log = write_log;
	if (a->command != NAMESRV) {
		c->broker_conf = rmqi_buf_text(&a->conf);
		c->broker_conf_origin = a->conf_path;
	}
	if (a->command == BROKER) {
		c->brokers = 1;
		c->namesrvs = 0;
		c->own_identity = true;
		if (!c->namesrv_addr && !strstr(c->broker_conf, "namesrvAddr"))
			c->namesrv_addr = getenv("NAMESRV_ADDR");
	}
	if (a->command == NAMESRV) {
		c->brokers = 0;
		c->namesrvs = 1;
		if (!a->has_listen) {
			snprintf(a->listen.host, sizeof(a->listen.host), "127.0.0.1");
			a->listen.port = 9876;
		}
		if (!take_namesrv_conf(a, rmqi_cursor_str(rmqi_buf_cursor(&a->conf)), kv_path,
				       kv_size))
			return false;
	}
	if (a->command == NAMESRV || a->has_listen) {
		c->host = a->listen.host;
		c->port = a->listen.port;
		c->any_port = a->listen.port == 0;
	}
	return true;
}

static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Blocks until the first signal; the second one then kills as it would without us. */
static void wait_for_signal(const sigset_t *set)
{
	int number = 0;

	while (sigwait(set, &number) != 0)
		;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, set, NULL);
}

static int run(const struct args *a)
{
	struct rmq_error_detail *detail = rmqi_detail_new();
	struct rmq_mock_cluster *c = NULL;
	enum rmq_error err;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	err = mb_cluster_new(&a->cluster, &c, detail);
	if (err != RMQ_OK) {
		const char *cause = detail ? rmq_error_detail_message(detail) : "";

		fprintf(stderr, "rmq-mock: cannot start: %s%s%s\n", rmq_error_text(err),
			cause[0] ? ": " : "", cause);
		rmq_error_detail_free(detail);
		return EXIT_FAILURE;
	}
	rmq_error_detail_free(detail);
	if (a->command == BROKER)
		printf("BROKER_ADDR=%s\n",
		       mb_cluster_broker_address(c, mb_cluster_broker_name(c, 0)));
	else
		printf("NAMESRV_ADDR=%s\n", mb_cluster_namesrv(c));
	fflush(stdout);
	wait_for_signal(&set);
	mb_cluster_free(c);
	return EXIT_SUCCESS;
}

static bool read_command(const char *text, enum command *out)
{
	static const char *const names[] = {"cluster", "namesrv", "broker"};

	for (size_t i = 0; i < RMQI_COUNT(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum command)i;
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	struct args a = {.cluster = {.brokers = 1, .namesrvs = 1, .log_level = RMQ_LOG_WARN}};
	char kv_path[4096];
	int status;

	if (argc < 2)
		return wrong_usage("a command is missing", NULL);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(usage_text, stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("rmq-mock " RMQ_VERSION_STRING);
		return EXIT_SUCCESS;
	}
	if (!read_command(argv[1], &a.command))
		return wrong_usage("unknown command", argv[1]);
	status = parse(argc - 1, argv + 1, &a);
	if (status >= 0)
		return status;
	a.cluster.seed = (uint64_t)time(NULL);
	raise_file_limit();
	if (!read_conf(&a))
		return EXIT_FAILURE;
	if (!complete(&a, kv_path, sizeof(kv_path)))
		return wrong_usage("bad setting in", a.conf_path);
	status = run(&a);
	rmqi_buf_deinit(&a.conf);
	return status;
}
