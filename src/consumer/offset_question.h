/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_question.h - "where does the group stand in this queue?" (QUERY_CONSUMER_OFFSET, 14).
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_OFFSET_QUESTION_H
#define RMQI_CONSUMER_OFFSET_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

struct rmqi_call;
struct rmqi_command;
struct rmqi_mq;

/* The broker at this address; it has 5 s (RemoteBrokerOffsetStore). */
void rmqi_offset_ask(const struct rmqi_mq *mq, const char *address, struct rmqi_call *call);
/* What it answered; -1: it has none. False: it did not say. */
bool rmqi_offset_answer(const struct rmqi_command *response, int64_t *out);

#endif
