/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill_load.h - daemons that are killed while messages are sent to them: the daemons, the load, and the audit of what
 * they kept. One a process.
 *
 * The load numbers its messages. By their numbers they are plain ones, halves of transactions, or batches of three,
 * each with a key. A send that is answered with SUCCESS is acknowledged, and followed by the next one; any other answer
 * ends its slot, so that the load ends by itself when its broker dies.
 *
 *     kill_begin --> daemon_start --> load_start --> load_wait --> daemon_kill --> load_end --> daemon_start --> load_audit
 *
 * Thread: the test's; the load runs on a loop of its own. Whatever cannot go wrong in a sound test fails it.
 */
#ifndef TESTS_BROKER_KILL_LOAD_H
#define TESTS_BROKER_KILL_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/schema.h"
#include "net/rpc.h"
#include "tests/support/child.h"
#include "tests/support/suite.h"

enum { KILL_MS = 60000 /* that anything may take */ };

struct daemon {
	struct child child;
	const char *name;   /* of its files */
	char conf[4096];    /* its configuration */
	char address[512];  /* once started */
};

extern char kill_scratch[2048];
extern struct rmqi_response kill_answer; /* of the last kill_ask */

void kill_begin(void);
void kill_end(void);
/* How many kills the environment wants (RMQ_KILL_ROUNDS), else `usual`. */
int kill_rounds(int usual);
bool kill_is_long(void);

/* A broker with a store below kill_scratch; `more` are further lines of its file. */
void daemon_init(struct daemon *d, const char *name, const char *more);
void daemon_start(struct daemon *d);
/* SIGKILL */
void daemon_kill(struct daemon *d);
/* SIGTERM; it ends in order. */
void daemon_stop(struct daemon *d);

/* The response code. */
int32_t kill_ask(const struct daemon *d, int32_t code, const struct rmqi_header_desc *desc, const void *header);

void load_start(const struct daemon *d);
/* So many acknowledgements more, or a send that was refused. */
void load_wait(int acks);
/* All its sends have had an answer, or lost their broker. */
void load_end(void);
int load_acked(void);
int load_sent(void);
/* All that was acknowledged is there, once and whole, no half is seen, and keys find what there is. */
void load_audit(const struct daemon *d);

#endif
