/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_state.h - the struct behind cluster.h, for its files.
 */
#ifndef MB_CLUSTER_STATE_H
#define MB_CLUSTER_STATE_H

#include "base/list.h"
#include "base/log.h"
#include "base/sim.h"
#include "base/thread.h"
#include "mock-broker/acl/plain.h"
#include "mock-broker/broker/broker.h"
#include "mock-broker/cluster.h"
#include "mock-broker/disk.h"
#include "mock-broker/http.h"
#include "mock-broker/namesrv/namesrv.h"
#include "mock-broker/node.h"
#include "mock-broker/record/record.h"
#include "mock-broker/record/witness.h"
#include "mock-broker/rules/rules.h"
#include "mock-broker/temp_fs.h"
#include "mock-broker/tls_files.h"
#include "net/address.h"
#include "net/inproc.h"

enum { MB_CONF_FILE_MAX = 1024 * 1024 };

enum mb_slot_state {
	MB_SLOT_STOPPED,
	MB_SLOT_STARTING,
	MB_SLOT_RUNNING,
	MB_SLOT_STOPPING
};

/* A place for a node; its address outlives the node. */
struct mb_slot {
	enum mb_slot_state state;       /* mu */
	atomic_bool is_removed; /* of a broker: nobody finds it any more; it is STARTING for ever, or until it is added again */
	unsigned users; /* mu; calls that need it running: nobody stops it meanwhile */
	bool is_turning; /* mu; one of them changes `reach` */
	struct mb_lag lag; /* loop; of a broker that is a slave */
	char address[RMQI_ADDRESS_MAX]; /* by the first start, or one behind a move; written under mu */
	uint16_t port; /* mu, as ha_listen_port of `config` */
	struct mb_namesrv *namesrv; /* the loop's while running; one of these two */
	struct mb_broker *broker;
	struct mb_broker_config config; /* of a broker */
	char label[256];                /* what callers name it */
	struct rmq_mock_cluster *cluster;
	struct mb_disk disk;    /* of a broker; its own lock */
	struct rmqi_rand power; /* how its files tear; the caller's who has claimed the slot */
	struct mb_ways ways;   /* its view of the cluster's map */
	enum rmqi_reach reach; /* loop; OPEN while it does not run */
	int64_t skew_ms;       /* loop; of a broker: its wall clock against the cluster's */
	struct mb_witness witness;      /* of whatever runs here, if there is a record */
	uint32_t silent; /* of a broker, bit i: it is not registered at name server i */
	bool is_slave;   /* mu; of a broker: its role may change while it does not run (cluster_roles.c) */
	struct mb_namesrv_config namesrv_config;
	struct mb_rule_node rules; /* loop */
};

/* Something that stands above the cluster and ends before its nodes do. */
struct mb_attached {
	struct mb_attached *next;
	void (*end)(struct mb_attached *a); /* and frees it */
};

