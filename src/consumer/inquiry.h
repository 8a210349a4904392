/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inquiry.h - what an operator asks of a member, by way of a broker
 * (ClientRemotingProcessor.java):
 *
 *     220  go on at these offsets (one-way)        resetOffset
 *     221  where do you stand in this topic        getConsumeStatus
 *     307  what are you and what do you hold       getConsumerRunningInfo
 *     309  consume this message now                consumeMessageDirectly
 *
 * Java stops all queues of the topic for 10 s at a reset and reads the new offset back from the broker;
 * here a queue goes on at once from the offset that it was told, which is committed first.
 *
 * For the list of rmqi_client_handler; arg is a struct rmqi_rebalance. Thread: loop.
 */
#ifndef RMQI_CONSUMER_INQUIRY_H
#define RMQI_CONSUMER_INQUIRY_H

#include "net/conn.h"

void rmqi_inquiry_reset(void *arg, struct rmqi_conn *conn, const char *address,
			const struct rmqi_command *request);
void rmqi_inquiry_status(void *arg, struct rmqi_conn *conn, const char *address,
			 const struct rmqi_command *request);
void rmqi_inquiry_running_info(void *arg, struct rmqi_conn *conn, const char *address,
			       const struct rmqi_command *request);
void rmqi_inquiry_consume(void *arg, struct rmqi_conn *conn, const char *address,
			  const struct rmqi_command *request);

#endif
