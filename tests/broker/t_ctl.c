/* SPDX-License-Identifier: Apache-2.0 */
/* t_ctl.c - `rmq-mock ctl`, and what a daemon tells and reads at its start. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/child.h"
#include "tests/support/suite.h"

enum { WAIT_MS = 60000 };

static char program[4096];
static char scratch[2048];
static char output[65536]; /* of the last command: stdout, then stderr */

static void begin(void)
{
	const char *build = getenv("abs_top_builddir");
	const char *given = getenv("RMQ_MOCK");

	if (given)
		snprintf(program, sizeof(program), "%s", given);
	else
		snprintf(program, sizeof(program), "%s/tools/rmq-mock", build ? build : ".");
	ck_assert_int_eq(setenv("RMQ_MOCK_PROGRAM", program, 1), 0);
	ck_assert(make_scratch(scratch, sizeof(scratch)));
	ck_assert_int_eq(setenv("SCRATCH", scratch, 1), 0);
}

static void end(void)
{
	remove_tree(scratch);
}

static const char *file_of(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(file_of(name), "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void add_file(const char *name)
{
	size_t len = strlen(output);
	FILE *f = fopen(file_of(name), "r");

	if (!f)
		return;
	len += fread(output + len, 1, sizeof(output) - 1 - len, f);
	output[len] = '\0';
	fclose(f);
}

/* Runs a line of shell, in which $M is rmq-mock, beside a cluster with these flags. */
static int beside(const char *flags, const char *line)
{
	char script[8192];
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	struct child c;
	int status;

	snprintf(script, sizeof(script),
		 "M=$RMQ_MOCK_PROGRAM; export M; \"$M\" exec %s -- sh -c '%s' >\"$SCRATCH/out\"", flags,
		 line);
	ck_assert(child_start(&c, argv, file_of("err")));
	status = child_end(&c, 0, WAIT_MS);
	output[0] = '\0';
	add_file("out");
	add_file("err");
	ck_assert_msg(WIFEXITED(status), "%s", output);
	return WEXITSTATUS(status);
}

static bool says(const char *text)
{
	return strstr(output, text) != NULL;
}

START_TEST(ctl__makes_and_shows)
{
	begin();
	ck_assert_int_eq(beside("--brokers 2",
				"$M ctl topic create orders --queues 3 && $M ctl topic list && "
				"$M ctl message put orders hello --keys k1 --tags=A --queue-id 2 -J && "
				"$M ctl message list orders && $M ctl group list && $M ctl clock -J"),
			 0);
	ck_assert_msg(says("topic   node      perm  queues  messages\n"
			   "orders  broker-a  6     3       0\norders  broker-b  6     3       0\n"),
		      "%s", output);
	ck_assert_msg(says("\"queueId\":2,\"queueOffset\":0}\n"), "%s", output);
	ck_assert_msg(says("hello") && says("k1") && says("\"isVirtual\":false,\"scale\":1}\n"), "%s", output);
	end();
}
END_TEST

START_TEST(ctl__moves_nodes)
{
	begin();
	ck_assert_int_eq(beside("", "$M ctl broker crash broker-a && $M ctl node list && "
				    "$M ctl node start broker-a && $M ctl node down broker-a --how hang && "
				    "$M ctl node list && $M ctl node up broker-a && "
				    "$M ctl way cut broker-a namesrv-0 && $M ctl way heal"),
			 0);
	ck_assert_msg(says("  stopped\n") && says("  hangs\n"), "%s", output);
	end();
}
END_TEST

START_TEST(ctl__reads_the_record)
{
	begin();
	ck_assert_int_eq(beside("--record 100",
				"$M ctl topic create T && $M ctl requests wait 1 code=REGISTER_BROKER && "
				"$M ctl requests --code REGISTER_BROKER --newest --limit 1 -J && "
				"$M ctl requests clear && $M ctl requests field=brokerName=no* -J && "
				"$M ctl requests --help"),
			 0);
	ck_assert_msg(says("\"name\":\"REGISTER_BROKER\"") && says("\n[]\n") &&
			      says("--queue-id -1..2147483647"),
		      "%s", output);
	ck_assert_int_eq(beside("--record 100", "$M ctl requests wait 9 topic=T --timeout 1ms"), 4);
	ck_assert_int_eq(beside("", "$M ctl requests"), 1);
	ck_assert_msg(says("record"), "%s", output);
	end();
}
END_TEST

START_TEST(ctl__gives_orders)
{
	begin();
	ck_assert_int_eq(beside("--slaves 1",
				"$M ctl node busy broker-a --kind rejectRequest --requests 2 && "
				"$M ctl broker move broker-a && $M ctl disk fail broker-a sync --nth 3 && "
				"$M ctl topic set T --read-queues 2 && $M ctl group reset G T -1 && "
				"$M ctl namesrv freeze namesrv-0 && $M ctl broker power-cut broker-a && "
				"$M ctl node promote broker-a/1 && $M ctl node list"),
			 0);
	ck_assert_msg(says("stopped\n"), "%s", output);
	end();
}
END_TEST

START_TEST(ctl__sets_faults)
{
	begin();
	write_file("f.json", "{\"faults\":[{\"code\":\"PULL_MESSAGE\",\"delay\":200}]}");
	ck_assert_int_eq(beside("--fixture \"$SCRATCH/f.json\"",
				"$M ctl fault add --code SEND_MESSAGE_V2 --drop --count 2 && "
				"$M ctl fault add \"{\\\"topic\\\":\\\"T*\\\",\\\"close\\\":\\\"rst\\\"}\" && "
				"$M ctl fault rm 3 && $M ctl fault list && $M ctl fault add --help"),
			 0);
	ck_assert_msg(says("1   0     code=PULL_MESSAGE delay=200\n") &&
			      says("2   0     code=SEND_MESSAGE_V2 count=2 drop=true\n") &&
			      says("--queue-id -1..2147483647"),
		      "%s", output);
	ck_assert_int_eq(beside("--fixture \"$SCRATCH/f.json\"", "$M ctl fault wait 1 --timeout 1ms"), 4);
	write_file("f.json", "{\"faults\":[{\"cod\":\"PULL_MESSAGE\"}]}");
	ck_assert_int_eq(beside("--fixture \"$SCRATCH/f.json\"", "true"), 1);
	ck_assert_msg(says("did you mean \"code\"?"), "%s", output);
	end();
}
END_TEST

/* A line, its status and what it says. */
static const struct {
	const char *line;
	int status;
	const char *says;
} statuses[] = {
	{"$M ctl node stop broker-z", 1, "there is no"},
	{"$M ctl topic create T --queus 3", 1, "did you mean \"queues\""},
	{"$M ctl clok", 2, "Did you mean 'clock'?"},
	{"$M ctl topic create", 2, "topic is missing"},
	{"$M ctl topic create a b", 2, "unexpected argument: b"},
	{"$M ctl topic list --topic", 2, "--topic needs a value"},
	{"$M ctl --topic T topic list", 2, "stands before a verb"},
	{"$M ctl", 2, "a verb is missing"},
	{"RMQ_MOCK_CONTROL= $M ctl clock", 2, "which cluster?"},
	{"$M ctl --control nowhere clock", 3, "not host:port"},
	{"$M ctl --control 127.0.0.1:1 clock", 3, "127.0.0.1:1: "},
	{"$M ctl --help", 0, "topic create <topic>"},
	{"$M ctl topic create --help", 0, "POST /topics"},
};

START_TEST(ctl__tells_what_is_wrong_by_its_status)
{
	begin();
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		int status = beside("", statuses[i].line);

		ck_assert_msg(status == statuses[i].status && says(statuses[i].says), "%s: %d %s",
			      statuses[i].line, status, output);
	}
	end();
}
END_TEST

START_TEST(fixture__is_there_from_the_beginning)
{
	begin();
	write_file("f.json", "{\"messages\":[{\"topic\":\"orders\",\"body\":\"first\",\"queueId\":1,"
			     "\"properties\":{\"color\":\"red\"}},"
			     "{\"topic\":\"orders\",\"bodyBase64\":\"AP8=\"}],"
			     "\"topics\":[{\"topic\":\"orders\",\"queues\":2}]}");
	ck_assert_int_eq(beside("--fixture \"$SCRATCH/f.json\"", "$M ctl message list -J orders"), 0);
	ck_assert_msg(says("\"body\":\"first\"") && says("\"color\":\"red\"") &&
			      says("\"bodyBase64\":\"AP8=\""),
		      "%s", output);
	end();
}
END_TEST

/* What a fixture says, and what is said of it. */
static const char *const wrong[][2] = {
	{"[]", "it is no JSON object"},
	{"{", "is no JSON"},
	{"{\"topcis\":[]}", "unknown member \"topcis\""},
	{"{\"topics\":{}}", "\"topics\" is no list"},
	{"{\"topics\":[1]}", "topics[0]: it is no object"},
	{"{\"topics\":[{\"topic\":\"T\"},{\"topic\":\"U\",\"queus\":2}]}",
	 "topics[1]: unknown member \"queus\"; did you mean \"queues\"?"},
	{"{\"topics\":[{\"queues\":2}]}", "topics[0]: \"topic\" is missing"},
	{"{\"topics\":[{\"topic\":\"T\",\"queues\":0}]}", "queues is not in 1..1024"},
	{"{\"messages\":[{\"topic\":\"T\",\"body\":\"x\"}]}", "there is no topic \"T\""},
	{"{\"topics\":[{\"topic\":\"T\",\"queues\":1}],\"messages\":[{\"topic\":\"T\",\"queueId\":5}]}",
	 "none of number 5"},
	{"{\"topics\":[{\"topic\":\"T\"}],\"messages\":[{\"topic\":\"T\",\"bodyBase64\":\"?\"}]}",
	 "bodyBase64 is no Base64"},
	{"{\"topics\":[{\"topic\":\"T\"}],\"messages\":[{\"topic\":\"T\",\"properties\":{\"a\":1}}]}",
	 "a property is no text"},
};

START_TEST(fixture__says_what_is_wrong)
{
	begin();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_file("f.json", wrong[i][0]);
		ck_assert_int_eq(beside("--fixture \"$SCRATCH/f.json\"", "true"), 1);
		ck_assert_msg(says(wrong[i][1]), "%s: %s", wrong[i][0], output);
	}
	ck_assert_int_eq(beside("--fixture \"$SCRATCH/none\"", "true"), 1);
	ck_assert_msg(says("cannot be read"), "%s", output);
	end();
}
END_TEST

