/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_impl.h - the inside of a world: who is in it, and what each file does to it.
 *
 *     world     a run                        senders   producers, and requests that are answered
 *     faults    what the seed lets happen    members   groups whose members come and go
 *     ends      what must hold in the end    pollers   consumers that are polled
 */
#ifndef TESTS_SIMULATION_WORLD_IMPL_H
#define TESTS_SIMULATION_WORLD_IMPL_H

#include <rocketmq/mock.h>
#include <rocketmq/rocketmq.h>

#include "tests/simulation/world.h"

enum {
	GROUP_PUSH,
	GROUP_ORDERLY,
	GROUP_PUSH_POP, /* a push consumer whose brokers let it pop */
	GROUP_TAGS,     /* subscribes to one tag, and later to both */
	MEMBER_GROUPS,  /* of those above members come and go */
	GROUP_LITE = MEMBER_GROUPS,
	GROUP_SIMPLE,
	GROUP_PULL,
	MEMBERS = 3, /* of a group, at most */
	QUEUES = 4,  /* of each broker */
	BROKERS = 2,
	ALL_QUEUES = QUEUES * BROKERS,
	NODES = 6,
	CLOSE_MS = 3000,
	POISON_EVERY = 25, /* such a message fails in group 0 each time */
	POISON_TRIES = 2   /* maxReconsumeTimes of that group */
};

/* What a listener is told. */
struct seat {
	struct world *w;
	int group;
	rmq_push_consumer *consumer; /* NULL: nobody is there */
};

/* One queue of the pull consumer, which keeps its offset itself. */
struct pulled {
	struct world *w;
	struct rmq_queue queue;
	int64_t next;
	bool is_asked;
};

struct world {
	uint64_t state; /* of the generator */
	struct audit audit;
	rmq_mock_cluster *cluster;
	int64_t began_ms;
	rmq_config *config;

	rmq_producer *producer;
	rmq_push_consumer *answerer;
	uint64_t replies;

	struct seat seats[MEMBER_GROUPS][MEMBERS];
	int64_t moody_until_ms; /* so long the orderly ones refuse all */
	bool has_both_tags;

	rmq_lite_pull_consumer *lite;
	rmq_dedup *known; /* by the lite one */
	rmq_simple_consumer *simple;
	bool is_receiving; /* simple */
	rmq_pull_consumer *puller;
	rmq_queues *queues;
	struct pulled pulled[ALL_QUEUES];

	int64_t furthest[AUDIT_GROUPS][ALL_QUEUES]; /* offset that each group has seen; -1: none */
	bool is_calm;      /* nothing fails any more */
	bool is_sync;      /* brokers flush before they acknowledge, and may lose their power */
	bool is_gentle;    /* members come and go, and nothing else happens */
	bool is_sick[BROKERS]; /* the disk takes nothing any more */
	uint64_t faults;
	unsigned instances;
};

extern const char *const world_brokers[BROKERS];
extern const char *const world_nodes[NODES];

/* --- world.c -------------------------------------------------------------------------------------- */

/* The same on every machine. */
uint64_t world_draw(struct world *w);
unsigned world_below(struct world *w, unsigned n);
/* Anything but RMQ_OK fails the run. Frees the detail. */
void world_check(struct world *w, enum rmq_error err, rmq_error_detail **detail, const char *what);
void world_set(struct world *w, const char *key, const char *value);
/* Who is made next is a process of its own. */
void world_name_instance(struct world *w);
/* With SIM_TELL=1: what happens, and when, on stderr. */
void world_tell(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The place of a queue of "Topic" among all of them. */
size_t world_queue(const struct rmq_queue *queue);
/* The group is past it, whether it took it for a new one or not. */
void world_pass(struct world *w, int group, const rmq_message *m);
/* It came to the group. */
void world_see(struct world *w, int group, const rmq_message *m);
/* Moves time and lets those that are polled work. */
void world_advance(struct world *w, int64_t ms);

/* --- members.c ------------------------------------------------------------------------------------ */

/* Brokers may be away just now: then it joins when it finds them. */
void members_join(struct world *w, int group, int at);
/* `is_sure`: it has to end in time. */
void members_leave(struct world *w, int group, int at, bool is_sure);
void members_want_both_tags(struct world *w);

/* --- pollers.c ------------------------------------------------------------------------------------ */

void pollers_open(struct world *w);
void pollers_close(struct world *w);
void pollers_work(struct world *w);

/* --- senders.c ------------------------------------------------------------------------------------ */

void senders_open(struct world *w);
void senders_close(struct world *w);
/* One producer ends and another one comes. */
void senders_renew(struct world *w);
/* A message, or a batch, of a kind that is drawn. */
void senders_send(struct world *w);
/* One of each kind: each has to go through. */
void senders_send_all(struct world *w);

/* --- faults.c ------------------------------------------------------------------------------------- */

void faults_let_happen(struct world *w);
void faults_heal(struct world *w);

/* --- ends.c --------------------------------------------------------------------------------------- */

/* Waits until what was acknowledged has come. */
void ends_await_all(struct world *w);
/* Then nothing is left over. */
void ends_check(struct world *w);

#endif
