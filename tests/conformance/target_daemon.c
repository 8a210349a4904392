/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target_daemon.c - rmq-mock as separate processes over TCP.
 *
 * Most behaviours share one "rmq-mock cluster". Those that stop nodes, or want TLS or IPv6, start
 * their own: a process a name server and a process a broker, so that one can be killed and started
 * again at its port and store.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/conformance/scene.h"
#include "tests/support/certs.h"
#include "tests/support/child.h"

enum {
	START_MS = SOON_MS, /* a start, an orderly end */
	NAMESRVS_MAX = 2,
	OWN = NEED_NODES | NEED_TLS | NEED_IPV6 | NEED_PLACES | NEED_LITE | NEED_NO_SLAVE |
	      NEED_SLOW_DISK | NEED_SLAVE
};

#define SMALL_FILES "mappedFileSizeCommitLog=16777216\nmappedFileSizeConsumeQueue=200000\n"

struct node {
	struct child child;
	int port;
	char conf[600];
};

static char program[512];
static struct child shared;
static char shared_namesrv[1024];

/* Of one behaviour. */
static struct node namesrvs[NAMESRVS_MAX], brokers[BROKERS], slave; /* of the first broker */
static int namesrv_count;
static char own_namesrv[256];
static bool is_own, speaks_tls, speaks_ipv6, has_slave;
static const char *more_settings; /* of its brokers */
static struct certs certs;
static char folder[512];

/* --- Once --------------------------------------------------------------------------- */

static bool find_program(void)
{
	const char *set = getenv("RMQ_MOCK"), *build = getenv("abs_top_builddir");

	if (set && *set)
		snprintf(program, sizeof(program), "%s", set);
	else
		snprintf(program, sizeof(program), "%s/rmq-mock", build ? build : ".");
	if (access(program, X_OK) != 0 && !(set && *set))
		snprintf(program, sizeof(program), "%s/tools/rmq-mock", build ? build : ".");
	return access(program, X_OK) == 0;
}

/* Reads lines until the one that starts with `key`; its rest goes to out. */
static bool read_value(struct child *c, const char *key, char *out, size_t size)
{
	char line[1024];
	int64_t end = real_ms() + START_MS;

	while (child_read_line(c, line, sizeof(line), end - real_ms()))
		if (strncmp(line, key, strlen(key)) == 0) {
			snprintf(out, size, "%s", line + strlen(key));
			return true;
		}
	return false;
}

/* RMQ_CONFORMANCE_EMULATE */
static const char *version(void)
{
	const char *v = getenv("RMQ_CONFORMANCE_EMULATE");

	return v ? v : "";
}

static void write_release(FILE *f)
{
	if (*version())
		fprintf(f, "emulate=%s\n", version());
}

static bool open_cluster(const char *scratch, const char **why)
{
	static char said[1024];
	char store[600], conf[600];
	const char *argv[] = {program, "cluster",       "--brokers", "2", "--store",
			      store,   "--broker-conf", conf,        NULL};
	FILE *f;

	*why = "there is no rmq-mock: set RMQ_MOCK to its path";
	if (!find_program())
		return false;
	snprintf(store, sizeof(store), "%s/shared", scratch);
	snprintf(conf, sizeof(conf), "%s/shared.conf", scratch);
	f = fopen(conf, "w");
	if (!f)
		return false;
	write_release(f);
	fputs(SMALL_FILES LIKE_APACHE, f);
	fclose(f);
	snprintf(said, sizeof(said), "%s did not print NAMESRV_ADDR=...", program);
	*why = said;
	return child_start(&shared, argv, NULL) &&
	       read_value(&shared, "NAMESRV_ADDR=", shared_namesrv, sizeof(shared_namesrv));
}

static void close_cluster(void)
{
	int status = child_end(&shared, SIGTERM, START_MS);

	if (status != 0)
		printf("# the shared cluster ended with wait status %d\n", status);
}

