/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/broker/kill_load.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "codec/codes.h"
#include "codec/message.h"
#include "mock-broker/store/big_endian.h"
#include "tests/broker/rig.h"
#include "tests/support/tree.h"

enum { IN_FLIGHT = 24, NUMBERS_MAX = 200 * 1000, PARTS = 3 /* of a batch */ };

enum kind { PLAIN, HALF, BATCH };

struct slot {
	struct rmqi_call call;
	int number;
};

char kill_scratch[2048];
struct rmqi_response kill_answer;

static char program[4096];
static struct rmqi_loop *loop;
static struct rmqi_rpc *rpc;

/* The loop's while the load runs, the test's when `over` is set. */
static const char *target;
static struct slot slots[IN_FLIGHT];
static bool acked[NUMBERS_MAX];
static uint8_t seen[NUMBERS_MAX];
static int next;
static struct rmqi_event enough, over;
/* Both look at them at any time. */
static atomic_int acks, acks_wanted, open_slots;

static enum kind kind_of(int number)
{
	if (number % 5 == 3)
		return HALF;
	return number % 5 == 4 ? BATCH : PLAIN;
}

/* --- Around it --------------------------------------------------------------------------------- */

void kill_begin(void)
{
	struct rmqi_rpc_config config = {0};

	snprintf(program, sizeof(program), "%s", tree_mock());
	ck_assert(make_scratch(kill_scratch, sizeof(kill_scratch)));
	ck_assert_int_eq(rmqi_loop_new(rmqi_env_real(), "test", &loop), RMQ_OK);
	config.loop = loop;
	ck_assert_int_eq(rmqi_rpc_new(&config, &rpc), RMQ_OK);
	rmqi_response_init(&kill_answer);
	rmqi_event_init(&enough, rmqi_env_real());
	rmqi_event_init(&over, rmqi_env_real());
}

void kill_end(void)
{
	rmqi_event_deinit(&enough);
	rmqi_event_deinit(&over);
	rmqi_response_deinit(&kill_answer);
	rmqi_rpc_close(rpc);
	rmqi_rpc_free(rpc);
	rmqi_loop_free(loop);
	remove_tree(kill_scratch);
}

bool kill_is_long(void)
{
	return getenv("RMQ_KILL_ROUNDS") != NULL;
}

int kill_rounds(int usual)
{
	return kill_is_long() ? atoi(getenv("RMQ_KILL_ROUNDS")) : usual;
}

/* --- The daemons -------------------------------------------------------------------------------- */

void daemon_init(struct daemon *d, const char *name, const char *more)
{
	FILE *f;

	*d = (struct daemon){.name = name};
	snprintf(d->conf, sizeof(d->conf), "%s/%s.conf", kill_scratch, name);
	f = fopen(d->conf, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"brokerName=b\nstorePathRootDir=%s/%s\nmappedFileSizeCommitLog=131072\n"
		"mappedFileSizeConsumeQueue=4000\nmaxHashSlotNum=997\nmaxIndexNum=1000\n%s",
		kill_scratch, name, more);
	ck_assert_int_eq(fclose(f), 0);
}

void daemon_start(struct daemon *d)
{
	const char *argv[] = {program, "broker", "-c", d->conf, "--listen", "127.0.0.1:0", NULL};
	char line[512], log[4096];

	snprintf(log, sizeof(log), "%s/%s.log", kill_scratch, d->name);
	ck_assert(child_start(&d->child, argv, log));
	ck_assert_msg(child_read_line(&d->child, line, sizeof(line), KILL_MS), "%s said nothing",
		      program);
	ck_assert_msg(strncmp(line, "BROKER_ADDR=", 12) == 0, "first line: %s", line);
	snprintf(d->address, sizeof(d->address), "%s", line + 12);
}

void daemon_kill(struct daemon *d)
{
	child_end(&d->child, SIGKILL, KILL_MS);
}

