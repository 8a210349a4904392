/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_files.h - the TLS of a server, made of files that may change while it runs (NettyRemotingServer's
 * FileWatchService).
 *
 * They are looked at every MB_TLS_WATCH_MS. When one of them is another one than before, new connections get
 * what stands there now; those that stand keep theirs. Files that do not fit each other change nothing, and are told
 * once: whoever replaces two files is seen between them.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef MB_TLS_FILES_H
#define MB_TLS_FILES_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/macros.h"
#include "net/loop.h"
#include "net/tls.h"

enum { MB_TLS_WATCH_MS = 500 };

/* tls.server.need.client.auth */
enum mb_client_auth { MB_CLIENT_AUTH_NONE, MB_CLIENT_AUTH_OPTIONAL, MB_CLIENT_AUTH_REQUIRE };

struct mb_tls_files;

struct mb_tls_files_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log; /* may be NULL; must outlive it */
	const char *cert_file;
	const char *key_file;
	const char *ca_file; /* NULL: client certificates are not asked for */
	enum mb_client_auth client_auth;
};

/* RMQ_ERR_TLS, RMQ_ERR_IO: `detail` says why. Thread: any but the loop. */
enum rmq_error mb_tls_files_new(const struct mb_tls_files_config *config, struct mb_tls_files **out,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
/* NULL is fine. Thread: any but the loop, which still runs. */
void mb_tls_files_free(struct mb_tls_files *f);
/* For servers on the loop; borrowed. Thread: any. */
struct rmqi_tls *mb_tls_files_tls(const struct mb_tls_files *f);

#endif
