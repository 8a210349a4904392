/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offsets.h - the offset store of a member, chosen by messageModel: at the brokers for CLUSTERING, in a file
 * of this machine for BROADCASTING. The member (member.h) has one; a handle chooses nothing.
 *
 * Thread: any.
 */
#ifndef RMQI_CONSUMER_OFFSETS_H
#define RMQI_CONSUMER_OFFSETS_H

#include "consumer/local_offsets.h"
#include "consumer/remote_offsets.h"

struct rmqi_offsets {
	struct rmqi_remote_offsets remote;
	struct rmqi_local_offsets local;
};

/* Sets c->store, unless the handle has put one of its own there. The settings of `c` have been read. */
void rmqi_offsets_init(struct rmqi_offsets *o, struct rmqi_consumer *c);
/* When no call and no write is under way any more. */
void rmqi_offsets_deinit(struct rmqi_offsets *o);

#endif
