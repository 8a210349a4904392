/* SPDX-License-Identifier: Apache-2.0 */
/*
 * membership.h - what makes a producer one that brokers ask about transactions: a check function, and
 * heartbeats to the brokers of its topics, whether it sends to them or not
 * (DefaultMQProducer's `topics`, 5.2).
 *
 * Thread: any but the loop, unless said otherwise.
 */
#ifndef RMQI_PRODUCER_MEMBERSHIP_H
#define RMQI_PRODUCER_MEMBERSHIP_H

#include <rocketmq/transaction.h>

#include "base/macros.h"
#include "base/reminder.h"
#include "base/thread.h"
#include "client/client.h"
#include "client/life.h"
#include "producer/checks.h"
#include "producer/ledger.h"

struct rmqi_membership {
	struct rmqi_client *client; /* borrowed, as the next three */
	struct rmqi_trace *trace;   /* NULL: off */
	struct rmqi_life *life;     /* of the producer */
	struct rmqi_ledger *ledger;
	struct rmqi_mutex mu;
	bool is_fixed;              /* mu */
	struct rmqi_checks *checks; /* mu, immutable once it is fixed; NULL: no check function */
	char **topics;              /* mu; owned, only appended to */
	size_t topic_count;         /* mu */
	struct rmqi_reminder unanswered; /* loop: questions, without `checks` */
};

/* `client` and `trace` are set when there are. */
void rmqi_membership_init(struct rmqi_membership *m, struct rmqi_life *life,
			  struct rmqi_ledger *ledger);
/* Before the client is freed. */
void rmqi_membership_deinit(struct rmqi_membership *m);

/* RMQ_ERR_STATE: it is fixed. */
enum rmq_error rmqi_membership_set_check_fn(struct rmqi_membership *m, const char *group,
					    rmq_transaction_check_fn fn, void *arg,
					    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_membership_add_topic(struct rmqi_membership *m, const char *topic,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* It starts, or is closed: the check function stays what it is. Before anybody else looks at `checks`. */
void rmqi_membership_fix(struct rmqi_membership *m);
bool rmqi_membership_has_check_fn(struct rmqi_membership *m);
/* It has started: to the brokers of the topics that were added until now. */
void rmqi_membership_announce(struct rmqi_membership *m);
/* A broker asks. Thread: loop. */
void rmqi_membership_asked(struct rmqi_membership *m, const char *address,
			   const struct rmqi_command *request);

#endif
