/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_lite_many.c - a daemon with many lite topics, each with a message, a subscription and an offset, a tenth of them with
 * a message that is out: what it has of memory and of maps, and that a restart finds them all.
 *
 * RMQ_LITE_TOPICS: how many (4000 if not given). 100,000 must fit into 100 MB.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "codec/codes.h"
#include "codec/lite.h"
#include "codec/schema.h"
#include "net/rpc.h"
#include "tests/broker/rig.h"
#include "tests/support/child.h"

enum {
	TOPICS = 4000,
	STEP = 100, /* as many as a client has events: these are handed out before it gets more */
	KEEP_OUT = 10, /* of so many one is not acknowledged */
	FIRST = 1000,  /* what is there once has been made then */
	START_MS = 60000,
	STOP_MS = 60000,
	CALL_MS = 60000,
	RECEIVE_MS = 60000,
	MAPS_MAX = 20000,
	TOPIC_MAX = 1000,   /* bytes */
	STEPS_KB = 2048,    /* tables that double, threads that come later: few topics do not hide them */
	ALL_MAX_KB = 100000 /* of 100,000 */
};

struct memory {
	long resident_kb;
	long peak_kb;
	long own_kb; /* not of files */
	long maps;
};

static char program[4096], scratch[2048], conf[4096], broker[512];
static struct child child;
static struct rmqi_loop *loop;
static struct rmqi_rpc *rpc;
static struct rmqi_response answer;

/* --- The daemon -------------------------------------------------------------------------------- */

static void write_conf(void)
{
	FILE *f;

	snprintf(conf, sizeof(conf), "%s/broker.conf", scratch);
	f = fopen(conf, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"brokerName=b\nstorePathRootDir=%s/store\nemulate=5.5\nenableLmq=true\n"
		"enableMultiDispatch=true\nmaxLmqConsumeQueueNum=200000\n"
		"maxLiteSubscriptionCount=200000\n",
		scratch);
	ck_assert_int_eq(fclose(f), 0);
}

static void start(void)
{
	const char *argv[] = {program, "broker", "-c", conf, "--listen", "127.0.0.1:0", NULL};
	char line[512], log[4096];

	snprintf(log, sizeof(log), "%s/log", scratch);
	ck_assert(child_start(&child, argv, log));
	ck_assert_msg(child_read_line(&child, line, sizeof(line), START_MS), "%s said nothing",
		      program);
	ck_assert_msg(strncmp(line, "BROKER_ADDR=", 12) == 0, "first line: %s", line);
	snprintf(broker, sizeof(broker), "%s", line + 12);
}

static void stop(void)
{
	int status = child_end(&child, SIGTERM, STOP_MS);

	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void begin(void)
{
	const char *build = getenv("abs_top_builddir");
	const char *given = getenv("RMQ_MOCK");
	struct rmqi_rpc_config config = {0};

	if (given)
		snprintf(program, sizeof(program), "%s", given);
	else
		snprintf(program, sizeof(program), "%s/tools/rmq-mock", build ? build : ".");
	ck_assert(make_scratch(scratch, sizeof(scratch)));
	write_conf();
	ck_assert_int_eq(rmqi_loop_new(rmqi_env_real(), "test", &loop), RMQ_OK);
	config.loop = loop;
	ck_assert_int_eq(rmqi_rpc_new(&config, &rpc), RMQ_OK);
	rmqi_response_init(&answer);
	start();
}

static void end(void)
{
	stop();
	rmqi_response_deinit(&answer);
	rmqi_rpc_close(rpc);
	rmqi_rpc_free(rpc);
	rmqi_loop_free(loop);
	remove_tree(scratch);
}

/* --- What it has of memory ------------------------------------------------------------------------ */

/* A sanitizer keeps its own books beside every block. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool is_exact = false;
#else
static const bool is_exact = true;
#endif

/* The number behind `name`, summed over the lines that begin so; -1: there is none. */
static long figure(const char *file, const char *name)
{
	char path[64], line[512];
	long sum = -1, value;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)child.pid, file);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		value = strtol(line + strlen(name), NULL, 10);
		sum = sum < 0 ? value : sum + value;
	}
	if (f)
		fclose(f);
	return sum;
}

static long map_count(void)
{
	char path[64];
	long lines = 0;
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "/proc/%ld/maps", (long)child.pid);
	f = fopen(path, "r");
	while (f && (c = fgetc(f)) != EOF)
		lines += c == '\n';
	if (f)
		fclose(f);
	return lines;
}

