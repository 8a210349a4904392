/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_share.h - who asks for the same route at the same time shares one question.
 *
 * A program that begins with a thousand sends would else ask the name server a thousand times. Only where no route is
 * known yet: who asks because a known one was wrong wants an answer that is younger than the failure.
 *
 * Thread: any.
 */
#ifndef RMQI_CLIENT_ROUTE_SHARE_H
#define RMQI_CLIENT_ROUTE_SHARE_H

#include "client/client_impl.h"

/* One who asks; lives until it has left. */
struct rmqi_route_share {
	struct rmqi_list link;   /* mu; among the client's questions, or in `others` of one */
	struct rmqi_list others; /* mu; who waits for the answer to this question */
	const char *topic;       /* borrowed */
	bool use_default;
	int64_t deadline_us;
};

/* For all that ask, also when they do not join. */
void rmqi_route_share_init(struct rmqi_route_share *s, const char *topic, bool use_default,
			   int64_t deadline_us);
/* True: the same question is under way and ends no later than `s` wants; its leave hands `s` over.
 * False: `s` is to ask; others may join it until it leaves. */
bool rmqi_route_share_join(struct rmqi_client *c, struct rmqi_route_share *s);
/* The question has ended: who had joined is moved to `others`, first come first. */
void rmqi_route_share_leave(struct rmqi_client *c, struct rmqi_route_share *s,
			    struct rmqi_list *others /* out */);

#endif
