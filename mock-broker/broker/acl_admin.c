/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acl_admin.c - accounts over the wire, as the brokers of 4.9 take them (AdminBrokerProcessor, 50 to 54).
 *
 * Only an administrator's account gets here (acl/plain.h). The file is the broker's own: a request cannot name
 * another one, and no answer holds a secret.
 */
#include <stdio.h>

#include "mock-broker/acl/plain.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

/* ResponseCode.java of 4.9; 5.x has given these numbers to POP. */
enum { UPDATE_FAILED = 209, DELETE_FAILED = 210, WHITE_FAILED = 211 };

/* False: there are no accounts of a file here, and it was answered. */
static bool has_file(const struct mb_broker *b, const struct mb_request *r)
{
	if (b->plain)
		return true;
	mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "aclEnable is false at this broker");
	return false;
}

static enum rmq_error add_perms(struct mb_perm_list *l, struct rmqi_str texts)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str one, name, perm;
	bool more = texts.len > 0, is_pair;

	mb_perm_list_clear(l);
	while (more && err == RMQ_OK) {
		texts = rmqi_str_cut(texts, ",", &one, &more);
		perm = rmqi_str_cut(one, "=", &name, &is_pair);
		err = mb_perm_is_known(perm) ? mb_perm_list_add(l, one) : RMQ_ERR_CONFIG;
	}
	return err;
}

/* Permission.checkResourcePerms. False: `why` says what is wrong. */
static bool are_perms(struct rmqi_str texts, char *why, size_t size)
{
	struct rmqi_str one, name, perm;
	bool more = texts.len > 0, is_pair;

	while (more) {
		texts = rmqi_str_cut(texts, ",", &one, &more);
		perm = rmqi_str_cut(one, "=", &name, &is_pair);
		if (is_pair && mb_perm_is_known(perm))
			continue;
		snprintf(why, size,
			 is_pair ? "Parse resource permission error for %.*s.\nThe expected "
				   "permissions are 'SUB' or 'PUB' or 'SUB|PUB' or 'PUB|SUB'."
				 : "Parse Resource format error for %.*s.\nThe expected resource "
				   "format is 'Res=Perm'. For example: topicA=SUB",
			 RMQI_STR_ARG(one));
		return false;
	}
	return true;
}

/* PlainPermissionManager.checkPlainAccessConfig, but for the secret in its words. Without one the old one stays. */
static bool is_sound(const struct rmqi_h_create_access_config *h, char *why, size_t size)
{
	if (h->accessKey.len < MB_ACCOUNT_KEY_LEAST ||
	    (h->secretKey.len > 0 && h->secretKey.len < MB_ACCOUNT_KEY_LEAST)) {
		snprintf(why, size,
			 "The accessKey=%.*s and secretKey=****** cannot be null and length should "
			 "longer than 6",
			 RMQI_STR_ARG(h->accessKey));
		return false;
	}
	return are_perms(h->topicPerms, why, size) && are_perms(h->groupPerms, why, size);
}

/* What the request does not say stays. */
static enum rmq_error change(struct mb_account *a, const struct rmqi_h_create_access_config *h)
{
	struct {
		bool is_given;
		char **member;
		struct rmqi_str value;
	} texts[] = {
		{true, &a->access_key, h->accessKey},
		{h->secretKey.len > 0, &a->secret_key, h->secretKey},
		{RMQI_HAS(h, create_access_config, whiteRemoteAddress), &a->white_address,
		 h->whiteRemoteAddress},
		{h->defaultTopicPerm.len > 0, &a->default_topic_perm, h->defaultTopicPerm},
		{h->defaultGroupPerm.len > 0, &a->default_group_perm, h->defaultGroupPerm},
	};
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < RMQI_COUNT(texts) && err == RMQ_OK; i++)
		if (texts[i].is_given)
			err = mb_account_set_text(texts[i].member, texts[i].value);
	if (err == RMQ_OK && RMQI_HAS(h, create_access_config, topicPerms))
		err = add_perms(&a->topics, h->topicPerms);
	if (err == RMQ_OK && RMQI_HAS(h, create_access_config, groupPerms))
		err = add_perms(&a->groups, h->groupPerms);
	a->is_admin = h->admin;
	return err == RMQ_OK ? mb_account_complete(a) : err;
}