static const char *cannot(unsigned needs)
{
	const char *why = version_cannot(version(), needs);

	if (why)
		return why;
	if (needs & NEED_VIP)
		return "the mock has one port";
	if (needs & (NEED_ACL | NEED_USERS | NEED_ACCOUNTS))
		return "the daemons admit everybody";
	if (needs & NEED_VIRTUAL)
		return "it would take hours of real time";
	if (needs & NEED_IPV6 && !ipv6_loopback_works())
		return "this machine has no IPv6 loopback";
	return NULL;
}

/* --- Nodes of one behaviour ------------------------------------------------------------ */

static const char *host(void)
{
	return speaks_ipv6 ? "::1" : "127.0.0.1";
}

static FILE *open_conf(struct node *n, const char *name)
{
	FILE *f;

	snprintf(n->conf, sizeof(n->conf), "%s/%s.conf", folder, name);
	f = fopen(n->conf, "w");
	if (!f)
		fail("cannot write %s", n->conf);
	n->port = free_port(host());
	fprintf(f, "listenPort=%d\nbindAddress=%s\n", n->port, host());
	return f;
}

static void start_node(struct node *n, const char *verb)
{
	const char *argv[] = {program,
			      verb,
			      "-c",
			      n->conf,
			      "--tls-cert-file",
			      certs.cert,
			      "--tls-key-file",
			      certs.key,
			      "--tls-required",
			      NULL};
	char line[1024];

	if (!speaks_tls)
		argv[4] = NULL;
	if (!child_start(&n->child, argv, NULL))
		fail("cannot start %s", program);
	if (!child_read_line(&n->child, line, sizeof(line), START_MS))
		fail("%s %s -c %s did not say that it is ready", program, verb, n->conf);
}

static void write_namesrv(int i)
{
	char name[32], address[64];

	snprintf(name, sizeof(name), "namesrv-%d", i);
	fclose(open_conf(&namesrvs[i], name));
	snprintf(address, sizeof(address), speaks_ipv6 ? "%s[%s]:%d" : "%s%s:%d", i ? ";" : "",
		 host(), namesrvs[i].port);
	strncat(own_namesrv, address, sizeof(own_namesrv) - strlen(own_namesrv) - 1);
}

static void write_broker(int i)
{
	char name[32];
	FILE *f;

	snprintf(name, sizeof(name), "broker-%c", 'a' + i);
	f = open_conf(&brokers[i], name);
	fprintf(f,
		"brokerName=%s\nbrokerClusterName=DefaultCluster\nbrokerIP1=%s\nnamesrvAddr=%s\n"
		"storePathRootDir=%s/%s\nregisterNameServerPeriod=2000\n" SMALL_FILES LIKE_APACHE,
		name, host(), own_namesrv, folder, name);
	write_release(f);
	fputs(more_settings, f);
	if (has_slave && i == 0)
		fprintf(f, WITH_SLAVE "haListenPort=%d\n", free_port(host()));
	fclose(f);
}

static void write_slave(void)
{
	FILE *f = open_conf(&slave, "slave");

	fprintf(f,
		"brokerName=broker-a\nbrokerClusterName=DefaultCluster\nbrokerIP1=%s\n"
		"brokerRole=SLAVE\nbrokerId=1\nslaveReadEnable=true\nnamesrvAddr=%s\n"
		"storePathRootDir=%s/slave\nregisterNameServerPeriod=2000\n" SMALL_FILES LIKE_APACHE,
		host(), own_namesrv, folder);
	fclose(f);
}

struct registered {
	const char *broker;
	rmq_admin *admin;
};

