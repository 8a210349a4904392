/* SPDX-License-Identifier: Apache-2.0 */
/* t_groups_shown.c - what groups have at a cluster, seen without a client. */
#include <stdio.h>
#include <string.h>

#include <rocketmq/mock_group.h>

#include "base/mem.h"
#include "tests/broker/popper.h"

#define LOCK "{\"topic\":\"T\",\"brokerName\":\"" BROKER "\",\"queueId\":1}"

static struct rig *rig;
static struct peer *peer;

static void begin(void)
{
	rig = rig_new(NULL);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

/* --- Groups ------------------------------------------------------------------------------------- */

static rmq_mock_groups *groups(void)
{
	rmq_mock_groups *l = NULL;

	ck_assert_int_eq(rmq_mock_cluster_groups(rig->cluster, &l, NULL), RMQ_OK);
	return l;
}

/* A group that only pulls has no line. */
START_TEST(groups__have_members_and_lag)
{
	rmq_mock_groups *l;
	const struct rmq_mock_group *g;

	begin();
	l = groups();
	ck_assert_uint_eq(rmq_mock_groups_count(l), 0);
	rmq_mock_groups_free(l);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(peer_send(peer, "T", 1, "x", NULL), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 1, 0, 0), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 1, 1), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 0), 0);
	l = groups();
	ck_assert_uint_eq(rmq_mock_groups_count(l), 1);
	ck_assert_ptr_null(rmq_mock_groups_at(l, 1));
	g = rmq_mock_groups_at(l, 0);
	ck_assert_str_eq(g->name, "G");
	ck_assert_str_eq(g->broker, BROKER);
	ck_assert_str_eq(g->message_model, "CLUSTERING");
	ck_assert_uint_eq(g->member_count, 1);
	ck_assert_str_eq(g->members[0], "c1");
	ck_assert_uint_eq(g->queue_count, 2);
	ck_assert_str_eq(g->queues[1].topic, "T");
	ck_assert_int_eq(g->queues[1].queue_id, 1);
	ck_assert_int_eq(g->queues[1].committed, 1);
	ck_assert_int_eq(g->queues[1].max_offset, 3);
	ck_assert_int_eq(g->queues[1].lag, 2);
	ck_assert_int_eq(g->queues[0].lag, 0);
	ck_assert_int_eq(g->lag, 2);
	end();
	ck_assert_str_eq(g->name, "G"); /* outlives the cluster */
	rmq_mock_groups_free(l);
}
END_TEST

/* Its offsets stay. */
START_TEST(groups__without_members_are_there_once)
{
	rmq_mock_groups *l;
	const struct rmq_mock_group *g;

	begin();
	ck_assert_int_eq(peer_create_topic(peer, "U", 1), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 0), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "U", 0, 0), 0);
	ck_assert_int_eq(peer_unregister(peer, "c1", "G"), 0);
	l = groups();
	ck_assert_uint_eq(rmq_mock_groups_count(l), 1);
	g = rmq_mock_groups_at(l, 0);
	ck_assert_uint_eq(g->member_count, 0);
	ck_assert_str_eq(g->consume_type, "");
	ck_assert_uint_eq(g->queue_count, 2);
	rmq_mock_groups_free(l);
	end();
}
END_TEST

START_TEST(groups__are_gone_with_their_broker)
{
	rmq_mock_groups *l;

	begin();
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, NULL), RMQ_OK);
	l = groups();
	ck_assert_uint_eq(rmq_mock_groups_count(l), 0);
	rmq_mock_groups_free(l);
	end();
}
END_TEST

/* Whichever allocation fails: an error, and nothing that leaks. */
START_TEST(groups__survive_without_memory)
{
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	begin();
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 0), 0);
	for (uint64_t i = 1; err != RMQ_OK; i++) {
		rmq_mock_groups *l = NULL;

		ck_assert_uint_lt(i, 100);
		rmqi_mem_fail_after(i, 0);
		err = rmq_mock_cluster_groups(rig->cluster, &l, NULL);
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
		ck_assert((err == RMQ_OK) == (l != NULL));
		rmq_mock_groups_free(l);
	}
	end();
}
END_TEST

/* --- Locks -------------------------------------------------------------------------------------- */

static void lock(int32_t code, const char *client)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "{\"consumerGroup\":\"G\",\"clientId\":\"%s\",\"mqSet\":[" LOCK "]}", client);
	ck_assert_int_eq(peer_ask(peer, rig->broker, code, NULL, NULL, body), 0);
}

