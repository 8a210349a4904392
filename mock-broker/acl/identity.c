/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/identity.h"

#include "base/mem.h"
#include "codec/json.h"

_Static_assert((int)RMQI_SIGNATURE_LEN <= (int)RMQI_HOOK_TEXT_MAX,
	       "the signature is kept by the hook");

enum rmq_error mb_identity_make(struct mb_identity *out, struct rmqi_str access_key,
				struct rmqi_str secret_key)
{
	enum rmq_error err;

	*out = (struct mb_identity){.access_key = rmqi_str_dup(access_key)};
	err = out->access_key ? rmqi_signer_new(secret_key, &out->signer) : RMQ_ERR_NO_MEMORY;
	if (err != RMQ_OK)
		mb_identity_deinit(out);
	return err;
}

enum rmq_error mb_identity_read(struct mb_identity *out, struct rmqi_str text)
{
	struct rmqi_json *root = NULL;
	struct rmqi_str access_key, secret_key;
	enum rmq_error err = rmqi_json_parse(rmqi_cursor(text.ptr, text.len), &root);

	*out = (struct mb_identity){0};
	access_key = rmqi_json_text(rmqi_json_get(root, "accessKey"));
	secret_key = rmqi_json_text(rmqi_json_get(root, "secretKey"));
	if (err == RMQ_OK && access_key.len && secret_key.len)
		err = mb_identity_make(out, access_key, secret_key);
	rmqi_json_free(root);
	return err == RMQ_ERR_NO_MEMORY ? err : RMQ_OK;
}

void mb_identity_deinit(struct mb_identity *i)
{
	rmqi_free(i->access_key);
	rmqi_signer_free(i->signer);
	*i = (struct mb_identity){0};
}

/* AclClientRPCHook.doBeforeRequest */
static enum rmq_error before(void *arg, const char *address, const struct rmqi_outgoing *request,
			     struct rmqi_ext *ext, size_t *count, struct rmqi_hook_kept *kept)
{
	const struct mb_identity *i = arg;
	const struct rmqi_signed what = {.desc = request->desc,
					 .header = request->header,
					 .extra = request->extra,
					 .extra_count = request->extra_count + 1,
					 .body = request->body,
					 .body_count = request->body_count};

	(void)address;
	/* It stands behind what the request has so far, so it is signed, too. */
	ext[(*count)++] = (struct rmqi_ext){RMQI_STR(RMQI_EXT_ACCESS_KEY), rmqi_str(i->access_key)};
	rmqi_sign(i->signer, &what, kept->text);
	ext[(*count)++] = (struct rmqi_ext){RMQI_STR(RMQI_EXT_SIGNATURE),
					    rmqi_str_n(kept->text, RMQI_SIGNATURE_LEN)};
	return RMQ_OK;
}

struct rmqi_hook mb_identity_hook(struct mb_identity *i)
{
	if (!i->access_key)
		return (struct rmqi_hook){0};
	return (struct rmqi_hook){.before = before, .arg = i};
}
