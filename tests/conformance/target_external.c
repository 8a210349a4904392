/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target_external.c - a cluster that somebody else started.
 *
 *     NAMESRV_ADDR        where it is
 *     RMQ_APACHE_CTL      the program that steers its nodes: CTL stop-broker NAME DIR, ...
 *     RMQ_APACHE_DIR      its DIR
 *     RMQ_APACHE_CA       the PEM file of the CA of its certificates
 *     RMQ_APACHE_VERSION  of the servers
 *     RMQ_APACHE_NO_SLAVE not "": its broker-b wants a slave (SYNC_MASTER; 5.x: inSyncReplicas=2) and has none
 *     RMQ_APACHE_TLS_MODE enforcing: all behaviours speak TLS, with the certificate RMQ_APACHE_CLIENT_CERT and its
 *                         RMQ_APACHE_CLIENT_KEY, where they are set
 *     RMQ_APACHE_ADMIN    where topics are made, when NAMESRV_ADDR is a proxy, which makes none
 *     RMQ_ACCESS_KEY      its account, with RMQ_SECRET_KEY
 * All but the first may be missing; then what needs them is skipped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/conformance/scene.h"
#include "tests/support/child.h"

enum { NODE_MS = 400 * 1000 }; /* cluster has limits of its own, which say more */

static bool speaks_tls;

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}


static const char *version(void)
{
	const char *v = env("RMQ_APACHE_VERSION");

	return v ? v : "";
}

static const char *cannot(unsigned needs)
{
	const char *why;

	if (needs & NEED_VIRTUAL)
		return "it would take hours of real time";
	if (needs & NEED_IPV6)
		return "the cluster is at IPv4 addresses";
	if (needs & NEED_TWO_NAMESRVS)
		return "the cluster has one name server";
	if (needs & NEED_NODES && !(env("RMQ_APACHE_CTL") && env("RMQ_APACHE_DIR")))
		return "RMQ_APACHE_CTL and RMQ_APACHE_DIR are not set";
	if (needs & (NEED_ACL | NEED_USERS | NEED_ACCOUNTS) && !account_is_given())
		return "RMQ_ACCESS_KEY and RMQ_SECRET_KEY are not set";
	/* One that does not say it may be older than 5.5. */
	why = version_cannot(env("RMQ_APACHE_VERSION") ? version() : "5.0", needs);
	if (why)
		return why;
	if (needs & NEED_LITE && !env("RMQ_APACHE_LITE"))
		return "lite topics need enableLmq and enableMultiDispatch (RMQ_APACHE_LITE)";
	if (needs & NEED_NO_SLAVE && !env("RMQ_APACHE_NO_SLAVE"))
		return "RMQ_APACHE_NO_SLAVE is not set";
	if (needs & NEED_SLAVE)
		return "its slave looks at the tables once a minute: tests/apache/shapes/slaves";
	if (needs & NEED_SLOW_DISK)
		return "its disk is as fast as it is";
	if (needs & NEED_TLS && !env("RMQ_APACHE_CA"))
		return "RMQ_APACHE_CA is not set";
	return NULL;
}

static bool open_cluster(const char *scratch, const char **why)
{
	(void)scratch;
	*why = "NAMESRV_ADDR is not set";
	return env("NAMESRV_ADDR");
}

static void close_cluster(void)
{
}

static void enter(unsigned needs, const char *scratch, uint64_t seed)
{
	(void)scratch;
	(void)seed;
	speaks_tls = needs & NEED_TLS;
}

static void leave(void)
{
}

static const char *namesrv(void)
{
	return env("NAMESRV_ADDR");
}

static const char *admin_namesrv(void)
{
	return env("RMQ_APACHE_ADMIN") ? env("RMQ_APACHE_ADMIN") : namesrv();
}

static const char *tls_ca(void)
{
	return env("RMQ_APACHE_CA");
}

static bool is_tls_only(void)
{
	const char *mode = env("RMQ_APACHE_TLS_MODE");

	return mode && strcmp(mode, "enforcing") == 0;
}

static void set_certificate(rmq_config *c)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_config_set(c, "tlsCertFile", env("RMQ_APACHE_CLIENT_CERT"), &detail), detail);
	expect_ok(rmq_config_set(c, "tlsKeyFile", env("RMQ_APACHE_CLIENT_KEY"), &detail), detail);
}

static void configure(rmq_config *c)
{
	rmq_error_detail *detail = NULL;

	if (account_is_given())
		set_account(c);
	if (!speaks_tls && !is_tls_only())
		return;
	expect_ok(rmq_config_set(c, "useTLS", "true", &detail), detail);
	expect_ok(rmq_config_set(c, "tlsCaFile", tls_ca(), &detail), detail);
	if (env("RMQ_APACHE_CLIENT_CERT"))
		set_certificate(c);
}

/* CTL verb [name] DIR; name may be NULL. */
static void steer(const char *verb, const char *name)
{
	const char *dir = env("RMQ_APACHE_DIR");
	const char *argv[] = {env("RMQ_APACHE_CTL"), verb, name ? name : dir, name ? dir : NULL,
			      NULL};
	struct child c;
	int status;

	if (!child_start(&c, argv, NULL))
		fail("cannot start %s", argv[0]);
	status = child_end(&c, 0, NODE_MS);
	if (status != 0)
		fail("%s %s %s ended with status %d", argv[0], verb, name ? name : "", status);
}

static void broker_stop(const char *name)
{
	steer("stop-broker", name);
}

static void broker_kill(const char *name)
{
	steer("kill-broker", name);
}

static void broker_start(const char *name)
{
	steer("start-broker", name);
}

static void namesrv_stop(int index)
{
	(void)index;
	steer("stop-namesrv", NULL);
}

static void namesrv_start(int index)
{
	(void)index;
	steer("start-namesrv", NULL);
}

const struct target target_external = {
	.name = "external",
	.limit_ms = 900 * 1000,
	.is_shared = true,
	.cannot = cannot,
	.open = open_cluster,
	.close = close_cluster,
	.enter = enter,
	.leave = leave,
	.namesrv = namesrv,
	.admin_namesrv = admin_namesrv,
	.configure = configure,
	.tls_ca = tls_ca,
	.now_ms = wall_ms,
	.wait_until = wait_real,
	.broker_stop = broker_stop,
	.broker_kill = broker_kill,
	.broker_start = broker_start,
	.namesrv_stop = namesrv_stop,
	.namesrv_start = namesrv_start,
	.version = version,
};
