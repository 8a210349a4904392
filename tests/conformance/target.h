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
	NEED_NODES = 1,        /* nodes are stopped, killed and started */
	NEED_THREADS = 2,      /* the test's own threads call the clients */
	NEED_VIRTUAL = 4,      /* hours pass in no time */
	NEED_PROCESS = 8,      /* a member in another process, to be killed */
	NEED_TLS = 16,         /* TLS on the ports; tls() tells the CA */
	NEED_IPV6 = 32,        /* all addresses are IPv6 */
	NEED_TWO_NAMESRVS = 64 /* the second can be stopped by itself */
};

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
	const char *(*namesrv)(void);
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
	/* Apache's version of the servers, "" for the mock: 4.9 has other limits. */
	const char *(*version)(void);
};

extern const struct target target_mock, target_tcp, target_daemon, target_external;

#endif
