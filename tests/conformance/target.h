/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.h - the cluster that the behaviours are run against.
 *
 *     mock      rocketmq/mock.h in this process, in-process wire, virtual time
 *     tcp       the same over TCP in real time
 *     daemon    rmq-mock processes
 *     external  any cluster at NAMESRV_ADDR, such as Apache RocketMQ; its nodes are
 *               steered by the program $RMQ_APACHE_CTL
 *
 * RMQ_ACCESS_KEY and RMQ_SECRET_KEY are the account of an external cluster with access control; set for
 * the mock, all behaviours run with it.
 *
 * Each behaviour runs in a process of its own: open and close are called by the runner, the rest
 * by that process. All have two brokers, broker-a and broker-b.
 */
#ifndef TESTS_CONFORMANCE_TARGET_H
#define TESTS_CONFORMANCE_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/config.h>

/* What a behaviour needs beside a running cluster. */
enum need {
	NEED_NODES = 1,         /* nodes are stopped, killed and started */
	NEED_THREADS = 2,       /* the test's own threads call the clients */
	NEED_VIRTUAL = 4,       /* hours pass in no time */
	NEED_PROCESS = 8,       /* a member in another process, to be killed */
	NEED_TLS = 16,          /* TLS on the ports; tls() tells the CA */
	NEED_IPV6 = 32,         /* all addresses are IPv6 */
	NEED_TWO_NAMESRVS = 64, /* the second can be stopped by itself */
	NEED_ACL = 128,         /* brokers that admit one account only; every config has its keys */
	NEED_TIMERS = 256,      /* timed messages and their recall */
	NEED_PLACES = 512,      /* priorities and lite topics: brokers of 5.5.0 */
	NEED_VIP = 1024,        /* brokers listen on a second port, too */
	NEED_NO_SLAVE = 2048,   /* brokers that want a copy on a slave, and have none */
	NEED_SLOW_DISK = 4096,  /* brokers whose flushes take longer than a send waits for them */
	NEED_POP = 8192,        /* brokers that know POP: of 5.0 and later */
	NEED_LITE = 16384,      /* brokers of 5.5.0 that keep lite topics: WITH_LITE, or told to */
	NEED_SLAVE = 32768,     /* broker-a is WITH_SLAVE, and has one */
	NEED_ACCOUNTS = 131072, /* brokers of 4.9 with accounts of a file; likewise */
	NEED_USERS = 65536      /* brokers of 5.3 with users; every config has the keys of one that may do all */
};

/* Of brokers that store, but not as safely as they were told to. */
#define WITHOUT_SLAVE "brokerRole=SYNC_MASTER\ninSyncReplicas=2\nslaveTimeout=300\n"
/* What is acknowledged is on the slave, too, which may be read. */
#define WITH_SLAVE "brokerRole=SYNC_MASTER\ninSyncReplicas=2\nslaveReadEnable=true\n"
#define WITH_SLOW_DISK "flushDiskType=SYNC_FLUSH\nsyncFlushTimeout=200\nflushDelay=1000\n"

#define WITH_LITE "emulate=5.5\nenableLmq=true\nenableMultiDispatch=true\n"

/* Settings of our brokers, as those of tests/apache/cluster: they ask about transactions soon, and
 * timed messages can be recalled, and they filter by SQL92. */
#define LIKE_APACHE                                                 \
	"transactionTimeOut=3000\ntransactionCheckInterval=1000\n"  \
	"transactionCheckMax=100\ntransactionOpBatchInterval=100\n" \
	"recallMessageEnable=true\n"                                \
	"enablePropertyFilter=true\n"

struct target {
	const char *name;
	int64_t limit_ms; /* of one behaviour, in real time */
	bool is_shared; /* nodes that are stopped are missed by others: run such a behaviour alone */
	/* NULL: it can. Else why not. */
	const char *(*cannot)(unsigned needs);
	/* Once for all behaviours; false: *why says what is wrong. */
	bool (*open)(const char *scratch, const char **why);
	void (*close)(void);

	/* In the process of one behaviour; `scratch` is an own empty folder. */
	void (*enter)(unsigned needs, const char *scratch, uint64_t seed);
	void (*leave)(void);
	/* What its nodes were asked last, to stderr; NULL: nobody knows. */
	void (*show_requests)(void);
	const char *(*namesrv)(void);
	/* For the admin of the scene, where not all that it does works there; NULL: the same. */
	const char *(*admin_namesrv)(void);
	/* Environment and TLS. */
	void (*configure)(rmq_config *c);
	const char *(*tls_ca)(void);
	int64_t (*now_ms)(void);
	/* Until done(arg) is not 0; false when max_ms passed before. */
	bool (*wait_until)(int (*done)(void *arg), void *arg, int64_t max_ms);
	/* They return when it is done; brokers are registered again then. */
	void (*broker_stop)(const char *name);
	void (*broker_kill)(const char *name);
	void (*broker_start)(const char *name);
	void (*namesrv_stop)(int index);
	void (*namesrv_start)(int index);
	/* Apache's version of the servers; of the mock the release that it is asked to be, "" for none: 4.9 has other
	 * limits. */
	const char *(*version)(void);
};

/* Why servers of that version ("" is the newest) cannot; NULL: they can. */
const char *version_cannot(const char *version, unsigned needs);

extern const struct target target_mock, target_tcp, target_daemon, target_external;

#endif
