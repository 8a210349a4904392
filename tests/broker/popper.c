/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/broker/popper.h"

#include <stdio.h>
#include <string.h>

#include "codec/body_pop.h"

#define GROUP "G"
#define TOPIC "T"

struct rmqi_h_pop_message pop_header(struct peer *p)
{
	struct rmqi_h_pop_message h = {
		.consumerGroup = RMQI_STR(GROUP),
		.topic = RMQI_STR(TOPIC),
		.queueId = -1,
		.maxMsgNums = 32,
		.invisibleTime = 60000,
		.pollTime = 0,
		.bornTime = rig_now(p->rig),
		.initMode = 0,
	};

	RMQI_SET(&h, pop_message, expType, RMQI_STR("TAG"));
	RMQI_SET(&h, pop_message, exp, RMQI_STR("*"));
	return h;
}

int32_t peer_pop_with(struct peer *p, const struct rmqi_h_pop_message *h)
{
	return peer_ask(p, p->rig->broker, RMQI_REQ_POP_MESSAGE, &rmqi_desc_pop_message, h, NULL);
}

int32_t peer_pop(struct peer *p)
{
	struct rmqi_h_pop_message h = pop_header(p);

	return peer_pop_with(p, &h);
}

int32_t peer_pop_orderly(struct peer *p, const char *attempt_id)
{
	struct rmqi_h_pop_message h = pop_header(p);

	RMQI_SET(&h, pop_message, order, true);
	if (attempt_id)
		RMQI_SET(&h, pop_message, attemptId, rmqi_str(attempt_id));
	return peer_pop_with(p, &h);
}

/* MQClientAPIImpl.processPopResponse */
static struct rmqi_receipt make_receipt(struct peer *p, const struct rmqi_stored_message *m)
{
	struct rmqi_receipt r = {
		.pop_ms = peer_ext_i64(p, "popTime"),
		.invisible_ms = peer_ext_i64(p, "invisibleTime"),
		.revive_queue = (int32_t)peer_ext_i64(p, "reviveQid"),
		.broker_name = RMQI_STR(BROKER),
		.queue_id = m->queue_id,
		.offset = m->queue_offset,
	};

	ck_assert(rmqi_pop_start(rmqi_str(peer_ext(p, "startOffsetInfo")), RMQI_POP_NORMAL,
				 m->queue_id, &r.start));
	return r;
}

struct popped peer_popped(struct peer *p, size_t n)
{
	struct rmqi_stored_message m = peer_message(p, n);
	struct popped popped = {.reconsume_times = m.reconsume_times};
	const char *given = peer_property(p, n, RMQI_PROP_POP_CK);
	struct rmqi_receipt made;

	snprintf(popped.body, sizeof(popped.body), "%.*s", (int)m.body.len,
		 (const char *)m.body.ptr);
	if (*given) {
		snprintf(popped.receipt, sizeof(popped.receipt), "%s", given);
	} else {
		made = make_receipt(p, &m);
		rmqi_receipt_write(&made, popped.receipt, sizeof(popped.receipt));
	}
	ck_assert(rmqi_receipt_read(rmqi_str(popped.receipt), &popped.is));
	popped.is.broker_name = RMQI_STR(BROKER);
	rmqi_pop_topic(popped.is.mark, GROUP, TOPIC, popped.topic);
	return popped;
}

int32_t peer_ack_as(struct peer *p, const struct popped *m, const char *group)
{
	const struct rmqi_h_ack_message h = {
		.consumerGroup = rmqi_str(group),
		.topic = rmqi_str(m->topic),
		.queueId = m->is.queue_id,
		.extraInfo = rmqi_str(m->receipt),
		.offset = m->is.offset,
	};

	return peer_ask(p, p->rig->broker, RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message, &h, NULL);
}

int32_t peer_ack(struct peer *p, const struct popped *m)
{
	return peer_ack_as(p, m, GROUP);
}

int32_t peer_change(struct peer *p, struct popped *m, int64_t invisible_ms)
{
	const struct rmqi_h_change_invisible_time h = {
		.consumerGroup = RMQI_STR(GROUP),
		.topic = rmqi_str(m->topic),
		.queueId = m->is.queue_id,
		.extraInfo = rmqi_str(m->receipt),
		.offset = m->is.offset,
		.invisibleTime = invisible_ms,
	};
	int32_t code = peer_ask(p, p->rig->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME,
				&rmqi_desc_change_invisible_time, &h, NULL);

	if (code != 0 || peer_ext_i64(p, "popTime") == 0)
		return code;
	if (m->is.revive_queue != RMQI_POP_ORDERLY_QUEUE)
		m->is.start = m->is.offset;
	m->is.pop_ms = peer_ext_i64(p, "popTime");
	m->is.invisible_ms = peer_ext_i64(p, "invisibleTime");
	rmqi_receipt_write(&m->is, m->receipt, sizeof(m->receipt));
	return code;
}

int32_t peer_ack_batch(struct peer *p, const struct popped *const *messages, size_t count)
{
	const struct rmqi_receipt *first = &messages[0]->is;
	uint8_t bits[32] = {0};
	char group[] = GROUP, topic[] = TOPIC, broker[] = BROKER;
	struct rmqi_batch_ack ack = {
		.consumer_group = group,
		.topic = topic,
		.mark = first->mark,
		.start = first->start,
		.queue_id = first->queue_id,
		.revive_queue = first->revive_queue,
		.pop_ms = first->pop_ms,
		.invisible_ms = first->invisible_ms,
		.bits = bits,
		.bits_len = sizeof(bits),
	};
	struct rmqi_batch_acks all = {.broker_name = broker, .acks = &ack, .count = 1};
	struct rmqi_buf body;
	int32_t code;

	for (size_t i = 0; i < count; i++) {
		int64_t at = messages[i]->is.offset - first->start;

		ck_assert(at >= 0 && at < 256);
		bits[at / 8] |= (uint8_t)(1 << at % 8);
	}
	rmqi_buf_init(&body, 65536);
	ck_assert_int_eq(rmqi_batch_acks_encode(&all, &body), RMQ_OK);
	code = peer_ask_bytes(p, p->rig->broker, RMQI_REQ_BATCH_ACK_MESSAGE, NULL, NULL,
			      rmqi_buf_cursor(&body));
	rmqi_buf_deinit(&body);
	return code;
}

static size_t count_records(struct rmqi_cursor body)
{
	struct rmqi_stored_message m;
	size_t count = 0;

	while (body.len > 0) {
		ck_assert_int_eq(rmqi_message_decode(&body, &m), RMQ_OK);
		count++;
	}
	return count;
}

static void popping_done(struct rmqi_call *call, enum rmq_error error,
			 const struct rmqi_command *response)
{
	struct popping *popping = RMQI_CONTAINER(call, struct popping, call);

	popping->is_done = true;
	popping->error = error;
	popping->done_ms = rig_now(popping->peer->rig);
	if (error != RMQ_OK)
		return;
	popping->code = response->code;
	popping->count = count_records(response->body);
}

void peer_start_pop(struct peer *p, struct popping *popping, const struct rmqi_h_pop_message *h)
{
	const struct rmqi_outgoing request = {
		.code = RMQI_REQ_POP_MESSAGE, .desc = &rmqi_desc_pop_message, .header = h};

	*popping = (struct popping){.call = {.fn = popping_done}, .peer = p};
	rmqi_rpc_call_async(p->rpc, p->rig->broker, &request,
			    rmqi_clock_deadline(p->rig->env->clock, 300 * 1000), &popping->call);
	rig_advance(p->rig, 1);
}
