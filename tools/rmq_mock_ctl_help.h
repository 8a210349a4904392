/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock_ctl_help.h - the help of `rmq-mock ctl`, from the table of operations.
 */
#ifndef TOOLS_RMQ_MOCK_CTL_HELP_H
#define TOOLS_RMQ_MOCK_CTL_HELP_H

#include <stdio.h>

#include "mock-broker/control/operation.h"

/* Of one operation; NULL: of all. */
void ctl_print_help(const struct mb_operation *o, FILE *out);

#endif
