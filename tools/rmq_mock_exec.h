/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock_exec.h - a command that runs as long as a cluster does, or the other way round.
 *
 * Thread: main, with the signals of exec_signals blocked in every thread.
 */
#ifndef TOOLS_RMQ_MOCK_EXEC_H
#define TOOLS_RMQ_MOCK_EXEC_H

#include <signal.h>

/* Those that are waited for. */
void exec_signals(sigset_t *out);
/* Runs argv with NAMESRV_ADDR=`namesrv` and RMQ_MOCK_CONTROL=http://`control` in its environment until it ends. TERM, HUP, QUIT, USR1 and USR2, and an
 * INT that did not come from the terminal (which tells the command itself), are passed on. Its exit status, 128
 * and the number of the signal that ended it, 127 when it cannot be found, 126 when it cannot be run. */
int exec_run(char **argv, const char *namesrv, const char *control, const sigset_t *signals);

#endif
