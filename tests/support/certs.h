/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certs.h - certificates for the tests of TLS, made when they are needed.
 */
#ifndef TESTS_SUPPORT_CERTS_H
#define TESTS_SUPPORT_CERTS_H

#include <stdbool.h>
#include <stddef.h>

struct certs {
	char ca[512];   /* PEM file: signs the others */
	char cert[512]; /* PEM file: of the server */
	char key[512];
	char client_cert[512];
	char client_key[512];
	char other_ca[512]; /* PEM file: of somebody else */
};

/* Writes all files to `folder`. `names` is the subjectAltName of the server, such as
 * "DNS:localhost,IP:127.0.0.1". */
bool certs_make(struct certs *c, const char *folder, const char *names);

#endif
