/* SPDX-License-Identifier: Apache-2.0 */
/* t_daemon.c - rmq-mock as a process, over TCP and in real time. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>

#include "codec/body.h"
#include "codec/codes.h"
#include "codec/message.h"
#include "codec/schema.h"
#include "net/rpc.h"
#include "tests/broker/rig.h"
#include "tests/support/child.h"
#include "tests/support/tree.h"

enum { START_MS = 20000, STOP_MS = 20000, CALL_MS = 10000 };

static char program[4096];
static char scratch[2048];
static struct rmqi_loop *loop;
static struct rmqi_rpc *rpc;
static struct rmqi_response answer;

static void begin(void)
{
	struct rmqi_rpc_config config = {0};

	snprintf(program, sizeof(program), "%s", tree_mock());
	ck_assert(make_scratch(scratch, sizeof(scratch)));
	ck_assert_int_eq(rmqi_loop_new(rmqi_env_real(), "test", &loop), RMQ_OK);
	config.loop = loop;
	ck_assert_int_eq(rmqi_rpc_new(&config, &rpc), RMQ_OK);
	rmqi_response_init(&answer);
}

static void end(void)
{
	rmqi_response_deinit(&answer);
	rmqi_rpc_close(rpc);
	rmqi_rpc_free(rpc);
	rmqi_loop_free(loop);
	remove_tree(scratch);
}

/* Starts it and returns what stands behind KEY= of its first line. */
static void start(struct child *c, const char *key, char *address, size_t size,
		  const char *const *args)
{
	const char *argv[16] = {program};
	char line[512];
	char log[4096];

	for (size_t i = 0; i < 14 && args[i]; i++)
		argv[i + 1] = args[i];
	snprintf(log, sizeof(log), "%s/log", scratch);
	ck_assert(child_start(c, argv, log));
	ck_assert_msg(child_read_line(c, line, sizeof(line), START_MS), "%s said nothing", program);
	ck_assert_msg(strncmp(line, key, strlen(key)) == 0, "first line: %s", line);
	snprintf(address, size, "%s", line + strlen(key));
}

static int32_t ask(const char *address, int32_t code, const struct rmqi_header_desc *desc,
		   const void *header, const char *body)
{
	struct rmqi_cursor piece = rmqi_cursor(body, body ? strlen(body) : 0);
	const struct rmqi_outgoing request = {.code = code,
					      .desc = desc,
					      .header = header,
					      .body = &piece,
					      .body_count = body ? 1 : 0};

	ck_assert_int_eq(rmqi_rpc_call(rpc, address, &request,
				       rmqi_clock_deadline(rmqi_clock_real(), CALL_MS), &answer,
				       NULL, NULL),
			 RMQ_OK);
	return answer.command.code;
}

/* The master of the topic, asked of the name server. */
static void find_broker(const char *namesrv, const char *topic, char *out, size_t size)
{
	struct rmqi_h_get_route_info h = {.topic = rmqi_str(topic)};
	struct rmqi_route route = {0};

	ck_assert_int_eq(
		ask(namesrv, RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, &rmqi_desc_get_route_info, &h, NULL),
		0);
	ck_assert_int_eq(rmqi_route_decode(answer.command.body, &route), RMQ_OK);
	snprintf(out, size, "%s", route.brokers[0].addresses[0].address);
	rmqi_route_deinit(&route);
}

static int32_t send_to(const char *broker, const char *body)
{
	struct rmqi_h_send_message h = {.producerGroup = rmqi_str("P"),
					.topic = rmqi_str("T"),
					.defaultTopic = rmqi_str("TBW102"),
					.defaultTopicQueueNums = 1};

	return ask(broker, RMQI_REQ_SEND_MESSAGE_V2, &rmqi_desc_send_message_v2, &h, body);
}

static int64_t max_offset(const char *broker)
{
	struct rmqi_h_get_max_offset h = {.topic = rmqi_str("T")};
	struct rmqi_str text;
	int64_t n = -1;

	ck_assert_int_eq(ask(broker, RMQI_REQ_GET_MAX_OFFSET, &rmqi_desc_get_max_offset, &h, NULL),
			 0);
	ck_assert(rmqi_command_ext(&answer.command, "offset", &text));
	ck_assert(rmqi_str_to_i64(text, &n));
	return n;
}

