/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/record/record.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { ROOM_FIRST = 64 };

/* A connection that is open. */
struct link {
	uint64_t number;
	char *client_id; /* owned; NULL: not known */
};

void mb_record_init(struct mb_record *r, struct rmqi_clock *clock,
		    const struct mb_record_limits *limits)
{
	memset(r, 0, sizeof(*r));
	r->clock = clock;
	r->limits = *limits;
	r->first = r->next = 1;
	rmqi_imap_init(&r->links);
	rmqi_list_init(&r->listeners);
}

static void link_free(struct link *l)
{
	rmqi_free(l->client_id);
	rmqi_free(l);
}

void mb_record_deinit(struct mb_record *r)
{
	uint64_t key;
	void *link;

	mb_record_clear(r);
	for (size_t at = 0; rmqi_imap_next(&r->links, &at, &key, &link);)
		link_free(link);
	rmqi_imap_deinit(&r->links);
	rmqi_free(r->ring);
	r->ring = NULL;
}

void mb_record_listen(struct mb_record *r, struct mb_record_listener *l)
{
	rmqi_list_push(&r->listeners, &l->link);
}

/* --- The ring ------------------------------------------------------------------------------------ */

static struct mb_entry *place(const struct mb_record *r, uint64_t number)
{
	return &r->ring[number & (r->room - 1)];
}

static struct mb_entry *find(const struct mb_record *r, uint64_t number)
{
	return number >= r->first && number < r->next ? place(r, number) : NULL;
}

const struct mb_entry *mb_record_at(const struct mb_record *r, uint64_t number)
{
	return find(r, number);
}

static void drop_oldest(struct mb_record *r)
{
	struct mb_entry *e = place(r, r->first++);

	r->bytes -= e->seen->size + (e->outcome ? e->outcome->size : 0);
	mb_seen_unref(e->seen);
	mb_outcome_unref(e->outcome);
}

void mb_record_clear(struct mb_record *r)
{
	while (r->first < r->next)
		drop_oldest(r);
	RMQI_LIST_EACH(node, &r->listeners) {
		struct mb_record_listener *l =
			RMQI_LIST_ITEM(node, struct mb_record_listener, link);

		if (l->on_clear)
			l->on_clear(l);
	}
}

/* Twice the room. */
static bool grow(struct mb_record *r)
{
	size_t room = r->room ? 2 * r->room : ROOM_FIRST;
	struct mb_entry *ring = rmqi_calloc(room, sizeof(*ring));

	if (!ring)
		return false;
	for (uint64_t i = r->first; i < r->next; i++)
		ring[i & (room - 1)] = *place(r, i);
	rmqi_free(r->ring);
	r->ring = ring;
	r->room = room;
	return true;
}

/* The newest stays, however large. */
static void keep_limits(struct mb_record *r)
{
	while (r->first + 1 < r->next &&
	       (r->next - r->first > r->limits.requests || r->bytes > r->limits.bytes)) {
		drop_oldest(r);
		r->left++;
	}
}

/* Its number; 0: it could not be entered. */
static uint64_t enter(struct mb_record *r, const struct mb_seen *from)
{
	struct mb_seen *s = mb_seen_new(from, mb_seen_body_max(from->code, r->limits.body));

	if (!s || (r->next - r->first == r->room && !grow(r))) {
		mb_seen_unref(s);
		r->left++;
		return 0;
	}
	s->number = r->next++;
	*place(r, s->number) = (struct mb_entry){.seen = s};
	r->bytes += s->size;
	keep_limits(r);
	RMQI_LIST_EACH(node, &r->listeners) {
		struct mb_record_listener *l =
			RMQI_LIST_ITEM(node, struct mb_record_listener, link);

		l->on_seen(l, s);
	}
	return s->number;
}

/* --- Connections ------------------------------------------------------------------------------- */

static uint64_t key_of(const struct rmqi_conn *c)
{
	return (uint64_t)(uintptr_t)c;
}

/* Made when it is new; NULL when memory is out. */
static struct link *link_of(struct mb_record *r, const struct rmqi_conn *c)
{
	struct link *l = rmqi_imap_get(&r->links, key_of(c));

	if (l)
		return l;
	l = rmqi_calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->number = ++r->connections;
	if (rmqi_imap_set(&r->links, key_of(c), l) == RMQ_OK)
		return l;
	rmqi_free(l);
	return NULL;
}

static void learn_client(struct link *l, struct rmqi_str client_id)
{
	char *id;

	if (client_id.len == 0 || (l->client_id && rmqi_str_is(client_id, l->client_id)))
		return;
	id = rmqi_str_dup(client_id);
	if (!id)
		return;
	rmqi_free(l->client_id);
	l->client_id = id;
}

void mb_record_opened(struct mb_record *r, const struct rmqi_conn *c)
{
	(void)link_of(r, c);
}

bool mb_record_is_open(const struct mb_record *r, const struct rmqi_conn *c)
{
	return rmqi_imap_get(&r->links, key_of(c)) != NULL;
}

/* What has no outcome yet has none any more. */
static void lose(struct mb_record *r, const struct link *l)
{
	for (uint64_t i = r->first; i < r->next; i++) {
		struct mb_outcome lost = {.end = MB_END_LOST, .code = -1};
		const struct mb_seen *s = place(r, i)->seen;

		if (s->connection == l->number && s->kind == MB_SEEN_REQUEST)
			mb_record_end(r, i, &lost);
	}
}

void mb_record_closed(struct mb_record *r, const struct rmqi_conn *c)
{
	struct link *l = rmqi_imap_get(&r->links, key_of(c));

	if (!l)
		return;
	lose(r, l);
	(void)rmqi_imap_remove(&r->links, key_of(c));
	link_free(l);
}

/* --- Entries ------------------------------------------------------------------------------------ */

uint64_t mb_record_enter(struct mb_record *r, const struct rmqi_conn *c, struct mb_seen *from,
			 struct rmqi_str client_id)
{
	struct link *l = link_of(r, c);

	if (l) {
		learn_client(l, client_id);
		from->connection = l->number;
		from->client_id = rmqi_str(l->client_id);
	}
	from->peer = rmqi_str(rmqi_conn_peer_text(c));
	from->wall_ms = rmqi_clock_wall_ms(r->clock);
	from->us = rmqi_clock_us(r->clock);
	return enter(r, from);
}

void mb_record_end(struct mb_record *r, uint64_t number, struct mb_outcome *from)
{
	struct mb_entry *e = find(r, number);
	struct mb_outcome *o;

	if (!e || e->outcome)
		return;
	from->wall_ms += rmqi_clock_wall_ms(r->clock);
	from->us += rmqi_clock_us(r->clock);
	o = mb_outcome_new(from);
	if (!o)
		return;
	e->outcome = o;
	r->bytes += o->size;
}
