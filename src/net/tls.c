/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/detail.h"
#include "base/mem.h"
#include "net/stream.h"
#include "net/tls_impl.h"

enum { MUST_SHOW_CERTIFICATE = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT };

const char *rmqi_tls_error_text(char *buf, size_t size)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	if (reason)
		snprintf(buf, size, "%s", reason);
	else
		snprintf(buf, size, "OpenSSL error %lx", code);
	ERR_clear_error();
	return buf;
}

/* "cannot use the certificate of /etc/x.pem: no start line" */
static enum rmq_error refuse(struct rmq_error_detail *detail, const char *what, const char *file)
{
	char text[160];

	rmqi_tls_error_text(text, sizeof(text));
	return rmqi_detail_set(detail, RMQ_ERR_TLS, RMQ_ERROR_FATAL, "cannot use the %s%s%s: %s",
			       what, file ? " of " : "", file ? file : "", text);
}

/* File or memory; *out NULL: neither is given. */
static enum rmq_error open_pem(const char *file, const char *pem, BIO **out,
			       struct rmq_error_detail *detail)
{
	char text[96];

	*out = NULL;
	if (pem)
		*out = BIO_new_mem_buf(pem, -1);
	else if (file)
		*out = BIO_new_file(file, "r");
	if (*out || (!pem && !file))
		return RMQ_OK;
	ERR_clear_error();
	if (pem)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	return rmqi_detail_set(detail, RMQ_ERR_IO, RMQ_ERROR_FATAL, "cannot read %s: %s", file,
			       rmqi_errno_text(errno, text, sizeof(text)));
}

