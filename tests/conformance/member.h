/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member.h - a consumer in a process of its own, to be killed without a farewell.
 *
 * The program starts itself again as "conformance --member ADDRESS TOPIC GROUP KIND"; that process
 * prints "MSG broker queue offset body" for each delivery, and closes in good order on SIGTERM.
 */
#ifndef TESTS_CONFORMANCE_MEMBER_H
#define TESTS_CONFORMANCE_MEMBER_H

#include <stddef.h>

#include "tests/conformance/audit.h"
#include "tests/support/child.h"

/* The last offset of a queue. */
struct member_place {
	char broker[64];
	int queue;
	long long last;
};

enum { MEMBER_PLACES = 64 };

struct member {
	struct child child;
	struct audit *audit; /* NULL: none */
	size_t count;        /* deliveries read */
	size_t disordered;   /* below one before, in its queue */
	struct member_place places[MEMBER_PLACES];
	size_t place_count;
};

void member_start(struct member *m, const char *topic, const char *group, struct audit *audit);
/* With an orderly listener. */
void member_start_orderly(struct member *m, const char *topic, const char *group,
			  struct audit *audit);
/* Reads what it has printed until now. */
void member_look(struct member *m);
/* SIGKILL; reads the rest of what it printed. */
void member_kill(struct member *m);

/* Has it close its consumer and end; reads the rest. */
void member_end(struct member *m);

int member_main(int argc, char **argv);

#endif
