/* SPDX-License-Identifier: Apache-2.0 */
#include "send/undelivered.h"

#include "base/mem.h"

enum { FIRST_ROOM = 16 };

static const char *put_text(char **at, struct rmqi_str s)
{
	char *text = *at;

	rmqi_memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	*at += s.len + 1;
	return text;
}

static struct rmq_undelivered_message *make(const struct rmqi_loss *l)
{
	size_t texts = l->id.len + l->topic.len + l->keys.len + 3;
	struct rmq_undelivered_message *m = rmqi_alloc(sizeof(*m) + texts);
	char *at = (char *)(m + 1);

	if (!m)
		return NULL;
	m->error = l->error;
	m->is_maybe_stored = l->is_maybe_stored;
	m->id = put_text(&at, l->id);
	m->topic = put_text(&at, l->topic);
	m->keys = put_text(&at, l->keys);
	return m;
}

static bool make_room(struct rmq_undelivered *u)
{
	size_t room = u->room ? u->room * 2 : FIRST_ROOM;
	struct rmq_undelivered_message **messages;

	if (u->count < u->room)
		return true;
	messages = rmqi_realloc(u->messages, room * sizeof(messages[0]));
	if (!messages)
		return false;
	u->messages = messages;
	u->room = room;
	return true;
}

static void add(struct rmq_undelivered *u, const struct rmqi_loss *loss)
{
	struct rmq_undelivered_message *m = NULL;

	if (u->count < RMQI_UNDELIVERED_MOST && make_room(u))
		m = make(loss);
	if (m)
		u->messages[u->count++] = m;
	else
		u->omitted++;
}

static void clear(struct rmq_undelivered *u)
{
	for (size_t i = 0; i < u->count; i++)
		rmqi_free(u->messages[i]);
	rmqi_free(u->messages);
}

void rmqi_losses_init(struct rmqi_losses *l)
{
	*l = (struct rmqi_losses){0};
	rmqi_mutex_init(&l->mu);
}

void rmqi_losses_deinit(struct rmqi_losses *l)
{
	clear(&l->list);
	rmqi_mutex_deinit(&l->mu);
}

void rmqi_losses_add(struct rmqi_losses *l, const struct rmqi_loss *loss)
{
	rmqi_mutex_lock(&l->mu);
	add(&l->list, loss);
	rmqi_mutex_unlock(&l->mu);
}

enum rmq_error rmqi_losses_copy(struct rmqi_losses *l, struct rmq_undelivered **out)
{
	struct rmq_undelivered *u = rmqi_calloc(1, sizeof(*u));
	size_t omitted;

	if (!u)
		return RMQ_ERR_NO_MEMORY;
	rmqi_mutex_lock(&l->mu);
	omitted = l->list.omitted;
	for (size_t i = 0; i < l->list.count; i++) {
		const struct rmq_undelivered_message *m = l->list.messages[i];
		struct rmqi_loss loss = {m->error, m->is_maybe_stored, rmqi_str(m->id),
					 rmqi_str(m->topic), rmqi_str(m->keys)};

		add(u, &loss);
	}
	rmqi_mutex_unlock(&l->mu);
	/* A list that lacks some would look complete. */
	if (u->omitted > 0) {
		rmqi_undelivered_free(u);
		return RMQ_ERR_NO_MEMORY;
	}
	u->omitted = omitted;
	*out = u;
	return RMQ_OK;
}

size_t rmqi_losses_count(struct rmqi_losses *l)
{
	size_t count;

	rmqi_mutex_lock(&l->mu);
	count = l->list.count + l->list.omitted;
	rmqi_mutex_unlock(&l->mu);
	return count;
}

void rmqi_undelivered_free(struct rmq_undelivered *u)
{
	if (!u)
		return;
	clear(u);
	rmqi_free(u);
}
