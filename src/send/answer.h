/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.h - reads the header of the answer to a send: the one header that comes with every message
 * (SendMessageResponseHeader.java), without the search that serves all others.
 *
 * Pure; thread: any.
 */
#ifndef RMQI_SEND_ANSWER_H
#define RMQI_SEND_ANSWER_H

#include <rocketmq/error.h>

#include "base/macros.h"
#include "codec/command.h"
#include "codec/schema.h"

/* As rmqi_header_decode with rmqi_desc_send_message_response; texts are the command's. */
enum rmq_error rmqi_send_answer_read(const struct rmqi_command *c,
				     struct rmqi_h_send_message_response *out,
				     const char **bad) RMQI_MUST_USE;

#endif