void daemon_stop(struct daemon *d)
{
	int status = child_end(&d->child, SIGTERM, KILL_MS);

	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int32_t kill_ask(const struct daemon *d, int32_t code, const struct rmqi_header_desc *desc, const void *header)
{
	const struct rmqi_outgoing request = {.code = code, .desc = desc, .header = header};

	ck_assert_int_eq(rmqi_rpc_call(rpc, d->address, &request,
				       rmqi_clock_deadline(rmqi_clock_real(), KILL_MS), &kill_answer,
				       NULL, NULL),
			 RMQ_OK);
	return kill_answer.command.code;
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
	rmqi_rpc_call_async(rpc, target, &request,
			    rmqi_clock_deadline(rmqi_clock_real(), KILL_MS), &s->call);
}

static void answered(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct slot *s = RMQI_CONTAINER(call, struct slot, call);
	bool is_last;

	if (error == RMQ_OK && response->code == RMQI_RESP_SUCCESS) {
		acked[s->number] = true;
		if (++acks >= acks_wanted)
			rmqi_event_set(&enough);
		send_next(s);
		return;
	}
	/* The daemon is dead, or refuses; then what is waited for would never come. */
	is_last = --open_slots == 0;
	rmqi_event_set(&enough);
	if (is_last)
		rmqi_event_set(&over);
}

static void load(void *arg)
{
	target = arg;
	for (int i = 0; i < IN_FLIGHT; i++)
		send_next(&slots[i]);
}

void load_start(const struct daemon *d)
{
	rmqi_event_reset(&over);
	open_slots = IN_FLIGHT;
	rmqi_loop_call(loop, load, (void *)(uintptr_t)d->address);
}

void load_wait(int count)
{
	acks_wanted = acks + count;
	rmqi_event_reset(&enough);
	if (acks >= acks_wanted || open_slots < IN_FLIGHT)
		return;
	ck_assert(rmqi_event_wait(&enough, rmqi_clock_deadline(rmqi_clock_real(), KILL_MS)));
}

void load_end(void)
{
	ck_assert(rmqi_event_wait(&over, rmqi_clock_deadline(rmqi_clock_real(), KILL_MS)));
	ck_assert_int_lt(next, NUMBERS_MAX - 10000);
}

int load_acked(void)
{
	return acks;
}

int load_sent(void)
{
	return next;
}

/* --- The audit --------------------------------------------------------------------------------- */

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

static int64_t pull(const struct daemon *d, int64_t offset)
{
	struct rmqi_h_pull_message h;
	struct rmqi_cursor rest;

	peer_pull_header(&h, "G", "T", 0, offset);
	if (kill_ask(d, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message, &h) != RMQI_RESP_SUCCESS)
		return -1;
	rest = kill_answer.command.body;
	while (rest.len > 0) {
		struct rmqi_stored_message m;

		ck_assert_int_eq(rmqi_message_decode(&rest, &m), RMQ_OK);
		ck_assert_int_eq(m.queue_offset, offset++);
		note(&m);
	}
	return offset;
}

/* Is it found by its key? */
static void query(const struct daemon *d, int number)
{
	struct rmqi_h_query_message h = {0};
	char key[32];

	snprintf(key, sizeof(key), "k%d", number);
	RMQI_SET(&h, query_message, topic, rmqi_str("T"));
	RMQI_SET(&h, query_message, key, rmqi_str(key));
	RMQI_SET(&h, query_message, maxNum, 64);
	RMQI_SET(&h, query_message, beginTimestamp, 0);
	RMQI_SET(&h, query_message, endTimestamp, INT64_MAX);
	ck_assert_msg(kill_ask(d, RMQI_REQ_QUERY_MESSAGE, &rmqi_desc_query_message, &h) ==
			      RMQI_RESP_SUCCESS,
		      "%s is not found", key);
}

void load_audit(const struct daemon *d)
{
	memset(seen, 0, sizeof(seen));
	for (int64_t offset = 0; offset >= 0;)
		offset = pull(d, offset);
	for (int i = 0; i < next; i++) {
		int whole = kind_of(i) == BATCH ? PARTS : 1;

		if (kind_of(i) == HALF)
			continue;
		ck_assert_msg(!acked[i] || seen[i], "message %d was acknowledged and is lost", i);
		ck_assert_msg(!seen[i] || seen[i] == whole, "message %d is there %d times", i,
			      seen[i]);
		if (seen[i] && i % 17 == 0)
			query(d, i);
	}
}
