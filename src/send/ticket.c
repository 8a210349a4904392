/* SPDX-License-Identifier: Apache-2.0 */
#include "send/ticket.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/properties.h"

/* One allocation; the texts stand behind the struct. */
struct rmqi_ticket {
	struct rmqi_written written;
	struct rmqi_sender *sender;
	struct rmqi_place place;
	char id[RMQI_ID_SIZE];
	const char *keys;
	char topic[];
};

static void end(struct rmqi_ticket *t)
{
	struct rmqi_sender *s = t->sender;

	rmqi_flight_leave(&t->place, NULL);
	rmqi_free(t);
	rmqi_sender_leave(s);
}

/* An unfinished frame is not stored; what becomes of a whole one nobody tells. @thread: loop */
static void on_written(struct rmqi_written *w, bool is_written)
{
	struct rmqi_ticket *t = RMQI_CONTAINER(w, struct rmqi_ticket, written);
	struct rmqi_loss loss = {.error = RMQ_ERR_CANCELLED,
				 .id = rmqi_str(t->id),
				 .topic = rmqi_str(t->topic),
				 .keys = rmqi_str(t->keys)};

	if (!is_written && atomic_load(&t->sender->is_refusing))
		rmqi_losses_add(&t->sender->losses, &loss);
	end(t);
}

static struct rmqi_ticket *make(const struct rmq_message *m)
{
	const char *keys = rmqi_message_property(m, RMQI_PROP_KEYS);
	const char *topic = rmq_message_topic(m); /* as the user sees it */
	size_t topic_len = strlen(topic) + 1, keys_len = keys ? strlen(keys) + 1 : 1;
	struct rmqi_ticket *t = rmqi_alloc(sizeof(*t) + topic_len + keys_len);
	char *at;

	if (!t)
		return NULL;
	at = t->topic + topic_len;
	rmqi_memcpy(t->topic, topic, topic_len);
	rmqi_memcpy(at, keys ? keys : "", keys_len);
	t->keys = at;
	t->id[0] = '\0';
	t->written = (struct rmqi_written){.fn = on_written};
	return t;
}

enum rmq_error rmqi_ticket_take(struct rmqi_sender *s, const struct rmq_message *m,
				int64_t deadline_us, struct rmqi_ticket **out,
				struct rmq_error_detail *detail)
{
	struct rmqi_ticket *t = make(m);
	enum rmq_error err;

	if (!t)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = rmqi_flight_enter(s->flight, m->body_len + m->properties_len, deadline_us, &t->place,
				NULL, detail);
	if (err != RMQ_OK) {
		rmqi_free(t);
		return err;
	}
	rmqi_sender_stay(s);
	t->sender = s;
	*out = t;
	return RMQ_OK;
}

struct rmqi_written *rmqi_ticket_written(struct rmqi_ticket *t, const struct rmqi_send_request *r)
{
	rmqi_memcpy(t->id, r->uniq_key, sizeof(t->id));
	return &t->written;
}

void rmqi_ticket_drop(struct rmqi_ticket *t)
{
	if (t)
		end(t);
}
