/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assignment.c - a client asks its broker which queues are its own, in place of sharing them with the other
 * members by itself (setClientRebalance(false); QueryAssignmentProcessor.java). The queues are those of the
 * topic's route, of all brokers, so a name server is asked first. Whether they are pulled or popped was set for
 * topic and group (request_mode.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/body.h"
#include "codec/body_pop.h"
#include "codec/names.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

enum { ROUTE_TIMEOUT_MS = 3000 };

/* A question that waits for the route. */
struct question {
	struct rmqi_call call;
	struct mb_broker *broker;
	struct mb_ticket ticket; /* holds a ref */
	struct rmqi_h_get_route_info header;
	size_t tried; /* name servers */
	char *topic;  /* all owned */
	char *group;
	char *client_id;
	char *strategy;
	char *model;
	bool is_pop;
	int64_t share; /* popShareQueueNum */
};

/* What part of the sorted queues is one member's. */
struct part {
	size_t members, self, queues;
	size_t others; /* so many members behind it: their queues are its own, too */
	bool is_by_circle;
	bool is_all;
	bool is_one;       /* POP, more members than queues: each has one */
	bool is_of_broker; /* POP: each pops from all queues of each broker */
};

static bool is_of(const struct part *p, size_t member, size_t at)
{
	size_t more = p->queues % p->members, each = p->queues / p->members;
	size_t first = member * each + (member < more ? member : more);

	if (p->is_by_circle)
		return at % p->members == member;
	return at >= first && at < first + each + (member < more ? 1 : 0);
}

static bool is_mine(const struct part *p, size_t at)
{
	if (p->is_all)
		return true;
	if (p->is_one)
		return at == p->self % p->queues;
	for (size_t i = 0; i <= p->others; i++)
		if (is_of(p, (p->self + i) % p->members, at))
			return true;
	return false;
}

static void question_free(struct question *q)
{
	rmqi_conn_unref(q->ticket.conn);
	rmqi_free(q->topic);
	rmqi_free(q->group);
	rmqi_free(q->client_id);
	rmqi_free(q->strategy);
	rmqi_free(q->model);
	rmqi_free(q);
}

/* "Keep what you have". */
static void answer_nothing(const struct question *q)
{
	rmqi_buf_reset(&q->broker->body);
	rmqi_buf_add_text(&q->broker->body, "{}");
	mb_answer_body(&q->ticket, &q->broker->body);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* False: the client is no member, which has no part in anything. */
static bool find_self(const struct question *q, const struct mb_client_group *g, struct part *part)
{
	char **ids = rmqi_calloc(g->channel_count, sizeof(*ids));
	bool is_found = false;
	size_t count = 0;

	if (!ids)
		return false;
	RMQI_LIST_EACH(node, &g->channels)
		ids[count++] = RMQI_LIST_ITEM(node, struct mb_channel, of_group)->client_id;
	qsort(ids, count, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < count && !is_found; i++) {
		is_found = strcmp(ids[i], q->client_id) == 0;
		part->self = i;
	}
	part->members = count;
	rmqi_free(ids);
	return is_found;
}

static bool is_readable(const struct rmqi_queue_data *d)
{
	return (d->perm & RMQI_PERM_READ) != 0 && d->read_queue_nums > 0;
}

static void add_queue(const struct question *q, const struct rmqi_queue_data *d, int32_t queue_id,
		      bool *is_first)
{
	struct rmqi_buf *out = &q->broker->body;

	mb_json_next(out, is_first);
	rmqi_buf_add_text(out, "{\"messageQueue\":");
	mb_json_queue(out, rmqi_str(q->topic), rmqi_str(d->broker_name), queue_id);
	rmqi_buf_addf(out, ",\"mode\":\"%s\"}", q->is_pop ? "POP" : "PULL");
}

/* The queues in order of broker and number. `part` NULL: none of them. */
static void answer_queues(const struct question *q, const struct rmqi_route *route,
			  const struct part *part)
{
	struct rmqi_buf *out = &q->broker->body;
	bool is_first = true;
	size_t at = 0;

	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "{\"messageQueueAssignments\":[");
	for (size_t i = 0; part && i < route->queue_count; i++) {
		const struct rmqi_queue_data *d = &route->queues[i];

		if (part->is_of_broker && is_readable(d)) {
			add_queue(q, d, -1, &is_first);
			continue;
		}
		for (int32_t id = 0; is_readable(d) && id < d->read_queue_nums; id++, at++)
			if (is_mine(part, at))
				add_queue(q, d, id, &is_first);
	}
	rmqi_buf_add_text(out, "]}");
	mb_answer_body(&q->ticket, out);
}

/* QueryAssignmentProcessor.allocate4Pop: who pops everywhere need not be a member. */
static void share_pops(const struct question *q, const struct mb_client_group *g, struct part *part)
{
	int64_t members = (int64_t)g->channel_count;

	if (q->share <= 0 || q->share >= members - 1)
		part->is_of_broker = true;
	else if (g->channel_count <= part->queues)
		part->others = (size_t)q->share;
	else
		part->is_one = true;
}

static void allocate(const struct question *q, const struct rmqi_route *route)
{
	const struct mb_client_group *g = mb_consumers_find(q->broker, rmqi_str(q->group));
	struct part part = {.is_by_circle = strcmp(q->strategy, "AVG_BY_CIRCLE") == 0};
	bool is_known = part.is_by_circle || strcmp(q->strategy, "AVG") == 0;

	for (size_t i = 0; i < route->queue_count; i++)
		if (is_readable(&route->queues[i]))
			part.queues += (size_t)route->queues[i].read_queue_nums;
	part.is_all =
		strcmp(q->model, "BROADCASTING") == 0 || !q->broker->config->server_load_balancer;
	if (!part.is_all && (!g || !is_known)) {
		answer_nothing(q);
		return;
	}
	if (!part.is_all && q->is_pop)
		share_pops(q, g, &part);
	answer_queues(q, route,
		      part.is_all || part.is_of_broker || find_self(q, g, &part) ? &part : NULL);
}

static void ask(struct question *q);

static void on_route(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct question *q = RMQI_CONTAINER(call, struct question, call);
	struct rmqi_route route;

	if (error != RMQ_OK && error != RMQ_ERR_CANCELLED) {
		q->tried++;
		ask(q);
		return;
	}
	if (error == RMQ_OK && response->code == RMQI_RESP_SUCCESS &&
	    rmqi_route_decode(response->body, &route) == RMQ_OK) {
		allocate(q, &route);
		rmqi_route_deinit(&route);
	} else {
		answer_nothing(q);
	}
	question_free(q);
}

static void ask(struct question *q)
{
	struct mb_broker *b = q->broker;
	const struct rmqi_outgoing request = {.code = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC,
					      .desc = &rmqi_desc_get_route_info,
					      .header = &q->header};

	if (q->tried >= b->registrar.count || b->is_stopping) {
		answer_nothing(q);
		question_free(q);
		return;
	}
	rmqi_rpc_call_async(b->rpc, b->registrar.namesrvs[q->tried], &request,
			    rmqi_clock_deadline(rmqi_loop_clock(b->loop), ROUTE_TIMEOUT_MS),
			    &q->call);
}

/* What was set, else what is configured; what is sent back is pulled. */
static void take_mode(struct question *q)
{
	const struct mb_broker_config *c = q->broker->config;
	const struct rmqi_request_mode *mode =
		mb_request_mode_find(q->broker, rmqi_str(q->topic), rmqi_str(q->group));

	if (mode) {
		q->is_pop = mode->is_pop;
		q->share = mode->share_queues;
	} else {
		q->is_pop = c->default_request_mode == MB_REQUEST_POP &&
			    !rmqi_topic_is_retry(rmqi_str(q->topic));
		q->share = c->default_pop_share_queues;
	}
}

/* The texts of *body are moved. */
static struct question *question_new(struct mb_broker *b, const struct mb_request *r,
				     struct rmqi_assignment_query *body)
{
	struct question *q = rmqi_calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	if (!body->strategy_name)
		body->strategy_name = rmqi_strdup("");
	if (!body->strategy_name) {
		rmqi_free(q);
		return NULL;
	}
	q->call.fn = on_route;
	q->broker = b;
	q->ticket = r->ticket;
	rmqi_conn_ref(q->ticket.conn);
	q->topic = body->topic;
	q->group = body->consumer_group;
	q->client_id = body->client_id;
	q->strategy = body->strategy_name;
	q->model = body->message_model;
	*body = (struct rmqi_assignment_query){0};
	q->header.topic = rmqi_str(q->topic);
	take_mode(q);
	return q;
}

static void query_assignment(void *arg, struct mb_request *r)
{
	struct rmqi_assignment_query body;
	struct question *q;
	enum rmq_error err = rmqi_assignment_query_decode(r->command->body, &body);

	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return;
	}
	q = question_new(arg, r, &body);
	rmqi_assignment_query_deinit(&body);
	if (q)
		ask(q);
	else
		mb_answer_failure(&r->ticket, RMQ_ERR_NO_MEMORY);
}

