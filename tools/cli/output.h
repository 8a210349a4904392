/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - stdout: data, and nothing else. Collected, and written when there is enough, when somebody asks
 * for it, and at the end.
 *
 * A reader that has left (EPIPE) ends the program quietly. One that does not read holds the program up, until it
 * is to stop: then what does not fit within a second is given up.
 *
 * Thread: any; one piece is written whole.
 */
#ifndef TOOLS_CLI_OUTPUT_H
#define TOOLS_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/text.h"

/* False: it cannot be written any more, and the program is to stop (stop.h). */
bool output_add(const void *data, size_t len);
/* The text, which is empty then. False also: memory was out for it. */
bool output_take(struct text *t);
bool output_flush(void);
/* Flushes; `status`, or CLI_FAILED when something was not written for another reason than a reader that left. */
int output_end(int status);

#endif
