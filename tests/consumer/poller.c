/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/consumer/poller.h"

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "base/mem.h"
#include "consumer/mq.h"
#include "consumer/pull.h"
#include "consumer/start.h"

/* --- An offset store in memory --------------------------------------------------------------- */

static struct memory *memory_at(struct rmqi_offset_store *s)
{
	return RMQI_CONTAINER(s, struct memory, store);
}

static struct place *find_place(struct memory *m, const char *topic, int queue)
{
	char name[64];

	snprintf(name, sizeof(name), "%s:%d", topic, queue);
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->places[i].queue, name) == 0)
			return &m->places[i];
	ck_assert_uint_lt(m->count, PLACES);
	m->places[m->count] = (struct place){.offset = -1};
	snprintf(m->places[m->count].queue, sizeof(m->places[0].queue), "%s", name);
	return &m->places[m->count++];
}

static struct place *place_of(struct memory *m, const struct rmqi_mq *mq)
{
	return find_place(m, mq->key.topic, (int)mq->key.queue_id);
}

static void memory_find(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	const struct place *p = place_of(memory_at(s), mq);

	if (p->offset >= 0)
		rmqi_start_found(mq, p->offset);
	else
		rmqi_start_none(mq);
}

static void memory_commit(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	int64_t offset = rmqi_mq_commit_offset(mq);

	if (offset >= 0)
		place_of(memory_at(s), mq)->offset = offset;
}

static void memory_flush(struct rmqi_offset_store *s)
{
	memory_at(s)->flushes++;
}

static void memory_commit_last(struct rmqi_offset_store *s, struct rmqi_commit_report *report)
{
	RMQI_LIST_EACH(node, &memory_at(s)->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs)
			memory_commit(s, RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	}
	rmqi_event_set(&report->settled);
}

/* --- A sink that is polled ------------------------------------------------------------------------ */

static struct buffer *buffer_at(struct rmqi_sink *s)
{
	return RMQI_CONTAINER(s, struct buffer, sink);
}

static void buffer_take(struct rmqi_sink *s, struct rmqi_delivery *d)
{
	struct buffer *b = buffer_at(s);

	ck_assert_uint_lt(b->count, BUFFERED);
	b->waiting[b->count++] = rmqi_delivery_ref(d);
}

static bool buffer_must_wait(struct rmqi_sink *s, struct rmqi_mq *mq)
{
	return buffer_at(s)->is_paused && !mq->is_retry;
}

static bool buffer_is_busy(struct rmqi_sink *s, struct rmqi_mq *mq)
{
	struct buffer *b = buffer_at(s);

	return b->out && b->out->mq == mq;
}

static void forget(struct buffer *b, size_t i)
{
	rmqi_delivery_unref(b->waiting[i]);
	memmove(&b->waiting[i], &b->waiting[i + 1], (--b->count - i) * sizeof(b->waiting[0]));
	if (i == 0)
		b->at = 0;
}

static void buffer_dropped(struct rmqi_sink *s, struct rmqi_mq *mq)
{
	struct buffer *b = buffer_at(s);

	b->dropped += mq->is_retry ? 0 : 1;
	for (size_t i = b->count; i-- > 0;)
		if (b->waiting[i]->mq == mq)
			forget(b, i);
}

static void buffer_stop(struct rmqi_sink *s)
{
	(void)s;
}

static const char *buffer_close(struct rmqi_sink *s, int64_t until_us, int64_t rest_us)
{
	(void)until_us;
	(void)rest_us;
	return buffer_at(s)->out ? "a message was not acknowledged" : NULL;
}

const struct rmq_message *poller_next(struct poller *p)
{
	struct buffer *b = &p->buffer;
	struct rmqi_delivery *d = b->count > 0 ? b->waiting[0] : NULL;

	ck_assert_ptr_null(b->out);
	if (!d)
		return NULL;
	b->out = rmqi_delivery_ref(d);
	b->out_at = b->at++;
	if (b->at == d->count)
		forget(b, 0);
	return b->out->items[b->out_at];
}

void poller_acknowledge(struct poller *p)
{
	struct buffer *b = &p->buffer;
	struct rmqi_delivery *d = b->out;

	b->out = NULL;
	rmqi_delivery_settle(d, b->out_at, 1, RMQI_ITEM_DONE);
	rmqi_mq_settled(d->mq, d);
	if (d->mq->state == RMQI_MQ_LEAVING)
		rmqi_mq_drop(d->mq);
	rmqi_delivery_unref(d);
}

int64_t *poller_kept(struct poller *p, const char *topic, int queue)
{
	return &find_place(&p->memory, topic, queue)->offset;
}

/* --- The handle --------------------------------------------------------------------------------- */

unsigned pollers_destroyed;

static struct poller *poller_of(struct rmqi_consumer *c)
{
	return RMQI_CONTAINER(c, struct poller, member.consumer);
}

static enum rmq_error set_up(struct rmqi_consumer *c)
{
	(void)c;
	return RMQ_OK;
}

static void tear_down(struct rmqi_consumer *c)
{
	struct buffer *b = &poller_of(c)->buffer;

	ck_assert_uint_eq(b->count, 0);
	rmqi_delivery_unref(b->out);
}

static void destroy(struct rmqi_consumer *c)
{
	struct poller *p = poller_of(c);

	rmqi_member_deinit(&p->member);
	rmqi_free(p);
	pollers_destroyed++;
}

static const struct rmqi_consumer_kind kind = {
	.name = "poller",
	.consume_type = "CONSUME_ACTIVELY",
	.fetch = &rmqi_pull,
	.set_up = set_up,
	.tear_down = tear_down,
	.destroy = destroy,
};

struct poller *poller_new(const struct rmq_config *config)
{
	struct poller *p = rmqi_calloc(1, sizeof(*p));
	struct rmqi_consumer *c = &p->member.consumer;

	p->buffer.sink = (struct rmqi_sink){.chunk = 1,
					    .take = buffer_take,
					    .must_wait = buffer_must_wait,
					    .is_busy = buffer_is_busy,
					    .dropped = buffer_dropped,
					    .stop = buffer_stop,
					    .close = buffer_close};
	p->memory.store = (struct rmqi_offset_store){.find = memory_find,
						     .commit = memory_commit,
						     .flush = memory_flush,
						     .commit_last = memory_commit_last};
	p->memory.consumer = c;
	c->kind = &kind;
	c->sink = &p->buffer.sink;
	c->store = &p->memory.store;
	ck_assert_int_eq(rmqi_member_init(&p->member, config, "G", NULL), RMQ_OK);
	return p;
}
