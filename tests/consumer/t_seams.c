/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a consumer with other things in them: a member whose messages
 * stand in a buffer until the test polls them, and whose offsets live in memory. What
 * is here is all that such a consumer needs, so the seams are where the headers say.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/macros.h"
#include "base/mem.h"
#include "base/sim.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/member.h"
#include "consumer/mq.h"
#include "consumer/pull.h"
#include "consumer/start.h"
#include "net/inproc.h"
#include "tests/support/fake_broker.h"
#include "tests/support/suite.h"

#define OWN_ID "10.0.0.1@me"

/* --- An offset store in memory --------------------------------------------------------------- */

enum { PLACES = 8 };

struct place {
	char queue[64];
	int64_t offset;
};

struct memory {
	struct rmqi_offset_store store;
	struct rmqi_consumer *consumer;
	struct place places[PLACES];
	size_t count;
	unsigned flushes;
};

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

enum { BUFFERED = 64 };

struct buffer {
	struct rmqi_sink sink;
	struct rmqi_delivery *waiting[BUFFERED]; /* a reference each */
	size_t count;
	size_t at;                 /* next item of the first one */
	struct rmqi_delivery *out; /* a reference; polled and not acknowledged */
	size_t out_at;
	bool is_paused; /* by the user */
	unsigned dropped;
};

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

/* The next message, NULL: none. It is out until it is acknowledged. @thread: loop */
static const struct rmq_message *poll_one(struct buffer *b)
{
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

/* @thread: loop */
static void acknowledge(struct buffer *b)
{
	struct rmqi_delivery *d = b->out;

	b->out = NULL;
	rmqi_delivery_settle(d, b->out_at, 1, RMQI_ITEM_DONE);
	rmqi_mq_settled(d->mq, d);
	if (d->mq->state == RMQI_MQ_LEAVING)
		rmqi_mq_drop(d->mq);
	rmqi_delivery_unref(d);
}

/* --- The handle --------------------------------------------------------------------------------- */

struct poller {
	struct rmqi_member member;
	struct buffer buffer;
	struct memory memory;
};

static unsigned destroyed;

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
	destroyed++;
}

static const struct rmqi_consumer_kind kind = {
	.consume_type = "CONSUME_ACTIVELY",
	.message_model = "CLUSTERING",
	.fetch = &rmqi_pull,
	.set_up = set_up,
	.tear_down = tear_down,
	.destroy = destroy,
};

static struct poller *poller_new(const struct rmq_config *config)
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

/* --- The scene ------------------------------------------------------------------------------------- */

static struct scene {
	struct rmqi_sim *sim;
	struct rmqi_inproc *net;
	struct rmqi_env env;
	struct fake_broker *broker;
	struct rmq_config *config;
	struct poller *poller;
	char polled[64];
	char log[8192]; /* all lines */
	size_t log_len;
} s;

static void on_log(enum rmq_log_level level, const char *text, void *arg)
{
	size_t room = sizeof(s.log) - s.log_len;
	int n = snprintf(s.log + s.log_len, room, "%s\n", text);

	(void)level;
	(void)arg;
	if (n > 0)
		s.log_len += (size_t)n < room ? (size_t)n : room - 1;
}

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(s.config, key, value, NULL), RMQ_OK);
}

static void advance(int64_t ms)
{
	rmqi_sim_advance(s.sim, ms * 1000);
}

static void put(int queue, int from, int count)
{
	char body[32];

	for (int i = from; i < from + count; i++) {
		snprintf(body, sizeof(body), "m%04d", i);
		fake_broker_put(s.broker, "T", queue, body, NULL);
	}
}

