/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature.c
 *
 * HMAC by hand, on OpenSSL's SHA-1: its own HMAC (EVP_MAC, HMAC_CTX) allocates each time a keyed
 * context is used again, and cannot be used by two threads at once. A SHA_CTX is plain
 * memory: a message begins with a copy of the keyed states on its stack.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "codec/signature.h"

#include <assert.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/mem.h"
#include "codec/command_form.h"

enum {
	FIELDS_MAX = 31, /* of a typed header: codec/schema.h */
	PIECES_MAX = FIELDS_MAX + RMQI_EXT_MAX,
	INNER_PAD = 0x36, /* RFC 2104 */
	OUTER_PAD = 0x5c
};

struct rmqi_signer {
	SHA_CTX inner;
	SHA_CTX outer;
};

static void begin(SHA_CTX *state, const uint8_t *key, uint8_t pad)
{
	uint8_t block[SHA_CBLOCK];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ pad;
	SHA1_Init(state);
	SHA1_Update(state, block, sizeof(block));
	explicit_bzero(block, sizeof(block));
}

enum rmq_error rmqi_signer_new(struct rmqi_str secret_key, struct rmqi_signer **out)
{
	uint8_t key[SHA_CBLOCK] = {0};
	struct rmqi_signer *s = rmqi_alloc(sizeof(*s));

	if (!s)
		return RMQ_ERR_NO_MEMORY;
	if (secret_key.len > sizeof(key))
		SHA1((const uint8_t *)secret_key.ptr, secret_key.len, key);
	else
		rmqi_memcpy(key, secret_key.ptr, secret_key.len);
	begin(&s->inner, key, INNER_PAD);
	begin(&s->outer, key, OUTER_PAD);
	explicit_bzero(key, sizeof(key));
	*out = s;
	return RMQ_OK;
}

void rmqi_signer_free(struct rmqi_signer *s)
{
	if (!s)
		return;
	explicit_bzero(s, sizeof(*s));
	rmqi_free(s);
}

/* The ext fields in their order; numbers have their text here, too. */
struct pieces {
	size_t count;
	struct rmqi_ext at[PIECES_MAX];
	struct rmqi_writer numbers;
	uint8_t text[FIELDS_MAX * RMQI_VALUE_MAX];
};

static void add(struct pieces *p, struct rmqi_str key, struct rmqi_str value)
{
	size_t i = p->count;
	int order = 1;

	/* Peers and our own tables are almost in order. */
	while (i > 0 && (order = rmqi_str_cmp(key, p->at[i - 1].key)) < 0)
		i--;
	if (i > 0 && order == 0) {
		p->at[i - 1].value = value;
		return;
	}
	assert(p->count < PIECES_MAX);
	memmove(&p->at[i + 1], &p->at[i], (p->count - i) * sizeof(p->at[0]));
	p->at[i] = (struct rmqi_ext){key, value};
	p->count++;
}

static void add_field(struct pieces *p, const struct rmqi_field *f, const void *member)
{
	const char *begin = (const char *)p->numbers.at;

	if (f->type == RMQI_F_STR) {
		add(p, rmqi_field_wire(f), *(const struct rmqi_str *)member);
		return;
	}
	rmqi_command_raw_value(&p->numbers, f->type, member);
	add(p, rmqi_field_wire(f),
	    rmqi_str_n(begin, (size_t)((const char *)p->numbers.at - begin)));
}

static void gather(struct pieces *p, const struct rmqi_signed *r)
{
	const struct rmqi_command_parts parts = {.desc = r->desc, .header = r->header};
	uint64_t bits = rmqi_parts_present(&parts);

	p->count = 0;
	p->numbers = (struct rmqi_writer){
		.begin = p->text, .at = p->text, .end = p->text + sizeof(p->text), .error = RMQ_OK};
	while (bits) {
		const struct rmqi_field *f = rmqi_parts_next(r->desc->fields, &bits);

		add_field(p, f, rmqi_parts_member(r->header, f));
	}
	for (size_t i = 0; i < r->extra_count; i++) {
		struct rmqi_str key = r->extra[i].key;

		/* Without a key it is not sent (command.h). */
		if (key.len && !rmqi_str_is(key, RMQI_EXT_SIGNATURE))
			add(p, key, r->extra[i].value);
	}
}

static void digest(const struct rmqi_signer *s, const struct rmqi_signed *r, uint8_t *out)
{
	struct pieces p;
	SHA_CTX state = s->inner;

	gather(&p, r);
	for (size_t i = 0; i < p.count; i++)
		if (p.at[i].value.len)
			SHA1_Update(&state, p.at[i].value.ptr, p.at[i].value.len);
	for (size_t i = 0; i < r->body_count; i++)
		if (r->body[i].len)
			SHA1_Update(&state, r->body[i].ptr, r->body[i].len);
	SHA1_Final(out, &state);
	state = s->outer;
	SHA1_Update(&state, out, SHA_DIGEST_LENGTH);
	SHA1_Final(out, &state);
}

/* 20 bytes are six groups of three and one of two. */
static void to_base64(const uint8_t *in, char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < SHA_DIGEST_LENGTH; i += 3, out += 4) {
		bool is_whole = i + 2 < SHA_DIGEST_LENGTH;
		uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 |
			     (is_whole ? in[i + 2] : 0u);

		out[0] = digits[v >> 18];
		out[1] = digits[v >> 12 & 63];
		out[2] = digits[v >> 6 & 63];
		out[3] = is_whole ? digits[v & 63] : '=';
	}
}

void rmqi_sign(const struct rmqi_signer *s, const struct rmqi_signed *request, char *out)
{
	uint8_t bytes[SHA_DIGEST_LENGTH];

	digest(s, request, bytes);
	to_base64(bytes, out);
}

bool rmqi_signature_is(const struct rmqi_signer *s, const struct rmqi_signed *request,
		       struct rmqi_str signature)
{
	char right[RMQI_SIGNATURE_LEN];

	rmqi_sign(s, request, right);
	return signature.len == sizeof(right) &&
	       CRYPTO_memcmp(right, signature.ptr, sizeof(right)) == 0;
}