/* *mode is moved. */
static void set_mode(struct mb_broker *b, const struct mb_ticket *t, struct rmqi_request_mode *mode)
{
	enum rmq_error err;

	if (rmqi_topic_is_retry(rmqi_str(mode->topic))) {
		mb_answer_error(t, RMQI_RESP_NO_PERMISSION,
				"retry topic is not allowed to set mode");
	} else if (!mb_topic_find(b, rmqi_str(mode->topic))) {
		mb_answer_error(t, RMQI_RESP_TOPIC_NOT_EXIST, "topic[%s] not exist", mode->topic);
	} else if (!mb_group_get(b, rmqi_str(mode->consumer_group))) {
		mb_answer_error(t, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				"subscription group does not exist");
	} else {
		err = mb_request_mode_set(b, mode);
		if (err == RMQ_OK)
			mb_answer_code(t, RMQI_RESP_SUCCESS);
		else
			mb_answer_failure(t, err);
	}
	rmqi_request_mode_deinit(mode);
}

static void set_request_mode(void *arg, struct mb_request *r)
{
	struct rmqi_request_mode mode;
	enum rmq_error err = rmqi_request_mode_decode(r->command->body, &mode);

	if (err == RMQ_OK)
		set_mode(arg, &r->ticket, &mode);
	else
		mb_answer_failure(&r->ticket, err);
}

const struct mb_handler mb_assignment_handlers[] = {
	{RMQI_REQ_QUERY_ASSIGNMENT, query_assignment},
	{RMQI_REQ_SET_MESSAGE_REQUEST_MODE, set_request_mode},
	{0, NULL},
};
