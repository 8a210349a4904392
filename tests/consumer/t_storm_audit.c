/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_storm_audit.c - a group in a storm, over the mock broker under virtual time: members join, leave in good
 * order, hang in their listeners and die while messages come. By seed. In the end
 *
 *     no message is lost
 *     what came twice was not committed when its queue was taken up again, and came once since then
 *     committed offsets never went back, and are at the end of every queue
 *     the members that are left hold each queue once
 *     with orderly listeners: no queue is at two of them at a time, no message passes an earlier one of its queue
 *
 * RMQ_STORM_MESSAGES: how many (20000).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "client/config.h"
#include "consumer/push_consumer.h"
#include "send/queues.h"
#include "tests/broker/rig.h"

enum {
	SEATS = 16,
	QUEUES = 64,
	OTHERWISE = 20000,
	ROUNDS = 40,
	MEMBERS_LEAST = 4, /* of those that are alive */
	BATCH = 16
};

struct seat {
	int number;
	rmq_push_consumer *consumer; /* NULL: nobody sits here */
	struct rmq_config *config;
	bool is_dead;
	int64_t hang_ms; /* its next call of the listener takes so long */
	bool holds[QUEUES];
	int64_t since[QUEUES]; /* committed when it was told that it has the queue, */
	uint32_t turn[QUEUES]; /* the number of that */
};

static struct storm {
	struct rig *rig;
	struct peer *peer;
	struct rmqi_rand rand;
	struct seat seats[SEATS];
	size_t total;
	size_t sent;
	size_t per_queue;
	uint32_t *
		seen; /* in which turn each message was consumed last; 0: never. By queue and offset */
	uint32_t turns;
	size_t duplicates;
	int64_t committed[QUEUES];
	bool is_orderly;
	bool is_running[QUEUES]; /* with an orderly listener */
	int64_t next[QUEUES];    /* behind the furthest message that was consumed */
	unsigned joins, leaves, hangs, deaths, kept_back;
} s;

static uint64_t below(uint64_t n)
{
	return rmqi_rand_below(&s.rand, n);
}

static void look_at_committed(int queue)
{
	int64_t now = peer_committed(s.peer, "G", "T", queue);

	ck_assert_msg(now >= s.committed[queue], "the offset of queue %d went from %lld to %lld",
		      queue, (long long)s.committed[queue], (long long)now);
	s.committed[queue] = now;
}

/* --- What members are told ------------------------------------------------------------------------ */

static void wait_ms(int64_t ms)
{
	struct rmqi_event never;

	rmqi_event_init(&never, s.rig->env);
	(void)rmqi_event_wait(&never, rmqi_clock_deadline(s.rig->env->clock, ms));
	rmqi_event_deinit(&never);
}

/* In a turn that began when `since` was committed. */
static void note(int queue, int64_t offset, uint32_t turn, int64_t since)
{
	uint32_t *seen = &s.seen[(size_t)queue * s.per_queue + (size_t)offset];

	ck_assert_uint_lt((size_t)offset, s.per_queue);
	ck_assert_msg(offset >= since, "%d:%lld came, but %lld was committed before", queue,
		      (long long)offset, (long long)since);
	ck_assert_msg(*seen != turn, "%d:%lld came twice since its queue was taken up", queue,
		      (long long)offset);
	s.duplicates += *seen == 0 ? 0 : 1;
	*seen = turn;
}

static enum rmq_consume_status listen(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t count, rmq_consume_context *context, void *arg)
{
	struct seat *seat = arg;
	int queue = messages[0]->queue.queue_id;
	/* While it hangs its queue may go, and come again. */
	int64_t hang_ms = seat->hang_ms, since = seat->since[queue];
	uint32_t turn = seat->turn[queue];