static enum rmq_error put_account(struct mb_accounts *all,
				  const struct rmqi_h_create_access_config *h)
{
	struct mb_account *old = mb_accounts_find(all, h->accessKey);
	struct mb_account *a = old ? old : mb_account_new();
	enum rmq_error err = a ? change(a, h) : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK && !old)
		err = mb_accounts_add(all, a);
	if (err != RMQ_OK && !old)
		mb_account_free(a);
	return err;
}

/* `next` is moved. */
static enum rmq_error settle(struct mb_broker *b, struct mb_accounts *next, enum rmq_error err)
{
	if (err == RMQ_OK)
		return mb_plain_take(b->plain, next, mb_broker_wall_ms(b));
	mb_accounts_free(next);
	return err;
}

static void update_account(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_create_access_config *h = r->header;
	struct mb_accounts *next = NULL;
	char why[512];
	enum rmq_error err;

	if (!has_file(b, r))
		return;
	if (!is_sound(h, why, sizeof(why))) {
		mb_answer_error(&r->ticket, UPDATE_FAILED, "%s", why);
		return;
	}
	err = mb_plain_copy(b->plain, &next);
	if (err == RMQ_OK)
		err = settle(b, next, put_account(next, h));
	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_error(&r->ticket, UPDATE_FAILED,
				"The accesskey[%.*s] corresponding to accessConfig has been "
				"updated failed.",
				RMQI_STR_ARG(h->accessKey));
}

static enum rmq_error drop_account(struct mb_accounts *all, struct rmqi_str access_key)
{
	struct mb_account *a = mb_accounts_find(all, access_key);

	if (!a)
		return RMQ_ERR_NOT_FOUND;
	mb_accounts_remove(all, a);
	return RMQ_OK;
}

static void delete_account(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_delete_access_config *h = r->header;
	struct mb_accounts *next = NULL;
	enum rmq_error err;

	if (!has_file(b, r))
		return;
	err = mb_plain_copy(b->plain, &next);
	if (err == RMQ_OK)
		err = settle(b, next, drop_account(next, h->accessKey));
	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_error(&r->ticket, DELETE_FAILED,
				"The accesskey[%.*s] corresponding to accessConfig has been "
				"deleted failed.",
				RMQI_STR_ARG(h->accessKey));
}

static enum rmq_error put_whites(struct mb_accounts *all, struct rmqi_str texts)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str one;
	bool more = texts.len > 0;

	mb_accounts_clear_whites(all);
	while (more && err == RMQ_OK) {
		texts = rmqi_str_cut(texts, ",", &one, &more);
		err = mb_accounts_add_white(all, one);
	}
	return err;
}

static void update_whites(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_update_global_white_addrs_config *h = r->header;
	struct mb_accounts *next = NULL;
	enum rmq_error err = RMQ_OK;

	if (!has_file(b, r))
		return;
	if (h->aclFileFullPath.len && !rmqi_str_is(h->aclFileFullPath, b->plain->path))
		err = RMQ_ERR_DENIED;
	if (err == RMQ_OK)
		err = mb_plain_copy(b->plain, &next);
	if (err == RMQ_OK)
		err = settle(b, next, put_whites(next, h->globalWhiteAddrs));
	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_error(&r->ticket, WHITE_FAILED,
				"The globalWhiteAddresses[%.*s] has been updated failed.",
				RMQI_STR_ARG(h->globalWhiteAddrs));
}