static void set_up_scene(void)
{
	destroyed = 0;
	s = (struct scene){0};
	ck_assert_int_eq(rmqi_sim_new(1, INT64_C(1700000000000), &s.sim), RMQ_OK);
	ck_assert_int_eq(rmqi_inproc_new(s.sim, &s.net), RMQ_OK);
	s.env = (struct rmqi_env){rmqi_sim_clock(s.sim), s.sim, s.net};
	s.broker = fake_broker_new(&s.env);
	fake_broker_topic(s.broker, "T", 1);
	fake_broker_topic(s.broker, "%RETRY%G", 1);
	s.config = rmqi_config_new();
	s.config->env = &s.env;
	s.config->log = (struct rmqi_log){.fn = on_log, .level = RMQ_LOG_DEBUG};
	set("namesrvAddr", fake_broker_address(s.broker));
	set("clientIP", "10.0.0.1");
	set("instanceName", "me");
	set("consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	s.poller = poller_new(s.config);
}

static void start(void)
{
	ck_assert_int_eq(rmqi_member_subscribe(&s.poller->member, "T", "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_member_start(&s.poller->member, NULL), RMQ_OK);
	advance(500);
}

static void tear_down_scene(void)
{
	if (s.poller)
		rmqi_consumer_unref(&s.poller->member.consumer);
	rmqi_config_free(s.config);
	fake_broker_free(s.broker);
	rmqi_inproc_free(s.net);
	rmqi_sim_free(s.sim);
}

static void poll_it(void *arg)
{
	const struct rmq_message *m = poll_one(&s.poller->buffer);

	(void)arg;
	snprintf(s.polled, sizeof(s.polled), "%.*s", m ? (int)m->body_len : 0,
		 m ? (const char *)m->body : "");
}

/* The body of the next message, "" when there is none. */
static const char *poll_body(void)
{
	rmqi_loop_call(s.poller->member.consumer.loop, poll_it, NULL);
	return s.polled;
}

static void acknowledge_it(void *arg)
{
	(void)arg;
	acknowledge(&s.poller->buffer);
}

static void done(void)
{
	rmqi_loop_call(s.poller->member.consumer.loop, acknowledge_it, NULL);
}

static void resume_it(void *arg)
{
	struct rmqi_sub *sub = rmqi_subscriptions_find(&s.poller->member.consumer.subs, "T");

	(void)arg;
	s.poller->buffer.is_paused = false;
	RMQI_LIST_EACH(node, &sub->mqs)
		rmqi_mq_continue(RMQI_LIST_ITEM(node, struct rmqi_mq, link));
}

static int64_t kept(void)
{
	return find_place(&s.poller->memory, "T", 0)->offset;
}

static size_t queues(void)
{
	return atomic_load(&s.poller->member.consumer.queue_count);
}

static void lose_queue(void)
{
	fake_broker_members(s.broker, "0.0.0.0@first," OWN_ID);
	fake_broker_notify(s.broker, "G");
	advance(500);
}

static void regain_queue(void)
{
	fake_broker_members(s.broker, NULL);
	fake_broker_notify(s.broker, "G");
	advance(1500);
}

/* --- Tests ------------------------------------------------------------------------------------------- */

START_TEST(seams__what_is_polled_and_done_is_kept_and_nothing_else)
{
	char body[32];

	set_up_scene();
	put(0, 0, 40);
	start();
	for (int i = 0; i < 35; i++) {
		snprintf(body, sizeof(body), "m%04d", i);
		ck_assert_str_eq(poll_body(), body);
		if (i < 34)
			done();
	}
	advance(5000);
	ck_assert_int_eq(kept(), 34);
	done();
	ck_assert_int_eq(rmqi_member_close(&s.poller->member, -1, NULL), RMQ_OK);
	ck_assert_int_eq(kept(), 35);
	ck_assert_uint_ge(s.poller->memory.flushes, 1);
	ck_assert_uint_eq(s.poller->buffer.dropped, 1);
	tear_down_scene();
}
END_TEST

START_TEST(seams__offsets_of_another_store_never_reach_the_broker)
{
	set_up_scene();
	find_place(&s.poller->memory, "T", 0)->offset = 3;
	fake_broker_set_committed(s.broker, "T", 0, 1);
	put(0, 0, 5);
	start();
	ck_assert_str_eq(poll_body(), "m0003");
	done();
	advance(10000);
	ck_assert_int_eq(rmqi_member_close(&s.poller->member, -1, NULL), RMQ_OK);
	ck_assert_int_eq(kept(), 4);
	ck_assert_int_eq(fake_broker_committed(s.broker, "T", 0), 1);
	ck_assert_uint_eq(fake_broker_count(s.broker, RMQI_REQ_QUERY_CONSUMER_OFFSET), 0);
	ck_assert_uint_eq(fake_broker_count(s.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET), 0);
	tear_down_scene();
}
END_TEST

START_TEST(seams__a_sink_that_must_wait_holds_up_its_queue)
{
	set_up_scene();
	put(0, 0, 5);
	s.poller->buffer.is_paused = true;
	start();
	ck_assert_uint_eq(queues(), 1);
	/* The other one is. */
	ck_assert_str_eq(fake_broker_last(s.broker, RMQI_REQ_PULL_MESSAGE, "topic"), "%RETRY%G");
	ck_assert_str_eq(poll_body(), "");
	rmqi_loop_call(s.poller->member.consumer.loop, resume_it, NULL);
	advance(1);
	ck_assert_str_eq(poll_body(), "m0000");
	done();
	tear_down_scene();
}
END_TEST

START_TEST(seams__what_was_fetched_and_not_polled_goes_with_its_queue)
{
	set_up_scene();
	put(0, 0, 10);
	start();
	ck_assert_str_eq(poll_body(), "m0000");
	done();
	lose_queue();
	ck_assert_uint_eq(queues(), 0);
	ck_assert_int_eq(kept(), 1);
	ck_assert_str_eq(poll_body(), "");
	regain_queue();
	ck_assert_uint_eq(queues(), 1);
	for (int i = 1; i < 10; i++) {
		ck_assert_int_eq(poll_body()[4], '0' + i);
		done();
	}
	ck_assert_str_eq(poll_body(), "");
	tear_down_scene();
}
END_TEST

START_TEST(seams__a_busy_sink_keeps_the_queue_until_it_is_done)
{
	unsigned pulls;

	set_up_scene();
	put(0, 0, 3);
	start();
	ck_assert_str_eq(poll_body(), "m0000");
	lose_queue();
	ck_assert_uint_eq(queues(), 1);
	pulls = fake_broker_count(s.broker, RMQI_REQ_PULL_MESSAGE);
	put(0, 3, 1);
	advance(1000);
	ck_assert_uint_eq(fake_broker_count(s.broker, RMQI_REQ_PULL_MESSAGE), pulls);
	/* It comes back before we are through with it: still the old one, then a new one. */
	regain_queue();
	ck_assert_uint_eq(s.poller->buffer.dropped, 0);
	done();
	ck_assert_uint_eq(s.poller->buffer.dropped, 1);
	ck_assert_int_eq(kept(), 1);
	advance(1500);
	ck_assert_uint_eq(queues(), 1);
	ck_assert_str_eq(poll_body(), "m0001");
	done();
	tear_down_scene();
}
END_TEST

START_TEST(seams__a_close_tells_what_the_sink_says)
{
	rmq_error_detail *d = rmqi_detail_new();

	set_up_scene();
	put(0, 0, 2);
	start();
	ck_assert_str_eq(poll_body(), "m0000");
	ck_assert_int_eq(rmqi_member_close(&s.poller->member, -1, d), RMQ_ERR_TIMEOUT);
	ck_assert_str_eq(rmq_error_detail_message(d), "closed, but a message was not acknowledged");
	ck_assert_int_eq(kept(), 0);
	rmq_error_detail_free(d);
	tear_down_scene();
}
END_TEST

START_TEST(seams__the_last_reference_destroys_the_handle)
{
	struct rmqi_consumer *c;

	set_up_scene();
	start();
	c = rmqi_consumer_ref(&s.poller->member.consumer);
	ck_assert_int_eq(rmqi_member_close(&s.poller->member, -1, NULL), RMQ_OK);
	s.poller = NULL;
	rmqi_consumer_unref(c);
	ck_assert_uint_eq(destroyed, 0);
	rmqi_consumer_unref(c);
	ck_assert_uint_eq(destroyed, 1);
	tear_down_scene();
}
END_TEST

START_TEST(states__are_told_but_for_the_way_of_every_fetch)
{
	set_up_scene();
	rmqi_consumer_unref(&s.poller->member.consumer);
	set("consumeFromWhere", "CONSUME_FROM_LAST_OFFSET");
	s.poller = poller_new(s.config);
	s.poller->buffer.is_paused = true;
	start();
	ck_assert_ptr_nonnull(strstr(s.log, "T@broker-a:0: READY -> PAUSED\n"));
	rmqi_loop_call(s.poller->member.consumer.loop, resume_it, NULL);
	advance(100);
	ck_assert_ptr_nonnull(strstr(s.log, "T@broker-a:0: PAUSED -> FINDING\n"));
	ck_assert_ptr_nonnull(strstr(s.log, "T@broker-a:0: FINDING -> READY\n"));
	ck_assert_uint_ge(fake_broker_count(s.broker, RMQI_REQ_PULL_MESSAGE), 2);
	ck_assert_ptr_null(strstr(s.log, "READY -> FETCHING"));
	lose_queue();
	ck_assert_ptr_nonnull(strstr(s.log, "T@broker-a:0: FETCHING -> DROPPED\n"));
	tear_down_scene();
}
END_TEST

/* --- How far a member has come ------------------------------------------------------------------------- */

static struct rmqi_member_standing standing(void)
{
	struct rmqi_member_standing out;

	rmqi_member_standing(&s.poller->member, &out);
	return out;
}

START_TEST(standing__tells_what_a_subscription_waits_for)
{
	set_up_scene();
	ck_assert_uint_eq(standing().subscriptions, 0);
	fake_broker_topic(s.broker, "T", 3);
	fake_broker_refuse(s.broker, RMQI_REQ_HEART_BEAT, RMQI_RESP_SYSTEM_ERROR, 1);
	fake_broker_members(s.broker, "0.0.0.0@another");
	start();
	ck_assert_int_eq(standing().least, RMQI_STANDING_UNREGISTERED);

	advance(31000);
	ck_assert_int_eq(standing().least, RMQI_STANDING_UNCOUNTED);
	ck_assert_str_eq(standing().topic, "T");

	fake_broker_members(s.broker, NULL);
	advance(1500);
	ck_assert_int_eq(standing().least, RMQI_STANDING_SHARED);
	ck_assert_uint_eq(standing().queues, 3);

	ck_assert_int_eq(rmqi_member_subscribe(&s.poller->member, "Later", "*", NULL), RMQ_OK);
	advance(100);
	ck_assert_int_eq(standing().least, RMQI_STANDING_NO_ROUTE);
	ck_assert_str_eq(standing().topic, "Later");
	ck_assert_uint_eq(standing().shared, 1);
	ck_assert_uint_eq(standing().subscriptions, 2);
	tear_down_scene();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		seams__what_is_polled_and_done_is_kept_and_nothing_else,
		seams__offsets_of_another_store_never_reach_the_broker,
		seams__a_sink_that_must_wait_holds_up_its_queue,
		seams__what_was_fetched_and_not_polled_goes_with_its_queue,
		seams__a_busy_sink_keeps_the_queue_until_it_is_done,
		seams__a_close_tells_what_the_sink_says,
		seams__the_last_reference_destroys_the_handle,
		states__are_told_but_for_the_way_of_every_fetch,
		standing__tells_what_a_subscription_waits_for,
	};

	return run_suite("seams", tests, RMQI_COUNT(tests));
}
