/* SPDX-License-Identifier: Apache-2.0 */
/*
 * each_kind.h - every way to send a message, as one function: what goes wrong with one of them is asked of
 * all. Public functions; a name server and two scripted brokers, in a simulation.
 *
 *     for (enum kind k = 0; k < KINDS; k++) {
 *             kind_open(k);
 *             send_kind(k, m, NULL, &end);      m is moved
 *             kind_close();                     nobody was told twice
 *     }
 *
 * There is one scene a process. Thread: the test's, which is the simulation's.
 */
#ifndef TESTS_PRODUCER_EACH_KIND_H
#define TESTS_PRODUCER_EACH_KIND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <check.h>

#include <rocketmq/rocketmq.h>

#include "codec/codes.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum kind {
	SYNC,
	ASYNC,
	ONEWAY,
	BATCH,       /* with a good message of the same topic before it */
	BATCH_ASYNC, /* as well */
	AUTOBATCH,
	AUTOBATCH_ASYNC,
	TRANSACTION, /* a half message, rolled back when it is stored */
	REQUEST,     /* nobody replies: what is stored ends with RMQ_ERR_NO_REPLY */
	REQUEST_ASYNC,
	KINDS
};

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, SEND_BATCH = RMQI_REQ_SEND_BATCH_MESSAGE };
enum { SEND_MS = 3000, MOMENT_MS = 5 };

/* How one send ended. */
struct end {
	bool was_refused; /* by the call itself */
	atomic_int told;  /* callbacks */
	enum rmq_error error;
	unsigned flags;
	char text[600];
	char id[64]; /* of the result, or of the detail */
};

extern struct fake_world world;
extern struct fake_peer *ns, *a, *b;
extern struct rmq_config *config;
extern rmq_producer *producer;
/* Run in each callback of an asynchronous kind, before it returns. kind_open clears it. */
extern void (*in_callback)(void);

const char *kind_name(enum kind k);
bool kind_is_async(enum kind k);
/* Does its end say what became of the message? */
bool kind_is_told(enum kind k);
/* Does it go to the brokers as a SEND_BATCH_MESSAGE? */
bool kind_is_batch(enum kind k);

/* A producer for that kind, started; the route of topic T is known: two queues on each of a and b. */
void kind_open(enum kind k);
/* In two steps: the configuration may be changed in between. */
void kind_prepare(enum kind k);
void kind_start(enum kind k);
/* Instead: over TCP in real time; nothing of the world may be used. */
void kind_prepare_real(enum kind k);
/* The route of topic T, and of the topic that replies are looked for in; before the start. NULL: two brokers. */
void kind_route(const char *brokers);
void set(const char *key, const char *value);
/* Closes it, and lets enough time pass for what must not come any more. */
void kind_close(void);

/* Sends and waits for the end. `m` is moved; `o` may be NULL. *end must stay until kind_close. */
void send_kind(enum kind k, rmq_message *m, const rmq_send_options *o, struct end *end);
/* Without waiting: of an asynchronous kind. */
void begin_kind(enum kind k, rmq_message *m, const rmq_send_options *o, struct end *end);
void wait_end(struct end *end);

/* A good one of topic T. */
rmq_message *good(void);
/* It is stored, whatever a kind calls that. */
void expect_stored(enum kind k, const struct end *end);
void expect_end(enum kind k, const struct end *end, enum rmq_error error, const char *says);
/* Requests that carry a message. */
size_t sent_to(struct fake_peer *p);

#endif
