/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/control/put.h"

#include <string.h>

#include "base/detail.h"
#include "mock-broker/cluster_state.h"

struct put {
	struct rmq_mock_cluster *c;
	const char **node;
	const struct mb_new_message *m;
	struct mb_new_place *out;
	struct rmq_error_detail *detail;
	enum rmq_error error;
};

static bool is_meant(const struct put *p, const struct mb_slot *s)
{
	if (*p->node)
		return strcmp(s->label, *p->node) == 0;
	return !mb_slot_is_slave(p->c, s) && mb_slot_is_up(p->c, s);
}

static void put_on_loop(void *arg)
{
	struct put *p = arg;
	const struct mb_slot *s = p->c->brokers, *end = s + p->c->broker_count;

	while (s < end && !is_meant(p, s))
		s++;
	if (s == end && *p->node)
		p->error = rmqi_detail_set(p->detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_FATAL,
					   "there is no broker \"%s\"", *p->node);
	else if (s == end || !mb_slot_is_up(p->c, s))
		p->error = rmqi_detail_set(p->detail, RMQ_ERR_STATE, 0, "no such broker runs");
	else
		p->error = mb_put_message(s->broker, p->m, p->out, p->detail);
	if (p->error == RMQ_OK)
		*p->node = s->label;
}

enum rmq_error mb_control_put(struct rmq_mock_cluster *c, const char **node,
			      const struct mb_new_message *m, struct mb_new_place *out,
			      struct rmq_error_detail *detail)
{
	struct put p = {c, node, m, out, detail, RMQ_OK};

	rmqi_loop_call(c->loop, put_on_loop, &p);
	return p.error;
}
