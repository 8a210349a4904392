/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock_ctl.h - `rmq-mock ctl VERB ...`: asks the control plane of a cluster that runs. Verbs, arguments and
 * their help are those of mock-broker/control/operations.def.
 *
 * Thread: main.
 */
#ifndef TOOLS_RMQ_MOCK_CTL_H
#define TOOLS_RMQ_MOCK_CTL_H

/* Exit statuses: 0; these; of a wrong usage EXIT_USAGE. */
enum { CTL_REFUSED = 1, CTL_USAGE = 2, CTL_UNREACHABLE = 3, CTL_TIMED_OUT = 4 };

/* argv: what stands behind "ctl". */
int ctl_main(int argc, char **argv);

#endif
