/* SPDX-License-Identifier: Apache-2.0 */
/*
 * popping.h - one pop of a broker: what is asked, and what its answer holds (MQClientAPIImpl.popMessageAsync,
 * processPopResponse). Receipts and their rules: doc/reference/pop.md.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_POPPING_H
#define RMQI_CONSUMER_POPPING_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/message.h"
#include "codec/schema.h"
#include "consumer/consumer.h"
#include "net/conn.h"

enum { RMQI_POP_MAX = 32 }; /* messages: a broker refuses more (PopMessageProcessor.java) */

struct rmqi_popping {
	struct rmqi_consumer *consumer;
	const struct rmqi_sub *sub;
	const char *broker_name;
	int32_t queue_id; /* -1: any of that broker */
	int32_t max;      /* 1..RMQI_POP_MAX */
	int64_t invisible_ms;
	int64_t poll_ms; /* how long the broker may hold it; 0: it answers at once */
	bool is_orderly;
	bool is_lite;  /* its lite topics (lite_pop.h) */
	int64_t *rest; /* of an answer with messages: how many there are behind these; may be NULL */
};

/*
 * bornTime of a request that the broker may hold for poll_ms. 0: it counts from when it reads the request, by
 * its own clock, so no clock of ours can be wrong. A broker that checks accounts (ACL 2.0, 5.3.3) takes 0 for the
 * year 1970 and answers that it is too late, as if the header were decoded before the broker's time is put into
 * it. So what is signed says our time; a request that is not held says one that is ahead, as only a time that is
 * behind is judged (PopMessageRequestHeader.isTimeoutTooMuch).
 */
int64_t rmqi_popping_born_ms(const struct rmqi_consumer *c, int64_t poll_ms);
/* `out` points into `h`. */
void rmqi_popping_request(const struct rmqi_popping *p, struct rmqi_h_pop_message *h,
			  struct rmqi_outgoing *out);

/* Is there something to pop? The broker may keep the question for poll_ms (NotificationProcessor). */
void rmqi_popping_question(const struct rmqi_popping *p, struct rmqi_h_notification *h,
			   struct rmqi_outgoing *out);

/* Takes what an answer with code 0 holds: `fn` gets each block of messages (moved), which all have their
 * receipts; asked_us is when the request was sent, by rmqi_clock_boot_us. A record that cannot be read is told (unreadable.h), and
 * comes again after the invisible time; those behind it are handed over all the same.
 * RMQ_ERR_CORRUPT (no next record can be found), RMQ_ERR_PROTOCOL, RMQ_ERR_NO_MEMORY: what was handed over before stays so; the rest comes again. */
typedef void (*rmqi_popping_fn)(void *arg, struct rmqi_message_block *block);
enum rmq_error rmqi_popping_take(const struct rmqi_popping *p, const struct rmqi_command *response,
				 int64_t asked_us, rmqi_popping_fn fn, void *arg) RMQI_MUST_USE;

/* What an answer without messages tells of those behind it (restNum): true if there are some, and fewer than *behind.
 * Then the filter passed over a part of a backlog (a pop looks at 800 entries a queue), or another member was at
 * work, and the next pop may bring some: PopMessageProcessor, too, runs a held pop again at once. False: it would be in
 * vain, a question tells when there is something. *behind is how many there are now; INT64_MAX before the first pop
 * of a series. */
bool rmqi_popping_goes_on(const struct rmqi_command *response, int64_t *behind);
/* How long to wait before the next pop of one that goes on, after so many without a message in a row. 0 at first:
 * a filter passes over its part at once. Then longer and longer: what there is gets less, too, while others, who
 * hold the locks of the queues, take it. */
int64_t rmqi_popping_pause_ms(unsigned vain);

/* Does this refusal, or (response NULL) the version of the broker at this address, say that it knows no POP? */
bool rmqi_popping_is_unknown(const struct rmqi_consumer *c, const char *address,
			     const struct rmqi_command *response);
/* The sentence for that; returns RMQ_ERR_UNSUPPORTED. */
enum rmq_error rmqi_popping_unknown(const struct rmqi_consumer *c, const char *broker_name,
				    const char *address, struct rmq_error_detail *detail);

#endif
