/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/producer/transaction_scene.h"

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "base/mem.h"
#include "codec/properties.h"

struct rmq_producer *producer;
struct rmq_transaction *transaction;

enum rmq_transaction_state verdict;
int asked;
char asked_id[64], asked_body[64], asked_topic[64];
int64_t asked_takes_ms;
void (*asked_does)(void);

const struct question usual = {.id = "ID-OF-THE-QUESTION",
			       .group = "G",
			       .body = "hello",
			       .table_offset = 7,
			       .log_offset = 700};

void set_up(void)
{
	stage_set_up();
	fake_peer_offset_id(a, HALF_ID);
	fake_peer_offset_id(b, HALF_ID);
	verdict = RMQ_TRANSACTION_UNKNOWN;
	asked = 0;
	asked_id[0] = asked_body[0] = asked_topic[0] = '\0';
	asked_takes_ms = 0;
	asked_does = NULL;
}

void tear_down(void)
{
	rmqi_transaction_free(transaction);
	transaction = NULL;
	rmqi_producer_free(producer);
	producer = NULL;
	stage_tear_down();
}

static enum rmq_transaction_state check_fn(const rmq_message *m, void *arg)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);

	ck_assert_ptr_eq(arg, &verdict);
	asked++;
	snprintf(asked_id, sizeof(asked_id), "%s", rmq_message_id(m));
	snprintf(asked_topic, sizeof(asked_topic), "%s", rmq_message_topic(m));
	snprintf(asked_body, sizeof(asked_body), "%.*s", (int)len, body);
	if (asked_takes_ms)
		fake_world_advance(&world, asked_takes_ms);
	if (asked_does)
		asked_does();
	return verdict;
}

static void start(const char *text)
{
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_membership_set_check_fn(&producer->membership, "G", check_fn,
						      &verdict, detail),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	stage_learn_route(producer->client);
}

void start_with_two(void)
{
	start(stage_route_of_two(2));
}

void start_with_one(void)
{
	start(stage_route_of_one(4));
}

enum rmq_error begin(void)
{
	rmqi_detail_clear(detail);
	return rmqi_transaction_begin(producer, message, NULL, &transaction, detail);
}

void begin_ok(void)
{
	ck_assert_msg(begin() == RMQ_OK, "%s", rmq_error_detail_message(detail));
}

enum rmq_error commit(void)
{
	rmqi_detail_clear(detail);
	return rmqi_transaction_end(transaction, RMQ_TRANSACTION_COMMIT, detail);
}

enum rmq_error rollback(void)
{
	rmqi_detail_clear(detail);
	return rmqi_transaction_end(transaction, RMQ_TRANSACTION_ROLLBACK, detail);
}

const char *end_field(struct fake_peer *p, size_t n, const char *key)
{
	return fake_request_field(fake_peer_request(p, END, n), key);
}

static void tell(struct fake_peer *p, const struct question *q, struct rmqi_cursor body)
{
	struct rmqi_h_check_transaction_state h = {.tranStateTableOffset = q->table_offset,
						   .commitLogOffset = q->log_offset};

	if (q->id) {
		RMQI_SET(&h, check_transaction_state, msgId, rmqi_str(q->id));
		RMQI_SET(&h, check_transaction_state, transactionId,
			 rmqi_str(q->transaction_id ? q->transaction_id : q->id));
	}
	RMQI_SET(&h, check_transaction_state, offsetMsgId, RMQI_STR(HALF_ID));
	if (!q->is_old) {
		RMQI_SET(&h, check_transaction_state, topic, RMQI_STR("RMQ_SYS_TRANS_HALF_TOPIC"));
		RMQI_SET(&h, check_transaction_state, bname, RMQI_STR("a"));
	}
	fake_peer_tell_body(p, CHECK, &rmqi_desc_check_transaction_state, &h, body);
	if (!q->is_on_its_way)
		fake_world_advance(&world, 5);
}

void ask_with(struct fake_peer *p, const struct question *q)
{
	struct rmqi_stored_message m = {
		.topic = RMQI_STR("T"),
		.sys_flag = q->sys_flag,
		.queue_offset = q->table_offset,
		.physical_offset = q->log_offset,
		.body = rmqi_cursor(q->body, q->body_len ? q->body_len : strlen(q->body))};
	struct rmqi_buf properties, record;

	rmqi_buf_init(&properties, 1024);
	rmqi_buf_init(&record, 64 * 1024);
	if (q->id)
		rmqi_properties_add(&properties, RMQI_STR("UNIQ_KEY"), rmqi_str(q->id));
	if (q->group)
		rmqi_properties_add(&properties, RMQI_STR("PGROUP"), rmqi_str(q->group));
	rmqi_properties_add(&properties, RMQI_STR("TRAN_MSG"), RMQI_STR("true"));
	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&properties));
	ck_assert_int_eq(rmqi_message_encode(&record, &m), RMQ_OK);
	tell(p, q, rmqi_buf_cursor(&record));
	rmqi_buf_deinit(&properties);
	rmqi_buf_deinit(&record);
}

void ask_garbage(struct fake_peer *p, const void *bytes, size_t len)
{
	tell(p, &usual, rmqi_cursor(bytes, len));
}
