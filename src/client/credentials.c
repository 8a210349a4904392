/* SPDX-License-Identifier: Apache-2.0 */
#include "client/credentials.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/thread.h"
#include "codec/denial.h"
#include "codec/signature.h"

_Static_assert((int)RMQI_SIGNATURE_LEN <= (int)RMQI_HOOK_TEXT_MAX,
	       "the signature is kept by the hook");

/* One set of keys. */
struct identity {
	atomic_uint refs;
	char *access_key;
	char *security_token; /* NULL: none */
	struct rmqi_signer *signer;
};

struct rmqi_credentials {
	atomic_uint refs;
	rmq_credentials_fn fn; /* NULL: the identity stays what it is */
	void *arg;
	void (*on_denial)(void *arg); /* may be NULL */
	void *denial_arg;
	struct rmqi_mutex mu;
	struct identity *identity; /* mu; a reference; NULL only while it is made */
};

/* What the function of the user fills. */
struct rmq_credentials {
	struct identity *given;
};

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	rmqi_free(text);
}

static void unref(struct identity *id)
{
	if (!id || atomic_fetch_sub(&id->refs, 1) != 1)
		return;
	wipe(id->access_key);
	wipe(id->security_token);
	rmqi_signer_free(id->signer);
	rmqi_free(id);
}

/* NULL: memory is out. */
static struct identity *make_identity(const char *access_key, const char *secret_key,
				      const char *security_token)
{
	struct identity *id = rmqi_calloc(1, sizeof(*id));
	enum rmq_error err;

	if (!id)
		return NULL;
	atomic_init(&id->refs, 1);
	id->access_key = rmqi_strdup(access_key);
	if (security_token)
		id->security_token = rmqi_strdup(security_token);
	err = rmqi_signer_new(rmqi_str(secret_key), &id->signer);
	if (err == RMQ_OK && id->access_key && (id->security_token || !security_token))
		return id;
	unref(id);
	return NULL;
}

/* --- What can be right ------------------------------------------------------------------------ */

/* A line end is what a key that was read from a file ends with. */
static bool is_clean(const char *text)
{
	for (; text && *text; text++)
		if ((unsigned char)*text < ' ')
			return false;
	return true;
}

/* NULL: they go together. */
static const char *find_problem(const char *access_key, const char *secret_key,
				const char *security_token)
{
	if (access_key && !secret_key)
		return "accessKey is set, but secretKey is not: set both, or neither";
	if (secret_key && !access_key)
		return "secretKey is set, but accessKey is not: set both, or neither";
	if (security_token && !access_key)
		return "securityToken is set, but accessKey and secretKey are not";
	if (!is_clean(access_key))
		return "accessKey has a control character in it, such as a line end";
	if (!is_clean(secret_key))
		return "secretKey has a control character in it, such as a line end";
	if (!is_clean(security_token))
		return "securityToken has a control character in it, such as a line end";
	return NULL;
}

/* `to` is untouched on an error. */
static enum rmq_error replace(struct identity **to, const char *access_key, const char *secret_key,
			      const char *security_token, struct rmq_error_detail *detail)
{
	const char *problem = find_problem(access_key, secret_key, security_token);
	struct identity *made;

	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL, "%s", problem);
	made = make_identity(access_key, secret_key, security_token);
	if (!made)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	unref(*to);
	*to = made;
	return RMQ_OK;
}

enum rmq_error rmqi_credentials_give(struct rmq_credentials *to, const char *access_key,
				     const char *secret_key, const char *security_token,
				     struct rmq_error_detail *detail)
{
	if (!*access_key || !*secret_key)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "the %s of rmq_credentials_set is empty",
				       *access_key ? "secret_key" : "access_key");
	if (security_token && !*security_token)
		security_token = NULL;
	return replace(&to->given, access_key, secret_key, security_token, detail);
}

enum rmq_error rmqi_credentials_ask(struct rmqi_credentials *c, struct rmq_error_detail *detail)
{
	struct rmq_credentials answer = {0};
	enum rmq_error err = c->fn(&answer, c->arg);
	struct identity *old;

	if (err == RMQ_OK && !answer.given)
		err = RMQ_ERR_CONFIG;
	if (err != RMQ_OK) {
		unref(answer.given);
		return rmqi_detail_set(detail, err, 0, "the credentials function gave none: %s",
				       rmq_error_text(err));
	}
	rmqi_mutex_lock(&c->mu);
	old = c->identity;
	c->identity = answer.given;
	rmqi_mutex_unlock(&c->mu);
	unref(old);
	return RMQ_OK;
}

