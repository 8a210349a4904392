/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/members.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"

struct question {
	struct rmqi_call call;
	struct rmqi_members *members;
	char address[RMQI_ADDRESS_MAX];
	struct rmqi_list link; /* in `open` during its round */
	struct rmqi_list subs; /* who asks (their `asks`) */
};

void rmqi_members_init(struct rmqi_members *m)
{
	*m = (struct rmqi_members){0};
	rmqi_list_init(&m->open);
}

void rmqi_members_begin_round(struct rmqi_members *m)
{
	m->is_round = true;
}

void rmqi_members_end_round(struct rmqi_members *m)
{
	m->is_round = false;
	while (rmqi_list_pop(&m->open))
		;
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct question *q = RMQI_CONTAINER(call, struct question, call);
	struct rmqi_members *m = q->members;
	struct rmqi_list *node;

	rmqi_list_remove(&q->link);
	rmqi_members_begin_round(m);
	while ((node = rmqi_list_pop(&q->subs)) != NULL) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, asks);

		/* For rmqi_call_explain. */
		sub->call.conn = call->conn;
		sub->call.phase = call->phase;
		sub->call.fn(&sub->call, error, response);
	}
	rmqi_members_end_round(m);
	rmqi_free(q);
}

static struct question *find(const struct rmqi_members *m, const char *address)
{
	RMQI_LIST_EACH(node, &m->open) {
		struct question *q = RMQI_LIST_ITEM(node, struct question, link);

		if (strcmp(q->address, address) == 0)
			return q;
	}
	return NULL;
}

static void send(struct rmqi_consumer *c, const char *address, struct rmqi_call *call)
{
	struct rmqi_h_get_consumer_list_by_group h = {.consumerGroup = rmqi_str(c->group)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP,
					.desc = &rmqi_desc_get_consumer_list_by_group,
					.header = &h};

	rmqi_rpc_call_async(rmqi_client_rpc(c->client), address, &request,
			    rmqi_consumer_deadline(c, c->set.api_timeout_ms), call);
}

void rmqi_members_ask(struct rmqi_members *m, struct rmqi_consumer *c, struct rmqi_sub *sub,
		      const char *address)
{
	struct question *q = find(m, address);
	bool is_new = !q;

	if (is_new)
		q = rmqi_calloc(1, sizeof(*q));
	if (!q) {
		send(c, address, &sub->call); /* alone */
		return;
	}
	if (is_new) {
		q->call.fn = on_answer;
		q->members = m;
		snprintf(q->address, sizeof(q->address), "%s", address);
		rmqi_list_init(&q->subs);
		rmqi_list_init(&q->link);
		if (m->is_round)
			rmqi_list_push(&m->open, &q->link);
	}
	rmqi_list_push(&q->subs, &sub->asks);
	if (is_new)
		send(c, address, &q->call);
}
