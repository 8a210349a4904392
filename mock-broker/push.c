/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/push.h"

#include "mock-broker/observer.h"

/* 0: nobody watches. */
static uint64_t tell(struct mb_door *door, struct rmqi_conn *c, const struct rmqi_outgoing *request,
		     bool is_oneway)
{
	struct mb_observer *o = door->observer;

	return o ? o->on_push(o, c, request, is_oneway) : 0;
}

static void tell_end(struct mb_door *door, uint64_t seen, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct mb_observer *o = door->observer;

	if (o && seen)
		o->on_push_end(o, seen, error, response);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct mb_push *p = RMQI_CONTAINER(call, struct mb_push, call);

	tell_end(p->door, p->seen, error, response);
	p->fn(p, error, response);
}

enum rmq_error mb_push_call(struct mb_door *door, struct rmqi_conn *c,
			    const struct rmqi_outgoing *request, int64_t deadline_us,
			    struct mb_push *p)
{
	enum rmq_error err;

	p->call.fn = on_answer;
	p->door = door;
	p->seen = tell(door, c, request, false);
	err = rmqi_conn_call(c, request, deadline_us, &p->call);
	if (err != RMQ_OK)
		tell_end(door, p->seen, err, NULL);
	return err;
}

enum rmq_error mb_push_oneway(struct mb_door *door, struct rmqi_conn *c,
			      const struct rmqi_outgoing *request)
{
	uint64_t seen = tell(door, c, request, true);
	enum rmq_error err = rmqi_conn_oneway(c, request);

	if (err != RMQ_OK)
		tell_end(door, seen, err, NULL);
	return err;
}
