/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - TLS settings and the OpenSSL context made of them.
 *
 * A client verifies the chain and the host name unless told otherwise. PEM
 * comes from a file or from memory; both NULL means "none".
 *
 * Immutable after creation but for rmqi_tls_renew; thread: any.
 */
#ifndef RMQI_NET_TLS_H
#define RMQI_NET_TLS_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/macros.h"

struct rmqi_tls_config {
	const char *ca_file; /* trusted certificates; with neither file nor PEM: the system's */
	const char *ca_pem;
	const char *cert_file; /* own certificate chain; a server needs one */
	const char *cert_pem;
	const char *key_file;
	const char *key_pem;
	const char *key_password; /* may be NULL; never logged */
	const char *server_name;  /* client: name to verify instead of the address's host */
	bool skip_verify;         /* client: accept any certificate */
	bool skip_host_check;     /* client: chain only */
	bool verify_client;       /* server: demand a client certificate signed by the CA */
	bool is_client_optional;  /* with verify_client: who has none may come, too */
};

struct rmqi_tls;

/* RMQ_ERR_TLS, RMQ_ERR_IO (a file), with the cause in `detail` (may be NULL). */
struct rmq_error_detail;
enum rmq_error rmqi_tls_new(const struct rmqi_tls_config *config, bool is_server,
			    struct rmqi_tls **out, struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_tls_free(struct rmqi_tls *t);
/* Of a server: what the configuration says now, for the handshakes that begin from now on. A failure changes
 * nothing. Thread: the loop of its servers. */
enum rmq_error rmqi_tls_renew(struct rmqi_tls *t, const struct rmqi_tls_config *config,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
