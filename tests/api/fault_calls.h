/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_calls.h - the calls of the matrix of faults, one of each kind, and the stage that each needs.
 *
 * Thread: that of the virtual time, everything.
 */
#ifndef TESTS_API_FAULT_CALLS_H
#define TESTS_API_FAULT_CALLS_H

#include "tests/api/api.h"

enum { FAULT_DEADLINE_MS = 3000, FAULT_COMMIT_MS = 5000, FAULT_GRACE_MS = 50 };

/* A cluster, and what calls on it. Only what the kind needs is there. */
struct fault_stage {
	rmq_mock_cluster *cluster;
	rmq_config *config;
	rmq_producer *producer;
	rmq_pull_consumer *puller;
	rmq_simple_consumer *popper;
	rmq_push_consumer *pusher;
	rmq_queues *queues;
	int completions; /* callbacks, or messages that a listener got */
	enum rmq_error error;
};

/* A kind of call: which requests its faults are for, and the call; errors are those of its own end. */
struct fault_call {
	const char *name;
	const char *codes;
	void (*prepare)(struct fault_stage *s);
	enum rmq_error (*call)(struct fault_stage *s);
	int deadline_ms;
	bool is_oneway;    /* nobody waits for an answer */
	bool has_callback; /* it counts completions */
	bool has_other_end; /* it goes well, too, when what was stored is answered by somebody else */
	bool goes_on;   /* in the background: what is waited for comes later, once, whatever the call says */
};

extern const struct fault_call fault_calls[];
extern const size_t fault_call_count;

void fault_stage_open(struct fault_stage *s, const struct fault_call *call);
void fault_stage_close(struct fault_stage *s);

#endif
