/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_impl.h - the inside of a client, for the files of this room only.
 */
#ifndef RMQI_CLIENT_CLIENT_IMPL_H
#define RMQI_CLIENT_CLIENT_IMPL_H

#include "base/list.h"
#include "base/map.h"
#include "base/rand.h"
#include "base/siphash.h"
#include "client/client.h"
#include "client/complaint.h"
#include "client/credentials.h"
#include "client/fault.h"
#include "client/life.h"
#include "client/roster.h"
#include "client/tally.h"

struct rmqi_callbacks;
struct refresh; /* routes.c */

/* A topic that is known or watched. */
struct rmqi_topic {
	char *name;                     /* owned */
	struct rmqi_topic_route *route; /* mu; NULL: none yet */
	bool is_watched;                /* loop */
	bool is_fetching;               /* loop */
	bool has_failed;                /* loop; the last fetch: no name server was reached */
	bool is_told_missing;           /* loop; holds a complaint: no name server knows it */
	bool is_told_static;            /* loop; that it is a static topic */
	size_t answer_len;              /* loop; of what `route` was made of last */
	uint64_t answer_hash;           /* likewise; keyed */
};

/* A broker address that heartbeats go to. Thread: loop. */
struct rmqi_broker {
	char *address; /* owned */
	char *name;    /* owned */
	bool is_master;
	bool is_written; /* some route named it as the master of a topic that may be written, and none as a slave since */
	bool is_registered;       /* it took a heartbeat on the connection that is open now */
	int64_t registered_us;    /* when; only while is_registered */
	bool is_calling;          /* a heartbeat is under way */
	bool is_greeting;         /* ... the first on this connection, or the first ever */
	bool has_joined;          /* once; told */
	enum rmq_event_kind told; /* last; 0: nothing */
	bool is_asked;            /* a question of the detector is under way */
	bool is_outdated;         /* another one was asked for meanwhile: what it says may be old */
	bool is_wanted;           /* mark of the sweep: still in a route */
	bool is_leaving;          /* the farewell waits for the answer to the heartbeat that is under way */
	bool is_alive;            /* it sent something since the heartbeat that is under way */
	int64_t beat_us;          /* when the last heartbeat was sent */
	int64_t retry_us; /* when it gets the next one out of turn; RMQI_FOREVER: it does not */
	int64_t retry_ms; /* how long that was waited for; 0: the last one was taken */
	int32_t version;  /* mu */
};

/* detector.c: startDetectorEnable and its like, as they are now. */
struct rmqi_detector {
	struct rmqi_timer timer; /* loop; armed: somebody is to be asked */
	atomic_bool is_on;
	_Atomic int64_t interval_ms;
	_Atomic int64_t timeout_ms;
};

struct rmqi_client {
	struct rmq_config *config; /* immutable, as all down to `rpc` */
	struct rmqi_client_owner owner;
	const struct rmqi_env *env;
	const struct rmqi_log *log;
	uint64_t process; /* where it was made (base/process.h) */
	sigset_t signals; /* of the thread that made it: for threads that run the user's code */
	char **namesrvs;
	size_t namesrv_count;
	char *id;
	struct rmqi_uniq uniq;
	struct rmqi_tls *tls;                 /* NULL: plain */
	struct rmqi_credentials *credentials; /* NULL: none */
	struct rmqi_loop *loop;
	struct rmqi_rpc *rpc;

	/* CREATED, RUNNING   the loop may begin calls
	 * CLOSING            it begins none but the farewell; those under way end
	 * CLOSED             the rpc is closed */
	struct rmqi_life life;
	struct rmqi_roster_entry roster; /* while it is started */
	struct rmqi_faults faults;
	struct rmqi_detector detector;
	struct rmqi_tallies tallies;
	int64_t made_ms;                            /* immutable; the wall's time */
	struct rmqi_refresh *refresh;               /* immutable; NULL: the keys stay */
	struct rmqi_events *events;                 /* immutable; NULL: nobody is told */
	_Atomic(struct rmqi_callbacks *) callbacks; /* NULL: none needed yet */

	struct rmqi_siphash_key route_key; /* immutable */
	struct rmqi_rand rand; /* loop */
	size_t namesrv_chosen; /* loop */
	struct rmqi_timer route_timer;
	struct rmqi_timer heartbeat_timer;
	struct rmqi_timer retry_timer;   /* heartbeats out of turn */
	struct rmqi_timer farewell_timer; /* loop; armed: the farewell waits for heartbeats */
	struct rmqi_farewell *farewell;   /* loop; NULL: none is under way. Borrowed */
	struct rmqi_timer missing_timer; /* looks again for routes of watched topics */
	bool is_namesrv_lost;            /* loop; the last query reached none */
	int64_t missing_delay_ms;        /* loop; of its next round */
	struct refresh *late_watches;    /* loop; owned; had no memory: made in the next round */
	int64_t refreshed_us; /* loop; last refresh of all routes; the route timer counts from it */
	struct rmqi_map complaints; /* loop; complaint.c's, by kind and subject */
	uint64_t complaints_noted;  /* loop; so far */

	atomic_uint joining;         /* brokers that are being greeted; the loop changes it */
	struct rmqi_list join_waits; /* loop; struct rmqi_join_wait */

	struct rmqi_mutex mu;
	struct rmqi_list route_questions; /* mu; struct rmqi_route_share that others may join */
	struct rmqi_map topics;  /* mu; name -> struct rmqi_topic; only the loop adds and removes */
	struct rmqi_map brokers; /* mu; address -> struct rmqi_broker; only the loop changes it */
};