struct rmq_mock_cluster {
	uint64_t process;     /* where it was made (base/process.h) */
	struct rmqi_mutex mu; /* guards slot states, users, ports and roles only; never held across a call */
	const struct rmqi_env *env;
	struct rmq_environment own_env; /* `env`; in virtual time, what clients are given */
	struct rmqi_env_owner owner;    /* of own_env in virtual time: us, and who has it */
	struct rmqi_loop *loop;
	struct rmqi_pool *flusher;
	struct rmqi_log log;
	struct mb_counters counters; /* the loop's */
	struct mb_record *record;    /* the loop's; NULL: nothing is recorded */
	struct mb_tls_files *tls;    /* of servers; NULL: plain only */
	struct rmqi_tls *rpc_tls;    /* of brokers towards name servers */
	bool tls_required;
	struct mb_plain *account; /* that brokers admit; NULL: everybody */
	uint64_t seed;
	char *host;
	char *root; /* of all stores; owned */
	bool is_temporary;
	struct mb_fs temp_fs; /* of temporary stores */
	bool has_own_identity;
	bool is_one_port;
	struct mb_rules rules; /* loop */
	bool has_rules;        /* they were initialised */
	unsigned fault_waits;  /* mu; calls that wait for a fault */
	struct rmqi_cond fault_waits_ended;
	struct mb_http *http; /* NULL: none */
	struct mb_attached *attached;   /* who has attached last; NULL: nobody */
	const char *control_address;    /* of one of them; NULL: there is no such one */
	char *broker_conf_file; /* to be read again; may be NULL */
	char *broker_settings;  /* "key=value" lines of every broker */
	char *advertised_host;  /* of every broker; NULL: none */
	bool members_change;    /* mu; a call adds or removes a broker */
	char namesrv_text[MB_NAMESRVS_MAX * (RMQI_ADDRESS_MAX + 1)];
	struct mb_slot namesrvs[MB_NAMESRVS_MAX];
	size_t namesrv_count;
	struct mb_slot brokers[MB_BROKERS_MAX * (1 + MB_SLAVES_MAX)];
	_Atomic size_t broker_count; /* one behind the last slot that anybody may look at */
	bool has_slaves;
	struct rmqi_list cuts; /* loop; cluster_ways.c */
	size_t cut_count;      /* loop */
	int down_count;        /* loop; nodes that are down */
};

/* What the cluster's nodes take for the time. */
static inline struct rmqi_clock *mb_cluster_clock(const struct rmq_mock_cluster *c)
{
	return c->env->inner ? c->env->inner : c->env->clock;
}

/* RMQ_OK, or RMQ_ERR_STATE: the caller is another thread than that of the simulation, or the loop (a log
 * callback). */
