/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_kill.c - a daemon that is killed under load, again and again, on one store: nothing that it acknowledged is lost, a
 * batch is there as a whole or not at all, no half message is seen, and keys find what there is.
 *
 * RMQ_KILL_ROUNDS: how many times (5 if not given).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/rand.h"
#include "codec/codes.h"
#include "codec/message.h"
#include "codec/schema.h"
#include "mock-broker/store/big_endian.h"
#include "net/rpc.h"
#include "tests/broker/rig.h"
#include "tests/support/child.h"

enum {
	ROUNDS = 5,
	START_MS = 60000,
	STOP_MS = 60000,
	CALL_MS = 60000,
	IN_FLIGHT = 24,
	NUMBERS_MAX = 200 * 1000,
	ACKS_A_ROUND = 300,
	PARTS = 3 /* of a batch */
};

enum kind { PLAIN, HALF, BATCH };

struct slot {
	struct rmqi_call call;
	int number;
};

static char program[4096], scratch[2048], conf[4096], broker[512];
static struct child child;
static struct rmqi_loop *loop;
static struct rmqi_rpc *rpc;
static struct rmqi_response answer;

/* The loop's while the load runs, the test's when `over` is set. */
static struct slot slots[IN_FLIGHT];
static bool acked[NUMBERS_MAX];
static uint8_t seen[NUMBERS_MAX];
static int next, open_slots, acks, acks_wanted;
static struct rmqi_event enough, over;

static enum kind kind_of(int number)
{
	if (number % 5 == 3)
		return HALF;
	return number % 5 == 4 ? BATCH : PLAIN;
}

/* --- The daemon -------------------------------------------------------------------------------- */

