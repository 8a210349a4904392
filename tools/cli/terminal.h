/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.h - a terminal as a screen to draw on, and one that does not echo. Plain sequences (ECMA-48, and xterm's for
 * the other screen), no library.
 *
 * Whatever ends the process, save SIGKILL, leaves the terminal as it was: signals that kill are caught for that, and
 * SIGTSTP, which gives it back until SIGCONT.
 *
 * Thread: one owner.
 */
#ifndef TOOLS_CLI_TERMINAL_H
#define TOOLS_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* stdout is a terminal, and TERM does not say that it understands nothing. */
bool terminal_can_draw(void);
/* NO_COLOR is not set (no-color.org). */
bool terminal_has_colour(void);
/* The locale says UTF-8. */
bool terminal_is_utf8(void);

/* The other screen, without a cursor; keys come at once and are not echoed. False: no descriptor is left. */
bool terminal_begin(void);
/* As it was. Nothing without a begin. */
void terminal_end(void);
struct terminal_size {
	int rows, columns; /* 1.. */
};
struct terminal_size terminal_size(void);

enum terminal_event {
	TERMINAL_TIME, /* the ms are over */
	TERMINAL_KEY,
	TERMINAL_RESIZED, /* or shown again */
	TERMINAL_STOP     /* stop.h */
};

/* Between begin and end. *key: of TERMINAL_KEY. */
enum terminal_event terminal_wait(int64_t ms, char *key);

/* What is typed is not echoed until terminal_end. False: stdin is no terminal. */
bool terminal_hide_input(void);

#endif