START_TEST(daemon__cluster_serves_and_ends_on_sigterm)
{
	const char *const args[] = {"cluster", "--brokers", "2", NULL};
	char namesrv[256], broker[256];
	struct child c;
	int status;

	begin();
	start(&c, "NAMESRV_ADDR=", namesrv, sizeof(namesrv), args);
	find_broker(namesrv, "TBW102", broker, sizeof(broker));
	ck_assert_int_eq(send_to(broker, "hello"), 0);
	ck_assert_int_eq(max_offset(broker), 1);

	status = child_end(&c, SIGTERM, STOP_MS);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	end();
}
END_TEST

START_TEST(daemon__keeps_what_it_acknowledged_over_kill_9)
{
	char store[4096];
	const char *args[] = {"cluster", "--store", store, NULL};
	char namesrv[256], broker[256];
	struct child c;

	begin();
	snprintf(store, sizeof(store), "%s/store", scratch);
	start(&c, "NAMESRV_ADDR=", namesrv, sizeof(namesrv), args);
	find_broker(namesrv, "TBW102", broker, sizeof(broker));
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(send_to(broker, "kept"), 0);
	child_end(&c, SIGKILL, STOP_MS);

	start(&c, "NAMESRV_ADDR=", namesrv, sizeof(namesrv), args);
	find_broker(namesrv, "T", broker, sizeof(broker));
	ck_assert_int_eq(max_offset(broker), 100);
	child_end(&c, SIGTERM, STOP_MS);
	end();
}
END_TEST

START_TEST(daemon__name_server_and_broker_apart)
{
	const char *const ns_args[] = {"namesrv", "--listen", "127.0.0.1:0", NULL};
	char conf[4096], namesrv[256], broker[256], route[256];
	const char *const args[] = {"broker", "-c",       conf,          "-n",
				    namesrv,  "--listen", "127.0.0.1:0", NULL};
	struct child n, b;
	FILE *f;
	int status;

	begin();
	snprintf(conf, sizeof(conf), "%s/broker.conf", scratch);
	f = fopen(conf, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"brokerName=alone\nbrokerClusterName=C\nstorePathRootDir=%s/s\n"
		"mappedFileSizeCommitLog=1048576\n",
		scratch);
	fclose(f);
	start(&n, "NAMESRV_ADDR=", namesrv, sizeof(namesrv), ns_args);
	start(&b, "BROKER_ADDR=", broker, sizeof(broker), args);
	find_broker(namesrv, "TBW102", route, sizeof(route));
	ck_assert_str_eq(route, broker);
	ck_assert_int_eq(send_to(broker, "x"), 0);

	status = child_end(&b, SIGINT, STOP_MS);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = child_end(&n, SIGTERM, STOP_MS);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	end();
}
END_TEST

