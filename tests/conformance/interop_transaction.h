/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interop_transaction.h - the transactions of interop.c, for exchanges with other clients.
 *
 *     transaction   message 3k is committed, 3k+1 rolled back, 3k+2 left open and committed when a broker asks
 *     leave-open    begins them all and ends none
 *     answer        begins nothing: commits what brokers ask about, until it was asked about so many
 *
 * They print "SENT <body>" for what will be delivered.
 */
#ifndef TESTS_CONFORMANCE_INTEROP_TRANSACTION_H
#define TESTS_CONFORMANCE_INTEROP_TRANSACTION_H

#include <rocketmq/rocketmq.h>

struct interop_transaction {
	const char *verb, *topic, *group, *prefix;
	long count;
	long timeout_s; /* for the questions */
};

/* 0: done; 1: failed, or not asked in time, told on stderr; 2: another verb. */
int interop_transaction(const rmq_config *config, const struct interop_transaction *what);

#endif
