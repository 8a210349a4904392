/* SPDX-License-Identifier: Apache-2.0 */
/*
 * behaviour.h - one claim about a cluster and its clients, and where all of them are listed.
 */
#ifndef TESTS_CONFORMANCE_BEHAVIOUR_H
#define TESTS_CONFORMANCE_BEHAVIOUR_H

#include <stdbool.h>
#include <stddef.h>

/* How the process of a behaviour ends. */
enum { BEHAVIOUR_PASSED = 0, BEHAVIOUR_FAILED = 1, BEHAVIOUR_SKIPPED = 77 };

struct behaviour {
	const char *name;
	void (*run)(void);
	unsigned needs; /* enum need */
	bool is_each;   /* on each kind of consumer that gives `asks`; else with push alone */
	unsigned asks;  /* SINK_... of sink_kind.h */
};

#define BEHAVIOUR(function, needs)                   \
	{                                            \
#function, function, needs, false, 0 \
	}
/* Of what a consumer is promised, whatever its kind. */
#define BEHAVIOUR_EACH(function, needs, asks)          \
	{                                              \
#function, function, needs, true, asks \
	}

struct behaviours {
	const struct behaviour *list;
	size_t count;
};

/* At the end of a file: what it offers. */
#define BEHAVIOURS(name)                                          \
	const struct behaviours behaviours_##name = {name##_list, \
						     sizeof(name##_list) / sizeof(name##_list[0])}

#define BEHAVIOUR_FILE(name) extern const struct behaviours behaviours_##name;
#include "tests/conformance/behaviour_files.def"

#endif