static void get_version(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_h_get_broker_acl_config_response answer = {0};
	const struct mb_accounts *a;
	struct rmqi_buf all;
	char version[128];

	if (!has_file(b, r))
		return;
	a = b->plain->accounts;
	/* A file without a version has one of its reader's start (DataVersion). */
	snprintf(version, sizeof(version),
		 "{\"counter\":%lld,\"stateVersion\":0,\"timestamp\":%lld}", (long long)a->counter,
		 (long long)(a->timestamp ? a->timestamp : b->boot_ms));
	rmqi_buf_init(&all, 64 * 1024);
	rmqi_buf_add_u8(&all, '{');
	rmqi_json_add_string(&all, rmqi_str(b->plain->path));
	rmqi_buf_addf(&all, ":%s}", version);
	answer.version = rmqi_str(version);
	RMQI_SET(&answer, get_broker_acl_config_response, allAclFileVersion,
		 rmqi_str_n(rmqi_buf_data(&all), all.len));
	answer.brokerName = rmqi_str(b->config->broker_name);
	answer.brokerAddr = rmqi_str(b->address);
	answer.clusterName = rmqi_str(b->config->broker_cluster_name);
	mb_answer_header(&r->ticket, &rmqi_desc_get_broker_acl_config_response, &answer);
	rmqi_buf_deinit(&all);
}

static void write_list(struct rmqi_buf *out, const char *name, char *const *texts, size_t count)
{
	bool is_first = true;

	mb_json_name(out, name);
	rmqi_buf_add_u8(out, '[');
	for (size_t i = 0; i < count; i++) {
		mb_json_next(out, &is_first);
		rmqi_json_add_string(out, rmqi_str(texts[i]));
	}
	rmqi_buf_add_u8(out, ']');
}

static void write_text(struct rmqi_buf *out, const char *name, const char *value)
{
	if (value)
		mb_json_text(out, name, value);
}

/* PlainAccessConfig.java, but for the secret. */
static void write_account(struct rmqi_buf *out, const struct mb_account *a)
{
	rmqi_buf_add_u8(out, '{');
	mb_json_text(out, "accessKey", a->access_key);
	mb_json_bool(out, "admin", a->is_admin);
	write_text(out, "defaultGroupPerm", a->default_group_perm);
	write_text(out, "defaultTopicPerm", a->default_topic_perm);
	if (a->groups.count)
		write_list(out, "groupPerms", a->groups.at, a->groups.count);
	if (a->topics.count)
		write_list(out, "topicPerms", a->topics.at, a->topics.count);
	write_text(out, "whiteRemoteAddress", a->white_address);
	rmqi_buf_add_u8(out, '}');
}

static void get_accounts(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_buf *out = &b->body;
	const struct mb_accounts *all;
	bool is_first = true;

	if (!has_file(b, r))
		return;
	all = b->plain->accounts;
	rmqi_buf_reset(out);
	rmqi_buf_add_u8(out, '{');
	write_list(out, "globalWhiteAddrs", all->white_texts, all->white_count);
	mb_json_name(out, "plainAccessConfigs");
	rmqi_buf_add_u8(out, '[');
	for (size_t i = 0; i < all->count; i++) {
		mb_json_next(out, &is_first);
		write_account(out, all->at[i]);
	}
	rmqi_buf_add_text(out, "]}");
	mb_answer_body(&r->ticket, out);
}

const struct mb_handler mb_acl_handlers[] = {
	{RMQI_REQ_UPDATE_AND_CREATE_ACL_CONFIG, update_account},
	{RMQI_REQ_DELETE_ACL_CONFIG, delete_account},
	{RMQI_REQ_GET_BROKER_CLUSTER_ACL_INFO, get_version},
	{RMQI_REQ_UPDATE_GLOBAL_WHITE_ADDRS_CONFIG, update_whites},
	{RMQI_REQ_GET_BROKER_CLUSTER_ACL_CONFIG, get_accounts},
	{0, NULL},
};