/* Runs it to its end. */
static int status_of(const char *const *args)
{
	const char *argv[16] = {program};
	char log[4096];
	struct child c;
	int status;

	for (size_t i = 0; i < 14 && args[i]; i++)
		argv[i + 1] = args[i];
	snprintf(log, sizeof(log), "%s/log", scratch);
	ck_assert(child_start(&c, argv, log));
	status = child_end(&c, 0, STOP_MS);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool log_has(const char *text)
{
	char path[4096];
	static char content[65536];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", scratch);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	len = fread(content, 1, sizeof(content) - 1, f);
	content[len] = '\0';
	fclose(f);
	return strstr(content, text) != NULL;
}

START_TEST(daemon__says_what_is_wrong)
{
	const char *const none[] = {NULL};
	const char *const unknown[] = {"dance", NULL};
	const char *const bad_option[] = {"cluster", "--listen", "1:1", NULL};
	const char *const misspelt[] = {"cluster", "--brokrs", "1", NULL};
	const char *const no_value[] = {"cluster", "--brokers", NULL};
	const char *const no_address[] = {"namesrv", "--listen", "9876", NULL};
	const char *const no_port[] = {"broker", "-c", "/dev/null", "-n", "a", NULL};
	const char *const no_key[] = {"cluster", "--tls-cert-file", "x", NULL};
	const char *const bad_value[] = {"cluster", "--brokers", "99", NULL};
	const char *const no_file[] = {"broker", "-c", "/does/not/exist", NULL};
	const char *const no_folder[] = {"cluster", "--store", "/proc/nowhere", NULL};
	const char *const version[] = {"--version", NULL};
	const char *const help[] = {"cluster", "--help", NULL};

	begin();
	ck_assert_int_eq(status_of(none), 2);
	ck_assert_int_eq(status_of(unknown), 2);
	ck_assert_int_eq(status_of(bad_option), 2);
	ck_assert(log_has("--listen belongs to 'rmq-mock namesrv'"));
	ck_assert_int_eq(status_of(misspelt), 2);
	ck_assert(log_has("--brokers?"));
	ck_assert_int_eq(status_of(no_value), 2);
	ck_assert(log_has("requires an argument"));
	ck_assert_int_eq(status_of(bad_value), 2);
	ck_assert(log_has("rmq-mock: --brokers: \"99\" is not an integer in 1..26\n"));
	ck_assert_int_eq(status_of(no_address), 2);
	ck_assert(log_has("rmq-mock: --listen: \"9876\" is not host:port: it has no port\n"));
	ck_assert_int_eq(status_of(no_port), 1);
	ck_assert(log_has("namesrvAddr: \"a\" is not host:port: it has no port"));
	ck_assert_int_eq(status_of(no_key), 2);
	ck_assert(log_has("tlsCertFile and tlsKeyFile go together"));
	ck_assert_int_eq(status_of(no_file), 1);
	ck_assert(log_has("/does/not/exist cannot be read"));
	ck_assert_int_eq(status_of(no_folder), 1);
	ck_assert(log_has("rmq-mock: cannot start: "));
	ck_assert_int_eq(status_of(version), 0);
	ck_assert_int_eq(status_of(help), 0);
	end();
}
END_TEST

START_TEST(daemon__store_belongs_to_one_process)
{
	char store[4096], namesrv[256];
	const char *const args[] = {"cluster", "--store", store, NULL};
	struct child c;

	begin();
	snprintf(store, sizeof(store), "%s/store", scratch);
	start(&c, "NAMESRV_ADDR=", namesrv, sizeof(namesrv), args);
	ck_assert_int_eq(status_of(args), 1);
	child_end(&c, SIGTERM, STOP_MS);
	end();
}
END_TEST

/* ---- operating it ---- */

static void path_of(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s/%s", scratch, name);
}

/* What stands in the file; "" when there is none. */
static const char *content_of(const char *path)
{
	static char content[65536];
	FILE *f = fopen(path, "r");
	size_t len = 0;

	if (f) {
		len = fread(content, 1, sizeof(content) - 1, f);
		fclose(f);
	}
	content[len] = '\0';
	return content;
}

START_TEST(exec__command_has_the_cluster_and_gives_the_status)
{
	const char *const says[] = {"exec", "sh", "-c", "echo \"A=$NAMESRV_ADDR\"; echo \"$RMQ_MOCK_CONTROL\"; exit 7", NULL};
	const char *const dies[] = {"exec", "--brokers", "1", "--", "sh", "-c", "kill -9 $$", NULL};
	const char *const nowhere[] = {"exec", "/does/not/exist", NULL};
	const char *const nothing[] = {"exec", "--brokers", "1", NULL};
	char address[256];
	struct child c;
	int status;

	begin();
	start(&c, "A=127.0.0.1:", address, sizeof(address), says);
	ck_assert(child_read_line(&c, address, sizeof(address), START_MS));
	ck_assert_int_eq(strncmp(address, "http://127.0.0.1:", 17), 0);
	status = child_end(&c, 0, STOP_MS);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 7);
	ck_assert_int_eq(status_of(dies), 128 + SIGKILL);
	ck_assert_int_eq(status_of(nowhere), 127);
	ck_assert(log_has("/does/not/exist cannot be run: No such file or directory"));
	ck_assert_int_eq(status_of(nothing), 2);
	ck_assert(log_has("exec needs a command"));
	end();
}
END_TEST

