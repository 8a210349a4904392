/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_carry.c - frames that a caller has read for others, on their way to the loop.
 *
 *     caller: cut a frame --copy--> `carried` --(DELIVER)--> loop: handle it
 *
 * A request of the peer and the answer to an asynchronous call are the loop's to
 * handle. They stand in the list of their connection in the order they came; the
 * loop takes them before it reads further itself, so the order stays.
 *
 * Why none is lost: who carries has the reader role, so it counts in `borrowers`,
 * and the close cannot be finished before it has left (conn.c); DELIVER is done
 * before FINISH. So the connection, its owner and the call are there until the
 * frame was handled, and on_closed comes after the last completion. An answer
 * that was read before the connection closed completes its call as an answer; a
 * request is dropped then, since it could not be answered.
 *
 * An answer for which there is no memory still ends its call on the loop: the call
 * itself stands in a list, `unkept`, which needs none.
 */
#include "base/mem.h"
#include "net/conn_impl.h"

struct carried {
	struct rmqi_list link;
	struct rmqi_call *call;  /* taken out of the table; NULL: a request of the peer */
	struct rmqi_frame frame; /* points into `bytes` */
	uint8_t bytes[];         /* header, body */
};

static struct carried *copy(const struct rmqi_frame *f, struct rmqi_call *call)
{
	struct carried *p = rmqi_alloc(sizeof(*p) + f->header.len + f->body.len);

	if (!p)
		return NULL;
	rmqi_memcpy(p->bytes, f->header.ptr, f->header.len);
	rmqi_memcpy(p->bytes + f->header.len, f->body.ptr, f->body.len);
	p->call = call;
	p->frame.serialization = f->serialization;
	p->frame.header = rmqi_cursor(p->bytes, f->header.len);
	p->frame.body = rmqi_cursor(p->bytes + f->header.len, f->body.len);
	return p;
}

enum rmq_error rmqi_conn_carry(struct rmqi_conn *c, const struct rmqi_frame *f,
			       struct rmqi_call *call)
{
	struct carried *p = copy(f, call);
	bool must_post;

	if (!p && !call)
		return RMQ_ERR_NO_MEMORY;
	rmqi_mutex_lock(&c->mu);
	if (p)
		rmqi_list_push(&c->carried, &p->link);
	else
		rmqi_list_push(&c->unkept, &call->link);
	must_post = rmqi_conn_add_work(c, RMQI_WORK_DELIVER);
	rmqi_mutex_unlock(&c->mu);
	if (must_post)
		rmqi_conn_post_work(c);
	return RMQ_OK;
}

static void deliver(struct rmqi_conn *c, const struct carried *p, struct rmqi_command *command)
{
	enum rmq_error err = rmqi_command_decode(command, &p->frame);

	if (p->call && err == RMQ_OK)
		rmqi_conn_answer_call(c, p->call, &p->frame, command, NULL);
	else if (p->call)
		rmqi_conn_fail_call(c, p->call, RMQ_PHASE_ANSWER, err);
	else if (err == RMQ_OK && !rmqi_conn_is_closing(c))
		rmqi_conn_handle_request(c, command);
	else if (err != RMQ_OK)
		rmqi_conn_close_why(c, err, "no memory for a request of %s", c->address);
}

void rmqi_conn_deliver(struct rmqi_conn *c)
{
	struct rmqi_list carried, unkept, *node;
	struct rmqi_command command;

	rmqi_list_init(&carried);
	rmqi_list_init(&unkept);
	rmqi_mutex_lock(&c->mu);
	rmqi_list_move_all(&c->carried, &carried);
	rmqi_list_move_all(&c->unkept, &unkept);
	rmqi_mutex_unlock(&c->mu);
	rmqi_command_init(&command);
	while ((node = rmqi_list_pop(&carried))) {
		struct carried *p = RMQI_LIST_ITEM(node, struct carried, link);

		deliver(c, p, &command);
		rmqi_free(p);
	}
	rmqi_command_deinit(&command);
	while ((node = rmqi_list_pop(&unkept)))
		rmqi_conn_fail_call(c, RMQI_LIST_ITEM(node, struct rmqi_call, link),
				    RMQ_PHASE_ANSWER, RMQ_ERR_NO_MEMORY);
}
