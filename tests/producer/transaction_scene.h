/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_scene.h - a producer with transactions, on the stage (tests/support/stage.h).
 *
 * Broker a gets the first half message. Half messages are stored where HALF_ID says.
 *
 * Thread: the simulation's.
 */
#ifndef TESTS_PRODUCER_TRANSACTION_SCENE_H
#define TESTS_PRODUCER_TRANSACTION_SCENE_H

#include "codec/codes.h"
#include "codec/message.h"
#include "producer/producer.h"
#include "producer/transaction.h"
#include "tests/support/stage.h"

enum {
	HALF = RMQI_REQ_SEND_MESSAGE_V2,
	END = RMQI_REQ_END_TRANSACTION,
	CHECK = RMQI_REQ_CHECK_TRANSACTION_STATE,
	HALF_OFFSET = 0x1234
};
#define HALF_ID "7F00000100002A9F0000000000001234"

extern struct rmq_producer *producer;
extern struct rmq_transaction *transaction;

/* What the check function answers, how often it was asked, and what about. It lets `asked_takes_ms` pass. */
extern enum rmq_transaction_state verdict;
extern int asked;
extern char asked_id[64], asked_body[64], asked_topic[64];
extern int64_t asked_takes_ms;
extern void (*asked_does)(void);

void set_up(void);
void tear_down(void);
/* Started; with a check function. The route has both brokers, or a alone. */
void start_with_two(void);
void start_with_one(void);
/* The route was fetched, the brokers know the producer. */
void begin_ok(void);
enum rmq_error begin(void);
enum rmq_error commit(void);
enum rmq_error rollback(void);
/* Field of the n-th END_TRANSACTION that came to p. */
const char *end_field(struct fake_peer *p, size_t n, const char *key);

/* What a broker asks. */
struct question {
	const char *id;    /* UNIQ_KEY and msgId; NULL: none */
	const char *group; /* PGROUP; NULL: none */
	const char *body;
	size_t body_len; /* 0: a text */
	int32_t sys_flag;
	int64_t table_offset, log_offset;
	bool is_old;                /* 4.9: neither topic nor bname */
	bool is_on_its_way;         /* it arrives when time goes on */
	const char *transaction_id; /* NULL: id */
};
extern const struct question usual;
void ask_with(struct fake_peer *p, const struct question *q);
/* With bytes that are no message. */
void ask_garbage(struct fake_peer *p, const void *bytes, size_t len);

#endif
