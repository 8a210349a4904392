/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target_mock.c - the mock cluster in the process of the test, in virtual or in real time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <rocketmq/mock.h>

#include "tests/conformance/scene.h"
#include "tests/support/certs.h"
#include "tests/support/child.h"
#include "tests/support/last_requests.h"

#define SETTINGS                                                                \
	"mappedFileSizeCommitLog=16777216\nmappedFileSizeConsumeQueue=200000\n" \
	"registerNameServerPeriod=2000\n" LIKE_APACHE

enum { STEP_MIN_MS = 5, STEP_MAX_MS = 1000, STEPS = 3000 };

static rmq_mock_cluster *cluster;
static struct certs certs;
static bool is_virtual;
static bool speaks_tls;
static bool has_account;

/* RMQ_CONFORMANCE_EMULATE */
static const char *version(void)
{
	const char *v = getenv("RMQ_CONFORMANCE_EMULATE");

	return v ? v : "";
}

static const char *cannot_virtual(unsigned needs)
{
	const char *why = version_cannot(version(), needs);

	if (why)
		return why;
	if (needs & NEED_VIP)
		return "the mock has one port";
	if (needs & NEED_THREADS)
		return "virtual time has one thread";
	if (needs & NEED_PROCESS)
		return "virtual time has one process";
	if (needs & (NEED_TLS | NEED_IPV6))
		return "virtual time has no sockets";
	return NULL;
}

static const char *cannot_tcp(unsigned needs)
{
	const char *why = version_cannot(version(), needs);

	if (why)
		return why;
	if (needs & NEED_VIP)
		return "the mock has one port";
	if (needs & NEED_VIRTUAL)
		return "it would take hours of real time";
	if (needs & NEED_IPV6 && !ipv6_loopback_works())
		return "this machine has no IPv6 loopback";
	return NULL;
}

static bool open_nothing(const char *scratch, const char **why)
{
	(void)scratch;
	(void)why;
	return true;
}

static void close_nothing(void)
{
}

static void set(rmq_mock_options *o, const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_mock_options_set(o, key, value, &detail), detail);
}

static const char *settings_for(unsigned needs)
{
	if (needs & NEED_PLACES)
		return SETTINGS "emulate=5.5\n";
	if (needs & NEED_LITE)
		return SETTINGS WITH_LITE;
	if (needs & NEED_SLAVE)
		return SETTINGS WITH_SLAVE;
	if (needs & NEED_NO_SLAVE)
		return SETTINGS WITHOUT_SLAVE;
	return needs & NEED_SLOW_DISK ? SETTINGS WITH_SLOW_DISK : SETTINGS;
}

static void set_broker_settings(rmq_mock_options *o, unsigned needs)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "%sauthenticationEnabled=true\nauthorizationEnabled=true\n"
		 "initAuthenticationUser={\"username\":\"%s\",\"password\":\"%s\"}\n",
		 settings_for(needs), account_access_key(), account_secret_key());
	set(o, "brokerSettings", needs & NEED_USERS ? text : settings_for(needs));
}

/* Both brokers read the same file. */
static void set_accounts(rmq_mock_options *o, const char *scratch)
{
	char path[1024], text[2048];
	FILE *f;

	snprintf(path, sizeof(path), "%s/plain_acl.yml", scratch);
	f = fopen(path, "w");
	if (!f)
		fail("cannot write %s", path);
	fprintf(f, "accounts:\n- accessKey: %s\n  secretKey: %s\n  admin: true\n", account_access_key(),
		account_secret_key());
	if (fclose(f) != 0 || chmod(path, 0600) != 0)
		fail("cannot write %s", path);
	snprintf(text, sizeof(text), "aclEnable=true\nrocketmq.acl.plain.file=%s\n", path);
	set(o, "brokerSettings", text);
}

static void enter(unsigned needs, const char *scratch, uint64_t seed)
{
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_error_detail *detail = NULL;
	char text[32];

	set(o, "brokers", "2");
	set(o, "slaves", needs & NEED_SLAVE ? "1" : "0");
	set(o, "namesrvs", needs & NEED_TWO_NAMESRVS ? "2" : "1");
	set(o, "store", scratch);
	set(o, "virtualTime", is_virtual ? "true" : "false");
	snprintf(text, sizeof(text), "%lld", (long long)(seed & INT64_MAX));
	set(o, "seed", text);
	set(o, "record", "100");
	if (*version())
		set(o, "emulate", version());
	if (needs & NEED_ACCOUNTS)
		set_accounts(o, scratch);
	else
		set_broker_settings(o, needs);
	if (needs & NEED_IPV6)
		set(o, "host", "::1");
	has_account = needs & (NEED_ACL | NEED_USERS | NEED_ACCOUNTS) || account_is_given();
	if (has_account && !(needs & (NEED_USERS | NEED_ACCOUNTS))) {
		set(o, "accessKey", account_access_key());
		set(o, "secretKey", account_secret_key());
	}
	speaks_tls = needs & NEED_TLS;
	if (speaks_tls) {
		if (!certs_make(&certs, scratch, "DNS:localhost,IP:127.0.0.1"))
			fail("cannot make certificates");
		set(o, "tlsCertFile", certs.cert);
		set(o, "tlsKeyFile", certs.key);
		set(o, "tlsRequired", "true");
	}
	expect_ok(rmq_mock_cluster_new(o, &cluster, &detail), detail);
	rmq_mock_options_free(o);
}

