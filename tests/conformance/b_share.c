/* SPDX-License-Identifier: Apache-2.0 */
/* b_share.c - strategies by which members share queues, and being told of queues that come and go. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

enum { MEMBERS = 3, SENT = 300 };

struct group {
	struct sink *members[MEMBERS];
	size_t count;
};

static size_t count_queues(const struct group *g)
{
	size_t total = 0;

	for (size_t i = 0; i < g->count; i++)
		total += sink_queue_count(g->members[i]);
	return total;
}

static int is_shared(void *arg)
{
	return count_queues(arg) == ALL_QUEUES;
}

/* Each has the share that it has among all, so a queue of two members would be counted twice; and every message
 * comes, to somebody. */
static void expect_partition(struct group *g, const char *topic, struct audit *audit)
{
	rmq_error_detail *detail = NULL;

	for (size_t i = 0; i < g->count; i++)
		expect_ok(sink_wait_ready(g->members[i], SOON_MS, &detail), detail);
	if (!wait_until(is_shared, g, 2 * SOON_MS))
		fail("the members have %zu queues together", count_queues(g));
	audit_send(audit, new_producer(NULL), topic, SENT, 64);
	audit_expect(audit, AUDIT_DISORDER | AUDIT_DUPLICATES);
}

static void share__by_consistent_hash(void)
{
	const char *topic = new_topic(QUEUES), *group = new_name("G");
	struct audit *audit = audit_new(SENT);
	struct group g = {.count = MEMBERS};

	for (size_t i = 0; i < MEMBERS; i++)
		g.members[i] = sink_open(group, topic, NULL,
					 "allocateMessageQueueStrategy=CONSISTENT_HASH", audit);
	expect_partition(&g, topic, audit);
}

/* Those of even number to one, the others to the other one. */
static void list_queues(const char *topic, size_t odd, char *out, size_t size)
{
	rmq_queues *queues = NULL;
	const struct rmq_queue *q;
	size_t len;

	expect(rmq_producer_queues(new_producer(NULL), topic, &queues, NULL) == RMQ_OK);
	len = (size_t)snprintf(out, size, "allocateMessageQueueStrategy=CONFIG allocateQueues=");
	for (size_t i = 0; (q = rmq_queues_at(queues, i)) != NULL; i++)
		if (i % 2 == odd)
			len += (size_t)snprintf(out + len, size - len, "%s@%s:%d;", topic,
						q->broker_name, (int)q->queue_id);
	expect(len < size);
	rmq_queues_free(queues);
}

static void share__by_configuration(void)
{
	const char *topic = new_topic(QUEUES), *group = new_name("G");
	struct audit *audit = audit_new(SENT);
	struct group g = {.count = 2};
	char settings[2048];

	for (size_t i = 0; i < 2; i++) {
		list_queues(topic, i, settings, sizeof(settings));
		g.members[i] = sink_open(group, topic, NULL, settings, audit);
	}
	sink_expect_queues(g.members[0], ALL_QUEUES / 2);
	sink_expect_queues(g.members[1], ALL_QUEUES / 2);
	expect_partition(&g, topic, audit);
}

/* From behind, in turn. */
static size_t choose(const rmq_queues *queues, const char *const *members, size_t member_count,
		     size_t self, size_t *chosen, void *arg)
{
	size_t count = 0, all = rmq_queues_count(queues);

	(void)members;
	(void)arg;
	for (size_t i = 0; i < all; i++)
		if ((all - 1 - i) % member_count == self)
			chosen[count++] = i;
	return count;
}

static void share__by_a_function(void)
{
	const char *topic = new_topic(QUEUES), *group = new_name("G");
	struct audit *audit = audit_new(SENT);
	struct group g = {.count = MEMBERS};

	for (size_t i = 0; i < MEMBERS; i++) {
		g.members[i] = sink_new(group, topic, NULL, NULL);
		g.members[i]->audit = audit;
		expect(rmq_push_consumer_set_allocate_fn(g.members[i]->consumer, choose, NULL,
							 NULL) == RMQ_OK);
		sink_start(g.members[i]);
	}
	expect_partition(&g, topic, audit);
}

struct told {
	atomic_int held;
	atomic_int assigned;
	atomic_int revoked;
	atomic_int wrong; /* a list that does not follow from the one before */
};

static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	struct told *t = arg;
	int before = atomic_load(&t->held), now = (int)rmq_queues_count(held);
	int came = (int)rmq_queues_count(assigned), went = (int)rmq_queues_count(revoked);

	if (before + came - went != now || came + went == 0 || strncmp(topic, "%RETRY%", 7) == 0)
		atomic_fetch_add(&t->wrong, 1);
	atomic_store(&t->held, now);
	atomic_fetch_add(&t->assigned, came);
	atomic_fetch_add(&t->revoked, went);
}

static void share__tells_of_queues_that_come_and_go(void)
{
	const char *topic = new_topic(QUEUES), *group = new_name("G");
	static struct told told;
	struct told *t = &told;
	struct sink *one = sink_new(group, topic, NULL, NULL), *two;

	memset(t, 0, sizeof(*t));
	expect(rmq_push_consumer_set_queues_fn(one->consumer, on_queues, t, NULL) == RMQ_OK);
	sink_start(one);
	sink_expect_queues(one, ALL_QUEUES);
	two = sink_open(group, topic, NULL, NULL, NULL);
	sink_expect_queues(one, ALL_QUEUES / 2);
	sink_expect_queues(two, ALL_QUEUES / 2);
	sink_close(two);
	sink_expect_queues(one, ALL_QUEUES);
	sink_close(one);
	expect_int(atomic_load(&t->held), 0);
	expect_int(atomic_load(&t->assigned), atomic_load(&t->revoked));
	expect(atomic_load(&t->assigned) >= ALL_QUEUES + ALL_QUEUES / 2);
	expect_int(atomic_load(&t->wrong), 0);
}

static const struct behaviour share_list[] = {
	BEHAVIOUR(share__by_consistent_hash, 0),
	BEHAVIOUR(share__by_configuration, 0),
	BEHAVIOUR(share__by_a_function, 0),
	BEHAVIOUR(share__tells_of_queues_that_come_and_go, 0),
};
BEHAVIOURS(share);