/* False: this system does not tell. */
static bool measure(struct memory *out)
{
	out->resident_kb = figure("status", "VmRSS:");
	out->peak_kb = figure("status", "VmHWM:");
	out->own_kb = figure("status", "RssAnon:");
	out->maps = map_count();
	return out->resident_kb > 0 && out->peak_kb > 0 && out->own_kb > 0;
}

/* --- The lite topics ------------------------------------------------------------------------------ */

static int32_t ask(int32_t code, const struct rmqi_header_desc *desc, const void *header,
		   struct rmqi_cursor body)
{
	const struct rmqi_outgoing request = {.code = code,
					      .desc = desc,
					      .header = header,
					      .body = &body,
					      .body_count = body.len > 0};

	ck_assert_int_eq(rmqi_rpc_call(rpc, broker, &request,
				       rmqi_clock_deadline(rmqi_clock_real(), CALL_MS), &answer,
				       NULL, NULL),
			 RMQ_OK);
	return answer.command.code;
}

static struct rmqi_cursor text_body(const char *text)
{
	return rmqi_cursor(text, strlen(text));
}

static void make_parent(void)
{
	struct rmqi_h_create_topic t = {
		.topic = RMQI_STR("P"),
		.defaultTopic = RMQI_STR("TBW102"),
		.readQueueNums = 2,
		.writeQueueNums = 2,
		.perm = 6,
		.topicFilterType = RMQI_STR("SINGLE_TAG"),
	};

	RMQI_SET(&t, create_topic, attributes, RMQI_STR("+message.type=LITE"));
	ck_assert_int_eq(ask(RMQI_REQ_UPDATE_AND_CREATE_TOPIC, &rmqi_desc_create_topic, &t,
			     rmqi_cursor(NULL, 0)),
			 0);
	ck_assert_int_eq(ask(RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, NULL, NULL,
			     text_body("{\"groupName\":\"G\","
				       "\"attributes\":{\"+lite.bind.topic\":\"P\"}}")),
			 0);
}

static void name_of(int i, char out[64])
{
	snprintf(out, 64, "user-%d-session", i);
}

static void subscribe(int from)
{
	static char names[STEP][64];
	char client[] = "c@1", group[] = "G", parent[] = "P", *list[STEP];
	struct rmqi_lite_subscription s = {.action = RMQI_LITE_ADD,
					   .client_id = client,
					   .group = group,
					   .topic = parent,
					   .lite_topics = list,
					   .count = STEP};
	const struct rmqi_lite_subscriptions all = {.items = &s, .count = 1};
	struct rmqi_buf body;

	for (int i = 0; i < STEP; i++) {
		name_of(from + i, names[i]);
		list[i] = names[i];
	}
	rmqi_buf_init(&body, 1 << 20);
	ck_assert_int_eq(rmqi_lite_subscriptions_encode(&all, &body), RMQ_OK);
	ck_assert_int_eq(ask(RMQI_REQ_LITE_SUBSCRIPTION_CTL, NULL, NULL, rmqi_buf_cursor(&body)),
			 0);
	rmqi_buf_deinit(&body);
}

static void send_to(int i)
{
	struct rmqi_h_send_message h = {.producerGroup = RMQI_STR("P"),
					.topic = RMQI_STR("P"),
					.defaultTopic = RMQI_STR("TBW102"),
					.defaultTopicQueueNums = 2};
	char name[64], properties[128];

	name_of(i, name);
	snprintf(properties, sizeof(properties), "__LITE_TOPIC\001%s\002", name);
	RMQI_SET(&h, send_message, properties, rmqi_str(properties));
	ck_assert_int_eq(ask(RMQI_REQ_SEND_MESSAGE_V2, &rmqi_desc_send_message_v2, &h,
			     text_body(name)),
			 0);
}

/* The name of a lite topic is the body of its message. */
static void acknowledge(struct rmqi_str lite, int64_t pop_ms)
{
	struct rmqi_h_ack_message h = {.consumerGroup = RMQI_STR("G"), .topic = RMQI_STR("P")};
	char receipt[128];

	snprintf(receipt, sizeof(receipt), "0 %lld 3600000 999 0 b 0 0", (long long)pop_ms);
	h.extraInfo = rmqi_str(receipt);
	RMQI_SET(&h, ack_message, liteTopic, lite);
	ck_assert_int_eq(
		ask(RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message, &h, rmqi_cursor(NULL, 0)), 0);
}

