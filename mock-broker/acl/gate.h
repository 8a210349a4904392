/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate.h - who is admitted to a node: asked for every request, before anyone looks at its code, heartbeats and
 * one-way requests too. A chain: each gate must admit it.
 *
 *     plain.h   accounts of plain_acl.yml, of 4.x (PlainAccessValidator)
 *     auth.h    users and policies, of 5.3 and later (AuthenticationPipeline, AuthorizationPipeline)
 *
 * Thread: loop.
 */
#ifndef MB_ACL_GATE_H
#define MB_ACL_GATE_H

#include <stdbool.h>

struct mb_ticket;
struct rmqi_command;

struct mb_gate {
	/* False: it was refused, and answered. */
	bool (*admits)(struct mb_gate *g, const struct mb_ticket *t, const struct rmqi_command *c);
	struct mb_gate *next; /* NULL: the last one */
};

/* NULL: everybody is admitted. */
static inline bool mb_gate_admits(struct mb_gate *g, const struct mb_ticket *t,
				  const struct rmqi_command *c)
{
	for (; g; g = g->next)
		if (!g->admits(g, t, c))
			return false;
	return true;
}

#endif
