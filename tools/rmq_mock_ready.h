/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmq_mock_ready.h - tells those who wait for it that a server of rmq-mock is ready: files and a descriptor.
 *
 * Thread: main.
 */
#ifndef TOOLS_RMQ_MOCK_READY_H
#define TOOLS_RMQ_MOCK_READY_H

#include <stdbool.h>

#include "mock-broker/options.h"

/* `lines` are those of stdout. False: it cannot be told, and stderr says why. */
bool ready_tell(const struct rmq_mock_options *o, const char *lines);
/* Its files go. */
void ready_end(const struct rmq_mock_options *o);

#endif
