/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allocate_rooms.c - machine rooms.
 *
 * MACHINE_ROOM (AllocateMessageQueueByMachineRoom): brokers are called room@name. The queues of the rooms that
 * the configuration names are shared by all members, those of other rooms are nobody's.
 *
 * MACHINE_ROOM_NEARBY (AllocateMachineRoomNearby, AVG in each room): a room with members keeps its queues to
 * them; the queues of a room without any are shared by all. Java asks a resolver; here the room of a
 * broker is what stands before the "@" of its name, that of a client what stands between its address and
 * the next "@": so instanceName is room@name.
 */
#include <stdio.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "consumer/allocate.h"

/* --- MACHINE_ROOM ------------------------------------------------------------------------------ */

/* String.split drops what is empty at the end. Empty: not of two parts. */
static struct rmqi_str room_of_two(const char *broker)
{
	struct rmqi_str s = rmqi_str(broker), room, name, rest;
	bool is_cut, is_cut_again;

	while (s.len > 0 && s.ptr[s.len - 1] == '@')
		s.len--;
	name = rmqi_str_cut(s, "@", &room, &is_cut);
	(void)rmqi_str_cut(name, "@", &rest, &is_cut_again);
	return is_cut && !is_cut_again ? room : RMQI_STR("");
}

/* "a;b" */
static bool is_listed(const char *rooms, struct rmqi_str room)
{
	struct rmqi_str left = rmqi_str(rooms), one;

	while (left.len > 0) {
		left = rmqi_str_cut(left, ";", &one, NULL);
		if (room.len > 0 && rmqi_str_eq(rmqi_str_trim(one), room))
			return true;
	}
	return false;
}

enum rmq_error rmqi_allocate_by_rooms(const char *rooms, const struct rmqi_contest *c,
				      uint8_t *mine)
{
	size_t *listed = rmqi_calloc(c->queue_count, sizeof(*listed));
	size_t count = 0, each, rest;

	if (!listed)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < c->queue_count; i++)
		if (is_listed(rooms, room_of_two(c->queues[i].broker_name)))
			listed[count++] = i;
	each = count / c->member_count;
	rest = count % c->member_count;
	for (size_t i = 0; i < each; i++)
		mine[listed[c->self * each + i]] = 1;
	if (rest > c->self)
		mine[listed[c->self + each * c->member_count]] = 1;
	rmqi_free(listed);
	return RMQ_OK;
}

/* --- MACHINE_ROOM_NEARBY ----------------------------------------------------------------------- */

/* What stands before the first "@"; empty: nothing does. */
static struct rmqi_str room_of(struct rmqi_str name)
{
	struct rmqi_str room;
	bool is_cut;

	(void)rmqi_str_cut(name, "@", &room, &is_cut);
	return is_cut ? room : RMQI_STR("");
}

static struct rmqi_str room_of_broker(const char *name)
{
	return room_of(rmqi_str(name));
}

/* ip@room@name */
static struct rmqi_str room_of_client(const char *id)
{
	struct rmqi_str ip;

	return room_of(rmqi_str_cut(rmqi_str(id), "@", &ip, NULL));
}

struct room {
	size_t members;
	size_t before; /* members of it before ourselves */
	size_t queues;
	size_t seen; /* queues, in the second round */
};

struct rooms {
	struct rmqi_map map;
	struct room *list;
	size_t count;
};

/* NULL: memory is out. */
static struct room *find_room(struct rooms *r, struct rmqi_str name)
{
	struct room *room = rmqi_map_get(&r->map, name);

	if (room)
		return room;
	room = &r->list[r->count];
	if (rmqi_map_set(&r->map, name, room, NULL) != RMQ_OK)
		return NULL;
	r->count++;
	return room;
}

static enum rmq_error no_room(const char *what, const char *name, char why[RMQI_ALLOCATE_WHY])
{
	snprintf(why, RMQI_ALLOCATE_WHY, "%s %.80s is in no machine room", what, name);
	return RMQ_ERR_CONFIG;
}

static enum rmq_error count_members(struct rooms *r, const struct rmqi_contest *c,
				    char why[RMQI_ALLOCATE_WHY])
{
	for (size_t i = 0; i < c->member_count; i++) {
		struct rmqi_str name = room_of_client(c->members[i]);
		struct room *room;

		if (name.len == 0)
			return no_room("client", c->members[i], why);
		room = find_room(r, name);
		if (!room)
			return RMQ_ERR_NO_MEMORY;
		room->members++;
		room->before += i < c->self ? 1 : 0;
	}
	return RMQ_OK;
}

static enum rmq_error count_queues(struct rooms *r, const struct rmqi_contest *c,
				   char why[RMQI_ALLOCATE_WHY])
{
	for (size_t i = 0; i < c->queue_count; i++) {
		struct rmqi_str name = room_of_broker(c->queues[i].broker_name);
		struct room *room;

		if (name.len == 0)
			return no_room("broker", c->queues[i].broker_name, why);
		room = find_room(r, name);
		if (!room)
			return RMQ_ERR_NO_MEMORY;
		room->queues++;
	}
	return RMQ_OK;
}

/* Ours of its queues are a run of them. */
static void take(struct rooms *r, const struct rmqi_contest *c, uint8_t *mine)
{
	const struct room *own = find_room(r, room_of_client(c->members[c->self]));

	for (size_t i = 0; i < c->queue_count; i++) {
		struct room *room = find_room(r, room_of_broker(c->queues[i].broker_name));
		size_t first = 0, size = 0;

		if (room == own)
			rmqi_allocate_run(room->queues, room->members, room->before, &first, &size);
		else if (room->members == 0)
			rmqi_allocate_run(room->queues, c->member_count, c->self, &first, &size);
		mine[i] = room->seen >= first && room->seen - first < size;
		room->seen++;
	}
}

enum rmq_error rmqi_allocate_nearby(const struct rmqi_contest *c, uint8_t *mine,
				    char why[RMQI_ALLOCATE_WHY])
{
	struct rooms r = {0};
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	rmqi_map_init(&r.map);
	/* As many as there can be. */
	r.list = rmqi_calloc(c->member_count + c->queue_count, sizeof(*r.list));
	if (r.list)
		err = count_members(&r, c, why);
	if (err == RMQ_OK)
		err = count_queues(&r, c, why);
	if (err == RMQ_OK)
		take(&r, c, mine);
	rmqi_map_deinit(&r.map, NULL);
	rmqi_free(r.list);
	return err;
}
