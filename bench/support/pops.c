/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/pops.h"

#include <stdio.h>
#include <string.h>

#include "bench/support/measure.h"
#include "bench/support/scene.h"
#include "codec/body_pop.h"
#include "codec/codes.h"
#include "codec/message.h"

enum {
	IN_FLIGHT_MAX = 64,
	ACK = 1000, /* the opaque of an ack, behind that of its pop */
	BATCH_MAX = 32,
	SPAN_MAX = 1024 /* offsets of one queue in one answer, from the first one on */
};

#define BROKER "broker-a"

static struct {
	const struct pops *p;
	struct raw raw;
	struct rmqi_command command;
	struct rmqi_buf pops; /* the request of each, encoded once: pop i ends at ends[i] */
	size_t ends[IN_FLIGHT_MAX];
	struct rmqi_buf out;  /* what is written next */
	struct rmqi_buf body; /* of an ack */
	char group[32];
	char topic[64];
	char broker[16];
	size_t got, done; /* messages */
	/* Of the answer under way: a queue each. */
	struct rmqi_batch_ack acks[BATCH_MAX];
	uint8_t bits[BATCH_MAX][SPAN_MAX / 8];
	size_t ack_count;
	size_t acked[IN_FLIGHT_MAX]; /* messages of the ack under way */
} now;

static void encode_pop(size_t i)
{
	struct rmqi_h_pop_message h = {.consumerGroup = rmqi_str(now.group),
				       .topic = rmqi_str(now.topic),
				       .queueId = -1,
				       .maxMsgNums = now.p->batch,
				       .invisibleTime = now.p->invisible_ms,
				       .initMode = 0}; /* ConsumeInitMode.MIN */

	RMQI_SET(&h, pop_message, expType, RMQI_STR("TAG"));
	RMQI_SET(&h, pop_message, exp, RMQI_STR("*"));
	RMQI_SET(&h, pop_message, bname, RMQI_STR(BROKER));
	raw_encode(&now.pops, RMQI_JSON, RMQI_REQ_POP_MESSAGE, (int32_t)i, &rmqi_desc_pop_message,
		   &h, rmqi_cursor(NULL, 0));
	now.ends[i] = now.pops.len;
}

static void add_pop(size_t i)
{
	size_t from = i > 0 ? now.ends[i - 1] : 0;

	rmqi_buf_add(&now.out, rmqi_buf_data(&now.pops) + from, now.ends[i] - from);
}

/* --- The acks of an answer ---------------------------------------------------------------------- */

static struct rmqi_batch_ack *ack_of(const struct rmqi_h_pop_message_response *h, int32_t queue_id)
{
	struct rmqi_batch_ack *a;
	int64_t start;

	for (size_t i = 0; i < now.ack_count; i++)
		if (now.acks[i].queue_id == queue_id)
			return &now.acks[i];
	if (!rmqi_pop_start(h->startOffsetInfo, RMQI_POP_NORMAL, queue_id, &start))
		bench_die("raw: a queue without a start");
	a = &now.acks[now.ack_count];
	*a = (struct rmqi_batch_ack){.consumer_group = now.group,
				     .topic = now.topic,
				     .mark = RMQI_POP_NORMAL,
				     .start = start,
				     .queue_id = queue_id,
				     .revive_queue = h->reviveQid,
				     .pop_ms = h->popTime,
				     .invisible_ms = h->invisibleTime,
				     .bits = now.bits[now.ack_count]};
	memset(a->bits, 0, sizeof(now.bits[0]));
	now.ack_count++;
	return a;
}

static void take_record(const struct rmqi_h_pop_message_response *h, struct rmqi_cursor record)
{
	struct rmqi_cursor id = record, at = record;
	struct rmqi_batch_ack *a;
	int32_t queue_id = -1;
	int64_t offset = -1;
	size_t bit;

	if (!rmqi_cursor_skip(&id, RMQI_MESSAGE_AT_QUEUE_ID) || !rmqi_cursor_i32(&id, &queue_id) ||
	    !rmqi_cursor_skip(&at, RMQI_MESSAGE_AT_QUEUE_OFFSET) || !rmqi_cursor_i64(&at, &offset))
		bench_die("raw: a record without a place");
	a = ack_of(h, queue_id);
	if (offset < a->start || offset - a->start >= SPAN_MAX)
		bench_die("raw: offset %lld of a pop from %lld", (long long)offset,
			  (long long)a->start);
	bit = (size_t)(offset - a->start);
	a->bits[bit / 8] |= (uint8_t)(1U << bit % 8);
	if (bit / 8 + 1 > a->bits_len)
		a->bits_len = bit / 8 + 1;
}

