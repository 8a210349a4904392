/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complain.h - what goes wrong, in words on stderr and as an exit status.
 *
 * Thread: any; a line is one write, so those of several threads do not mix.
 */
#ifndef TOOLS_CLI_COMPLAIN_H
#define TOOLS_CLI_COMPLAIN_H

#include <stdbool.h>

#include <rocketmq/error.h>

/* What the process ends with; the manual page has them. */
enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_PARTIAL = 3,     /* some of the messages were not sent */
	CLI_TOO_FEW = 4,     /* fewer messages came than were asked for */
	CLI_DENIED = 5,      /* authentication or authorization */
	CLI_UNREACHABLE = 6, /* no name server or no broker answers */
	CLI_INTERRUPTED = 130
};

/* "rmq-cli: " and the sentence. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, unless -q. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warn_never(void); /* -q */
/* The same and where help is; CLI_USAGE. */
int wrong_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "what: sentence of the detail"; frees the detail. The status that belongs to the error. */
int complain_of(const char *what, enum rmq_error error, rmq_error_detail *detail);
/* What complain_of would return. */
int status_of(enum rmq_error error);
/* The sentence of a failure; never empty. Borrowed, as long as the detail. */
const char *cause_of(enum rmq_error error, const rmq_error_detail *detail);

#endif