/* Copied out of the answer, which the next one takes the place of. */
static int popped_names(char names[32][64], int64_t *pop_ms)
{
	struct rmqi_cursor rest = answer.command.body;
	struct rmqi_str text;
	int count = 0;

	ck_assert(rmqi_command_ext(&answer.command, "popTime", &text));
	ck_assert(rmqi_str_to_i64(text, pop_ms));
	while (rest.len > 0) {
		struct rmqi_stored_message m;

		ck_assert_int_lt(count, 32);
		ck_assert_int_eq(rmqi_message_decode(&rest, &m), RMQ_OK);
		snprintf(names[count++], 64, "%.*s", (int)m.body.len, (const char *)m.body.ptr);
	}
	return count;
}

/* How many came. */
static int receive(void)
{
	const struct rmqi_h_pop_lite_message h = {
		.clientId = RMQI_STR("c@1"),
		.consumerGroup = RMQI_STR("G"),
		.topic = RMQI_STR("P"),
		.maxMsgNum = 32,
		.invisibleTime = 3600000,
		.bornTime = wall_ms(),
	};
	char names[32][64];
	int64_t pop_ms;
	int count;

	ck_assert_int_eq(ask(RMQI_REQ_POP_LITE_MESSAGE, &rmqi_desc_pop_lite_message, &h,
			     rmqi_cursor(NULL, 0)),
			 0);
	count = popped_names(names, &pop_ms);
	for (int i = 0; i < count; i++)
		if (atoi(names[i] + strlen("user-")) % KEEP_OUT != 0)
			acknowledge(rmqi_str(names[i]), pop_ms);
	return count;
}

/* Of those from `from` on: all that were sent. */
static void receive_all(int from)
{
	int64_t until = wall_ms() + RECEIVE_MS;
	int received = 0;

	while (received < STEP && wall_ms() < until)
		received += receive();
	ck_assert_msg(received == STEP, "%d of %d messages came, of the lite topics from %d on",
		      received, STEP, from);
}

static void have_topics(int from, int to)
{
	for (int at = from; at < to; at += STEP) {
		subscribe(at);
		for (int i = 0; i < STEP; i++)
			send_to(at + i);
		receive_all(at);
	}
}

static int64_t length_of(int i)
{
	char lite[64], queue[128];
	struct rmqi_h_get_max_offset h = {0};
	struct rmqi_str text;
	int64_t n = -1;

	name_of(i, lite);
	snprintf(queue, sizeof(queue), "%%LMQ%%$P$%s", lite);
	h.topic = rmqi_str(queue);
	ck_assert_int_eq(ask(RMQI_REQ_GET_MAX_OFFSET, &rmqi_desc_get_max_offset, &h,
			     rmqi_cursor(NULL, 0)),
			 0);
	ck_assert(rmqi_command_ext(&answer.command, "offset", &text));
	ck_assert(rmqi_str_to_i64(text, &n));
	return n;
}

static int topics(void)
{
	const char *text = getenv("RMQ_LITE_TOPICS");
	int count = text ? atoi(text) : TOPICS;

	count -= count % STEP;
	return count > FIRST ? count : FIRST + STEP;
}

static void tell(const char *when, const struct memory *m)
{
	if (getenv("RMQ_LITE_TOPICS"))
		printf("# %s: %ld kB resident (peak %ld), %ld kB of its own, %ld maps\n", when,
		       m->resident_kb, m->peak_kb, m->own_kb, m->maps);
}

START_TEST(lite_many__fit_into_memory_and_maps)
{
	struct memory first = {0}, all = {0}, again = {0};
	int count = topics();
	bool is_told;

	begin();
	make_parent();
	have_topics(0, FIRST);
	is_told = measure(&first);
	tell("first", &first);
	have_topics(FIRST, count);
	is_told = is_told && measure(&all);
	tell("all", &all);
	stop();
	start();
	for (int i = 0; i < count; i += 37)
		ck_assert_int_eq(length_of(i), 1);
	is_told = is_told && measure(&again);
	tell("again", &again);
	if (is_told && is_exact) {
		ck_assert_int_lt(all.own_kb - first.own_kb,
				 (count - FIRST) * TOPIC_MAX / 1024 + STEPS_KB);
		ck_assert_int_lt(all.maps, MAPS_MAX);
		ck_assert_int_lt(again.maps, MAPS_MAX);
		ck_assert_int_lt(all.peak_kb, ALL_MAX_KB);
		ck_assert_int_lt(again.peak_kb, ALL_MAX_KB);
	}
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {lite_many__fit_into_memory_and_maps};

	return run_suite("lite_many", tests, RMQI_COUNT(tests));
}
