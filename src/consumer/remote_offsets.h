/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote_offsets.h - the offset store of clustering groups: each queue's broker
 * keeps its offset (RemoteBrokerOffsetStore.java).
 *
 * Find: only a master's plain "there is none" (22) is none. A slave gets the offsets some time after its
 * master, and what it does not know yet may be no new group's: unless it would start at the first message,
 * it waits for the master.
 *
 * Commit: the lowest offset not done, every time with an answer, and one of a queue at a time
 * (awaited_commits.h). What has not changed is told again with growing gaps. At close all of them; when an
 * answer does not come in time they are all on their way at least. Nothing
 * is committed with a pull: a broker may serve a pull after a commit that was made later.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_REMOTE_OFFSETS_H
#define RMQI_CONSUMER_REMOTE_OFFSETS_H

#include "consumer/awaited_commits.h"
#include "consumer/consumer.h"

struct rmqi_remote_offsets {
	struct rmqi_offset_store store;
	struct rmqi_consumer *consumer;
	struct rmqi_awaited_commits awaited;
};

void rmqi_remote_offsets_init(struct rmqi_remote_offsets *o, struct rmqi_consumer *c);

#endif
