/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render.h - how a received message is printed: by a format (-f), or as JSON (-J).
 *
 * A format is text with these tokens, and with the escapes of values.h:
 *
 *     %s body            %S its length         %R the same as 4 bytes, the highest first
 *     %x body as hex     %b as base64          %% a percent sign
 *     %k keys            %g tag                %h properties, a=b,c=d       %{h:NAME} one of them
 *     %t topic           %B broker             %p queue id
 *     %o queue offset    %O commit log offset  %i offset id                 %I unique id
 *     %T born, ms        %{T:FORMAT} of strftime, UTC                       %W stored, %{W:FORMAT}
 *     %r reconsume times %a host it was born at
 *
 * Thread: immutable once it is made.
 */
#ifndef TOOLS_CLI_RENDER_H
#define TOOLS_CLI_RENDER_H

#include <rocketmq/message.h>

#include "tools/cli/args.h"
#include "tools/cli/text.h"

struct render;

/* By -J, --json-body, -f, -D, -Z and -K. *out is owned. CLI_OK, or what was said to be wrong. */
int render_new(const struct args *a, struct render **out);
void render_message(const struct render *r, const rmq_message *m, struct text *out);
void render_free(struct render *r);

#endif
