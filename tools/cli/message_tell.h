/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_tell.h - a message for people: a line for each thing that is known of it, then its body. A body that is no
 * UTF-8 is base64; control characters, which a terminal would obey, are question marks.
 *
 * Pure; thread: any.
 */
#ifndef TOOLS_CLI_MESSAGE_TELL_H
#define TOOLS_CLI_MESSAGE_TELL_H

#include <rocketmq/message.h>

#include "tools/cli/text.h"

void message_tell(const rmq_message *m, struct text *out);
/* 2026-01-31T12:00:00.500Z */
void tell_time(int64_t ms, struct text *out);

#endif
