/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature.h - the signature of a request (AclClientRPCHook, AclUtils, AclSigner):
 *
 *     Base64(HmacSHA1(secret key, the ext fields' values in the order of their keys, then the body))
 *
 * Neither keys nor separators are signed, nor is what stands in the header beside
 * the ext fields. An ext field that occurs twice counts once, with its last value, as
 * in Java's map. Keys are ordered by their bytes, which is Java's order for all keys
 * but those beyond U+FFFF. doc/reference/acl.md has all rules.
 *
 * A signer holds the two states of SHA-1 that the key leads to, so that a message costs
 * neither the set-up of a key nor memory. They are as secret as the key: wiped when
 * freed.
 *
 * Immutable; thread: any.
 */
#ifndef RMQI_CODEC_SIGNATURE_H
#define RMQI_CODEC_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"
#include "codec/command.h"

/* The ext fields of SessionCredentials.java. */
#define RMQI_EXT_ACCESS_KEY "AccessKey"
#define RMQI_EXT_SECURITY_TOKEN "SecurityToken"
#define RMQI_EXT_SIGNATURE "Signature"

enum { RMQI_SIGNATURE_LEN = 28 };

struct rmqi_signer;

enum rmq_error rmqi_signer_new(struct rmqi_str secret_key, struct rmqi_signer **out) RMQI_MUST_USE;
void rmqi_signer_free(struct rmqi_signer *s);

/* A request as rmqi_command_encode gets it, and its body in pieces. */
struct rmqi_signed {
	const struct rmqi_header_desc *desc; /* NULL: no typed header */
	const void *header;
	const struct rmqi_ext *extra; /* one with the key Signature is left out */
	size_t extra_count;           /* at most RMQI_EXT_MAX */
	const struct rmqi_cursor *body;
	size_t body_count;
};

/* Writes RMQI_SIGNATURE_LEN characters, no NUL. */
void rmqi_sign(const struct rmqi_signer *s, const struct rmqi_signed *request, char *out);
/* Is this the signature? Takes as long for a wrong one as for a right one. */
bool rmqi_signature_is(const struct rmqi_signer *s, const struct rmqi_signed *request,
		       struct rmqi_str signature);

#endif
