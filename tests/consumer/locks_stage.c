/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/consumer/locks_stage.h"

struct rig *locks_begin_queues(int queues, int messages, const char *settings)
{
	struct rig *r = rig_new(1, queues, settings);

	for (int i = 0; i < queues; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	rig_put(r, messages);
	rig_orderly(r);
	return r;
}

struct rig *locks_begin(int messages, const char *settings)
{
	return locks_begin_queues(1, messages, settings);
}

const char *locks_owner(struct rig *r, int queue)
{
	return fake_broker_locked_by(r->broker, "T", queue);
}
