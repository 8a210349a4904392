/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote_offsets.h - the offset store of clustering groups: each queue's broker
 * keeps its offset (RemoteBrokerOffsetStore.java).
 *
 * Find: only the broker's plain "there is none" (22) is none.
 *
 * Commit: the lowest offset not done, one-way. What has not changed is told again with growing gaps, as
 * a broker that refuses a one-way request cannot say so. At close all of them, with an answer. Nothing
 * is committed with a pull: a broker may serve a pull after a commit that was made later.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_REMOTE_OFFSETS_H
#define RMQI_CONSUMER_REMOTE_OFFSETS_H

#include "consumer/consumer.h"

struct rmqi_remote_offsets {
	struct rmqi_offset_store store;
	struct rmqi_consumer *consumer;

	/* The last commit. */
	struct rmqi_commit_report *report;
	unsigned left;   /* answers awaited */
	unsigned others; /* queues whose commit waits for those answers */
};

void rmqi_remote_offsets_init(struct rmqi_remote_offsets *o, struct rmqi_consumer *c);

#endif
