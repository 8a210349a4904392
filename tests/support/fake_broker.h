/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_broker.h - a name server and a broker in one, on one in-process address,
 * that does what a test tells it to.
 *
 * Left alone it behaves: it knows its topics and messages, members by their heartbeats,
 * offsets, holds pulls. A rule makes the next requests of a code fail. Everything that a
 * test may want to look at is kept. Master of "broker-a".
 *
 * Thread: the simulation's.
 */
#ifndef TESTS_SUPPORT_FAKE_BROKER_H
#define TESTS_SUPPORT_FAKE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/executor.h"
#include "codec/command.h"

enum { FAKE_NO_ANSWER = -1, FAKE_CLOSE = -2, FAKE_FOREVER = 1000000 };

struct fake_broker;

struct fake_broker *fake_broker_new(const struct rmqi_env *env);
void fake_broker_free(struct fake_broker *b);
const char *fake_broker_address(const struct fake_broker *b);

/* Makes the topic with so many queues, or changes their number. */
void fake_broker_topic(struct fake_broker *b, const char *topic, int queues);
/* From now on the route of this topic is one of logical queues. Borrowed; NULL: of none. */
void fake_broker_static_topic(struct fake_broker *b, const char *topic);
/* Stores a message; held pulls of the queue get it. `tag` may be NULL. Returns its queue offset. */
int64_t fake_broker_put(struct fake_broker *b, const char *topic, int queue, const char *body,
			const char *tag);
/* Offsets below it are gone. */
void fake_broker_trim(struct fake_broker *b, const char *topic, int queue, int64_t min);
/* The newest messages from `max` on are gone (a broker that lost data). */
void fake_broker_cut(struct fake_broker *b, const char *topic, int queue, int64_t max);
/* From now on what comes of a stored message is damaged like this. */
enum fake_damage {
	FAKE_SOUND,
	FAKE_BODY,     /* its CRC does not fit */
	FAKE_PACKED,   /* it says that it is compressed, and is not */
	FAKE_PACKED_5, /* ... in a way that nobody knows */
	FAKE_FIELDS,   /* the length of its body is wrong */
	FAKE_FRAME,    /* its own length is wrong */
	FAKE_UNPLACED  /* of a lite topic: it names a second one */
};
void fake_broker_damage(struct fake_broker *b, const char *topic, int queue, int64_t offset,
			enum fake_damage damage);
/* FAKE_BODY, or FAKE_SOUND. */
void fake_broker_corrupt(struct fake_broker *b, const char *topic, int queue, int64_t offset,
			 bool is_corrupt);

/* The next `times` requests of this code get the response code (or FAKE_...). */
void fake_broker_refuse(struct fake_broker *b, int code, int response, int times);
/* The next commit is served, and answered, so much later: those that come behind it are not. */
void fake_broker_late_commit(struct fake_broker *b, int64_t ms);
/* What is said with a refusal from now on. Borrowed; NULL: "said so by the test". */
void fake_broker_remark(struct fake_broker *b, const char *remark);
/* Instead of those who sent heartbeats; NULL ends it. Separated by ','. */
void fake_broker_members(struct fake_broker *b, const char *ids);
/* It keeps this tag, said with this version, for topic T, whatever heartbeats say; NULL: it tells nothing
 * (203). */
void fake_broker_said(struct fake_broker *b, const char *tag, int64_t version);
/* From now on a message that is sent back, or sent to a %RETRY% topic, is stored there at once. */
void fake_broker_retry(struct fake_broker *b);
/* Tells the clients that the group has changed. */
void fake_broker_notify(struct fake_broker *b, const char *group);
/* From now on the routes call it a slave, or the master again. */
void fake_broker_slave(struct fake_broker *b, bool is_slave);
/* From now on its routes name these (borrowed; NULL: none) as the master and the slave of broker-a. */
void fake_broker_names(struct fake_broker *b, const struct fake_broker *master,
		       const struct fake_broker *slave);