static rmq_mock_locks *locks(void)
{
	rmq_mock_locks *l = NULL;

	ck_assert_int_eq(rmq_mock_cluster_locks(rig->cluster, &l, NULL), RMQ_OK);
	return l;
}

static size_t count_locks(void)
{
	rmq_mock_locks *l = locks();
	size_t n = rmq_mock_locks_count(l);

	rmq_mock_locks_free(l);
	return n;
}

START_TEST(locks__show_who_holds_them_and_how_long)
{
	rmq_mock_locks *l;
	const struct rmq_mock_lock *k;

	begin();
	lock(RMQI_REQ_LOCK_BATCH_MQ, "c1");
	rig_advance(rig, 20000);
	l = locks();
	ck_assert_uint_eq(rmq_mock_locks_count(l), 1);
	ck_assert_ptr_null(rmq_mock_locks_at(l, 1));
	k = rmq_mock_locks_at(l, 0);
	ck_assert_str_eq(k->broker, BROKER);
	ck_assert_str_eq(k->group, "G");
	ck_assert_str_eq(k->topic, "T");
	ck_assert_int_eq(k->queue_id, 1);
	ck_assert_str_eq(k->client_id, "c1");
	ck_assert_int_le(k->left_ms, 40000);
	ck_assert_int_gt(k->left_ms, 39000);
	rmq_mock_locks_free(l);
	rig_advance(rig, 41000);
	ck_assert_uint_eq(count_locks(), 0); /* expired */
	lock(RMQI_REQ_LOCK_BATCH_MQ, "c2");
	ck_assert_uint_eq(count_locks(), 1);
	lock(RMQI_REQ_UNLOCK_BATCH_MQ, "c2");
	ck_assert_uint_eq(count_locks(), 0);
	end();
}
END_TEST

/* --- Transactions ------------------------------------------------------------------------------- */

static rmq_mock_transactions *transactions(void)
{
	rmq_mock_transactions *l = NULL;

	ck_assert_int_eq(rmq_mock_cluster_transactions(rig->cluster, &l, NULL), RMQ_OK);
	return l;
}

static size_t count_transactions(void)
{
	rmq_mock_transactions *l = transactions();
	size_t n = rmq_mock_transactions_count(l);

	rmq_mock_transactions_free(l);
	return n;
}

static void make_half(struct rmqi_h_send_message *h)
{
	h->bornTimestamp = rig_now(rig);
	h->sysFlag = RMQI_SYS_PREPARED;
}

static void send_half(const char *id)
{
	char properties[64];

	snprintf(properties, sizeof(properties), "UNIQ_KEY=%s,TRAN_MSG=true,PGROUP=P", id);
	ck_assert_int_eq(peer_send_with(peer, "T", 1, "half", properties, make_half), 0);
}

/* As the list says where it is. */
static void decide(const struct rmq_mock_transaction *t, int32_t what)
{
	struct rmqi_h_end_transaction h = {.producerGroup = RMQI_STR("P"),
					   .tranStateTableOffset = t->half_offset,
					   .commitLogOffset = t->log_offset,
					   .commitOrRollback = what,
					   .msgId = rmqi_str(t->id)};

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_END_TRANSACTION,
				  &rmqi_desc_end_transaction, &h, NULL),
			 0);
}

START_TEST(transactions__are_pending_until_they_are_decided)
{
	enum { COMMIT = 8, ROLLBACK = 12 };
	rmq_mock_transactions *l;
	const struct rmq_mock_transaction *t;

	begin();
	send_half("A");
	send_half("B");
	send_half("C");
	l = transactions();
	ck_assert_uint_eq(rmq_mock_transactions_count(l), 3);
	ck_assert_ptr_null(rmq_mock_transactions_at(l, 3));
	t = rmq_mock_transactions_at(l, 1);
	ck_assert_str_eq(t->broker, BROKER);
	ck_assert_str_eq(t->producer_group, "P");
	ck_assert_str_eq(t->id, "B");
	ck_assert_str_eq(t->topic, "T");
	ck_assert_int_eq(t->queue_id, 1);
	ck_assert_int_eq(t->half_offset, 1);
	ck_assert_int_eq(t->checks, 0);
	decide(t, COMMIT);
	ck_assert_uint_eq(count_transactions(), 2); /* not noted in the store yet */
	decide(rmq_mock_transactions_at(l, 0), ROLLBACK);
	rmq_mock_transactions_free(l);
	rig_advance(rig, 5000);
	l = transactions(); /* noted */
	ck_assert_uint_eq(rmq_mock_transactions_count(l), 1);
	ck_assert_str_eq(rmq_mock_transactions_at(l, 0)->id, "C");
	rmq_mock_transactions_free(l);
	end();
}
END_TEST