static size_t take_records(const struct rmqi_h_pop_message_response *h, struct rmqi_cursor body)
{
	struct rmqi_cursor record;
	size_t count = 0;
	uint32_t len;

	now.ack_count = 0;
	for (; body.len > 0; count++) {
		struct rmqi_cursor head = body;

		if (count == BATCH_MAX || !rmqi_cursor_u32(&head, &len) ||
		    !rmqi_cursor_take(&body, len, &record))
			bench_die("raw: a body that is no messages");
		take_record(h, record);
	}
	return count;
}

static void add_ack(size_t i)
{
	struct rmqi_batch_acks all = {
		.broker_name = now.broker, .acks = now.acks, .count = now.ack_count};

	rmqi_buf_reset(&now.body);
	if (rmqi_batch_acks_encode(&all, &now.body) != RMQ_OK)
		bench_die("raw: an ack cannot be encoded");
	raw_encode(&now.out, RMQI_JSON, RMQI_REQ_BATCH_ACK_MESSAGE, (int32_t)(ACK + i), NULL, NULL,
		   rmqi_buf_cursor(&now.body));
}

/* --- Answers ------------------------------------------------------------------------------------ */

static void take_pop(size_t i, const struct raw_answer *answer)
{
	struct rmqi_h_pop_message_response h = {0};
	struct rmqi_frame frame;
	size_t count;

	if (rmqi_frame_parse(answer->frame, &frame) != RMQ_OK ||
	    rmqi_command_decode(&now.command, &frame) != RMQ_OK ||
	    rmqi_header_decode(&rmqi_desc_pop_message_response, &now.command, &h, NULL) != RMQ_OK)
		bench_die("raw: an answer that cannot be read");
	count = take_records(&h, frame.body);
	now.got += count;
	now.acked[i] = count;
	if (count > 0)
		add_ack(i);
	else if (now.got < now.p->whole)
		add_pop(i);
}

/* The next pop goes with the ack: the place of an ack is free by then, for answers keep their order. */
static void take_answer(const struct raw_answer *a)
{
	if (a->opaque >= ACK) {
		size_t i = (size_t)(a->opaque - ACK);

		if (a->code != 0 || i >= now.p->in_flight)
			bench_die("raw: an ack was answered with %d", (int)a->code);
		now.done += now.acked[i];
		return;
	}
	if (a->opaque < 0 || (size_t)a->opaque >= now.p->in_flight)
		bench_die("raw: an answer to nothing");
	take_pop((size_t)a->opaque, a);
	if (a->body.len > 0 && now.got < now.p->whole)
		add_pop((size_t)a->opaque);
}

static void open_run(const struct pops *p)
{
	static unsigned number;
	char address[SCENE_ADDRESS];

	if (p->in_flight > IN_FLIGHT_MAX)
		bench_die("raw: %zu pops in flight", p->in_flight);
	now.p = p;
	now.got = now.done = 0;
	snprintf(now.group, sizeof(now.group), "bench_raw_%u", number++);
	snprintf(now.topic, sizeof(now.topic), "%s", p->topic);
	snprintf(now.broker, sizeof(now.broker), "%s", BROKER);
	rmqi_command_init(&now.command);
	rmqi_buf_init(&now.pops, RMQI_FRAME_MAX);
	rmqi_buf_init(&now.out, RMQI_FRAME_MAX);
	rmqi_buf_init(&now.body, RMQI_FRAME_MAX);
	scene_broker(p->topic, address);
	raw_open(&now.raw, address);
	for (size_t i = 0; i < p->in_flight; i++) {
		encode_pop(i);
		add_pop(i);
	}
}

static void close_run(void)
{
	raw_close(&now.raw);
	rmqi_buf_deinit(&now.body);
	rmqi_buf_deinit(&now.out);
	rmqi_buf_deinit(&now.pops);
	rmqi_command_deinit(&now.command);
}

void pops_run(const struct pops *p)
{
	struct raw_answer a;

	open_run(p);
	while (now.done < p->whole) {
		raw_write(&now.raw, rmqi_buf_data(&now.out), now.out.len);
		rmqi_buf_reset(&now.out);
		raw_read(&now.raw);
		while (raw_take(&now.raw, &a))
			take_answer(&a);
	}
	if (now.got != p->whole)
		bench_die("raw: %zu messages of %zu", now.got, p->whole);
	close_run();
}