enum rmq_error mb_cluster_check_caller(const struct rmq_mock_cluster *c,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Which broker it is. */
struct mb_broker_place {
	char name[128]; /* brokerName */
	int number;     /* among the slaves of its master, from 1; 0: it is the master */
};

/* cluster_config.c: settings, label and port of the broker at this place. `file`: what stands in
 * o->broker_conf_file. */
enum rmq_error mb_cluster_configure(struct rmq_mock_cluster *c, const struct mb_cluster_options *o,
				    size_t at, const char *file,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Keeps what later ones are given. */
enum rmq_error mb_cluster_keep_settings(struct rmq_mock_cluster *c,
					const struct mb_cluster_options *o,
					const char *file) RMQI_MUST_USE;
/* The same of one that joins a cluster that runs. */
enum rmq_error mb_cluster_configure_more(struct rmq_mock_cluster *c, struct mb_slot *s,
					 const struct mb_broker_place *place,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* A slot for a broker without settings, for mb_cluster_configure. */
void mb_slot_init_broker(struct rmq_mock_cluster *c, struct mb_slot *s);
void mb_slot_deinit_broker(struct mb_slot *s);
static inline bool mb_slot_is_there(const struct mb_slot *s)
{
	return !atomic_load(&s->is_removed);
}
/* Its place among the brokers; SIZE_MAX: there is none of this label, or it was removed. */
size_t mb_cluster_find_place(const struct rmq_mock_cluster *c, const char *label);
/* NULL: the same. */
struct mb_slot *mb_cluster_find_slot(struct rmq_mock_cluster *c, const char *label);
/* NULL: there is none; `detail` says so. */
struct mb_slot *mb_cluster_find_broker(struct rmq_mock_cluster *c, const char *broker,
				       struct rmq_error_detail *detail);
struct mb_slot *mb_cluster_find_namesrv(struct rmq_mock_cluster *c, int index,
					struct rmq_error_detail *detail);
/* A broker or a name server; NULL: there is none, `detail` says so. */
struct mb_slot *mb_cluster_find_node(struct rmq_mock_cluster *c, const char *node,
				     struct rmq_error_detail *detail);
/* Its label. */
void mb_slot_name_namesrv(struct mb_slot *s, size_t at);
/* True: the slot was in `from`, nobody uses it, and it is now in `to`, and the caller's. */
bool mb_slot_claim(struct rmq_mock_cluster *c, struct mb_slot *s, enum mb_slot_state from,
		   enum mb_slot_state to);
/* True: its node runs, and is not stopped until mb_slot_leave. As many callers at a time as like. */
bool mb_slot_use(struct rmq_mock_cluster *c, struct mb_slot *s);
void mb_slot_leave(struct rmq_mock_cluster *c, struct mb_slot *s);
/* Does its node run? */
bool mb_slot_is_up(struct rmq_mock_cluster *c, const struct mb_slot *s);
void mb_slot_settle(struct rmq_mock_cluster *c, struct mb_slot *s, enum mb_slot_state to);
/* Is it a slave now, or when it is started? Thread: any. */
bool mb_slot_is_slave(struct rmq_mock_cluster *c, const struct mb_slot *s);
void mb_slot_set_slave(struct rmq_mock_cluster *c, struct mb_slot *s, bool is_slave);
/* Stops what runs in the slot, which is then in `left`: STOPPED, or STARTING, so that it is the caller's. RMQ_ERR_STATE: it
 * does not run, or another call has it. */
enum rmq_error mb_slot_stop(struct rmq_mock_cluster *c, struct mb_slot *s, bool is_crash,
			    enum mb_slot_state left, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Starts the broker of a slot that the caller has in STARTING: it runs then, or is STOPPED. */
enum rmq_error mb_slot_run_broker(struct rmq_mock_cluster *c, struct mb_slot *s,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The first start fixes the port for all that follow. */
enum rmq_error mb_slot_keep_address(struct rmq_mock_cluster *c, struct mb_slot *s, const char *listening,
				    const char *address) RMQI_MUST_USE;
/* Appends what stands in the file. `path` NULL: nothing to read. */
enum rmq_error mb_cluster_read_conf(const char *path, struct rmqi_buf *out,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Settings and ports of all name servers. */
enum rmq_error mb_cluster_configure_namesrvs(struct rmq_mock_cluster *c,
					     const struct mb_cluster_options *o,
					     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* cluster_faults.c: its rules. Those who wait for a fault are told and have left when _close returns; the
 * nodes are gone when they are freed. */
enum rmq_error mb_cluster_init_faults(struct rmq_mock_cluster *c) RMQI_MUST_USE;
void mb_cluster_close_faults(struct rmq_mock_cluster *c);
void mb_cluster_free_faults(struct rmq_mock_cluster *c);
/* Fills in the answer to GET /metrics or /healthz; 404 for anything else. Thread: loop. */
void mb_cluster_show_page(struct rmq_mock_cluster *c, struct mb_http_call *call);
/* Those two at "host:port". */
enum rmq_error mb_cluster_open_pages(struct rmq_mock_cluster *c, const char *address,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* cluster_time.c: mb_cluster_set_scale of a cluster whose time is real, with a scale that is right. */
void mb_cluster_scale_now(struct rmq_mock_cluster *c, int64_t scale);
/* cluster_ways.c: before the first node, and after the last. */
void mb_cluster_ways_init(struct rmq_mock_cluster *c);
void mb_cluster_ways_deinit(struct rmq_mock_cluster *c);
/* The slot is STOPPING, so nobody else changes how it looks; its node is still there; then it has gone. */
void mb_cluster_ways_stopping(struct rmq_mock_cluster *c, struct mb_slot *s);
void mb_cluster_ways_stopped(struct rmq_mock_cluster *c, struct mb_slot *s);
/* cluster_record.c: what all nodes see from now on. */
enum rmq_error mb_cluster_make_record(struct rmq_mock_cluster *c,
				      const struct mb_cluster_options *o) RMQI_MUST_USE;
void mb_cluster_free_record(struct rmq_mock_cluster *c);
/* Who sees what passes the node of this slot; NULL: nobody. `namesrv` is its place, -1: a broker. */
struct mb_observer *mb_cluster_observer(struct rmq_mock_cluster *c, struct mb_slot *s,
					int32_t namesrv);
/* Starts the one of this slot, which is the caller's. */
enum rmq_error mb_cluster_run_namesrv(struct rmq_mock_cluster *c, struct mb_slot *s,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