/* The first identity. */
static enum rmq_error fill(struct rmqi_credentials *c, const struct rmq_config *config,
			   struct rmq_error_detail *detail)
{
	const char *access_key = rmqi_config_str(config, RMQI_CFG_accessKey);
	const char *secret_key = rmqi_config_str(config, RMQI_CFG_secretKey);
	const char *security_token = rmqi_config_str(config, RMQI_CFG_securityToken);

	if (!c->fn)
		return replace(&c->identity, access_key, secret_key, security_token, detail);
	if (access_key || secret_key || security_token)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "accessKey, secretKey or securityToken is set, and a "
				       "credentials function, too: either, not both");
	return rmqi_credentials_ask(c, detail);
}

enum rmq_error rmqi_credentials_new(const struct rmq_config *config, struct rmqi_credentials **out,
				    struct rmq_error_detail *detail)
{
	struct rmqi_credentials *c;
	enum rmq_error err;

	*out = NULL;
	if (!config->credentials_fn && !rmqi_config_str(config, RMQI_CFG_accessKey) &&
	    !rmqi_config_str(config, RMQI_CFG_secretKey) &&
	    !rmqi_config_str(config, RMQI_CFG_securityToken))
		return RMQ_OK;
	c = rmqi_calloc(1, sizeof(*c));
	if (!c)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	atomic_init(&c->refs, 1);
	rmqi_mutex_init(&c->mu);
	c->fn = config->credentials_fn;
	c->arg = config->credentials_arg;
	err = fill(c, config, detail);
	if (err == RMQ_OK)
		*out = c;
	else
		rmqi_credentials_unref(c);
	return err;
}

struct rmqi_credentials *rmqi_credentials_ref(struct rmqi_credentials *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void rmqi_credentials_unref(struct rmqi_credentials *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	unref(c->identity);
	rmqi_mutex_deinit(&c->mu);
	rmqi_free(c);
}

bool rmqi_credentials_can_change(const struct rmqi_credentials *c)
{
	return c && c->fn;
}

void rmqi_credentials_on_denial(struct rmqi_credentials *c, void (*fn)(void *arg), void *arg)
{
	c->on_denial = fn;
	c->denial_arg = arg;
}

/* The identity of now, a reference. */
static struct identity *take(struct rmqi_credentials *c)
{
	struct identity *id;

	/* Without a function it never changes. */
	if (c->fn)
		rmqi_mutex_lock(&c->mu);
	id = c->identity;
	atomic_fetch_add_explicit(&id->refs, 1, memory_order_relaxed);
	if (c->fn)
		rmqi_mutex_unlock(&c->mu);
	return id;
}

void rmqi_credentials_access_key(struct rmqi_credentials *c, char *buf, size_t size)
{
	struct identity *id = c ? take(c) : NULL;

	snprintf(buf, size, "%s", id ? id->access_key : "");
	unref(id);
}

/* --- The hook ----------------------------------------------------------------------------------- */

static void add(struct rmqi_ext *ext, size_t *count, struct rmqi_str key, struct rmqi_str value)
{
	ext[(*count)++] = (struct rmqi_ext){key, value};
}

/* ext[*count] stands behind what the request has so far. */
static enum rmq_error before(void *arg, const char *address, const struct rmqi_outgoing *request,
			     struct rmqi_ext *ext, size_t *count, struct rmqi_hook_kept *kept)
{
	struct identity *id = take(arg);
	size_t had = *count;
	struct rmqi_signed what = {.desc = request->desc,
				   .header = request->header,
				   .extra = request->extra,
				   .body = request->body,
				   .body_count = request->body_count};

	(void)address;
	kept->held = id;
	add(ext, count, RMQI_STR(RMQI_EXT_ACCESS_KEY), rmqi_str(id->access_key));
	if (id->security_token)
		add(ext, count, RMQI_STR(RMQI_EXT_SECURITY_TOKEN), rmqi_str(id->security_token));
	what.extra_count = request->extra_count + (*count - had);
	rmqi_sign(id->signer, &what, kept->text);
	add(ext, count, RMQI_STR(RMQI_EXT_SIGNATURE), rmqi_str_n(kept->text, RMQI_SIGNATURE_LEN));
	return RMQ_OK;
}

static void sent(void *arg, struct rmqi_hook_kept *kept)
{
	(void)arg;
	unref(kept->held);
}

static void after(void *arg, const char *address, int32_t request_code,
		  const struct rmqi_command *response)
{
	struct rmqi_credentials *c = arg;

	(void)address;
	(void)request_code;
	if (c->on_denial && rmqi_is_denial(response->code, response->remark))
		c->on_denial(c->denial_arg);
}

struct rmqi_hook rmqi_credentials_hook(struct rmqi_credentials *c)
{
	return (struct rmqi_hook){
		.before = before, .sent = sent, .after = c->fn ? after : NULL, .arg = c};
}
