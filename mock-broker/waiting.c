/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/waiting.h"

#include "base/clock.h"
#include "base/mem.h"
#include "mock-broker/ticket.h"

struct waiter {
	struct rmqi_list link;
	struct rmqi_timer timer;
	struct mb_waiting *all;
	struct mb_ticket ticket;
	struct rmqi_command command; /* its texts stand in `bytes` */
	size_t size;
	char bytes[];
};

static void waiter_free(struct waiter *w)
{
	rmqi_list_remove(&w->link);
	rmqi_timer_deinit(&w->timer);
	w->all->bytes -= w->size;
	rmqi_conn_unref(w->ticket.conn);
	rmqi_free(w);
}

/* It is freed behind its turn: what it does may close the connection, and forget all that wait on it. */
static void on_due(struct rmqi_timer *t)
{
	struct waiter *w = RMQI_CONTAINER(t, struct waiter, timer);
	struct mb_request r = {.ticket = w->ticket, .command = &w->command};

	rmqi_list_remove(&w->link);
	rmqi_list_init(&w->link);
	if (rmqi_conn_is_open(w->ticket.conn))
		w->all->go_on(w->all->arg, &r);
	else
		mb_answer_nothing(&r.ticket);
	waiter_free(w);
}

/* --- Copying ---------------------------------------------------------------------------------------- */

static size_t size_of(const struct rmqi_command *c)
{
	size_t size = c->remark.len + c->body.len;

	for (size_t i = 0; i < c->ext_count; i++)
		size += c->ext[i].key.len + c->ext[i].value.len;
	return size;
}

/* *at moves behind it. */
static struct rmqi_str put(char **at, struct rmqi_str text)
{
	char *to = *at;

	rmqi_memcpy(to, text.ptr, text.len);
	*at += text.len;
	return rmqi_str_n(to, text.len);
}

static void copy(struct rmqi_command *to, const struct rmqi_command *from, char *at)
{
	*to = (struct rmqi_command){
		.code = from->code,
		.language = from->language,
		.version = from->version,
		.opaque = from->opaque,
		.flag = from->flag,
		.serialization = from->serialization,
		.has_ext = from->has_ext,
		.ext_count = from->ext_count,
	};
	to->remark = put(&at, from->remark);
	for (size_t i = 0; i < from->ext_count; i++) {
		to->ext[i].key = put(&at, from->ext[i].key);
		to->ext[i].value = put(&at, from->ext[i].value);
	}
	rmqi_memcpy(at, from->body.ptr, from->body.len);
	to->body = rmqi_cursor(at, from->body.len);
}

bool mb_waiting_add(struct mb_waiting *all, const struct mb_request *r, int64_t ms)
{
	size_t bytes = size_of(r->command), size = sizeof(struct waiter) + bytes;
	struct waiter *w = size <= MB_WAITING_BYTES_MAX - all->bytes ? rmqi_alloc(size) : NULL;

	if (!w)
		return false;
	if (rmqi_timer_init(&w->timer, rmqi_loop_timers(all->loop), on_due) != RMQ_OK) {
		rmqi_free(w);
		return false;
	}
	w->all = all;
	w->size = size;
	w->ticket = r->ticket;
	(void)rmqi_conn_ref(w->ticket.conn);
	copy(&w->command, r->command, w->bytes);
	all->bytes += size;
	rmqi_list_init(&w->link);
	rmqi_list_push(&all->requests, &w->link);
	rmqi_timer_start_ms(&w->timer, ms);
	return true;
}

/* --- All of them ------------------------------------------------------------------------------------- */

void mb_waiting_init(struct mb_waiting *w, struct rmqi_loop *loop,
		     void (*go_on)(void *arg, struct mb_request *r), void *arg)
{
	*w = (struct mb_waiting){.loop = loop, .go_on = go_on, .arg = arg};
	rmqi_list_init(&w->requests);
}

void mb_waiting_forget(struct mb_waiting *w, const struct rmqi_conn *c)
{
	RMQI_LIST_EACH(node, &w->requests)
	{
		struct waiter *x = RMQI_LIST_ITEM(node, struct waiter, link);

		if (x->ticket.conn == c)
			waiter_free(x);
	}
}
