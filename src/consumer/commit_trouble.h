/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit_trouble.h - commits that are not taken, told once for a topic and broker, and when that is over.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_COMMIT_TROUBLE_H
#define RMQI_CONSUMER_COMMIT_TROUBLE_H

#include <stdint.h>

#include <rocketmq/error.h>

struct rmqi_command;
struct rmqi_commit_report;
struct rmqi_mq;

/* That it is done up to `offset` was not taken at this address. `response` NULL: there was no answer; a broker
 * that gives none is told of by its pulls and heartbeats. */
void rmqi_commit_complain(struct rmqi_mq *mq, const char *address, int64_t offset,
			  enum rmq_error error, const struct rmqi_command *response);
/* For who waits: that of this queue failed. */
void rmqi_commit_note(struct rmqi_commit_report *r, const struct rmqi_mq *mq, enum rmq_error error,
		      const char *why);
/* One was taken. */
void rmqi_commit_works(struct rmqi_mq *mq);

#endif
