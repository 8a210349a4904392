/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include <rocketmq/event.h>

#include "base/mem.h"
#include "client/callbacks.h"
#include "client/client_impl.h"

enum { TEXT_SIZE = 512, REMARK_SIZE = 320, TOPIC_SIZE = 256, GROUP_SIZE = 256, ID_SIZE = 256 };

struct rmq_event {
	struct rmq_event *next;
	enum rmq_event_kind kind;
	int code;
	uint64_t missed;
	char client_id[ID_SIZE];
	char group[GROUP_SIZE];
	char topic[TOPIC_SIZE];
	char address[RMQI_ADDRESS_MAX];
	char remark[REMARK_SIZE];
	char text[TEXT_SIZE];
};

struct rmqi_events {
	atomic_uint refs; /* the client's, and the task's while it is posted */
	rmq_event_fn fn;
	void *arg;
	struct rmqi_task task;
	struct rmqi_mutex mu;
	struct rmq_event *first; /* mu, all below */
	struct rmq_event *last;
	size_t count;
	uint64_t missed;
	bool is_posted;
};

void rmqi_events_unref(struct rmqi_events *e)
{
	if (!e || atomic_fetch_sub(&e->refs, 1) != 1)
		return;
	while (e->first) {
		struct rmq_event *next = e->first->next;

		rmqi_free(e->first);
		e->first = next;
	}
	rmqi_mutex_deinit(&e->mu);
	rmqi_free(e);
}

/* The next one; NULL: none, and the task is over. */
static struct rmq_event *take(struct rmqi_events *e)
{
	struct rmq_event *event;

	rmqi_mutex_lock(&e->mu);
	event = e->first;
	if (event) {
		e->first = event->next;
		e->count--;
	} else {
		e->is_posted = false;
	}
	rmqi_mutex_unlock(&e->mu);
	return event;
}

static void run(struct rmqi_task *task)
{
	struct rmqi_events *e = RMQI_CONTAINER(task, struct rmqi_events, task);
	struct rmq_event *event;

	while ((event = take(e)) != NULL) {
		e->fn(event, e->arg);
		rmqi_free(event);
	}
	rmqi_events_unref(e);
}

enum rmq_error rmqi_events_new(struct rmqi_client *c, struct rmqi_events **out)
{
	struct rmqi_events *e = rmqi_calloc(1, sizeof(*e));
	enum rmq_error err;

	if (!e)
		return RMQ_ERR_NO_MEMORY;
	atomic_init(&e->refs, 1);
	rmqi_mutex_init(&e->mu);
	e->fn = c->config->event_fn;
	e->arg = c->config->event_arg;
	e->task.run = run;
	err = rmqi_client_need_callbacks(c);
	if (err == RMQ_OK)
		*out = e;
	else
		rmqi_events_unref(e);
	return err;
}

/* True: the task is to be posted. Takes `event` over; NULL is one that memory was out for. */
static bool append(struct rmqi_events *e, struct rmq_event *event)
{
	bool must_post = false;

	rmqi_mutex_lock(&e->mu);
	if (!event || e->count == RMQI_EVENTS_MAX) {
		e->missed++;
		rmqi_mutex_unlock(&e->mu);
		rmqi_free(event);
		return false;
	}
	event->missed = e->missed;
	e->missed = 0;
	if (e->first)
		e->last->next = event;
	else
		e->first = event;
	e->last = event;
	e->count++;
	must_post = !e->is_posted;
	e->is_posted = true;
	rmqi_mutex_unlock(&e->mu);
	return must_post;
}

static void put(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

static const char *group_of(const struct rmqi_client *c)
{
	return c->owner.consumer_group ? c->owner.consumer_group : c->owner.producer_group;
}

void rmqi_client_tell(struct rmqi_client *c, enum rmq_event_kind kind, const char *topic,
		      const char *address, int code, const char *remark, const char *format, ...)
{
	struct rmqi_events *e = c->events;
	struct rmq_event *event;
	va_list args;

	if (!e || !rmqi_client_is_running(c))
		return;
	event = rmqi_calloc(1, sizeof(*event));
	if (event) {
		event->kind = kind;
		event->code = code;
		put(event->client_id, sizeof(event->client_id), c->id);
		put(event->group, sizeof(event->group), group_of(c));
		put(event->topic, sizeof(event->topic), topic);
		put(event->address, sizeof(event->address), address);
		put(event->remark, sizeof(event->remark), remark);
		va_start(args, format);
		vsnprintf(event->text, sizeof(event->text), format, args);
		va_end(args);
	}
	if (!append(e, event))
		return;
	atomic_fetch_add(&e->refs, 1);
	rmqi_client_callback(c, &e->task);
}

/* --- What the user reads ------------------------------------------------------------------------ */

enum rmq_event_kind rmq_event_kind(const rmq_event *e)
{
	return e ? e->kind : RMQ_EVENT_OVER;
}

const char *rmq_event_client_id(const rmq_event *e)
{
	return e ? e->client_id : "";
}

const char *rmq_event_group(const rmq_event *e)
{
	return e ? e->group : "";
}

const char *rmq_event_topic(const rmq_event *e)
{
	return e ? e->topic : "";
}

const char *rmq_event_address(const rmq_event *e)
{
	return e ? e->address : "";
}

int rmq_event_code(const rmq_event *e)
{
	return e ? e->code : -1;
}

const char *rmq_event_remark(const rmq_event *e)
{
	return e ? e->remark : "";
}

const char *rmq_event_text(const rmq_event *e)
{
	return e ? e->text : "";
}

uint64_t rmq_event_missed(const rmq_event *e)
{
	return e ? e->missed : 0;
}