/* Every broker has this topic. */
static int is_registered(void *arg)
{
	struct registered *r = arg;
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *q;
	bool is_there = false;

	if (rmq_admin_topic_offsets(r->admin, "SELF_TEST_TOPIC", NULL, NULL, &offsets, NULL))
		return false;
	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++)
		is_there |= rmq_queue_offsets_error(q) == RMQ_OK &&
			    strcmp(rmq_queue_offsets_queue(q)->broker_name, r->broker) == 0;
	rmq_topic_offsets_free(offsets);
	return is_there;
}

static int number_of(const char *name)
{
	return name[strlen(name) - 1] - 'a';
}

static void broker_start(const char *name)
{
	struct registered r = {.broker = name};
	rmq_error_detail *detail = NULL;

	start_node(&brokers[number_of(name)], "broker");
	expect_ok(rmq_admin_new(new_config(NULL), &r.admin, &detail), detail);
	if (!wait_until(is_registered, &r, START_MS))
		fail("%s did not register", name);
	rmq_admin_free(r.admin);
}

static void end_node(struct node *n, int signal_number)
{
	int status = child_end(&n->child, signal_number, START_MS);

	if (signal_number == SIGTERM && status != 0)
		fail("a node ended with wait status %d after SIGTERM", status);
}

static void broker_stop(const char *name)
{
	end_node(&brokers[number_of(name)], SIGTERM);
}

static void broker_kill(const char *name)
{
	end_node(&brokers[number_of(name)], SIGKILL);
}

static void namesrv_stop(int index)
{
	end_node(&namesrvs[index], SIGTERM);
}

static void namesrv_start(int index)
{
	start_node(&namesrvs[index], "namesrv");
}

static void enter(unsigned needs, const char *scratch, uint64_t seed)
{
	(void)seed;
	is_own = needs & OWN;
	speaks_tls = needs & NEED_TLS;
	speaks_ipv6 = needs & NEED_IPV6;
	has_slave = needs & NEED_SLAVE;
	more_settings = needs & NEED_PLACES      ? "emulate=5.5\n"
			: needs & NEED_LITE      ? WITH_LITE
			: needs & NEED_NO_SLAVE  ? WITHOUT_SLAVE
			: needs & NEED_SLOW_DISK ? WITH_SLOW_DISK
						 : "";
	namesrv_count = needs & NEED_TWO_NAMESRVS ? 2 : 1;
	snprintf(folder, sizeof(folder), "%s", scratch);
	if (!is_own)
		return;
	if (speaks_tls && !certs_make(&certs, folder, "DNS:localhost,IP:127.0.0.1"))
		fail("cannot make certificates");
	for (int i = 0; i < namesrv_count; i++) {
		write_namesrv(i);
		namesrv_start(i);
	}
	for (int i = 0; i < BROKERS; i++)
		write_broker(i);
	broker_start("broker-a");
	broker_start("broker-b");
	if (!has_slave)
		return;
	write_slave();
	start_node(&slave, "broker");
}

static void leave(void)
{
	if (!is_own)
		return;
	for (int i = 0; i < BROKERS; i++)
		end_node(&brokers[i], SIGTERM);
	if (has_slave)
		end_node(&slave, SIGTERM);
	for (int i = 0; i < namesrv_count; i++)
		end_node(&namesrvs[i], SIGTERM);
}

/* --- What the scene asks ------------------------------------------------------------------ */

static const char *namesrv(void)
{
	return is_own ? own_namesrv : shared_namesrv;
}

static void configure(rmq_config *c)
{
	rmq_error_detail *detail = NULL;

	if (!speaks_tls)
		return;
	expect_ok(rmq_config_set(c, "useTLS", "true", &detail), detail);
	expect_ok(rmq_config_set(c, "tlsCaFile", certs.ca, &detail), detail);
}

static const char *tls_ca(void)
{
	return certs.ca;
}

const struct target target_daemon = {
	.name = "daemon",
	.limit_ms = 600 * 1000,
	.cannot = cannot,
	.open = open_cluster,
	.close = close_cluster,
	.enter = enter,
	.leave = leave,
	.namesrv = namesrv,
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
