/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.h - programs that a test starts, and the small things around them.
 *
 * A child dies with the test that started it (Linux: PR_SET_PDEATHSIG).
 * Thread: one owner at a time.
 */
#ifndef TESTS_SUPPORT_CHILD_H
#define TESTS_SUPPORT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: none */
	int out;   /* its standard output, -1: none */
	char line[4096];
	size_t len; /* bytes of `line` that were read and not handed out */
};

/* argv[0] is a path; standard error goes to the file `log` (NULL: stays ours). */
bool child_start(struct child *c, const char *const *argv, const char *log);
/* The next line of its output without the newline, within max_ms; false: none came. A longer line
 * than fits is cut. */
bool child_read_line(struct child *c, char *out, size_t size, int64_t max_ms);
/* Signals it (0: just waits) and reaps it; after max_ms it is killed. Returns the wait status, -1
 * when it had to be killed. */
int child_end(struct child *c, int signal_number, int64_t max_ms);

/* Milliseconds of a clock that never goes back. */
int64_t real_ms(void);
/* Milliseconds since the epoch. */
int64_t wall_ms(void);
/* Looks every few milliseconds; false when max_ms passed before. */
bool wait_real(int (*done)(void *arg), void *arg, int64_t max_ms);
/* A wait of a polling loop; never the way to wait for an event. */
void pause_ms(int ms);
/* A port on which nothing listens now. `host` is an IPv4 or IPv6 loopback address. */
int free_port(const char *host);
bool ipv6_loopback_works(void);
/* A new folder below TMPDIR; remove_tree removes one with all that is in it. */
bool make_scratch(char *out, size_t size);
void remove_tree(const char *path);

#endif
