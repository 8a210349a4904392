/* SPDX-License-Identifier: Apache-2.0 */
/*
 * committer.h - commits that somebody waits for (DefaultLitePullConsumerImpl.commitAll waits for nothing).
 *
 * A job commits what may be committed of every queue at its time, or of those that it names: then no broker
 * of another queue is asked, nor waited for. Jobs do not wait for each other; that one commit of a queue is
 * under way at a time is the store's to see to (awaited_commits.h). A job that would wait for just what the last
 * round waits for, of which nothing has begun, is of that round: an application that commits faster than a
 * broker answers costs its jobs, and nothing for each of them and queue.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_COMMITTER_H
#define RMQI_CONSUMER_COMMITTER_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/list.h"
#include "base/macros.h"
#include "consumer/consumer.h"

struct rmqi_commit_round;

struct rmqi_commit_job {
	struct rmqi_list link; /* in those of its round */
	/* Once. `report` is borrowed; NULL: the consumer is closing, nothing was done. May free the job. */
	void (*done)(struct rmqi_commit_job *j, const struct rmqi_commit_report *report);
};

struct rmqi_committer {
	struct rmqi_consumer *consumer;
	struct rmqi_commit_round *last; /* that may take further jobs; NULL: none */
	bool is_of_all; /* the next job; else it is of the queues that were named (mq->told.is_named) */
};

void rmqi_committer_init(struct rmqi_committer *k, struct rmqi_consumer *c); /* thread: any */
void rmqi_committer_add(struct rmqi_committer *k, struct rmqi_commit_job *j);

/* What became of it, in words. */
enum rmq_error rmqi_commit_verdict(const struct rmqi_commit_report *report,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;

/* What is called on the loop before the job is added; an error ends the job with it. It names the queues, or
 * sets is_of_all. NULL: all of them. */
typedef enum rmq_error (*rmqi_commit_before_fn)(void *arg, struct rmq_error_detail *detail);

/* Waits for it. RMQ_ERR_TIMEOUT: the commit goes on. Thread: any, not the loop. */
enum rmq_error rmqi_committer_run(struct rmqi_committer *k, rmqi_commit_before_fn before, void *arg,
				  int64_t deadline_us,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
/* `fn` is called once, on a callback thread; unless an error is returned. Thread: any, not the loop. */
typedef void (*rmqi_committed_fn)(enum rmq_error error, const struct rmq_error_detail *detail,
				  void *arg);
enum rmq_error rmqi_committer_begin(struct rmqi_committer *k, rmqi_commit_before_fn before,
				    void *before_arg, rmqi_committed_fn fn, void *arg,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
