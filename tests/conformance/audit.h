/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit.h - what was sent against what arrived.
 *
 * Every message of an audit has an id, 0, 1, 2, ..., and a body that follows from
 * the id and the scene's seed. The producer's side notes what was acknowledged and
 * where; the consumer's side notes each delivery. The verdict counts what is lost,
 * what came twice, what nobody sent, what is damaged, what came from another place
 * than was acknowledged, and what came out of order within its queue.
 *
 * Thread: any (locks inside).
 */
#ifndef TESTS_CONFORMANCE_AUDIT_H
#define TESTS_CONFORMANCE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/rocketmq.h>

enum { AUDIT_BODY_MIN = 24 };

struct audit;

struct audit_verdict {
	size_t acked;      /* acknowledged messages */
	size_t unsure;     /* failed sends that may have been stored */
	size_t delivered;  /* all deliveries */
	size_t lost;       /* acknowledged, never delivered */
	size_t duplicated; /* further deliveries of the same id */
	size_t unexpected; /* no body of this audit, or a message that was surely not stored */
	size_t damaged;    /* the body of an id with other bytes */
	size_t misplaced;  /* not from the acknowledged broker, queue and offset */
	size_t disordered; /* a first delivery below one before, in its queue */
};

struct audit *audit_new(size_t capacity); /* freed with the scene */

/* The next message: `len` bytes of body, AUDIT_BODY_MIN at least, printable. Owned. */
rmq_message *audit_message(struct audit *a, const char *topic, size_t len, uint32_t *id);
void audit_acked(struct audit *a, uint32_t id, const rmq_send_result *r);
void audit_unsure(struct audit *a, uint32_t id);
/* Sends the next message and notes what came of it. */
enum rmq_error audit_try_send(struct audit *a, rmq_producer *p, const char *topic, size_t len,
			      int64_t timeout_ms);
/* The same n times; a failure ends the scene. */
void audit_send(struct audit *a, rmq_producer *p, const char *topic, size_t n, size_t len);

void audit_delivered(struct audit *a, const rmq_message *m);
void audit_delivered_body(struct audit *a, const void *body, size_t len, const char *broker,
			  int32_t queue, int64_t offset);
size_t audit_sent_count(struct audit *a);
size_t audit_delivered_count(struct audit *a);

/* Is each acknowledged message delivered? */
bool audit_is_complete(struct audit *a);
bool audit_wait(struct audit *a, int64_t max_ms);
void audit_judge(struct audit *a, struct audit_verdict *out);

enum audit_allow { AUDIT_EXACT = 0, AUDIT_DUPLICATES = 1, AUDIT_DISORDER = 2, AUDIT_MOVED = 4 };
/* Waits until it is complete, and ends the scene unless the verdict is clean but for `allow`. */
void audit_expect(struct audit *a, unsigned allow);

void audits_free(void);

#endif
