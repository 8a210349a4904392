/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checks.h - a broker asks what became of a transaction (ClientRemotingProcessor.checkTransactionState,
 * DefaultMQProducerImpl.checkTransactionState, TransactionMQProducer; request 39).
 *
 *     loop: is it for us? --> queue, bounded --> check thread: the user's function --> request 37
 *
 * As in Java, checkThreadPoolMinSize threads are at work at most, and up to checkThreadPoolMaxSize when
 * checkRequestHoldMax questions wait; then what comes is dropped. The bodies that wait are bounded, too.
 * What is dropped, cannot be read or is not for us is told in the log, counted and seldom; the broker asks
 * again.
 *
 * A transaction that this process has begun and not decided (ledger.h) is answered with "unknown", without
 * the function. An answer of the function is sent as a call, so that a refusal is told in the log.
 *
 * Counted: a function that does not return outlives the producer.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_PRODUCER_CHECKS_H
#define RMQI_PRODUCER_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/transaction.h>

#include "base/macros.h"
#include "base/reminder.h"
#include "client/client.h"
#include "producer/ledger.h"
#include "send/trace.h"

enum { RMQI_CHECK_BYTES_MAX = 64 * 1024 * 1024 /* of half messages that wait for the function */ };

struct rmqi_checks;

/* `client` and `trace` (NULL: none) must outlive its close, and all calls of the client; `group` is copied. RMQ_ERR_NO_MEMORY, RMQ_ERR_SYSTEM (no thread is
 * left), RMQ_ERR_CONFIG. */
enum rmq_error rmqi_checks_new(struct rmqi_client *client, const char *group,
			       struct rmqi_ledger *ledger, struct rmqi_trace *trace,
			       rmq_transaction_check_fn fn, void *arg, struct rmqi_checks **out,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* A request of a broker. Thread: loop. */
void rmqi_checks_take(struct rmqi_checks *cs, const char *address,
		      const struct rmqi_command *request);
/* The same when there is no function: the log tells, seldom. Thread: loop. */
void rmqi_checks_refuse(struct rmqi_client *client, struct rmqi_reminder *r, const char *address);
/* Takes nothing any more; what waits is left to the broker. Waits until no function runs, but for those
 * that are in here; false: one still runs. What they answer from now on is not sent. Before the client is
 * closed, so that the last answers leave. As often as one likes. NULL is fine. Not on the loop. */
bool rmqi_checks_close(struct rmqi_checks *cs, int64_t deadline_us);
/* After close. Not on the loop, not from a function. NULL is fine. */
void rmqi_checks_free(struct rmqi_checks *cs);

#endif
