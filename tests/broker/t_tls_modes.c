/* SPDX-License-Identifier: Apache-2.0 */
/* t_tls_modes.c - which clients a broker takes, by tls.server.mode and tls.server.need.client.auth, and what happens when
 * its certificate is another one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "mock-broker/store/fs.h"
#include "mock-broker/temp_folder.h"
#include "mock-broker/tls_files.h"
#include "tests/broker/rig.h"
#include "tests/support/certs.h"

enum { DEADLINE_MS = 20000 };

enum client { PLAIN, TLS, TLS_WITH_CERT, TLS_OF_OTHERS, CLIENTS };

static struct certs certs, others;
static char *folder;
static char other_folder[512];
static struct rig *rig;

static void make_certs(void)
{
	folder = mb_temp_folder_new();
	ck_assert_ptr_nonnull(folder);
	snprintf(other_folder, sizeof(other_folder), "%s/others", folder);
	ck_assert_int_eq(mb_fs_posix()->make_dir(mb_fs_posix(), other_folder), RMQ_OK);
	ck_assert(certs_make(&certs, folder, "DNS:localhost,IP:127.0.0.1"));
	ck_assert(certs_make(&others, other_folder, "DNS:localhost,IP:127.0.0.1"));
}

static void drop_certs(void)
{
	mb_temp_folder_remove(folder);
	rmqi_free(folder);
}

static struct mb_cluster_options options(const char *conf)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.virtual_time = false;
	o.host = "127.0.0.1";
	o.broker_conf = conf;
	return o;
}

static void begin(const char *mode, const char *auth)
{
	static char conf[2048];
	struct mb_cluster_options o;

	snprintf(conf, sizeof(conf),
		 "tls.server.mode=%s\ntls.server.need.client.auth=%s\n"
		 "tls.server.certPath=%s\ntls.server.keyPath=%s\ntls.server.trustCertPath=%s\n",
		 mode, auth, certs.cert, certs.key, certs.ca);
	o = options(conf);
	rig = rig_new_with(&o);
}

/* A request by such a client: is it answered? */
static bool is_served(enum client kind, const char *ca)
{
	const struct rmqi_tls_config config = {
		.ca_file = ca,
		.cert_file = kind == TLS_WITH_CERT   ? certs.client_cert
			     : kind == TLS_OF_OTHERS ? others.client_cert
						     : NULL,
		.key_file = kind == TLS_WITH_CERT   ? certs.client_key
			    : kind == TLS_OF_OTHERS ? others.client_key
						    : NULL,
	};
	struct rmqi_rpc_config rpc_config = {0};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_GET_BROKER_RUNTIME_INFO};
	struct rmqi_response answer;
	struct rmqi_loop *loop;
	struct rmqi_rpc *rpc;
	enum rmq_error err;

	ck_assert_int_eq(rmqi_loop_new(rig->env, "client", &loop), RMQ_OK);
	rpc_config.loop = loop;
	if (kind != PLAIN)
		ck_assert_int_eq(rmqi_tls_new(&config, false, &rpc_config.tls, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_rpc_new(&rpc_config, &rpc), RMQ_OK);
	rmqi_response_init(&answer);
	err = rmqi_rpc_call(rpc, rig->broker, &request,
			    rmqi_clock_deadline(rig->env->clock, DEADLINE_MS), &answer, NULL, NULL);
	ck_assert_int_ne(err, RMQ_ERR_TIMEOUT);
	rmqi_response_deinit(&answer);
	rmqi_rpc_close(rpc);
	rmqi_rpc_free(rpc);
	rmqi_loop_free(loop);
	rmqi_tls_free(rpc_config.tls);
	return err == RMQ_OK;
}

START_TEST(tls__takes_clients_by_its_mode)
{
	static const struct {
		const char *mode, *auth;
		bool serves[CLIENTS];
	} rows[] = {
		/*                           plain  TLS    with cert  of others */
		{"disabled", "none",        {true,  false, false,     false}},
		{"permissive", "none",      {true,  true,  true,      true}},
		{"enforcing", "none",       {false, true,  true,      true}},
		{"permissive", "optional",  {true,  true,  true,      false}},
		{"enforcing", "optional",   {false, true,  true,      false}},
		{"permissive", "require",   {true,  false, true,      false}},
		{"enforcing", "require",    {false, false, true,      false}},
	};

	make_certs();
	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		begin(rows[i].mode, rows[i].auth);
		for (int k = 0; k < CLIENTS; k++)
			ck_assert_msg(is_served((enum client)k, certs.ca) == rows[i].serves[k],
				      "%s, %s: client %d", rows[i].mode, rows[i].auth, k);
		rig_free(rig);
	}
	drop_certs();
}
END_TEST

/* Of the options, too: tlsRequired holds for brokers and name servers. */
START_TEST(tls__refuses_plain_clients_when_it_is_required)
{
	struct mb_cluster_options o = options(NULL);

	make_certs();
	o.tls_cert_file = certs.cert;
	o.tls_key_file = certs.key;
	o.tls_required = true;
	rig = rig_new_with(&o);
	ck_assert(!is_served(PLAIN, certs.ca));
	ck_assert(is_served(TLS, certs.ca));
	rig_free(rig);
	drop_certs();
}
END_TEST

static void replace(const char *path, const char *with)
{
	const struct mb_fs *fs = mb_fs_posix();
	struct rmqi_buf text;

	rmqi_buf_init(&text, 1 << 20);
	ck_assert_int_eq(fs->read_file(fs, with, &text), RMQ_OK);
	ck_assert_int_eq(fs->replace_file(fs, path, rmqi_buf_data(&text), text.len), RMQ_OK);
	rmqi_buf_deinit(&text);
}

/* Until it is so, or the deadline has come. */
static bool comes_to(enum client kind, const char *ca, bool is_wanted)
{
	int64_t deadline = rmqi_clock_deadline(rig->env->clock, DEADLINE_MS);

	while (is_served(kind, ca) != is_wanted)
		if (rmqi_clock_us(rig->env->clock) > deadline)
			return false;
	return true;
}

START_TEST(tls__takes_a_new_certificate)
{
	struct peer *peer;

	make_certs();
	begin("permissive", "none");
	peer = peer_new(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert(is_served(TLS, certs.ca) && !is_served(TLS, others.ca));
	/* One of two files: they do not fit each other, so that nothing changes. */
	replace(certs.key, others.key);
	ck_assert(is_served(TLS, certs.ca));
	replace(certs.cert, others.cert);
	ck_assert(comes_to(TLS, others.ca, true));
	ck_assert(!is_served(TLS, certs.ca));
	/* Who was connected is still. */
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	peer_free(peer);
	rig_free(rig);
	drop_certs();
}
END_TEST

START_TEST(tls__refuses_settings_that_cannot_be)
{
	static const char *const bad[] = {
		"tls.server.mode=enforcing",
		"tls.server.mode=strict",
		"tls.server.need.client.auth=maybe",
		"tls.server.certPath=/nowhere/cert\ntls.server.keyPath=/nowhere/key",
	};

	for (size_t i = 0; i < RMQI_COUNT(bad); i++) {
		struct mb_cluster_options o = options(bad[i]);
		struct rmq_mock_cluster *c = NULL;

		ck_assert_msg(mb_cluster_new(&o, &c, NULL) != RMQ_OK, "%s", bad[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tls__takes_clients_by_its_mode,
		tls__refuses_plain_clients_when_it_is_required,
		tls__takes_a_new_certificate,
		tls__refuses_settings_that_cannot_be,
	};

	return run_suite("tls_modes", tests, RMQI_COUNT(tests));
}