/* Whoever starts it may have told the system to reap children: then nobody could wait for them. */
START_TEST(exec__ends_though_sigchld_was_ignored)
{
	const char *const args[] = {"exec",     "--",          program, "namesrv",
				    "--listen", "127.0.0.1:0", NULL};
	char inner[256];
	struct child c;
	int status;

	begin();
	ck_assert(signal(SIGCHLD, SIG_IGN) != SIG_ERR); /* it inherits this */
	start(&c, "NAMESRV_ADDR=", inner, sizeof(inner), args);
	ck_assert(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
	status = child_end(&c, SIGTERM, STOP_MS);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	end();
}
END_TEST

START_TEST(exec__passes_signals_on)
{
	const char *const args[] = {"exec",     "--",          program, "namesrv",
				    "--listen", "127.0.0.1:0", NULL};
	char inner[256];
	struct child c;
	int status;

	begin();
	start(&c, "NAMESRV_ADDR=", inner, sizeof(inner), args);
	ck_assert_int_eq(
		ask(inner, RMQI_REQ_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, NULL, NULL, NULL), 0);
	status = child_end(&c, SIGTERM, STOP_MS);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	end();
}
END_TEST

START_TEST(daemon__tells_that_it_is_ready_in_a_file)
{
	char path[4096], bad[4096], address[256], metrics[512], wanted[1024];
	const char *const args[] = {"namesrv", "--listen",         "127.0.0.1:0", "--ready-file",
				    path,      "--metrics-listen", "127.0.0.1:0", NULL};
	const char *const no_folder[] = {"namesrv",      "--listen", "127.0.0.1:0",
					 "--ready-file", bad,        NULL};
	struct child c;

	begin();
	path_of(path, sizeof(path), "ready");
	path_of(bad, sizeof(bad), "no/such/folder");
	start(&c, "NAMESRV_ADDR=", address, sizeof(address), args);
	ck_assert(child_read_line(&c, metrics, sizeof(metrics), START_MS));
	ck_assert_int_eq(strncmp(metrics, "METRICS_ADDR=127.0.0.1:", 23), 0);
	snprintf(wanted, sizeof(wanted), "NAMESRV_ADDR=%s\n%s\n", address, metrics);
	ck_assert_str_eq(content_of(path), wanted);
	child_end(&c, SIGTERM, STOP_MS);
	ck_assert_str_eq(content_of(path), "");
	ck_assert_int_eq(status_of(no_folder), 1);
	ck_assert(log_has("no/such/folder cannot be written"));
	end();
}
END_TEST

static int has_boot_line(void *path)
{
	return strstr(content_of(path), "Z INFO The Name Server boot success.") != NULL;
}

static int is_there(void *path)
{
	FILE *f = fopen(path, "r");

	if (f)
		fclose(f);
	return f != NULL;
}

START_TEST(daemon__opens_its_log_anew_on_sighup)
{
	char path[4096], moved[4096], address[256];
	const char *const args[] = {"namesrv", "--listen",    "127.0.0.1:0", "--log-file",
				    path,      "--log-level", "info",        NULL};
	const char *const bad[] = {"namesrv", "--log-level", "loud", NULL};
	struct child c;

	begin();
	path_of(path, sizeof(path), "the.log");
	path_of(moved, sizeof(moved), "the.log.1");
	start(&c, "NAMESRV_ADDR=", address, sizeof(address), args);
	ck_assert(wait_real(has_boot_line, path, START_MS));
	ck_assert_int_eq(rename(path, moved), 0);
	ck_assert_int_eq(kill(c.pid, SIGHUP), 0);
	ck_assert(wait_real(is_there, path, START_MS));
	ck_assert_int_eq(
		ask(address, RMQI_REQ_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, NULL, NULL, NULL), 0);
	child_end(&c, SIGTERM, STOP_MS);
	ck_assert(has_boot_line(moved) && !has_boot_line(path));
	ck_assert_int_eq(status_of(bad), 2);
	ck_assert(log_has("error, warn, info or debug"));
	end();
}
END_TEST

static void write_conf(const char *path, const char *more)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"brokerName=alone\nstorePathRootDir=%s/s\nmappedFileSizeCommitLog=1048576\n%s",
		scratch, more);
	fclose(f);
}

static int log_tells(void *text)
{
	return log_has(text);
}

static const char *route_namesrv;

static int route_is(void *address)
{
	char now[256];

	find_broker(route_namesrv, "TBW102", now, sizeof(now));
	return strcmp(now, address) == 0;
}

