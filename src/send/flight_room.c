/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the user, whose send was refused, that there is room again. */
#include "client/callbacks.h"
#include "send/flight_impl.h"

void rmqi_flight_want_room(struct rmqi_flight *f, const struct rmqi_place *refused)
{
	f->counts.refusals++;
	f->is_room_wanted = true;
	if (refused->messages > f->wanted_messages)
		f->wanted_messages = refused->messages;
	if (refused->bytes > f->wanted_bytes)
		f->wanted_bytes = refused->bytes;
}

bool rmqi_flight_has_news(struct rmqi_flight *f)
{
	const struct rmqi_flight_counts *c = &f->counts;

	if (!f->is_room_wanted || f->is_telling || !f->room.fn || f->is_closed ||
	    c->messages > f->messages_most / 2 ||
	    !rmqi_flight_fits(f, f->wanted_messages, f->wanted_bytes))
		return false;
	f->is_room_wanted = false;
	f->wanted_messages = 0;
	f->wanted_bytes = 0;
	f->is_telling = true;
	return true;
}

/* @thread: a callback of the client */
static void tell(struct rmqi_flight *f)
{
	bool goes_on = true;

	while (goes_on) {
		struct rmqi_room room;

		rmqi_mutex_lock(&f->mu);
		room = f->room;
		rmqi_mutex_unlock(&f->mu);
		if (room.fn)
			room.fn(room.arg);
		rmqi_mutex_lock(&f->mu);
		f->is_telling = false;
		goes_on = rmqi_flight_has_news(f);
		rmqi_mutex_unlock(&f->mu);
	}
}

static void run_tell(struct rmqi_task *task)
{
	struct rmqi_flight *f = RMQI_CONTAINER(task, struct rmqi_flight, room_task);

	tell(f);
	rmqi_flight_unref(f);
}

/* @thread: loop */
static void call_back(struct rmqi_task *task)
{
	struct rmqi_flight *f = RMQI_CONTAINER(task, struct rmqi_flight, room_task);

	task->run = run_tell;
	rmqi_client_callback(f->client, task);
}

void rmqi_flight_tell_room(struct rmqi_flight *f)
{
	if (rmqi_flight_is_lent(f)) {
		tell(f);
		return;
	}
	atomic_fetch_add(&f->refs, 1);
	f->room_task.run = call_back;
	rmqi_loop_post(rmqi_client_loop(f->client), &f->room_task);
}

void rmqi_flight_set_room(struct rmqi_flight *f, struct rmqi_room room)
{
	rmqi_mutex_lock(&f->mu);
	f->room = room;
	rmqi_mutex_unlock(&f->mu);
}