/* Each question copies it: it is still one, with the number of questions, until it is given up. */
START_TEST(transactions__that_are_asked_about_are_one)
{
	rmq_mock_transactions *l;

	begin();
	send_half("A");
	rig_advance(rig, 70000);
	l = transactions();
	ck_assert_uint_eq(rmq_mock_transactions_count(l), 1);
	ck_assert_int_ge(rmq_mock_transactions_at(l, 0)->checks, 1);
	ck_assert_int_gt(rmq_mock_transactions_at(l, 0)->half_offset, 0);
	rmq_mock_transactions_free(l);
	rig_advance(rig, 3600 * 1000);
	ck_assert_uint_eq(count_transactions(), 0);
	end();
}
END_TEST

/* --- Popped messages ---------------------------------------------------------------------------- */

static rmq_mock_pops *pops(void)
{
	rmq_mock_pops *l = NULL;

	ck_assert_int_eq(rmq_mock_cluster_pops(rig->cluster, &l, NULL), RMQ_OK);
	return l;
}

static size_t count_pops(void)
{
	rmq_mock_pops *l = pops();
	size_t n = rmq_mock_pops_count(l);

	rmq_mock_pops_free(l);
	return n;
}

START_TEST(pops__are_out_until_they_are_acknowledged_or_over)
{
	struct popped first;
	rmq_mock_pops *l;
	const struct rmq_mock_pop *m;

	begin();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(peer_send(peer, "T", 1, "x", NULL), 0);
	ck_assert_uint_eq(count_pops(), 0);
	ck_assert_int_eq(peer_pop(peer), 0);
	first = peer_popped(peer, 0);
	ck_assert_uint_eq(count_pops(), 3);
	ck_assert_int_eq(peer_ack(peer, &first), 0);
	l = pops();
	ck_assert_uint_eq(rmq_mock_pops_count(l), 2);
	ck_assert_ptr_null(rmq_mock_pops_at(l, 2));
	m = rmq_mock_pops_at(l, 0);
	ck_assert_str_eq(m->broker, BROKER);
	ck_assert_str_eq(m->group, "G");
	ck_assert_str_eq(m->topic, "T");
	ck_assert_int_eq(m->queue_id, 1);
	ck_assert_int_eq(m->queue_offset, 1);
	ck_assert_int_eq(m->visible_ms - m->popped_ms, 60000);
	rmq_mock_pops_free(l);
	rig_advance(rig, 61000);
	ck_assert_uint_eq(count_pops(), 0);
	end();
}
END_TEST

START_TEST(pops__in_order_are_shown_too)
{
	struct popped first;
	rmq_mock_pops *l;

	begin();
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(peer_send(peer, "T", 1, "x", NULL), 0);
	ck_assert_int_eq(peer_pop_orderly(peer, "try-1"), 0);
	first = peer_popped(peer, 0);
	ck_assert_uint_eq(count_pops(), 2);
	ck_assert_int_eq(peer_ack(peer, &first), 0);
	l = pops();
	ck_assert_uint_eq(rmq_mock_pops_count(l), 1);
	ck_assert_int_eq(rmq_mock_pops_at(l, 0)->queue_offset, 1);
	ck_assert_int_eq(rmq_mock_pops_at(l, 0)->visible_ms -
				 rmq_mock_pops_at(l, 0)->popped_ms,
			 60000);
	rmq_mock_pops_free(l);
	rig_advance(rig, 61000);
	ck_assert_uint_eq(count_pops(), 0);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		groups__have_members_and_lag,
		groups__without_members_are_there_once,
		groups__are_gone_with_their_broker,
		groups__survive_without_memory,
		locks__show_who_holds_them_and_how_long,
		transactions__are_pending_until_they_are_decided,
		transactions__that_are_asked_about_are_one,
		pops__are_out_until_they_are_acknowledged_or_over,
		pops__in_order_are_shown_too,
	};

	return run_suite("groups_shown", tests, RMQI_COUNT(tests));
}