static void write_conf(void)
{
	FILE *f;

	snprintf(conf, sizeof(conf), "%s/broker.conf", scratch);
	f = fopen(conf, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"brokerName=b\nstorePathRootDir=%s/store\nmappedFileSizeCommitLog=131072\n"
		"mappedFileSizeConsumeQueue=4000\nmaxHashSlotNum=997\nmaxIndexNum=1000\n",
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
	rmqi_event_init(&enough, rmqi_env_real());
	rmqi_event_init(&over, rmqi_env_real());
}

static void end(void)
{
	rmqi_event_deinit(&enough);
	rmqi_event_deinit(&over);
	rmqi_response_deinit(&answer);
	rmqi_rpc_close(rpc);
	rmqi_rpc_free(rpc);
	rmqi_loop_free(loop);
	remove_tree(scratch);
}

/* --- The load ---------------------------------------------------------------------------------- */

/* "17 ....", of 1 to 500 bytes and more. */
static size_t body_of(int number, char *out, size_t size)
{
	size_t len = (size_t)snprintf(out, size, "%d ", number);
	size_t pad = (size_t)number * 37 % 500;

	memset(out + len, kind_of(number) == HALF ? 'h' : 'm', pad);
	return len + pad;
}

static struct rmqi_cursor batch_of(struct rmqi_cursor body, uint8_t *out)
{
	size_t item = 22 + body.len;
	uint8_t *at = out;

	for (int i = 0; i < PARTS; i++, at += item) {
		memset(at, 0, item);
		mb_put_u32(at, (uint32_t)item);
		mb_put_u32(at + 16, (uint32_t)body.len);
		memcpy(at + 20, body.ptr, body.len);
	}
	return rmqi_cursor(out, (size_t)(at - out));
}

static void answered(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response);

static void send_next(struct slot *s)
{
	struct rmqi_h_send_message h = {.producerGroup = rmqi_str("P"),
					.topic = rmqi_str("T"),
					.defaultTopic = rmqi_str("TBW102"),
					.defaultTopicQueueNums = 1};
	struct rmqi_outgoing request = {.code = RMQI_REQ_SEND_MESSAGE_V2,
					.desc = &rmqi_desc_send_message_v2,
					.header = &h,
					.body_count = 1};
	static uint8_t batch[PARTS * 1024];
	char text[1024], properties[128];
	struct rmqi_cursor body;
	enum kind kind;

	s->number = next++;
	kind = kind_of(s->number);
	body = rmqi_cursor(text, body_of(s->number, text, sizeof(text)));
	snprintf(properties, sizeof(properties), "KEYS\001k%d\002%s", s->number,
		 kind == HALF ? "TRAN_MSG\001true\002PGROUP\001P\002" : "");
	RMQI_SET(&h, send_message, properties, rmqi_str(properties));
	if (kind == HALF)
		h.sysFlag = RMQI_SYS_PREPARED;
	if (kind == BATCH) {
		body = batch_of(body, batch);
		request.code = RMQI_REQ_SEND_BATCH_MESSAGE;
		RMQI_SET(&h, send_message, batch, true);
	}
	request.body = &body;
	s->call.fn = answered;
	rmqi_rpc_call_async(rpc, broker, &request,
			    rmqi_clock_deadline(rmqi_clock_real(), CALL_MS), &s->call);
}

static void answered(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct slot *s = RMQI_CONTAINER(call, struct slot, call);

	if (error == RMQ_OK && response->code == RMQI_RESP_SUCCESS) {
		acked[s->number] = true;
		if (++acks == acks_wanted)
			rmqi_event_set(&enough);
		send_next(s);
		return;
	}
	/* The daemon is dead, or refuses; then `enough` would never come. */
	rmqi_event_set(&enough);
	if (--open_slots == 0)
		rmqi_event_set(&over);
}

static void load(void *arg)
{
	(void)arg;
	open_slots = IN_FLIGHT;
	for (int i = 0; i < IN_FLIGHT; i++)
		send_next(&slots[i]);
}

static void kill_under_load(struct rmqi_rand *rand)
{
	int before = acks;

	rmqi_event_reset(&enough);
	rmqi_event_reset(&over);
	acks_wanted = acks + 1 + (int)rmqi_rand_below(rand, ACKS_A_ROUND);
	rmqi_loop_call(loop, load, NULL);
	ck_assert(rmqi_event_wait(&enough, rmqi_clock_deadline(rmqi_clock_real(), CALL_MS)));
	child_end(&child, SIGKILL, STOP_MS);
	ck_assert(rmqi_event_wait(&over, rmqi_clock_deadline(rmqi_clock_real(), CALL_MS)));
	ck_assert_int_gt(acks, before);
	ck_assert_int_lt(next, NUMBERS_MAX - 10000);
}

/* --- The audit --------------------------------------------------------------------------------- */

static int32_t ask(int32_t code, const struct rmqi_header_desc *desc, const void *header)
{
	const struct rmqi_outgoing request = {.code = code, .desc = desc, .header = header};

	ck_assert_int_eq(rmqi_rpc_call(rpc, broker, &request,
				       rmqi_clock_deadline(rmqi_clock_real(), CALL_MS), &answer,
				       NULL, NULL),
			 RMQ_OK);
	return answer.command.code;
}

/* One message of the queue, whole. */
static void note(const struct rmqi_stored_message *m)
{
	char expected[1024];
	int number = atoi((const char *)m->body.ptr);
	size_t len;

	ck_assert(number >= 0 && number < next);
	ck_assert_msg(kind_of(number) != HALF, "half message %d is seen", number);
	len = body_of(number, expected, sizeof(expected));
	ck_assert_uint_eq(m->body.len, len);
	ck_assert_mem_eq(m->body.ptr, expected, len);
	ck_assert_int_eq(rmqi_message_check_crc(m), RMQ_OK);
	seen[number]++;
}

static int64_t pull(int64_t offset)
{
	struct rmqi_h_pull_message h;
	struct rmqi_cursor rest;

	peer_pull_header(&h, "G", "T", 0, offset);
	if (ask(RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message, &h) != RMQI_RESP_SUCCESS)
		return -1;
	rest = answer.command.body;
	while (rest.len > 0) {
		struct rmqi_stored_message m;

		ck_assert_int_eq(rmqi_message_decode(&rest, &m), RMQ_OK);
		ck_assert_int_eq(m.queue_offset, offset++);
		note(&m);
	}
	return offset;
}

/* Is it found by its key, as often as it was seen? */
static void query(int number)
{
	struct rmqi_h_query_message h = {0};
	char key[32];

	snprintf(key, sizeof(key), "k%d", number);
	RMQI_SET(&h, query_message, topic, rmqi_str("T"));
	RMQI_SET(&h, query_message, key, rmqi_str(key));
	RMQI_SET(&h, query_message, maxNum, 64);
	RMQI_SET(&h, query_message, beginTimestamp, 0);
	RMQI_SET(&h, query_message, endTimestamp, INT64_MAX);
	ck_assert_msg(ask(RMQI_REQ_QUERY_MESSAGE, &rmqi_desc_query_message, &h) ==
			      RMQI_RESP_SUCCESS,
		      "%s is not found", key);
}

static void audit(void)
{
	memset(seen, 0, sizeof(seen));
	for (int64_t offset = 0; offset >= 0;)
		offset = pull(offset);
	for (int i = 0; i < next; i++) {
		int whole = kind_of(i) == BATCH ? PARTS : 1;

		if (kind_of(i) == HALF)
			continue;
		ck_assert_msg(!acked[i] || seen[i], "message %d was acknowledged and is lost", i);
		ck_assert_msg(!seen[i] || seen[i] == whole, "message %d is there %d times", i,
			      seen[i]);
		if (seen[i] && i % 17 == 0)
			query(i);
	}
}

static int rounds(void)
{
	const char *text = getenv("RMQ_KILL_ROUNDS");

	return text ? atoi(text) : ROUNDS;
}

START_TEST(kill__daemon_under_load_loses_nothing)
{
	struct rmqi_rand rand;
	int status;

	begin();
	rmqi_rand_init(&rand, (uint64_t)wall_ms());
	start();
	for (int i = 0; i < rounds(); i++) {
		kill_under_load(&rand);
		start();
		audit();
		/* And once more, on what the recovery left. */
		if (i % 2 == 0) {
			child_end(&child, SIGKILL, STOP_MS);
			start();
			audit();
		}
	}
	status = child_end(&child, SIGTERM, STOP_MS);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	start();
	audit();
	child_end(&child, SIGTERM, STOP_MS);
	if (getenv("RMQ_KILL_ROUNDS"))
		printf("# %d kills, %d sends acknowledged of %d, none lost\n", rounds(), acks, next);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {kill__daemon_under_load_loses_nothing};

	return run_suite("kill", tests, RMQI_COUNT(tests));
}