/* The end of a PEM file shows as "no start line". */
static bool is_end_of_pem(void)
{
	unsigned long code = ERR_peek_last_error();

	return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

static bool trust_all(struct rmqi_tls *t, BIO *pem)
{
	X509_STORE *store = SSL_CTX_get_cert_store(t->ctx);
	size_t count = 0;
	bool is_ok = true;
	X509 *cert;

	while (is_ok && (cert = PEM_read_bio_X509(pem, NULL, NULL, NULL))) {
		is_ok = X509_STORE_add_cert(store, cert) == 1 &&
			(!t->is_server || SSL_CTX_add_client_CA(t->ctx, cert) == 1);
		X509_free(cert);
		count++;
	}
	if (!is_ok || count == 0 || !is_end_of_pem())
		return false;
	ERR_clear_error();
	return true;
}

static enum rmq_error load_ca(struct rmqi_tls *t, const struct rmqi_tls_config *config,
			      struct rmq_error_detail *detail)
{
	enum rmq_error err;
	BIO *pem;

	err = open_pem(config->ca_file, config->ca_pem, &pem, detail);
	if (err != RMQ_OK)
		return err;
	if (pem) {
		if (!trust_all(t, pem))
			err = refuse(detail, "trusted certificates", config->ca_file);
		BIO_free(pem);
		return err;
	}
	if (t->is_server && config->verify_client)
		return rmqi_detail_set(detail, RMQ_ERR_TLS, RMQ_ERROR_FATAL,
				       "client certificates cannot be verified without a CA");
	if (!t->is_server && SSL_CTX_set_default_verify_paths(t->ctx) != 1)
		return refuse(detail, "system's trusted certificates", NULL);
	return RMQ_OK;
}

static bool use_chain(struct rmqi_tls *t, BIO *pem)
{
	X509 *cert = PEM_read_bio_X509_AUX(pem, NULL, NULL, NULL);
	bool is_ok = cert && SSL_CTX_use_certificate(t->ctx, cert) == 1;

	X509_free(cert);
	while (is_ok && (cert = PEM_read_bio_X509(pem, NULL, NULL, NULL))) {
		is_ok = SSL_CTX_add_extra_chain_cert(t->ctx, cert) == 1; /* moved if it worked */
		if (!is_ok)
			X509_free(cert);
	}
	if (!is_ok || !is_end_of_pem())
		return false;
	ERR_clear_error();
	return true;
}

static enum rmq_error load_cert(struct rmqi_tls *t, const struct rmqi_tls_config *config,
				struct rmq_error_detail *detail)
{
	enum rmq_error err;
	BIO *pem;

	err = open_pem(config->cert_file, config->cert_pem, &pem, detail);
	if (err != RMQ_OK || !pem)
		return err;
	if (!use_chain(t, pem))
		err = refuse(detail, "certificate", config->cert_file);
	BIO_free(pem);
	return err;
}

/* Never asks a terminal: no password is an empty password. */
static int give_password(char *buf, int size, int for_writing, void *arg)
{
	const char *password = arg;
	size_t len = password ? strlen(password) : 0;

	(void)for_writing;
	if (len > (size_t)size)
		return -1;
	rmqi_memcpy(buf, password, len);
	return (int)len;
}

static enum rmq_error load_key(struct rmqi_tls *t, const struct rmqi_tls_config *config,
			       struct rmq_error_detail *detail)
{
	union {
		const char *in;
		void *out;
	} password = {.in = config->key_password};
	enum rmq_error err;
	EVP_PKEY *key;
	BIO *pem;

	err = open_pem(config->key_file, config->key_pem, &pem, detail);
	if (err != RMQ_OK || !pem)
		return err;
	key = PEM_read_bio_PrivateKey(pem, NULL, give_password, password.out);
	if (!key || SSL_CTX_use_PrivateKey(t->ctx, key) != 1 ||
	    SSL_CTX_check_private_key(t->ctx) != 1)
		err = refuse(detail, "private key", config->key_file);
	EVP_PKEY_free(key);
	BIO_free(pem);
	return err;
}

static enum rmq_error load_identity(struct rmqi_tls *t, const struct rmqi_tls_config *config,
				    struct rmq_error_detail *detail)
{
	bool has_cert = config->cert_file || config->cert_pem;
	bool has_key = config->key_file || config->key_pem;
	enum rmq_error err;

	if (has_cert != has_key || (t->is_server && !has_cert))
		return rmqi_detail_set(detail, RMQ_ERR_TLS, RMQ_ERROR_FATAL,
				       "TLS needs a certificate and its key, both");
	err = load_cert(t, config, detail);
	return err == RMQ_OK ? load_key(t, config, detail) : err;
}

static enum rmq_error set_up(struct rmqi_tls *t, const struct rmqi_tls_config *config,
			     struct rmq_error_detail *detail)
{
	enum rmq_error err;

	t->ctx = SSL_CTX_new(t->is_server ? TLS_server_method() : TLS_client_method());
	t->bio = rmqi_tls_bio_method();
	if (!t->ctx || !t->bio)
		return refuse(detail, "OpenSSL library", NULL);
	SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					 SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	/* A cut stream shows in the frames: no need to insist on close_notify. */
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
	SSL_CTX_set_options(t->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
#endif
	if (t->is_server)
		SSL_CTX_set_verify(t->ctx,
				   !config->verify_client       ? SSL_VERIFY_NONE
				   : config->is_client_optional ? SSL_VERIFY_PEER
								: MUST_SHOW_CERTIFICATE,
				   NULL);
	else
		SSL_CTX_set_verify(t->ctx, t->skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
				   NULL);
	err = t->skip_verify ? RMQ_OK : load_ca(t, config, detail);
	return err == RMQ_OK ? load_identity(t, config, detail) : err;
}

enum rmq_error rmqi_tls_new(const struct rmqi_tls_config *config, bool is_server,
			    struct rmqi_tls **out, struct rmq_error_detail *detail)
{
	struct rmqi_tls *t = rmqi_calloc(1, sizeof(*t));
	enum rmq_error err = RMQ_OK;

	if (!t)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	t->is_server = is_server;
	t->skip_verify = !is_server && config->skip_verify;
	t->skip_host_check = config->skip_host_check;
	if (config->server_name) {
		t->server_name = rmqi_strdup(config->server_name);
		if (!t->server_name)
			err = rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	}
	ERR_clear_error();
	if (err == RMQ_OK)
		err = set_up(t, config, detail);
	if (err == RMQ_OK)
		*out = t;
	else
		rmqi_tls_free(t);
	return err;
}

void rmqi_tls_free(struct rmqi_tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	BIO_meth_free(t->bio);
	rmqi_free(t->server_name);
	rmqi_free(t);
}

enum rmq_error rmqi_tls_renew(struct rmqi_tls *t, const struct rmqi_tls_config *config,
			      struct rmq_error_detail *detail)
{
	struct rmqi_tls *next = NULL;
	enum rmq_error err = rmqi_tls_new(config, true, &next, detail);
	SSL_CTX *old;

	if (err != RMQ_OK)
		return err;
	/* Connections hold the old context as long as they need it, and the methods of `t`. */
	old = t->ctx;
	t->ctx = next->ctx;
	next->ctx = old;
	rmqi_tls_free(next);
	return RMQ_OK;
}
