/* SPDX-License-Identifier: Apache-2.0 */
/*
 * behaviour.h - one claim about a cluster and its clients, and where all of them are listed.
 */
#ifndef TESTS_CONFORMANCE_BEHAVIOUR_H
#define TESTS_CONFORMANCE_BEHAVIOUR_H

#include <stddef.h>

/* How the process of a behaviour ends. */
enum { BEHAVIOUR_PASSED = 0, BEHAVIOUR_FAILED = 1, BEHAVIOUR_SKIPPED = 77 };

struct behaviour {
	const char *name;
	void (*run)(void);
	unsigned needs; /* enum need */
};

#define BEHAVIOUR(function, needs)         \
	{                                  \
#function, function, needs \
	}

struct behaviours {
	const struct behaviour *list;
	size_t count;
};

/* At the end of a file: what it offers. */
#define BEHAVIOURS(name)                                          \
	const struct behaviours behaviours_##name = {name##_list, \
						     sizeof(name##_list) / sizeof(name##_list[0])}

extern const struct behaviours behaviours_send, behaviours_consume, behaviours_filter,
	behaviours_rebalance, behaviours_offsets, behaviours_retry, behaviours_restart,
	behaviours_topics, behaviours_transport, behaviours_close;

#endif