/* A caller that waits until no broker is being greeted. Thread: loop, but for `done`. */
struct rmqi_join_wait {
	struct rmqi_client *client;
	struct rmqi_list link;
	struct rmqi_event done;
};

/* May the loop still begin calls? False from the beginning of the close on. */
bool rmqi_client_is_open(const struct rmqi_client *c);

/*
 * identity.c: who it is. Each once, in rmqi_client_new, in this order, before any other thread knows the
 * client; no locks. The name servers of namesrvAddr or NAMESRV_ADDR, and the one to begin with
 * (RMQ_ERR_NO_NAMESRV, RMQ_ERR_ADDRESS, RMQ_ERR_NO_MEMORY); its id, and the source of message ids
 * (RMQ_ERR_TOO_LARGE, RMQ_ERR_NO_MEMORY).
 */
enum rmq_error rmqi_client_read_namesrvs(struct rmqi_client *c,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_client_make_id(struct rmqi_client *c,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;

/*
 * transport.c: how it talks. Likewise, behind them. TLS, which stays NULL without useTLS (RMQ_ERR_CONFIG:
 * certificates, but no useTLS; the errors of rmqi_tls_new); the loop and the rpc, which have the credentials
 * (RMQ_ERR_SYSTEM, RMQ_ERR_NO_MEMORY).
 */
enum rmq_error rmqi_client_make_tls(struct rmqi_client *c,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_client_make_rpc(struct rmqi_client *c,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;

/* callbacks.c. Calls what is left; waits no longer for what runs. The loop must run, but hand over
 * nothing any more. Not on the loop. */
void rmqi_callbacks_free(struct rmqi_callbacks *cb);

/*
 * events.c: tells the user of a client what became of it (rocketmq/event.h). The loop appends, one task of
 * the callback threads calls, so they come in order though there are several threads. The queue is
 * bounded. Nothing is told once the client closes. Counted: a callback that does not return
 * outlives the client.
 */
enum { RMQI_EVENTS_MAX = 64 };

struct rmqi_events;

/* Only when the configuration has a function. */
enum rmq_error rmqi_events_new(struct rmqi_client *c, struct rmqi_events **out) RMQI_MUST_USE;
void rmqi_events_unref(struct rmqi_events *e); /* NULL is harmless */

/* credentials_refresh.c: asks the user's function for credentials again. Only when there is one. */
struct rmqi_refresh;

enum rmq_error rmqi_refresh_new(struct rmqi_client *c, struct rmqi_refresh **out) RMQI_MUST_USE;
/* Asks no more. NULL is harmless, here and below. Thread: loop. */
void rmqi_refresh_stop(struct rmqi_refresh *r);
/* No request is being made any more. Thread: loop. */
void rmqi_refresh_free(struct rmqi_refresh *r);

/*
 * detector.c: asks brokers that are put aside because nobody could reach them, and lifts those that answer
 * (LatencyFaultToleranceImpl.detectByOneRound). The question is GET_MAX_OFFSET, which changes nothing; every
 * answer is a sign of life, but for that of a broker that goes away. One round each detectInterval, at most
 * one question to a broker at a time. Nothing is asked and no timer runs while nobody is to be asked.
 * Java's detector only marks a broker as reachable, and it is left alone until its time is over.
 *
 * Thread: loop, but for init.
 */
/* After the faults, before anything else; then the timer. */
void rmqi_detector_init(struct rmqi_client *c, const struct rmq_config *config);
enum rmq_error rmqi_detector_init_timer(struct rmqi_client *c) RMQI_MUST_USE;
/* Asks no more; what is under way ends with the rpc. */
void rmqi_detector_stop(struct rmqi_detector *d);
void rmqi_detector_deinit(struct rmqi_detector *d);

/* joining.c; thread: loop. After every change of what says that a broker is being greeted. */
void rmqi_client_count_joining(struct rmqi_client *c);

/* heartbeat.c; thread: loop. */
void rmqi_client_update_brokers(struct rmqi_client *c);
void rmqi_client_heartbeat_all(struct rmqi_client *c);
void rmqi_client_broker_state(struct rmqi_client *c, const char *address, bool is_open);
/* It had not answered in time, and now it has sent something. What waits for it waits no longer: it is
 * greeted, or (it has taken our heartbeat) the owner is told. */
void rmqi_client_broker_alive(struct rmqi_client *c, const char *address);
void rmqi_client_on_retry_timer(struct rmqi_timer *t);
void rmqi_client_free_brokers(struct rmqi_client *c);

/* farewell.c. Asks every registered broker to forget our groups and waits for it. Thread: not the loop. */
void rmqi_client_unregister(struct rmqi_client *c, int64_t deadline_us);
/* Thread: loop, as the timer. A heartbeat was answered, or was not. */
void rmqi_client_beat_ended(struct rmqi_client *c, struct rmqi_broker *b, enum rmq_error error);
void rmqi_client_on_farewell_timer(struct rmqi_timer *t);

/* routes.c; thread: loop. */
void rmqi_client_refresh_all(struct rmqi_client *c);
/* A name server answers after none was reached: asks again for what failed or is missing. */
void rmqi_client_namesrv_alive(struct rmqi_client *c);
/* A topic without route may get one soon (a broker makes the retry topic of a group when it first
 * sees it): looks after 1 s, then after 2, 4, ... up to pollNameServerInterval. */
void rmqi_client_look_for_missing(struct rmqi_client *c);
void rmqi_client_on_missing_timer(struct rmqi_timer *t);
void rmqi_client_free_topics(struct rmqi_client *c);

#endif
