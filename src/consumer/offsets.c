/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/offsets.h"

void rmqi_offsets_init(struct rmqi_offsets *o, struct rmqi_consumer *c)
{
	rmqi_remote_offsets_init(&o->remote, c);
	rmqi_local_offsets_init(&o->local, c);
	if (!c->store)
		c->store = c->set.is_broadcasting ? &o->local.store : &o->remote.store;
}

void rmqi_offsets_deinit(struct rmqi_offsets *o)
{
	rmqi_local_offsets_deinit(&o->local);
}