START_TEST(ready__is_told_by_file_and_descriptor)
{
	begin();
	ck_assert_int_eq(beside("--port-file \"$SCRATCH/port\" --ready-fd 5 5>\"$SCRATCH/ready\" --seed 7",
				"cat $SCRATCH/ready; cat $SCRATCH/port; echo ${NAMESRV_ADDR##*:}; "
				"$M ctl cluster -J"),
			 0);
	ck_assert_msg(says("NAMESRV_ADDR=127.0.0.1:") && says("RMQ_MOCK_CONTROL=http://127.0.0.1:") &&
			      says("\"seed\":7,"),
		      "%s", output);
	ck_assert_int_eq(access(file_of("port"), F_OK), -1);
	ck_assert_int_eq(beside("--ready-fd 77", "true"), 1);
	ck_assert_msg(says("descriptor 77 cannot be written"), "%s", output);
	ck_assert_int_eq(beside("--port-file \"$SCRATCH/no/port\"", "true"), 1);
	end();
}
END_TEST

static int is_gone(void *arg)
{
	const pid_t *pid = arg;
	char path[64], text[512], *state;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)*pid);
	f = fopen(path, "r");
	if (f) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	/* Where nobody takes the end of orphans, they stay as zombies. */
	state = strrchr(text, ')');
	return !state || strncmp(state, ") Z", 3) == 0;
}