/* From now on its routes give the slave out as the master, as one that acts (enableSlaveActingMaster). */
void fake_broker_acts(struct fake_broker *b, const struct fake_broker *slave);
/* From now on its routes name this one, too, as the master of "broker-b" (NULL: none), with as many queues. */
void fake_broker_beside(struct fake_broker *b, const struct fake_broker *other);
/* From now on its route of this topic (borrowed; NULL: none) names no address of broker-a. */
void fake_broker_forgets(struct fake_broker *b, const char *topic);
/* From now on its routes say that this topic (borrowed; NULL: none) may only be read, of a master with
 * enableSlaveActingMaster. */
void fake_broker_drains(struct fake_broker *b, const char *topic);
/* How it answers pulls (PullMessageProcessor.java, 4.9 and 5.x), but for what it suggests: */
enum fake_role {
	FAKE_MASTER,
	FAKE_SLAVE, /* with 20, and the offset that was asked for, outside of its queue */
	FAKE_LONE_SLAVE, /* with that whenever there is no message: 5.x without enableSlaveActingMaster */
	FAKE_BLIND_SLAVE /* with that whatever there is */
};
void fake_broker_role(struct fake_broker *b, enum fake_role role);
/* From now on pulls match only messages with this tag (borrowed; NULL: all). */
void fake_broker_only_tag(struct fake_broker *b, const char *tag);
/* Its answers to pulls suggest this broker id for the next one; 0 at first. */
void fake_broker_suggest(struct fake_broker *b, int64_t broker_id);
/* What comes on the connections that are there now is lost, and nothing more is sent on them: they are half
 * open. New ones are well. */
void fake_broker_half_open(struct fake_broker *b);
/* It does nothing any more, like a process that is stopped: its system takes what comes. Real time only;
 * thaw before anything else is called. */
void fake_broker_freeze(struct fake_broker *b);
void fake_broker_thaw(struct fake_broker *b);
/* Closes every connection. */
void fake_broker_hang_up(struct fake_broker *b);

/* This client has locked the queue, now; "": nobody has. For 60 s. */
void fake_broker_lock(struct fake_broker *b, const char *topic, int queue, const char *client_id);
/* Who has; "": nobody. */
const char *fake_broker_locked_by(struct fake_broker *b, const char *topic, int queue);

/* -1: none. */
void fake_broker_set_committed(struct fake_broker *b, const char *topic, int queue, int64_t offset);
int64_t fake_broker_committed(struct fake_broker *b, const char *topic, int queue);
/* Requests of this code so far. */
unsigned fake_broker_count(const struct fake_broker *b, int code);
/* Header of the last request of this code: the value of an ext field, "" when it had none. */
const char *fake_broker_last(const struct fake_broker *b, int code, const char *key);
/* Body of the last heartbeat. */
const char *fake_broker_heartbeat(const struct fake_broker *b);
size_t fake_broker_held(const struct fake_broker *b);

/* Popped messages that are neither acknowledged nor over. What is over is stored in %RETRY%G_T at the next
 * pop, ack or question for an assignment. */
size_t fake_broker_out(struct fake_broker *b);
/* So many pops bring nothing though there is something, as if each passed over a part that no filter wants; the answer
 * says how many parts are left (restNum). FAKE_FOREVER: they do not get less. */
void fake_broker_barren(struct fake_broker *b, int pops);
/* Who asks for his queues is to pop everything, or to pull them (again): false at first. */
void fake_broker_pops(struct fake_broker *b, bool is_pop);
/* What it says then. */
enum fake_assignment {
	FAKE_ASSIGNS,        /* at first */
	FAKE_ASSIGNS_OTHERS, /* queues of another topic */
	FAKE_ASSIGNS_NOTHING /* no list, as where the group or the route is not known */
};
void fake_broker_assigns(struct fake_broker *b, enum fake_assignment how);

/* Lite topics of T: those of "a" lie in queue 0 of the topic "%LMQ%$T$a". What it was told of them: "PARTIAL_ADD
 * a,b;COMPLETE_REMOVE ;" */
const char *fake_broker_lite_told(const struct fake_broker *b);
/* Tells this client (its id) that another one has the lite topic. */
void fake_broker_take_lite(struct fake_broker *b, const char *client_id, const char *lite_topic);
/* Its answers to pops say this of how often their messages came (borrowed; NULL: "0;0;0"). */
void fake_broker_lite_counts(struct fake_broker *b, const char *order_count_info);
/* It keeps none, and its settings say so. */
void fake_broker_without_lmq(struct fake_broker *b);

#endif
