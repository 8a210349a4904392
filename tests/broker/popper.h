/* SPDX-License-Identifier: Apache-2.0 */
/*
 * popper.h - a peer that pops (rig.h): requests of POP in the words of a test, and receipts as Java's client
 * makes them.
 */
#ifndef TESTS_BROKER_POPPER_H
#define TESTS_BROKER_POPPER_H

#include "codec/receipt.h"
#include "tests/broker/rig.h"

/* Of group G from all queues of topic T: 32 messages, a minute invisible, no waiting. */
struct rmqi_h_pop_message pop_header(struct peer *p);
int32_t peer_pop_with(struct peer *p, const struct rmqi_h_pop_message *h);
int32_t peer_pop(struct peer *p);
/* The same for what is popped in order. */
int32_t peer_pop_orderly(struct peer *p, const char *attempt_id);

/* What a message was popped as: kept beyond the next answer. */
struct popped {
	char receipt[RMQI_RECEIPT_MAX];
	char topic[RMQI_RETRY_TOPIC_MAX + 1]; /* where it lies */
	char body[64];
	struct rmqi_receipt is; /* the same as `receipt` */
	int32_t reconsume_times;
};

/* The n-th message of the last answer. */
struct popped peer_popped(struct peer *p, size_t n);

/* Acknowledge, or change, as the client of group G. */
int32_t peer_ack(struct peer *p, const struct popped *m);
int32_t peer_ack_as(struct peer *p, const struct popped *m, const char *group);
/* *m is then as it was popped now. */
int32_t peer_change(struct peer *p, struct popped *m, int64_t invisible_ms);
/* Those of one check point. */
int32_t peer_ack_batch(struct peer *p, const struct popped *const *messages, size_t count);

/* A pop that is not waited for. */
struct popping {
	struct rmqi_call call;
	struct peer *peer;
	bool is_done;
	enum rmq_error error;
	int32_t code;
	size_t count;
	int64_t done_ms; /* virtual wall clock */
};
void peer_start_pop(struct peer *p, struct popping *popping, const struct rmqi_h_pop_message *h);

#endif