	(void)c;
	(void)context;
	seat->hang_ms = 0;
	if (hang_ms > 0)
		wait_ms(hang_ms);
	for (size_t i = 0; i < count; i++)
		note(queue, rmq_message_queue_offset(messages[i]), turn, since);
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_orderly_status listen_in_order(rmq_push_consumer *c,
					       const rmq_message *const *messages, size_t count,
					       rmq_orderly_context *context, void *arg)
{
	int queue = messages[0]->queue.queue_id;

	(void)context;
	ck_assert_msg(!s.is_running[queue], "queue %d is at two listeners", queue);
	s.is_running[queue] = true;
	for (size_t i = 0; i < count; i++) {
		int64_t offset = rmq_message_queue_offset(messages[i]);

		ck_assert_msg(offset <= s.next[queue], "%d:%lld came, but %lld did not before",
			      queue, (long long)offset, (long long)s.next[queue]);
		s.next[queue] = offset == s.next[queue] ? offset + 1 : s.next[queue];
	}
	(void)listen(c, messages, count, NULL, arg);
	s.is_running[queue] = false;
	return RMQ_ORDERLY_SUCCESS;
}

static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	struct seat *seat = arg;

	(void)topic;
	(void)held;
	for (size_t i = 0; i < assigned->count; i++) {
		int queue = assigned->list[i].queue_id;

		ck_assert(!seat->holds[queue]);
		seat->holds[queue] = true;
		seat->since[queue] =
			mb_cluster_consumer_offset(s.rig->cluster, BROKER, "G", "T", queue);
		seat->turn[queue] = ++s.turns;
	}
	for (size_t i = 0; i < revoked->count; i++) {
		ck_assert(seat->holds[revoked->list[i].queue_id]);
		seat->holds[revoked->list[i].queue_id] = false;
	}
}

/* --- What happens ------------------------------------------------------------------------------------ */

static void set(struct seat *seat, const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(seat->config, key, value, NULL), RMQ_OK);
}

