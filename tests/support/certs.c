/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/certs.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { DAY = 24 * 60 * 60 };

static EVP_PKEY *make_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	EVP_PKEY *key = NULL;

	if (ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) > 0)
		EVP_PKEY_keygen(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e && X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

static bool set_name(X509 *cert, const char *name, X509 *issuer)
{
	X509_NAME *subject = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
					  -1, -1, 0) == 1 &&
	       X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)) == 1;
}

/* `issuer` NULL: a certificate authority that signs itself. */
static X509 *make_cert(const char *name, const char *names, EVP_PKEY *key, X509 *issuer,
		       EVP_PKEY *issuer_key)
{
	static long serial = 1;
	X509 *cert = X509_new();
	bool ok = cert && X509_set_version(cert, 2) == 1 &&
		  ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++) == 1 &&
		  X509_gmtime_adj(X509_getm_notBefore(cert), -DAY) &&
		  X509_gmtime_adj(X509_getm_notAfter(cert), 30 * DAY) &&
		  X509_set_pubkey(cert, key) == 1 && set_name(cert, name, issuer);

	if (ok && !issuer)
		ok = add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE") &&
		     add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (ok && names)
		ok = add_extension(cert, issuer, NID_subject_alt_name, names);
	if (ok && X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static bool write_cert(const char *path, X509 *cert)
{
	FILE *f = fopen(path, "w");
	bool ok = f && PEM_write_X509(f, cert) == 1;

	return f && fclose(f) == 0 && ok;
}

static bool write_key(const char *path, EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");
	bool ok = f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1;

	return f && fclose(f) == 0 && ok;
}

static bool make_pair(const char *name, const char *names, X509 *ca, EVP_PKEY *ca_key,
		      const char *cert_path, const char *key_path)
{
	EVP_PKEY *key = make_key();
	X509 *cert = key ? make_cert(name, names, key, ca, ca_key) : NULL;
	bool ok = cert && write_cert(cert_path, cert) && write_key(key_path, key);

	X509_free(cert);
	EVP_PKEY_free(key);
	return ok;
}

bool certs_make(struct certs *c, const char *folder, const char *names)
{
	EVP_PKEY *key = make_key(), *other_key = make_key();
	X509 *ca = key ? make_cert("rocketmq-c test CA", NULL, key, NULL, NULL) : NULL;
	X509 *other = other_key ? make_cert("another CA", NULL, other_key, NULL, NULL) : NULL;
	bool ok;

	snprintf(c->ca, sizeof(c->ca), "%s/ca.pem", folder);
	snprintf(c->cert, sizeof(c->cert), "%s/server.pem", folder);
	snprintf(c->key, sizeof(c->key), "%s/server.key", folder);
	snprintf(c->client_cert, sizeof(c->client_cert), "%s/client.pem", folder);
	snprintf(c->client_key, sizeof(c->client_key), "%s/client.key", folder);
	snprintf(c->other_ca, sizeof(c->other_ca), "%s/other-ca.pem", folder);
	ok = ca && other && write_cert(c->ca, ca) && write_cert(c->other_ca, other) &&
	     make_pair("server", names, ca, key, c->cert, c->key) &&
	     make_pair("client", NULL, ca, key, c->client_cert, c->client_key);
	X509_free(ca);
	X509_free(other);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	return ok;
}