/* The shell between us ends; so does what it has started. */
START_TEST(daemon__ends_with_its_parent)
{
	const char *const argv[] = {"/bin/sh", "-c",
				    "\"$RMQ_MOCK_PROGRAM\" cluster --exit-with-parent --ready-file "
				    "\"$SCRATCH/ready\" & echo $!; while ! test -s \"$SCRATCH/ready\"; do "
				    "sleep 0.05; done; echo ready",
				    NULL};
	char line[256];
	struct child c;
	pid_t pid;

	begin();
	ck_assert(child_start(&c, argv, file_of("err")));
	ck_assert(child_read_line(&c, line, sizeof(line), WAIT_MS));
	pid = (pid_t)atoi(line);
	ck_assert_int_gt(pid, 1);
	child_end(&c, 0, WAIT_MS);
	ck_assert(wait_real(is_gone, &pid, WAIT_MS));
	ck_assert_int_eq(access(file_of("ready"), F_OK), -1);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ctl__makes_and_shows,
		ctl__moves_nodes,
		ctl__reads_the_record,
		ctl__gives_orders,
		ctl__sets_faults,
		ctl__tells_what_is_wrong_by_its_status,
		fixture__is_there_from_the_beginning,
		fixture__says_what_is_wrong,
		ready__is_told_by_file_and_descriptor,
		daemon__ends_with_its_parent,
	};

	return run_suite("ctl", tests, sizeof(tests) / sizeof(tests[0]));
}