static void join(struct seat *seat)
{
	char name[32];

	seat->is_dead = false;
	seat->config = rmqi_config_new();
	rmqi_env_ref(s.rig->env);
	seat->config->env = s.rig->env;
	snprintf(name, sizeof(name), "m%d-%u", seat->number, s.joins++);
	set(seat, "namesrvAddr", s.rig->namesrv);
	set(seat, "clientIP", "10.0.0.1");
	set(seat, "instanceName", name);
	set(seat, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	set(seat, "consumeThreadMin", "2");
	set(seat, "consumeThreadMax", "2");
	set(seat, "consumeMessageBatchMaxSize", "8");
	set(seat, "persistConsumerOffsetInterval", "1000");
	ck_assert_int_eq(rmqi_push_consumer_new(seat->config, "G", &seat->consumer, NULL), RMQ_OK);
	ck_assert_int_eq(
		s.is_orderly ? rmqi_push_consumer_set_orderly_listener(seat->consumer,
								       listen_in_order, seat, NULL)
			     : rmqi_push_consumer_set_listener(seat->consumer, listen, seat, NULL),
		RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_set_queues_fn(seat->consumer, on_queues, seat, NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(seat->consumer, "T", "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(seat->consumer, NULL), RMQ_OK);
}

/* Closes, or buries what has died. Everything it held was taken from it. */
static void leave(struct seat *seat)
{
	seat->hang_ms = 0;
	rmqi_push_consumer_free(seat->consumer);
	seat->consumer = NULL;
	rmqi_config_free(seat->config);
	for (int queue = 0; queue < QUEUES; queue++)
		ck_assert(!seat->holds[queue]);
	s.leaves++;
}

static void drop_dead(void *arg)
{
	struct rmqi_consumer *c = arg;

	c->is_active = false;
	rmqi_rpc_close(rmqi_client_rpc(c->client));
}

/* As kill -9: its connections break, nothing is committed, nobody says goodbye. */
static void die(struct seat *seat)
{
	struct rmqi_consumer *c = &seat->consumer->member.consumer;

	rmqi_loop_call(c->loop, drop_dead, c);
	seat->is_dead = true;
	s.deaths++;
}

static bool is_alive(const struct seat *seat)
{
	return seat->consumer && !seat->is_dead;
}

static unsigned count_alive(void)
{
	unsigned count = 0;

	for (int i = 0; i < SEATS; i++)
		count += is_alive(&s.seats[i]) ? 1 : 0;
	return count;
}

static void change_seat(struct seat *seat)
{
	if (!seat->consumer) {
		join(seat);
		return;
	}
	if (seat->is_dead) {
		leave(seat);
		return;
	}
	if (below(3) == 0) {
		seat->hang_ms = 1000 + (int64_t)below(20000);
		s.hangs++;
		return;
	}
	if (count_alive() <= MEMBERS_LEAST) {
		s.kept_back++;
		return;
	}
	if (below(2) == 0)
		die(seat);
	else
		leave(seat);
}

static void send_some(size_t count)
{
	for (size_t i = 0; i < count && s.sent < s.total; i++) {
		int32_t queue = (int32_t)(s.sent % QUEUES);

		ck_assert_int_eq(peer_send(s.peer, "T", queue, "x", NULL), 0);
		s.sent++;
	}
}

/* --- The audit -------------------------------------------------------------------------------------------- */

static size_t wanted_total(void)
{
	const char *text = getenv("RMQ_STORM_MESSAGES");
	size_t count = text ? (size_t)strtoul(text, NULL, 10) : OTHERWISE;

	return count - count % QUEUES;
}

static void begin(uint64_t seed, bool is_orderly)
{
	memset(&s, 0, sizeof(s));
	s.is_orderly = is_orderly;
	s.rig = rig_new(NULL);
	s.peer = peer_new(s.rig);
	s.total = wanted_total();
	s.per_queue = s.total / QUEUES;
	s.seen = rmqi_calloc(s.total + 1, sizeof(s.seen[0]));
	ck_assert_ptr_nonnull(s.seen);
	rmqi_rand_init(&s.rand, seed);
	ck_assert_int_eq(peer_create_topic(s.peer, "T", QUEUES), 0);
	for (int i = 0; i < SEATS; i++)
		s.seats[i].number = i;
	for (int i = 0; i < MEMBERS_LEAST; i++)
		join(&s.seats[i]);
}

static void check_partition(void)
{
	for (int queue = 0; queue < QUEUES; queue++) {
		int owners = 0;

		for (int i = 0; i < SEATS; i++)
			owners += is_alive(&s.seats[i]) && s.seats[i].holds[queue] ? 1 : 0;
		ck_assert_msg(owners == 1, "queue %d has %d owners", queue, owners);
	}
}

static void check_all(void)
{
	size_t lost = 0;

	for (size_t i = 0; i < s.total; i++)
		lost += s.seen[i] == 0 ? 1 : 0;
	ck_assert_msg(lost == 0, "%zu of %zu messages were lost", lost, s.total);
	for (int queue = 0; queue < QUEUES; queue++) {
		look_at_committed(queue);
		ck_assert_int_eq(s.committed[queue], (int64_t)s.per_queue);
	}
	check_partition();
}

static void end(void)
{
	for (int i = 0; i < SEATS; i++)
		if (s.seats[i].consumer)
			leave(&s.seats[i]);
	printf("# %zu messages, %zu again; %u joined, %u left, %u hung, %u died\n", s.total,
	       s.duplicates, s.joins, s.leaves, s.hangs, s.deaths);
	rmqi_free(s.seen);
	peer_free(s.peer);
	rig_free(s.rig);
}

static void rage(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		send_some(s.total / ROUNDS + 1);
		for (unsigned i = 0; i < 2; i++)
			change_seat(&s.seats[below(SEATS)]);
		rig_advance(s.rig, 200 + (int64_t)below(4000));
		for (int queue = 0; queue < QUEUES; queue++)
			look_at_committed(queue);
	}
	send_some(s.total);
	/* A dead one is missed when its connection breaks; who hangs has come back. */
	rig_advance(s.rig, 120000);
	ck_assert_uint_gt(s.deaths + s.hangs, 3);
	check_all();
	end();
}

START_TEST(storm__loses_nothing_and_repeats_what_was_not_committed_only)
{
	begin((uint64_t)_i + 1, false);
	rage();
}
END_TEST

START_TEST(storm__of_orderly_listeners_keeps_the_order)
{
	begin((uint64_t)_i + 1, true);
	rage();
}
END_TEST

int main(void)
{
	struct suite suite;

	suite_open(&suite, "storm_audit");
	suite_add_loop(&suite, storm__loses_nothing_and_repeats_what_was_not_committed_only, 4);
	suite_add_loop(&suite, storm__of_orderly_listeners_keeps_the_order, 2);
	return suite_run(&suite);
}