static void enter_virtual(unsigned needs, const char *scratch, uint64_t seed)
{
	is_virtual = true;
	enter(needs, scratch, seed);
}

static void leave(void)
{
	uint64_t unsupported = rmq_mock_cluster_unsupported_count(cluster);

	rmq_mock_cluster_free(cluster);
	cluster = NULL;
	/* A client asks brokers of 4.9 for what came with 5.0, to learn that it is not there. */
	if (unsupported > 0 && *version() != '4')
		fail("the client sent %llu requests that the mock does not know",
		     (unsigned long long)unsupported);
}

static void show_requests(void)
{
	struct last_requests l = {.cluster = cluster};

	last_requests_show(&l);
}

static const char *namesrv(void)
{
	return rmq_mock_cluster_namesrv(cluster);
}

static void configure(rmq_config *c)
{
	rmq_error_detail *detail = NULL;

	rmq_config_set_environment(c, rmq_mock_cluster_environment(cluster));
	if (has_account)
		set_account(c);
	if (!speaks_tls)
		return;
	expect_ok(rmq_config_set(c, "useTLS", "true", &detail), detail);
	expect_ok(rmq_config_set(c, "tlsCaFile", certs.ca, &detail), detail);
}

static const char *tls_ca(void)
{
	return certs.ca;
}

static int64_t cluster_now_ms(void)
{
	return rmq_mock_cluster_now_ms(cluster);
}

/* Small steps from outside, so that `done` may call the clients. */
static bool wait_virtual(int (*done)(void *arg), void *arg, int64_t max_ms)
{
	int64_t end = cluster_now_ms() + max_ms;
	int64_t step = max_ms / STEPS;

	if (step < STEP_MIN_MS)
		step = STEP_MIN_MS;
	if (step > STEP_MAX_MS)
		step = STEP_MAX_MS;
	while (!done(arg)) {
		if (cluster_now_ms() >= end)
			return false;
		expect_int(rmq_mock_cluster_advance(cluster, step, NULL), RMQ_OK);
	}
	return true;
}

static void broker_stop(const char *name)
{
	expect_int(rmq_mock_broker_stop(cluster, name, NULL), RMQ_OK);
}

static void broker_kill(const char *name)
{
	expect_int(rmq_mock_broker_crash(cluster, name, NULL), RMQ_OK);
}

static void broker_start(const char *name)
{
	expect_int(rmq_mock_broker_start(cluster, name, NULL), RMQ_OK);
}

static void namesrv_stop(int index)
{
	expect_int(rmq_mock_namesrv_stop(cluster, index, NULL), RMQ_OK);
}

/* The brokers register with it again by themselves, within their period. */
static void namesrv_start(int index)
{
	expect_int(rmq_mock_namesrv_start(cluster, index, NULL), RMQ_OK);
}

const struct target target_mock = {
	.name = "mock",
	.limit_ms = 60 * 1000,
	.cannot = cannot_virtual,
	.open = open_nothing,
	.close = close_nothing,
	.enter = enter_virtual,
	.leave = leave,
	.show_requests = show_requests,
	.namesrv = namesrv,
	.configure = configure,
	.tls_ca = tls_ca,
	.now_ms = cluster_now_ms,
	.wait_until = wait_virtual,
	.broker_stop = broker_stop,
	.broker_kill = broker_kill,
	.broker_start = broker_start,
	.namesrv_stop = namesrv_stop,
	.namesrv_start = namesrv_start,
	.version = version,
};

const struct target target_tcp = {
	.name = "tcp",
	.limit_ms = 600 * 1000,
	.cannot = cannot_tcp,
	.open = open_nothing,
	.close = close_nothing,
	.enter = enter,
	.leave = leave,
	.show_requests = show_requests,
	.namesrv = namesrv,
	.configure = configure,
	.tls_ca = tls_ca,
	.now_ms = cluster_now_ms,
	.wait_until = wait_real,
	.broker_stop = broker_stop,
	.broker_kill = broker_kill,
	.broker_start = broker_start,
	.namesrv_stop = namesrv_stop,
	.namesrv_start = namesrv_start,
	.version = version,
};
