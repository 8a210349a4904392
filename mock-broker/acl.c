/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl.h"

#include "base/mem.h"
#include "codec/signature.h"
#include "mock-broker/ticket.h"

/* Added by Java's client to a QUERY_MESSAGE, and left out by the servers of 4.9 (MixAll). */
#define UNIQUE_MSG_QUERY_FLAG "_UNIQUE_KEY_QUERY"

struct mb_acl {
	char *access_key;
	struct rmqi_signer *signer;
};

void mb_acl_free(struct mb_acl *a)
{
	if (!a)
		return;
	rmqi_signer_free(a->signer);
	rmqi_free(a->access_key);
	rmqi_free(a);
}

enum rmq_error mb_acl_new(const char *access_key, const char *secret_key, struct mb_acl **out)
{
	struct mb_acl *a = rmqi_calloc(1, sizeof(*a));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (a)
		a->access_key = rmqi_strdup(access_key);
	if (a && a->access_key)
		err = rmqi_signer_new(rmqi_str(secret_key), &a->signer);
	if (err == RMQ_OK)
		*out = a;
	else
		mb_acl_free(a);
	return err;
}

static bool is_signed(const struct mb_acl *a, const struct rmqi_command *c)
{
	struct rmqi_ext ext[RMQI_EXT_MAX];
	struct rmqi_signed what = {.extra = ext, .body = &c->body, .body_count = 1};
	struct rmqi_str signature = {0};

	for (size_t i = 0; i < c->ext_count; i++)
		if (!rmqi_str_is(c->ext[i].key, UNIQUE_MSG_QUERY_FLAG))
			ext[what.extra_count++] = c->ext[i];
	return rmqi_command_ext(c, RMQI_EXT_SIGNATURE, &signature) &&
	       rmqi_signature_is(a->signer, &what, signature);
}

bool mb_acl_admits(const struct mb_acl *a, const struct mb_ticket *t, const struct rmqi_command *c)
{
	struct rmqi_str access_key = {0};
	const char *problem;
	int line;

	if (!rmqi_command_ext(c, RMQI_EXT_ACCESS_KEY, &access_key)) {
		problem = "No accessKey is configured";
		line = 663;
	} else if (!rmqi_str_is(access_key, a->access_key)) {
		problem = "No acl config for ";
		line = 667;
	} else if (!is_signed(a, c)) {
		problem = "Check signature failed for accessKey=";
		line = 683;
	} else {
		return true;
	}
	/* RemotingHelper.exceptionSimpleDesc, as 4.9.7 says it. */
	mb_answer_error(t, RMQI_RESP_SYSTEM_ERROR,
			"org.apache.rocketmq.acl.common.AclException: %s%.*s, "
			"org.apache.rocketmq.acl.plain.PlainPermissionManager.validate("
			"PlainPermissionManager.java:%d)",
			problem, RMQI_STR_ARG(access_key), line);
	return false;
}
