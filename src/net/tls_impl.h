/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_impl.h - what stream_tls.c needs of a context.
 */
#ifndef RMQI_NET_TLS_IMPL_H
#define RMQI_NET_TLS_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "net/tls.h"

struct rmqi_tls {
	SSL_CTX *ctx;
	BIO_METHOD *bio; /* of stream_tls.c */
	char *server_name;
	bool is_server;
	bool skip_verify;
	bool skip_host_check;
};

/* The oldest error of this thread's OpenSSL queue as text; empties the queue. */
const char *rmqi_tls_error_text(char *buf, size_t size);
/* In stream_tls.c; NULL when memory is out. */
BIO_METHOD *rmqi_tls_bio_method(void);

#endif