START_TEST(daemon__takes_another_address_on_sighup)
{
	const char *const ns_args[] = {"namesrv", "--listen", "127.0.0.1:0", NULL};
	char moved[] = "broker.example:4711", unreadable[] = "line 4 is not key=value";
	char conf[4096], namesrv[256], broker[256];
	const char *const args[] = {"broker", "-c",       conf,          "-n",
				    namesrv,  "--listen", "127.0.0.1:0", NULL};
	struct child n, b;

	begin();
	path_of(conf, sizeof(conf), "broker.conf");
	write_conf(conf, "");
	start(&n, "NAMESRV_ADDR=", namesrv, sizeof(namesrv), ns_args);
	start(&b, "BROKER_ADDR=", broker, sizeof(broker), args);
	route_namesrv = namesrv;
	ck_assert(route_is(broker));
	write_conf(conf, "brokerIP1=broker.example\nadvertisedPort=4711\n");
	ck_assert_int_eq(kill(b.pid, SIGHUP), 0);
	ck_assert(wait_real(route_is, moved, START_MS));
	write_conf(conf, "no such line\n");
	ck_assert_int_eq(kill(b.pid, SIGHUP), 0);
	ck_assert(wait_real(log_tells, unreadable, START_MS));
	ck_assert(route_is(moved));
	child_end(&b, SIGTERM, STOP_MS);
	child_end(&n, SIGTERM, STOP_MS);
	end();
}
END_TEST

START_TEST(daemon__serves_all_on_one_port)
{
	const char *const args[] = {"cluster", "--one-port", NULL};
	const char *const two[] = {"cluster", "--one-port", "--brokers", "2", NULL};
	char namesrv[256], broker[256];
	struct child c;

	begin();
	start(&c, "NAMESRV_ADDR=", namesrv, sizeof(namesrv), args);
	find_broker(namesrv, "TBW102", broker, sizeof(broker));
	ck_assert_str_eq(broker, namesrv);
	ck_assert_int_eq(send_to(broker, "hello"), 0);
	ck_assert_int_eq(max_offset(broker), 1);
	child_end(&c, SIGTERM, STOP_MS);
	ck_assert_int_eq(status_of(two), 2);
	ck_assert(log_has("onePort is for one name server and one broker"));
	end();
}
END_TEST

/* The flags that stand in the text, each followed by a newline, sorted; every backslash is passed over. */
static void flags_in(const char *text, char *out, size_t size)
{
	char names[128][64];
	size_t count = 0, len = 0;

	for (const char *at = text; (at = strstr(at, "--")); at += 2) {
		char name[64];
		size_t n = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
		size_t i = 0;

		if (n == 0 || n >= sizeof(name) || (at > text && at[-1] == '-'))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)n, at + 2);
		while (i < count && strcmp(names[i], name) < 0)
			i++;
		if (i < count && strcmp(names[i], name) == 0)
			continue;
		ck_assert_uint_lt(count, 128);
		memmove(names[i + 1], names[i], (count - i) * sizeof(names[0]));
		snprintf(names[i], sizeof(names[i]), "%s", name);
		count++;
	}
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(out + len, size - len, "%s\n", names[i]);
}

static void drop_backslashes(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text != '\\')
			*to++ = *text;
	*to = '\0';
}

START_TEST(man__page_has_the_flags_of_the_help)
{
	const char *const args[] = {program, "--help", NULL};
	char path[4096], line[512];
	static char help[65536], page[65536], in_help[8192], in_page[8192];
	struct child c;
	size_t len = 0;

	begin();
	path_of(path, sizeof(path), "log");
	ck_assert(child_start(&c, args, path));
	while (child_read_line(&c, line, sizeof(line), START_MS))
		len += (size_t)snprintf(help + len, sizeof(help) - len, "%s\n", line);
	child_end(&c, 0, STOP_MS);
	ck_assert_uint_gt(len, 1000);
	snprintf(path, sizeof(path), "%s/doc/rmq-mock.1", tree_sources());
	snprintf(page, sizeof(page), "%s", content_of(path));
	drop_backslashes(page);
	flags_in(help, in_help, sizeof(in_help));
	flags_in(page, in_page, sizeof(in_page));
	ck_assert_str_eq(in_page, in_help);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		daemon__cluster_serves_and_ends_on_sigterm,
		daemon__keeps_what_it_acknowledged_over_kill_9,
		daemon__name_server_and_broker_apart,
		daemon__says_what_is_wrong,
		daemon__store_belongs_to_one_process,
		exec__command_has_the_cluster_and_gives_the_status,
		exec__ends_though_sigchld_was_ignored,
		exec__passes_signals_on,
		daemon__tells_that_it_is_ready_in_a_file,
		daemon__opens_its_log_anew_on_sighup,
		daemon__takes_another_address_on_sighup,
		daemon__serves_all_on_one_port,
		man__page_has_the_flags_of_the_help,
	};

	return run_suite("daemon", tests, sizeof(tests) / sizeof(tests[0]));
}
