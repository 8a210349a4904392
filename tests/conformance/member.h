/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member.h - a consumer in a process of its own, to be killed without a farewell.
 *
 * The program starts itself again as "conformance --member ADDRESS TOPIC GROUP"; that process
 * prints "MSG broker queue offset body" for each delivery.
 */
#ifndef TESTS_CONFORMANCE_MEMBER_H
#define TESTS_CONFORMANCE_MEMBER_H

#include <stddef.h>

#include "tests/conformance/audit.h"
#include "tests/support/child.h"

struct member {
	struct child child;
	struct audit *audit; /* NULL: none */
	size_t count;        /* deliveries read */
};

void member_start(struct member *m, const char *topic, const char *group, struct audit *audit);
/* Reads what it has printed until now. */
void member_look(struct member *m);
/* SIGKILL; reads the rest of what it printed. */
void member_kill(struct member *m);

int member_main(int argc, char **argv);

#endif
